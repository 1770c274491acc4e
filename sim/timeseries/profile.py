"""The profile: a quantity that varies over time, as plain data in a spec.

A profile is a number, a time-of-use table, a daily shape, a column of a CSV file, points in elapsed
seconds, steps with dates, or recorded years that follow those of the weather. Its keys determine which one.
A spec declares a profile field with a unit and bounds:

    import_price_usd_per_mwh: Annotated[Profile, Varying("USD/MWh")] = 60.0

and converts it to a series with `Site.series` before the clock starts.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic_core import core_schema

from sim.errors import Problem, SpecError, nearest, shortened
from sim.refusal import with_unit
from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import StepSeries, constant
from sim.timeseries.shapes import CsvColumn, DailyShape, DatedSteps, Points, RecordedYears
from sim.timeseries.time_of_use import TimeOfUse, Window
from sim.timeseries.year_draw import YearDraw
from sim.units import HIGHEST_MW, HIGHEST_USD_PER_MWH, MOST_KGCO2_PER_MWH, SECONDS_PER_DAY, allowed, marks

if TYPE_CHECKING:
    import numpy.typing as npt
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler

__all__ = [
    "CarbonProfile",
    "CelsiusProfile",
    "CsvColumn",
    "DailyShape",
    "DatedSteps",
    "FractionProfile",
    "MWProfile",
    "Points",
    "PriceProfile",
    "Profile",
    "RecordedYears",
    "TimeOfUse",
    "Varying",
    "Window",
    "as_series",
    "series_of",
]

Form = TimeOfUse | DailyShape | CsvColumn | Points | DatedSteps | RecordedYears

Drawn = Callable[[], YearDraw | None]
"""Tells which recorded year each calendar year of the weather has, if a profile wants to know."""

_FORMS: dict[str, type[Form]] = {
    "windows": TimeOfUse,
    "hourly": DailyShape,
    "csv": CsvColumn,
    "times_s": Points,
    "dates": DatedSteps,
    "years": RecordedYears,
}
_KEYS_SAID = "with the key windows, hourly, csv, times_s, dates or years"
_FORMS_SAID = f"a finite number or a table {_KEYS_SAID}"


def _form(value: Any) -> Any:
    """Build the form that the keys indicate, so that an error gives a single message."""
    if isinstance(value, Form):
        return value
    if isinstance(value, dict):
        for key, form in _FORMS.items():
            if key in value:
                return form(**value)
        known = {name for form in _FORMS.values() for name in form.model_fields}
        strange = [f"{name!r}{nearest(str(name), known)}" for name in value if name not in known]
        hint = f"; unknown key {strange[0]}" if strange else ""
        raise SpecError("profile", [Problem((), f"= {shortened(value)}; allowed: {_FORMS_SAID}{hint}")])
    if not _is_number(value):
        raise SpecError("profile", [Problem((), f"= {shortened(value)}; allowed: {_FORMS_SAID}")])
    return float(value)


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) <= sys.float_info.max  # a whole number may be larger


Profile = Annotated[float | Form, BeforeValidator(_form)]


@dataclass(frozen=True)
class Varying:
    """The unit and bounds of a profile's values, as the annotation of a field.

    Values given in the spec are checked when the spec is built, values in a file when the file is read.

    Attributes:
        unit: Unit as shown to users.
        ge: Lower bound, included.
        gt: Lower bound, excluded.
        le: Upper bound, included.
        lt: Upper bound, excluded.
    """

    unit: str
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None

    def misses(self, values: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Mark the values that are out of bounds."""
        given = np.asarray(values, dtype=np.float64)
        above = (given >= _or(self.ge, -math.inf)) & (given > _or(self.gt, -math.inf))
        below = (given <= _or(self.le, math.inf)) & (given < _or(self.lt, math.inf))
        return np.asarray(~(above & below))

    def hold(self, lowest: float, highest: float) -> bool:
        """Whether all values between two are within bounds."""
        above = _or(self.ge, -math.inf) <= lowest and _or(self.gt, -math.inf) < lowest
        return above and highest <= _or(self.le, math.inf) and highest < _or(self.lt, math.inf)

    def refused(self, value: Any, where: str = "") -> str:
        """The message for a value out of bounds."""
        limits = allowed(Field(ge=self.ge, gt=self.gt, le=self.le, lt=self.lt))
        number = " ".join(["a finite number", *limits.split(), self.unit])
        return f"{with_unit(value, self.unit)}{where}; allowed: {number}"

    def checked(self, profile: float | Form) -> float | Form:
        """Check the values that are known without a file, and return the profile.

        Raises:
            SpecError: If a value is out of bounds.
        """
        if isinstance(profile, float) and self.hold(profile, profile):
            return profile
        levels = (profile,) if isinstance(profile, float) else profile.levels()
        missed = self.misses(levels)
        if missed.any():
            at = int(missed.argmax())
            where = "" if isinstance(profile, float) else f" in {profile.place_of(at)}"
            raise SpecError("profile", [Problem((), self.refused(levels[at], where))])
        return profile

    def looked_at(self, value: Any) -> Any:
        """Refuse a value that is neither a finite number nor a form; the message gives unit and range.

        Raises:
            SpecError: If the value is neither a finite number nor a form.
        """
        if isinstance(value, dict | Form) or _is_number(value):
            return value
        raise SpecError("profile", [Problem((), f"{self.refused(value)}, or a table {_KEYS_SAID}")])

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        inner = core_schema.no_info_after_validator_function(self.checked, handler(source))
        return core_schema.no_info_before_validator_function(self.looked_at, inner)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> Any:
        # these words bind numbers only: a table is checked with the values that it gives
        limits = {
            "minimum": self.ge,
            "exclusiveMinimum": self.gt,
            "maximum": self.le,
            "exclusiveMaximum": self.lt,
        }
        stated = {word: limit for word, limit in limits.items() if limit is not None}
        return {**handler(schema), "unit": self.unit, **stated}


PriceProfile = Annotated[Profile, Varying("USD/MWh", ge=-HIGHEST_USD_PER_MWH, le=HIGHEST_USD_PER_MWH)]
MWProfile = Annotated[Profile, Varying("MW", ge=0, le=HIGHEST_MW)]
FractionProfile = Annotated[Profile, Varying("pu", ge=0, le=1)]
CarbonProfile = Annotated[Profile, Varying("kgCO2/MWh", ge=0, le=MOST_KGCO2_PER_MWH)]
CelsiusProfile = Annotated[Profile, Varying("degC", ge=-100, le=100)]


def as_series(
    profile: float | Form, calendar: Calendar, horizon_s: float, drawn: Drawn | None = None
) -> StepSeries:
    """The step function of a profile over a run.

    Args:
        profile: The profile, or a number for a constant.
        calendar: Converts elapsed seconds to local time.
        horizon_s: Length of the run [s].
        drawn: Tells which year each calendar year of the weather has. Default: there are not several.

    Raises:
        ValueError: If its file is missing or invalid, or if the series does not cover the run.
    """
    if isinstance(profile, int | float):
        return constant(profile)
    if isinstance(profile, RecordedYears):
        return profile.series(calendar, horizon_s, drawn() if drawn else None)
    series = profile.series(calendar, horizon_s)
    if not series.covers(0.0, horizon_s):
        file = f" {profile.csv}" if isinstance(profile, CsvColumn) else ""
        until = f" to {_said(calendar, series.end_s)}" if math.isfinite(series.end_s) else " onwards"
        raise ValueError(
            f"{profile.title()}{file} covers {_said(calendar, series.start_s)}{until}; "
            f"the run is from {_said(calendar, 0.0)} to {_said(calendar, horizon_s)}{_remedy(series)}"
        )
    return series


def _remedy(series: StepSeries) -> str:
    """What helps a file that ends early, if its rows may be steps."""
    may_be_steps = series.start_s <= 0.0 and series.end_s - series.times_s[-1] >= SECONDS_PER_DAY
    return "; for steps of any length, set steps = true" if may_be_steps else ""


def series_of(
    spec: Spec, field: str, calendar: Calendar, horizon_s: float, drawn: Drawn | None = None
) -> StepSeries:
    """The step function of a spec's profile over a run, checked against the bounds of its field.

    Args:
        spec: The spec that has the profile.
        field: Name of the profile's field.
        calendar: Converts elapsed seconds to local time.
        horizon_s: Length of the run [s].
        drawn: Tells which year each calendar year of the weather has. Default: there are not several.

    Raises:
        SpecError: If the profile is invalid; the message gives the spec, the field and the problem.
    """
    try:
        series = as_series(getattr(spec, field), calendar, horizon_s, drawn)
    except ValueError as error:
        raise SpecError(spec.title(), [Problem((field,), f"cannot be used: {error}")]) from None
    for bounds in _bounds_of(type(spec), field):
        if bounds.hold(*series.extremes):
            continue
        first, last = series.times_s.searchsorted(0.0, "right") - 1, series.times_s.searchsorted(horizon_s)
        values = series.values[first:last]
        if not bounds.hold(float(values.min()), float(values.max())):
            at = int(bounds.misses(values).argmax())
            where = f" at {_said(calendar, float(series.times_s[first + at]))}"
            message = bounds.refused(float(values[at]), where)
            raise SpecError(spec.title(), [Problem((field,), message)])
    return series


@cache
def _bounds_of(kind: type[Spec], field: str) -> tuple[Varying, ...]:
    """The bounds of a profile's values, as the class of its spec declares them."""
    return tuple(mark for mark in marks(kind.model_fields[field]) if isinstance(mark, Varying))


def _said(calendar: Calendar, t_s: float) -> str:
    return calendar.at(t_s).isoformat()


def _or(bound: float | None, default: float) -> float:
    return default if bound is None else bound
