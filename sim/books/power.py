"""The power of the site: means over demand intervals, extremes of each month, and largest changes.

Four series are kept: demand wanted (served, unserved and held back), load served, import and export.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.books import scan
from sim.books.changes import ChangeBook, Changes
from sim.books.interval_book import IntervalBook
from sim.books.rows import Layout, sums
from sim.bus.flows import Flow
from sim.timeseries import segments
from sim.timeseries.series import Array
from sim.timeseries.times import Places
from sim.units import HOURS_PER_QUARTER, QUARTERS_PER_HOUR

SERIES: dict[str, tuple[Flow, ...]] = {
    "demand": (Flow.SERVED, Flow.UNSERVED, Flow.HELD_BACK),
    "load": (Flow.SERVED,),
    "import": (Flow.IMPORT,),
    "export": (Flow.EXPORT,),
}
"""The series by name, with the flows that each is the sum of."""
ROUNDING_PU = 1e-9
"""Difference up to which two sums of flows are the same power."""


@dataclass(frozen=True, eq=False)
class Extremes:
    """The highest and the lowest power of a series in each local month.

    Attributes:
        highest_mw: Highest power at any instant.
        highest_at_s: Elapsed second at which it was first reached, rounding apart.
        lowest_mw: Lowest power at any instant.
    """

    highest_mw: Array
    highest_at_s: Array
    lowest_mw: Array

    @property
    def peak_mw(self) -> float:
        """Highest power of the run."""
        return float(self.highest_mw.max())

    @property
    def peak_at_s(self) -> float:
        """Elapsed second at which it was first reached."""
        reached = self.highest_mw >= (1.0 - ROUNDING_PU) * self.peak_mw
        return float(self.highest_at_s[int(reached.argmax())])


@dataclass(frozen=True, eq=False)
class Power:
    """The power of a run.

    The mean of a demand interval that the run covers in part is over the whole interval: what lies outside
    the run counts as no power.

    Attributes:
        edges_s: Starts of the demand intervals, and the end of the last one.
        month_edges_s: Starts of the local months, and the end of the last one.
        means_mw: Mean of each series over each demand interval, by name.
        extremes: Extremes of each series, by name.
        changes: Largest changes of the load served (`load`) and of import less export (`import`).
    """

    edges_s: Array
    month_edges_s: Array
    means_mw: dict[str, Array]
    extremes: dict[str, Extremes]
    changes: dict[str, Changes]

    def hourly_mw(self, hour_edges_s: Array) -> dict[str, Array]:
        """Mean of each series over each clock hour, by name; the first and the last one count whole as well.

        Args:
            hour_edges_s: Starts of the hours, and the end of the last one.
        """
        begin = segments.begins(self.edges_s, hour_edges_s)
        return {name: segments.sums(mw, begin) * HOURS_PER_QUARTER for name, mw in self.means_mw.items()}


class PowerBook:
    """The power of a run, while it is under way."""

    def __init__(self, layout: Layout, edges_s: Array, month_edges_s: Array) -> None:
        """Begin.

        Args:
            layout: Meaning of the flows.
            edges_s: Starts of the demand intervals, and the end of the last one.
            month_edges_s: Starts of the local months, and the end of the last one.
        """
        self._columns = [layout.having(*flows) for flows in SERIES.values()]
        self._intervals = IntervalBook(edges_s, len(SERIES))
        self._months_s = month_edges_s
        shape = len(SERIES), len(month_edges_s) - 1
        self._highest = np.full(shape, -1.0)
        self._reached = self._highest.copy()
        """Power at `highest_at_s`."""
        self._highest_at_s = np.zeros(shape)
        self._lowest = np.full(shape, np.inf)
        self._changes = {"load": ChangeBook(), "import": ChangeBook()}

    def add(self, edges_s: Array, flows: Array) -> None:
        """Add consecutive rows.

        Args:
            edges_s: Starts of the rows, and the end of the last one [s].
            flows: The flows between these times, one row per flow.
        """
        power = sums(flows, self._columns)
        self._intervals.add(edges_s, power)
        _, load, imported, exported = power
        self._changes["load"].add(edges_s, load)
        self._changes["import"].add(edges_s, imported - exported)
        first = int(np.searchsorted(self._months_s, edges_s[0], side="right")) - 1
        last = int(np.searchsorted(self._months_s, edges_s[-1], side="left")) - 1
        spans = scan.spans_of(edges_s, self._months_s[first : last + 2])
        self._note(slice(first, last + 1), power, scan.extremes(power, spans, 1.0 - ROUNDING_PU), edges_s)

    def _note(self, months: slice, power: Array, found: tuple[Array, Places, Array], edges_s: Array) -> None:
        """Note the extremes of rows of some months."""
        highest, at, lowest = found
        is_higher = highest > (1.0 + ROUNDING_PU) * self._reached[:, months]
        begins_s = np.maximum(edges_s[at], self._months_s[months])
        reached = np.take_along_axis(power, at, axis=1)
        self._reached[:, months] = np.where(is_higher, reached, self._reached[:, months])
        self._highest_at_s[:, months] = np.where(is_higher, begins_s, self._highest_at_s[:, months])
        self._highest[:, months] = np.maximum(self._highest[:, months], highest)
        self._lowest[:, months] = np.minimum(self._lowest[:, months], lowest)

    def close(self) -> Power:
        """The power of the run, once: its means take the place of the integrals."""
        means = self._intervals.integrals
        means *= QUARTERS_PER_HOUR
        return Power(
            edges_s=self._intervals.edges_s,
            month_edges_s=self._months_s,
            means_mw=dict(zip(SERIES, means, strict=True)),
            extremes={
                name: Extremes(
                    self._highest[at].copy(), self._highest_at_s[at].copy(), self._lowest[at].copy()
                )
                for at, name in enumerate(SERIES)
            },
            changes={name: book.close() for name, book in self._changes.items()},
        )
