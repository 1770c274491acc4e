"""Deadlines: how many jobs were done by the time by which they should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.runs.run import Run
from sim.units import hours

_MOMENT_S = 1e-3
"""Time after the deadline at which a job still counts as on time: rounding."""


@dataclass(frozen=True)
class Deadlines:
    """What became of the jobs with a deadline.

    Attributes:
        jobs: Number of jobs whose deadline was in the run.
        missed: Number of them that were not done by then.
        names: Names of these.
        longest_h: The most hours after its deadline at which one of them was done, or the run ended.
    """

    jobs: int
    missed: int
    names: tuple[str, ...]
    longest_h: float


def is_on_time(job: Mapping[str, Any]) -> bool:
    """Whether a row of the jobs table has a deadline, and the job was done by then."""
    deadline_s, end_s = job.get("deadline_s"), job.get("end_s")
    return deadline_s is not None and end_s is not None and end_s <= deadline_s + _MOMENT_S


def deadlines(run: Run) -> Deadlines:
    """What became of the jobs with a deadline in the run; jobs that were not submitted count too."""
    horizon_s, found, late_s, names = run.books.horizon_s, 0, [], []
    for job in run.books.jobs:
        deadline_s, end_s = job.get("deadline_s"), job.get("end_s")
        if deadline_s is not None and deadline_s <= horizon_s + _MOMENT_S:
            found += 1
            if not is_on_time(job):
                late_s.append((horizon_s if end_s is None else end_s) - deadline_s)
                names.append(job["name"])
    return Deadlines(found, len(late_s), tuple(names), hours(max(late_s, default=0.0)))
