"""The gang: a job with checkpoints starts, crashes, falls back, yields, fails, stops and ends, by hand."""

from __future__ import annotations

from math import inf, sqrt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import compute, elapsed_h, steps

from sim import Result
from sim.campus import Facility, ServerPool, TrainingJob
from sim.demand.checkpoints import Checkpoints
from sim.demand.interruptions import PRESETS, Interruptions
from sim.demand.phases import Phases

HALL = ServerPool(servers=10, gpus_per_server=10, idle_w=20_000.0, busy_w=100_000.0)
TIER = "hall jobs at 150 USD/MWh"
# 100 GPUs draw 1 MW, 0.2 MW of it idle and firm
HOURLY = Checkpoints(interval_s=3600.0, cost_s=0.0, restart_s=900.0)
OUTAGE = steps((0, 10.0), (2.5, 0.1), (3.5, 10.0))
"""From 2:30 to 3:30 there is half of the idle power of 100 GPUs."""


def job(gpus: int = 100, hours: float = 10.0, **values: Any) -> TrainingJob:
    plain = {"pool": "hall", "gpus": gpus, "work_gpu_h": gpus * hours, "checkpoints": HOURLY}
    return TrainingJob(**plain | values)


def run(limit_mw: Any = 10.0, *, days: float = 1.0, price: Any = 60.0, **demand: TrainingJob) -> Result:
    return compute(HALL, demand, days=days, import_limit_mw=limit_mw, import_price_usd_per_mwh=price)


def row(result: Result, name: str = "a") -> pd.Series:
    return result.jobs.set_index("name").loc[name]


def ended_h(result: Result, name: str = "a") -> float:
    return elapsed_h(result, row(result, name)["end"])


def started_h(result: Result, name: str = "a") -> float:
    return elapsed_h(result, row(result, name)["start"])


# one job


def test_a_job_that_loses_firm_power_goes_back_to_its_last_checkpoint() -> None:
    result = run(OUTAGE, a=job())
    found = row(result)
    # half an hour since 2:00 is lost; an hour without power, a quarter to restart
    assert ended_h(result) == pytest.approx(10.0 + 0.5 + 1.0 + 0.25)
    assert (found["attempts"], found["done_gpu_h"]) == (2, 1000.0)
    assert found["lost_gpu_h"] == pytest.approx(50.0)
    assert found["goodput_pu"] == pytest.approx(10.0 / 11.75)


def test_the_energy_of_a_crash_is_told_by_what_it_was_for() -> None:
    found = row(run(OUTAGE, a=job()))
    assert found["energy_mwh"] == pytest.approx(10.5 * 1.0 + 1.0 * 0.1 + 0.25 * 0.2)
    assert found["lost_work_mwh"] == pytest.approx(0.5 * 1.0)
    assert found["unserved_mwh"] == pytest.approx(1.0 * 0.1)
    assert found["idle_held_mwh"] == pytest.approx(1.0 * 0.1)
    assert (found["held_h"], found["saved_mwh"]) == pytest.approx((1.0, 0.0))


def test_the_baseline_of_a_crashed_job_goes_on_until_its_work_is_done() -> None:
    found = row(run(OUTAGE, a=job()))
    # the backlog: 0.5 h at the crash, then it rises to 1.75 h at 3:45; the baseline is done at 10:00
    assert found["deferred_mwh"] == pytest.approx(0.8 * 1.75)
    assert found["late_h"] == pytest.approx(1.75)
    backlog_h2 = (0.5 + 1.75) / 2 * 1.25 + 1.75 * (10.0 - 3.75) + 1.75**2 / 2
    assert found["mean_delay_h"] == pytest.approx(backlog_h2 / 1.75)
    assert found["outstanding_mwh"] == 0.0


@pytest.mark.parametrize(
    ("hours", "backlog_h"),
    [(2.0, 0.0), (2.5001, 0.5001), (3.0, 1.0), (3.6, 1.6), (3.75, 1.75), (9.0, 1.75), (11.0, 0.75)],
)
def test_what_is_outstanding_is_the_baseline_s_work_less_what_is_kept(hours: float, backlog_h: float) -> None:
    found = row(run(OUTAGE, days=hours / 24, a=job()))
    assert found["outstanding_mwh"] == pytest.approx(0.8 * backlog_h)


def test_what_a_crash_defers_belongs_to_the_months_in_which_the_backlog_rises() -> None:
    # from noon on 31 January to noon on 1 February
    outage = steps((0, 10.0), (30.5 * 24 + 0.5, 0.1), (31.5 * 24, 10.0))
    result = run(outage, days=40.0, a=job(hours=24 * 50.0))
    assert result.account("deferred_mwh")[TIER].tolist() == pytest.approx(
        [0.8 * (0.5 + 11.5), 0.8 * (12 + 0.25)]
    )
    assert result.account("idle_held_mwh")[TIER].tolist() == pytest.approx([0.1 * 11.5, 0.1 * 12])


def test_a_job_that_loses_power_again_in_its_restart_starts_again() -> None:
    result = run(steps((0, 10.0), (2.5, 0.1), (3.5, 10.0), (3.6, 0.1), (4.6, 10.0)), a=job())
    found = row(result)
    late_h = 0.5 + 1.0 + 0.1 + 1.0 + 0.25
    assert (found["attempts"], ended_h(result)) == (3, pytest.approx(10.0 + late_h))
    assert found["lost_gpu_h"] == pytest.approx(50.0)  # nothing more
    assert found["deferred_mwh"] == pytest.approx(0.8 * late_h)
    assert found["late_h"] == pytest.approx(late_h)


def test_a_crash_after_the_baseline_is_done_makes_it_later_still() -> None:
    # half an hour is lost at 2:30; it goes on at 3:45 with 2 h left, of which a quarter is lost at 5:00
    result = run(steps((0, 10.0), (2.5, 0.1), (3.5, 10.0), (5.0, 0.1), (6.0, 10.0)), a=job(hours=4.0))
    found = row(result)
    assert found["lost_gpu_h"] == pytest.approx(50.0 + 25.0)
    late_h = 1.75 + 0.25 + 1.0 + 0.25
    assert ended_h(result) == pytest.approx(4.0 + late_h)
    # no baseline is left at 5:00: its backlog rises by what is lost alone
    assert found["deferred_mwh"] == pytest.approx(0.8 * (1.75 + 0.25))
    assert found["late_h"] == pytest.approx(late_h)


def test_what_is_done_while_a_checkpoint_is_written_is_lost_until_it_is_complete() -> None:
    hour = Checkpoints(interval_s=3600.0, cost_s=360.0, restart_s=0.0)
    # the second checkpoint is written from 2.1 h to 2.2 h of run time
    for crash_h, lost_h in ((2.15, 1.0), (2.25, 0.05)):
        limit_mw = steps((0, 10.0), (crash_h, 0.1), (crash_h + 1.0, 10.0))
        result = run(limit_mw, a=job(checkpoints=hour))
        kept_h = round(crash_h - 0.1 - lost_h) if crash_h < 2.2 else 2.0
        assert row(result)["lost_gpu_h"] == pytest.approx(100 * lost_h)
        left_h = 10.0 - kept_h
        assert ended_h(result) == pytest.approx(crash_h + 1.0 + left_h + 0.1 * (left_h - 1))


def test_a_job_without_checkpoints_loses_nothing_and_one_that_never_wrote_loses_all() -> None:
    slowed = row(run(OUTAGE, a=job(checkpoints=None)))
    assert (slowed["lost_gpu_h"], slowed["attempts"]) == (0.0, 1)
    crashed = row(run(OUTAGE, a=job(checkpoints=Checkpoints(interval_s=36_000.0, cost_s=0.0))))
    assert crashed["lost_gpu_h"] == pytest.approx(250.0)


def test_while_it_waits_for_firm_power_it_draws_no_more_than_its_idle_power() -> None:
    # 0.6 of the 1 MW of a firm job: it cannot work with them, and draws 0.2 MW
    result = run(steps((0, 10.0), (2.5, 0.6), (3.5, 10.0)), a=job(flexible_pu=0.0))
    found = row(result)
    assert ended_h(result) == pytest.approx(11.75)
    assert found["energy_mwh"] == pytest.approx(10.5 * 1.0 + 1.25 * 0.2)
    assert (found["unserved_mwh"], found["idle_held_mwh"]) == pytest.approx((0.8, 0.2))
    assert result.books.by_owner_mwh("served_mw")["hall firm jobs"] == pytest.approx(found["energy_mwh"])


def test_power_that_whole_jobs_cannot_use_is_not_missing_for_its_price() -> None:
    summary = run(steps((0, 10.0), (2.5, 0.6), (3.5, 10.0)), a=job(flexible_pu=0.0)).summary
    assert summary.unserved_by_reason_mwh == {"import limit": pytest.approx(0.8)}


def test_power_that_one_job_cannot_use_goes_to_others() -> None:
    # a is firm and needs 0.8 MW, b needs 0.12 MW and can use up to 0.6 MW
    big = job(80, flexible_pu=0.0)
    small = job(60, checkpoints=None)
    pool = ServerPool(servers=14, gpus_per_server=10, idle_w=20_000.0, busy_w=100_000.0)
    limit_mw = steps((0, 10.0), (2.0, 0.5), (3.0, 10.0))
    result = compute(pool, {"a": big, "b": small}, import_limit_mw=limit_mw, import_price_usd_per_mwh=60.0)
    # of 0.5 MW, 0.16 MW keep the GPUs of a idle; 0.34 MW are left for b, of its 0.48 MW above idle 0.22 MW
    assert row(result, "a")["idle_held_mwh"] == pytest.approx(0.16)
    assert ended_h(result, "b") == pytest.approx(10.0 + 1.0 - 0.22 / 0.48)
    assert row(result, "b")["energy_mwh"] == pytest.approx(2 * 0.6 + 0.34 + (8 - 0.22 / 0.48) * 0.6)


# several jobs

SHORT = steps((0, 10.0), (2.5, 0.15), (3.5, 10.0))
"""From 2:30 to 3:30 there is the idle power of 75 GPUs."""


@pytest.mark.parametrize(
    ("values", "crashes"),
    [
        ({"a": {}, "b": {"submit_h": 0.25}}, "b"),  # the latest first
        ({"b": {}, "a": {"submit_h": 0.25}}, "a"),
        ({"a": {}, "b": {"submit_h": 0.25, "priority": 1}}, "a"),  # the lowest priority before
        ({"a": {"priority": -1}, "b": {"submit_h": 0.25}}, "a"),
        ({"a": {"priority": 2}, "b": {"priority": 1}}, "b"),
    ],
)
def test_of_two_jobs_the_one_of_lower_priority_crashes_then_the_one_submitted_later(
    values: dict[str, dict[str, Any]], crashes: str
) -> None:
    result = run(SHORT, **{name: job(50, **given) for name, given in values.items()})
    keeps = "b" if crashes == "a" else "a"
    lost_h = 2.5 - values[crashes].get("submit_h", 0.0) - 2.0
    down, held = row(result, crashes), row(result, keeps)
    # neither works; the one that crashes has 0.05 of its 0.1 MW
    assert (down["attempts"], held["attempts"]) == (2, 1)
    assert down["lost_gpu_h"] == pytest.approx(50 * lost_h)
    assert held["lost_gpu_h"] == 0.0
    assert ended_h(result, keeps) == pytest.approx(started_h(result, keeps) + 10.0 + 1.0)
    assert ended_h(result, crashes) == pytest.approx(started_h(result, crashes) + 10.0 + lost_h + 1.0 + 0.25)
    assert (down["unserved_mwh"], held["unserved_mwh"]) == pytest.approx((0.05, 0.0))
    assert (down["idle_held_mwh"], held["idle_held_mwh"]) == pytest.approx((0.05, 0.1))


def test_a_smaller_job_keeps_power_that_is_not_enough_for_a_larger_one() -> None:
    result = run(SHORT, a=job(80), b=job(20, submit_h=0.25))
    assert (row(result, "a")["attempts"], row(result, "b")["attempts"]) == (2, 1)


def test_power_that_is_back_in_part_lets_the_first_jobs_restart() -> None:
    back = steps((0, 10.0), (2.5, 0.0), (3.5, 0.15), (5.5, 10.0))
    result = run(back, a=job(50, submit_h=0.25), b=job(50))
    first, second = row(result, "b"), row(result, "a")
    # b restarts at 3:30 with 0.1 MW, and is held back from 3:45 to 5:30 for lack of flexible power
    assert ended_h(result, "b") == pytest.approx(10.0 + 0.5 + 1.0 + 2.0)
    assert first["held_h"] == pytest.approx(1.0 + 1.75)
    # a waits until 5:30 with 0.05 MW
    assert ended_h(result, "a") == pytest.approx(0.25 + 10.0 + 0.25 + 3.0 + 0.25)
    assert second["held_h"] == pytest.approx(3.0)
    assert (first["unserved_mwh"], second["unserved_mwh"]) == pytest.approx((0.1, 0.1 + 2 * 0.05))
    assert (first["idle_held_mwh"], second["idle_held_mwh"]) == pytest.approx((1.75 * 0.1, 2 * 0.05))


# GPUs that another job takes


def test_a_job_that_yields_saves_its_work() -> None:
    price = steps((0, 20.0), (2.5, 60.0), (5.5, 20.0))
    result = run(price=price, a=job(worth_usd_per_mwh=30.0), b=job(hours=3.0, submit_h=1.0))
    found = row(result)
    assert ended_h(result, "b") == pytest.approx(5.5)
    # 2.5 h are kept; it restarts at 5:30 for a quarter of an hour
    assert (found["lost_gpu_h"], found["attempts"]) == (0.0, 2)
    assert ended_h(result) == pytest.approx(5.5 + 0.25 + 7.5)
    assert found["line_h"] == pytest.approx(3.0)
    assert found["deferred_mwh"] == pytest.approx(0.0, abs=1e-12)  # its baseline waits too


def test_a_job_that_crashes_and_yields_at_one_instant_has_crashed() -> None:
    firm = job(hours=5.0, submit_h=1.0, flexible_pu=0.0, checkpoints=None)
    result = run(OUTAGE, price=20.0, a=job(worth_usd_per_mwh=30.0), b=firm)
    assert started_h(result, "b") == pytest.approx(3.5)
    assert row(result)["lost_gpu_h"] == pytest.approx(50.0)
    # b has had the GPUs from 2:30 to 8:30
    assert ended_h(result) == pytest.approx(8.5 + 0.25 + 8.0)


def test_a_job_that_starts_up_is_not_held_back_and_keeps_its_gpus() -> None:
    slow = Phases(iteration_s=10.0, compute_pu=1.0, compute_w=10_000.0, waiting_w=2000.0, startup_s=1800.0)
    firm = job(hours=1.0, submit_h=0.25, flexible_pu=0.0, checkpoints=None)
    result = run(a=job(hours=2.0, phases=slow), b=firm)
    assert (started_h(result), ended_h(result)) == pytest.approx((0.5, 2.5))
    assert started_h(result, "b") == pytest.approx(2.5)


def test_a_backlog_stands_while_its_job_is_in_line_as_the_run_ends() -> None:
    # a job of an hour is held back from the start; at 5:00 a better one takes its GPUs
    jobs = {"a": job(hours=1.0, worth_usd_per_mwh=30.0), "b": job(hours=100.0, submit_h=5.0)}
    found = row(run(days=50 / 24, **jobs))
    # it rises for an hour and stands for 49 h
    assert found["mean_delay_h"] == pytest.approx(0.5 + 49.0)
    assert (found["late_h"], found["line_h"]) == pytest.approx((49.0, 45.0))


# start, failures and planned stops


def test_it_starts_up_with_idle_power_before_it_works() -> None:
    slow = Phases(iteration_s=10.0, compute_pu=1.0, compute_w=10_000.0, waiting_w=2000.0, startup_s=1800.0)
    result = run(a=job(hours=2.0, phases=slow))
    found = row(result)
    assert (started_h(result), ended_h(result)) == pytest.approx((0.5, 2.5))
    assert found["energy_mwh"] == pytest.approx(0.5 * 0.2 + 2.0 * 1.0)
    assert (found["goodput_pu"], found["held_h"], found["late_h"]) == pytest.approx((1.0, 0.0, 0.0))


def test_a_planned_stop_saves_all_work_and_costs_a_restart() -> None:
    stops = Interruptions(planned_every_h=4.0)
    result = run(a=job(interruptions=stops))
    found = row(result)
    # at 4:00 and 8:00
    assert (found["attempts"], found["lost_gpu_h"]) == (3, 0.0)
    assert ended_h(result) == pytest.approx(10.0 + 2 * 0.25)
    assert found["energy_mwh"] == pytest.approx(10.0 + 0.5 * 0.2)
    assert found["deferred_mwh"] == pytest.approx(0.0, abs=1e-12)


def test_planned_stops_are_counted_from_submission_whatever_happens_between() -> None:
    # of stops at 2:15, 4:15, 6:15 and 8:15, the last comes as it is done
    stops = Interruptions(planned_every_h=2.0)
    result = run(OUTAGE, a=job(hours=4.5, submit_h=0.25, interruptions=stops))
    # restart from 2:15 to 2:30; without power until 3:30, restart until 3:45, stop from 4:15 to 4:30 and from
    # 6:15 to 6:30, with 2 h, 0.5 h and 1.75 h of work before them
    assert row(result)["lost_gpu_h"] == 0.0
    assert ended_h(result) == pytest.approx(6.5 + 4.5 - 2.0 - 0.5 - 1.75)
    assert row(result)["attempts"] == 5


def test_a_planned_stop_at_the_end_of_a_phase_takes_place() -> None:
    phases = Phases(iteration_s=2000.0, compute_pu=0.5, compute_w=10_000.0, waiting_w=2000.0)
    now = Checkpoints(interval_s=1e6, cost_s=0.0)
    stops = Interruptions(planned_every_h=600 / 3600)
    result = run(a=job(phases=phases, resolution="phases", checkpoints=now, hours=2.0, interruptions=stops))
    # every 600 s of 7200 s, of which each fifth is a multiple of 1000 s; the last is the end
    assert row(result)["attempts"] == 12
    assert ended_h(result) == pytest.approx(2.0)


def test_a_planned_stop_that_comes_while_power_is_missing_is_none() -> None:
    result = run(OUTAGE, a=job(interruptions=Interruptions(planned_every_h=3.0)))
    # 2 h are kept at 2:30; 2.25 h from 3:45 to 6:00, 2.75 h to 9:00, 2.75 h to 12:00, and the rest
    assert row(result)["attempts"] == 5
    assert ended_h(result) == pytest.approx(12.0 + 0.25 + (10.0 - 2.0 - 2.25 - 2 * 2.75))


def test_a_phase_that_ends_at_a_planned_stop_does_not_end_the_restart() -> None:
    phases = Phases(iteration_s=10.0, compute_pu=0.5, compute_w=10_000.0, waiting_w=2000.0)
    stops = Interruptions(planned_every_h=0.5)
    result = run(a=job(hours=3.0, phases=phases, resolution="phases", interruptions=stops))
    # half an hour, and then a quarter of an hour after each restart of a quarter, ten times until 5:30
    assert ended_h(result) == pytest.approx(5.5)
    assert row(result)["attempts"] == 11
    assert row(result)["energy_mwh"] == pytest.approx(3.0 * 0.6 + 10 * 0.25 * 0.2)


def test_a_planned_stop_that_comes_while_another_job_has_the_gpus_is_none() -> None:
    price = steps((0, 20.0), (2.5, 60.0), (5.5, 20.0))
    stops = Interruptions(planned_every_h=4.0)
    result = run(
        price=price,
        a=job(worth_usd_per_mwh=30.0, interruptions=stops),
        b=job(hours=3.0, submit_h=1.0),
    )
    # 2.5 h; from 5:30 a restart, 2.25 h, a stop at 8:00, 3.75 h, a stop at 12:00, and 1.5 h
    assert row(result)["attempts"] == 4
    assert ended_h(result) == pytest.approx(12.0 + 0.25 + (10.0 - 2.5 - 2.25 - 3.75))


def test_a_job_that_is_done_at_a_planned_stop_is_done() -> None:
    result = run(a=job(hours=4.0, interruptions=Interruptions(planned_every_h=2.0)))
    # 2 h, a quarter of an hour, 1.75 h: at 4:00 a quarter of an hour is left
    assert ended_h(result) == pytest.approx(4.0 + 2 * 0.25)
    ends = run(a=job(hours=2.0, interruptions=Interruptions(planned_every_h=2.0)))
    assert (ended_h(ends), row(ends)["attempts"]) == (2.0, 1)


def test_failures_come_at_exponential_times() -> None:
    stops = Interruptions(mtbf_gpu_h=100.0)  # of 100 GPUs: one in an hour, also while it restarts
    long = job(hours=1e5, interruptions=stops, checkpoints=Checkpoints(interval_s=600.0, cost_s=1.0))
    failures = row(run(days=100.0, a=long))["attempts"] - 1
    assert abs(failures - 2400) < 4 * sqrt(2400)  # a Poisson number


def test_a_failure_loses_half_an_interval_on_average() -> None:
    stops = Interruptions(mtbf_gpu_h=10_000.0)  # one in 100 h
    hour = Checkpoints(interval_s=3600.0, cost_s=0.0)
    found = row(run(days=4000.0, a=job(hours=1e6, interruptions=stops, checkpoints=hour)))
    failures = found["attempts"] - 1
    lost_h = found["lost_gpu_h"] / 100 / failures
    # uniform over the interval: a standard deviation of 1 / sqrt(12) h each
    assert abs(lost_h - 0.5) < 4 / sqrt(12 * failures)
    assert found["deferred_mwh"] == pytest.approx(0.0, abs=1e-9)  # failures are no lack of power


def test_the_baseline_does_again_what_a_failure_has_lost() -> None:
    stops = Interruptions(mtbf_gpu_h=100.0)
    # it is held back from 24:00 on, so that its baseline is done alone
    result = run(days=10.0, price=steps((0, 60.0), (24, 200.0)), a=job(hours=100.0, interruptions=stops))
    found = row(result)
    assert found["lost_gpu_h"] > 100.0
    assert found["deferred_mwh"] == pytest.approx(0.8 * (100.0 - found["done_gpu_h"] / 100))
    assert found["outstanding_mwh"] == pytest.approx(found["deferred_mwh"])


def test_a_failure_after_the_baseline_is_done_is_owed() -> None:
    late = job(
        hours=100.0,
        interruptions=Interruptions(mtbf_gpu_h=100.0),
        checkpoints=Checkpoints(interval_s=3600.0, cost_s=0.0),
    )
    # it is held back until 110:00, when its baseline is done
    found = row(run(days=150 / 24, price=steps((0, 200.0), (110, 60.0)), a=late))
    assert found["lost_gpu_h"] > 100.0
    assert found["outstanding_mwh"] == pytest.approx(0.8 * (100.0 - found["done_gpu_h"] / 100))
    assert found["deferred_mwh"] == pytest.approx(0.8 * (100.0 + found["lost_gpu_h"] / 100))


def test_each_job_has_its_own_failures_and_each_seed_others() -> None:
    stops = Interruptions(mtbf_gpu_h=50.0)
    half = {"gpus": 50, "interruptions": stops, "hours": 100.0}
    result = run(days=10.0, a=job(**half), b=job(**half))
    assert row(result, "a")["lost_gpu_h"] != row(result, "b")["lost_gpu_h"]
    again = run(days=10.0, a=job(**half))
    assert row(again)["lost_gpu_h"] == row(result)["lost_gpu_h"]


def test_effective_training_time_of_llama_3_is_that_of_the_formula() -> None:
    plan = Checkpoints(cost_s=30.0, restart_s=300.0)
    stops = PRESETS["llama3_405b"]
    days = 1500.0
    pool = ServerPool(servers=2048)
    llama = TrainingJob(
        pool="hall", gpus=16_384, work_gpu_h=16_384 * 24 * 2 * days, checkpoints=plan, interruptions=stops
    )
    result = compute(pool, {"a": llama}, days=days, facility=Facility(pue=1.0), import_limit_mw=100.0)
    found = row(result)
    mtbf_s = stops.mtbf_s(16_384)
    expected = plan.effective_pu(days * 86_400, mtbf_s, stops.planned_interval_s)
    assert found["goodput_pu"] == pytest.approx(expected, abs=0.003)
    interruptions = found["attempts"] - 1
    assert interruptions * 54 / days == pytest.approx(466, abs=4 * sqrt(466 * 54 / days))


# power along the work


def test_average_and_phases_agree_in_energy_and_end() -> None:
    phases = Phases(
        iteration_s=700.0,
        compute_pu=0.7,
        compute_w=10_000.0,
        communication_w=6000.0,
        waiting_w=3000.0,
        evaluation_s=130.0,
        iterations_per_evaluation=3,
        checkpoint_w=4000.0,
    )
    for plan in (None, Checkpoints(interval_s=1000.0, cost_s=90.0)):
        found = [
            run(a=job(phases=phases, checkpoints=plan, resolution=each)) for each in ("average", "phases")
        ]
        average, exact = (row(result) for result in found)
        assert exact["energy_mwh"] == pytest.approx(average["energy_mwh"], rel=1e-9)
        assert (exact["end"] - average["end"]).total_seconds() == pytest.approx(0.0, abs=1e-6)
        assert len(found[1].flows) > 50 > len(found[0].flows)


def test_phases_follow_each_other_on_the_bus_from_where_the_work_is() -> None:
    phases = Phases(
        iteration_s=3600.0, compute_pu=0.5, compute_w=10_000.0, communication_w=6000.0, waiting_w=2000.0
    )
    stops = Interruptions(planned_every_h=0.75)
    result = run(
        a=job(hours=1.0, phases=phases, resolution="phases", interruptions=stops, checkpoints=HOURLY)
    )
    flows = result.flows[f"{TIER}.served_mw"]
    hours = np.cumsum(result.flows["dt_h"])
    levels = [(round(to_h, 6), round(mw, 6)) for to_h, mw in zip(hours, flows, strict=True)]
    # compute until 0:30, then communication; a stop at 0:45, after which communication goes on at 1:00
    assert levels == [(0.5, 1.0), (0.75, 0.6), (1.0, 0.2), (1.25, 0.6), (24.0, 0.0)]


def test_a_job_never_given_gpus_has_no_attempt() -> None:
    found = row(run(a=job(submit_h=48.0)))
    assert (found["attempts"], found["state"]) == (0, "not yet submitted")
    assert found["goodput_pu"] is None or np.isnan(found["goodput_pu"])
    assert inf > found["late_h"] == 0.0


@pytest.mark.parametrize(
    ("hours", "state"),
    [(2.0, "running"), (3.0, "held back"), (3.6, "starting"), (3.8, "running"), (11.75, "finished")],
)
def test_its_state_is_that_of_the_end_of_the_run(hours: float, state: str) -> None:
    assert row(run(OUTAGE, days=hours / 24, a=job()))["state"] == state


# power while it starts


@pytest.mark.parametrize(
    ("limit", "begins_h"),
    [
        (10.0, 1.0),
        (steps((0, 0.0), (2, 10.0)), 3.0),  # nothing is loaded in the dark
        (steps((0, 0.1), (1.5, 10.0)), 1.75),  # half of 0.2 MW: 0.75 h of an hour by 1:30
        (steps((0, 10.0), (0.5, 0.0), (4.2, 10.0)), 4.7),
    ],
)
def test_a_job_that_lacks_power_while_it_starts_takes_longer_by_what_it_lacks(
    limit: Any, begins_h: float
) -> None:
    phases = Phases(iteration_s=10.0, compute_pu=1.0, compute_w=10_000.0, waiting_w=2000.0, startup_s=3600.0)
    result = run(limit, a=job(phases=phases, checkpoints=None))
    found = row(result)
    assert started_h(result) == pytest.approx(begins_h, abs=1e-6)
    assert ended_h(result) == pytest.approx(begins_h + 10.0, abs=1e-6)
    # full speed would have begun after an hour: 10 h of 0.8 MW are late by the rest
    assert found["deferred_mwh"] == pytest.approx(0.8 * (begins_h - 1.0), abs=1e-6)
    assert found["unserved_mwh"] == pytest.approx(result.summary.unserved_mwh, abs=1e-12)
