"""Adequacy: firm capacity against the demand wanted, at each instant of a run.

Firm capacity is what sources that do not depend on weather can give if nothing fails, of what is in service
then. A store counts with what it can sustain for four hours. N-1 is the same without the largest unit, store
or connection of the instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

import numpy as np
from numpy.typing import NDArray

from sim.books.rows import Layout
from sim.bus.flows import Flow
from sim.bus.terminal import Terminal
from sim.timeseries.series import Array, union

_LEAST_MW = 1e-9
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
    """Firm capacity at some instants.

    Attributes:
        at_s: The instants.
        firm_mw: Firm capacity from each on.
        largest_mw: Its largest unit.
        owner: Number of the participant of that unit.
        names: The participants.
    """

    at_s: Array
    firm_mw: Array
    largest_mw: Array
    owner: NDArray[np.int64]
    names: list[str]


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
        cover = self._cover(edges_s)
        count = len(cover.at_s)
        is_split = count >= len(edges_s)
        row = np.searchsorted(edges_s, cover.at_s, side="right") - 1 if is_split else slice(None)
        turns = np.searchsorted(cover.at_s, self._months_s[1:-1])
        pieces = sorted({0, *turns.tolist(), count})
        for kind, places in self._wanted.items():
            wanted = np.add.reduce(numbers[places], axis=0)[row]
            for first, last in pairwise(pieces):
                piece = slice(first, last)
                self._note(kind, cover, piece, wanted[piece], np.zeros(last - first))
                self._note(f"{kind}_n1", cover, piece, wanted[piece], cover.largest_mw[piece])

    def _cover(self, edges_s: Array) -> _Cover:
        """Firm capacity where rows begin and where it changes."""
        firm = [(one, one.served(one.firm_mw)) for one in self._terminals if one.firm_mw.was_stated]
        at_s, is_constant = edges_s[:-1], True
        for times_s in (self._months_s, *(series.times_s for _, series in firm)):
            inside = (times_s > edges_s[0]) & (times_s < edges_s[-1])
            if inside.any():
                at_s, is_constant = union(at_s, times_s[inside]), False
        reads_s = at_s[:1] if is_constant else at_s
        total, largest = np.zeros(len(reads_s)), np.zeros(len(reads_s))
        owner = np.zeros(len(reads_s), dtype=np.int64)
        for number, (terminal, series) in enumerate(firm):
            mw = series.values_at(reads_s)
            total += mw
            unit = np.minimum(mw, terminal.unit_mw)
            owner[unit > largest] = number
            largest = np.maximum(largest, unit)
        names = [terminal.name for terminal, _ in firm]
        if is_constant:
            size = len(at_s)
            total, largest = np.broadcast_to(total, size), np.broadcast_to(largest, size)
            owner = np.broadcast_to(owner, size)
        return _Cover(at_s, total, largest, owner, names)

    def _note(self, kind: str, cover: _Cover, piece: slice, wanted: Array, out: Array) -> None:
        """Note the tightest instant of instants of one month, if it is tighter than those before."""
        at_s, firm_mw = cover.at_s[piece], cover.firm_mw[piece]
        months = self._found[kind]
        month = int(np.searchsorted(self._months_s, at_s[0], side="right")) - 1
        before = months[month]
        least = inf if before is None else before.firm_mw / before.wanted_mw
        if (firm_mw.min() - out.max()) / max(float(wanted.max()), _LEAST_MW) * _SURE_PU >= least:
            return  # the most that is wanted is covered better by the least that is firm
        share = np.full(len(wanted), inf)
        np.divide(firm_mw - out, wanted, out=share, where=wanted > _LEAST_MW)
        at = int(share.argmin())
        if share[at] < least:
            largest_mw = float(out[at])
            months[month] = Tightest(
                at_s=float(at_s[at]),
                firm_mw=float(firm_mw[at]) - largest_mw,
                wanted_mw=float(wanted[at]),
                largest=cover.names[cover.owner[piece][at]] if largest_mw else "",
                largest_mw=largest_mw,
            )

    def close(self) -> Adequacy:
        """The tightest instants of the run."""
        return Adequacy({kind: tuple(months) for kind, months in self._found.items()})
