"""The instant: a point in time of a run, given as a moment or as days after the start."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from sim.errors import Problem, SpecError, shortened
from sim.timeseries.calendar import Calendar
from sim.timeseries.moment import FIRST_YEAR, FORM, LAST_YEAR, as_moment, moment_s, moment_said
from sim.units import LONGEST_S, SECONDS_PER_DAY

_LONGEST_D = LONGEST_S / SECONDS_PER_DAY
INSTANT = (
    f"a date such as 2026-07-01, a local time such as 2026-07-01T06:00, with a year from {FIRST_YEAR} to "
    f"{LAST_YEAR}, or a number of days after the start of the run, from -{_LONGEST_D:g} to {_LONGEST_D:g} d"
)
"""What an instant may be, in words."""


def as_instant(value: Any) -> float | datetime:
    """An instant from plain data.

    Raises:
        SpecError: If it is not an instant.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LONGEST_D:
        return float(value)
    try:
        return as_moment(value.strip() if isinstance(value, str) else value)
    except SpecError:
        raise SpecError("instant", [Problem((), f"= {shortened(value)}; allowed: {INSTANT}")]) from None


Instant = Annotated[
    float | datetime,
    BeforeValidator(as_instant),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": -_LONGEST_D, "maximum": _LONGEST_D, "unit": "d"},
                {"type": "string", "pattern": f"^{FORM}$"},
            ]
        }
    ),
]
"""A date (its first instant), a time (local unless it has an offset), or days after the start of the run."""


def said(*instants: float | datetime) -> str:
    """Instants as shown in messages."""
    return ", ".join(moment_said(one) if isinstance(one, datetime) else f"{one:g} d" for one in instants)


def elapsed_s(instant: float | datetime, calendar: Calendar) -> float:
    """The elapsed seconds of an instant; negative before the start of the run.

    Raises:
        ValueError: If a local time does not exist or is ambiguous; the message says which.
    """
    return moment_s(instant, calendar) if isinstance(instant, datetime) else instant * SECONDS_PER_DAY
