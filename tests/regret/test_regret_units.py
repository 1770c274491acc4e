"""Units in the program, by hand: starts of gas turbines, and the ramp of a reactor."""

from __future__ import annotations

from typing import Any

import pytest
from builders import NEVER_H, serve, steps

from sim import Campus, simulate
from sim.campus import GasTurbines, GridConnection, MeasuredLoad, SmallModularReactor
from sim.regret.found import Regret

NO_OUTAGES: dict[str, Any] = {"mttf_h": NEVER_H}
START_USD = 32.0 + 3.5 * 4.0
"""Cost of a start of a unit of 1 MW with its gas at 4 USD/MMBtu."""
FULL_USD = 9.710 * 4.0 + 5.0
"""Fuel and variable cost of a MWh at full load."""


def peaks(unit_mw: float, *pairs: tuple[float, float]) -> Regret:
    """A day of loads in units' power, behind a connection of one unit at 30 USD/MWh, with two units."""
    gas = GasTurbines(units=2, unit_mw=unit_mw, start_min=0.0, **NO_OUTAGES)
    grid = GridConnection(import_limit_mw=unit_mw, import_price_usd_per_mwh=30.0)
    load = steps(*((hour, units * unit_mw) for hour, units in pairs))
    return serve(load, {"gas": gas, "grid": grid}).regret()


@pytest.mark.parametrize("unit_mw", [1.0, 2.0])
def test_each_rise_of_the_running_units_is_a_start(unit_mw: float) -> None:
    found = peaks(unit_mw, (0, 1.0), (6, 3.0), (8, 1.0), (14, 2.5), (16, 1.0))
    # 2 units for 2 h, and later 1.5 for 2 h: part of a unit may run
    assert found.by_line()["start-up"][1] == pytest.approx((2.0 + 1.5) * unit_mw * START_USD)
    assert found.by_line()["fuel"][1] == pytest.approx(7.0 * unit_mw * 9.710 * 4.0)


@pytest.mark.parametrize("unit_mw", [1.0, 2.0])
def test_a_unit_waits_at_no_load_where_that_costs_less_than_a_start(unit_mw: float) -> None:
    found = peaks(unit_mw, (0, 1.0), (6, 2.0), (6.5, 1.0), (6.6, 2.0), (7, 1.0))
    # at no load it burns 5.25 - 0.4 x (6.63 - 5.25) / 0.2 = 2.49 MMBtu/h, which is 1 USD in 0.1 h; at full
    # load it would cost 1.38 USD more than the import in its place, and a second start costs 46 USD
    assert found.by_line()["start-up"][1] == pytest.approx(unit_mw * START_USD)
    assert found.bound_usd == pytest.approx(
        unit_mw * (24.0 * 30.0 + 0.9 * FULL_USD + START_USD + 0.1 * 2.49 * 4.0), rel=1e-4
    )


def test_units_that_failed_do_not_run_in_the_bound() -> None:
    gas = GasTurbines(units=1, unit_mw=1.0, mttf_h=2.0, mttr_h=1000.0)
    result = serve(1.0, {"gas": gas}, days=4.0)
    failed_s = next(event["t_s"] for event in result.books.events if event["event"] == "forced outage")
    unserved = result.regret().by_line()["unserved energy"][1]
    # it can give 1 MW until it fails, and is not repaired in four days
    assert unserved == pytest.approx((96.0 - failed_s / 3600.0) * 5000.0)


def test_a_unit_that_failed_before_its_planned_outage_is_missing_once() -> None:
    outage = {"start": 1.0, "duration_h": 24.0, "units": 1}
    gas = GasTurbines(units=2, unit_mw=1.0, mttf_h=10.0, mttr_h=30.0, planned_outages=[outage])
    for seed in range(6):
        made = Campus(name="test", supply={"gas": gas}, demand={"load": MeasuredLoad(power_mw=1.0)})
        assert simulate(made, days=4.0, seed=seed).regret().gap_usd >= -1e-6


def reactor(ramp_pu_per_min: float, *load: tuple[float, float], **plant: Any) -> Regret:
    """The regret of a reactor of 10 MW behind a load, which rises from 2 to 10 MW unless it is given."""
    rated = {"modules": 1, "module_mw": 10.0, "refuelling_d": 0.0, **NO_OUTAGES, **plant}
    smr = SmallModularReactor(ramp_pu_per_min=ramp_pu_per_min, **rated)
    grid = GridConnection(import_limit_mw=20.0, import_price_usd_per_mwh=100.0)
    return serve(steps(*(load or ((0, 2.0), (12, 10.0)))), {"smr": smr, "grid": grid}).regret()


def test_a_plant_that_ramps_slowly_has_to_begin_early_in_the_bound_too() -> None:
    # 0.001 a minute are 0.6 MW/h: the means of 12 h differ by at most 7.2 MW and a step of 0.2 MW
    found = reactor(0.001)
    assert found.bound_usd == pytest.approx(12.0 * (2.6 + 10.0) * (11.86 + 2.80))


def test_the_reach_of_a_ramp_is_that_between_the_middles_of_intervals() -> None:
    # of 12, 8 and 4 h the middles are 10 and 6 h apart, in which it moves by 6 and 3.6 MW, and a step
    found = reactor(0.001, (0, 2.0), (12, 10.0), (20, 2.0))
    level_mwh = 12.0 * (10.0 - 6.2) + 8.0 * 10.0 + 4.0 * (10.0 - 3.8)
    assert found.bound_usd == pytest.approx(level_mwh * (11.86 + 2.80))


def test_a_ramp_is_limited_between_intervals_of_equal_power_only() -> None:
    # three outages of half of it are in the first hour, whose ends are those of its interval; from 1 to 12 h
    # to 12 to 24 h the middles are 11.5 h apart, so it moves by 6.9 MW and a step
    outages = [{"start": hour / 24, "duration_h": 0.05, "units": 1} for hour in (0.1, 0.3, 0.5)]
    found = reactor(0.001, modules=2, module_mw=5.0, planned_outages=outages)
    level_mwh = 1.0 * 2.0 + 11.0 * (10.0 - 7.1) + 12.0 * 10.0
    assert found.bound_usd == pytest.approx(level_mwh * (11.86 + 2.80))


def test_a_fast_ramp_does_not_bind() -> None:
    assert reactor(0.05).bound_usd == pytest.approx(12.0 * (2.0 + 10.0) * (11.86 + 2.80))
