"""The account: what is counted beside power, such as money, carbon or requests.

A participant contributes accounts on its terminal. They are posted with the rows of the books, and one
definition is all that summary, report, comparison and sweep columns need.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from sim.bus.block import Block, Gauge
from sim.timeseries.series import Array, StepSeries


class Adds(StrEnum):
    """How the amounts of several participants make one."""

    SUM = "sum"
    HIGHEST = "highest"
    APART = "apart"


class Grain(StrEnum):
    """The intervals over which an account is kept; months are local, the others those of the clock."""

    RUN = "run"
    MONTH = "month"
    HOUR = "hour"
    DEMAND_INTERVAL = "demand interval"


@dataclass(frozen=True)
class Account:
    """The definition of an account.

    Attributes:
        name: Its key in summaries, comparisons and sweeps, ending in its unit, such as `heat_sold_mwh`.
        unit: Its unit, as a reader writes it.
        title: What a report calls it.
        part: Which part of it this is, such as a line of the bill; empty if it has none.
        adds: How the amounts of several participants make one.
        grain: The intervals over which it is kept.
        bins: Bounds of the bins of a histogram, increasing; empty if it is none.
    """

    name: str
    unit: str
    title: str
    part: str = ""
    adds: Adds = Adds.SUM
    grain: Grain = Grain.RUN
    bins: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not (self.name.isidentifier() and self.unit and self.title):
            raise ValueError(
                f"account {self.name!r}: must have an identifier as its name, a unit and a title"
            )
        increasing = len(self.bins) != 1 and all(low < high for low, high in pairwise(self.bins))
        if self.bins and not (increasing and self.grain is Grain.RUN):
            raise ValueError(
                f"account {self.name!r}: bins must be at least 2 increasing numbers, and grain must be run"
            )


class Reading(Protocol):
    """A stretch of the books, as accounts see it: arrays with one element per row."""

    @property
    def t_s(self) -> Array:
        """Elapsed seconds at which each row begins."""

    @property
    def hours(self) -> Array:
        """How long each row holds [h]."""

    def accepted_mw(self, block: Block) -> Array:
        """Accepted power of a block [MW]."""

    def stated_mw(self, block: Block) -> Array:
        """Size of a block [MW]."""

    def gauge(self, gauge: Gauge) -> Array:
        """What a gauge showed."""


Rate = Callable[[Reading], Array]
"""An amount per hour, or a value, for each row."""


class Meter:
    """An account of one participant that is read from the rows.

    Attributes:
        account: What it counts.
        read: An amount of each row: per hour for a meter, in all for a counter; for a histogram the value
            by which its hours are sorted.
        series: Step functions that `read` depends on, whose changes divide rows.
        divides: Whether a row may be divided; a counter, which may keep what it has seen, is given each row
            once and whole.
    """

    __slots__ = ("account", "divides", "read", "series")

    def __init__(
        self, account: Account, read: Rate, series: tuple[StepSeries, ...] = (), *, divides: bool = True
    ) -> None:
        self.account = account
        self.read = read
        self.series = series
        self.divides = divides
