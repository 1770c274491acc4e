"""The standard time of a place: its winter offset from UTC, all year round.

A clock that is put forward has a day of 23 hours and an hour that comes twice; a table by time must not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from sim.timeseries.calendar import Calendar, HourTable, hour_table, zone_of
from sim.timeseries.times import Array
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

if TYPE_CHECKING:
    import pandas as pd

_ROUNDING_S = 1e-6
_SEASONS = (1, 7)
"""Months of winter and summer, or of summer and winter in the south."""


@dataclass(frozen=True)
class StandardTime:
    """A fixed offset from UTC.

    Attributes:
        calendar: The calendar of a run.
        offset: Local standard time less UTC.
    """

    calendar: Calendar
    offset: timedelta

    @classmethod
    def of(cls, calendar: Calendar) -> StandardTime:
        """The standard time of a campus: the lower of its offsets in January and July of the first year."""
        zone, year = zone_of(calendar.timezone), calendar.at(0.0).year
        offsets = [datetime(year, month, 1, tzinfo=zone).utcoffset() for month in _SEASONS]
        return cls(calendar, min(offset for offset in offsets if offset is not None))

    @property
    def name(self) -> str:
        """The offset in words, such as `UTC-05:00`."""
        minutes = round(self.offset.total_seconds() / SECONDS_PER_MINUTE)
        hours, rest = divmod(abs(minutes), round(SECONDS_PER_HOUR / SECONDS_PER_MINUTE))
        return f"UTC{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"

    def head(self, moment: str) -> str:
        """The head of a column of moments, such as `begins (UTC-05:00)`."""
        return f"{moment} ({self.name})"

    def stamps(self, t_s: Array) -> pd.DatetimeIndex:
        """Elapsed seconds in standard time, to the second, without a timezone; missing ones stay missing."""
        return (self.calendar.index(t_s).tz_convert(UTC).tz_localize(None) + self.offset).as_unit("s")

    def hours(self, t_s: Array) -> HourTable:
        """What the clock says in standard time at some instants [s]; rounding apart, an hour begins whole."""
        local_s = self.calendar.start.timestamp() + self.offset.total_seconds() + t_s
        return hour_table(t_s, np.floor(local_s + _ROUNDING_S).astype(np.int64))

    def hour_starts(self, horizon_s: float) -> Array:
        """Elapsed seconds at which the clock hours of standard time begin; the first is 0.

        Args:
            horizon_s: Length of the run [s].
        """
        into_s = (self.calendar.start.timestamp() + self.offset.total_seconds()) % SECONDS_PER_HOUR
        starts_s = np.arange(-into_s, horizon_s, SECONDS_PER_HOUR)
        return np.asarray(np.maximum(starts_s, 0.0))
