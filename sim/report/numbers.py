"""Numbers as text, as a planner writes them."""

from __future__ import annotations

from collections.abc import Iterable
from math import isclose, isfinite

from sim.units import HOURS_PER_DAY

_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_ROUNDING = 1e-9
"""Difference, relative and absolute, that is only rounding."""
_PLACES = ((100.0, 0), (10.0, 1), (1.0, 2), (0.01, 3))


def number(value: float) -> str:
    """A number with thousands separators and about three significant digits."""
    size = float(f"{abs(value):.3g}")  # 0.9999 is 1.00, as 1 is
    for least, places in _PLACES:
        if size >= least:
            return f"{value:,.{places}f}"
    return f"{value:.1e}" if value else "0"


def cell(value: float, *, signed: bool = False) -> str:
    """A number in a table; a dash where there is none.

    Args:
        value: The number, or NaN.
        signed: Whether a number above zero has its sign.
    """
    if not isfinite(value):
        return "-"
    return f"{'+' if signed and value > 0.0 else ''}{number(value)}"


def difference(value: float, base: float) -> float:
    """The difference of a value from a base; zero if it is only rounding: below 1e-9, relative or absolute.

    Args:
        value: A value.
        base: What it is compared with.
    """
    return 0.0 if isclose(value, base, rel_tol=_ROUNDING, abs_tol=_ROUNDING) else value - base


def whole(value: float) -> str:
    """A number without decimals; a small number that is not zero is shown as less than 1."""
    return column([value], 0)[0]


def large(count: float) -> str:
    """A count that may run into the billions."""
    for scale, word in _SCALES:
        if count >= scale:
            return f"{number(count / scale)} {word}"
    return whole(count)


def percent(part: float, total: float) -> str:
    """A part in percent of a total."""
    return f"{column([100.0 * part / total], 1)[0]} %" if total else "-"


def column(values: Iterable[float], places: int) -> list[str]:
    """Numbers with equal decimals; a number that would round to zero is shown as less than the last place."""
    least = 10.0**-places
    return [_cell(value, places, least) for value in values]


def places(values: Iterable[float]) -> int:
    """Decimals that suit a column of these numbers."""
    most = max((abs(value) for value in values), default=0.0)
    return 0 if most >= 1000.0 or not most else 1 if most >= 10.0 else 2  # noqa: PLR2004 - four digits or so in all


def duration(days: float) -> str:
    """A length of time: days where they come out whole, or hours."""
    for amount, unit in ((days, "day"), (days * HOURS_PER_DAY, "hour")):
        if amount >= 1.0 and isclose(amount, round(amount), rel_tol=1e-9):
            return f"{round(amount):,} {unit}{'s' if round(amount) != 1 else ''}"
    return f"{number(days * HOURS_PER_DAY)} hours" if days < 1.0 else f"{number(days)} days"


def _cell(value: float, decimals: int, least: float) -> str:
    shown = f"{value:,.{decimals}f}"
    if float(shown.replace(",", "")) != 0.0:
        return shown
    if value == 0.0:
        return f"{0.0:.{decimals}f}"
    return f"{'<' if value > 0.0 else '>-'}{least:.{decimals}f}"


def percentage(share: float) -> str:
    """A signed share in percent."""
    text = f"{100.0 * share:+.1f} %"
    return text if float(text[:-2]) else "0.0 %"
