"""Adequacy: firm capacity against the demand wanted, at each instant of a run.

Firm capacity is what sources that do not depend on weather can give if nothing fails, of what is in service
then. A store counts with what it can sustain for four hours. N-1 is the same without the largest unit, store
or connection of the instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray

from sim.books import scan
from sim.books.rows import Layout, sums
from sim.bus.flows import Flow
from sim.bus.terminal import Terminal
from sim.timeseries.series import Array
from sim.timeseries.times import union

LEAST_MW = 1e-9
"""Demand below which there is nothing to cover."""
_SURE_PU = 1.0 - 1e-12
"""Share of a ratio that rounding does not reach."""


@dataclass(frozen=True)
class Tightest:
    """The instant at which firm capacity covers demand least.

    Attributes:
        at_s: Elapsed seconds of it, the first one of several.
        firm_mw: Firm capacity.
        wanted_mw: Demand wanted.
        largest: Participant of the largest unit, left out of `firm_mw`; empty if none is left out.
        largest_mw: Power of that unit.
    """

    at_s: float
    firm_mw: float
    wanted_mw: float
    largest: str = ""
    largest_mw: float = 0.0

    @property
    def margin(self) -> float:
        """Firm capacity over demand, less 1."""
        return self.firm_mw / self.wanted_mw - 1.0


KINDS = ("all", "firm", "all_n1", "firm_n1")
"""All demand and firm demand alone, each with all firm capacity and without the largest unit."""


@dataclass(frozen=True)
class Adequacy:
    """The tightest instants of a run.

    Attributes:
        months: The tightest instant of each local month, by kind; None where nothing was wanted.
    """

    months: dict[str, tuple[Tightest | None, ...]]

    def tightest(self, kind: str) -> Tightest | None:
        """The tightest instant of the run; None if nothing was wanted.

        Args:
            kind: One of `KINDS`.
        """
        found = [one for one in self.months.get(kind, ()) if one is not None]
        return min(found, key=lambda one: (one.margin, one.at_s), default=None)


@dataclass(frozen=True)
class _Cover:
    """Firm capacity, constant or from some instants on.

    Attributes:
        at_s: The instants; None if it is constant.
        firm_mw: Firm capacity from each on.
        largest_mw: Its largest unit.
        owner: Number of the participant of that unit.
        names: The participants.
    """

    at_s: Array | None
    firm_mw: Array
    largest_mw: Array
    owner: NDArray[np.int64]
    names: list[str]

    @cached_property
    def least_mw(self) -> float:
        """The least firm capacity."""
        return float(self.firm_mw.min())

    @cached_property
    def least_n1_mw(self) -> float:
        """The least firm capacity without the largest unit."""
        return float((self.firm_mw - self.largest_mw).min())

    def within(self, at_s: Array) -> _Cover:
        """The same at other instants."""
        if self.at_s is None:
            return self
        at = np.searchsorted(self.at_s, at_s, side="right") - 1
        return _Cover(at_s, self.firm_mw[at], self.largest_mw[at], self.owner[at], self.names)


class AdequacyBook:
    """The adequacy of a run, while it is under way."""

    def __init__(self, layout: Layout, terminals: Sequence[Terminal], month_edges_s: Array) -> None:
        """Begin.

        Args:
            layout: Meaning of the numbers.
            terminals: All participants.
            month_edges_s: Starts of the local months, and the end of the last one.
        """
        served = [bid for bid in layout.bids if bid.accepted is Flow.SERVED]
        self._wanted = {
            "all": [layout.stated_at(bid) for bid in served],
            "firm": [layout.stated_at(bid) for bid in served if bid.rest is Flow.UNSERVED],
        }
        self._is_all_firm = self._wanted["all"] == self._wanted["firm"]
        if self._is_all_firm:
            del self._wanted["firm"]
        self._terminals = terminals
        self._months_s = month_edges_s
        months = len(month_edges_s) - 1
        self._found: dict[str, list[Tightest | None]] = {kind: [None] * months for kind in KINDS}

    def add(self, edges_s: Array, numbers: Array) -> None:
        """Add consecutive rows.

        Args:
            edges_s: Starts of the rows, and the end of the last one [s].
            numbers: The numbers of the rows, one array row per number.
        """
        self.cover(edges_s, sums(numbers, [*self._wanted.values()]))

    def wanted_at(self) -> list[list[int]]:
        """Positions of the numbers of which the demand of each kind consists: all, and firm if it differs."""
        return [*self._wanted.values()]

    @property
    def is_constant(self) -> bool:
        """Whether firm capacity is the same over the whole run."""
        return all(
            one.open_pu is None and len(one.firm_mw.series) == 1
            for one in self._terminals
            if one.firm_mw.was_stated
        )

    def cover(self, edges_s: Array, wanted: Array) -> None:
        """Compare firm capacity with the demand of consecutive rows.

        Args:
            edges_s: Starts of the rows, and the end of the last one [s].
            wanted: Demand of each kind, one array row per kind (see `wanted_at`) [MW].
        """
        cover = self._cover(edges_s)
        begins_s = edges_s[:-1]
        if cover.at_s is not None:
            begins_s = union(begins_s, cover.at_s)
            wanted = wanted[:, np.searchsorted(edges_s, begins_s, side="right") - 1]
        first = int(np.searchsorted(self._months_s, edges_s[0], side="right")) - 1
        last = int(np.searchsorted(self._months_s, edges_s[-1], side="left")) - 1
        spans = scan.spans_of(np.append(begins_s, edges_s[-1]), self._months_s[first : last + 2])
        highest, place, _ = scan.extremes(wanted, spans, 1.0)
        for number, kind in enumerate(self._wanted):
            found = zip(*spans.tolist(), highest[number].tolist(), place[number].tolist(), strict=True)
            for month, (begin, end, most_mw, at) in enumerate(found, first):
                if most_mw <= LEAST_MW or not self._may_be_tighter(month, kind, most_mw, cover):
                    continue
                if cover.at_s is None and cover.least_n1_mw > 0.0:  # the most that is wanted is covered least
                    self._note_peak(
                        kind, month, max(float(begins_s[at]), self._months_s[month]), most_mw, cover
                    )
                    continue
                at_s = np.maximum(begins_s[begin:end], self._months_s[month])
                self._note(month, kind, at_s, wanted[number, begin:end], cover.within(at_s))

    def _note_peak(self, kind: str, month: int, at_s: float, wanted_mw: float, cover: _Cover) -> None:
        """Note the highest demand of a part of a month under constant firm capacity."""
        largest_mw = float(cover.largest_mw[0])
        for name, out_mw in ((kind, 0.0), (f"{kind}_n1", largest_mw)):
            before, left_mw = self._found[name][month], float(cover.firm_mw[0]) - out_mw
            if before is None or left_mw / wanted_mw < before.firm_mw / before.wanted_mw:
                largest = cover.names[cover.owner[0]] if out_mw else ""
                self._found[name][month] = Tightest(at_s, left_mw, wanted_mw, largest, out_mw)

    def _may_be_tighter(self, month: int, kind: str, most_mw: float, cover: _Cover) -> bool:
        """Whether the most that is wanted may be covered less than what was noted for a month."""
        for name, least_mw in ((kind, cover.least_mw), (f"{kind}_n1", cover.least_n1_mw)):
            before = self._found[name][month]
            if before is None or least_mw / most_mw * _SURE_PU < before.firm_mw / before.wanted_mw:
                return True
        return False

    def _cover(self, edges_s: Array) -> _Cover:
        """Firm capacity during some rows."""
        firm = [(one, one.served(one.firm_mw)) for one in self._terminals if one.firm_mw.was_stated]
        names = [terminal.name for terminal, _ in firm]
        if all(len(series) == 1 for _, series in firm):
            alone = [series.values.item() for _, series in firm]
            units = [min(mw, terminal.unit_mw) for mw, (terminal, _) in zip(alone, firm, strict=True)]
            most = max(units, default=0.0)
            first = units.index(most) if most else 0
            return _Cover(None, np.array([sum(alone)]), np.array([most]), np.array([first]), names)
        at_s, reads_s = None, edges_s[:1]
        for times_s in (series.times_s for _, series in firm):
            inside = times_s[(times_s > edges_s[0]) & (times_s < edges_s[-1])]
            if len(inside):
                at_s = reads_s = union(reads_s, inside)
        total, largest = np.zeros(len(reads_s)), np.zeros(len(reads_s))
        owner = np.zeros(len(reads_s), dtype=np.int64)
        for number, (terminal, series) in enumerate(firm):
            mw = series.values_at(reads_s)
            total += mw
            unit = np.minimum(mw, terminal.unit_mw)
            owner[unit > largest] = number
            largest = np.maximum(largest, unit)
        return _Cover(at_s, total, largest, owner, names)

    def _note(self, month: int, kind: str, at_s: Array, wanted_mw: Array, cover: _Cover) -> None:
        """Note the tightest instant of a part of a month, if it is tighter than those before."""
        most_mw = float(wanted_mw.max())
        if most_mw <= LEAST_MW:
            return
        for name, out in ((kind, np.zeros(1)), (f"{kind}_n1", cover.largest_mw)):
            before = self._found[name][month]
            least = inf if before is None else before.firm_mw / before.wanted_mw
            left_mw = cover.firm_mw - out
            if left_mw.min() / most_mw * _SURE_PU >= least:
                continue  # the most that is wanted is covered better by the least that is firm
            if cover.at_s is None:
                place = 0
                at = int((wanted_mw if left_mw[0] else wanted_mw > LEAST_MW).argmax())
            else:
                share = np.full(len(wanted_mw), inf)
                np.divide(left_mw, wanted_mw, out=share, where=wanted_mw > LEAST_MW)
                at = place = int(share.argmin())
            if left_mw[place] / wanted_mw[at] < least:
                largest_mw = float(out[place if len(out) > 1 else 0])
                self._found[name][month] = Tightest(
                    at_s=float(at_s[at]),
                    firm_mw=float(left_mw[place]),
                    wanted_mw=float(wanted_mw[at]),
                    largest=cover.names[cover.owner[place]] if largest_mw else "",
                    largest_mw=largest_mw,
                )

    def close(self) -> Adequacy:
        """The tightest instants of the run."""
        if self._is_all_firm:
            self._found |= {"firm": self._found["all"], "firm_n1": self._found["all_n1"]}
        return Adequacy({kind: tuple(months) for kind, months in self._found.items()})
