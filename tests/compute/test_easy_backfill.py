"""EASY backfill: what may go ahead of the head of the line, and a trace against published figures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from builders import compute, elapsed_h, steps
from hypothesis import given
from hypothesis import strategies as st
from queue_run import JOBS, RACKS, QueueRun, jobs_of, running, starts, state, waiting

from sim.campus import ServerPool, TrainingJob
from sim.compute.easy_backfill import EasyBackfill
from sim.compute.first_come import FirstCome
from sim.compute.scheduler import Decision, Scheduler, State, Waiting
from sim.runs.queueing import queueing

EASY = EasyBackfill()
BUSY = [running(1, 4, end_s=3600.0), running(2, 2, end_s=7200.0)]
HEAD = waiting(3, 5)
"""Of 8 GPUs 2 are free; the head needs 5, which are there at 1:00 (2 + 4 = 6), when it leaves 1 over."""


def test_a_job_that_ends_by_the_head_s_reserved_start_goes_ahead() -> None:
    line = [HEAD, waiting(4, 2, runtime_s=3600.0)]
    assert starts(EASY.decide(state((2,), line, BUSY))) == [4]


def test_a_longer_job_goes_ahead_only_into_the_gpus_that_the_head_leaves_over() -> None:
    line = [HEAD, waiting(4, 2, runtime_s=3601.0), waiting(5, 1, runtime_s=1e6), waiting(6, 1, runtime_s=1e6)]
    assert starts(EASY.decide(state((2,), line, BUSY))) == [
        5
    ]  # 4 needs 2 of the 1 left over; 5 takes it, 6 finds none


def test_what_ends_at_the_reserved_instant_is_left_over_too() -> None:
    busy = [running(1, 4, end_s=3600.0), running(2, 2, end_s=3600.0)]
    # at 1:00 there are 2 + 4 + 2 = 8 GPUs, of which the head leaves 3
    assert starts(EASY.decide(state((2,), [HEAD, waiting(4, 2, runtime_s=1e6)], busy))) == [4]


def test_jobs_that_start_at_this_instant_count_in_the_reservation() -> None:
    line = [waiting(4, 2, runtime_s=1800.0), waiting(5, 8), waiting(6, 3, runtime_s=1800.0), waiting(7, 3)]
    # 4 takes 2 of 5 GPUs until 0:30, so the 8 GPUs of 5 are there when 1 ends, at 1:00: 6 and 7 end by then
    decision = EASY.decide(state((5,), line, [running(1, 3, end_s=3600.0)]))
    assert starts(decision) == [4, 6]  # 2 + 3 = 5 GPUs; nothing is left for 7
    longer = [*line[:2], waiting(8, 3, runtime_s=3601.0)]
    assert starts(EASY.decide(state((5,), longer, [running(1, 3, end_s=3600.0)]))) == [4]


def test_nothing_is_reserved_for_a_head_whose_start_nobody_can_tell() -> None:
    busy = [running(1, 6, end_s=float("inf"))]
    assert starts(EASY.decide(state((2,), [HEAD, waiting(4, 2, runtime_s=1e6)], busy))) == [4]


def test_a_reservation_is_one_of_power_too() -> None:
    rule = EasyBackfill(power_budget_mw=10.0)
    busy = [running(1, 2, power_mw=6.0, end_s=3600.0)]
    line = [
        waiting(2, 1, power_mw=5.0),
        waiting(3, 1, power_mw=4.0),
        waiting(4, 1, power_mw=4.0, runtime_s=1e6),
    ]
    # the head needs 5 MW and 4 of 10 are left; at 1:00 it leaves 5; job 3 takes the 4 MW of now
    assert starts(rule.decide(state((6,), line, busy))) == [3]
    # without 3 the long job 4 starts, for its 4 MW are left over at 1:00 too
    assert starts(rule.decide(state((6,), [line[0], line[2]], busy))) == [4]
    assert starts(rule.decide(state((6,), [line[0], waiting(5, 1, power_mw=4.0), waiting(6, 1)], busy))) == [
        5,
        6,
    ]


def reserved_s(seen: State, decision: Decision, head: Waiting, size: int) -> float:
    """When a head can start at the latest, by trying the end of each job in turn."""
    begun = {start.number: start.racks for start in decision.starts}
    ends = [(job.end_s, job.racks) for job in seen.running]
    ends += [(seen.now_s + job.runtime_s, begun[job.number]) for job in seen.waiting if job.number in begun]
    for end_s in sorted({end_s for end_s, _ in ends}):
        free = list(seen.free)
        for racks in begun.values():
            for rack, gpus in racks:
                free[rack] -= gpus
        for other_s, racks in ends:
            for rack, gpus in racks:
                free[rack] += gpus if other_s <= end_s else 0
        if sum(free) >= head.gpus and (head.gpus > size or max(free) >= head.gpus):
            return end_s
    raise AssertionError(head.name)


@given(numbers=JOBS, racks=RACKS, within=st.booleans())
def test_backfill_delays_no_reservation(
    numbers: list[tuple[int, int, int, int, str]], racks: tuple[int, ...], *, within: bool
) -> None:
    run = QueueRun(EasyBackfill(within_rack=within), racks, jobs_of(numbers))
    for seen, decision in run.decisions:
        left = [job for job in seen.waiting if job.number not in starts(decision)]
        if left:  # the first one that is left is the head
            latest_s = reserved_s(seen, decision, left[0], max(racks) if within else 0)
            assert run.start_s[left[0].number] <= latest_s


TRACE = Path(os.environ.get("DCGRID_DATA", "")) / "alibaba_gpu2023" / "openb_pod_list_default.csv.gz"


@pytest.fixture(scope="module")
def trace() -> list[Waiting]:
    """The gang jobs of the Alibaba 2023 trace: 6,203 jobs of 59,612.21 GPU-hours."""
    if not ("DCGRID_DATA" in os.environ and TRACE.is_file()):
        pytest.skip("DCGRID_DATA does not hold alibaba_gpu2023/openb_pod_list_default.csv.gz")
    table = pd.read_csv(TRACE)
    length_s = table["deletion_time"] - table["scheduled_time"]
    table = table.assign(length_s=length_s)[(table["num_gpu"] >= 1) & (length_s > 0)]
    table = table.sort_values("creation_time", kind="stable")
    assert len(table) == 6203
    assert (table["num_gpu"] * table["length_s"]).sum() / 3600.0 == pytest.approx(59_612.21, abs=0.005)
    rows = zip(table["num_gpu"], table["creation_time"], table["length_s"], strict=True)
    return [
        waiting(number, int(gpus), submit_s=float(at_s), runtime_s=float(run_s))
        for number, (gpus, at_s, run_s) in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("rule", "mean_wait_s", "last_end_s"),
    [(FirstCome(), 235_885.843946, 13_680_693.0), (EASY, 100_701.679671, 13_645_921.0)],
    ids=["first_come", "easy_backfill"],
)
def test_a_trace_on_40_gpus_waits_as_long_as_published(
    trace: list[Waiting], rule: Scheduler, mean_wait_s: float, last_end_s: float
) -> None:
    run = QueueRun(rule, (40,), trace)
    found = queueing(
        [job.submit_s for job in trace],
        [run.start_s[job.number] for job in trace],
        [run.end_s[job.number] for job in trace],
        [job.gpus for job in trace],
        40,
    )
    assert found.mean_wait_s == pytest.approx(mean_wait_s, rel=1e-9)
    assert max(run.end_s.values()) == pytest.approx(last_end_s, rel=1e-9)
    # all jobs are served: 59,612.21 GPU-h of 40 GPUs for the makespan
    assert found.utilisation_pu == pytest.approx(59_612.21 * 3600.0 / 40 / found.makespan_s, rel=1e-6)


@pytest.mark.parametrize("price", [20.0, steps((0, 20.0), (0.1, 100.0), (0.2, 20.0))])
@pytest.mark.parametrize("domains", [(), ({"name": "row", "limit_mw": 5.0, "servers": 10},)])
def test_a_job_that_starts_up_keeps_its_reservation_whatever_else_happens(price: Any, domains: Any) -> None:
    # a starts for 5 h and works for 5 h on 6 GPUs; b works for 8 h on 2; head waits for 4, long would take 2
    phases = {"iteration_s": 60.0, "compute_pu": 1.0, "compute_w": 1000.0, "waiting_w": 200.0}
    pool = ServerPool(
        servers=10, gpus_per_server=1, idle_w=200.0, busy_w=1000.0, scheduler=EasyBackfill(), domains=domains
    )

    def job(gpus: int, hours: float, **values: Any) -> TrainingJob:
        return TrainingJob(pool="hall", gpus=gpus, work_gpu_h=gpus * hours, **values)

    jobs = {
        "a": job(6, 5.0, phases=phases | {"startup_s": 5 * 3600.0}, flexible_pu=0.0),
        "b": job(2, 8.0, worth_usd_per_mwh=30.0),
        "head": job(4, 1.0, submit_h=1.0, flexible_pu=0.0),
        "long": job(2, 20.0, submit_h=1.5, flexible_pu=0.0),
    }
    result = compute(pool, jobs, days=3.0, import_price_usd_per_mwh=price)
    starts = {row.name: elapsed_h(result, row.start) for row in result.jobs.itertuples()}
    late_h = 0.1 if price != 20.0 else 0.0  # b is held back for six minutes
    assert (starts["head"], starts["long"]) == pytest.approx((8.0 + late_h, 9.0 + late_h))
