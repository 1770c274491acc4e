"""The picture of a run: dispatch, load duration, energy, curtailed power, jobs, PUE and requests."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sim.plots import demand, panels
from sim.plots import requests as streams
from sim.plots.palette import DEFERRED, FIRM, SERVED, SLOTS, SPILT, UNSERVED, bands
from sim.plots.panels import slots
from sim.plots.picture import drawable, picture
from sim.plots.week import days_from, worst_week
from sim.report.numbers import duration, number
from sim.runs.run import Run
from sim.units import SECONDS_PER_DAY

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_SIZE_IN = (16.0, 10.0)
_DAYS_IN = (10.0, 6.0)
_DPI = 110
_LONGEST = 60
_NAMED = 3
_MOSAIC = "WWWWWLLL;EEEECCCC"
_COLUMNS = 8
_BELOW_IN = 4.8
"""Height of a row on demand."""
_BELOW = {
    "JP": {demand.jobs: demand.has_jobs, demand.overhead: demand.has_overhead},
    "R": {streams.rates: streams.has_requests},
}
"""Panels of these rows, and whether a run has them."""


def dispatch(run: Run) -> Figure:
    """One figure with four panels, without a window or display.

    Dispatch of the worst week in hourly means, the load duration curve, energy by source and month
    (or day or year, depending on the length of the run), and curtailed power by hour of day and day of run.
    Below, where jobs waited in line or started again, the largest jobs; where the overhead follows weather or
    load, PUE by month; where there are inference streams, the rates of requests.
    """
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.style import context

    with context("default"):
        every = {signs: [panel for panel, has in row.items() if has(run)] for signs, row in _BELOW.items()}
        below = {signs: found for signs, found in every.items() if found}
        figure = picture(
            figsize=(_SIZE_IN[0], _SIZE_IN[1] + _BELOW_IN * len(below)),
            dpi=_DPI,
            layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1, wspace=0.03, hspace=0.04),
        )
        rows = [
            "".join(sign * (_COLUMNS // len(found)) for sign in signs[: len(found)])
            for signs, found in below.items()
        ]
        axes = figure.subplot_mosaic(";".join([_MOSAIC, *rows]))
        panels.week(axes["W"], run, worst_week(run))
        panels.load_duration(axes["L"], run)
        panels.energy(axes["E"], run)
        panels.curtailment(axes["C"], run)
        for signs, found in below.items():
            for sign, panel in zip(signs, found, strict=False):
                panel(axes[sign], run)
        figure.suptitle(_title(run), fontsize=15)
        figure.legend(handles=legend(run), loc="outside lower center", ncols=6, frameon=False)
        return figure


def days(run: Run, day: date | str, count: float) -> Figure:
    """The dispatch of some days alone, in hourly means."""
    from matplotlib.style import context

    with context("default"):
        figure = picture(figsize=_DAYS_IN, dpi=_DPI, layout="constrained")
        panels.week(figure.add_subplot(), run, days_from(run, day, count))
        figure.legend(handles=legend(run), loc="outside lower center", ncols=4, frameon=False)
        return figure


def _title(run: Run) -> str:
    summary, calendar = run.summary, run.calendar
    begin, end = calendar.at(0.0), calendar.at(run.days * SECONDS_PER_DAY)
    name = drawable(" ".join(run.name.split()) or "Unnamed campus", _LONGEST)
    return (
        f"{name}: {duration(run.days)}, {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} "
        f"({run.timezone}), seed {run.seed}\n"
        f"peak demand {number(summary.peak_demand_mw)} MW, served {number(summary.energy_mwh)} MWh, "
        f"curtailed {number(summary.curtailed_mwh)} MWh, unserved {number(summary.unserved_mwh)} MWh, "
        f"deferred {number(summary.deferred_mwh)} MWh"
    )


def legend(run: Run) -> list[Artist]:
    """One legend for all panels: what is drawn in any of them."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    summary = run.summary
    handles = source_legend(run)
    if any(summary.charged_mwh.values()):
        handles.append(Patch(color=SLOTS["store"], alpha=0.45, label="charge (below zero)"))
    if summary.export_mwh:
        handles.append(Patch(color=SLOTS["grid"], alpha=0.45, label="export (below zero)"))
    if summary.unserved_mwh:
        handles.append(Patch(color=UNSERVED, label="unserved"))
    handles.append(Line2D([], [], color=SERVED, linewidth=1.6, label="load served"))
    if run.firm_mw.values.any():
        handles.append(Line2D([], [], **FIRM, label="firm capacity, if on the scale"))
    if summary.deferred_mwh:
        label = "load wanted, with power held back"
        handles.append(Line2D([], [], color=DEFERRED, linewidth=1.4, linestyle=":", label=label))
    return handles


def source_legend(run: Run) -> list[Artist]:
    """The colours of the sources, and of what is curtailed."""
    from matplotlib.patches import Patch

    handles: list[Artist] = [
        Patch(color=colour, label=_label(run.participant(names[0]).label, list(names)))
        for names, colour in bands(slots(run))
    ]
    if run.summary.curtailed_mwh:
        handles.append(Patch(**SPILT, label="curtailed"))
    return handles


def _label(label: str, names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    text = label if names == [label] else f"{label}: {', '.join(names[:_NAMED])}{more}"
    return drawable(text, _LONGEST)
