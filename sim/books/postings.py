"""Postings: the amounts of each participant's accounts, posted with the rows of the books."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from sim.books.rows import Layout, Rows
from sim.bus.account import Account, Grain, Meter
from sim.timeseries.series import Array
from sim.timeseries.times import union


@dataclass(frozen=True, eq=False)
class Posting:
    """The amounts of an account of one participant.

    Attributes:
        account: The account.
        owner: The participant.
        amounts: Amount over each interval of the account's grain, or hours in each bin of a histogram.
    """

    account: Account
    owner: str
    amounts: Array

    @property
    def total(self) -> float:
        """Amount over the run; for a histogram the sum of its hours."""
        return float(self.amounts.sum())


class Postings:
    """The accounts of a run, as they are posted.

    Attributes:
        edges_s: Where the intervals of a grain begin and the last one ends, by grain.
    """

    def __init__(self, edges_s: Mapping[Grain, Callable[[], Array]]) -> None:
        """Begin.

        Args:
            edges_s: Makes the edges of each grain but the run, for those that are used.
        """
        self._makers = edges_s
        self.edges_s: dict[Grain, Array] = {}
        self._amounts: dict[tuple[Account, str], Array] = {}
        self._first: dict[str, Account] = {}
        self._meters: list[tuple[str, Meter]] = []
        self._marks_s: Array = np.empty(0)

    def open(self, meters: Iterable[tuple[str, Meter]]) -> None:
        """Open the accounts that are read from the rows, each with the name of its owner."""
        self._meters = [*meters]
        for owner, meter in self._meters:
            self._account(meter.account, owner)
        cuts = [series.times_s for _, meter in self._meters for series in meter.series]
        cuts += [self.edges_s[meter.account.grain] for _, meter in self._meters if _is_divided(meter)]
        self._marks_s = reduce(union, cuts, np.empty(0))

    def enter(self, account: Account, owner: str, amount: float, at_s: float) -> None:
        """Enter a one-off amount."""
        if account.bins:
            raise ValueError(f"{owner}: {account.name} is a histogram; use meter()")
        amounts = self._account(account, owner)
        at = 0
        if account.grain is not Grain.RUN:
            at = int(self.edges_s[account.grain].searchsorted(at_s, "right")) - 1
        amounts[min(max(at, 0), len(amounts) - 1)] += amount

    def enter_months(self, account: Account, owner: str, amounts: Array) -> None:
        """Enter an amount of each local month into an account that is kept by month."""
        entered = self._account(account, owner)
        entered += amounts

    def post(self, layout: Layout, numbers: Array, edges_s: Array) -> None:
        """Post consecutive rows.

        Args:
            layout: Meaning of the numbers.
            numbers: The numbers of the rows, one array row per number.
            edges_s: Starts of the rows, and the end of the last one [s].
        """
        if not self._meters:
            return
        first, last = np.searchsorted(self._marks_s, (edges_s[0], edges_s[-1]), side="right")
        cuts_s = union(edges_s, self._marks_s[first:last])
        fine = Rows(layout, numbers, edges_s, cuts_s if len(cuts_s) > len(edges_s) else None)
        whole = Rows(layout, numbers, edges_s)
        for owner, meter in self._meters:
            self._add(owner, meter, fine if meter.divides else whole)

    def close(self) -> list[Posting]:
        """The result of every account, in the order in which they were opened."""
        return [
            Posting(account, owner, amounts.copy()) for (account, owner), amounts in self._amounts.items()
        ]

    def total(self, account: Account, owner: str) -> float:
        """Amount of an account of one owner that has been posted so far."""
        amounts = self._amounts.get((account, owner))
        return 0.0 if amounts is None else float(amounts.sum())

    def _account(self, account: Account, owner: str) -> Array:
        key = account, owner
        amounts = self._amounts.get(key)
        if amounts is None:
            amounts = self._amounts[key] = np.zeros(self._count(account, owner))
        return amounts

    def _count(self, account: Account, owner: str) -> int:
        """Number of the amounts of a new account."""
        first = self._first.setdefault(account.name, account)
        if replace(first, part=account.part) != account:
            raise ValueError(f"{owner}: {_disagreement(account, first)}")
        if account.bins:
            return len(account.bins) - 1
        if account.grain is Grain.RUN:
            return 1
        if account.grain not in self.edges_s:
            self.edges_s[account.grain] = self._makers[account.grain]()
        return len(self.edges_s[account.grain]) - 1

    def _add(self, owner: str, meter: Meter, rows: Rows) -> None:
        account = meter.account
        amounts = self._amounts[account, owner]
        values = meter.read(rows)
        wrong = ~np.isfinite(values)
        if wrong.any():
            raise ValueError(f"{owner}: {account.name} is not finite at {rows.t_s[wrong][0]} s")
        hours = rows.hours
        if meter.in_service is not None:
            served = meter.in_service.values_at(rows.t_s)
            hours, values = hours * served, values * served
        if account.bins:
            at = np.searchsorted(account.bins, values, side="right") - 1
            inside = (at >= 0) & (at < len(amounts))
            np.add.at(amounts, at[inside], hours[inside])
            return
        if account.grain is Grain.RUN:
            amounts[0] += float(values @ hours) if meter.divides else float(values.sum())
            return
        grain_s = self.edges_s[account.grain]
        first, last = np.searchsorted(grain_s, (rows.t_s[0], rows.t_s[-1]), side="right") - 1
        if first == last:
            amounts[first] += float(values @ hours) if meter.divides else float(values.sum())
            return
        each = values * hours if meter.divides else values
        np.add.at(amounts, np.searchsorted(grain_s, rows.t_s, side="right") - 1, each)


def _is_divided(meter: Meter) -> bool:
    return meter.divides and meter.account.grain is not Grain.RUN and not meter.account.bins


def _disagreement(account: Account, first: Account) -> str:
    """How an account differs from the first one of its name."""
    differing = [
        f"{name} = {getattr(account, name)} here, {getattr(first, name)} there"
        for name in ("unit", "title", "adds", "grain", "bins")
        if getattr(account, name) != getattr(first, name)
    ]
    return f"account {account.name} is defined differently elsewhere: {'; '.join(differing)}"
