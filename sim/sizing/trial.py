"""A trial: one point that a search has tried, and the judge that orders trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import fsum, inf, isnan, nan
from typing import Any

from sim.campus import Campus
from sim.runs.summary import absent
from sim.sizing.goal import Goal
from sim.sizing.limit import Limit
from sim.sweeps.axes import Point
from sim.sweeps.task import Outcome


@dataclass(frozen=True)
class Trial:
    """One point that was tried.

    Attributes:
        values: The point, as the campus took it.
        generation: The generation in which it was tried first, from 0.
        campus: Its campus; None if it was refused.
        fingerprint: Hash of the campus; of the values if it was refused.
        outcomes: The outcome of its run with each seed.
    """

    values: Point
    generation: int
    campus: Campus | None = field(repr=False)
    fingerprint: str = field(repr=False)
    outcomes: tuple[Outcome, ...] = field(repr=False)

    @property
    def error(self) -> str:
        """Why its first failing run failed, or why it was refused; empty if all its runs are done."""
        return next((outcome.error for outcome in self.outcomes if outcome.error), "")

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The metrics of each run with the values of the point; NaN where a metric does not exist."""
        return [
            {**{name: nan if value is None else value for name, value in one.metrics.items()}, **self.values}
            for one in self.outcomes
        ]


@dataclass(frozen=True)
class Verdict:
    """What a judge says of a trial.

    Attributes:
        goals: Mean over the seeds of each goal; NaN if a run failed.
        limited: For each limit the worst value over the seeds.
        violation: Total relative violation of the limits; 0 if all are met, infinite if a run failed.
    """

    goals: tuple[float, ...]
    limited: tuple[float, ...]
    violation: float

    @property
    def is_feasible(self) -> bool:
        """Whether every limit is met with every seed."""
        return self.violation == 0.0


@dataclass(frozen=True)
class Judge:
    """The rule by which trials are ordered (Deb 2000, doi:10.1016/S0045-7825(99)00389-8).

    A trial that meets the limits comes before one that does not. Two that meet them are ordered by their
    goal. Two that do not are ordered by their total relative violation alone.

    Attributes:
        goals: What is made small.
        limits: What has to be met.
        scales: For each limit the excess that counts as a violation of 1.
    """

    goals: tuple[Goal, ...]
    limits: tuple[Limit, ...]
    scales: tuple[float, ...]

    @classmethod
    def of(cls, goals: tuple[Goal, ...], limits: tuple[Limit, ...], first: Sequence[Trial]) -> Judge:
        """A judge whose scales are the limits themselves.

        The scale of a limit of zero is its largest excess in the first generation.
        """
        scales = []
        for limit in limits:
            scale = abs(limit.bound)
            if not scale:
                found = [limit.excess(_limited(limit, trial)) for trial in first if not trial.error]
                scale = max((excess for excess in found if 0.0 < excess < inf), default=1.0)
            scales.append(scale)
        return cls(goals, limits, tuple(scales))

    def verdict(self, trial: Trial) -> Verdict:
        """Judge a trial."""
        if trial.error:
            return Verdict((nan,) * len(self.goals), (nan,) * len(self.limits), inf)
        rows = trial.rows
        goals = tuple(fsum(map(goal.value, rows)) / len(rows) for goal in self.goals)
        limited = tuple(_limited(limit, trial) for limit in self.limits)
        parts = [
            limit.excess(value) / scale
            for limit, value, scale in zip(self.limits, limited, self.scales, strict=True)
        ]
        return Verdict(goals, limited, inf if any(map(isnan, goals)) else fsum(parts))


def _limited(limit: Limit, trial: Trial) -> float:
    """The worst value over the seeds of what is limited."""
    return limit.worst([float(row.get(limit.name, absent(limit.name))) for row in trial.rows])
