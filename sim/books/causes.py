"""Causes: attributes curtailed and unserved power to reasons.

Participants define reasons: for a block, why its rest is curtailed or why no more power could be taken; for
an outage, why capacity is missing. The reasons for the remainder are defined here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from math import inf

import numpy as np

from sim.books.costs import Costs
from sim.books.rows import Layout, Rows
from sim.bus.block import Block
from sim.bus.flows import Flow
from sim.timeseries.series import Array, StepSeries
from sim.timeseries.times import Places

ECONOMIC = "economic"
NO_EXPORT = "no export"
CAPACITY = "capacity"
PRICE = "price"

SLACK_MW = 1e-9


class Outages:
    """Capacity that is missing, by reason, as step functions of time."""

    def __init__(self) -> None:
        self._changes: dict[str, list[tuple[float, float]]] = defaultdict(lambda: [(-inf, 0.0)])
        self._planned: list[tuple[str, StepSeries]] = []

    def plan(self, reason: str, mw: StepSeries) -> None:
        """Record capacity that is missing over the run."""
        self._planned.append((reason, mw))

    def change(self, t_s: float, reason: str, change_mw: float) -> None:
        """Record that capacity was lost (positive) or regained (negative)."""
        steps = self._changes[reason]
        steps.append((t_s, steps[-1][1] + change_mw))

    def at(self, t_s: Array) -> dict[str, Array]:
        """Missing capacity by reason at each time [MW]; earlier entries are deleted."""
        found: dict[str, Array] = {}
        for reason, steps in self._changes.items():
            times, levels = np.array(steps).T
            found[reason] = levels[np.searchsorted(times, t_s, side="right") - 1]
            keep = np.searchsorted(times, t_s[-1], side="right") - 1
            del steps[:keep]
        for reason, mw in self._planned:
            found[reason] = found.get(reason, 0.0) + mw.values_at(t_s)
        return found


def curtailed(layout: Layout, rows: Rows, costs: Costs) -> dict[str, Array]:
    """Curtailed power of each row by reason [MW].

    Reasons are bounded by quantity and given in this order. The reason of a block that knows its own; for
    power that is not for sale, up to the power in use that costs more. `economic`, up to the bids refused and
    the dispatchable power that ran instead. The reason of a store, up to the charging power that it withheld
    and would have bid at least the cost of the curtailed power. The rest has the reason of a bid that takes
    its full size, such as a connection at its export limit, or else `no export`.
    """
    causes: dict[str, Array] = defaultdict(lambda: np.zeros(len(rows.t_s)))
    spilt = _spilt(layout, rows)
    if not spilt:
        return {}
    budgets = _Budgets(layout, rows, costs)
    for at, (block, rest) in enumerate(spilt):
        if block.reason:
            known = rest if block.price < inf or block.cost is None else budgets.wanted(block, rest)
            causes[block.reason] += known
            spilt[at] = block, rest - known
    for block, rest in spilt:
        for reason, mw in budgets.explained(block, rest):
            causes[reason] += mw
    return {reason: mw for reason, mw in causes.items() if mw.any()}


def _spilt(layout: Layout, rows: Rows) -> list[tuple[Block, Array]]:
    """Blocks with curtailed power, and that power."""
    found = []
    for block in layout.offers:
        if block.rest is Flow.CURTAILED:
            rest = np.where(rows.rest_mw(block) > SLACK_MW, rows.rest_mw(block), 0.0)
            if rest.any():
                found.append((block, rest))
    return found


class _Budgets:
    """How much curtailed power each reason can still explain, in each row [MW]."""

    def __init__(self, layout: Layout, rows: Rows, costs: Costs) -> None:
        self._layout = layout
        self._rows = rows
        self._costs = costs.take(len(rows.t_s))
        dispatchable = {offer.owner for offer in layout.offers if offer.rest is not Flow.CURTAILED}
        self._economic = np.zeros(len(rows.t_s))
        for offer in layout.offers:
            if offer.owner in dispatchable:
                self._economic += rows.accepted_mw(offer)
        for bid in layout.bids:
            self._economic += rows.rest_mw(bid)
        self._wanted = self._economic.copy()
        self._limited = [bid for bid in layout.bids if bid.reason and bid.withheld is None]
        self._withheld = {
            bid: rows.gauge(bid.withheld)
            for bid in layout.bids
            if bid.reason and bid.withheld is not None and rows.gauge(bid.withheld).any()
        }

    def _cost(self, block: Block) -> Array:
        return np.asarray(self._costs[self._layout.number(block)])

    def wanted(self, block: Block, rest: Array) -> Array:
        """Power of a block that was not for sale, up to the power in use that costs more."""
        cost = self._cost(block)
        used = np.zeros(len(rest))
        for other in (*self._layout.offers, *self._layout.bids):
            taken = self._rows.accepted_mw(other) if other.is_offer else self._rows.rest_mw(other)
            used += np.where(self._cost(other) > cost, taken, 0.0)
        mw = _take(self._wanted, np.minimum(rest, used))
        _take(self._economic, mw)
        return mw

    def explained(self, block: Block, rest: Array) -> Iterator[tuple[str, Array]]:
        """Reasons for a block without a reason of its own, with the power that each explains."""
        mw = _take(self._economic, rest)
        yield ECONOMIC, mw
        left = rest - mw
        for bid, withheld in self._withheld.items():
            mw = _take(withheld, np.where(self._cost(bid) >= self._cost(block), left, 0.0))
            yield bid.reason, mw
            left = left - mw
        for bid in self._limited:
            mw = np.where(self._rows.stated_mw(bid) > SLACK_MW, left, 0.0)
            yield bid.reason, mw
            left = left - mw
        yield NO_EXPORT, left


def _take(budget: Array, mw: Array) -> Array:
    """Take power from a budget, as far as it goes."""
    taken = np.where(mw - budget <= SLACK_MW, mw, budget)
    np.maximum(budget - taken, 0.0, out=budget)
    return taken


def unserved(layout: Layout, rows: Rows, outages: Outages, costs: Costs) -> dict[str, Array]:
    """Unserved power of each row by reason [MW].

    First `price`, up to the power that was offered and not used because it cost more than the load is worth.
    (What is cheaper was not used because it would have served whole jobs in part.) Then the capacity that is
    missing for known reasons, in proportion if there are several. The rest is `capacity`.
    """
    short = np.zeros(len(rows.t_s))
    for bid in layout.bids:
        if bid.rest is Flow.UNSERVED:
            short += rows.rest_mw(bid)
    at = np.flatnonzero(short > SLACK_MW)  # few rows as a rule
    if not len(at):
        return {}
    missing = outages.at(rows.t_s[at])
    found = _reasons(layout, rows, at, short[at], missing=missing, usd_per_mwh=costs.take(len(short)))
    whole = np.zeros((len(found), len(short)))
    whole[:, at] = [*found.values()]
    return dict(zip(found, whole, strict=True))


def _reasons(
    layout: Layout, rows: Rows, at: Places, short: Array, *, missing: dict[str, Array], usd_per_mwh: Array
) -> dict[str, Array]:
    """Unserved power by reason of the rows in which there is any.

    Args:
        layout: Meaning of the rows.
        rows: All rows.
        at: Places of the rows with unserved power.
        short: Unserved power of these.
        missing: Missing capacity of these by reason; what blocks know is added.
        usd_per_mwh: Price of each block in each of all rows.
    """
    unused, worth = np.zeros(len(short)), np.full(len(short), inf)
    for bid in layout.bids:
        if bid.rest is Flow.UNSERVED:
            least = np.minimum(worth, usd_per_mwh[layout.number(bid)][at])
            worth = np.where(rows.rest_mw(bid)[at] > SLACK_MW, least, worth)
    for offer in layout.offers:
        if offer.price == inf:
            reason = offer.reason or CAPACITY
            missing[reason] = missing.get(reason, 0.0) + rows.stated_mw(offer)[at]
        else:
            unused += np.where(usd_per_mwh[layout.number(offer)][at] > worth, rows.rest_mw(offer)[at], 0.0)
    price = np.where(unused > SLACK_MW, np.minimum(short, unused), 0.0)
    short = np.where(short - price > SLACK_MW, short - price, 0.0)
    lost = sum(missing.values(), np.zeros(len(short)))
    explained = np.where(short - lost <= SLACK_MW, short, np.where(lost > SLACK_MW, lost, 0.0))
    share = np.divide(explained, lost, out=np.zeros_like(lost), where=lost > SLACK_MW)
    causes = {reason: share * mw for reason, mw in missing.items()}
    causes[CAPACITY] = causes.get(CAPACITY, 0.0) + short - explained
    return {PRICE: price} | causes if price.any() else causes
