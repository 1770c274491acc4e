"""The window of a page: its controls and its readout, and what a page says of its times and rows.

A page has one window, for one run or for several below one another; the script of the same name moves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.page.bins import length_said
from sim.page.clock import Clock
from sim.page.track import Track
from sim.plots.week import Week
from sim.report.html import Html, data_element, element, joined
from sim.report.phrases import MINUTE
from sim.units import SECONDS_PER_HOUR

DIGITS_SAID = "Values are kept to seven digits and shown to six."
_KEYS = (
    "Keys, once the chart has the focus: left and right, one change earlier or later; page up and page down, "
    "one window; plus and minus, zoom; home and end, begin and end of the run."
)


def window_element(*charts: Html) -> Html:
    """The place of the charts that share the window, which takes keys."""
    place = element("div", *charts, id="window", tabindex="0", role="group", aria_label=f"Dispatch. {_KEYS}")
    drawn = element("p", "", id="drawn", role="status")
    return joined(place, drawn, element("p", _KEYS, class_="hint"))


def readout(table: Html, *more: Html) -> Html:
    """The place of the values at the cursor, and of its time."""
    return element("div", element("p", "", id="moment", role="status"), table, *more, id="readout")


def told_element(
    clock: Clock,
    runs: Sequence[dict[str, Any]],
    cursor_s: float,
    outages: Sequence[tuple[float, float, str]] = (),
    firm_mw: Sequence[tuple[float, float]] = (),
) -> Html:
    """What the script needs to know.

    Args:
        clock: The clock of the axis.
        runs: What it needs to know of each run.
        cursor_s: Where the cursor is at first [s].
        outages: Begin and end of each outage on the axis, and what is out of service.
        firm_mw: Firm capacity from places of the axis on.
    """
    told = {"x": clock.whole, "clock": clock.changes(), "cursor": cursor_s, "runs": list(runs)}
    return data_element("dispatch-told", {**told, "outages": list(outages), "firm": list(firm_mw)})


def times_said(clock: Clock) -> str:
    """How times are written."""
    local = "; local time stands beside it, with daylight saving" if clock.has_saving else ""
    return f"{clock.title}{local}"


def rows_said(track: Track) -> str:
    """Which rows of a run the page has."""
    run, kept = track.run, track.kept
    rows = "each change" if run.record_s is None else f"each mean over {length_said(run.record_s)}"
    if kept.spans == ((0, len(run.t_s)),):
        return f"The page has {rows} of the run ({len(run.t_s):,} rows)"
    ends_s = np.append(run.t_s, run.books.horizon_s)
    at = [[f"{run.calendar.at(float(ends_s[row])):{MINUTE}}" for row in span] for span in kept.spans]
    pieces = ", ".join(" to ".join(one) for one in at)
    count = sum(last - first for first, last in kept.spans)
    return (
        f"The run has {len(run.t_s):,} rows. The page has {rows} of {pieces} ({count:,} rows); elsewhere "
        f"it has the least, mean and highest value of each {length_said(track.bin_s)}"
    )


def buttons(found: Sequence[Week], horizon_s: float) -> Html:
    """Buttons for the worst weeks, the whole run, and for moving the window; they need the script."""
    worst = [
        element(
            "button",
            week.why,
            data_begin=f"{week.first * SECONDS_PER_HOUR:.12g}",
            data_end=f"{min(week.last * SECONDS_PER_HOUR, horizon_s):.12g}",
            **({} if week.at_h is None else {"data_cursor": f"{week.at_h * SECONDS_PER_HOUR:.12g}"}),
        )
        for week in found
    ]
    moves = [
        element("button", sign, data_move=move, aria_label=label, title=label)
        for sign, move, label in (
            ("◀", "back", "Earlier"),
            ("▶", "on", "Later"),
            ("+", "in", "Shorter window"),
            ("−", "out", "Longer window"),  # noqa: RUF001 - the sign of a minus
        )
    ]
    return element("div", element("span", "Show:"), *worst, *moves, class_="buttons", id="moves")
