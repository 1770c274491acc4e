"""The interval book: exact integrals of power over the intervals of a run.

Compiled if a C compiler is at hand, like `bus.stretch`: rows are then added in one sweep. Otherwise numpy
adds them. Both add the products of a batch in the order of time, interval by interval; their bits are equal.
"""

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


IS_COMPILED = not __file__.endswith(".py")
"""Whether this module is compiled."""
_HOUR_S = SECONDS_PER_HOUR


class IntervalBook:
    """Integrals of some columns over each interval of the run.

    Attributes:
        edges_s: Starts of the intervals, and the end of the last one.
        integrals: Integral of each column over each interval [column's unit x h], one row per column.
    """

    sweeps = IS_COMPILED
    """Whether rows are added in a sweep."""

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
        first, last = np.searchsorted(self.edges_s, (edges_s[0], edges_s[len(edges_s) - 1]), side="right")
        if self.sweeps:
            sweep(self.integrals, self.edges_s, edges_s, values, first - 1)
            return
        if first == last:  # all within one interval
            part = values * (np.diff(edges_s) / SECONDS_PER_HOUR)
            self.integrals[:, first - 1] += np.add.accumulate(part, axis=1)[:, -1]
            return
        cuts = union(edges_s, self.edges_s[first:last])
        if len(cuts) > len(edges_s):
            values = values.take(np.searchsorted(edges_s, cuts[:-1], side="right") - 1, axis=1)
        part = values * (np.diff(cuts) / SECONDS_PER_HOUR)
        interval = np.searchsorted(self.edges_s, cuts[:-1], side="right") - first
        for integrals, column in zip(self.integrals, part, strict=True):
            sums = np.bincount(interval, weights=column)
            integrals[first - 1 : first - 1 + len(sums)] += sums


def sweep(integrals: Array, intervals_s: Array, edges_s: Array, values: Array, first: int) -> None:
    """Add consecutive rows to integrals over intervals.

    Args:
        integrals: Integral of each column over each interval, one row per column; they are added to.
        intervals_s: Starts of the intervals, and the end of the last one [s].
        edges_s: Starts of the rows, and the end of the last one [s].
        values: Values between these times, one row per column.
        first: Number of the interval in which the first row begins.
    """
    rows = len(edges_s) - 1
    for column in range(len(values)):
        interval, total = first, 0.0
        end_s = intervals_s[interval + 1]
        for row in range(rows):
            begin_s, value = edges_s[row], values[column, row]
            while end_s <= begin_s:
                integrals[column, interval] += total
                interval, total = interval + 1, 0.0
                end_s = intervals_s[interval + 1]
            while end_s < edges_s[row + 1]:
                total += value * ((end_s - begin_s) / _HOUR_S)
                integrals[column, interval] += total
                interval, total = interval + 1, 0.0
                begin_s, end_s = end_s, intervals_s[interval + 1]
            total += value * ((edges_s[row + 1] - begin_s) / _HOUR_S)
        integrals[column, interval] += total
