"""The dispatch chart: the run in means, and a window of it in exact steps, with price and levels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.page.bins import MOST_BINS, bin_length_s, bins, length_said
from sim.page.chart import chart_element, swatch
from sim.page.clock import Clock
from sim.page.curves import Curve, curves
from sim.page.dispatch_chart import dispatch_chart, stacks
from sim.page.kept import MOST_NUMBERS, Kept, kept_rows
from sim.page.weeks import weeks, whole_run
from sim.plots.week import Week
from sim.report.html import Html, data_element, element, joined
from sim.report.phrases import MINUTE
from sim.runs.run import Run
from sim.units import SECONDS_PER_HOUR

MOST_DRAWN = 800
"""Most bins of the whole run in a picture."""
_NAME = "dispatch"
_KEYS = (
    "Keys, once the chart has the focus: left and right, one change earlier or later; page up and page down, "
    "one window; plus and minus, zoom; home and end, begin and end of the run."
)


def dispatch(run: Run, most: int = MOST_NUMBERS) -> Html:
    """The chart with its controls, its readout and its data.

    Args:
        run: The run.
        most: Most numbers of rows.
    """
    wanted, clock, found = curves(run), Clock.of(run), weeks(run)
    kept = kept_rows(run, wanted, found, most)
    fine_s, coarse_s = (bin_length_s(clock.horizon_s, count) for count in (MOST_BINS, MOST_DRAWN))
    fine, coarse = (bins(run, wanted, length_s) for length_s in (fine_s, coarse_s))
    told = {
        "curves": [{"key": one.key, "part": one.part} for one in wanted],
        "stacks": stacks(wanted),
        "spans": [last - first + 1 for first, last in kept.spans],
        "x": [float(clock.x(0.0)), float(clock.x(clock.horizon_s))],
        "clock": clock.changes(),
        "cursor": run.summary.peak_demand_at_h * SECONDS_PER_HOUR,
        "bin": length_said(fine_s),
        "row": "" if run.record_s is None else length_said(run.record_s),
    }
    chart = dispatch_chart(wanted, clock, kept=kept, fine=fine, coarse=coarse, window=clock.window(found[0]))
    return joined(
        element("p", _about(run, kept, clock, coarse_s, fine_s)),
        _buttons(list(dict.fromkeys([*found, whole_run(run)])), run.books.horizon_s),
        element(
            "div",
            chart_element(_NAME, chart, "Dispatch over time: sources stacked against demand"),
            id="window",
            tabindex="0",
            role="group",
            aria_label=f"Dispatch. {_KEYS}",
        ),
        element("p", "", id="drawn", role="status"),
        element("p", _KEYS, class_="hint"),
        _readout(wanted),
        data_element("dispatch-told", told),
    )


def _about(run: Run, kept: Kept, clock: Clock, coarse_s: float, fine_s: float) -> str:
    """What the chart shows, how times are written, and what of the run is in the page."""
    what = (
        f"Above: means over {length_said(coarse_s)}, with the least and the highest demand wanted as thin "
        "lines. Below: a window of the run in exact steps"
    )
    local = "; local time stands beside it, with daylight saving" if clock.has_saving else ""
    return (
        f"{what}, in {clock.title}{local}. {_have(run, kept, length_said(fine_s))}. "
        "Values are kept to seven digits and shown to six."
    )


def _have(run: Run, kept: Kept, length: str) -> str:
    """Which rows of the run the page has."""
    rows = "each change" if run.record_s is None else f"each mean over {length_said(run.record_s)}"
    if kept.spans == ((0, len(run.t_s)),):
        return f"The page has {rows} of the run ({len(run.t_s):,} rows)"
    ends_s = np.append(run.t_s, run.books.horizon_s)
    at = [[f"{run.calendar.at(float(ends_s[row])):{MINUTE}}" for row in span] for span in kept.spans]
    pieces = ", ".join(" to ".join(one) for one in at)
    count = sum(last - first for first, last in kept.spans)
    return (
        f"The run has {len(run.t_s):,} rows. The page has {rows} of {pieces} ({count:,} rows); elsewhere "
        f"it has the least, mean and highest value of each {length}"
    )


def _buttons(found: Sequence[Week], horizon_s: float) -> Html:
    """Buttons for the worst weeks, the whole run, and for moving the window; they need the script."""
    worst = [
        element(
            "button",
            week.why,
            data_begin=f"{week.first * SECONDS_PER_HOUR:.12g}",
            data_end=f"{min(week.last * SECONDS_PER_HOUR, horizon_s):.12g}",
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


def _readout(wanted: Sequence[Curve]) -> Html:
    """The values at the cursor, which is the legend too; the script fills them in."""
    rows = [
        element(
            "tr",
            element("td", swatch(one.colour, one.part)),
            element("td", one.label),
            element("td", "", class_="number", data_key=one.key),
            element("td", one.unit),
        )
        for one in wanted
    ]
    head = element("p", "", id="moment", role="status")
    return element("div", head, element("table", element("tbody", *rows)), id="readout")
