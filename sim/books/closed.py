"""The closed books: what a run left, as one frozen value that nothing living hangs on.

Rooms after the run take the books, and the words they are written in, from here alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.books.audit import Balance
from sim.books.interval_book import IntervalBook, edges
from sim.books.postings import Posting
from sim.books.rows import Column
from sim.bus.account import Account, Adds, Grain
from sim.bus.flows import Flow
from sim.timeseries.series import Array, StepSeries

__all__ = [
    "Account",
    "Adds",
    "Balance",
    "Bound",
    "Closed",
    "Column",
    "Flow",
    "Grain",
    "Participant",
    "Posting",
]

_STRETCH = 65536
"""Rows of flows that are averaged at a time."""


@dataclass(frozen=True, eq=False)
class Bound:
    """A bound of one of a participant's flows.

    Attributes:
        label: What is said where it was reached.
        flow: The flow that it bounds.
        mw: What it was from when on [MW].
        none: What is said where it was nothing; not said if empty.
    """

    label: str
    flow: str
    mw: StepSeries
    none: str


@dataclass(frozen=True, eq=False)
class Participant:
    """How a participant described itself.

    Attributes:
        name: Its name.
        family: Where it stands in a campus: `supply`, `demand`, `servers` or `facility`; empty if unknown.
        kind: Its kind.
        label: What a reader calls its kind.
        size: Its size in words; empty if it said none.
        caveat: What a reader must know before trusting its results; empty if there is nothing.
        colour: The slot of the palette it is drawn in; empty if it chose none.
        capacity_mw: Nameplate; 0 if it has none.
        unverified: How many of its values stand at a default that nobody has verified.
        firm_mw: Its firm capacity from when on [MW].
        bounds: Bounds of its flows.
        lowest_mwh: Lowest level of its store from when on [MWh]; None without a store.
        highest_mwh: Highest level of its store [MWh].
    """

    name: str
    family: str
    kind: str
    label: str
    size: str
    caveat: str
    colour: str
    capacity_mw: float
    unverified: int
    firm_mw: StepSeries
    bounds: tuple[Bound, ...]
    lowest_mwh: StepSeries | None
    highest_mwh: StepSeries | None


@dataclass(frozen=True, eq=False)
class Closed:
    """The books of a run, closed.

    Attributes:
        horizon_s: Length of the run.
        columns: The flows, in order.
        totals: Integral of each flow over the run [flow's unit x h].
        t_s: Elapsed seconds at which each recorded row begins.
        flows: The recorded flows, a row per flow.
        demand_edges_s: Where demand intervals begin, and where the last one ends.
        demand_mw: Mean load served in each demand interval.
        postings: What came of every account.
        edges_s: Where the intervals of each grain that accounts use begin, and where the last one ends.
        curtailed_mwh: Curtailed energy by reason.
        unserved_mwh: Unserved energy by reason.
        peak_load_mw: Highest load served at any instant.
        peak_load_at_s: When that was.
        balance: The audit of the run.
        settlements: Count of settlements.
        participants: How each participant described itself, in the order of their names.
        events: What happened, as rows of the events table.
        jobs: A record for each workload, as rows of the jobs table.
    """

    horizon_s: float
    columns: tuple[Column, ...]
    totals: Array
    t_s: Array
    flows: Array
    demand_edges_s: Array
    demand_mw: Array
    postings: tuple[Posting, ...]
    edges_s: dict[Grain, Array]
    curtailed_mwh: dict[str, float]
    unserved_mwh: dict[str, float]
    peak_load_mw: float
    peak_load_at_s: float
    balance: Balance
    settlements: int
    participants: tuple[Participant, ...]
    events: tuple[dict[str, Any], ...]
    jobs: tuple[dict[str, Any], ...]

    def total_mwh(self, *labels: str, owner: str | None = None) -> float:
        """Energy of the flows with these labels over the run, of one owner or of all."""
        chosen = [
            at
            for at, column in enumerate(self.columns)
            if column.label in labels and owner in {None, column.owner}
        ]
        return float(self.totals[chosen].sum())

    def means(self, interval_s: float) -> tuple[Array, Array]:
        """Exact means of the recorded flows over equal intervals from the start.

        Args:
            interval_s: Length of an interval; the last one ends with the run.

        Returns:
            Where intervals begin and the last one ends [s], and the means, a row per flow.
        """
        book = IntervalBook(edges(interval_s, self.horizon_s), len(self.columns))
        rows_s = np.append(self.t_s, self.horizon_s)
        for first in range(0, len(self.t_s), _STRETCH):
            stretch = rows_s[first : first + _STRETCH + 1]
            book.add(stretch, self.flows[:, first : first + len(stretch) - 1])
        return book.edges_s, book.means

    def by_owner_mwh(self, *labels: str) -> dict[str, float]:
        """Energy of the flows with these labels over the run, by owner."""
        found: dict[str, float] = {}
        for column, total in zip(self.columns, self.totals.tolist(), strict=True):
            if column.label in labels:
                found[column.owner] = found.get(column.owner, 0.0) + total
        return found

    def posted(self, name: str) -> list[Posting]:
        """What came of the accounts of a name."""
        return [posting for posting in self.postings if posting.account.name == name]

    def amount(self, name: str) -> float:
        """Amount of the accounts of a name over the run, of all participants."""
        return sum(posting.total for posting in self.posted(name))

    def parts(self, name: str) -> dict[str, float]:
        """Amount of the accounts of a name by part, of all participants."""
        found: dict[str, float] = {}
        for posting in self.posted(name):
            found[posting.account.part] = found.get(posting.account.part, 0.0) + posting.total
        return found

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts, each once."""
        return tuple(dict.fromkeys(posting.account for posting in self.postings))
