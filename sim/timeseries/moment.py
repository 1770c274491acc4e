"""The moment: an instant of a run, given as a date, a local time or days after the start."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from sim.errors import Problem, SpecError, shortened
from sim.timeseries.calendar import Calendar, zone_of
from sim.units import LONGEST_S, SECONDS_PER_DAY

_LONGEST_D = LONGEST_S / SECONDS_PER_DAY
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
MOMENT = (
    f"a date such as 2026-07-01, a local time such as 2026-07-01T06:00, with a year from {_FIRST_YEAR} to "
    f"{_LAST_YEAR}, or a number of days after the start of the run, from -{_LONGEST_D:g} to {_LONGEST_D:g} d"
)
"""What a moment may be, in words."""


def as_moment(value: Any) -> float | date:
    """A moment from plain data: text is read as an ISO 8601 date or time.

    Raises:
        SpecError: If it is not a moment.
    """
    found = value
    if isinstance(value, str):
        found = _read(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = float(value) if abs(value) <= _LONGEST_D else None
    if isinstance(found, float) or (isinstance(found, date) and _FIRST_YEAR <= found.year <= _LAST_YEAR):
        return found
    raise SpecError("moment", [Problem((), f"= {shortened(value)}; allowed: {MOMENT}")])


def _read(text: str) -> date | None:
    """The date or time of a text; None if it is neither. A number is not a time."""
    stripped = text.strip()
    if stripped.isdecimal():
        return None
    for kind in (date, datetime):
        try:
            return kind.fromisoformat(stripped)
        except ValueError:
            continue
    return None


Moment = Annotated[
    float | datetime | date,
    BeforeValidator(as_moment),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": -_LONGEST_D, "maximum": _LONGEST_D, "unit": "d"},
                {"type": "string", "pattern": r"^\d{4}-"},
            ]
        }
    ),
]
"""A date (its first instant), a time (local unless it has an offset), or days after the start of the run."""


def said(*moments: float | date) -> str:
    """Moments as shown in messages."""
    return ", ".join(one.isoformat() if isinstance(one, date) else f"{one:g} d" for one in moments)


def elapsed_s(moment: float | date, calendar: Calendar) -> float:
    """The elapsed seconds of a moment; negative before the start of the run.

    Raises:
        ValueError: If a local time does not exist or is ambiguous; the message says which.
    """
    if not isinstance(moment, date):
        return moment * SECONDS_PER_DAY
    if not isinstance(moment, datetime):
        return calendar.elapsed_s(datetime.combine(moment, time(), zone_of(calendar.timezone)))
    if moment.utcoffset() is not None:
        return calendar.elapsed_s(moment)
    local = moment.replace(tzinfo=zone_of(calendar.timezone))
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        again = local.astimezone(UTC).astimezone(local.tzinfo)
        trouble = "is ambiguous" if again.replace(tzinfo=None) == moment else "does not exist"
        raise ValueError(f"= {moment.isoformat()} {trouble} in {calendar.timezone}; add a UTC offset")
    return calendar.elapsed_s(local)
