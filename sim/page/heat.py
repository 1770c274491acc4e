"""The heat maps: demand, price, import, what is held back, curtailed or unserved, by local hour and day."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np

from sim.books.closed import Flow
from sim.page.chart import chart_element, over_time
from sim.plots.day_hours import day_hours
from sim.report.html import Html, element, joined
from sim.runs.run import Run
from sim.timeseries.series import Array
from sim.units import HOURS_PER_DAY, MILLISECONDS_PER_SECOND, SECONDS_PER_DAY

MOST_DAYS = 1100
"""Days of a map, beyond which some are taken together."""
_PX = 190
_LEAST = 1e-6
_DAY_MS = SECONDS_PER_DAY * MILLISECONDS_PER_SECOND
_MAPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "demand wanted": ("MW", (Flow.SERVED, Flow.UNSERVED, Flow.HELD_BACK)),
    "grid import": ("MW", (Flow.IMPORT,)),
    "price": ("USD/MWh", ("price_usd_per_mwh",)),
    "held back": ("MW", (Flow.HELD_BACK,)),
    "curtailed": ("MW", (Flow.CURTAILED,)),
    "unserved": ("MW", (Flow.UNSERVED,)),
}
"""What is drawn, where there is any: its unit and its flows."""


def heat_maps(run: Run) -> Html:
    """A map for each quantity that is not zero all the time."""
    each = ceil(run.days / MOST_DAYS)
    days = "each day" if each == 1 else f"{each} days together"
    about = f"Means of each local hour of {days}. Grey: outside the run, or left out by daylight saving."
    found = [element("p", about)]
    for title, (unit, labels) in _MAPS.items():
        day, cells = day_hours(run, run.columns(*labels))
        cells = grouped(cells, each)
        if np.nanmax(np.abs(cells)) > _LEAST:
            name = f"heat-{title.replace(' ', '-')}"
            found.append(element("h3", f"{title[0].upper()}{title[1:]}, {unit}"))
            label = f"Heat map of {title} by hour and day"
            found.append(chart_element(name, _map(day, cells, unit, each), label))
    return joined(*found)


def grouped(cells: Array, each: int) -> Array:
    """Means over some days each; the last ones may be fewer.

    Args:
        cells: Means of each hour, a column for each day; NaN where there is none.
        each: Days that are taken together.
    """
    if each == 1:
        return cells
    starts = np.arange(0, cells.shape[1], each)
    sums = np.add.reduceat(np.nan_to_num(cells), starts, axis=1)
    counts = np.add.reduceat((~np.isnan(cells)).astype(np.float64), starts, axis=1)
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0.0)


def _map(day: Any, cells: Array, unit: str, each: int) -> Any:
    """A map; the ends of its colours are its least and highest mean."""
    from bokeh.models import ColorBar, HoverTool, LinearColorMapper, Range1d
    from bokeh.palettes import YlOrBr9

    first = float(day.astype("datetime64[ms]").astype(np.int64))
    last = first + cells.shape[1] * each * _DAY_MS
    low, high = float(np.nanmin(cells)), float(np.nanmax(cells))
    mapper = LinearColorMapper(palette=YlOrBr9[::-1], low=min(low, 0.0), high=high, nan_color="#BBBBBB")
    made = over_time(
        _PX, Range1d(first, last), y_range=Range1d(0.0, HOURS_PER_DAY), y_axis_label="local hour"
    )
    made.yaxis.ticker = [0, 6, 12, 18, 24]
    made.image(
        image=[cells.astype(np.float32)],
        x=first,
        y=0.0,
        dw=last - first,
        dh=HOURS_PER_DAY,
        color_mapper=mapper,
    )
    made.add_layout(ColorBar(color_mapper=mapper, width=10, padding=4, label_standoff=4), "right")
    made.add_tools(
        HoverTool(
            tooltips=[("day", "$x{%F}"), ("hour", "$y{0.0}"), (unit, "@image{0,0.00}")],
            formatters={"$x": "datetime"},
        )
    )
    return made
