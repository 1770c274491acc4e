"""The forms of a profile as plain data: tables, daily shapes, columns, points, dated steps, recorded years.

Each form lists its values, as far as they are known without a file, and converts to a series for a run.
`sim.timeseries.profile` selects the form.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
from pydantic import Field, field_serializer, model_validator

from sim.errors import Problem, SpecError
from sim.spec import Spec
from sim.timeseries.calendar import Calendar, ZoneName
from sim.timeseries.moment import Moment, moment_s, moment_said
from sim.timeseries.recorded_year import RecordedYear, intervals, recorded_year
from sim.timeseries.series import StepSeries
from sim.timeseries.time_of_use import Number
from sim.timeseries.year_draw import YearDraw
from sim.units import DAYS_PER_WEEK, HOURS_PER_DAY, RelativeSeconds

if TYPE_CHECKING:
    import numpy.typing as npt

_SATURDAY = 5
_DAY = int(HOURS_PER_DAY)

Factor = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1e9)]
_LEAST_FACTOR = 1e-9


class DailyShape(Spec):
    """A mean value with a daily shape by local hour and, optionally, a weekend factor."""

    mean: Number
    """Time-weighted mean over a week."""
    hourly: tuple[Factor, ...]
    """Relative value in each local hour of the day: 24 numbers, of which only the ratios matter."""
    weekend: Factor = 1.0
    """Factor for Saturday and Sunday, relative to the other days [pu]."""

    @model_validator(mode="after")
    def _has_height(self) -> Self:
        if len(self.hourly) != _DAY or max(self.hourly) < _LEAST_FACTOR:
            least = f"at least one of {_LEAST_FACTOR:g} or more"
            raise self.refuse("hourly", f"{_DAY} numbers, one per hour, {least}")
        return self

    def levels(self) -> tuple[float, ...]:
        """The values that are known without a calendar or a file."""
        return tuple(np.concatenate(self._heights()).tolist())

    def place_of(self, number: int) -> str:
        """Where a value of `levels` stands."""
        weekend, hour = divmod(number, _DAY)
        return f"hour {hour} of a {'weekend' if weekend else 'working'} day"

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
        with np.errstate(over="ignore"):  # a value too large for a number is out of every range
            workday = self.mean * (shape / shape.mean()) * (DAYS_PER_WEEK / days)
            return workday, workday * self.weekend


class CsvColumn(Spec):
    """A column of a CSV file, read when a run is prepared.

    Each value holds until the next row. The rows of a measured series are evenly spaced: a file with missing
    rows is refused, and the last value holds for one spacing. Steps may have any length, and the last value
    holds to the end of the run. A run may not start before the first row.
    """

    csv: Path
    """The file, `.csv` or `.csv.gz`; its first row names the columns."""
    column: Annotated[str, Field(min_length=1)]
    """Name of the column of values."""
    timezone: ZoneName | None = None
    """IANA name of the timezone of timestamps without a UTC offset."""
    time_column: str | None = None
    """Name of the column of ISO 8601 timestamps. Default: the first column."""
    scale: Number = 1.0
    """Factor applied to the values, such as 0.001 to convert kW to MW."""
    steps: bool | None = None
    """Whether the rows are steps of any length. Default: they are if all are at least a day apart and no
    spacing makes up more than half of them, as in a list of the dates on which a limit changes."""

    def levels(self) -> tuple[float, ...]:
        """The values that are known without a calendar or a file: none."""
        return ()

    def place_of(self, number: int) -> str:
        """Where a value of `levels` stands; there is none."""
        raise IndexError(number)

    def series(self, calendar: Calendar, horizon_s: float) -> StepSeries:  # noqa: ARG002 - one call for all
        """The values of the whole file.

        Raises:
            ValueError: If the file is invalid; the message gives the file and the row.
        """
        state = Path(self.csv).stat() if Path(self.csv).is_file() else None
        return _read(self, calendar, state and (state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=8)
def _read(column: CsvColumn, calendar: Calendar, _state: tuple[int, int] | None) -> StepSeries:
    """The values of a column of a file, read once while the file is the same: runs of a sweep share them."""
    return StepSeries.from_csv(
        column.csv,
        column.column,
        calendar,
        timezone=column.timezone,
        time_column=column.time_column,
        scale=column.scale,
        steps=column.steps,
    )


class RecordedYears(Spec):
    """Columns of CSV files, one for each file of the campus's weather of kind `weather_years`.

    Each calendar year of a run has the column of the year that its weather has. A row is used at the same
    month, day and hour of the weather files' standard time, so that load and weather of one recorded hour
    meet; weekdays are those of the recorded year. 29 February uses the data of 28 February.
    """

    years: Annotated[tuple[CsvColumn, ...], Field(min_length=1, max_length=200)]
    """Columns of one whole year each, in the order of the weather's files."""

    def levels(self) -> tuple[float, ...]:
        """The values that are known without a calendar or a file: none."""
        return ()

    def place_of(self, number: int) -> str:
        """Where a value of `levels` stands; there is none."""
        raise IndexError(number)

    def series(self, calendar: Calendar, horizon_s: float, draw: YearDraw | None = None) -> StepSeries:
        """The values over a run.

        Args:
            calendar: Converts elapsed seconds to local time.
            horizon_s: Length of the run [s].
            draw: Which recorded year each calendar year of the weather has; None if there are not several.

        Raises:
            ValueError: If the weather has no years or others, or a column is not of one whole year.
        """
        if draw is None:
            raise ValueError(
                "years follow the campus's weather; allowed: with weather of kind 'weather_years'"
            )
        if len(draw.names) != len(self.years):
            message = f"years has {len(self.years)} entries"
            raise ValueError(
                f"{message}; allowed: {len(draw.names)}, one for each file of the campus's weather"
            )
        times_s, values = [], []
        for place, column in enumerate(self.years):
            try:
                year = _recorded(column, calendar, horizon_s, draw.offset_s)
            except ValueError as error:
                raise ValueError(f"years[{place}] {error}") from None
            starts_s, local = intervals(calendar, horizon_s, year.step_s, draw.offset_s)
            here = draw.at(starts_s) == place
            times_s.append(starts_s[here])
            values.append(year.rows(local[here]))
        order = np.argsort(np.concatenate(times_s))
        return StepSeries(np.concatenate(times_s)[order], np.concatenate(values)[order])


def _recorded(column: CsvColumn, calendar: Calendar, horizon_s: float, offset_s: float) -> RecordedYear:
    """The year in a column of a file, in a standard time."""
    import pandas as pd

    series = column.series(calendar, horizon_s)
    utc = pd.Timestamp(calendar.start.astimezone(UTC).replace(tzinfo=None))
    stamps = pd.DatetimeIndex(utc + pd.to_timedelta(series.times_s + offset_s, unit="s"))
    try:
        return recorded_year(stamps.round("s"), series.values)[0]
    except ValueError as error:
        raise ValueError(f"{column.csv} {error}") from None


class Points(Spec):
    """A list of values, each valid from an elapsed time on; the last value holds to the end of the run."""

    times_s: tuple[RelativeSeconds, ...]
    """Elapsed seconds from which each value holds, increasing; the first is at most 0."""
    values: tuple[Number, ...]
    """Values, one per time."""

    @model_validator(mode="after")
    def _is_a_series(self) -> Self:
        try:
            self.steps  # noqa: B018 - it is made, and kept
        except ValueError as error:
            message = str(error).removeprefix("series: ")
            raise SpecError(self.title(), [Problem(("times_s",), f"is invalid: {message}")]) from None
        return self

    @cached_property
    def steps(self) -> StepSeries:
        """The values as a series."""
        return StepSeries(np.array(self.times_s), np.array(self.values))

    def levels(self) -> tuple[float, ...]:
        """The values that are known without a calendar or a file."""
        return self.values

    def place_of(self, number: int) -> str:
        """Where a value of `levels` stands."""
        return f"values[{number}]"

    def series(self, calendar: Calendar, horizon_s: float) -> StepSeries:  # noqa: ARG002 - one call for all
        """The values as given."""
        return self.steps


class DatedSteps(Spec):
    """A list of values, each valid from a date on; the last value holds to the end of the run."""

    dates: tuple[Moment, ...]
    """Dates or times from which each value holds, increasing, such as 2026-01-01 or 2026-07-01T06:00. They
    are local times of the campus unless they have a UTC offset. A run may not start before the first one."""
    values: tuple[Number, ...]
    """Values, one per date."""

    @model_validator(mode="after")
    def _is_a_series(self) -> Self:
        if not self.dates:
            raise self.refuse("dates", "at least one date")
        if len(self.values) != len(self.dates):
            raise self.refuse("values", f"as many values as dates, which are {len(self.dates)}")
        for place, (before, after) in enumerate(pairwise(self.dates), start=1):
            if (before.tzinfo is None) == (after.tzinfo is None) and after <= before:
                raise SpecError(
                    self.title(), [Problem((f"dates[{place}]",), _disorder(place, before, after))]
                )
        return self

    @field_serializer("dates", when_used="json")
    def _said(self, dates: tuple[datetime, ...]) -> list[str]:
        return [moment_said(moment) for moment in dates]

    def levels(self) -> tuple[float, ...]:
        """The values that are known without a calendar or a file."""
        return self.values

    def place_of(self, number: int) -> str:
        """Where a value of `levels` stands."""
        return f"values[{number}]"

    def series(self, calendar: Calendar, horizon_s: float) -> StepSeries:  # noqa: ARG002 - one call for all
        """The values from the first date on.

        Raises:
            ValueError: If the run starts before the first date, or if the local clock shows a date twice or
                never; the message gives the date.
        """
        times_s: list[float] = []
        for place, moment in enumerate(self.dates):
            try:
                times_s.append(moment_s(moment, calendar))
            except ValueError as error:
                raise ValueError(f"dates[{place}] {error}") from None
            if place and times_s[-1] <= times_s[-2]:
                raise ValueError(f"dates[{place}] {_disorder(place, self.dates[place - 1], moment)}")
        if times_s[0] > 0.0:
            first, start = moment_said(self.dates[0]), calendar.at(0.0).isoformat()
            raise ValueError(f"the run starts at {start}, before the first date {first}")
        return StepSeries(np.array(times_s), np.array(self.values))


def _disorder(place: int, before: datetime, after: datetime) -> str:
    """The message for a date that does not come after the one before it."""
    return f"= {moment_said(after)}; allowed: after dates[{place - 1}], which is {moment_said(before)}"
