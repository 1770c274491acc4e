"""A workload: which of its jobs are refused, before the clock starts."""

from __future__ import annotations

from typing import Any

from builders import compute, told

from sim.campus import FirstCome, InferenceStream, ServerPool, Workload
from sim.workload.job_draw import JobDraw

POOL: dict[str, Any] = {"servers": 8, "idle_w": 2000.0, "busy_w": 8000.0}
"""64 GPUs of 1 kW."""


def jobs(gpus: int) -> Workload:
    """Jobs of so many GPUs, the first of which is called 1."""
    return Workload(pool="hall", jobs=JobDraw(arrivals_per_h=1.0, gpus=(gpus,)))


def test_a_job_larger_than_its_pool_is_refused() -> None:
    assert told(lambda: compute(ServerPool(**POOL), {"jobs": jobs(65)})) == (
        "demand.jobs.jobs.1: gpus = 65; allowed: at most 64, the GPUs of servers.hall for jobs"
    )


def test_a_job_larger_than_what_streams_and_spares_leave_of_its_pool_is_refused() -> None:
    # 64 - 8 of a spare server - 32 of the stream, which begins after the workload, in the order of names
    stream = InferenceStream(
        pool="hall", replicas=4, model="llama2_70b_8xh200", requests_per_s=0.0, classes={"all": "chat"}
    )
    demand = {"jobs": jobs(25), "stream": stream}
    assert told(lambda: compute(ServerPool(**POOL, spares=1), demand)) == (
        "demand.jobs.jobs.1: gpus = 25; allowed: at most 24, the GPUs of servers.hall for jobs"
    )
    fits = compute(ServerPool(**POOL, spares=1), {"jobs": jobs(24), "stream": stream})
    assert fits.jobs["start"].notna().sum() > 1


def test_a_job_that_alone_exceeds_the_power_budget_is_refused_before_the_clock_starts() -> None:
    pool = ServerPool(**POOL, scheduler=FirstCome(power_budget_mw=0.0075))
    assert told(lambda: compute(pool, {"jobs": jobs(8)})) == (
        "demand.jobs.jobs.1: power_mw = 0.008 MW; allowed: at most power_budget_mw = 0.0075 MW of the "
        "scheduler first_come"
    )
