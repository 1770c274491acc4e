"""Shedding: who gave power after an instant, by hand, and what it cost the jobs."""

from __future__ import annotations

from math import isnan
from typing import Any

import pytest
from builders import NEVER_H, compute, steps, told
from campuses import campuses
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import Campus, Result, simulate
from sim.campus import Battery, Facility, GasTurbines, GridConnection, ServerPool, TrainingJob
from sim.runs.import_cuts import ImportCut
from sim.runs.shedding import Giver, Shedding

HALL = ServerPool(servers=10, gpus_per_server=10, idle_w=20_000.0, busy_w=100_000.0)
# a job on 40 GPUs draws 0.4 MW, 0.08 MW of it idle and firm, 0.32 MW above that
TIER = "hall jobs at 150 USD/MWh"


def job(gpus: int = 40, **fields: Any) -> TrainingJob:
    """A job that runs for 10 h at full speed."""
    return TrainingJob(**{"pool": "hall", "gpus": gpus, "work_gpu_h": 10.0 * gpus, **fields})


def order(limit_mw: float, start_h: float = 2.0, duration_h: float = 4.0) -> dict[str, float]:
    return {"start_h": start_h, "duration_h": duration_h, "limit_mw": limit_mw}


def run(limit_mw: float, *, record_s: float | None = None, supply: Any = None, **jobs: TrainingJob) -> Result:
    """A day with an order to import no more than a limit from 2:00 to 6:00."""
    grid = GridConnection(import_limit_mw=10.0, orders=(order(limit_mw),))
    made = Campus(
        name="test",
        facility=Facility(pue=1.0),
        servers={"hall": HALL},
        supply={"grid": grid, **(supply or {})},
        demand=jobs,
    )
    return simulate(made, days=1.0, record_s=record_s)


def giver(found: Shedding, name: str, flow: str = "served_mw") -> Giver:
    (one,) = (each for each in found.givers if (each.name, each.flow) == (name, flow))
    return one


def test_proportional_jobs_give_at_once_what_the_order_asks_and_firm_jobs_nothing() -> None:
    # 0.4 flexible, 0.4 firm and 0.2 MW of idle servers want 0.84: 20 free GPUs draw 0.04 MW
    result = run(0.68, flexible=job(), firm=job(flexible_pu=0.0))
    found = result.shedding(2.0)
    assert (found.at_s, found.until_s, found.jobs) == (7200.0, 6 * 3600.0, 2)
    assert found.before_mw == pytest.approx(0.84)
    assert found.given_mw == pytest.approx((0.16, 0.16, 0.16))
    gave = giver(found, TIER)
    assert gave.given_mw == gave.held_back_mw == pytest.approx((0.16, 0.16, 0.16))
    assert giver(found, "hall firm jobs").given_mw == (0.0, 0.0, 0.0)
    # 4 h at half speed: 0.16 MW for 4 h, which is deferred to the end, 2 h late; the firm job is not late
    assert (gave.held_h, gave.crashes) == (4.0, 0)
    assert gave.most_deferred_mwh == pytest.approx(4 * 0.16)
    assert gave.most_deferred_mwh == pytest.approx(result.summary.deferred_mwh)
    assert found.late_h == pytest.approx((2.0 + 0.0) / 2)


def test_jobs_with_a_response_slow_down_and_then_whole_jobs_pause() -> None:
    # of 0.84 MW two jobs want 2 x 0.32 above idle power; at its floor each needs 0.7 of that
    jobs = {"one": job(response="h200_llm"), "two": job(response="h200_llm")}
    slowed = giver(run(0.78, **jobs).shedding(2.0), TIER)
    assert slowed.given_mw == pytest.approx((0.06, 0.06, 0.06))
    slow = run(0.78, **jobs).jobs["held_h"].tolist()
    assert slow == pytest.approx([4.0, 4.0])
    # 0.25 MW beside 0.2 of idle servers is enough for one of them alone
    paused = run(0.25 + 0.2, **jobs)
    late_h = paused.jobs.set_index("name")["late_h"]
    assert late_h["two"] == pytest.approx(4.0)
    assert 0.0 < late_h["one"] < 1.0  # 0.78 of the power is more than 0.78 of the speed
    most = giver(paused.shedding(2.0), TIER).most_deferred_mwh
    assert paused.summary.deferred_mwh < most


def test_a_battery_gives_at_once_and_gas_takes_over_as_it_ramps() -> None:
    battery = Battery(
        power_mw=1.0,
        energy_mwh=4.0,
        initial_soc_pu=1.0,
        charge_below_usd_per_mwh=1.0,
        discharge_above_usd_per_mwh=145.0,
    )
    gas = GasTurbines(
        units=1,
        unit_mw=0.6,
        minimum_pu=0.0,
        ramp_pu_per_min=0.05,
        start_min=5.0,
        start_usd_per_mw=0.0,
        start_mmbtu_per_mw=0.0,
        gas_usd_per_mmbtu=10.0,  # 9.71 x 10 + 5 = 102 USD/MWh at full load: below the battery, above the grid
        mttf_h=NEVER_H,
    )
    result = run(0.24, supply={"battery": battery, "gas": gas}, one=job(), two=job())
    found = result.shedding(2.0)
    assert found.given_mw == pytest.approx((0.6, 0.6, 0.6))
    # the unit is ready after 5 min and rises by 0.03 MW/min: about 0.15 MW after 10 min, all after 25 min
    started = giver(found, "gas", "delivered_mw").given_mw
    assert started == pytest.approx((0.0, 0.15, 0.6), abs=0.02)
    discharged = giver(found, "battery", "discharge_mw").given_mw
    assert discharged == pytest.approx([0.6 - mw for mw in started])
    assert giver(found, TIER).given_mw == (0.0, 0.0, 0.0)
    assert giver(found, TIER).held_h == 0.0


def test_charging_that_stops_is_given_too() -> None:
    battery = Battery(
        power_mw=0.1,
        energy_mwh=4.0,
        charge_below_usd_per_mwh=70.0,
        discharge_above_usd_per_mwh=500.0,
    )
    # before: 0.44 MW of the job and free servers, and 0.1 MW of charging
    found = run(0.40, supply={"battery": battery}, one=job()).shedding(2.0)
    assert found.before_mw == pytest.approx(0.4 + 0.12 + 0.1)
    assert giver(found, "battery", "charge_mw").given_mw == pytest.approx((0.1, 0.1, 0.1))
    assert giver(found, TIER).given_mw == pytest.approx((0.12, 0.12, 0.12))


def test_jobs_that_lose_firm_power_crash_and_are_counted() -> None:
    saves = {"interval_s": 3600.0, "cost_s": 0.0}
    result = run(0.0, one=job(checkpoints=saves), two=job(checkpoints=saves))
    found = result.shedding(2.0)
    assert (found.crashes, giver(found, TIER).crashes) == (2, 2)
    assert giver(found, TIER).unserved_mw == pytest.approx((0.16, 0.16, 0.16))
    crashes = result.events[result.events["event"] == "crash"]
    assert crashes["detail"].tolist() == ["one", "two"]


def test_an_order_that_does_not_bind_sheds_nothing() -> None:
    result = run(5.0, one=job())
    (cut,) = result.import_cuts()
    assert cut.asked_mw == 0.0
    assert result.shedding(2.0).given_mw == (0.0, 0.0, 0.0)
    assert "shed:" not in result.report()


def test_any_instant_has_a_timeline_such_as_that_of_a_price() -> None:
    # from 3:00 to 3:20 power costs more than it is worth to the job; the window is half an hour
    price = steps((0, 60.0), (3, 200.0), (3 + 1 / 3, 60.0))
    result = compute(HALL, {"one": job()}, import_price_usd_per_mwh=price)
    found = result.shedding(3.0)
    assert found.until_s == 3.5 * 3600.0
    assert found.given_mw == pytest.approx((0.32, 0.32, 0.0))
    assert giver(found, TIER).held_h == pytest.approx(1 / 3)
    assert result.shedding(3.0, until_h=3.25).givers[0].held_h == pytest.approx(0.25)


def test_the_end_of_the_run_cuts_the_timeline() -> None:
    late = GridConnection(import_limit_mw=10.0, orders=(order(0.2, start_h=23.75, duration_h=4.0),))
    campus = Campus(
        name="test",
        facility=Facility(pue=1.0),
        servers={"hall": HALL},
        supply={"grid": late},
        demand={"one": job(work_gpu_h=4000.0)},
    )
    found = simulate(campus, days=1.0).shedding(23.75)
    assert found.until_s == 86400.0
    first, second, third = found.given_mw
    assert first == second == pytest.approx(0.32)
    assert isnan(third)
    assert giver(found, TIER).held_h == pytest.approx(0.25)


def test_the_frame_has_the_meter_and_every_giver() -> None:
    frame = run(0.34, one=job()).shedding(2.0).frame().set_index("participant")
    assert frame.index[0] == "meter"
    assert frame.loc["meter", "given_10min_mw"] == pytest.approx(0.18)
    assert frame.loc[TIER, "held_back_30min_mw"] == pytest.approx(0.18)
    assert frame.loc[TIER, "held_h"] == 4.0
    assert frame["given_1min_mw"].iloc[1:].sum() == pytest.approx(frame["given_1min_mw"].iloc[0])


def test_means_over_a_minute_are_fine_enough_and_longer_ones_are_refused() -> None:
    exact, fine = run(0.34, one=job()), run(0.34, record_s=60.0, one=job())
    assert fine.shedding(2.0).given_mw == pytest.approx(exact.shedding(2.0).given_mw)
    # an instant within an interval is compared with the interval before
    assert fine.shedding(2.0 + 1 / 120).before_mw == pytest.approx(exact.shedding(2.0).before_mw)
    coarse = run(0.34, record_s=900.0, one=job())
    assert told(lambda: coarse.shedding(2.0)) == (
        "shedding: record_s = 900 s; allowed: at most 60 s, or every change"
    )
    assert "shed:" not in coarse.report()


def test_a_window_outside_of_the_run_is_refused() -> None:
    result = run(0.34, one=job())
    allowed = "allowed: above 0 h and below 24 h, the end of the run"
    assert told(lambda: result.shedding(0.0)) == f"shedding: at_h = 0 h; {allowed}"
    assert told(lambda: result.shedding(24.0)) == f"shedding: at_h = 24 h; {allowed}"
    assert told(lambda: result.shedding(3.0, until_h=3.0)) == "shedding: until_h = 3 h; allowed: above 3 h"


def test_cuts_within_cuts_end_when_import_is_as_high_as_before_each() -> None:
    grid = GridConnection(
        import_limit_mw=steps((0, 2.0), (1, 1.5), (8, 2.0)), orders=(order(0.2), order(0.1, 3.0, 1.0))
    )
    campus = Campus(
        name="test",
        facility=Facility(pue=1.0),
        servers={"hall": HALL},
        supply={"grid": grid},
        demand={"one": job()},
    )
    planned, long, short = simulate(campus, days=1.0).import_cuts()
    assert planned == ImportCut("grid", "import limit", 3600.0, 8 * 3600.0, 1.5, pytest.approx(0.52))
    assert (long.reason, long.until_s, long.limit_mw) == ("curtailment order", 6 * 3600.0, 0.2)
    assert long.asked_mw == pytest.approx(0.52 - 0.2)
    assert (short.at_s, short.until_s, short.limit_mw) == (3 * 3600.0, 4 * 3600.0, 0.1)


def test_an_interruption_is_a_cut_to_nothing() -> None:
    result = compute(HALL, {"one": job()}, days=3.0, interruptions_per_year=2000.0, interruption_mean_h=1.0)
    cuts = result.import_cuts()
    assert cuts
    assert {(cut.reason, cut.limit_mw) for cut in cuts} == {("interruption", 0.0)}
    assert [cut.at_s for cut in cuts] == [
        event["t_s"] for event in result.books.events if event["event"] == "interruption"
    ]


@settings(max_examples=15, deadline=None)
@given(campuses(), st.integers(1, 47))
def test_what_the_members_give_adds_up_to_the_fall_of_net_import(campus: Campus, half_h: int) -> None:
    found = simulate(campus, days=1.0).shedding(half_h / 2)
    # the last minute may be beyond the end
    for at, given_mw in enumerate(found.given_mw):
        if not isnan(given_mw):
            assert sum(one.given_mw[at] for one in found.givers) == pytest.approx(given_mw, abs=1e-5)
