"""The job: what one training job of a workload asks for, and the source that jobs come from."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from math import inf
from typing import Annotated

import numpy as np

from sim import units
from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.profile import Drawn
from sim.timeseries.series import Array

MOST_JOBS = 5_000_000
"""The most jobs of a workload, and rows of a job log."""
HIGHEST_PRIORITY = 100_000
"""The highest priority of a job, also as a negative number."""


@dataclass(slots=True)
class Job:
    """One job of a workload.

    Attributes:
        name: Its name, unique in the workload.
        submit_s: Elapsed seconds at which it is submitted.
        gpus: Number of GPUs, all of which it needs at once.
        work_gpu_h: Amount of work, in GPU-hours at full speed.
        duration_s: The same as time on all its GPUs, exactly as it was given.
        team: Team it belongs to; empty if there are none.
        priority: Its priority; higher goes first.
        deadline_s: Elapsed seconds by which it should end; infinite if it has no deadline.
    """

    name: str
    submit_s: float
    gpus: int
    work_gpu_h: float
    duration_s: float
    team: str = ""
    priority: int = 0
    deadline_s: float = inf


class JobSource(Spec):
    """Where the jobs of a workload come from."""

    deadline_ratio: Annotated[float, units.quantity("ratio", ge=1, le=1e6)] | None = None
    """Time from submission to deadline, as a multiple of the job's duration at full speed. Default: jobs have
    no deadline."""

    @abstractmethod
    def jobs(
        self, rng: np.random.Generator, calendar: Calendar, horizon_s: float, drawn: Drawn | None = None
    ) -> list[Job]:
        """The jobs that are submitted in a run, in the order of submission.

        The list of a longer run begins with that of a shorter one.

        Args:
            rng: Random stream of the workload.
            calendar: Converts dates to elapsed seconds.
            horizon_s: Length of the run [s]; jobs are submitted before it.
            drawn: Tells which year each calendar year of the weather has. Default: there are not several.

        Raises:
            SpecError: If there is no such list of jobs; the message gives the field and the problem.
        """

    def deadlines_s(self, submit_s: Array, duration_s: Array) -> Array:
        """The deadlines of jobs [s].

        Args:
            submit_s: Times of submission [s].
            duration_s: Durations at full speed [s].
        """
        return submit_s + (inf if self.deadline_ratio is None else self.deadline_ratio) * duration_s
