"""The figures of the dispatch chart, one below the other: the run, a window of it, price and levels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.page.bins import Bins, closed
from sim.page.chart import FOLLOWS, INK, POINTED, over_time
from sim.page.clock import Clock
from sim.page.curves import Curve, Part, stacks
from sim.page.track import Track
from sim.plots.palette import CURTAILED
from sim.timeseries.series import Array

if TYPE_CHECKING:
    from bokeh.models import ColumnDataSource, Range1d
    from bokeh.plotting import figure

_RANGE_ALPHA = 0.7
_OVERVIEW_PX, _WINDOW_PX, _SMALL_PX, _BESIDE_PX = 130, 340, 220, 120
_THIN, _WIDE = 0.8, 1.6
_LEAST_RANGE_MS = 1000.0
_RANGE = ("least", "most")
"""Columns of the range of the demand wanted, where means are drawn."""
_TOP = "_top"
"""Ends the names of the columns with what a curve is stacked up to."""
_STYLES: dict[Part, dict[str, Any]] = {
    Part.BELOW: {"fill_alpha": 0.45},
    Part.CURTAILED: {"fill_alpha": 0.13, "hatch_pattern": "/", "hatch_scale": 8},
}
_DEMAND = (Part.WANTED, Part.SERVED)
_BESIDE = {Part.PRICE: "USD/MWh", Part.LEVEL: "MWh"}
"""Charts below the window, and the unit of their axis."""


def dispatch_chart(track: Track, *, coarse: Bins, window: tuple[float, float]) -> Any:
    """The figures of a run, and the sources of their data.

    Args:
        track: What the page has of the run.
        coarse: The bins of the whole run.
        window: Where the window begins and ends at first, on the axis.
    """
    from bokeh.models import ColumnDataSource

    shown = window_range(track.clock, window)
    run = _drawn_columns(track.clock, track.curves, coarse)
    above = overview(track.clock, shown)
    _power(above, track.curves, ColumnDataSource(run), _THIN)
    return _column(track, shown, run, above, height=_WINDOW_PX)


def window_chart(track: Track, *, coarse: Bins, window: tuple[float, float]) -> Any:
    """The window of a run among others, which follows that of the page, and the sources of its data.

    Args:
        track: What the page has of the run.
        coarse: Some bins of the whole run.
        window: Where the window begins and ends at first, on the axis.
    """
    from bokeh.models import Range1d

    run = _drawn_columns(track.clock, track.curves, coarse)
    return _column(track, Range1d(*window, tags=[FOLLOWS]), run, height=_SMALL_PX)


def whole_chart(wanted: Sequence[Curve], clock: Clock, coarse: Bins) -> Any:
    """A run in means from its beginning to its end, without a window.

    Args:
        wanted: The curves.
        clock: The clock of the axis.
        coarse: The bins of the run.
    """
    from bokeh.models import ColumnDataSource, Range1d

    made = over_time(_SMALL_PX, Range1d(*clock.whole), y_axis_label="power, MW")
    _power(made, wanted, ColumnDataSource(_drawn_columns(clock, wanted, coarse)), _THIN)
    return made


def window_range(clock: Clock, window: tuple[float, float]) -> Range1d:
    """The range that the window of a page shows."""
    from bokeh.models import Range1d

    return Range1d(*window, bounds=clock.whole, min_interval=_LEAST_RANGE_MS, name="range")


def overview(clock: Clock, shown: Range1d) -> figure:
    """An empty figure of the whole run, in which the window is marked and can be moved."""
    from bokeh.models import Range1d, RangeTool

    made = over_time(_OVERVIEW_PX, Range1d(*clock.whole), name="overview")
    made.add_tools(RangeTool(x_range=shown, start_gesture="none"))
    return made


def pointed(height: int, window: Range1d, axis: str, **options: Any) -> figure:
    """An empty figure over the window, with the line at the cursor, which the script moves.

    Args:
        height: Its height [px].
        window: The range of time that it shows.
        axis: The label of its axis.
        **options: What `bokeh.plotting.figure` takes.
    """
    from bokeh.models import Span

    made = over_time(height, window, y_axis_label=axis, tags=[POINTED], **options)
    made.add_layout(Span(location=np.nan, dimension="height", name="cursor", tags=[INK], line_width=_WIDE))
    return made


def _column(track: Track, shown: Range1d, run: dict[str, Any], *above: figure, height: int) -> Any:
    """The window with what stands above and below it; the script puts the window's data in `drawn`."""
    from bokeh.layouts import column
    from bokeh.models import ColumnDataSource

    wanted, kept = track.curves, track.kept
    rows = ColumnDataSource(_columns(track.clock.x(kept.begins_s), wanted, kept.rows), name="rows")
    means = ColumnDataSource(_bin_columns(track.clock, wanted, track.bins), name="bins")
    drawn = ColumnDataSource(run, name="drawn")
    main = _windowed(height, shown, "power, MW", "window")
    _power(main, wanted, drawn, _WIDE)
    figures = [*above, main]
    for part, axis in _BESIDE.items():
        if any(one.part is part for one in wanted):
            made = _windowed(_BESIDE_PX, shown, axis, part)
            _lines(made, wanted, (part,), drawn, _WIDE)
            figures.append(made)
    return column(*figures, sizing_mode="stretch_width", tags=[rows, means])


def _columns(x: Array | float, wanted: Sequence[Curve], rows: Array) -> dict[str, Any]:
    """Times, and curves as numbers of seven digits."""
    keys = (one.key for one in wanted)
    return {"t": np.asarray(x)} | {key: row.astype(np.float32) for key, row in zip(keys, rows, strict=True)}


def _bin_columns(clock: Clock, wanted: Sequence[Curve], bins: Bins) -> dict[str, Any]:
    """Means, least and highest values; a last row at the end of the run repeats the last one."""
    found = _columns(clock.x(bins.edges_s), wanted, closed(bins.mean))
    for suffix, values in (("_least", bins.least), ("_most", bins.most)):
        found |= {
            f"{one.key}{suffix}": row.astype(np.float32)
            for one, row in zip(wanted, closed(values), strict=True)
        }
    return found


def _drawn_columns(clock: Clock, wanted: Sequence[Curve], bins: Bins) -> dict[str, Any]:
    """What is drawn of means: the curves, what each is stacked up to, and the range of the demand wanted."""
    found = _columns(clock.x(bins.edges_s), wanted, closed(bins.mean))
    for sign, stack in stacks(wanted):
        tops = sign * np.cumsum([found[key] for key in stack], axis=0)
        found |= {f"{key}{_TOP}": top for key, top in zip(stack, tops, strict=True)}
    demand = next(at for at, one in enumerate(wanted) if one.part is Part.WANTED)
    for name, values in zip(_RANGE, (bins.least, bins.most), strict=True):
        found[name] = closed(values)[demand].astype(np.float32)
    return found


def _power(made: figure, wanted: Sequence[Curve], source: ColumnDataSource, width: float) -> None:
    """The stack, the range of the demand where means are drawn, and its lines."""
    _stack(made, wanted, source)
    for name in _RANGE:
        line = made.step(
            "t",
            name,
            source=source,
            mode="after",
            line_width=_THIN,
            line_color=CURTAILED,
            line_alpha=_RANGE_ALPHA,
        )
        line.glyph.tags = [INK]
    _lines(made, wanted, _DEMAND, source, width)


def _stack(made: figure, wanted: Sequence[Curve], source: ColumnDataSource) -> None:
    """Sources from zero up, what is marked on them, and what is below zero down."""
    by_key = {one.key: one for one in wanted}
    for _, stack in stacks(wanted):
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
    """An empty figure over the window; the script fits its axis to what is drawn."""
    from bokeh.models import Range1d

    return pointed(height, window, axis, y_range=Range1d(0.0, 1.0), name=name)
