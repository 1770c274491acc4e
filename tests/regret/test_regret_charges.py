"""Charges in the program, by hand: 1 MW for 12 h and 3 MW for 12 h, and a store that could level them."""

from __future__ import annotations

from typing import Any

import pytest
from builders import serve, steps

from sim.campus import Battery, GridConnection
from sim.regret.found import Regret


def levelled(**tariff: Any) -> Regret:
    """The regret of a day in which the store does nothing; energy costs nothing."""
    rates = {"kind": "rates", "import_price_usd_per_mwh": 0.0, **tariff}
    store = Battery(
        power_mw=5.0,
        energy_mwh=50.0,
        charge_efficiency_pu=1.0,
        discharge_efficiency_pu=1.0,
        min_soc_pu=0.0,
        initial_soc_pu=0.0,
        strategy={"kind": "timetable", "power_mw": 0.0},
    )
    grid = GridConnection(import_limit_mw=10.0, tariff=rates)
    return serve(steps((0, 1.0), (12, 3.0)), {"grid": grid, "battery": store}).regret()


def test_rising_tiers_of_demand_are_exact() -> None:
    tiers = [{"up_to_mw": 1.0, "usd_per_mw_month": 100.0}, {"usd_per_mw_month": 300.0}]
    # 3 MW: 100 + 2 x 300; levelled to 2 MW: 100 + 300
    assert levelled(demand=[{"tiers": tiers}]).by_line() == {"demand charge": pytest.approx((700.0, 400.0))}


def test_falling_tiers_of_demand_are_bounded_from_below() -> None:
    tiers = [{"up_to_mw": 1.0, "usd_per_mw_month": 300.0}, {"usd_per_mw_month": 100.0}]
    # 3 MW: 300 + 2 x 100; the mean rate of 10 MW is (300 + 9 x 100) / 10 = 120
    assert levelled(demand=[{"tiers": tiers}]).by_line() == {"demand charge": pytest.approx((500.0, 240.0))}


def test_demand_outside_the_hours_that_count_is_free() -> None:
    windows = [{"from_hour": 12, "to_hour": 18}]
    demand = [{"usd_per_mw_month": 100.0, "windows": windows}]
    # 12 to 18 h need 18 MWh, which can be charged before at no cost
    assert levelled(demand=demand).by_line() == {"demand charge": pytest.approx((300.0, 0.0))}


def test_demand_at_the_peak_of_the_grid_can_be_avoided() -> None:
    found = levelled(coincident=[{"usd_per_mw": 1000.0, "hours": [0.75]}])
    assert found.by_line() == {"demand charge": pytest.approx((3000.0, 0.0))}


def test_fixed_lines_and_the_least_amount_are_on_both_sides() -> None:
    fixed = [{"name": "meter", "usd": 5.0, "every": "day"}]
    found = levelled(fixed=fixed, least_usd_per_month=310.0)
    # a day is 1 / 31 of the least amount of a month: 10 USD, of which 5 are missing
    assert found.by_line() == {
        "meter": pytest.approx((5.0, 5.0)),
        "minimum charge": pytest.approx((5.0, 5.0)),
    }
