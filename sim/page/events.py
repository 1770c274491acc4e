"""The events in a page: a list, each entry of which moves the dispatch chart to its time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import isnan
from typing import Any

import numpy as np

from sim.report.document import Document, Paragraph
from sim.report.html import Html, element, joined, to_html
from sim.report.numbers import number
from sim.report.phrases import listed
from sim.runs.run import EVENT_COLUMNS, Run, table

MOST_EVENTS = 5000
"""Longest list; of more events the rarer kinds are in it, and of the rest those with the most energy."""
_HEADS = {"time": False, "owner": False, "event": False, "detail": False, "MW": True, "MWh": True, "h": True}
"""Heads of the list, and whether its column holds numbers."""
_AMOUNTS = ("mw", "mwh", "duration_h")


def events(run: Run, *, most: int = MOST_EVENTS) -> Html:
    """The list of events.

    Args:
        run: The run.
        most: Most entries.
    """
    every = table(run.books.events, EVENT_COLUMNS).to_dict("records")
    if not every:
        return to_html(Document("", (Paragraph("No events."),)))
    shown = _kept(every, most)
    told = f"{len(every):,} events. An entry moves the chart to its time."
    if len(shown) < len(every):
        told += f" The saved folder has all; not here, with the least energy: {_left_out(every, shown)}."
    heads = (element("th", name, **_kind(is_number)) for name, is_number in _HEADS.items())
    table_of = element(
        "table",
        element("thead", element("tr", *heads)),
        element("tbody", *(_row(run, one) for one in shown)),
    )
    printed = element("p", f"A printed page has no list of the {len(every):,} events.", class_="print")
    return joined(
        element("p", told),
        _filter(),
        element("div", table_of, class_="wide list", id="event-list", tabindex="0"),
        printed,
    )


def _filter() -> Html:
    """The field that filters the list, which needs the script."""
    field = element(
        "input", id="event-filter", type="search", placeholder="forced outage", aria_label="Filter events"
    )
    return element("p", element("label", "Only events with: ", field), class_="filters")


def _kept(every: Sequence[dict[Any, Any]], most: int) -> list[dict[Any, Any]]:
    """The events of the rarest kinds, and of the next one those with the most energy, in their order."""
    counts = Counter(one["event"] for one in every)

    def rank(at: int) -> tuple[int, str, float, int]:
        kind = every[at]["event"]
        return counts[kind], kind, -float(np.nan_to_num(every[at]["mwh"])), at

    return [every[at] for at in sorted(sorted(range(len(every)), key=rank)[:most])]


def _left_out(every: Sequence[dict[Any, Any]], shown: Sequence[dict[Any, Any]]) -> str:
    """How many of which kinds are not in the list."""
    counts = Counter(one["event"] for one in every)
    counts.subtract(one["event"] for one in shown)
    return listed([f"{count:,} x {kind}" for kind, count in sorted(counts.items()) if count])


def _row(run: Run, event: dict[Any, Any]) -> Html:
    moment = f"{run.calendar.at(event['t_s']):%Y-%m-%d %H:%M:%S %Z}"
    button = element("button", moment, data_at=f"{event['t_s']:.12g}")
    return element(
        "tr",
        element("td", button),
        *(element("td", str(event[name] or "")) for name in ("owner", "event", "detail")),
        *(element("td", _amount(event[name]), class_="number") for name in _AMOUNTS),
    )


def _kind(is_number: bool) -> dict[str, str]:
    return {"class_": "number"} if is_number else {}


def _amount(value: float) -> str:
    return "" if isnan(value) else number(value)
