"""The run plan: how long a campus is run, with which seed, and what is recorded, unless said otherwise."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import field_serializer, model_validator

from sim.errors import Problem, SpecError
from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.moment import Moment, moment_s, moment_said
from sim.units import (
    LONGEST_RUN_D,
    LONGEST_S,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    SECONDS_PER_MINUTE,
    SHORTEST_D,
    Seed,
    quantity,
)

EVERY_CHANGE: Literal["change"] = "change"
"""The word for recording every change, instead of means over an interval."""

RunDays = Annotated[float, quantity("d", ge=SHORTEST_D, le=LONGEST_RUN_D)]
"""The length of a run."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)")
_UNITS_S = {"d": SECONDS_PER_DAY, "h": SECONDS_PER_HOUR, "min": SECONDS_PER_MINUTE, "s": 1.0}
RECORDS_SAID = "change, or a duration in s, min, h or d, such as 15min or 1h"
"""What may be recorded, in words."""


class RunPlan(Spec):
    """The length, seed and recording of the runs of a campus, as far as options or arguments do not say.

    It is not part of the model: campuses that differ only in their run are equal and have the same hash.
    """

    days: RunDays | None = None
    """Length of a run. Default: until `end`, or a year."""
    end: Moment | None = None
    """Date or time at which a run ends, instead of `days`; local time of the campus unless it has a UTC
    offset."""
    seed: Seed = 0
    """Seed of all random draws, the first one in a sweep."""
    record: str = EVERY_CHANGE
    """What is recorded: every `change`, or means over a duration such as `15min` or `1h`."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.days is not None and self.end is not None:
            message = f"= {moment_said(self.end)} beside days = {self.days:g} d; allowed: one of them"
            raise SpecError(self.title(), [Problem(("end",), message)])
        try:
            record_s = record_s_of(self.record)
        except ValueError as error:
            raise SpecError(self.title(), [Problem(("record",), str(error))]) from None
        if record_s is not None and not SECONDS_PER_MINUTE <= record_s <= LONGEST_S:
            limits = f"at least {SECONDS_PER_MINUTE:g} and at most {LONGEST_S:g} s"
            raise self.refuse("record", f"change, or a duration of {limits}")
        return self

    @field_serializer("end", when_used="json")
    def _end_said(self, end: datetime | None) -> str | None:
        return None if end is None else moment_said(end)

    @property
    def record_s(self) -> float | None:
        """The recording interval [s]; None for every change."""
        return record_s_of(self.record)

    def length_d(self, calendar: Calendar) -> float | None:
        """The length of a run [d]; None if the plan does not say it.

        Args:
            calendar: The calendar of the run.

        Raises:
            SpecError: If the run would end before it starts or would be too long, or if the local clock shows
                the end twice or never.
        """
        if self.end is None:
            return self.days
        try:
            end_s = moment_s(self.end, calendar)
        except ValueError as error:
            raise SpecError(self.title(), [Problem(("end",), str(error))]) from None
        days = end_s / SECONDS_PER_DAY
        if not 0.0 < days <= LONGEST_RUN_D:
            limits = (
                f"after the start of the run, {calendar.at(0.0).isoformat()}, by at most {LONGEST_RUN_D:g} d"
            )
            message = f"= {moment_said(self.end)}; allowed: a time {limits}"
            raise SpecError(self.title(), [Problem(("end",), message)])
        # a file that ends with the run covers it, whichever way the division rounds
        return math.nextafter(days, 0.0) if days * SECONDS_PER_DAY > end_s else days


def record_s_of(text: str) -> float | None:
    """The recording interval that a text says [s]; None for every change.

    Raises:
        ValueError: If the text says neither; worded to follow the name of the field.
    """
    if text == EVERY_CHANGE:
        return None
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"= {text!r}; allowed: {RECORDS_SAID}")
    return float(found[1]) * _UNITS_S[found[2]]


def record_said(record_s: float | None) -> str:
    """A recording interval as a user would write it; None is every change."""
    if record_s is None:
        return EVERY_CHANGE
    unit = next(unit for unit, unit_s in _UNITS_S.items() if record_s % unit_s == 0.0 or unit == "s")
    return f"{record_s / _UNITS_S[unit]!r}".removesuffix(".0") + unit
