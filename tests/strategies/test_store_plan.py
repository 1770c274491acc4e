"""The plan of a store: hand-made cases, and that it conserves energy and keeps its bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.store_cases import expected, rated

from sim.strategies.store_plan import best


def test_it_buys_in_the_cheapest_hour_and_gives_in_the_dearest() -> None:
    plan = best(expected([75.0, 20.0, 80.0, 100.0]), rated(), 0.0)
    assert plan.charge_mw == pytest.approx([0, 5, 0, 0])
    # 4.5 MWh stored give 3.6 MWh; a MWh more in the store would give 0.8 MWh at 100
    assert plan.discharge_mw == pytest.approx([0, 0, 0, 3.6])
    assert plan.level_mwh == pytest.approx([0, 4.5, 4.5, 0])
    assert plan.stored_usd_per_mwh[1:] == pytest.approx([80, 80, 80], rel=0, abs=1e-9)


def test_a_spread_that_losses_eat_is_not_traded() -> None:
    # 72 at 0.9 x 0.8 need 100
    assert not best(expected([72.1, 100.0]), rated(), 0.0).charge_mw.any()
    assert best(expected([71.9, 100.0]), rated(), 0.0).charge_mw[0] == pytest.approx(5)


def test_wear_is_part_of_what_a_trade_must_pay() -> None:
    # (50 + 4) / 0.72 + 10 are 85
    worn = rated(charge_wear_usd_per_mwh=4.0, wear_usd_per_mwh=10.0)
    assert not best(expected([50.0, 84.9]), worn, 0.0).charge_mw.any()
    assert best(expected([50.0, 85.1]), worn, 0.0).charge_mw[0] == pytest.approx(5)


def test_energy_left_is_kept_unless_it_pays_to_give_it_away() -> None:
    # it costs 40 / 0.9 to buy again: 44.4; given away it earns 0.8 of the price
    assert not best(expected([40.0, 55.0]), rated(), 10.0).discharge_mw.any()
    assert best(expected([40.0, 56.0]), rated(), 10.0).discharge_mw[1] == pytest.approx(5)


def test_energy_left_is_worth_what_it_costs_to_buy_again() -> None:
    # for 30 and wear of 6 it costs 36 / 0.9 = 40; sold it earns 0.8 x 50.1 = 40.08, or 0.8 x 49.9 = 39.92
    worn = rated(charge_wear_usd_per_mwh=6.0)
    assert best(expected([50.1], refill=30.0), worn, 10.0).discharge_mw == pytest.approx([5])
    assert not best(expected([49.9], refill=30.0), worn, 10.0).discharge_mw.any()
    # a step at 29 is not cheap enough to buy in for what is left: (29 + 6) / 0.9 is 38.9; at 31 it is 41.1
    assert best(expected([29.0], refill=30.0), worn, 0.0).charge_mw == pytest.approx([5])
    assert not best(expected([31.0], refill=30.0), worn, 0.0).charge_mw.any()


def test_energy_that_somebody_pays_to_have_taken_again_is_worth_nothing() -> None:
    # at -20 and wear of 6, so it is given away for any price, and none is bought for it
    worn = rated(charge_wear_usd_per_mwh=6.0)
    assert best(expected([0.1], refill=-20.0), worn, 4.0).discharge_mw == pytest.approx([3.2])
    assert not best(expected([-5.9], refill=-20.0), worn, 4.0).charge_mw.any()


def test_a_demand_charge_is_shaved_as_far_as_energy_goes() -> None:
    # up to a peak p it charges in the first hour: 0.8 x (8 + 0.9 x (p - 100)) = (110 - p) + (106 - p)
    peak_mw = 281.6 / 2.72
    load = [100.0, 110.0, 106.0, 90.0]
    plan = best(expected([50.0] * 4, net=load, peaks=[(10_000.0, 0.0)]), rated(discharge_mw=9.0), 8.0)
    assert plan.peaks_mw == pytest.approx([peak_mw])
    assert plan.charge_mw[0] == pytest.approx(peak_mw - 100)
    assert plan.discharge_mw == pytest.approx([0, 110 - peak_mw, 106 - peak_mw, 0])


@pytest.mark.parametrize("refill", [20.0, -20.0])
def test_of_equal_hours_the_first_is_used_to_charge_where_demand_is_charged(refill: float) -> None:
    # 4.5 MWh are full after an hour of 5 MW; no peak is in sight
    case = expected([100.0, 20.0, 20.0, 100.0], peaks=[(100.0, 150.0)], refill=refill)
    assert best(case, rated(max_mwh=4.5), 0.0).charge_mw == pytest.approx([0, 5, 0, 0])


def test_energy_is_bought_and_worn_by_the_length_of_a_step() -> None:
    # 5 MW for half an hour are 2.25 MWh stored, which give 1.8 MW for an hour
    # bought at 20 and charged with wear of 8 they cost 70; at 40 they earn 72, at 38 they earn 68.4
    worn = rated(charge_wear_usd_per_mwh=8.0)
    for usd_per_mwh, given_mw in ((40.0, 1.8), (38.0, 0.0)):
        plan = best(expected([20.0, usd_per_mwh], refill=0.0, hours=[0.5, 1.0]), worn, 0.0)
        assert plan.discharge_mw == pytest.approx([0, given_mw])


def test_energy_is_given_and_worn_by_the_length_of_a_step() -> None:
    # 1 MW for an hour are 0.9 MWh, which give 1.44 MW for half an hour
    # a MW costs 20; at 40 less wear of 12 it earns 0.72 x 28 = 20.2, with wear of 13 19.4
    for wear, bought_mw in ((12.0, 1.0), (13.0, 0.0)):
        worn = rated(wear_usd_per_mwh=wear, charge_mw=1.0)
        plan = best(expected([20.0, 40.0], refill=0.0, hours=[1.0, 0.5]), worn, 0.0)
        assert plan.charge_mw == pytest.approx([bought_mw, 0])


@pytest.mark.parametrize(("sell", "given_mw"), [(56.0, 2.0), (55.0, 0.0)])
def test_energy_is_sold_by_the_length_of_a_step(sell: float, given_mw: float) -> None:
    # a MWh sold takes 1.25 MWh, of which each costs 40 / 0.9 = 44.4 to buy again, less a thousandth: 55.5
    case = expected([90.0], net=0.0, sell=sell, sold_mw=2.0, refill=40.0, hours=0.5)
    assert best(case, rated(), 10.0).discharge_mw == pytest.approx([given_mw])


def test_demand_that_is_paid_for_is_used() -> None:
    load = [100.0, 110.0, 106.0, 90.0]
    plan = best(expected([50.0] * 4, net=load, peaks=[(10_000.0, 107.0)]), rated(), 8.0)
    assert plan.peaks_mw == pytest.approx([107.0])
    assert plan.discharge_mw == pytest.approx([0, 3, 0, 0])


def test_surplus_is_stored_before_power_is_bought() -> None:
    plan = best(expected([30.0, 31.0, 90.0], net=[-3.0, 10.0, 10.0]), rated(max_mwh=2.7), 0.0)
    assert plan.charge_mw == pytest.approx([3, 0, 0])


def test_export_is_sold_up_to_its_limit_where_it_pays() -> None:
    # energy left is worth 40 / 0.9 = 44.4; sold it earns 0.8 x 80 = 64, then 0.8 x 35 = 28
    plan = best(expected([90.0, 40.0], net=0.0, sell=[80.0, 35.0], sold_mw=2.0), rated(), 20.0)
    assert plan.discharge_mw == pytest.approx([2, 0])


def test_the_limit_of_import_leaves_less_to_charge() -> None:
    plan = best(expected([10.0, 10.0, 300.0], net=98.0, limit_mw=100.0), rated(), 0.0)
    assert plan.charge_mw == pytest.approx([2, 2, 0])


def test_a_level_in_the_reserve_counts_as_the_reserve() -> None:
    plan = best(expected([50.0, 50.0]), rated(min_mwh=2.0, reserve_mwh=6.0), 3.0)
    assert plan.level_mwh == pytest.approx([6, 6])
    assert not plan.charge_mw.any()


def test_a_level_that_rounding_has_put_above_the_highest_counts_as_the_highest() -> None:
    plan = best(expected([50.0, 50.0]), rated(), 20.0 + 1e-3)
    assert plan.level_mwh == pytest.approx([20, 20])
    assert not plan.discharge_mw.any()


def test_a_plan_without_a_solution_is_a_defect_and_names_its_store() -> None:
    with pytest.raises(RuntimeError, match=r"^battery: the plan was not solved: "):
        best(expected([50.0]), rated(reserve_mwh=30.0), 0.0)


AMOUNT = st.floats(0.0, 300.0).map(lambda found: round(found, 2))
PRICE = st.floats(-100.0, 300.0).map(lambda found: round(found, 2))


@settings(max_examples=120)
@given(
    st.lists(st.tuples(PRICE, AMOUNT, AMOUNT, st.sampled_from([0.25, 1.0])), min_size=2, max_size=12),
    st.tuples(st.floats(0.3, 1.0), st.floats(0.3, 1.0)),
    st.floats(0.0, 1.0),
    st.lists(st.tuples(st.sampled_from([0.0, 500.0, 20_000.0]), AMOUNT), max_size=2),
    st.sampled_from([0.0, 50.0]),
)
def test_a_plan_conserves_energy_and_keeps_all_bounds(
    given_steps: list[tuple[float, float, float, float]],
    efficiencies: tuple[float, float],
    level_pu: float,
    peaks: list[tuple[float, float]],
    sold_mw: float,
) -> None:
    charge_efficiency_pu, discharge_efficiency_pu = efficiencies
    prices, loads, others, lengths = (np.array(column) for column in zip(*given_steps, strict=True))
    net, level_mwh = loads - others, 20.0 * level_pu
    store = rated(charge_efficiency_pu=charge_efficiency_pu, discharge_efficiency_pu=discharge_efficiency_pu)
    case = expected(prices.tolist(), net=net, sell=prices - 1.0, sold_mw=sold_mw, peaks=peaks, hours=lengths)
    plan = best(case, store, level_mwh)
    before = np.append(level_mwh, plan.level_mwh[:-1])
    stored = lengths * (charge_efficiency_pu * plan.charge_mw - plan.discharge_mw / discharge_efficiency_pu)
    assert plan.level_mwh - before == pytest.approx(stored, abs=1e-6)
    assert (plan.level_mwh >= -1e-6).all()
    assert (plan.level_mwh <= 20.0 + 1e-6).all()
    assert (plan.charge_mw / 5.0 + plan.discharge_mw / 5.0 <= 1.0 + 1e-6).all()
    # what is imported at least, by the balance alone, stays below the limits and the peaks
    bought = net + plan.charge_mw - plan.discharge_mw
    assert (bought <= np.maximum(200.0, net) + 1e-6).all()
    assert (-bought <= sold_mw + np.maximum(-net, 0.0) + 1e-6).all()
    assert len(plan.peaks_mw) == len(peaks)
    for mw, (_, paid_mw) in zip(plan.peaks_mw, peaks, strict=True):
        assert mw >= max(paid_mw, float(bought.max())) - 1e-6


@settings(max_examples=60)
@given(st.lists(st.sampled_from([0.0, 20.0, 50.0, 90.0, 200.0]), min_size=3, max_size=3), st.booleans())
def test_no_dispatch_in_steps_of_half_its_power_costs_less(prices: list[float], is_full: bool) -> None:
    """Tried one by one: each hour charges or discharges with 0, 2 or 4 MW; all energy is priced alike."""
    store, level_mwh = rated(charge_mw=4.0, discharge_mw=4.0, max_mwh=5.0), 5.0 * is_full
    plan = best(expected(prices), store, level_mwh)
    left = min(prices) / 0.9 * (1.0 - 1e-3)

    def cost(charge: np.ndarray, discharge: np.ndarray) -> float:
        level = level_mwh + (0.9 * charge - discharge / 0.8).sum()
        return float(np.dot(prices, charge - discharge) - left * level)

    found = cost(plan.charge_mw, plan.discharge_mw)
    options = [(0.0, 0.0), (2.0, 0.0), (4.0, 0.0), (0.0, 2.0), (0.0, 4.0)]
    for first in options:
        for second in options:
            for third in options:
                charge, discharge = np.array([first, second, third]).T
                levels = level_mwh + np.cumsum(0.9 * charge - discharge / 0.8)
                if (levels >= 0.0).all() and (levels <= 5.0).all():
                    assert found <= cost(charge, discharge) + 1e-6
