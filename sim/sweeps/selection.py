"""The selection: which points of a sweep are shown, and in which order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import nearest, shortened
from sim.sweeps.axes import refusal

if TYPE_CHECKING:
    import pandas as pd

_ORDERS: dict[str, Callable[[Any, Any], Any]] = {"<=": le, ">=": ge, "<": lt, ">": gt}
_EQUAL, _DIFFERENT = ("==", "="), "!="
_FORM = re.compile(r"\s*(?P<name>[^<>=!]+?)\s*(?P<sign><=|>=|==|!=|<|>|=)\s*(?P<value>[^<>=!]+?)\s*")
_ALLOWED = "allowed: NAME, one of <= >= < > == !=, and a value, such as unserved_mwh<=10"
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Condition:
    """A condition on the mean of a metric, or on the value of an axis.

    Attributes:
        text: The condition as it was written.
        name: The metric or axis.
        sign: How it is compared.
        value: With what: a number, true or false, or a word.
    """

    text: str
    name: str
    sign: str
    value: float | bool | str

    @classmethod
    def of(cls, text: str) -> Condition:
        """Read a condition such as `unserved_mwh<=10`.

        Raises:
            SpecError: If it cannot be read.
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise refusal("where", f"= {shortened(text)}; {_ALLOWED}")
        value = _value(found["value"])
        if found["sign"] in _ORDERS and (isinstance(value, str | bool)):
            raise refusal("where", f"= {shortened(text)} orders by {found['value']!r}, which is not a number")
        return cls(text.strip(), found["name"], found["sign"], value)

    def holds(self, values: pd.Series[Any]) -> pd.Series[bool]:
        """For which values it holds; it does not hold where there is no value.

        Raises:
            SpecError: If words are compared with a number.
        """
        import pandas as pd

        if isinstance(self.value, str | bool):
            equal = values.map(_word) == _word(self.value)
        elif pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            if self.sign in _ORDERS:
                found: pd.Series[bool] = _ORDERS[self.sign](values, self.value)
                return found
            equal = pd.Series(np.isclose(values, self.value, rtol=_ROUNDING, atol=0.0), index=values.index)
        else:
            raise refusal("where", f"= {shortened(self.text)}, but {self.name} has words, not numbers")
        return equal if self.sign in _EQUAL else ~equal & values.notna()


@dataclass(frozen=True)
class Selection:
    """Which points are shown, and in which order.

    Attributes:
        where: Conditions that a point has to meet.
        sort: Name of the metric or axis by which points are sorted; in the order of the sweep if empty.
        descending: Whether the largest is first.
    """

    where: tuple[Condition, ...] = ()
    sort: str = ""
    descending: bool = False

    @classmethod
    def of(cls, where: Sequence[str] = (), sort: str | None = None, *, descending: bool = False) -> Selection:
        """Read a selection.

        Raises:
            SpecError: If a condition cannot be read, or an order is given without what to sort by.
        """
        if descending and not sort:
            raise refusal("descending", "needs a metric or an axis to sort by")
        return cls(tuple(map(Condition.of, where)), sort or "", descending)

    @property
    def names(self) -> list[str]:
        """The metrics and axes that it needs."""
        return [*(condition.name for condition in self.where), *([self.sort] if self.sort else [])]

    def of_points(self, means: pd.DataFrame) -> pd.DataFrame:
        """The rows of the points that meet all conditions, sorted; points without a value come last.

        Raises:
            SpecError: If a name is neither an axis nor a metric.
        """
        for name in self.names:
            if name not in means:
                known = [column for column in means.columns if not str(column).endswith(".ci95")]
                field = "sort" if name == self.sort else "where"
                raise refusal(field, f"{name} is neither a metric nor an axis{nearest(name, known)}")
        for condition in self.where:
            means = means[condition.holds(means[condition.name])]
        if self.sort:
            means = means.sort_values(self.sort, ascending=not self.descending, kind="stable")
        return means.reset_index(drop=True)

    def said(self, points: int) -> str:
        """What was selected of how many points, in words; empty if all are shown in their order."""
        parts = [f"of {points} points, those with {' and '.join(one.text for one in self.where)}"] * bool(
            self.where
        )
        if self.sort:
            parts.append(f"sorted by {self.sort}, {'highest' if self.descending else 'lowest'} first")
        text = "; ".join(parts)
        return f"{text[:1].upper()}{text[1:]}." if text else ""


def _value(text: str) -> float | bool | str:
    if text in {"true", "false"}:
        return text == "true"
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return text.strip("\"'")


def _word(value: Any) -> str:
    """A value of an axis as a user writes it."""
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)
