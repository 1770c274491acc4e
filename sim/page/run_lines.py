"""Curves of several runs in one chart: load and net import over time, and their durations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.books.closed import Flow
from sim.page.bins import bin_length_s, bins, length_said
from sim.page.chart import FOLLOWS, chart, chart_element
from sim.page.clock import Clock
from sim.page.compared import Compared, line_key, line_style
from sim.page.curves import Curve, Part, values
from sim.page.dispatch_chart import pointed
from sim.page.durations import duration_steps, variable
from sim.page.windows import most_bins
from sim.report.html import Html, element, joined
from sim.runs.run import Run
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from bokeh.plotting import figure

_PX = 220
_BAND_ALPHA = 0.18
_SERVED, _IMPORT, _NET = "load served, MW", "net import, MW", "net load, MW"


def over_time(runs: Sequence[Compared], clock: Clock, window: tuple[float, float]) -> Html:
    """Load served and net import of all runs: means as lines, least and highest values as bands.

    Args:
        runs: The runs.
        clock: The clock of the axis.
        window: Where the charts begin and end at first, on the axis.
    """
    from bokeh.layouts import column
    from bokeh.models import Range1d

    length_s = bin_length_s(clock.horizon_s, most_bins(len(runs)))
    shown = Range1d(*window, tags=[FOLLOWS])
    figures = [pointed(_PX, shown, title) for title in (_SERVED, _IMPORT)]
    for one in runs:
        found = bins(one.run, _curves(one.run), length_s)
        for place, made in enumerate(figures):
            _band(made, one, clock.x(found.edges_s), found.least[place], found.most[place])
            line = np.append(found.mean[place], found.mean[place][-1]).astype(np.float32)
            made.step(clock.x(found.edges_s), line, mode="after", **line_style(one))
    where = "from beginning to end" if window == clock.whole else "in the window of dispatch"
    about = (
        f"Load served, and import less export, {where}. Lines are means over {length_said(length_s)}; bands "
        "reach from the least to the highest value of each."
    )
    charts = column(*figures, sizing_mode="stretch_width")
    label = "Load served and net import of all runs over time"
    return joined(element("p", about), chart_element("lines", charts, label), line_key(runs))


def durations(runs: Sequence[Compared]) -> Html:
    """For how many hours load served and net load were at least that high, in all runs."""
    from bokeh.layouts import column

    figures = []
    for place, title in enumerate((_SERVED, _NET)):
        made = chart(_PX, x_axis_label="hours at or above, h", y_axis_label=title)
        for one in runs:
            spans_h = np.diff(np.append(one.run.t_s, one.run.books.horizon_s)) / SECONDS_PER_HOUR
            mw = values(one.run, one.run.books.flows, _curves(one.run))[2 * place]
            made.step(*duration_steps(mw, spans_h), mode="after", **line_style(one))
        made.y_range.start = min(0.0, *map(_lowest, made.renderers))
        figures.append(made)
    about = (
        "Net load is the load served less the power of sources without firm capacity, such as sun and wind; "
        "below zero they give more than the load."
    )
    charts = column(*figures, sizing_mode="stretch_width")
    label = "Load duration and net-load duration of all runs"
    return joined(element("p", about), chart_element("durations", charts, label), line_key(runs))


def _curves(run: Run) -> list[Curve]:
    """Load served, net import and net load."""
    served = run.columns(Flow.SERVED)
    stated = (
        (_SERVED, served, ()),
        (_IMPORT, run.columns(Flow.IMPORT), run.columns(Flow.EXPORT)),
        (_NET, served, variable(run)),
    )
    return [Curve(label, label, "MW", "", Part.SERVED, tuple(of), tuple(less)) for label, of, less in stated]


def _band(made: figure, one: Compared, x: Any, least: Array, most: Array) -> None:
    """What lies between the least and the highest value."""
    low, high = (np.append(values, values[-1]).astype(np.float32) for values in (least, most))
    made.varea_step(x=x, y1=low, y2=high, step_mode="after", fill_color=one.colour, fill_alpha=_BAND_ALPHA)


def _lowest(renderer: Any) -> float:
    return float(np.min(renderer.data_source.data["y"]))
