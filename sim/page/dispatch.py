"""The dispatch chart: the run in means, and a window of it in exact steps, with price and levels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.page.bins import Bins, bin_length_s, bins, length_said
from sim.page.chart import INK, chart_element, over_time
from sim.page.clock import Clock
from sim.page.curves import Curve, Part, curves, values
from sim.page.weeks import weeks
from sim.plots.palette import CURTAILED
from sim.plots.week import Week
from sim.report.html import Html, data_element, element, joined
from sim.report.phrases import MINUTE
from sim.runs.run import Run
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from bokeh.models import ColumnDataSource, Range1d
    from bokeh.plotting import figure

MOST_NUMBERS = 1_500_000
"""Numbers of rows in a page, beyond which only those of the worst weeks are in it."""
_NAME = "dispatch"
_RANGE_ALPHA = 0.35
_OVERVIEW_PX, _WINDOW_PX, _BESIDE_PX = 130, 340, 120
_THIN, _WIDE = 0.8, 1.6
_LEAST_RANGE_MS = 1000.0
_KEYS = (
    "Keys, once the chart has the focus: left and right, one change earlier or later; page up and page down, "
    "one window; plus and minus, zoom; home and end, begin and end of the run."
)
_RANGE = ("least", "most")
"""Columns of the range of the demand wanted, where means are drawn."""
_TOP = "_top"
"""Ends the names of the columns with what a curve is stacked up to."""
_STACKS = {1.0: (Part.SUPPLY, Part.UNSERVED, Part.CURTAILED), -1.0: (Part.BELOW,)}
"""Curves that are stacked, by the direction."""
_STYLES: dict[Part, dict[str, Any]] = {
    Part.BELOW: {"fill_alpha": 0.45},
    Part.CURTAILED: {"fill_alpha": 0.13, "hatch_pattern": "/", "hatch_scale": 8},
}
_DEMAND = (Part.WANTED, Part.SERVED)
_BESIDE = {Part.PRICE: "USD/MWh", Part.LEVEL: "MWh"}
"""Charts below the window, and the unit of their axis."""


@dataclass(frozen=True, eq=False)
class Kept:
    """The rows that a page has, and where.

    Attributes:
        spans: First row and the row after the last of each unbroken piece.
        begins_s: Times of the rows, with the end of each piece.
        rows: The curves of the rows, one array row per curve; the last row of each piece twice.
    """

    spans: tuple[tuple[int, int], ...]
    begins_s: Array
    rows: Array


def dispatch(run: Run, most: int = MOST_NUMBERS) -> Html:
    """The chart with its controls, its readout and its data.

    Args:
        run: The run.
        most: Most numbers of rows.
    """
    wanted, clock, found = curves(run), Clock.of(run), weeks(run)
    kept = kept_rows(run, wanted, found, most)
    length_s = bin_length_s(run.books.horizon_s)
    told = {
        "curves": [{"key": one.key, "part": one.part} for one in wanted],
        "stacks": _stacks(wanted),
        "spans": [last - first + 1 for first, last in kept.spans],
        "x": [float(clock.x(0.0)), float(clock.x(run.books.horizon_s))],
        "clock": clock.changes(),
        "cursor": run.summary.peak_demand_at_h * SECONDS_PER_HOUR,
        "bin": length_said(length_s),
        "row": "" if run.record_s is None else length_said(run.record_s),
    }
    layout = _layout(wanted, clock, kept, bins(run, wanted, length_s))
    return joined(
        element("p", _about(run, kept, clock, length_s)),
        _buttons(found, run.books.horizon_s),
        element(
            "div",
            chart_element(_NAME, layout, "Dispatch over time: sources stacked against demand"),
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


def kept_rows(run: Run, wanted: Sequence[Curve], found: Sequence[Week], most: int) -> Kept:
    """The rows that a page has: all, or those of the worst weeks as far as there is room.

    Args:
        run: The run.
        wanted: The curves.
        found: The worst weeks, the worst first.
        most: Most numbers in all.
    """
    room = most // (len(wanted) + 1)
    spans = [(0, len(run.t_s))]
    if len(run.t_s) > room:
        spans = _spans(run.t_s, found, room)
    ends_s = np.append(run.t_s, run.books.horizon_s)
    places = np.concatenate([np.append(np.arange(first, last), last - 1) for first, last in spans])
    times = np.concatenate([np.arange(first, last + 1) for first, last in spans])
    return Kept(tuple(spans), ends_s[times], values(run, run.books.flows[:, places], wanted))


def _spans(t_s: Array, found: Sequence[Week], room: int) -> list[tuple[int, int]]:
    """Rows of the worst weeks, in order of time, as far as there is room; of the last one, its beginning."""
    taken = np.zeros(len(t_s) + 1, dtype=np.bool_)
    for week in found:
        first = int(np.searchsorted(t_s, week.first * SECONDS_PER_HOUR, side="right")) - 1
        last = int(np.searchsorted(t_s, week.last * SECONDS_PER_HOUR, side="left"))
        fresh = first + np.flatnonzero(~taken[first:last])
        taken[fresh[: room - int(taken.sum())]] = True
    edges = np.flatnonzero(np.diff(taken.astype(np.int8), prepend=0))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def _about(run: Run, kept: Kept, clock: Clock, length_s: float) -> str:
    """What the chart shows, how times are written, and what of the run is in the page."""
    what = f"Above: means over {length_said(length_s)}. Below: a window of the run in exact steps"
    local = "; local time stands beside it, with daylight saving" if clock.has_saving else ""
    return (
        f"{what}, in {clock.title}{local}. {_have(run, kept, length_said(length_s))}. "
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
    """Buttons for the worst weeks and for moving the window; they need the script."""
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
    return element("div", element("span", "Worst weeks:"), *worst, *moves, class_="buttons", id="moves")


def _readout(wanted: Sequence[Curve]) -> Html:
    """The values at the cursor, which is the legend too; the script fills them in."""
    rows = [
        element(
            "tr",
            element("td", element("span", "", class_=f"swatch {one.part}", style=f"--colour: {one.colour}")),
            element("td", one.label),
            element("td", "", class_="number", data_key=one.key),
            element("td", one.unit),
        )
        for one in wanted
    ]
    head = element("p", "", id="moment", role="status")
    return element("div", head, element("table", element("tbody", *rows)), id="readout")


def _layout(wanted: Sequence[Curve], clock: Clock, kept: Kept, binned: Bins) -> Any:
    """The figures, one below the other, and the sources of their data."""
    from bokeh.layouts import column
    from bokeh.models import ColumnDataSource, Range1d, RangeTool

    begin, end = float(clock.x(0.0)), float(clock.x(clock.horizon_s))
    window = Range1d(begin, end, bounds=(begin, end), min_interval=_LEAST_RANGE_MS, name="range")
    rows = ColumnDataSource(_columns(clock.x(kept.begins_s), wanted, kept.rows), name="rows")
    means = _bin_columns(clock, wanted, binned)
    steps = ColumnDataSource(means, name="bins")
    ends = {name: values[:2] for name, values in (means | dict.fromkeys(_RANGE, means["t"])).items()}
    drawn = ColumnDataSource(ends, name="drawn")  # the script puts the window in it
    overview = over_time(_OVERVIEW_PX, Range1d(begin, end), name="overview")
    _stack(overview, wanted, steps)
    _lines(overview, wanted, _DEMAND, steps, _THIN)
    overview.add_tools(RangeTool(x_range=window, start_gesture="none"))
    figures = [overview, _window(wanted, drawn, window)]
    for part, axis in _BESIDE.items():
        if any(one.part is part for one in wanted):
            made = _windowed(_BESIDE_PX, window, axis, part)
            _lines(made, wanted, (part,), drawn, _WIDE)
            figures.append(made)
    return column(*figures, sizing_mode="stretch_width", tags=[rows])


def _columns(x: Array | float, wanted: Sequence[Curve], rows: Array) -> dict[str, Any]:
    return {"t": np.asarray(x)} | {
        one.key: row.astype(np.float32) for one, row in zip(wanted, rows, strict=True)
    }


def _bin_columns(clock: Clock, wanted: Sequence[Curve], binned: Bins) -> dict[str, Any]:
    """Bins as columns; a last row at the end of the run repeats the last one, for steps to reach it."""
    found: dict[str, Any] = {"t": np.asarray(clock.x(binned.edges_s))}
    for at, one in enumerate(wanted):
        for suffix, rows in (("", binned.mean), ("_least", binned.least), ("_most", binned.most)):
            found[f"{one.key}{suffix}"] = np.append(rows[at], rows[at, -1]).astype(np.float32)
    for sign, stack in _stacks(wanted):
        tops = sign * np.cumsum([found[key] for key in stack], axis=0)
        found |= {f"{key}{_TOP}": top for key, top in zip(stack, tops, strict=True)}
    return found


def _stacks(wanted: Sequence[Curve]) -> list[tuple[float, list[str]]]:
    """The curves that are stacked, from zero outwards, with the direction."""
    found = [(sign, [one.key for one in wanted if one.part in parts]) for sign, parts in _STACKS.items()]
    return [(sign, keys) for sign, keys in found if keys]


def _window(wanted: Sequence[Curve], drawn: ColumnDataSource, window: Range1d) -> figure:
    """The window: stack and demand, and where means are drawn the range of the demand wanted."""
    made = _windowed(_WINDOW_PX, window, "power, MW", "window")
    _stack(made, wanted, drawn)
    made.varea_step(
        x="t",
        y1=_RANGE[0],
        y2=_RANGE[1],
        source=drawn,
        step_mode="after",
        color=CURTAILED,
        alpha=_RANGE_ALPHA,
    )
    _lines(made, wanted, _DEMAND, drawn, _WIDE)
    return made


def _stack(made: figure, wanted: Sequence[Curve], source: ColumnDataSource) -> None:
    """Sources from zero up, what is marked on them, and what is below zero down."""
    by_key = {one.key: one for one in wanted}
    for _, stack in _stacks(wanted):
        for below, key in zip([None, *stack], stack, strict=False):
            one = by_key[key]
            made.varea_step(
                x="t",
                y1=0 if below is None else f"{below}{_TOP}",
                y2=f"{key}{_TOP}",
                source=source,
                step_mode="after",
                fill_color=one.colour,
                **_STYLES.get(one.part, {}),
                **({"hatch_color": one.colour} if one.part is Part.CURTAILED else {}),
            )


def _lines(
    made: figure, wanted: Sequence[Curve], parts: Collection[Part], source: ColumnDataSource, width: float
) -> None:
    """Curves as lines; those of the demand have the colour of the text."""
    for one in (one for one in wanted if one.part in parts):
        style: dict[str, Any] = {"source": source, "line_width": width, "line_color": one.colour}
        if one.part is Part.LEVEL:
            made.line("t", one.key, **style)  # it moves evenly from row to row
            continue
        dash = "dotted" if one.part is Part.WANTED else "solid"
        line = made.step("t", one.key, mode="after", line_dash=dash, **style)
        line.glyph.tags = [INK] if one.part in _DEMAND else []


def _windowed(height: int, window: Range1d, axis: str, name: str) -> figure:
    """An empty figure over the window, with the line at the cursor; the script fits and moves them."""
    from bokeh.models import Range1d, Span

    made = over_time(height, window, y_range=Range1d(0.0, 1.0), y_axis_label=axis, name=name)
    made.add_layout(Span(location=np.nan, dimension="height", name="cursor", tags=[INK], line_width=_WIDE))
    return made
