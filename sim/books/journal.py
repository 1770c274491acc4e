"""The journal: the flows as recorded for the user."""

from __future__ import annotations

import numpy as np

from sim.books.interval_book import IntervalBook, edges
from sim.timeseries.series import Array


class Journal:
    """Recorded flows: every change, or exact means over an interval."""

    def __init__(self, interval_s: float | None, horizon_s: float, columns: int) -> None:
        self._book = None if interval_s is None else IntervalBook(edges(interval_s, horizon_s), columns)
        self._horizon_s = horizon_s
        self._stretches: list[tuple[Array, Array]] = []
        self._last: Array = np.full(columns, np.nan)

    def add(self, edges_s: Array, flows: Array) -> None:
        """Record a stretch of flows, leaving out rows that change nothing.

        Args:
            edges_s: Times at which rows begin, and the time at which the last one ends.
            flows: A row per flow, with its values between these times.
        """
        if self._book is not None:
            self._book.add(edges_s, flows)
            return
        new = np.empty(flows.shape[1], dtype=bool)
        new[0] = (flows[:, 0] != self._last).any()
        new[1:] = (flows[:, 1:] != flows[:, :-1]).any(axis=0)
        self._last = flows[:, -1].copy()
        self._stretches.append((edges_s[:-1][new], flows[:, new]))

    def take(self) -> tuple[Array, Array]:
        """Times at which rows begin, and the flows with a row per flow; the journal is empty then."""
        if self._book is not None:
            return self._book.edges_s[:-1], self._book.means
        times = np.concatenate([t_s for t_s, _ in self._stretches])
        flows = np.empty((len(self._last), len(times)))
        end = len(times)
        while self._stretches:
            _, stretch = self._stretches.pop()
            flows[:, end - stretch.shape[1] : end] = stretch
            end -= stretch.shape[1]
        return times, flows
