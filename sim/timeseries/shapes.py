"""The shapes a varying quantity can take as plain data: tables, daily curves, files and points.

Each says which values it may take, as far as that is known without a file, and turns itself into a
series for a run. `sim.timeseries.profile` tells them apart.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from sim.errors import Problem, SpecError
from sim.spec import Spec
from sim.timeseries.calendar import Calendar, HourTable, zone_of
from sim.timeseries.series import StepSeries
from sim.units import DAYS_PER_WEEK, HOURS_PER_DAY

if TYPE_CHECKING:
    import numpy.typing as npt

_SATURDAY = 5
_DAY = int(HOURS_PER_DAY)

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Factor = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]


class Window(Spec):
    """Hours of the local clock in which a value applies."""

    value: Number
    """Value in the window, in the unit of the field that holds the profile."""
    months: tuple[Annotated[int, Field(strict=True, ge=1, le=12)], ...] | None = None
    """Months in which the window applies, 1 for January; all if not given."""
    weekdays: tuple[Annotated[int, Field(strict=True, ge=0, le=6)], ...] | None = None
    """Days on which the window applies, 0 for Monday; all if not given. Each hour counts by its own day."""
    from_hour: Annotated[int, Field(strict=True, ge=0, le=23)] = 0
    """Local hour at which the window begins."""
    to_hour: Annotated[int, Field(strict=True, ge=0, le=24)] = 24
    """Local hour at which the window ends; one below `from_hour` runs over midnight."""

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if self.from_hour == self.to_hour:
            raise self.refuse("to_hour", "an hour other than from_hour; the whole day is 0 to 24")
        return self

    def applies(self, hours: HourTable) -> npt.NDArray[np.bool_]:
        """In which of the clock hours the window applies."""
        since, until = hours.hour >= self.from_hour, hours.hour < self.to_hour
        inside = since & until if self.from_hour < self.to_hour else since | until
        if self.months is not None:
            inside &= np.isin(hours.month, self.months)
        if self.weekdays is not None:
            inside &= np.isin(hours.weekday, self.weekdays)
        return inside


class TimeOfUse(Spec):
    """A base value with windows of other values on the local clock, as tariffs have it."""

    base: Number
    """Value outside all windows."""
    windows: tuple[Window, ...]
    """Windows of other values; where several apply, the last one counts."""

    def levels(self) -> tuple[float, ...]:
        """The values that can be known without a calendar or a file."""
        return (self.base, *(window.value for window in self.windows))

    def series(self, calendar: Calendar, horizon_s: float) -> StepSeries:
        """The values from 0 to the horizon [s]."""
        hours = calendar.hour_starts(horizon_s)
        values = np.full(len(hours.t_s), self.base)
        for window in self.windows:
            values[window.applies(hours)] = window.value
        return StepSeries(hours.t_s, values, horizon_s)


class DailyShape(Spec):
    """A mean value shaped by the local hour of the day and, if wanted, by the weekend."""

    mean: Number
    """Time-weighted mean over a week."""
    hourly: tuple[Factor, ...]
    """Relative height of each local hour of the day; 24 numbers of which only the ratios count."""
    weekend: Factor = 1.0
    """Factor on Saturday and Sunday, relative to the other days [pu]."""

    @model_validator(mode="after")
    def _has_height(self) -> Self:
        if len(self.hourly) != _DAY or not sum(self.hourly) > 0:
            raise self.refuse("hourly", f"{_DAY} numbers, one per hour, at least one above 0")
        return self

    def levels(self) -> tuple[float, ...]:
        """The values that can be known without a calendar or a file."""
        return tuple(np.concatenate(self._heights()).tolist())

    def series(self, calendar: Calendar, horizon_s: float) -> StepSeries:
        """The values from 0 to the horizon [s]."""
        hours = calendar.hour_starts(horizon_s)
        workday, weekend = self._heights()
        values = np.where(hours.weekday < _SATURDAY, workday[hours.hour], weekend[hours.hour])
        return StepSeries(hours.t_s, values, horizon_s)

    def _heights(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The hourly values of a working day and of a weekend day."""
        shape = np.array(self.hourly)
        days = _SATURDAY + (DAYS_PER_WEEK - _SATURDAY) * self.weekend
        workday = self.mean * (shape / shape.mean()) * (DAYS_PER_WEEK / days)
        return workday, workday * self.weekend


class CsvColumn(Spec):
    """A column of a CSV file, read when the run is built and refused if it has gaps."""

    csv: Path
    """The file, `.csv` or `.csv.gz`; its first row names the columns."""
    column: Annotated[str, Field(min_length=1)]
    """Name of the column of values."""
    timezone: str | None = None
    """IANA name of the timezone of stamps that carry no offset."""
    time_column: str | None = None
    """Name of the column of ISO 8601 stamps; the first one if not given."""
    scale: Number = 1.0
    """Factor on the values, such as 0.001 from kW to MW."""

    @model_validator(mode="after")
    def _has_a_timezone(self) -> Self:
        if self.timezone is not None:
            try:
                zone_of(self.timezone)
            except ValueError:
                raise self.refuse("timezone", "an IANA name, such as America/New_York") from None
        return self

    def levels(self) -> tuple[float, ...]:
        """The values that can be known without a calendar or a file: none."""
        return ()

    def series(self, calendar: Calendar, horizon_s: float) -> StepSeries:  # noqa: ARG002 - one call for all
        """The values of the whole file.

        Raises:
            ValueError: Naming the file and the row of whatever is wrong with it.
        """
        return StepSeries.from_csv(
            self.csv,
            self.column,
            calendar,
            timezone=self.timezone,
            time_column=self.time_column,
            scale=self.scale,
        )


class Points(Spec):
    """Values written out, each from a time in elapsed seconds on; the last holds for good."""

    times_s: tuple[Number, ...]
    """Elapsed seconds from which each value holds, increasing; the first at or before 0 [s]."""
    values: tuple[Number, ...]
    """Values, one a time."""

    @model_validator(mode="after")
    def _is_a_series(self) -> Self:
        try:
            StepSeries(np.array(self.times_s), np.array(self.values))
        except ValueError as error:
            message = str(error).removeprefix("series: ")
            raise SpecError(self.title(), [Problem(("times_s",), f"is invalid: {message}")]) from None
        return self

    def levels(self) -> tuple[float, ...]:
        """The values that can be known without a calendar or a file."""
        return self.values

    def series(self, calendar: Calendar, horizon_s: float) -> StepSeries:  # noqa: ARG002 - one call for all
        """The values as they stand."""
        return StepSeries(np.array(self.times_s), np.array(self.values))
