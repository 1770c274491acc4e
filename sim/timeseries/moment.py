"""The moment: a date or a time as a user writes it, read on the clock of the campus.

A moment without a UTC offset is local time; only the calendar of a run knows which instant that is.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from sim.errors import Problem, SpecError, shortened
from sim.timeseries.calendar import Calendar, zone_of

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years that a model may name."""

FORM = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?"
_ALLOWED = (
    "a date or time such as 2026-01-01 or 2026-07-01T06:00, local unless it has a UTC offset, "
    f"in a year from {FIRST_YEAR} to {LAST_YEAR}"
)


def as_moment(value: Any) -> datetime:
    """The moment of a date, a time or a text; a date is its midnight.

    Raises:
        SpecError: If it is not a moment.
    """
    moment = _parsed(value) if isinstance(value, str) else value
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 - local until a calendar reads it
    if not isinstance(moment, datetime) or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise SpecError("moment", [Problem((), f"= {shortened(value)}; allowed: {_ALLOWED}")])
    return moment


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if re.fullmatch(FORM, text) else None
    except ValueError:
        return None


def moment_said(moment: datetime) -> str:
    """A moment as a user would write it: midnight of the local clock is a date."""
    text = moment.isoformat()
    return text.removesuffix("T00:00:00") if moment.tzinfo is None else text


Moment = Annotated[
    datetime,
    BeforeValidator(as_moment),
    WithJsonSchema({"type": "string", "pattern": f"^{FORM}$"}),
]
"""A date or time; local time of the campus unless it has a UTC offset."""


def moment_s(moment: datetime, calendar: Calendar) -> float:
    """The elapsed seconds of a moment, negative before the start.

    Midnight of a day on which the local clock skips or repeats it is the first instant of that day.

    Args:
        moment: The moment.
        calendar: Its timezone is that of a moment without a UTC offset.

    Raises:
        ValueError: If the local clock shows the time twice or never; worded to follow the name of the field.
    """
    if moment.tzinfo is not None:
        return calendar.elapsed_s(moment)
    zone = zone_of(calendar.timezone)
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        exists = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment.replace(fold=0)
        if moment.time() == time():
            return calendar.elapsed_s(first)  # the first instant of the day
        wrong = "is ambiguous" if exists else "does not exist"
        said = moment_said(moment)
        raise ValueError(f"= {said} {wrong} in {calendar.timezone}; add a UTC offset")
    return calendar.elapsed_s(first)
