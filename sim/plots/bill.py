"""The panel of the bill: its lines by month, stacked, income below zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.plots.palette import CYCLE, POINT, SERVED
from sim.plots.picture import drawable
from sim.runs.bill import largest_lines
from sim.runs.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_LINES = len(CYCLE) - 1
_MOST_LABELS = 14
_NAME = 40
_AIR = 0.05


def has_bill(run: Run) -> bool:
    """Whether there is a line to draw."""
    return bool(largest_lines(run.monthly, _MOST_LINES))


def bill(axes: Axes, run: Run) -> None:
    """The largest lines by name, the others together, and the total."""
    lines, months = largest_lines(run.monthly, _MOST_LINES), list(run.monthly.index)
    scale, unit = _scale(max(float(np.abs(usd).max()) for usd in lines.values()))
    bars = np.arange(len(months))
    tops = {sign: np.zeros(len(months)) for sign in (1.0, -1.0)}
    for (name, usd), colour in zip(lines.items(), (*CYCLE[:_MOST_LINES], POINT), strict=False):
        for sign, top in tops.items():
            part = np.where(sign * usd > 0.0, usd / scale, 0.0)
            axes.bar(bars, part, bottom=top, color=colour, width=0.8)
            tops[sign] = top + part
        axes.bar(0, 0.0, color=colour, label=drawable(name, _NAME))
    if len(lines) > 1:
        total = np.sum([*lines.values()], axis=0) / scale
        axes.plot(bars, total, "_", color=SERVED, markersize=14, markeredgewidth=1.6, label="total")
    every = -(-len(bars) // _MOST_LABELS)
    labels = [f"{one:%b\n%Y}" if one.month == 1 or not at else f"{one:%b}" for at, one in enumerate(months)]
    axes.set_xticks(bars[::every], labels[::every])
    axes.set_xlim(-0.6, len(bars) - 0.4)
    low, high = tops[-1.0].min(), tops[1.0].max()
    air = _AIR * (high - low)
    axes.set_ylim(low - air if low < 0.0 else 0.0, high + air)
    axes.axhline(0.0, color=SERVED, linewidth=0.6)
    axes.set_ylabel(f"{unit} per month")
    axes.set_title("Bill by month")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=4, frameon=False, fontsize="small")


def _scale(usd: float) -> tuple[float, str]:
    """What amounts are divided by, and the unit."""
    return next((one for one in ((1e6, "million USD"), (1e3, "thousand USD")) if usd >= one[0]), (1.0, "USD"))
