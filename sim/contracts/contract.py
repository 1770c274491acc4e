"""The contract: dispatch prices and lines of the bill."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import numpy as np

from sim.books.metered import Metered
from sim.bus.block import Block
from sim.bus.terminal import Terminal
from sim.contracts.bill import bill_line
from sim.site import Site
from sim.timeseries import segments
from sim.timeseries.series import Array, StepSeries


class Rung(NamedTuple):
    """A step of the ladder of dispatch prices.

    Attributes:
        power_mw: Power of the step; infinite for the last one.
        usd_per_mwh: Dispatch price over the run.
    """

    power_mw: float
    usd_per_mwh: StepSeries


@dataclass(frozen=True)
class BillLine:
    """A line of the bill, month by month.

    Attributes:
        name: Name of the line, such as `energy charge`.
        usd: Amount of each local month of the run; revenue is negative.
    """

    name: str
    usd: Array


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

    @abstractmethod
    def bill(self, metered: Metered) -> list[BillLine]:
        """The lines of its bill for a run."""


def settle(
    site: Site, terminal: Terminal, contract: Contract, drawn: Sequence[Block], fed: Sequence[Block] = ()
) -> None:
    """Meter the power of a contract from now on, and enter its bill when the books are closed.

    Args:
        site: The site.
        terminal: The participant that pays or is paid.
        contract: The contract.
        drawn: Blocks whose power is imported or delivered under it.
        fed: Blocks whose power is exported under it.
    """
    number = site.add_contract(drawn, fed, contract.prices())

    def close() -> None:
        metered = site.metered(number)
        for line in contract.bill(metered):
            account = bill_line(line.name)
            for begin_s, usd in zip(metered.month_edges_s.tolist(), line.usd.tolist(), strict=False):
                terminal.enter(account, usd, at_s=begin_s)

    site.on_close(close)


def energy_usd(metered: Metered, energy_mwh: Array, usd_per_mwh: StepSeries) -> Array:
    """Cost of energy at a price, by local month.

    Args:
        metered: Gives the intervals.
        energy_mwh: Energy of each of its intervals.
        usd_per_mwh: The price.
    """
    amounts = energy_mwh * usd_per_mwh.values_at(metered.edges_s[:-1])
    return segments.sums(amounts, metered.month_begins)


def by_month(metered: Metered, begin_s: Array, amounts: Array) -> Array:
    """Sums of amounts over local months.

    Args:
        metered: Gives the starts of the months.
        begin_s: Elapsed second at which each amount begins.
        amounts: The amounts.
    """
    months = len(metered.month_edges_s) - 1
    return np.asarray(
        np.bincount(metered.month_of(begin_s), weights=amounts, minlength=months), dtype=np.float64
    )


def open_ended(usd_per_mwh: StepSeries) -> tuple[Rung, ...]:
    """A ladder with one price for any amount of power."""
    return (Rung(inf, usd_per_mwh),)
