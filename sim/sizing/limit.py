"""A limit: the highest or lowest value of a metric that a campus may have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, isnan

from sim.errors import shortened
from sim.sizing.refusals import refused

_FORM = re.compile(r"\s*(?P<name>[^<>=!]*[^<>=!\s])\s*(?P<sign><=|>=)\s*(?P<bound>[^<>=!\s]+)\s*")
_ALLOWED = 'allowed: "NAME <= NUMBER" or "NAME >= NUMBER", such as "unserved_mwh <= 0"'
_ROUNDING = 1e-9
"""Excess, relative to the limit and at least absolute, that is only rounding."""


@dataclass(frozen=True)
class Limit:
    """A limit on a metric of a run, which every seed has to meet.

    Attributes:
        name: The metric.
        sign: `<=` or `>=`.
        bound: The limit, in the unit of the metric.
    """

    name: str
    sign: str
    bound: float

    @classmethod
    def of(cls, text: str) -> Limit:
        """Read a limit such as `unserved_mwh <= 0`.

        Raises:
            SpecError: If it cannot be read, or its number is not finite.
        """
        found = _FORM.fullmatch(text) if isinstance(text, str) else None
        bound = _number(found["bound"]) if found is not None else None
        if found is None or bound is None:
            raise refused("subject_to", f"= {shortened(text)}; {_ALLOWED}")
        return cls(found["name"], found["sign"], bound)

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.bound:g}"

    @property
    def is_upper(self) -> bool:
        """Whether it is a highest value."""
        return self.sign == "<="

    @property
    def column(self) -> str:
        """Name of the column with the worst value over the seeds."""
        return f"{self.name}.{'highest' if self.is_upper else 'lowest'}"

    def worst(self, values: Sequence[float]) -> float:
        """The value of several that is furthest on the wrong side; NaN if one is missing."""
        if any(map(isnan, values)):
            return float("nan")
        return max(values) if self.is_upper else min(values)

    def excess(self, value: float) -> float:
        """By how much a value misses the limit, in the unit of the metric; infinite if there is no value."""
        if isnan(value):
            return inf
        beyond = value - self.bound if self.is_upper else self.bound - value
        return beyond if beyond > _ROUNDING * max(1.0, abs(self.bound)) else 0.0


def limits_of(texts: Sequence[str]) -> tuple[Limit, ...]:
    """Read some limits.

    Raises:
        SpecError: If they are not a list, one cannot be read, or one stands there twice.
    """
    if isinstance(texts, str) or not isinstance(texts, Sequence):
        raise refused("subject_to", f"= {shortened(texts)}; allowed: a list of limits")
    limits = tuple(map(Limit.of, texts))
    for place, limit in enumerate(limits):
        if limit.column in {other.column for other in limits[:place]}:
            raise refused("subject_to", f"limits {limit.name} twice with {limit.sign}")
    return limits


def _number(text: str) -> float | None:
    """A finite number, or None."""
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        return None
    return number if isfinite(number) else None
