"""A goal: what is made as small as possible, as a metric, a sum of metrics, or a function of a run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, isfinite, nan
from numbers import Real
from typing import Any

from sim.errors import shortened
from sim.runs.summary import absent
from sim.sizing.refusals import refused

Row = Mapping[str, Any]
"""A run: its metrics and its variables by name; NaN where a metric does not exist."""
Minimise = str | Sequence[str] | Mapping[str, str | Callable[[Row], float]]

_TERM = re.compile(
    r"\s*(?:(?P<factor>[-+]?[0-9][0-9_,.]*(?:[eE][-+]?[0-9]+)?)\s*\*)?\s*(?P<name>[A-Za-z_][^*+]*?)\s*"
)
_JOINED = re.compile(r"(?<![0-9.][eE])\+(?=\s*(?:[A-Za-z_]|[-+]?[0-9][^+*]*\*))")
_ALLOWED = 'allowed: a metric or a sum, such as "cost_usd + fixed_cost_usd" or "cost_usd + 85 * carbon_t"'
_MOST = 2


@dataclass(frozen=True)
class Goal:
    """What is made as small as possible.

    Attributes:
        name: Its name, which is that of its column.
        terms: Factor and name of each metric in its sum; none if it is a function.
        function: What computes it from a run; None if it is a sum.
    """

    name: str
    terms: tuple[tuple[float, str], ...] = ()
    function: Callable[[Row], float] | None = None

    @classmethod
    def of(cls, name: str, meaning: str | Callable[[Row], float]) -> Goal:
        """Read a goal.

        Args:
            name: What it is called.
            meaning: A sum of metrics as text, or a function of a run.

        Raises:
            SpecError: If it is neither.
        """
        if callable(meaning):
            return cls(name, function=meaning)
        if not isinstance(meaning, str):
            raise refused("minimise", f"{name} = {shortened(meaning)}; {_ALLOWED}, or a function of a run")
        found = [_TERM.fullmatch(part) for part in _JOINED.split(meaning)]
        terms = [(_factor(term["factor"]), term["name"]) for term in found if term is not None]
        if len(terms) < len(found) or not all(isfinite(factor) for factor, _ in terms):
            raise refused("minimise", f"= {shortened(meaning)}; {_ALLOWED}")
        return cls(name, tuple(terms))

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics in its sum."""
        return tuple(metric for _, metric in self.terms)

    def value(self, row: Row) -> float:
        """Its value for one run; NaN if a metric is missing.

        Raises:
            SpecError: If its function fails or does not give a number.
        """
        if self.function is None:
            return fsum(factor * row.get(name, absent(name)) for factor, name in self.terms)
        try:
            found = self.function(row)
        except Exception as error:
            raise refused("minimise", f"{self.name} fails: {type(error).__name__}: {error}") from error
        if not isinstance(found, Real):
            raise refused("minimise", f"{self.name} gives {shortened(found)}; allowed: a number")
        return float(found) if isfinite(found) else nan


def goals_of(minimise: Minimise) -> tuple[Goal, ...]:
    """Read one goal or two.

    Raises:
        SpecError: If there are none, more than two, or one cannot be read.
    """
    named: Mapping[str, Any] = {}
    if isinstance(minimise, Mapping):
        named = minimise
    elif isinstance(minimise, str):
        named = {minimise.strip(): minimise}
    elif isinstance(minimise, Sequence) and all(isinstance(one, str) for one in minimise):
        named = {one.strip(): one for one in minimise}
    if not 1 <= len(named) <= _MOST or len(named) < (1 if isinstance(minimise, str) else len(minimise)):
        raise refused("minimise", f"= {shortened(minimise)}; allowed: one goal, or two that differ")
    return tuple(Goal.of(name, meaning) for name, meaning in named.items())


def _factor(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text.replace(",", ""))
    except ValueError:
        return nan
