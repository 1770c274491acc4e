"""The standard time of a place: its winter offset from UTC, all year round.

A clock that is put forward has a day of 23 hours and an hour that comes twice; a table by time must not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sim.timeseries.calendar import Calendar, zone_of
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

if TYPE_CHECKING:
    import pandas as pd

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
