"""The interval book: exact integrals of power over the intervals of a run."""

from __future__ import annotations

from math import ceil

import numpy as np

from sim.timeseries.series import Array, union
from sim.units import SECONDS_PER_HOUR


def edges(interval_s: float, horizon_s: float, into_s: float = 0.0) -> Array:
    """Starts of equal intervals of a run, and the end of the last one [s].

    Args:
        interval_s: Length of an interval; the first and the last may be shorter.
        horizon_s: Length of the run.
        into_s: Time from the start of the first interval to the start of the run [s].
    """
    count = max(1, ceil((horizon_s + into_s) / interval_s - 1e-9))
    found: Array = np.append(np.arange(count) * interval_s - into_s, horizon_s)
    found[0] = 0.0
    return found


class IntervalBook:
    """Integrals of some columns over each interval of the run.

    Attributes:
        edges_s: Starts of the intervals, and the end of the last one.
        integrals: Integral of each column over each interval [column's unit x h], one row per column.
    """

    def __init__(self, edges_s: Array, columns: int) -> None:
        self.edges_s = edges_s
        self.integrals: Array = np.zeros((columns, len(edges_s) - 1))

    @property
    def hours(self) -> Array:
        """Length of each interval [h]."""
        return np.diff(self.edges_s) / SECONDS_PER_HOUR

    @property
    def means(self) -> Array:
        """Time-weighted mean of each column over each interval, one row per column."""
        return self.integrals / self.hours

    def add(self, edges_s: Array, values: Array) -> None:
        """Add consecutive rows.

        Args:
            edges_s: Starts of the rows, and the end of the last one [s].
            values: Values between these times, one row per column.
        """
        first, last = np.searchsorted(self.edges_s, (edges_s[0], edges_s[-1]), side="right")
        if first == last:  # all within one interval
            self.integrals[:, first - 1] += values @ (np.diff(edges_s) / SECONDS_PER_HOUR)
            return
        cuts = union(edges_s, self.edges_s[first:last])
        if len(cuts) > len(edges_s):
            values = values.take(np.searchsorted(edges_s, cuts[:-1], side="right") - 1, axis=1)
        part = values * (np.diff(cuts) / SECONDS_PER_HOUR)
        interval = np.searchsorted(self.edges_s, cuts[:-1], side="right") - 1
        begins = np.flatnonzero(np.diff(interval, prepend=-1))
        self.integrals[:, interval[0] : interval[-1] + 1] += np.add.reduceat(part, begins, axis=1)
