"""The ledger: exact books of every flow, kept during the run.

A settlement only appends a row. Rows are posted in batches, as arrays: they are audited, integrated into the
books, counted in the accounts and attributed to reasons. Totals are computed from the books and do not depend
on the recording interval.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from sim.books import causes, scan
from sim.books.adequacy import Adequacy, AdequacyBook
from sim.books.costs import Costs
from sim.books.episodes import Episodes
from sim.books.hours import HourBook, Hours
from sim.books.interval_book import IntervalBook, edges
from sim.books.journal import Journal
from sim.books.metered import Metered
from sim.books.postings import Postings
from sim.books.power import Power, PowerBook
from sim.books.rows import Layout, Rows
from sim.bus.account import Account, Grain
from sim.bus.block import Block
from sim.bus.numbers import Flat
from sim.bus.row_buffer import RowBuffer
from sim.bus.terminal import Terminal
from sim.errors import EnergyBalanceError
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import Array, StepSeries
from sim.timeseries.times import union, within
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_QUARTER

BATCH = 9992
"""Most rows posted together. A power of two would make the numbers of a row compete for the cache."""
_BUFFER_BYTES = 2**26
"""Most memory for the rows that are posted together; a very large site has fewer in a batch."""

_TOLERANCE = 1e-9


class Ledger:
    """The books of one run.

    Attributes:
        postings: The accounts.
        journal: The recorded flows: every change, or means over intervals.
        events: Rows of the events table.
        curtailed_mwh: Curtailed energy by reason.
        unserved_mwh: Unserved energy by reason.
        power: Power of the site, once the books are closed.
    """

    power: Power

    def __init__(self, calendar: Calendar, horizon_s: float, record_s: float | None = None) -> None:
        """Begin the books.

        Args:
            calendar: Defines the starts of demand intervals, hours and months.
            horizon_s: Length of the run.
            record_s: Recording interval of the journal [s]; None records every change.
        """
        self._horizon_s = horizon_s
        self._record_s = record_s
        self._calendar = calendar
        self._outages = causes.Outages()
        self._metered: list[Sequence[Block]] = []
        self._offered: list[Sequence[Block]] = []
        self._price_cuts: list[Array] = []
        self.demand_edges_s = edges(SECONDS_PER_QUARTER, horizon_s, calendar.into_quarter_s)
        self.postings = Postings(
            {
                Grain.MONTH: lambda: calendar.month_edges(horizon_s),
                Grain.HOUR: lambda: edges(SECONDS_PER_HOUR, horizon_s, calendar.into_hour_s),
                Grain.DEMAND_INTERVAL: lambda: self.demand_edges_s,
            }
        )
        self.events: list[dict[str, Any]] = []
        self.curtailed_mwh: dict[str, float] = defaultdict(float)
        self.unserved_mwh: dict[str, float] = defaultdict(float)

    def add_contract(
        self,
        drawn: Sequence[Block],
        fed: Sequence[Block],
        prices: Sequence[StepSeries],
        offered: Sequence[Block] = (),
    ) -> int:
        """Meter the energy of a contract by interval, from the first settlement on.

        Args:
            drawn: Blocks whose power is imported or delivered.
            fed: Blocks whose power is exported.
            prices: Step functions; intervals are split at their changes.
            offered: Blocks whose size is metered too: what they could have given.

        Returns:
            The number of the contract, for `metered`.
        """
        self._metered += [drawn, fed]
        self._offered.append(offered)
        self._price_cuts += [series.times_s for series in prices]
        return len(self._offered) - 1

    def open(
        self,
        terminals: Sequence[Terminal],
        offers: Sequence[Block],
        bids: Sequence[Block],
        gauges: Flat,
    ) -> RowBuffer:
        """Lay out the rows, once all terminals are connected."""
        self.layout = layout = Layout(terminals, offers, bids, len(gauges))
        self._gauges = gauges
        self.meter(self.demand_edges_s)
        self._monthly = IntervalBook(self._months_s, len(layout.columns))
        self._adequacy = AdequacyBook(layout, terminals, self._months_s)
        self._power = PowerBook(layout, self.demand_edges_s, self._months_s)
        self.journal = Journal(self._record_s, self._horizon_s, len(layout.columns))
        self._hours = HourBook(self.hour_edges_s, layout, terminals)
        self.postings.open((terminal.name, meter) for terminal in terminals for meter in terminal.meters)
        self.plan_outages(terminals)
        self._shortages = Episodes("shortage", self.events)
        self._curtailments = Episodes("curtailment", self.events)
        most = max(1, min(BATCH, _BUFFER_BYTES // (8 * layout.width)))
        self._rows = RowBuffer(len(offers) + len(bids), len(gauges), most, self._post)
        return self._rows

    def meter(self, edges_s: Array) -> IntervalBook:
        """Lay out the energy of the contracts, in intervals that begin at edges, months and price changes.

        Args:
            edges_s: The edges [s].

        Returns:
            The book: what is drawn and what is fed under each contract, one after the other, and then what is
            offered under those that ask for it.
        """
        self._months_s = self._calendar.month_edges(self._horizon_s)
        cuts_s = reduce(union, [self._months_s, *self._price_cuts], edges_s)
        meters = len(self._metered) + sum(map(bool, self._offered))
        self._intervals = IntervalBook(within(cuts_s, 0.0, self._horizon_s), meters)
        return self._intervals

    def metered_blocks(self) -> tuple[list[Sequence[Block]], list[Sequence[Block]]]:
        """The blocks whose accepted power, and those whose size, the lines of that book consist of."""
        return self._metered, [blocks for blocks in self._offered if blocks]

    def total_mwh(self, *labels: str, owner: str | None = None) -> float:
        """Energy of the flows with these labels over the run so far, of one owner or of all."""
        columns = self.layout.having(*labels)
        if owner is not None:
            columns = [at for at in columns if self.layout.columns[at].owner == owner]
        return float(self.totals[columns].sum())

    @property
    def hour_edges_s(self) -> Array:
        """Starts of the hours of the clock, and the end of the last one."""
        return edges(SECONDS_PER_HOUR, self._horizon_s, self._calendar.into_hour_s)

    @property
    def totals(self) -> Array:
        """Integral of each flow over the run so far [flow's unit x h]."""
        return np.asarray(self._monthly.integrals.sum(axis=1))

    @property
    def adequacy(self) -> Adequacy:
        """When firm capacity covers demand least."""
        return self._adequacy.close()

    @property
    def monthly(self) -> Array:
        """Integral of each flow over each local month [flow's unit x h]."""
        return self._monthly.integrals

    def metered(self, number: int) -> Metered:
        """Energy of a contract by interval."""
        integrals = self._intervals.integrals
        drawn_mwh, fed_mwh = integrals[2 * number : 2 + 2 * number]
        place = len(self._metered) + sum(map(bool, self._offered[:number]))
        offered_mwh = integrals[place] if self._offered[number] else None
        return Metered(
            self._intervals.edges_s,
            drawn_mwh,
            fed_mwh,
            self.demand_edges_s,
            self._months_s,
            self._calendar,
            offered_mwh,
        )

    def hours(self) -> Hours:
        """Energy by hour of the clock, once the books are closed."""
        return self._hours.close()

    def note(self, t_s: float, owner: str, event: str, detail: str = "", mw: float | None = None) -> None:
        """Enter an event into the events table."""
        self.events.append({"t_s": t_s, "owner": owner, "event": event, "detail": str(detail), "mw": mw})

    def enter(self, account: Account, owner: str, amount: float, at_s: float) -> None:
        """Enter a one-off amount into an account."""
        self.postings.enter(account, owner, amount, at_s)

    def enter_months(self, account: Account, owner: str, amounts: Array) -> None:
        """Enter an amount of each local month into an account that is kept by month.

        Raises:
            ValueError: If one of them is NaN or infinite.
        """
        if not np.isfinite(amounts).all():
            raise ValueError(f"{owner}: {account.name} = {amounts} {account.unit}; allowed: finite numbers")
        self.postings.enter_months(account, owner, amounts)

    def declare_outage(self, t_s: float, reason: str, change_mw: float) -> None:
        """Record that the site has lost (positive) or regained (negative) capacity."""
        self._outages.change(t_s, reason, change_mw)

    def plan_outages(self, terminals: Iterable[Terminal]) -> causes.Outages:
        """Read what capacity is missing, as far as it is known at the start."""
        for reason, mw in (one for terminal in terminals for one in terminal.missing):
            self._outages.plan(reason, mw)
        return self._outages

    def close(self, now_s: float) -> None:
        """End the last row at the end of the run, and post the remaining rows."""
        self._post(now_s)
        self._rows.release()
        self._shortages.close()
        self._curtailments.close()
        self.power = self._power.close()
        self.events.sort(key=lambda event: event["t_s"])

    def _post(self, until_s: float) -> None:
        if self._rows.at < 0:
            return
        layout = self.layout
        numbers = self._rows.written()
        edges_s = np.append(numbers[0], until_s)
        rows = Rows(layout, numbers, edges_s)
        self._audit(numbers)
        flows = layout.flows(numbers)
        self._monthly.add(edges_s, flows)
        self._power.add(edges_s, flows)
        self._adequacy.add(edges_s, numbers)
        if self._metered:
            self._intervals.add(edges_s, np.vstack(self._contracted(rows)))
        self._hours.add(edges_s, flows, self._gauges)
        self.journal.add(edges_s, flows)
        self.postings.post(layout, numbers, edges_s)
        self._find_causes(rows, edges_s)

    def _audit(self, numbers: Array) -> None:
        blocks = len(self.layout.offers) + len(self.layout.bids)
        stated = numbers[2 : 2 + blocks]
        used = numbers[2 + blocks : 2 + 2 * blocks]
        at = scan.beyond(stated, used, 1.0 + _TOLERANCE)
        if at >= 0:
            message = f"sizes {stated[:, at]} MW, used {used[:, at]} MW"
            raise EnergyBalanceError(f"at {numbers[0, at]} s a block exceeded its stated size: {message}")

    def _contracted(self, rows: Rows) -> list[Array]:
        """Power of all contracts: import and export in alternation, and then what is offered."""
        nothing = np.zeros(len(rows.t_s))
        return [
            *(sum((rows.accepted_mw(block) for block in blocks), nothing) for blocks in self._metered),
            *(sum(map(rows.stated_mw, blocks), nothing) for blocks in self._offered if blocks),
        ]

    def _find_causes(self, rows: Rows, edges_s: Array) -> None:
        costs = Costs(*self._rows.costs())
        short = causes.unserved(self.layout, rows, self._outages, costs)
        spilt = causes.curtailed(self.layout, rows, costs)
        for reason, mw in short.items():
            self.unserved_mwh[reason] += float(mw @ rows.hours)
        for why, mw in spilt.items():
            self.curtailed_mwh[why] += float(mw @ rows.hours)
        self._shortages.add(edges_s, short)
        self._curtailments.add(edges_s, spilt)
