"""The days of a run that are drawn: the worst week, or the days asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.books.closed import Flow
from sim.errors import Problem, SpecError
from sim.runs.run import Run
from sim.units import DAYS_PER_WEEK, HOURS_PER_DAY

_HOURS = int(DAYS_PER_WEEK * HOURS_PER_DAY)
_DAY = int(HOURS_PER_DAY)
_LEAST_MWH = 1e-6


@dataclass(frozen=True)
class Week:
    """A stretch of days, seven unless the run is shorter or others are asked for.

    Attributes:
        first: Number of its first hour.
        last: Number of the hour after its last one.
        why: Why it was chosen.
        at_h: The instant for which it was chosen, in hours after the start; None for the whole.
    """

    first: int
    last: int
    why: str
    at_h: float | None = None


def worst_week(run: Run) -> Week:
    """The week with the most unserved energy, else the most power held back, else around the peak load."""
    hours = len(run.hourly)
    if hours <= _HOURS:
        return Week(0, hours, "the whole run")
    for label, why in ((Flow.UNSERVED, "most unserved energy"), (Flow.HELD_BACK, "most power held back")):
        energy = run.hourly[run.columns(label)].sum(axis=1).to_numpy()
        if energy.sum() > _LEAST_MWH:
            return heaviest_week(energy, f"the week with the {why}")
    if not run.summary.peak_load_mw:
        return Week(0, _HOURS, "the first week")
    return week_around(run, run.summary.peak_load_at_h, "the week of the peak load")


def week_around(run: Run, at_h: float, why: str) -> Week:
    """The week of whole days with an hour in its middle, as far as the run goes.

    Args:
        run: The run.
        at_h: Hours after the start.
        why: Why it was chosen.
    """
    hours = len(run.hourly)
    first = int(np.clip((int(at_h) // _DAY - DAYS_PER_WEEK // 2) * _DAY, 0, max(hours - _HOURS, 0)))
    return Week(first, min(first + _HOURS, hours), why, at_h)


def days_from(run: Run, day: date | str, count: float) -> Week:
    """The days from one on, as far as the run goes; without a timezone, the campus's own is meant.

    Raises:
        SpecError: If the day is not in the run, or the days are less than an hour.
    """
    import pandas as pd

    index = run.hourly.index
    try:
        moment = pd.Timestamp(day)
        moment = moment if moment.tzinfo else moment.tz_localize(run.timezone)
    except ValueError as error:
        raise SpecError("plot", [Problem(("day",), f"= {str(day)!r} is not a date: {error}")]) from None
    first = int((index <= moment).sum()) - 1
    hours = round(count * HOURS_PER_DAY)
    if first < 0 or moment >= index[-1] + pd.Timedelta(hours=1):
        message = f"= {str(day)!r}; allowed: {index[0]:%Y-%m-%d} to {index[-1]:%Y-%m-%d}"
        raise SpecError("plot", [Problem(("day",), message)])
    if hours < 1:
        raise SpecError("plot", [Problem(("days",), f"= {count!r} d; allowed: an hour (1/24 d) or more")])
    last = min(first + hours, len(index))
    return Week(first, last, "a day" if hours <= _DAY else f"{count:g} days")


def heaviest_week(energy: np.ndarray[tuple[int, ...], np.dtype[np.float64]], why: str) -> Week:
    """The heaviest of the weeks that begin a whole number of days after the start.

    Args:
        energy: Energy of each hour of a run.
        why: Why it was chosen.
    """
    hours = min(_HOURS, len(energy))
    sums = np.concatenate([[0.0], np.cumsum(energy)])
    starts = np.append(np.arange(0, len(energy) - hours, _DAY), len(energy) - hours)
    first = int(starts[np.argmax((sums[starts + hours] - sums[starts]).round(6))])
    return Week(first, first + hours, why, float(first + int(np.argmax(energy[first : first + hours]))))
