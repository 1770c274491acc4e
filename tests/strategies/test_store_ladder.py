"""The ladder of a plan: its prices follow the worth of energy, its sizes the plan where prices are even."""

from __future__ import annotations

import numpy as np
import pytest
from strategies.store_cases import expected, rated

from sim.strategies.store_ladder import StoreLadder
from sim.strategies.store_plan import Expected, StorePlan, best
from sim.strategies.strategy import Ratings


def ladder(case: Expected, ratings: Ratings, level_mwh: float = 0.0) -> StoreLadder:
    """The ladder of the best plan."""
    return StoreLadder.of(best(case, ratings, level_mwh), case, ratings)


def test_it_pays_and_asks_what_energy_is_worth_with_losses_and_wear() -> None:
    worn = rated(charge_wear_usd_per_mwh=4.0, wear_usd_per_mwh=10.0)
    plan = StorePlan(*(np.array([one]) for one in (0.0, 0.0, 10.0, 72.0)), peaks_mw=np.zeros(0))
    rung = StoreLadder.of(plan, expected([65.0]), worn).rung(0, 10.0)
    assert rung.bid_usd_per_mwh == pytest.approx(72 * 0.9 - 4, rel=1e-5)
    assert rung.ask_usd_per_mwh == pytest.approx(72 / 0.8 + 10, rel=1e-5)
    assert (rung.charge_mw, rung.discharge_mw) == (5.0, 5.0)


def test_an_hour_that_is_used_in_part_has_the_size_of_its_part() -> None:
    # 3.6 MWh are given in the last hour, for which 4.5 MWh are bought, 5 MW at 20
    found = ladder(expected([75.0, 20.0, 80.0, 100.0]), rated())
    low, high = found.rung(1, 0.0), found.rung(3, 4.5)
    assert low.bid_usd_per_mwh == pytest.approx(72, rel=1e-5)  # 0.9 x 80: above 20, so all its power
    assert low.charge_mw == 5.0
    assert high.ask_usd_per_mwh < 100.0 < high.ask_usd_per_mwh + 1.0
    assert high.discharge_mw == pytest.approx(3.6)


def test_a_level_off_its_plan_is_led_back_to_it() -> None:
    found = ladder(expected([75.0, 20.0, 80.0, 100.0]), rated())
    assert found.rung(3, 5.0).discharge_mw == pytest.approx(4.0)  # 0.5 MWh more give 0.4 MWh
    assert found.rung(3, 40.0).discharge_mw == 5.0
    assert found.rung(3, -1.0).discharge_mw == 0.0


def test_an_hour_that_is_not_used_is_just_out_of_reach() -> None:
    found = ladder(expected([75.0, 20.0, 80.0, 100.0]), rated())
    rung = found.rung(2, 4.5)  # a MWh in the store is worth 80, and the price is 80
    assert rung.bid_usd_per_mwh == pytest.approx(72, rel=1e-5)
    assert rung.ask_usd_per_mwh == pytest.approx(100, rel=1e-5)


def test_the_last_rung_holds_after_the_plan() -> None:
    found = ladder(expected([75.0, 20.0, 80.0, 100.0]), rated())
    assert found.rung(9, 4.5) == found.rung(3, 4.5)


def test_where_import_costs_more_than_its_price_a_planned_charge_pays_that_too() -> None:
    case, store = expected([20.0, 20.0, 200.0]), rated()
    plan = best(case, store, 0.0)
    usual, more = (StoreLadder.of(plan, case, store, usd).rung(0, 0.0) for usd in (0.0, 0.07))
    assert more.bid_usd_per_mwh - usual.bid_usd_per_mwh == pytest.approx(0.07)
    assert more.ask_usd_per_mwh - usual.ask_usd_per_mwh == pytest.approx(0.07)


def test_with_a_target_a_store_below_its_plan_is_still_ready_for_peaks() -> None:
    case, store = expected([75.0, 20.0, 80.0, 100.0]), rated()
    plan = best(case, store, 0.0)
    found = StoreLadder.of(plan, case, store, 0.07)
    above, below = found.rung(3, 4.5), found.rung(3, 0.0)
    assert above.discharge_mw == below.discharge_mw == 5.0
    assert above.ask_usd_per_mwh < 100.0
    assert 100.0 < below.ask_usd_per_mwh < 100.1  # import above a target costs 0.2 more than its price
