"""The closed books: the results of a run as one frozen value without references to live objects.

Packages that work with completed runs import the books and their types only from this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np

from sim.books.adequacy import KINDS, Adequacy, Tightest
from sim.books.audit import Balance
from sim.books.changes import Changes, changes
from sim.books.hours import Hours, StoreHours
from sim.books.interval_book import IntervalBook, edges
from sim.books.postings import Posting
from sim.books.power import SERIES, Extremes, Power
from sim.books.rows import Column
from sim.bus.account import Account, Adds, Grain
from sim.bus.flows import Flow
from sim.timeseries.series import Array, StepSeries
from sim.units import SECONDS_PER_DAY

__all__ = [
    "KINDS",
    "SERIES",
    "Account",
    "Adds",
    "Adequacy",
    "Balance",
    "Bound",
    "Changes",
    "Closed",
    "Column",
    "Extremes",
    "Flow",
    "Grain",
    "Hours",
    "Participant",
    "Posting",
    "Power",
    "StoreHours",
    "Tightest",
    "changes",
]

_STRETCH = 65536
"""Number of rows averaged at a time."""


def frozen(array: Array) -> Array:
    """A read-only copy, which later changes of the original do not reach."""
    copy = array.copy()
    copy.setflags(write=False)
    return copy


@dataclass(frozen=True, eq=False)
class Bound:
    """A bound of one of a participant's flows.

    Attributes:
        label: Text for hours at the limit.
        flow: The flow that it bounds.
        mw: The limit over time [MW].
        none: Text for hours with a limit of 0; omitted if empty.
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
        family: Its section of the campus: `supply`, `demand`, `servers` or `facility`; empty if unknown.
        kind: Its kind.
        label: Name of its kind in reports.
        size: Size as text; may be empty.
        caveat: Assumption or limitation that a reader of the results must know; may be empty.
        colour: Slot of the palette; empty if not chosen.
        capacity_mw: Nameplate capacity; 0 if it has none.
        unverified: Number of its values that are unverified defaults.
        service_pu: Share of its nameplate in service over time; it is under a planned outage too.
        firm_mw: Firm capacity over time [MW].
        unit_mw: Most of it that a single failure removes; None for all of it [MW].
        bounds: Limits of its flows.
        lowest_mwh: Lowest level of its store over time [MWh]; None without a store.
        highest_mwh: Highest level of its store over time [MWh]; None without a store.
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
    service_pu: StepSeries
    firm_mw: StepSeries
    unit_mw: float | None
    bounds: tuple[Bound, ...]
    lowest_mwh: StepSeries | None
    highest_mwh: StepSeries | None


@dataclass(frozen=True, eq=False, repr=False)
class Closed:
    """The closed books of a run.

    Attributes:
        horizon_s: Length of the run.
        columns: The flows, in order.
        totals: Integral of each flow over the run [flow's unit x h].
        t_s: Elapsed seconds at which each recorded row begins.
        flows: The recorded flows, one row per flow.
        monthly: Integral of each flow over each local month [flow's unit x h], one row per flow.
        power: Power of the site: means over demand intervals, and extremes of each month.
        adequacy: When firm capacity covers demand least.
        hours: Energy by hour of the clock.
        postings: The amounts of all accounts.
        edges_s: Starts of the intervals of each grain in use, and the end of the last one.
        curtailed_mwh: Curtailed energy by reason.
        unserved_mwh: Unserved energy by reason.
        balance: The audit of the run.
        settlements: Number of settlements.
        is_compiled: Whether they were carried out by compiled code, which gives the same numbers faster.
        participants: Descriptions of the participants, in order of name.
        events: Rows of the events table.
        jobs: Rows of the jobs table, one per workload.
        requests: Records of requests, one per stream, class and hour.
        latencies: Histograms of the times of requests, one row per stream, class, measure and bin.
        bill: Lines of contracts, one row per month, participant, line and part of it.
        remarks: What a reader must know of the run as a whole.
        same_weather: Whether it has weather, and the same for all seeds.
    """

    horizon_s: float
    columns: tuple[Column, ...]
    totals: Array
    t_s: Array
    flows: Array
    monthly: Array
    power: Power
    adequacy: Adequacy
    hours: Hours
    postings: tuple[Posting, ...]
    edges_s: dict[Grain, Array]
    curtailed_mwh: dict[str, float]
    unserved_mwh: dict[str, float]
    balance: Balance
    settlements: int
    is_compiled: bool
    participants: tuple[Participant, ...]
    events: tuple[dict[str, Any], ...]
    jobs: tuple[dict[str, Any], ...]
    requests: tuple[dict[str, Any], ...] = ()
    latencies: tuple[dict[str, Any], ...] = ()
    bill: tuple[dict[str, Any], ...] = ()
    remarks: tuple[str, ...] = ()
    same_weather: bool = False

    def __repr__(self) -> str:
        days = self.horizon_s / SECONDS_PER_DAY
        return f"Closed(days={days:g}, settlements={self.settlements}, columns={len(self.columns)})"

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
            Starts of the intervals and the end of the last one [s]; and the means, one row per flow.
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
        """The postings of the accounts with a name."""
        return [posting for posting in self.postings if posting.account.name == name]

    def amount(self, name: str) -> float:
        """Amount of the accounts with a name over the run, of all participants."""
        return fsum(posting.total for posting in self.posted(name))

    def parts(self, name: str) -> dict[str, float]:
        """Amount of the accounts with a name by part, of all participants."""
        found: dict[str, float] = {}
        for posting in self.posted(name):
            found[posting.account.part] = found.get(posting.account.part, 0.0) + posting.total
        return found

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts, without duplicates."""
        return tuple(dict.fromkeys(posting.account for posting in self.postings))
