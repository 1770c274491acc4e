"""The pools of a run: the line for the GPUs of each, and how much of them jobs held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.runs.queueing import Queueing, queueing
from sim.runs.run import JOB_COLUMNS, Run, table
from sim.units import SECONDS_PER_HOUR


@dataclass(frozen=True)
class PoolJobs:
    """The jobs of a pool.

    Attributes:
        pool: Name of the pool.
        gpus: Number of its GPUs.
        jobs: Number of jobs that were submitted.
        line_h: Hours that they were in line, together.
        held_pu: Share of all GPU-hours of the pool in service, spare ones included, that jobs held.
        queueing: Measures of the line.
    """

    pool: str
    gpus: int
    jobs: int
    line_h: float
    held_pu: float
    queueing: Queueing


def _gpus(pool: dict[str, Any]) -> int:
    """GPUs of a pool of the model; what is that of its model of servers is not repeated."""
    per_server = pool.get("gpus_per_server") or pool["model"]["accelerators"] or 1
    return int(pool["servers"] * per_server)


def pools_with_jobs(run: Run) -> list[PoolJobs]:
    """The pools that jobs were submitted to, in the order of their names."""
    jobs = table(run.books.jobs, JOB_COLUMNS)
    jobs = jobs[jobs["work_gpu_h"].notna() & (jobs["state"] != "not yet submitted")]
    horizon_s = run.books.horizon_s
    found = []
    for name in sorted(set(jobs["pool"])):
        own, pool = jobs[jobs["pool"] == name], run.model["servers"][name]
        gpus = _gpus(pool)
        # from its submission to its end a job is in line or holds its GPUs
        stay_s = own["end_s"].fillna(horizon_s) - own["submit_s"] - own["line_h"] * SECONDS_PER_HOUR
        in_service_s = horizon_s * run.participant(name).service_pu.mean(0.0, horizon_s)
        sizes = own["gpus"].to_numpy(dtype=float)
        found.append(
            PoolJobs(
                pool=name,
                gpus=gpus,
                jobs=len(own),
                line_h=float(own["line_h"].sum()),
                held_pu=float(sizes @ stay_s.to_numpy()) / (gpus * in_service_s) if in_service_s else 0.0,
                queueing=queueing(own["submit_s"], own["start_s"], own["end_s"], sizes, gpus),
            )
        )
    return found
