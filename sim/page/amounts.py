"""Tables of amounts: a row for each, a column for each run, with the difference to the first run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.page.compared import Compared, lengths_said, named
from sim.report.html import Html, element
from sim.report.numbers import difference
from sim.units import PERCENT

NONE = "-"
_LEAST_PERCENT = 0.05


@dataclass(frozen=True)
class Amount:
    """A row of a table.

    Attributes:
        label: What it is called.
        values: The amount of each run; None where there is none.
        shown: The amounts as text.
        unit: Its unit; empty if it has none.
        gap: How the size of a difference is written.
        is_total: Whether it grows with the length of a run, so that runs of other lengths do not compare.
        is_share: Whether it is a share in percent, whose difference is in points and not in percent again.
        shares: Share of each bar below the amounts, 0 to 1; no bars if empty.
    """

    label: str
    values: tuple[float | None, ...]
    shown: tuple[str, ...]
    unit: str
    gap: Callable[[float], str]
    is_total: bool = True
    is_share: bool = False
    shares: tuple[float, ...] = ()


def parts(found: Sequence[Mapping[str, float]], unit: str, shown: Callable[[float], str]) -> list[Amount]:
    """A row for each name that a run has; a run without it has zero.

    Args:
        found: Amounts by name, of each run.
        unit: Their unit.
        shown: How an amount is written.
    """
    names = dict.fromkeys(name for one in found for name in one)
    rows = []
    for name in names:
        values = tuple(one.get(name, 0.0) for one in found)
        rows.append(Amount(name, values, tuple(map(shown, values)), unit, shown))
    return rows


def amount_table(title: str, runs: Sequence[Compared], rows: Iterable[Amount], colour: str = "") -> Html:
    """A table with a column for each run.

    Args:
        title: Head of the first column.
        runs: The runs; differences are to the first.
        rows: The rows; a label that is HTML stays so.
        colour: Colour of the bars.
    """
    is_comparable = not lengths_said(runs)
    heads = [element("th", title), *(element("th", named(one), class_="number") for one in runs)]
    body = (
        element(
            "tr", element("th", row.label, scope="row"), *_cells(row, colour, is_comparable=is_comparable)
        )
        for row in rows
    )
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *body))
    return element("div", table, class_="wide amounts", tabindex="0")


def _cells(row: Amount, colour: str, *, is_comparable: bool) -> Iterator[Html]:
    first = row.values[0]
    for place, (value, shown) in enumerate(zip(row.values, row.shown, strict=True)):
        unit = f" {row.unit}" if row.unit and shown != NONE else ""
        content = [element("span", f"{shown}{unit}")]
        if place and (is_comparable or not row.is_total):
            content.append(element("span", _difference(row, value, first), class_="note"))
        if row.shares:
            width = f"width: {PERCENT * row.shares[place]:.2f}%; --colour: {colour}"
            content.append(element("span", element("span", "", class_="bar", style=width), class_="track"))
        yield element("td", *content, class_="number")


def _difference(row: Amount, value: float | None, first: float | None) -> str:
    """A difference with sign and unit, and in percent of what it is to."""
    if value is None or first is None:
        return NONE
    more = difference(value, first)
    if not more:
        return "the same"
    sign = "+" if more > 0.0 else "-"
    text = f"{sign}{row.gap(abs(more))} {'points' if row.is_share else row.unit}".rstrip()
    share = 0.0 if row.is_share or not first else PERCENT * more / abs(first)
    return f"{text}, {share:+,.1f} %" if abs(share) >= _LEAST_PERCENT else text
