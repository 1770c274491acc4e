"""The start date: an uncertain date, drawn once a run."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator

from sim.errors import Problem, SpecError
from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.instant import Instant, as_instant, elapsed_s, said


class StartDate(Spec):
    """An uncertain date: drawn once a run from a triangular distribution."""

    earliest: Instant
    """Earliest date."""
    likely: Instant
    """Most likely date."""
    latest: Instant
    """Latest date."""

    def drawn_s(self, calendar: Calendar, rng: np.random.Generator) -> float:
        """Elapsed second of the date in this run.

        Raises:
            SpecError: If a local time does not exist or is ambiguous, or the dates are not in their order.
        """
        low, mode, high = (self._at_s(name, calendar) for name in ("earliest", "likely", "latest"))
        if not low <= mode <= high:
            raise self.refuse("likely", f"between {said(self.earliest)} and {said(self.latest)}")
        return float(rng.triangular(low, mode, high)) if low < high else low

    def _at_s(self, name: str, calendar: Calendar) -> float:
        try:
            return elapsed_s(getattr(self, name), calendar)
        except ValueError as error:
            raise SpecError(self.title(), [Problem((name,), str(error))]) from None


def _beginning(value: Any) -> Any:
    """A start date from a table, an instant from anything else, so that an error gives a single message."""
    if isinstance(value, StartDate):
        return value
    if isinstance(value, dict):
        return StartDate(**value)
    try:
        return as_instant(value)
    except SpecError as error:
        (problem,) = error.problems
        message = f"{problem.message}, or a table of earliest, likely and latest"
        raise SpecError(error.owner, [Problem(problem.path, message)]) from None


Beginning = Annotated[Instant | StartDate, BeforeValidator(_beginning)]
"""An instant, or an uncertain date."""


def beginning_s(beginning: Beginning, calendar: Calendar, rng: np.random.Generator) -> float:
    """Elapsed second of a beginning in this run.

    Raises:
        SpecError: If a local time does not exist or is ambiguous, or the dates are not in their order.
    """
    if isinstance(beginning, StartDate):
        return beginning.drawn_s(calendar, rng)
    try:
        return elapsed_s(beginning, calendar)
    except ValueError as error:
        raise SpecError("beginning", [Problem((), str(error))]) from None
