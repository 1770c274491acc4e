"""The instant: a point in time of a run, given as a date, a local time or days after the start."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from sim.errors import Problem, SpecError, shortened
from sim.timeseries.calendar import Calendar, zone_of
from sim.units import LONGEST_S, SECONDS_PER_DAY

_LONGEST_D = LONGEST_S / SECONDS_PER_DAY
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_FORM = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?"
INSTANT = (
    f"a date such as 2026-07-01, a local time such as 2026-07-01T06:00, with a year from {_FIRST_YEAR} to "
    f"{_LAST_YEAR}, or a number of days after the start of the run, from -{_LONGEST_D:g} to {_LONGEST_D:g} d"
)
"""What an instant may be, in words."""


def as_instant(value: Any) -> float | date:
    """An instant from plain data: text is read as an ISO 8601 date or time.

    Raises:
        SpecError: If it is not an instant.
    """
    found = value
    if isinstance(value, str):
        found = _read(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = float(value) if abs(value) <= _LONGEST_D else None
    if isinstance(found, float) or (isinstance(found, date) and _FIRST_YEAR <= found.year <= _LAST_YEAR):
        return found
    raise SpecError("instant", [Problem((), f"= {shortened(value)}; allowed: {INSTANT}")])


def _read(text: str) -> date | None:
    """The date or time of a text; None if it is neither."""
    stripped = text.strip()
    if not re.fullmatch(_FORM, stripped):
        return None
    kind = datetime if ":" in stripped else date
    try:
        return kind.fromisoformat(stripped)
    except ValueError:
        return None


Instant = Annotated[
    float | datetime | date,
    BeforeValidator(as_instant),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": -_LONGEST_D, "maximum": _LONGEST_D, "unit": "d"},
                {"type": "string", "pattern": f"^{_FORM}$"},
            ]
        }
    ),
]
"""A date (its first instant), a time (local unless it has an offset), or days after the start of the run."""


def said(*instants: float | date) -> str:
    """Instants as shown in messages."""
    return ", ".join(one.isoformat() if isinstance(one, date) else f"{one:g} d" for one in instants)


def elapsed_s(instant: float | date, calendar: Calendar) -> float:
    """The elapsed seconds of an instant; negative before the start of the run.

    Raises:
        ValueError: If a local time does not exist or is ambiguous; the message says which.
    """
    if not isinstance(instant, date):
        return instant * SECONDS_PER_DAY
    if not isinstance(instant, datetime):
        return calendar.elapsed_s(datetime.combine(instant, time(), zone_of(calendar.timezone)))
    if instant.utcoffset() is not None:
        return calendar.elapsed_s(instant)
    local = instant.replace(tzinfo=zone_of(calendar.timezone))
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        again = local.astimezone(UTC).astimezone(local.tzinfo)
        trouble = "is ambiguous" if again.replace(tzinfo=None) == instant else "does not exist"
        raise ValueError(f"= {instant.isoformat()} {trouble} in {calendar.timezone}; add a UTC offset")
    return calendar.elapsed_s(local)
