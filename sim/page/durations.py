"""The duration curves: for how many hours load and net load were at least that high."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.books.closed import Flow
from sim.page.chart import INK, chart, chart_element, key
from sim.plots.palette import CYCLE, DEFERRED, FIRM, SERVED
from sim.report.html import Html, element, joined
from sim.report.numbers import number
from sim.runs.run import Run
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_HOUR

MOST_STEPS = 1000
_LEAST_MW = 1e-6
_PX = 280
_AIR = 0.05
_BEYOND = 2.0
"""Firm capacity of so many times the highest demand is off the scale."""
_NET = CYCLE[0]
_ABOUT = (
    "Hours at or above a power. Net load is the load served less the power of sources without firm capacity, "
    "such as sun and wind; below zero they give more than the load."
)


def durations(run: Run) -> Html:
    """The curves of load served, load wanted where it differs, and net load where it differs."""
    served = _sum(run, run.columns(Flow.SERVED))
    wanted = served + _sum(run, run.columns(Flow.UNSERVED, Flow.HELD_BACK))
    net = served - _sum(run, variable(run))
    spans_h = np.diff(np.append(run.t_s, run.books.horizon_s)) / SECONDS_PER_HOUR
    made = chart(_PX, x_axis_label="hours at or above, h", y_axis_label="MW", name="durations")
    made.y_range.start = min(0.0, net.min()) * (1.0 + _AIR)
    entries = []
    for label, mw, colour, dash in (
        ("load wanted", wanted, DEFERRED, "dotted"),
        ("net load", net, _NET, "solid"),
        ("load served", served, SERVED, "solid"),
    ):
        if label != "load served" and np.abs(mw - served).max() <= _LEAST_MW:
            continue
        hours, steps = duration_steps(mw, spans_h)
        line = made.step(hours, steps, mode="after", line_color=colour, line_dash=dash, line_width=1.8)
        line.glyph.tags = [] if label == "net load" else [INK]
        entries.append(
            (label, colour, "wanted" if dash == "dotted" else "net" if colour == _NET else "served")
        )
    if len(run.firm_mw.values) == 1 and 0.0 < run.firm_mw.values[0] <= _BEYOND * wanted.max():
        entries.append(_firm(made, float(run.firm_mw.values[0])))
    few = (
        f" Curves have {MOST_STEPS:,} steps at most; their ends are exact."
        if len(served) > MOST_STEPS
        else ""
    )
    about = element("p", f"{_ABOUT}{few}")
    return joined(about, chart_element("durations", made, "Load duration curves"), key(entries))


def duration_steps(mw: Array, spans_h: Array, *, most: int = MOST_STEPS) -> tuple[Array, Array]:
    """A duration curve in as many steps as can be told apart: hours at which they begin, and their power.

    Args:
        mw: Power of each row.
        spans_h: Length of each row [h].
        most: Most steps; the first and the last have the highest and the lowest power.

    Returns:
        The hours, with the end of the last step, and the power, whose last value is there twice.
    """
    order = np.argsort(-mw, kind="stable")
    ends = np.cumsum(spans_h[order])
    places = np.arange(len(order))
    if len(order) > most:
        evenly = np.linspace(0.0, ends[-1], most - 1)[:-1]
        places = np.unique([*np.searchsorted(ends, evenly, side="right"), len(order) - 1])
    hours = np.append(0.0, ends)[[*places, len(order)]]
    return hours, mw[order][[*places, places[-1]]]


def variable(run: Run) -> list[str]:
    """Flows of sources that cannot be counted on."""
    names = [one.name for one in run.family("supply") if not one.firm_mw.values.any()]
    return [column for name in names for column in run.columns_of(name, Flow.DELIVERED)]


def _sum(run: Run, columns: list[str]) -> Array:
    return np.asarray(run.flows[columns].sum(axis=1), dtype=np.float64)


def _firm(made: Any, firm_mw: float) -> tuple[str, str, str]:
    """Draw the firm capacity, which does not change in the run."""
    from bokeh.models import Span

    colour = str(FIRM["color"])
    made.add_layout(
        Span(location=firm_mw, dimension="width", line_color=colour, line_dash="dashdot", line_width=1.5)
    )
    return f"firm capacity {number(firm_mw)} MW", colour, "line"
