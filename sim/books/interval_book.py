"""A book: the exact integral of every flow over equal intervals."""

from __future__ import annotations

from math import ceil

import numpy as np

from sim import units
from sim.timeseries.series import Array, union


class Book:
    """Integrals of the flows over each interval of the run.

    Attributes:
        edges_s: Where intervals begin and end.
        integrals: Integral of each flow over each interval [flow's unit x h], a row per flow.
    """

    def __init__(self, interval_s: float, horizon_s: float, columns: int, into_s: float = 0.0) -> None:
        """Divide a run.

        Args:
            interval_s: Length of an interval; the first and the last are what is left of one.
            horizon_s: Length of the run.
            columns: Count of flows.
            into_s: How much of an interval is over when the run begins.
        """
        count = max(1, ceil((horizon_s + into_s) / interval_s - 1e-9))
        self.edges_s: Array = np.append(np.arange(count) * interval_s - into_s, horizon_s)
        self.edges_s[0] = 0.0
        self.integrals: Array = np.zeros((columns, count))

    @property
    def hours(self) -> Array:
        """Length of each interval [h]."""
        return np.diff(self.edges_s) / units.SECONDS_PER_HOUR

    @property
    def means(self) -> Array:
        """Time-weighted mean of each flow over each interval, a row per flow."""
        return self.integrals / self.hours

    def add(self, edges_s: Array, flows: Array) -> None:
        """Add a stretch of flows.

        Args:
            edges_s: Times at which rows begin, and the time at which the last one ends.
            flows: A row per flow, with its values between these times.
        """
        first, last = np.searchsorted(self.edges_s, (edges_s[0], edges_s[-1]), side="right")
        marks = self.edges_s[first:last]
        cuts = union(edges_s, marks)
        row = np.searchsorted(edges_s, cuts[:-1], side="right") - 1
        part = flows.take(row, axis=1) * (np.diff(cuts) / units.SECONDS_PER_HOUR)
        interval = np.searchsorted(self.edges_s, cuts[:-1], side="right") - 1
        begins = np.flatnonzero(np.diff(interval, prepend=-1))
        self.integrals[:, interval[0] : interval[-1] + 1] += np.add.reduceat(part, begins, axis=1)
