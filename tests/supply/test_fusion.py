"""The fusion plant: its ramp-up in closed form, and its outages."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest
from builders import serve, told

from sim import Campus, Result, simulate
from sim.campus import FusionPlant, MeasuredLoad, MeasuredSource, PhysicalAgreement, StartDate
from sim.timeseries.ramp_up import ramp_up
from sim.units import SECONDS_PER_DAY


def plant_of(**values: Any) -> FusionPlant:
    return FusionPlant(**{"availability_pu": 1.0, **values})


def run(
    load_mw: float = 1000.0, *, days: float = 30.0, record_s: float | None = None, **values: Any
) -> Result:
    return serve(load_mw, {"fusion": plant_of(**values)}, days=days, record_s=record_s)


def ramped_mwh(capacity_mw: float, start_d: float, ramp_d: float, days: float) -> float:
    """Integral of the linear ramp: a triangle, then a rectangle."""
    since = max(0.0, days - start_d)
    climbed = min(since, ramp_d)
    triangle = climbed**2 / (2 * ramp_d) if ramp_d else 0.0
    return 24 * capacity_mw * (triangle + since - climbed)


@pytest.mark.parametrize(
    ("start_day", "ramp_up_d", "days"),
    [
        (0.0, 365.0, 365.0),  # the ramp alone: half of full power
        (0.0, 365.0, 500.0),  # the ramp and full power
        (10.25, 7.5, 30.0),  # turns in the middle of a day
        (10.3, 0.2, 30.0),  # within one day
        (10.3, 0.0, 30.0),  # no ramp
        (3.0, 365.0, 30.6),  # the run ends within a day
        (40.0, 365.0, 30.0),  # after the end
        (30.0, 0.0, 30.0),  # at the end
    ],
)
def test_the_ramp_up_has_the_energy_of_its_triangle(start_day: float, ramp_up_d: float, days: float) -> None:
    summary = run(days=days, start_day=start_day, ramp_up_d=ramp_up_d).summary
    expected = ramped_mwh(50.0, start_day, ramp_up_d, days)
    assert summary.supplied_mwh["fusion"] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_ramp_up_may_have_begun_before_the_run() -> None:
    summary = run(days=30.0, start_day=-100.0).summary
    # from 100/365 to 130/365 of 50 MW: the mean over the thirty days is that of day 115
    assert summary.supplied_mwh["fusion"] == pytest.approx(30 * 24 * 50 * 115 / 365, rel=1e-12)
    assert run(days=30.0, start_day=-1000.0).summary.supplied_mwh["fusion"] == pytest.approx(30 * 24 * 50)


def test_full_power_is_the_agreed_one_exactly() -> None:
    series = ramp_up(10 * SECONDS_PER_DAY, -0.3, 2.1, 50.0)
    assert series.value_at(9 * SECONDS_PER_DAY) == 50.0
    assert (series.values >= 0.0).all()
    assert (series.values <= 50.0).all()


def test_a_start_is_a_date_too() -> None:
    # of 20 days from 2025-01-01 on, 16 are at 50 MW
    summary = run(days=20.0, start_day="2025-01-05", ramp_up_d=0.0).summary
    assert summary.supplied_mwh["fusion"] == pytest.approx(16 * 24 * 50)


def test_an_uncertain_start_in_the_wrong_order_is_refused() -> None:
    start = StartDate(earliest=2.0, likely=1.0, latest=3.0)
    assert told(lambda: run(days=1.0, start_day=start)) == (
        "supply.fusion.start_day: likely = 1.0; allowed: between 2 d and 3 d"
    )


def test_an_uncertain_start_is_drawn_by_the_seed_within_its_bounds() -> None:
    start = StartDate(earliest=2.0, likely=4.0, latest=12.0)
    plant = plant_of(start_day=start, ramp_up_d=0.0)
    firsts = []
    for seed in range(12):
        campus = Campus(name="x", supply={"fusion": plant}, demand={"load": MeasuredLoad(power_mw=100.0)})
        events = simulate(campus, days=20.0, seed=seed).events
        firsts.append(events[events["event"] == "first power"]["time"].iloc[0].day_of_year - 1.0)
    assert 2.0 <= min(firsts) < max(firsts) <= 12.0


def test_first_power_is_told() -> None:
    events = run(start_day=10.0).events
    assert list(events[events["event"] == "first power"]["time"].dt.day) == [11]  # of January


@pytest.mark.parametrize("seed", range(8))
def test_first_power_is_told_when_there_is_some(seed: int) -> None:
    plant = plant_of(capacity_mw=50.0, start_day=10.0, ramp_up_d=10.0, availability_pu=0.5, mttr_h=48.0)
    demand = {"load": MeasuredLoad(power_mw=100.0)}
    result = simulate(Campus(name="test", supply={"fusion": plant}, demand=demand), days=30, seed=seed)
    told = result.events[result.events["owner"] == "fusion"]
    assert told["event"].iloc[0] == "first power"
    first = result.flows.loc[result.flows["fusion.delivered_mw"] > 0.0].index[0]
    assert told["time"].iloc[0] == first


def test_first_power_before_the_run_is_no_event_of_the_run() -> None:
    assert "first power" not in set(run(start_day=-10.0).events["event"])
    assert list(run(start_day=0.0).events["event"]).count("first power") == 1


def test_power_is_paid_as_delivered_under_an_agreement() -> None:
    campus = Campus(
        name="x",
        supply={"fusion": plant_of(start_day=-1000.0)},
        demand={"load": MeasuredLoad(power_mw=20.0)},
        agreements={"ppa": PhysicalAgreement(source="fusion", price_usd_per_mwh=60.0)},
    )
    summary = simulate(campus, days=30.0).summary
    assert summary.cost_lines_usd == pytest.approx({"PPA cost": 20 * 24 * 30 * 60.0})  # 20 of 50 MW
    assert summary.curtailed_by_source_mwh == pytest.approx({"fusion": 30 * 24 * 30})


def test_availability_over_many_years_is_what_was_said() -> None:
    years, up_h, down_h = 40.0, 192.0, 48.0  # 192 / (192 + 48) = 0.8
    result = run(
        days=years * 365,
        record_s=365 * SECONDS_PER_DAY,
        start_day=-1000.0,
        availability_pu=0.8,
        mttr_h=down_h,
    )
    hours = years * 8760
    # variance of the time in service of an alternating renewal process with exponential times
    error = sqrt(2 * up_h**2 * down_h**2 / (up_h + down_h) ** 3 / hours)
    assert abs(result.summary.capacity_factor["fusion"] - 0.8) < 3 * error
    assert error < 0.01
    outages = (result.events["event"] == "forced outage").sum()
    assert abs(outages - hours / 240) < 3 * sqrt(hours / 240)


def test_what_an_outage_leaves_unserved_is_a_forced_outage() -> None:
    result = run(50.0, days=365.0, start_day=-1000.0, availability_pu=0.8)
    summary = result.summary
    assert summary.unserved_mwh > 0.0
    assert summary.unserved_by_reason_mwh == pytest.approx({"forced outage": summary.unserved_mwh})


def test_power_not_yet_ramped_up_is_a_lack_of_capacity() -> None:
    summary = run(50.0, days=10.0, start_day=20.0).summary
    assert summary.unserved_by_reason_mwh == pytest.approx({"capacity": 50 * 240})


def test_its_power_is_clean() -> None:
    assert run(20.0, start_day=-1000.0).summary.cfe_score == pytest.approx(1.0)


def test_its_dispatch_price_says_whose_power_is_taken_first() -> None:
    def supplied(**values: Any) -> dict[str, float]:
        plant = MeasuredSource(power_mw=50.0, dispatch_usd_per_mwh=20.0)
        supply = {"fusion": plant_of(start_day=-1000.0, **values), "plant": plant}
        campus = Campus(name="test", supply=supply, demand={"load": MeasuredLoad(power_mw=50.0)})
        return simulate(campus, days=1).summary.supplied_mwh

    assert supplied() == pytest.approx({"fusion": 50 * 24, "plant": 0.0})
    assert supplied(dispatch_usd_per_mwh=30.0) == pytest.approx({"fusion": 0.0, "plant": 50 * 24})


def test_before_its_first_power_no_outage_is_told() -> None:
    events = run(days=60.0, start_day=40.0, ramp_up_d=0.0, availability_pu=0.5).events
    outages = events[events["event"] == "forced outage"]
    first = events[events["event"] == "first power"]["time"].iloc[0]
    assert len(outages) > 0
    assert (outages["time"] >= first).all()
