"""The job draw: jobs of a workload drawn from seeded distributions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sim import units
from sim.errors import Problem, SpecError
from sim.timeseries.calendar import Calendar
from sim.timeseries.profile import Drawn, Profile, Varying, series_of
from sim.timeseries.series import Array
from sim.workload.job import HIGHEST_PRIORITY, MOST_JOBS, Job, JobSource
from sim.workload.job_duration import JobDuration
from sim.workload.submissions import Gaps, OperationalTime

Weight = Annotated[float, units.quantity("", ge=1e-6, le=1e6)]
Priority = Annotated[int, units.quantity("", ge=-HIGHEST_PRIORITY, le=HIGHEST_PRIORITY)]
_MOST_CHOICES = 1000
_BLOCK = 1024
"""Jobs that are drawn at once. Blocks are equal in all runs, so a longer run begins as a shorter one."""
_DRAWS = 5
"""Random numbers of a job: gap, GPUs, duration, team, priority. All are drawn whatever the parameters, so
that a change of one parameter leaves the draws of the others unchanged."""


class JobDraw(JobSource):
    """Jobs that are submitted at a rate, with GPUs, duration, team and priority drawn independently."""

    arrivals_per_h: Annotated[Profile, Varying("1/h", ge=0, le=1e7)]
    """Mean number of jobs submitted in an hour; a daily shape or windows of hours and weekdays."""
    gap_cv: Annotated[float, units.quantity("ratio", ge=0.05, le=20)] = 1.0
    """Coefficient of variation of the gaps between jobs at a constant rate. Default: 1, a Poisson process;
    more makes bursts, less makes arrivals regular."""
    gpus: Annotated[tuple[units.GpuCount, ...], Field(min_length=1, max_length=_MOST_CHOICES)] = (8,)
    """Numbers of GPUs that a job may need. Default: one server of 8 (assumed)."""
    gpu_weights: Annotated[tuple[Weight, ...], Field(max_length=_MOST_CHOICES)] = ()
    """Relative frequency of each number of GPUs. Default: all alike."""
    duration: JobDuration = JobDuration(median_h=1.0, p95_h=24.0)
    """Duration at full speed. Default: half of the jobs within an hour, 5 % longer than a day (assumed)."""
    team_weights: Annotated[dict[str, Weight], Field(max_length=_MOST_CHOICES)] = Field(default_factory=dict)
    """Relative frequency of jobs of each team, by name. Default: no teams."""
    priorities: Annotated[tuple[Priority, ...], Field(min_length=1, max_length=_MOST_CHOICES)] = (0,)
    """Priorities that a job may have; higher goes first."""
    priority_weights: Annotated[tuple[Weight, ...], Field(max_length=_MOST_CHOICES)] = ()
    """Relative frequency of each priority. Default: all alike."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        pairs: tuple[tuple[str, Literal["gpus", "priorities"]], ...]
        pairs = (("gpu_weights", "gpus"), ("priority_weights", "priorities"))
        for weights, values in pairs:
            count = len(getattr(self, values))
            if getattr(self, weights) and len(getattr(self, weights)) != count:
                raise self.refuse(weights, f"as many as {values}, which are {count}")
        return self

    def jobs(
        self, rng: np.random.Generator, calendar: Calendar, horizon_s: float, drawn: Drawn | None = None
    ) -> list[Job]:
        """The jobs that are submitted in a run, in the order of submission."""
        rate_per_h = series_of(self, "arrivals_per_h", calendar, horizon_s, drawn)
        time = OperationalTime(rate_per_h, horizon_s)
        if time.expected > MOST_JOBS:
            message = f"gives {time.expected:,.0f} jobs in the run; allowed: at most {MOST_JOBS:,}"
            raise SpecError(self.title(), [Problem(("arrivals_per_h",), message)])
        gaps = Gaps(self.gap_cv)
        found: list[Job] = []
        passed = gaps.first(*rng.random(2))
        while True:
            uniform = rng.random((_DRAWS, _BLOCK))
            reached = passed + np.append(0.0, np.cumsum(gaps.next(uniform[0])))
            passed = float(reached[-1])
            submit_s = time.elapsed_s(reached[:-1])
            count = int(submit_s.searchsorted(horizon_s, "left"))
            found += self._block(submit_s[:count], uniform[:, :count], len(found))
            if count < _BLOCK:
                return found

    def _block(self, submit_s: Array, uniform: Array, before: int) -> list[Job]:
        """Jobs that follow a number of others."""
        gpus = np.array(self.gpus)[_chosen(uniform[1], self.gpu_weights, len(self.gpus))]
        duration_s = self.duration.drawn_s(uniform[2])
        teams = sorted(self.team_weights) or [""]
        team = _chosen(uniform[3], [self.team_weights.get(name, 1.0) for name in teams], len(teams))
        priority = np.array(self.priorities)[_chosen(uniform[4], self.priority_weights, len(self.priorities))]
        work_gpu_h = gpus * duration_s / units.SECONDS_PER_HOUR
        columns = (submit_s, gpus, work_gpu_h, duration_s, team, priority)
        rows = zip(
            *(column.tolist() for column in columns),
            self.deadlines_s(submit_s, duration_s).tolist(),
            strict=True,
        )
        return [
            Job(str(number), t_s, size, work, length_s, teams[own], rank, deadline_s)
            for number, (t_s, size, work, length_s, own, rank, deadline_s) in enumerate(rows, before + 1)
        ]


def _chosen(uniform: Array, weights: Sequence[float], count: int) -> np.typing.NDArray[np.int64]:
    """Places in a list, drawn by weight."""
    limits = np.cumsum(weights or [1.0] * count)
    return np.asarray((limits / limits[-1])[:-1].searchsorted(uniform, "right"), dtype=np.int64)
