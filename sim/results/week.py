"""The worst week of a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.power.flows import Flow
from sim.results.result import Result
from sim.units import DAYS_PER_WEEK, HOURS_PER_DAY

_HOURS = int(DAYS_PER_WEEK * HOURS_PER_DAY)
_DAY = int(HOURS_PER_DAY)
_LEAST_MWH = 1e-6


@dataclass(frozen=True)
class Week:
    """A stretch of at most seven days.

    Attributes:
        first: Number of its first hour.
        last: Number of the hour after its last one.
        why: Why it was chosen.
    """

    first: int
    last: int
    why: str


def worst_week(result: Result) -> Week:
    """The week with the most unserved energy, else the most deferred, else around the peak load."""
    hours = len(result.hourly)
    if hours <= _HOURS:
        return Week(0, hours, "the whole run")
    for label, why in ((Flow.UNSERVED, "most unserved energy"), (Flow.DEFERRED, "most deferred energy")):
        energy = result.hourly[result.columns(label)].sum(axis=1).to_numpy()
        if energy.sum() > _LEAST_MWH:
            first = _heaviest(energy)
            return Week(first, first + _HOURS, f"the week with the {why}")
    if not result.summary.peak_load_mw:
        return Week(0, _HOURS, "the first week")
    days = int(result.summary.peak_load_at_h) // _DAY
    first = int(np.clip((days - DAYS_PER_WEEK // 2) * _DAY, 0, hours - _HOURS))
    return Week(first, first + _HOURS, "the week of the peak load")


def _heaviest(energy: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> int:
    """First hour of the heaviest of the weeks that begin a whole number of days after the start."""
    sums = np.concatenate([[0.0], np.cumsum(energy)])
    starts = np.append(np.arange(0, len(energy) - _HOURS, _DAY), len(energy) - _HOURS)
    return int(starts[np.argmax((sums[starts + _HOURS] - sums[starts]).round(6))])
