"""Pictures of a search for sizes: its goal over the points tried, or two goals and their front."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.plots.palette import CYCLE, POINT
from sim.plots.picture import picture
from sim.plots.sweep import label
from sim.runs.summary import Summary

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MISSES = "misses a limit"
_MEETS = "meets every limit"
_WHOLE = 1e3
_SCALES = ((1e9, "G"), (1e6, "M"))


def progress(name: str, runs: pd.DataFrame, goal: str) -> Figure:
    """The goal of each point in the order tried, and the best so far among those that meet the limits.

    Args:
        name: What was searched.
        runs: A row for each point, as `SizeResult.runs` has it.
        goal: Its goal.
    """
    sheet, axes = _sheet()
    order = np.arange(1, len(runs) + 1)
    good = runs["feasible"].to_numpy(dtype=bool)
    values = runs[goal].to_numpy(dtype=float)
    _draw_points(axes, order, values, good)
    if good.any():
        best = np.fmin.accumulate(np.where(good, values, np.nan))
        axes.step(order, best, where="post", color=CYCLE[1], lw=1.8, label="best so far")
        place = int(np.flatnonzero(good)[np.argmin(values[good])])
        axes.plot(order[place], values[place], "o", color=CYCLE[1], ms=8, label="best point")
    axes.set_xlabel("Points tried")
    axes.set_ylabel(_label(goal))
    return _finished(sheet, axes, name)


def front(name: str, runs: pd.DataFrame, best: pd.DataFrame, goals: tuple[str, str]) -> Figure:
    """All points by two goals, and the front of those that meet the limits.

    Args:
        name: What was searched.
        runs: A row for each point, as `SizeResult.runs` has it.
        best: The rows of the front.
        goals: The two goals.
    """
    x, y = goals
    sheet, axes = _sheet()
    _draw_points(axes, runs[x].to_numpy(), runs[y].to_numpy(), runs["feasible"].to_numpy(dtype=bool))
    if len(best):
        axes.plot(best[x], best[y], "o-", color=CYCLE[1], ms=6, lw=1.5, label="no other is better in both")
    axes.set_xlabel(_label(x))
    axes.set_ylabel(_label(y))
    axes.xaxis.set_major_formatter(lambda value, _place: _short(value))
    return _finished(sheet, axes, name)


def _draw_points(axes: Axes, x: np.ndarray, y: np.ndarray, good: np.ndarray) -> None:
    if (~good).any():
        axes.plot(x[~good], y[~good], "x", color=POINT, ms=4, label=_MISSES)
    if good.any():
        axes.plot(x[good], y[good], "o", color=CYCLE[0], ms=4, label=_MEETS)


def _sheet() -> tuple[Figure, Axes]:
    sheet = picture(figsize=(8.0, 5.0), layout="constrained", dpi=150)
    return sheet, sheet.add_subplot()


def _finished(sheet: Figure, axes: Axes, name: str) -> Figure:
    axes.yaxis.set_major_formatter(lambda value, _place: _short(value))
    axes.grid(visible=True, alpha=0.3)
    axes.set_title(name, loc="left", fontsize=10)
    axes.legend(frameon=False, fontsize="small")
    return sheet


def _label(name: str) -> str:
    """A metric in words; the name of any other goal as it is."""
    return label(name) if name.partition(".")[0] in Summary.__dataclass_fields__ else name


def _short(value: float) -> str:
    for scale, sign in _SCALES:
        if abs(value) >= scale:
            return f"{value / scale:.4g} {sign}"
    return f"{value:,.0f}" if abs(value) >= _WHOLE else f"{value:.4g}"
