"""Values by local time, as in a time-of-use tariff: a base value, and windows with other values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from sim.spec import Spec
from sim.timeseries.calendar import Calendar, HourTable
from sim.timeseries.public_holidays import Country, are_holidays
from sim.timeseries.series import StepSeries

if TYPE_CHECKING:
    import numpy.typing as npt

_SUNDAY = 6
_MOST_WINDOWS = 1000

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class LocalHours(Spec):
    """Hours of the local clock, by month and weekday."""

    months: tuple[Annotated[int, Field(strict=True, ge=1, le=12)], ...] | None = None
    """Months to which they belong, 1 for January. Default: all."""
    weekdays: tuple[Annotated[int, Field(strict=True, ge=0, le=6)], ...] | None = None
    """Weekdays to which they belong, 0 for Monday. Default: all. Each hour is matched by
    its own weekday, also where they continue past midnight."""
    from_hour: Annotated[int, Field(strict=True, ge=0, le=23)] = 0
    """Local hour with which they begin."""
    to_hour: Annotated[int, Field(strict=True, ge=0, le=24)] = 24
    """Local hour at which they end. If it is below `from_hour`, they continue past midnight."""

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if self.from_hour == self.to_hour:
            raise self.refuse("to_hour", "an hour other than from_hour; the whole day is 0 to 24")
        return self

    def applies(self, hours: HourTable) -> npt.NDArray[np.bool_]:
        """Mark the clock hours that are among them."""
        since, until = hours.hour >= self.from_hour, hours.hour < self.to_hour
        inside = since & until if self.from_hour < self.to_hour else since | until
        if self.months is not None:
            inside &= np.isin(hours.month, self.months)
        if self.weekdays is not None:
            inside &= np.isin(hours.weekday, self.weekdays)
        return inside


class Window(LocalHours):
    """Local hours during which a value applies."""

    value: Number
    """Value in the window, in the unit of the profile's field."""


def with_sundays(hours: HourTable, country: str | None) -> HourTable:
    """The same hours; the public holidays of a country, if any is given, count as Sundays."""
    if country is None:
        return hours
    return replace(hours, weekday=np.where(are_holidays(hours.day, country), _SUNDAY, hours.weekday))


class TimeOfUse(Spec):
    """A base value and windows of local time with other values, as in a time-of-use tariff."""

    base: Number
    """Value outside all windows."""
    windows: Annotated[tuple[Window, ...], Field(max_length=_MOST_WINDOWS)]
    """Windows with other values; if several apply, the last one is used. At most 1,000."""
    holidays: Country | None = None
    """Country, such as `US`, or a part of it, such as `US-CA`, whose public holidays count as Sundays.
    Default: holidays are days like others."""

    def levels(self) -> tuple[float, ...]:
        """The values that are known without a calendar or a file."""
        return (self.base, *(window.value for window in self.windows))

    def place_of(self, number: int) -> str:
        """Where a value of `levels` stands."""
        return f"windows[{number - 1}]" if number else "base"

    def series(self, calendar: Calendar, horizon_s: float) -> StepSeries:
        """The values from 0 to the horizon [s]."""
        hours = with_sundays(calendar.hour_starts(horizon_s), self.holidays)
        values = np.full(len(hours.t_s), self.base)
        for window in self.windows:
            values[window.applies(hours)] = window.value
        return StepSeries(hours.t_s, values, horizon_s)
