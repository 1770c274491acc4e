"""The points of a sweep in a page: a table to sort and to filter, and the campus of the selected point."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from sim.page.glossary import glossary
from sim.page.point_toml import PointFiles, pieces_of
from sim.page.swept import Swept
from sim.report.html import Html, data_element, element, joined
from sim.report.phrases import counted
from sim.report.sweep import mean_said, point_said

_DIGITS = 9
"""Digits of a number in the data of a page."""
_POINT = "point"
_ABOUT = (
    "A head sorts by its column. The field below it filters the column, by a part of its text or by a range: "
    "< 3e6, >= 2, 2..5, != 0, > 1 and < 4. The field above the table takes conditions on any axis or metric. "
    "A number selects a point; arrows go on from there."
)
_EXAMPLE = "cost_usd < 3e6 and unserved_mwh <= 10"
_NO_CAMPUS = "The folder of the sweep does not keep the campus of this point."


def point_table(sweep: Swept) -> Html:
    """The table, with the fields that filter it."""
    names = [*sweep.axes, *sweep.shown]
    head = element("thead", _heads(sweep, names), _fields(names))
    table = element("table", head, element("tbody", *_rows(sweep)), id="points")
    where = element("input", id="where", placeholder=_EXAMPLE, aria_label="Conditions", size="40")
    return joined(
        element("p", _ABOUT, class_="hint"),
        element(
            "div",
            element("label", "Where ", where),
            element("button", "Show all", id="all"),
            class_="buttons",
        ),
        element("p", f"{counted(len(sweep.means), 'point')}.", id="passing", role="status"),
        element("div", table, class_="wide list", tabindex="0"),
        _definitions(sweep.shown),
    )


def selected_point(sweep: Swept) -> Html:
    """The campus of the selected point, at first the first, the command that runs it, and the page's data."""
    models = [sweep.models[place] for place in sweep.places]
    first = next((model for model in models if model is not None), None)
    files = PointFiles(first or {}, days=sweep.days, seed=sweep.seeds[0])
    texts = [None if model is None else files.tables(model) for model in models]
    told = f"It has the first seed of the sweep ({sweep.seeds[0]}); --seed has others."
    if not files.is_whole:
        told = "Its long lists are cut here, so it cannot be saved: the input of the sweep has them."
    return joined(
        element("p", _said(sweep, 0), id="picked", role="status"),
        element("p", f"Save the campus as a file, and run it. {told}"),
        element("pre", f"dcgrid run point-{sweep.places[0]}.toml", id="command"),
        element("div", element("button", "Save the file", id="save"), class_="buttons"),
        element("pre", _NO_CAMPUS if texts[0] is None else "".join(texts[0]), id="toml", tabindex="0"),
        _told(sweep, texts, is_whole=files.is_whole),
    )


def _told(sweep: Swept, texts: Sequence[list[str] | None], *, is_whole: bool) -> Html:
    """What the script needs to know: the columns with their values, and the campuses."""
    names = list(dict.fromkeys((*sweep.axes, *sweep.shown, *sweep.varying)))
    kept = [text for text in texts if text is not None]
    tables, pieces = pieces_of(kept) if kept else ([], [])
    following = iter(pieces)
    told = {
        "places": sweep.places,
        "columns": [{"name": name, "number": sweep.is_number(name)} for name in names],
        "axes": len(sweep.axes),
        "table": len(sweep.axes) + len(sweep.shown),
        "values": [_values(sweep, name) for name in names],
        "tables": tables,
        "models": [None if text is None else next(following) for text in texts],
        "whole": is_whole,
        "no_campus": _NO_CAMPUS,
    }
    return data_element("sweep-told", told)


def _heads(sweep: Swept, names: Sequence[str]) -> Html:
    """The heads of the columns, which sort; that of the points gives their own order back."""
    heads = (
        element(
            "th",
            element("button", *_broken(name), data_sort=str(at), title=f"Sort by {name}"),
            scope="col",
            class_="number" if at < 0 or sweep.is_number(name) else "word",
        )
        for at, name in enumerate((_POINT, *names), start=-1)
    )
    return element("tr", *heads)


def _broken(name: str) -> Iterator[str]:
    """A name that may be broken after a dot or an underscore."""
    for word in re.split(r"(?<=[._])", name):
        yield word
        yield element("wbr")


def _fields(names: Sequence[str]) -> Html:
    fields = (
        element("td", element("input", data_filter=str(at), aria_label=f"Filter of {name}", size="8"))
        for at, name in enumerate(names)
    )
    return element("tr", element("td", ""), *fields, class_="filters")


def _rows(sweep: Swept) -> Iterator[Html]:
    kinds = [{"class_": "number"} if sweep.is_number(axis) else {} for axis in sweep.axes]
    for at, row in enumerate(sweep.means.to_dict("records")):
        button = element("button", str(sweep.places[at]), data_point=str(at), tabindex="-1" if at else "0")
        yield element(
            "tr",
            element("td", button, class_="number"),
            *(
                element("td", point_said(row[axis]), **kind)
                for axis, kind in zip(sweep.axes, kinds, strict=True)
            ),
            *(
                element("td", mean_said(row[name], row[f"{name}.ci95"]), class_="number")
                for name in sweep.shown
            ),
        )


def _definitions(names: Sequence[str]) -> Html:
    """Links to the metrics that the glossary defines."""
    defined = [name for name in names if f'id="{name}"' in glossary()]
    items = (element("li", element("a", name, href=f"#{name}")) for name in defined)
    return joined(element("p", "Definitions of the metrics:"), element("ul", *items, class_="key"))


def _values(sweep: Swept, name: str) -> list[Any]:
    """The values of a column; a number that does not exist is null."""
    values = sweep.means[name].tolist()
    if not sweep.is_number(name):
        return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    return [float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None for value in values]


def _said(sweep: Swept, row: int) -> str:
    """Which point it is, as the script says it of others."""
    values = sweep.means.iloc[row]
    said = [f"{axis} = {point_said(values[axis])}" for axis in sweep.axes]
    return f"Point {sweep.places[row]}: {', '.join(said)}."
