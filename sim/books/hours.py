"""The hours: energy by hour of the clock, from which the carbon-free share of a run is computed.

The first and the last hour of a run may be shorter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import fsum

import numpy as np

from sim.books.interval_book import IntervalBook
from sim.books.rows import Layout, sums
from sim.bus.flows import STORED, Flow
from sim.bus.terminal import Terminal
from sim.timeseries import segments
from sim.timeseries.series import Array, StepSeries
from sim.timeseries.times import union, within


@dataclass(frozen=True, eq=False)
class StoreHours:
    """The hours of one store.

    Attributes:
        name: The participant.
        charge_mwh: Energy charged in each hour, measured at the bus.
        discharge_mwh: Energy discharged in each hour, measured at the bus.
        level_mwh: Energy stored at the start of each hour and at the end of the last one.
        charge_eff_pu: Share of the charged energy that is stored.
        initial_clean_pu: Carbon-free share of the energy stored at the start.
    """

    name: str
    charge_mwh: Array
    discharge_mwh: Array
    level_mwh: Array
    charge_eff_pu: float
    initial_clean_pu: float


@dataclass(frozen=True, eq=False)
class Hours:
    """Energy by hour of the clock.

    Attributes:
        edges_s: Starts of the hours, and the end of the last one.
        load_mwh: Demand served in each hour.
        clean_mwh: Carbon-free energy delivered by the site's sources.
        other_mwh: The other energy delivered by the site's sources.
        import_mwh: Energy drawn from the grid.
        clean_import_mwh: The carbon-free part of it.
        export_mwh: Energy fed into the grid.
        stores: The hours of each store.
    """

    edges_s: Array
    load_mwh: Array
    clean_mwh: Array
    other_mwh: Array
    import_mwh: Array
    clean_import_mwh: Array
    export_mwh: Array
    stores: tuple[StoreHours, ...]


class HourBook:
    """The hours of a run, while it is under way.

    The clean share of a source may change within an hour. Energy is therefore kept by clean share, over
    intervals that are also divided at its changes, and summed up to hours at the end.
    """

    def __init__(self, edges_s: Array, layout: Layout, terminals: Sequence[Terminal]) -> None:
        """Begin.

        Args:
            edges_s: Starts of the hours, and the end of the last one.
            layout: Meaning of the rows.
            terminals: All participants.

        Raises:
            ValueError: If a clean share is not within 0 and 1.
        """
        self._edges_s = edges_s
        by_name = {terminal.name: terminal for terminal in terminals}
        groups: dict[tuple[Flow, float | StepSeries], list[int]] = defaultdict(list)
        for flow in (Flow.DELIVERED, Flow.IMPORT):
            for at in layout.having(flow):
                groups[flow, by_name[layout.columns[at].owner].clean_pu].append(at)
        self._sources = [
            (flow, _clean_pu(share, layout.columns[at].owner)) for (flow, share), (at, *_) in groups.items()
        ]
        owners = dict.fromkeys(layout.columns[at].owner for at in layout.having(Flow.CHARGE, Flow.DISCHARGE))
        self._stores = [_StoreBook(by_name[owner], layout, len(edges_s)) for owner in owners]
        self._sums = [layout.having(Flow.SERVED), layout.having(Flow.EXPORT), *groups.values()]
        for store in self._stores:
            self._sums += [store.charges, store.discharges]
        cuts_s = reduce(union, [one.times_s for _, one in self._sources if not one.is_constant], edges_s)
        self._book = IntervalBook(within(cuts_s, 0.0, float(edges_s[-1])), len(self._sums))
        is_divided = len(self._book.edges_s) > len(edges_s)
        self._begins = segments.begins(self._book.edges_s, edges_s[:-1]) if is_divided else None
        """Number of the interval with which each hour begins; None if the intervals are the hours."""

    def lines(self) -> tuple[IntervalBook, list[list[int]], dict[str, Array]]:
        """What is kept, for a kernel that adds to it itself.

        Returns:
            The book of energies; the flows of which each of its lines is the sum; and by store the levels at
            the starts of the hours and at the end of the last one.
        """
        return self._book, self._sums, {store.terminal.name: store.level_mwh for store in self._stores}

    def add(self, edges_s: Array, flows: Array, gauges: Sequence[float]) -> None:
        """Add consecutive rows.

        Args:
            edges_s: Starts of the rows, and the end of the last one [s].
            flows: The flows of the rows, one array row per flow.
            gauges: The gauges at the end of the last row.
        """
        self._book.add(edges_s, sums(flows, self._sums))
        first = int(np.searchsorted(self._edges_s, edges_s[0], side="left"))
        last = int(np.searchsorted(self._edges_s, edges_s[-1], side="right"))
        for store in self._stores:
            levels = store.levels_mwh(flows, gauges)
            store.level_mwh[first:last] = np.interp(self._edges_s[first:last], edges_s, levels)

    def close(self) -> Hours:
        """The hours of the run."""
        load, export, *rest = self._book.integrals
        stored = rest[len(self._sources) :]
        clean, other = self._by_share(Flow.DELIVERED, rest)
        clean_import, other_import = self._by_share(Flow.IMPORT, rest)
        return Hours(
            edges_s=_sealed(self._edges_s.copy()),
            load_mwh=self._hourly(load),
            clean_mwh=self._hourly(clean),
            other_mwh=self._hourly(other),
            import_mwh=self._hourly(clean_import + other_import),
            clean_import_mwh=self._hourly(clean_import),
            export_mwh=self._hourly(export),
            stores=tuple(
                StoreHours(
                    name=store.terminal.name,
                    charge_mwh=self._hourly(charge),
                    discharge_mwh=self._hourly(discharge),
                    level_mwh=_sealed(np.maximum(store.level_mwh, 0.0)),
                    charge_eff_pu=store.terminal.charge_eff_pu,
                    initial_clean_pu=store.initial_clean_pu,
                )
                for store, charge, discharge in zip(self._stores, stored[::2], stored[1::2], strict=True)
            ),
        )

    def _by_share(self, flow: Flow, sources: Sequence[Array]) -> tuple[Array, Array]:
        """The clean and the other energy of a flow in each interval."""
        clean, other = np.zeros((2, len(self._book.edges_s) - 1))
        for (found, share), mwh in zip(self._sources, sources, strict=False):
            if found != flow:
                continue
            if share.is_constant and share.values[0] in {0.0, 1.0}:
                part = clean if share.values[0] else other
                part += mwh
                continue
            mine = mwh * share.values_at(self._book.edges_s[:-1])
            clean += mine
            other += mwh - mine
        return clean, other

    def _hourly(self, mwh: Array) -> Array:
        """Sums over the hours. Rounding may have left a flow just below zero."""
        if self._begins is not None:
            mwh = np.add.reduceat(mwh, self._begins)
        return _sealed(np.maximum(mwh, 0.0, out=mwh))


class _StoreBook:
    """Positions of a store's numbers, and its levels so far."""

    def __init__(self, terminal: Terminal, layout: Layout, edges: int) -> None:
        self.terminal = terminal
        self.level_mwh: Array = np.zeros(edges)
        self.charges, self.discharges, self._levels = (
            [at for at in layout.having(label) if layout.columns[at].owner == terminal.name]
            for label in (Flow.CHARGE, Flow.DISCHARGE, STORED)
        )
        self._gauges = [gauge.at for gauge in terminal.gauges if gauge.label == STORED]

    @property
    def initial_clean_pu(self) -> float:
        """Clean share of the energy stored at the start; none of a store that never takes part."""
        open_pu = self.terminal.open_pu
        return 0.0 if open_pu is not None and not open_pu.values.any() else self.terminal.initial_clean_pu

    def levels_mwh(self, flows: Array, gauges: Sequence[float]) -> Array:
        """Levels at the starts of the rows and at the end of the last one; linear in between."""
        end_mwh = fsum(gauges[at] for at in self._gauges)
        return np.append(sums(flows, [self._levels]), end_mwh)


def _clean_pu(share: float | StepSeries, owner: str) -> StepSeries:
    """The clean share of what a participant supplies, as a series."""
    series = share if isinstance(share, StepSeries) else StepSeries(np.zeros(1), np.array([share]))
    for value in series.extremes:
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{owner}: clean_pu = {value:g} pu; allowed: 0 to 1 pu")
    return series


def _sealed(array: Array) -> Array:
    """The array itself, which can no longer be changed."""
    array.setflags(write=False)
    return array
