"""The journal: the recorded flows."""

from __future__ import annotations

import numpy as np

from sim.books.interval_book import IntervalBook, edges
from sim.timeseries.series import Array


class Journal:
    """Recorded flows: every change, or exact means over intervals."""

    def __init__(self, interval_s: float | None, horizon_s: float, columns: int) -> None:
        self._book = None if interval_s is None else IntervalBook(edges(interval_s, horizon_s), columns)
        self._horizon_s = horizon_s
        self._stretches: list[tuple[Array, Array]] = []
        self._last: Array = np.full(columns, np.nan)

    def add(self, edges_s: Array, flows: Array) -> None:
        """Record consecutive rows of flows; rows without a change are omitted.

        Args:
            edges_s: Starts of the rows, and the end of the last one [s].
            flows: Values between these times, one row per flow; the journal keeps the array.
        """
        if self._book is not None:
            self._book.add(edges_s, flows)
            return
        new = np.zeros(flows.shape[1], dtype=bool)
        new[0] = (flows[:, 0] != self._last).any()
        for flow in flows:
            new[1:] |= flow[1:] != flow[:-1]
            if new.all():
                break
        self._last = flows[:, -1].copy()
        self._stretches.append((edges_s[:-1][new], flows if new.all() else flows[:, new]))

    def take(self) -> tuple[Array, Array]:
        """Starts of the rows, and the flows, one row per flow; empties the journal."""
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
