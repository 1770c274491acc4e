"""The recorded year: values of one year by month, day and hour of standard time, laid onto other years."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from sim.timeseries.calendar import Calendar
from sim.units import (
    HOURS_PER_DAY,
    HOURS_PER_YEAR,
    MICROSECONDS_PER_SECOND,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    SECONDS_PER_MINUTE,
    seconds,
)

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

_LEAP_DAY = (2, 29)
_DAYS_BEFORE_MONTH = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])
_DAYS_BEFORE_MARCH = 59
_TOLERANCE = 1e-6
_TURNED = 2
"""Calendar years of which a recorded year has parts if it does not begin in January."""


@dataclass(frozen=True, eq=False)
class RecordedYear:
    """A recorded year in standard time, without 29 February.

    Attributes:
        step_s: Length of an interval [s], a whole fraction of an hour.
        values: One row per interval from 1 January 00:00, one column per quantity.
        said: The calendar year it is from, such as `2019`, or `2019-2020` if it begins within a year; empty
            if its months are from various years, as in a typical year.
    """

    step_s: float
    values: npt.NDArray[np.float64]
    said: str

    def rows(self, local: npt.NDArray[np.datetime64]) -> npt.NDArray[np.float64]:
        """The values at given interval starts in standard time; 29 February uses the data of 28 February."""
        second_of_year = (local - local.astype("datetime64[Y]")).astype("timedelta64[s]").astype(np.int64)
        day, second_of_day = np.divmod(second_of_year, int(SECONDS_PER_DAY))
        years = local.astype("datetime64[Y]")
        next_year = years + np.timedelta64(1, "Y")
        leap = next_year.astype("datetime64[D]") - years.astype("datetime64[D]") > np.timedelta64(365, "D")
        day -= leap & (day >= _DAYS_BEFORE_MARCH)
        interval = (day * SECONDS_PER_DAY + second_of_day) // self.step_s
        return np.asarray(self.values[interval.astype(np.int64)])


def recorded_year(
    stamps: pd.DatetimeIndex, values: npt.NDArray[np.float64], *, hours_early: int = 0
) -> tuple[RecordedYear, npt.NDArray[np.float64]]:
    """Sort rows into one year by month, day and hour, regardless of the year they come from.

    Args:
        stamps: Interval starts in standard time.
        values: One row per interval.
        hours_early: Hours by which an interval starts before its stamp.

    Returns:
        The year, and the hours of an ordinary year at which the rows of its `values` begin.

    Raises:
        ValueError: If the rows are not each interval of one year exactly once; worded to follow the name of
            the file.
    """
    ordinary = np.asarray(~((stamps.month == _LEAP_DAY[0]) & (stamps.day == _LEAP_DAY[1])))
    stamps, values = stamps[ordinary], values[ordinary]
    per_hour = max(1, round(len(values) / HOURS_PER_YEAR))
    day = _DAYS_BEFORE_MONTH[stamps.month - 1] + stamps.day - 1
    within_s = SECONDS_PER_MINUTE * stamps.minute + stamps.second
    hour = np.asarray(HOURS_PER_DAY * day + stamps.hour + within_s / SECONDS_PER_HOUR - hours_early)
    hour = hour % HOURS_PER_YEAR
    _check(hour, per_hour)
    order = np.argsort(hour)
    year = RecordedYear(seconds(1.0) / per_hour, values[order], _said(stamps, hours_early))
    return year, hour[order]


def intervals(
    calendar: Calendar, horizon_s: float, step_s: float, offset_s: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.datetime64]]:
    """Starts of whole intervals of a clock `offset_s` ahead of UTC: elapsed [s], and as it shows them.

    The first is at most 0, the last before the horizon.
    """
    begin = np.datetime64(calendar.start.astimezone(UTC).replace(tzinfo=None), "us") + microseconds(offset_s)
    step = microseconds(step_s)
    into = begin.astype("timedelta64[us]") % step
    into_s = float(into / microseconds(1.0))
    count = np.arange(max(1, math.ceil((horizon_s + into_s) / step_s)))
    return np.asarray(count * step_s - into_s, dtype=np.float64), begin - into + count * step


def microseconds(duration_s: float) -> np.timedelta64:
    """A duration in whole microseconds, so that sums are exact."""
    return np.timedelta64(round(duration_s * MICROSECONDS_PER_SECOND), "us")


def shown(hour: float) -> str:
    """An hour of an ordinary year as a date."""
    return f"{datetime(2023, 1, 1, tzinfo=UTC) + timedelta(hours=float(hour)):%d %B %H:%M}"


def _said(stamps: pd.DatetimeIndex, hours_early: int) -> str:
    """The calendar years of the intervals, unless they are various."""
    years = np.unique((stamps - timedelta(hours=hours_early)).year)
    first, last = int(years[0]), int(years[-1])
    if len(years) == 1:
        return str(first)
    return f"{first}-{last}" if len(years) == _TURNED and last == first + 1 else ""


def _check(hour: npt.NDArray[np.float64], per_hour: int) -> None:
    """Require each interval of the year exactly once, given the hours of the year at which they begin."""
    slot = hour * per_hour
    whole, times = np.unique(np.round(slot), return_counts=True)
    every = np.arange(HOURS_PER_YEAR * per_hour)
    absent = np.setdiff1d(every, whole) / per_hour
    rule = f"allowed: each of the {len(every)} intervals of one year exactly once"
    if (times > 1).any():
        raise ValueError(f"has more than one interval at {shown(whole[times > 1][0] / per_hour)}; {rule}")
    if absent.size:
        raise ValueError(f"is incomplete: {len(absent)} missing, the first at {shown(absent[0])}; {rule}")
    if np.abs(slot - np.round(slot)).max() > _TOLERANCE:
        crooked = hour[np.abs(slot - np.round(slot)) > _TOLERANCE][0]
        raise ValueError(
            f"has an interval that begins at {shown(crooked)}; allowed: multiples of the interval length"
        )
