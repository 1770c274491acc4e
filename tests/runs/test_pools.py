"""The pools of a run: the line for their GPUs, and how much of them jobs held."""

from __future__ import annotations

from typing import Any

import pytest

from sim import Campus, Result, simulate
from sim.campus import GridConnection, InferenceStream, ServerPool, TrainingJob
from sim.runs.pools import pools_with_jobs

DAY = {"pool": "hall", "gpus": 8, "work_gpu_h": 8 * 24.0}


def two_days_of_work(days: float = 3.0, servers: int = 1, **pool: Any) -> Result:
    """Two jobs that take a whole server for a day each."""
    campus = Campus(
        name="two jobs",
        servers={"hall": ServerPool(servers=servers, **pool), "other": ServerPool(servers=1)},
        supply={"grid": GridConnection(import_limit_mw=10.0)},
        demand={
            "first": TrainingJob(**DAY),
            "second": TrainingJob(**DAY),
            "late": TrainingJob(**DAY, submit_h=1000.0),
            "chat": InferenceStream(
                pool="other",
                replicas=1,
                model="llama2_70b_8xh200",
                requests_per_s=0.1,
                classes={"all": "chat"},
            ),
        },
    )
    return simulate(campus, days=days)


def test_the_second_job_waits_for_the_first() -> None:
    (hall,) = pools_with_jobs(two_days_of_work())
    assert (hall.pool, hall.gpus, hall.jobs, hall.queueing.finished) == ("hall", 8, 2, 2)
    assert hall.line_h == pytest.approx(24.0)
    assert hall.held_pu == pytest.approx(48.0 / 72.0)
    assert hall.queueing.mean_wait_s == pytest.approx(12.0 * 3600.0)  # (0 + 24) / 2
    assert hall.queueing.mean_bounded_slowdown == pytest.approx(1.5)  # (24 / 24 + 48 / 24) / 2
    assert hall.queueing.makespan_s == pytest.approx(48.0 * 3600.0)


def test_a_job_that_has_not_ended_holds_its_gpus_too() -> None:
    (hall,) = pools_with_jobs(two_days_of_work(days=1.5))
    assert hall.queueing.finished == 1
    assert hall.held_pu == pytest.approx(1.0)


def test_hours_before_a_pool_is_in_service_do_not_count() -> None:
    (hall,) = pools_with_jobs(two_days_of_work(servers=2, in_service=1.0))
    assert hall.line_h == pytest.approx(48.0)  # both wait for the pool, for a day
    assert hall.held_pu == pytest.approx(2 * 24.0 / (2 * 48.0))
