"""The bins of a page: least, mean and highest value of each curve over equal intervals of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from sim.page.curves import Curve, values
from sim.runs.run import Run
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

MOST_BINS = 4400
"""Most bins of a page: two hours each for a year."""
_LENGTHS_S = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(count * SECONDS_PER_MINUTE for count in (1, 2, 5, 10, 15, 30)),
    *(count * SECONDS_PER_HOUR for count in (1, 2, 3, 4, 6)),
)
"""Lengths below a day that divide a day; half a day would tell day from night."""


@dataclass(frozen=True, eq=False)
class Bins:
    """Curves over intervals.

    Attributes:
        edges_s: Starts of the intervals, and the end of the last one [s].
        least: Least value of each curve, one array row per curve.
        mean: Mean over time, likewise.
        most: Highest value, likewise.
    """

    edges_s: Array
    least: Array
    mean: Array
    most: Array


def bins(run: Run, wanted: Sequence[Curve], length_s: float) -> Bins:
    """The bins of some curves.

    Args:
        run: The run.
        wanted: The curves.
        length_s: Length of a bin; the last one ends with the run.
    """
    edges_s, means = run.books.means(length_s)
    rows = values(run, run.books.flows, wanted)
    first = np.searchsorted(run.t_s, edges_s[:-1], side="right") - 1
    last = np.searchsorted(run.t_s, edges_s[1:], side="left") - 1  # the row that holds to the end of the bin
    return Bins(
        edges_s,
        np.minimum(np.minimum.reduceat(rows, first, axis=1), rows[:, last]),
        values(run, means, wanted),
        np.maximum(np.maximum.reduceat(rows, first, axis=1), rows[:, last]),
    )


def closed(values: Array) -> Array:
    """Values of intervals with the last one twice, for steps to reach the end."""
    return np.concatenate([values, values[:, -1:]], axis=1)


def bin_length_s(horizon_s: float, most: int = MOST_BINS) -> float:
    """The shortest length of a bin, a round one, of which a run has not too many.

    Args:
        horizon_s: Length of the run.
        most: Most bins.
    """
    for length_s in _LENGTHS_S:
        if horizon_s <= most * length_s:
            return length_s
    return SECONDS_PER_DAY * ceil(horizon_s / SECONDS_PER_DAY / most)


def length_said(length_s: float) -> str:
    """The length of a bin in words, such as `2 h`."""
    for unit_s, unit in ((SECONDS_PER_DAY, "d"), (SECONDS_PER_HOUR, "h"), (SECONDS_PER_MINUTE, "min")):
        if length_s >= unit_s:
            return f"{length_s / unit_s:g} {unit}"
    return f"{length_s:g} s"
