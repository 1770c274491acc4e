"""The books of a replay: what the kernel adds up, and the closed books that come of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.books import audit, causes
from sim.books.adequacy import Adequacy, AdequacyBook
from sim.books.changes import changes
from sim.books.closed import Closed, Extremes, Power
from sim.books.costs import Costs
from sim.books.hours import HourBook
from sim.books.power import SERIES
from sim.books.rows import Layout, Rows
from sim.bus.account import Linear
from sim.bus.block import Block
from sim.bus.flows import STORED, Flow
from sim.contracts.contract import Billing
from sim.plant.store import Store
from sim.replay.kernel import Kernel
from sim.replay.plan import Lines, Plan
from sim.replay.script import demand_of, script_of
from sim.replay.sums import Forms, Term
from sim.site import Site
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_HOUR

_MORE_STEPS = 1024
"""Changes of the load, besides those of demand, for which there is room at first."""
Terms = list[Term]
"""Numbers of a row, counted from the price on, each with a factor."""
_NOTHING: Term = (0, 0.0)


@dataclass(frozen=True, eq=False)
class Peaks(Power):
    """The power of a replay: the highest means alone.

    Attributes:
        highest_h_mw: Highest mean of each series over an hour of the clock, by name.
    """

    highest_h_mw: dict[str, Array]

    def hourly_mw(self, hour_edges_s: Array) -> dict[str, Array]:  # noqa: ARG002 - they are those of the run
        """The highest mean of each series over an hour of the clock, by name."""
        return self.highest_h_mw


class _Totals:
    """The energy of each flow over the run."""

    def __init__(self, layout: Layout, totals: Array) -> None:
        self._layout = layout
        self._totals = totals

    def total_mwh(self, *labels: str, owner: str | None = None) -> float:
        """Energy of the flows with these labels over the run, of one owner or of all."""
        columns = self._layout.columns
        return float(
            sum(self._totals[at] for at in self._layout.having(*labels) if owner in {None, columns[at].owner})
        )


class _Places:
    """Places of sums in a row.

    Attributes:
        forms: The forms: sums of two numbers.
    """

    def __init__(self, numbers: int) -> None:
        """Begin without a form; `numbers` are those of a row before its forms."""
        self._numbers = numbers
        self._known: dict[tuple[Term, Term], int] = {}
        self.forms: list[tuple[Term, Term]] = []

    def of(self, terms: Terms) -> int:
        """The place of a sum: that of its only number, or of a form; a sum of several is one of forms."""
        first, *others = terms or [_NOTHING]
        if not others and first[1] != 1.0:
            others = [_NOTHING]
        for other in others:
            first = self._form(first, other), 1.0
        return first[0]

    def _form(self, one: Term, other: Term) -> int:
        """The place of a sum of two numbers, which is made once."""
        place = self._known.setdefault((one, other), self._numbers + len(self.forms))
        if place == self._numbers + len(self.forms):
            self.forms.append((one, other))
        return place


class Shortages:
    """The times of shortage, of which those that follow each other are one."""

    def __init__(self) -> None:
        self._spans_s: list[list[float]] = []

    def add(self, begins_s: Array, ends_s: Array) -> None:
        """Add rows with unserved power."""
        for begin_s, end_s in zip(begins_s.tolist(), ends_s.tolist(), strict=True):
            if self._spans_s and self._spans_s[-1][1] == begin_s:
                self._spans_s[-1][1] = end_s
            else:
                self._spans_s.append([begin_s, end_s])

    def events(self) -> Iterator[dict[str, Any]]:
        """A row of the events table for each."""
        for begin_s, end_s in self._spans_s:
            hours = (end_s - begin_s) / SECONDS_PER_HOUR
            yield {"t_s": begin_s, "owner": "site", "event": "shortage", "duration_h": hours}


class ReplayBooks:
    """The books of one replay."""

    def __init__(self, site: Site) -> None:
        """Lay out the books of a prepared site, whose blocks are not numbered yet."""
        self._site = site
        self._terminals = [*site.bus.terminals.values()]
        offers, bids = site.bus.number()
        self._layout = Layout(self._terminals, offers, bids, len(site.bus.gauges))
        self._outages = site.ledger.plan_outages(self._terminals)
        self._hours = HourBook(site.ledger.hour_edges_s, self._layout, self._terminals)
        self._stores = [store for _, store, _ in site.bus.owned if isinstance(store, Store)]
        self._level_lines: Array = np.zeros((len(self._stores), len(site.ledger.hour_edges_s)))
        self._meters = [
            (terminal.name, meter, meter.read)
            for terminal in self._terminals
            for meter in terminal.meters
            if isinstance(meter.read, Linear)
        ]
        self._cover = AdequacyBook(self._layout, self._terminals, _ends(site.horizon_s))
        kinds = [[at - 2 - len(offers) for at in kind] for kind in self._cover.wanted_at()]
        self._demand = demand_of(site.bus, kinds, site.horizon_s)
        self._unserved_mwh: dict[str, float] = defaultdict(float)
        self._curtailed_mwh: dict[str, float] = defaultdict(float)
        self._shortages = Shortages()
        plan = self._plan()
        self._totals_at = plan.totals
        self.kernel = Kernel(site.bus, self._stores, plan)

    def _plan(self) -> Plan:
        """What the kernel reads, and where it adds up.

        Over the run the flows are integrated, the rates without a factor, and what served bids give up.
        """
        site, layout, ledger = self._site, self._layout, self._site.ledger
        hour_book, groups, self._levels = self._hours.lines()
        is_fine = any(billing.contract.needs_demand for billing in self._billings)
        bill_book = ledger.meter(ledger.demand_edges_s if is_fine else _ends(site.horizon_s))
        weighed = [rate for _, _, rate in self._meters if _varies(rate)]
        script, factors = script_of(site.bus, [one.series for one in weighed if one.series], site.horizon_s)
        served = [(layout.used_at(bid) - 1, 1.0) for bid in layout.bids if bid.accepted is Flow.SERVED]
        places = _Places(layout.width - 1)
        flows = [*map(places.of, self._flows())]
        steady = [places.of(self._rate(rate)) for _, _, rate in self._meters if not _varies(rate)]

        def of_flows(columns: Sequence[int]) -> int:
            return places.of([(flows[column], 1.0) for column in columns])

        return Plan(
            horizon_s=site.horizon_s,
            script=script,
            totals=[*flows, *steady, places.of(served)],
            powers=[of_flows(layout.having(*of)) for of in SERIES.values()],
            weighed=[places.of(self._rate(rate)) for rate in weighed],
            factors=factors,
            hours=Lines(hour_book.edges_s, hour_book.integrals, [*map(of_flows, groups)]),
            bills=Lines(bill_book.edges_s, bill_book.integrals, [*map(places.of, self._billed())]),
            levels=Lines(
                ledger.hour_edges_s,
                self._level_lines,
                [self._level_at(store.name) for store in self._stores],
            ),
            forms=Forms.of(places.forms),  # all that the lines above have asked for
            quarters_s=ledger.demand_edges_s,
            short=[layout.used_at(bid) - 1 for bid in layout.bids if bid.rest is Flow.UNSERVED],
            spilt=[layout.number(offer) for offer in layout.offers if offer.rest is Flow.CURTAILED],
            steps=len(self._demand.begins_s) + _MORE_STEPS,
        )

    @property
    def _billings(self) -> list[Billing]:
        return [call for call in self._site.closings if isinstance(call, Billing)]

    def run(self) -> Closed:
        """Run the kernel, and close the books."""
        kernel = self.kernel
        while not kernel.run():
            self._give_reasons()
            kernel.make_room()
        self._give_reasons()
        self._totals = kernel.sums[self._totals_at]
        return self._closed()

    def _flows(self) -> list[Terms]:
        """Each flow, as terms of the numbers of a row."""
        found: list[Terms] = [[] for _ in self._layout.columns]
        for at, column, factor in self._layout.entries:
            found[column].append((at - 1, factor))
        return found

    def _accepted(self, blocks: Sequence[Block], factor: float = 1.0) -> Terms:
        """The accepted power of some blocks."""
        found = []
        for block in blocks:
            stated, used = self._layout.stated_at(block) - 1, self._layout.used_at(block) - 1
            found += [(used, factor)] if block.is_offer else [(stated, factor), (used, -factor)]
        return found

    def _billed(self) -> list[Terms]:
        """What is metered of the contracts."""
        if not self._billings:
            return []
        accepted, offered = self._site.ledger.metered_blocks()
        stated = [[(self._layout.stated_at(block) - 1, 1.0) for block in blocks] for blocks in offered]
        return [*(self._accepted(blocks) for blocks in accepted), *stated]

    def _rate(self, rate: Linear) -> Terms:
        """A rate without its series."""
        return [
            term for blocks, per_mwh in rate.terms for term in self._accepted(blocks, per_mwh * rate.scale)
        ]

    def _level_at(self, name: str) -> int:
        """Place of the level of a store in a row."""
        terminal = self._site.bus.terminals[name]
        (gauge,) = (gauge for gauge in terminal.gauges if gauge.label == STORED)
        return self._layout.gauge_at(gauge) - 1

    def _give_reasons(self) -> None:
        """Find why power was unserved or curtailed in the rows that were kept."""
        kernel, width = self.kernel, self._layout.width
        kept = kernel.kept[: kernel.kept_rows].T
        if not kept.shape[1]:
            return
        begins_s, ends_s = kept[0], kept[-1]
        rows = Rows(self._layout, kept[:width], np.append(begins_s, ends_s[-1]))
        costs = Costs(np.arange(len(begins_s)), kept[width:-1])
        hours = (ends_s - begins_s) / SECONDS_PER_HOUR
        short = causes.unserved(self._layout, rows, self._outages, costs)
        for reason, mw in short.items():
            self._unserved_mwh[reason] += float(mw @ hours)
        for reason, mw in causes.curtailed(self._layout, rows, costs).items():
            self._curtailed_mwh[reason] += float(mw @ hours)
        total = sum(short.values(), np.zeros(len(hours)))
        on = total > causes.SLACK_MW
        self._shortages.add(begins_s[on], ends_s[on])

    def _closed(self) -> Closed:
        """The closed books, without recorded flows."""
        site, ledger = self._site, self._site.ledger
        totals = self._totals[: len(self._layout.columns)]
        balance = audit.balance(_Totals(self._layout, totals), site.bus.keepers)
        for billing in self._billings:
            billing.enter()
        self._post()
        for store, levels in zip(self._stores, self._level_lines, strict=True):
            self._levels[store.name][:] = levels
        nothing: Array = np.zeros(0)
        return Closed(
            horizon_s=site.horizon_s,
            columns=tuple(self._layout.columns),
            totals=totals,
            t_s=nothing,
            flows=np.zeros((len(totals), 0)),
            monthly=totals[:, np.newaxis],
            power=self._power(),
            adequacy=self._adequacy(),
            hours=self._hours.close(),
            postings=tuple(ledger.postings.close()),
            edges_s=dict(ledger.postings.edges_s),
            curtailed_mwh=dict(self._curtailed_mwh),
            unserved_mwh=dict(self._unserved_mwh),
            balance=balance,
            settlements=site.bus.settlements,
            is_compiled=True,
            participants=site.participants(),
            events=tuple(self._shortages.events()),
            jobs=(),
            same_weather=site.skies.same_for_all_seeds(),
        )

    def _post(self) -> None:
        """Enter what the accounts come to over the run."""
        steady = iter(self._totals[len(self._layout.columns) :].tolist())
        weighed = iter(self.kernel.factored.tolist())
        for owner, meter, rate in self._meters:
            if _varies(rate):
                amount = next(weighed)
            else:
                amount = next(steady) * (1.0 if rate.series is None else float(rate.series.values[0]))
            self._site.ledger.postings.enter(meter.account, owner, amount, 0.0)

    def _power(self) -> Peaks:
        """Peaks of the four powers, and changes of the load."""
        kernel, ledger = self.kernel, self._site.ledger
        load = self._demand.changes
        if self._totals[-1]:  # not all that is wanted was served
            edges_s = np.append(kernel.steps_s[: kernel.steps], self._site.horizon_s)
            load = changes(edges_s, kernel.steps_mw[: kernel.steps])
        return Peaks(
            edges_s=ledger.demand_edges_s,
            month_edges_s=_ends(self._site.horizon_s),
            means_mw=dict(zip(SERIES, kernel.means.highest_mw[:, np.newaxis], strict=True)),
            extremes={
                name: Extremes(*each)
                for name, *each in zip(
                    SERIES,
                    kernel.extremes.highest_mw[:, np.newaxis],
                    kernel.extremes.at_s[:, np.newaxis],
                    kernel.extremes.lowest_mw[:, np.newaxis],
                    strict=True,
                )
            },
            changes={"load": load},
            highest_h_mw=dict(zip(SERIES, kernel.means.highest_h_mw[:, np.newaxis], strict=True)),
        )

    def _adequacy(self) -> Adequacy:
        """Firm capacity against demand wanted, which is known before the run."""
        book, demand = self._cover, self._demand
        begins_s, wanted = demand.tightest if book.is_constant else (demand.begins_s, demand.mw)
        book.cover(np.append(begins_s, demand.horizon_s), wanted)
        return book.close()


def _varies(rate: Linear) -> bool:
    """Whether a rate has a factor that varies with time."""
    return rate.series is not None and len(rate.series) > 1


def _ends(horizon_s: float) -> Array:
    """The start and the end of a run."""
    return np.array([0.0, horizon_s])
