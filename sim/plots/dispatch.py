"""The picture of a run: dispatch, load duration, energy by source, and when power was curtailed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sim.plots import panels
from sim.plots.palette import DEFERRED, SERVED, UNSERVED, colour_of, stacked
from sim.plots.picture import picture
from sim.plots.week import days_from, worst_week
from sim.report.numbers import duration, number
from sim.report.sources import word_of
from sim.results.result import Result
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


def dispatch(result: Result) -> Figure:
    """One figure with four panels; it belongs to no window and needs no display.

    Dispatch of the worst week in hourly means, the load duration curve, energy by source and month
    (or day, or year, as the run is long), and curtailed power by hour of day and day of run.
    """
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.style import context

    with context("default"):
        figure = picture(
            figsize=_SIZE_IN,
            dpi=_DPI,
            layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1, wspace=0.03, hspace=0.04),
        )
        axes = figure.subplot_mosaic(_MOSAIC)
        panels.week(axes["W"], result, worst_week(result))
        panels.load_duration(axes["L"], result)
        panels.energy(axes["E"], result)
        panels.curtailment(axes["C"], result)
        figure.suptitle(_title(result), fontsize=15)
        figure.legend(handles=_legend(result), loc="outside lower center", ncols=6, frameon=False)
        return figure


def days(result: Result, day: date | str, count: float) -> Figure:
    """The dispatch of some days alone, in hourly means."""
    from matplotlib.style import context

    with context("default"):
        figure = picture(figsize=_DAYS_IN, dpi=_DPI, layout="constrained")
        panels.week(figure.add_subplot(), result, days_from(result, day, count))
        figure.legend(handles=_legend(result), loc="outside lower center", ncols=4, frameon=False)
        return figure


def _title(result: Result) -> str:
    summary, calendar = result.summary, result.campus.calendar
    begin, end = calendar.at(0.0), calendar.at(result.days * SECONDS_PER_DAY)
    name = drawable(" ".join(result.campus.name.split()) or "Unnamed campus", _LONGEST)
    return (
        f"{name}: {duration(result.days)}, {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} "
        f"({result.campus.timezone}), seed {result.seed}\n"
        f"peak load {number(summary.peak_load_mw)} MW, served {number(summary.energy_mwh)} MWh, "
        f"curtailed {number(summary.curtailed_mwh)} MWh, unserved {number(summary.unserved_mwh)} MWh, "
        f"deferred {number(summary.deferred_mwh)} MWh"
    )


def _legend(result: Result) -> list[Artist]:
    """One legend for all panels: what is drawn in any of them."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    summary = result.summary
    named: dict[str, list[str]] = {}
    for name, source in result.campus.supply.items():
        named.setdefault(source.kind, []).append(name)
    handles: list[Artist] = [
        Patch(color=colour_of(kind), label=_label(kind, named[kind])) for kind in stacked(set(named))
    ]
    if summary.charged_mwh:
        handles.append(Patch(color=colour_of("battery"), alpha=0.45, label="charge (below zero)"))
    if summary.export_mwh:
        handles.append(Patch(color=colour_of("grid"), alpha=0.45, label="export (below zero)"))
    if summary.curtailed_mwh:
        handles.append(Patch(**panels.SPILT, label="curtailed"))
    if summary.unserved_mwh:
        handles.append(Patch(color=UNSERVED, label="unserved"))
    handles.append(Line2D([], [], color=SERVED, linewidth=1.6, label="load served"))
    if summary.deferred_mwh:
        label = "load wanted, deferred included"
        handles.append(Line2D([], [], color=DEFERRED, linewidth=1.4, linestyle=":", label=label))
    return handles


def _label(kind: str, names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    word = word_of(kind)
    said = word if names == [word] else f"{word}: {', '.join(names[:_NAMED])}{more}"
    return drawable(said, _LONGEST)


def drawable(text: str, longest: int) -> str:
    """A name as the font can draw it: no formulas, no glyphs it lacks, not too long."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    known = get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap()
    said = "".join(sign if ord(sign) in known else "?" for sign in text)
    said = said if len(said) <= longest else said[: longest - 1] + "…"
    return said.replace("$", r"\$")
