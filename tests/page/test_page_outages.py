"""Outages of a page: from the event that begins each to the one that ends it."""

from __future__ import annotations

import pytest

from sim import Campus, Result, simulate
from sim.campus import Generators, GridConnection, MeasuredLoad, SmallModularReactor
from sim.page.clock import Clock
from sim.page.outages import outages


def run(**supply: object) -> Result:
    campus = Campus(name="out", supply=supply, demand={"load": MeasuredLoad(power_mw=5.0)})
    return simulate(campus, days=60, seed=3)


def test_the_outages_of_each_unit_take_the_capacity_that_is_missing() -> None:
    units = Generators(units=3, unit_mw=4.0, cost_usd_per_mwh=10.0, mttf_h=100.0, mttr_h=20.0)
    result = run(plant=units)
    found = outages(result, Clock.of(result))
    failures = (result.events["event"] == "failure").sum()
    assert len(found) == failures > 10
    # 4 MW for the time of each outage are not available; nothing else is missing of 12 MW
    out_h = sum(end - begin for begin, end, _ in found) / 3.6e6
    frame = result.flows
    given = frame["plant.delivered_mw"] + frame["plant.headroom_mw"]
    assert out_h * 4.0 == pytest.approx(((12.0 - given) * frame["dt_h"]).sum(), rel=1e-9)
    assert all(text.startswith("plant unit ") and "(failure since 2025-" in text for *_, text in found)


def test_refuelling_and_interruptions_are_outages_and_one_may_last_until_the_end() -> None:
    reactor = SmallModularReactor(modules=1, module_mw=20.0, refuelling_interval_d=50.0, refuelling_d=30.0)
    grid = GridConnection(import_limit_mw=10.0, interruptions_per_year=40.0)
    result = run(smr=reactor, grid=grid)
    clock = Clock.of(result)
    found = outages(result, clock)
    texts = [text for *_, text in found]
    assert any(text.startswith("smr module 1 (refuelling since ") for text in texts)
    cuts = [one for one in found if one[2].startswith("grid (interruption since ")]
    assert len(cuts) == (result.events["event"] == "interruption").sum() > 0
    assert [begin for begin, *_ in found] == sorted(begin for begin, *_ in found)
    refuelled = (result.events["event"] == "refuelled").sum()
    refuelling = (result.events["event"] == "refuelling").sum()
    at_end = [one for one in found if one[1] == clock.whole[1] and "refuelling" in one[2]]
    assert len(at_end) == refuelling - refuelled


def test_an_end_without_a_beginning_is_left_out() -> None:
    # a unit that is down at the start is repaired without a failure before
    units = Generators(units=40, unit_mw=1.0, cost_usd_per_mwh=10.0, mttf_h=10.0, mttr_h=10.0)
    result = run(plant=units)
    failures = (result.events["event"] == "failure").sum()
    assert len(outages(result, Clock.of(result))) == failures


def test_orders_and_lower_limits_of_import_are_told_with_their_end() -> None:
    order = {"start_h": 30.0, "duration_h": 5.0, "limit_mw": 4.0}
    result = run(grid=GridConnection(import_limit_mw=10.0, orders=[order]))
    clock = Clock.of(result)
    assert outages(result, clock) == [
        (
            float(clock.x(30 * 3600.0)),
            float(clock.x(35 * 3600.0)),
            "grid limited to 4.00 MW (curtailment order from 2025-01-02 06:00 UTC to 2025-01-02 11:00 UTC)",
        )
    ]


def test_a_planned_outage_is_one_from_its_first_to_its_last_day() -> None:
    planned = [{"start": "2025-01-11", "duration_h": 96.0}]
    units = Generators(
        units=2, unit_mw=4.0, cost_usd_per_mwh=10.0, mttf_h=1e6, mttr_h=1.0, planned_outages=planned
    )
    result = run(plant=units)
    clock = Clock.of(result)
    begin_s, day_s = 10 * 86400.0, 86400.0
    assert outages(result, clock) == [
        (
            float(clock.x(begin_s)),
            float(clock.x(begin_s + 4 * day_s)),
            "plant (planned outage since 2025-01-11 00:00 UTC)",
        )
    ]
