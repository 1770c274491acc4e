"""The contract: dispatch prices and lines of the bill."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

import numpy as np

from sim.books.metered import Metered
from sim.bus.block import Block
from sim.bus.terminal import Terminal
from sim.contracts.bill import bill_line
from sim.site import Site
from sim.timeseries.series import Array, StepSeries


class Rung(NamedTuple):
    """A step of the ladder of dispatch prices.

    Attributes:
        power_mw: Power of the step; infinite for the last one.
        usd_per_mwh: Dispatch price over the run.
    """

    power_mw: float
    usd_per_mwh: StepSeries


@dataclass(frozen=True, eq=False)
class BillLine:
    """A line of the bill, month by month.

    Attributes:
        name: Name of the line, such as `energy charge`; lines of one name are added up in reports.
        usd: Amount of each local month of the run; revenue is negative.
        detail: What part of it, such as `period 2, tier 1`; may be empty.
        unit: Unit of the quantity, such as `MWh`; empty without one.
        quantity: What is charged in each month.
        usd_per_unit: Rate of the quantity; None if it varies: then the mean is the amount over the quantity.
        measured: The quantity as it was measured, where the contract charges more than that.
    """

    name: str
    usd: Array
    detail: str = ""
    unit: str = ""
    quantity: Array | None = None
    usd_per_unit: float | None = None
    measured: Array | None = None


class Contract(ABC):
    """Payment for power.

    Dispatch prices determine which sources run; contracts determine who pays. A contract gives the dispatch
    prices of its power and, after the run, the lines of its bill. The bill is computed from energy metered
    in intervals that are split at changes of its prices.
    """

    @abstractmethod
    def ladder(self) -> tuple[Rung, ...]:
        """Dispatch prices of its power, lowest first."""

    @abstractmethod
    def prices(self) -> Sequence[StepSeries]:
        """Step functions; metered intervals are split at their changes."""

    @property
    def needs_demand(self) -> bool:
        """Whether its bill needs the energy of demand intervals. Default: yes."""
        return True

    @abstractmethod
    def bill(self, metered: Metered) -> list[BillLine]:
        """The lines of its bill for a run."""


def settle(
    site: Site,
    terminal: Terminal,
    contract: Contract,
    drawn: Sequence[Block],
    fed: Sequence[Block] = (),
    *,
    offered: Sequence[Block] = (),
    counterparty: str = "",
) -> None:
    """Meter the power of a contract from now on, and enter its bill when the books are closed.

    Args:
        site: The site.
        terminal: The participant that pays or is paid.
        contract: The contract.
        drawn: Blocks whose power is imported or delivered under it.
        fed: Blocks whose power is exported under it.
        offered: Blocks whose size is metered too: what they could have given.
        counterparty: Who is on the other side, for the bill.
    """
    number = site.ledger.add_contract(drawn, fed, contract.prices(), offered)
    site.on_close(Billing(site, terminal, contract, number, counterparty))


@dataclass(frozen=True, eq=False)
class Billing:
    """What is left to do for a contract when the books are closed.

    Attributes:
        site: The site.
        terminal: The participant that pays or is paid.
        contract: The contract.
        number: Its number in the ledger.
        counterparty: Who is on the other side.
    """

    site: Site
    terminal: Terminal
    contract: Contract
    number: int
    counterparty: str

    def __call__(self) -> None:
        """Enter the bill, and its rows."""
        begins_s = self.site.ledger.metered(self.number).month_edges_s[:-1].tolist()
        for line in self.enter():
            self.site.bill += _items(line, begins_s, self.terminal.name, self.counterparty)

    def enter(self) -> list[BillLine]:
        """Enter the amounts of the bill; its lines."""
        lines = self.contract.bill(self.site.ledger.metered(self.number))
        for line in lines:
            self.site.ledger.enter_months(bill_line(line.name), self.terminal.name, line.usd)
        return lines


def _items(
    line: BillLine, begins_s: Sequence[float], owner: str, counterparty: str
) -> Iterator[dict[str, Any]]:
    """The rows of a line in the table of the bill; months in which nothing was charged are left out."""
    nothing = np.zeros(len(begins_s))
    quantity = nothing if line.quantity is None else line.quantity
    measured = quantity if line.measured is None else line.measured
    for begin_s, usd, charged, seen in zip(
        begins_s, line.usd.tolist(), quantity.tolist(), measured.tolist(), strict=True
    ):
        if usd or charged:
            yield {
                "begin_s": begin_s,
                "owner": owner,
                "counterparty": counterparty,
                "line": line.name,
                "detail": line.detail,
                "quantity": charged if line.unit else None,
                "unit": line.unit,
                "usd_per_unit": usd / charged if charged and line.usd_per_unit is None else line.usd_per_unit,
                "usd": usd,
                "measured": seen if line.unit else None,
            }


def open_ended(usd_per_mwh: StepSeries) -> tuple[Rung, ...]:
    """A ladder with one price for any amount of power."""
    return (Rung(inf, usd_per_mwh),)
