"""The panels of the picture of a run, each drawn into given axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.books.closed import Flow
from sim.plots.day_hours import day_hours
from sim.plots.palette import (
    DEFERRED,
    EMPTY,
    FIRM,
    POWER_MAP,
    SERVED,
    SLOTS,
    SPILT,
    UNSERVED,
    bands,
    slot_of,
)
from sim.plots.week import Week
from sim.report.numbers import number
from sim.runs.run import Run
from sim.timeseries.calendar import zone_of
from sim.timeseries.series import Array
from sim.units import HOURS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_LEAST_MW = 1e-6
_BELOW_ALPHA = 0.45
_FEW_DAYS = 14
_SHORT_DAYS = 2.0
_FEW_LABELS = 7
_GWH = 1000.0
_BEYOND = 2.0
_AIR = 0.05
_STEPS = 2000
_MOST_HOURS = 5
"""Intervals of the axis of hours, whose labels are long after some years."""
_PERIODS = (
    # longest run [d], period of pandas, what a bar is, what its label says, and most labels
    (2.0, "h", "hour", "%H:%M", 12),
    (62.0, "D", "day", "%d %b", 9),
    (1100.0, "M", "month", "%b\n%Y", 14),
    (np.inf, "Y", "year", "%Y", 14),
)


def week(axes: Axes, run: Run, week: Week) -> None:
    """Dispatch of some days: sources stacked against load, charge and export below zero."""
    hourly = run.hourly.iloc[week.first : week.last]
    edges = _edges(run)[week.first : week.last + 1]

    def total(*labels: str) -> Array:
        return np.asarray(hourly[run.columns(*labels)].sum(axis=1))

    top = np.zeros(len(hourly))
    for colour, mw in _stacks(run, hourly, Flow.DELIVERED, Flow.IMPORT, Flow.DISCHARGE):
        _band(axes, edges, top, mw, color=colour)
        top = top + mw
    unserved, curtailed = total(Flow.UNSERVED), total(Flow.CURTAILED)
    _band(axes, edges, top, unserved, color=UNSERVED)
    _band(
        axes,
        edges,
        top + unserved,
        curtailed,
        **SPILT,
    )
    charge, export = total(Flow.CHARGE), total(Flow.EXPORT)
    _band(axes, edges, -charge, charge, color=SLOTS["store"], alpha=_BELOW_ALPHA)
    _band(axes, edges, -charge - export, export, color=SLOTS["grid"], alpha=_BELOW_ALPHA)
    served = total(Flow.SERVED)
    wanted = served + unserved + total(Flow.HELD_BACK)
    if (wanted - served).max() > _LEAST_MW:
        axes.stairs(wanted, edges, baseline=None, color=DEFERRED, linewidth=1.4, linestyle=":")
    axes.stairs(served, edges, baseline=None, color=SERVED, linewidth=1.6)
    firm = _firm(run, week)
    is_shown = 0.0 < firm.max() <= _BEYOND * max(wanted.max(), top.max())
    if is_shown:
        axes.stairs(firm, edges, baseline=None, **FIRM)
    axes.axhline(0.0, color=SERVED, linewidth=0.6)
    axes.set_xlim(edges[0], edges[-1])
    highest = np.maximum(top + unserved + curtailed, wanted)
    _headroom(axes, -charge - export, np.maximum(highest, firm) if is_shown else highest)
    axes.set_ylabel("power, MW (hourly mean)")
    axes.set_title(f"Dispatch: {week.why}, from {hourly.index[0]:%Y-%m-%d}")
    local_time(axes, run, by_day=edges[-1] - edges[0] > _SHORT_DAYS)


def _firm(run: Run, week: Week) -> Array:
    """Firm capacity in each hour of some days."""
    edges_s = np.minimum(np.arange(week.first, week.last + 1) * SECONDS_PER_HOUR, run.days * SECONDS_PER_DAY)
    return np.asarray(run.firm_mw.integrals(edges_s) / np.diff(edges_s))


def load_duration(axes: Axes, run: Run) -> None:
    """The load duration curve: the number of hours for which the load was at least that high."""
    from matplotlib.ticker import MaxNLocator

    flows, summary = run.flows, run.summary
    served = np.asarray(flows[run.columns(Flow.SERVED)].sum(axis=1))
    wanted = served + np.asarray(flows[run.columns(Flow.UNSERVED, Flow.HELD_BACK)].sum(axis=1))
    spans_h = flows["dt_h"].to_numpy()
    if (wanted - served).max(initial=0.0) > _LEAST_MW:
        _ordered(axes, wanted, spans_h, color=DEFERRED, linestyle=":", label="wanted")
    _ordered(axes, served, spans_h, color=SERVED, label="served")
    mean = summary.load_factor * summary.peak_load_mw
    axes.axhline(mean, color=DEFERRED, linestyle="--", linewidth=1.2, label=f"mean {number(mean)} MW")
    peak = f"peak {number(summary.peak_load_mw)} MW"
    axes.plot(0.0, summary.peak_load_mw, "o", color=SERVED, clip_on=False, zorder=5, label=peak)
    levels = np.unique(run.firm_mw.values)
    firm = float(levels[0]) if len(levels) == 1 else 0.0  # what changes has no place beside sorted hours
    if 0.0 < firm <= _BEYOND * wanted.max():
        axes.axhline(
            firm,
            color=SERVED,
            linestyle="-.",
            linewidth=1.2,
            label=f"firm capacity {number(firm)} MW",
        )
    elif firm:
        axes.plot([], [], " ", label=f"firm capacity {number(firm)} MW (off scale)")
    axes.set_xlim(0.0, spans_h.sum())
    axes.xaxis.set_major_locator(MaxNLocator(_MOST_HOURS))
    axes.xaxis.set_major_formatter("{x:,.6g}")
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("hours at or above, h")
    axes.set_ylabel("load, MW")
    axes.set_title("Load duration")
    axes.grid(visible=True, color=EMPTY)
    axes.set_axisbelow(True)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, frameon=False, fontsize="small")


def energy(axes: Axes, run: Run) -> None:
    """Energy by source and period, with curtailed energy hatched on top."""
    _, period, word, shown, labelled = next(row for row in _PERIODS if run.days <= row[0])
    hourly = run.hourly
    local = _local(hourly)
    energy_mwh = hourly.mul(np.diff(_edges(run)) * HOURS_PER_DAY, axis=0)
    energy_mwh = energy_mwh.groupby(local.to_period(period)).sum()
    curtailed = np.asarray(energy_mwh[run.columns(Flow.CURTAILED)].sum(axis=1))
    stack = _stacks(run, energy_mwh, Flow.DELIVERED, Flow.IMPORT)
    highest = (sum((mwh for _, mwh in stack), np.zeros(len(energy_mwh))) + curtailed).max()
    unit, scale = ("GWh", _GWH) if highest >= _GWH else ("MWh", 1.0)
    bars = np.arange(len(energy_mwh))
    top = np.zeros(len(energy_mwh))
    for colour, mwh in stack:
        axes.bar(bars, mwh / scale, bottom=top, color=colour, width=0.8)
        top = top + mwh / scale
    if curtailed.any():
        axes.bar(bars, curtailed / scale, bottom=top, width=0.8, **SPILT)
    every = -(-len(bars) // labelled)
    labels = [f"{moment.start_time:{shown}}" for moment in energy_mwh.index]
    axes.set_xticks(bars[::every], _shortened(labels)[::every])
    axes.set_xlim(-0.6, len(bars) - 0.4)
    axes.set_ylim(0.0, (1.0 + _AIR) * highest / scale or 1.0)
    axes.set_ylabel(f"energy, {unit} per {word}")
    axes.set_title(f"Energy by source and {word}")
    if not highest:
        _say(axes, "no energy")


def curtailment(axes: Axes, run: Run) -> None:
    """Curtailed power by hour of day and day of run, local time."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num, num2date

    first_day, cells = day_hours(run, run.columns(Flow.CURTAILED))
    mean_mw = np.ma.masked_invalid(cells)
    first = date2num(first_day)
    count = mean_mw.shape[1]
    axes.set_facecolor(EMPTY)
    any_curtailed = mean_mw.max() > _LEAST_MW
    image = axes.imshow(
        mean_mw,
        aspect="auto",
        origin="lower",
        extent=(first, first + count, 0.0, HOURS_PER_DAY),
        cmap=POWER_MAP,
        vmin=0.0,
        vmax=mean_mw.max() if any_curtailed else 1.0,
    )
    if any_curtailed:
        axes.figure.colorbar(image, ax=axes, label="curtailed, MW", pad=0.01)
    else:
        _say(axes, "no curtailment")
    if count <= _FEW_DAYS:
        shown = np.arange(0, count, -(-count // _FEW_LABELS))
        labels = [f"{num2date(first + day):%d %b}" for day in shown]
        axes.set_xticks(first + 0.5 + shown, labels)
    else:
        locator = AutoDateLocator(minticks=4, maxticks=10)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.set_yticks(range(0, int(HOURS_PER_DAY) + 1, 6), [f"{hour:02d}:00" for hour in range(0, 25, 6)])
    axes.set_ylabel(f"local time ({run.timezone})")
    axes.set_title("Curtailed power by hour of day")


def slots(run: Run) -> dict[str, str]:
    """The slot of the palette of each source, by name."""
    return {one.name: slot_of(one.colour, one.label) for one in run.family("supply")}


def _stacks(run: Run, frame: pd.DataFrame, *labels: str) -> list[tuple[str, Array]]:
    """The bands of the flows with these labels: the colour and the sums of each, from the bottom up."""
    found = []
    for names, colour in bands(slots(run)):
        columns = [column for name in names for column in run.columns_of(name, *labels)]
        if columns:
            found.append((colour, np.asarray(frame[columns].sum(axis=1))))
    return found


def _local(frame: pd.DataFrame) -> pd.DatetimeIndex:
    """Local times of a frame as the clock on the wall shows them."""
    import pandas as pd

    return pd.DatetimeIndex(frame.index).tz_localize(None)


def _edges(run: Run) -> Array:
    """Where the hours of the run begin and the last one ends [d since 1970 UTC]."""
    hours = len(run.hourly)
    start_d = run.calendar.start.timestamp() / SECONDS_PER_DAY
    return np.append(start_d + np.arange(hours) / HOURS_PER_DAY, start_d + run.days)


def _band(axes: Axes, edges: Array, bottom: Array, height: Array, **style: Any) -> None:
    """A stepped band, unless it is empty."""
    if height.max(initial=0.0) > _LEAST_MW:
        axes.stairs(bottom + height, edges, baseline=bottom, fill=True, **style)


def _say(axes: Axes, what: str) -> None:
    """Write in the middle of a panel why it is empty."""
    axes.text(0.5, 0.5, what, transform=axes.transAxes, ha="center", va="center")


def _headroom(axes: Axes, lowest: Array, highest: Array) -> None:
    """Leave some space above and, if something is drawn below zero, beneath."""
    low, high = lowest.min(), max(highest.max(), _LEAST_MW)
    air = _AIR * (high - low)
    axes.set_ylim(low - air if low < -_LEAST_MW else 0.0, high + air)


def _ordered(axes: Axes, mw: Array, spans_h: Array, **style: Any) -> None:
    """A duration curve for steps of unequal length, in as many steps as can be seen."""
    order = np.argsort(-mw, kind="stable")
    ends = np.cumsum(spans_h[order])
    first = np.append(0, np.unique(np.searchsorted(ends, np.linspace(0.0, ends[-1], _STEPS)[1:-1])) + 1)
    first = np.unique(first[first < len(order)])
    axes.stairs(mw[order][first], np.append(0.0, ends)[[*first, -1]], baseline=None, linewidth=1.6, **style)


def local_time(axes: Axes, run: Run, *, by_day: bool = False) -> None:
    """Label an axis of time with the local time of the campus.

    Args:
        axes: Axes whose horizontal axis has days since 1970 UTC.
        run: The run.
        by_day: Whether each day has its label.
    """
    from matplotlib.dates import (
        AutoDateLocator,
        ConciseDateFormatter,
        DateFormatter,
        DayLocator,
    )

    zone = zone_of(run.timezone)
    if by_day:
        axes.xaxis.set_major_locator(DayLocator(tz=zone))
        axes.xaxis.set_major_formatter(DateFormatter("%a %d %b", tz=zone))
    else:
        locator = AutoDateLocator(tz=zone, minticks=3, maxticks=10)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone))
    axes.set_xlabel(f"local time ({run.timezone})")


def _shortened(labels: list[str]) -> list[str]:
    """Labels of two lines that say the second only where it changes."""
    lines = [label.partition("\n") for label in labels]
    before = [None, *[second for _, _, second in lines]]
    return [
        first if not second or second == old else f"{first}\n{second}"
        for (first, _, second), old in zip(lines, before, strict=False)
    ]
