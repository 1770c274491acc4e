"""The small modular reactor: refuelling in turn, outages, ramps, its minimum level and its fuel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from builders import NEVER_H, serve

from sim import Campus, Result, SpecError, simulate
from sim.campus import MeasuredLoad, MeasuredSource, SmallModularReactor
from sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR


def run(
    load: Any, *, days: float, source: Any = None, record_s: float | None = None, **reactor: Any
) -> Result:
    values = {"modules": 1, "module_mw": 100.0, "mttf_h": NEVER_H, "refuelling_d": 0.0, **reactor}
    supply: dict[str, Any] = {"smr": SmallModularReactor(**values)}
    if source is not None:
        supply["plant"] = MeasuredSource(power_mw=source)
    return serve(load, supply, days=days, record_s=record_s)


def days_of(result: Result, event: str) -> list[tuple[float, str]]:
    rows = result.events[result.events["event"] == event]
    start = result.campus.start
    return [
        ((time - start).total_seconds() / SECONDS_PER_DAY, detail)
        for time, detail in zip(rows["time"], rows["detail"], strict=True)
    ]


def test_modules_are_refuelled_in_turn_evenly_over_the_interval() -> None:
    result = run(300.0, days=700, modules=3, refuelling_interval_d=300.0, refuelling_d=10.0)
    # 300 / 3 = 100 days apart, the first after half of that; each again 300 days later
    days, details = zip(*days_of(result, "refuelling"), strict=True)
    assert days == pytest.approx([50, 150, 250, 350, 450, 550, 650])
    assert details == tuple(f"module {number}" for number in (1, 2, 3, 1, 2, 3, 1))
    assert result.flows["smr.delivered_mw"].min() >= 200.0 - 1e-9  # never two at once


def test_the_first_refuelling_may_be_given() -> None:
    result = run(100.0, days=30, refuelling_d=2.0, first_refuelling_d=5.0)
    assert [day for day, _ in days_of(result, "refuelling")] == pytest.approx([5.0])
    assert [day for day, _ in days_of(result, "refuelled")] == pytest.approx([7.0])


def test_availability_over_many_years_is_what_the_numbers_say() -> None:
    blocks, block_d = 40, 547.5  # whole refuelling intervals
    result = run(
        400.0,
        days=blocks * block_d,
        record_s=block_d * SECONDS_PER_DAY,
        modules=4,
        refuelling_interval_d=block_d,
        refuelling_d=24.0,
        mttf_h=3560.0,
        mttr_h=110.0,
    )
    factors = result.flows["smr.delivered_mw"].to_numpy() / 400.0
    expected = (1 - 24 / 547.5) * 3560 / (3560 + 110)  # 0.9275
    error = factors.std(ddof=1) / np.sqrt(blocks)
    assert abs(factors.mean() - expected) < 3 * error
    assert error < 0.005
    assert result.summary.capacity_factor["smr"] == pytest.approx(factors.mean())


def test_a_trip_takes_the_power_at_once_and_it_ramps_back() -> None:
    result = run(
        100.0, days=4, refuelling_d=1.0, first_refuelling_d=1.0, ramp_pu_per_min=0.01, minimum_pu=0.0
    )
    # out: 24 h x 100 MW; back along a line of 1 MW a minute
    ramp_mwh = 100 * 100 / 60 / 2
    assert result.summary.unserved_by_reason_mwh == pytest.approx(
        {"refuelling": 2400.0, "ramp limit": ramp_mwh}
    )


def test_a_trip_at_part_load_takes_its_share_along_and_the_others_ramp_up() -> None:
    result = run(100.0, days=20, modules=2, ramp_pu_per_min=0.05, mttf_h=200.0, mttr_h=24.0)
    flows = result.flows
    level = flows["smr.delivered_mw"]
    fails = [
        time for time in flows.index
        if time in set(result.events.loc[result.events["event"] == "forced outage", "time"])
    ]  # fmt: skip
    alone = [time for time in fails if flows.loc[time, "smr.curtailed_mw"] > 0.0]
    assert alone  # a module failed while the other ran
    for time in alone:
        # each made 50 MW; the other goes on from there, in steps of 2 MW
        after = level[level.index >= time]
        assert after.iloc[:3].tolist() == pytest.approx([50.5, 52.0, 54.0])
    summary = result.summary
    assert summary.unserved_by_reason_mwh.keys() >= {"ramp limit", "forced outage"}


def test_what_is_in_service_ramps_by_its_own_rating() -> None:
    summary = run(
        200.0,
        days=4,
        modules=2,
        refuelling_d=1.0,
        refuelling_interval_d=500.0,
        first_refuelling_d=1.0,
        ramp_pu_per_min=0.01,
    ).summary
    # one of two is out: the fleet keeps 100 MW and climbs to 200 MW at 2 MW/min
    climb_mwh = 100 * 50 / 60 / 2
    assert summary.unserved_by_reason_mwh == pytest.approx({"refuelling": 2400.0, "ramp limit": climb_mwh})


def test_a_module_that_returns_alone_does_not_ramp_with_the_rating_of_the_others() -> None:
    result = run(
        200.0,
        days=103,
        modules=2,
        refuelling_d=101.0,
        refuelling_interval_d=200.0,
        first_refuelling_d=1.0,
        ramp_pu_per_min=0.01,
        minimum_pu=0.0,
    )
    # module 1 is out from day 1 to day 102, module 2 from day 101 on: nothing runs on day 101
    ramp_mwh = 100 * 100 / 60 / 2
    assert result.summary.unserved_by_reason_mwh == pytest.approx(
        {"refuelling": 100 * 24 * (101 + 2), "ramp limit": ramp_mwh}
    )


def test_power_below_the_minimum_level_is_dumped_and_its_fuel_is_paid() -> None:
    summary = run(10.0, days=1, minimum_pu=0.2).summary
    assert summary.supplied_mwh["smr"] == pytest.approx(10 * 24)
    # makes 20 MW, of which 10 MW find nobody; the other 80 MW could have been made
    assert summary.curtailed_by_reason_mwh == pytest.approx(
        {"no export": 80 * 24, "minimum stable level": 10 * 24}
    )
    assert summary.cost_lines_usd["fuel"] == pytest.approx(20 * 24 * 11.86)
    assert summary.cost_lines_usd["variable O&M"] == pytest.approx(20 * 24 * 2.80)


def test_power_that_cannot_be_shed_fast_enough_is_dumped() -> None:
    load = {"times_s": [0.0, 12 * SECONDS_PER_HOUR], "values": [100.0, 20.0]}
    summary = run(load, days=1, minimum_pu=0.2, ramp_pu_per_min=0.01).summary
    falling_mwh = 80 * 80 / 60 / 2
    assert summary.curtailed_by_reason_mwh["ramp limit"] == pytest.approx(falling_mwh)
    made_mwh = 100 * 12 + 20 * 12 + falling_mwh
    assert summary.cost_lines_usd["fuel"] == pytest.approx(made_mwh * 11.86)


def test_the_sun_goes_first_and_the_reactor_follows() -> None:
    summary = run(100.0, days=1, source=30.0).summary
    assert summary.supplied_mwh == pytest.approx({"plant": 30 * 24, "smr": 70 * 24})
    assert summary.curtailed_by_source_mwh == pytest.approx({"plant": 0.0, "smr": 30 * 24})


def test_its_minimum_level_goes_before_the_sun() -> None:
    summary = run(100.0, days=1, source=95.0, minimum_pu=0.2).summary
    assert summary.supplied_mwh == pytest.approx({"plant": 80 * 24, "smr": 20 * 24})


def test_a_plant_without_modules_gives_nothing() -> None:
    summary = run(10.0, days=600, modules=0, refuelling_d=10.0, mttf_h=100.0).summary
    assert summary.supplied_mwh == {"smr": 0.0}
    assert summary.unserved_by_reason_mwh == pytest.approx({"capacity": 10 * 600 * 24})
    assert summary.capacity_factor == {}


def test_a_module_that_fails_while_it_is_refuelled_is_missing_once() -> None:
    result = run(
        100.0, days=10, mttf_h=5.0, mttr_h=NEVER_H, refuelling_d=1.0, first_refuelling_d=5.0, minimum_pu=0.0
    )
    failed_h = days_of(result, "forced outage")[0][0] * 24
    assert failed_h < 5 * 24
    # down for good from then on, of which the refuelling explains one day
    assert result.summary.unserved_by_reason_mwh == pytest.approx(
        {"forced outage": 100 * (240 - failed_h - 24), "refuelling": 100 * 24}
    )


def test_each_module_has_its_own_luck_whoever_else_takes_part() -> None:
    few = run(300.0, days=365, modules=2, mttf_h=500.0)
    many = run(300.0, days=365, modules=3, mttf_h=500.0, source=1.0)
    wanted = {"module 1", "module 2"}
    assert days_of(few, "forced outage") == [
        row for row in days_of(many, "forced outage") if row[1] in wanted
    ]


def test_its_power_is_clean_and_has_no_carbon() -> None:
    summary = run(100.0, days=1).summary
    assert (summary.cfe_score, summary.carbon_t) == (pytest.approx(1.0), 0.0)


def test_a_refuelling_as_long_as_its_interval_is_refused() -> None:
    with pytest.raises(SpecError) as refused:
        SmallModularReactor(refuelling_d=30.0, refuelling_interval_d=30.0)
    assert str(refused.value) == (
        "small_modular_reactor: refuelling_d = 30.0 d; allowed: below refuelling_interval_d = 30 d"
    )


def test_its_dispatch_price_is_fuel_and_variable_cost() -> None:
    def made_mwh(other_usd_per_mwh: float) -> float:
        plant = MeasuredSource(power_mw=100.0, dispatch_usd_per_mwh=other_usd_per_mwh)
        reactor = SmallModularReactor(
            modules=1, module_mw=100.0, mttf_h=NEVER_H, refuelling_d=0.0, minimum_pu=0.0
        )
        campus = Campus(
            name="test",
            supply={"smr": reactor, "plant": plant},
            demand={"load": MeasuredLoad(power_mw=100.0)},
        )
        return simulate(campus, days=1).summary.supplied_mwh["smr"]

    assert made_mwh(11.86 + 2.80 - 0.1) == 0.0
    assert made_mwh(11.86 + 2.80 + 0.1) == pytest.approx(2400.0)


def test_its_fixed_cost_is_that_of_all_modules() -> None:
    summary = run(100.0, days=73, modules=3, fixed_usd_per_mw_year=1000.0).summary
    assert summary.fixed_cost_usd == pytest.approx(300 * 1000.0 * 73 / 365)


def test_power_that_must_run_at_a_price_above_the_rest_is_refused() -> None:
    with pytest.raises(SpecError) as refused:
        SmallModularReactor(must_run_usd_per_mwh=20.0)
    marginal = SmallModularReactor().fuel_usd_per_mwh + 2.80
    assert str(refused.value) == (
        "small_modular_reactor: must_run_usd_per_mwh = 20.0 USD/MWh; allowed: at most the marginal cost = "
        f"{marginal:g} USD/MWh"
    )
