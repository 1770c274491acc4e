"""The figures of the dispatch chart, one below the other: the run, a window of it, price and levels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.page.bins import Bins
from sim.page.chart import INK, over_time
from sim.page.clock import Clock
from sim.page.curves import Curve, Part
from sim.page.kept import Kept
from sim.plots.palette import CURTAILED
from sim.timeseries.series import Array

if TYPE_CHECKING:
    from bokeh.models import ColumnDataSource, Range1d
    from bokeh.plotting import figure

_RANGE_ALPHA = 0.7
_OVERVIEW_PX, _WINDOW_PX, _BESIDE_PX = 130, 340, 120
_THIN, _WIDE = 0.8, 1.6
_LEAST_RANGE_MS = 1000.0
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


def dispatch_chart(
    wanted: Sequence[Curve],
    clock: Clock,
    *,
    kept: Kept,
    fine: Bins,
    coarse: Bins,
    window: tuple[float, float],
) -> Any:
    """The figures, and the sources of their data.

    Args:
        wanted: The curves.
        clock: The clock of the axis.
        kept: The rows that the window is drawn from.
        fine: The bins that it is drawn from where there are no rows, or too many.
        coarse: The bins of the whole run.
        window: Where the window begins and ends at first, on the axis.
    """
    from bokeh.layouts import column
    from bokeh.models import ColumnDataSource, Range1d, RangeTool

    whole = float(clock.x(0.0)), float(clock.x(clock.horizon_s))
    shown = Range1d(*window, bounds=whole, min_interval=_LEAST_RANGE_MS, name="range")
    rows = ColumnDataSource(_columns(clock.x(kept.begins_s), wanted, kept.rows), name="rows")
    means = ColumnDataSource(_bin_columns(clock, wanted, fine), name="bins")
    run = _drawn_columns(clock, wanted, coarse)
    overview = over_time(_OVERVIEW_PX, Range1d(*whole), name="overview")
    _power(overview, wanted, ColumnDataSource(run), _THIN)
    overview.add_tools(RangeTool(x_range=shown, start_gesture="none"))
    drawn = ColumnDataSource(run, name="drawn")  # the script puts the window in it
    main = _windowed(_WINDOW_PX, shown, "power, MW", "window")
    _power(main, wanted, drawn, _WIDE)
    figures = [overview, main]
    for part, axis in _BESIDE.items():
        if any(one.part is part for one in wanted):
            made = _windowed(_BESIDE_PX, shown, axis, part)
            _lines(made, wanted, (part,), drawn, _WIDE)
            figures.append(made)
    return column(*figures, sizing_mode="stretch_width", tags=[rows, means])


def stacks(wanted: Sequence[Curve]) -> list[tuple[float, list[str]]]:
    """The curves that are stacked, from zero outwards, with the direction."""
    found = [(sign, [one.key for one in wanted if one.part in parts]) for sign, parts in _STACKS.items()]
    return [(sign, keys) for sign, keys in found if keys]


def _columns(x: Array | float, wanted: Sequence[Curve], rows: Array) -> dict[str, Any]:
    """Times, and curves as numbers of seven digits."""
    keys = (one.key for one in wanted)
    return {"t": np.asarray(x)} | {key: row.astype(np.float32) for key, row in zip(keys, rows, strict=True)}


def _bin_columns(clock: Clock, wanted: Sequence[Curve], bins: Bins) -> dict[str, Any]:
    """Means, least and highest values; a last row at the end of the run repeats the last one."""
    found = _columns(clock.x(bins.edges_s), wanted, _closed(bins.mean))
    for suffix, values in (("_least", bins.least), ("_most", bins.most)):
        found |= {
            f"{one.key}{suffix}": row.astype(np.float32)
            for one, row in zip(wanted, _closed(values), strict=True)
        }
    return found


def _drawn_columns(clock: Clock, wanted: Sequence[Curve], bins: Bins) -> dict[str, Any]:
    """What is drawn of means: the curves, what each is stacked up to, and the range of the demand wanted."""
    found = _columns(clock.x(bins.edges_s), wanted, _closed(bins.mean))
    for sign, stack in stacks(wanted):
        tops = sign * np.cumsum([found[key] for key in stack], axis=0)
        found |= {f"{key}{_TOP}": top for key, top in zip(stack, tops, strict=True)}
    demand = next(at for at, one in enumerate(wanted) if one.part is Part.WANTED)
    for name, values in zip(_RANGE, (bins.least, bins.most), strict=True):
        found[name] = _closed(values)[demand].astype(np.float32)
    return found


def _closed(values: Array) -> Array:
    """Values with the last one twice, for steps to reach the end."""
    return np.concatenate([values, values[:, -1:]], axis=1)


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
    """An empty figure over the window, with the line at the cursor; the script fits and moves them."""
    from bokeh.models import Range1d, Span

    made = over_time(height, window, y_range=Range1d(0.0, 1.0), y_axis_label=axis, name=name)
    made.add_layout(Span(location=np.nan, dimension="height", name="cursor", tags=[INK], line_width=_WIDE))
    return made
