"""The account: a quantity counted in addition to power, such as money, carbon or requests.

A participant adds accounts to its terminal. They are posted with the rows of the books. Summary, report,
comparison and sweep columns are generated from the definition of the account.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

import numpy as np

from sim.bus.block import Block, Gauge
from sim.timeseries.series import Array, StepSeries


class Adds(StrEnum):
    """How the amounts of several participants are combined."""

    SUM = "sum"
    HIGHEST = "highest"
    APART = "apart"


class Grain(StrEnum):
    """The intervals over which an account is kept, by the local clock."""

    RUN = "run"
    MONTH = "month"
    HOUR = "hour"
    DEMAND_INTERVAL = "demand interval"


@dataclass(frozen=True)
class Account:
    """The definition of an account.

    Attributes:
        name: Key in summaries, comparisons and sweeps, with its unit as suffix, such as `heat_sold_mwh`.
        unit: Unit as shown in reports.
        title: Title in reports.
        part: Name of the part, such as a line of the bill; empty if the account has no parts.
        adds: How the amounts of several participants are combined.
        grain: The intervals over which it is kept.
        bins: Increasing bounds of the bins of a histogram; empty if it is none. A bin includes its lower
            bound. Hours at values outside all bins are not counted; the outer bounds may be infinite.
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
    """Rows of the books, as accounts read them: arrays with one element per row."""

    @property
    def t_s(self) -> Array:
        """Elapsed seconds at which each row begins."""

    @property
    def hours(self) -> Array:
        """Duration of each row [h]."""

    def accepted_mw(self, block: Block) -> Array:
        """Accepted power of a block [MW]."""

    def stated_mw(self, block: Block) -> Array:
        """Size of a block [MW]."""

    def gauge(self, gauge: Gauge) -> Array:
        """Value of a gauge."""


Rate = Callable[[Reading], Array]
"""An amount per hour, or a value, for each row."""


@dataclass(frozen=True, eq=False)
class Linear:
    """A rate that is linear in accepted power: known as data, so that it can be read without a call.

    Attributes:
        terms: Blocks whose accepted power counts together, with its amount per MWh. The list of blocks may
            grow until the clock starts.
        series: A factor that varies with time; None without one.
        scale: A constant factor on the whole.
    """

    terms: tuple[tuple[Sequence[Block], float], ...]
    series: StepSeries | None = None
    scale: float = 1.0

    def __call__(self, rows: Reading) -> Array:
        """The amount per hour of each row."""
        total: Array = np.zeros(len(rows.t_s))
        for blocks, per_mwh in self.terms:
            power = np.zeros(len(total))
            for block in blocks:
                power += rows.accepted_mw(block)
            total += power * per_mwh
        if self.series is not None:
            total *= self.series.values_at(rows.t_s)
        return total if self.scale == 1.0 else total * self.scale


class Meter:
    """An account of one participant that is computed from the rows.

    Attributes:
        account: The account.
        read: Amount of each row: per hour for a meter, in total for a counter; for a histogram the value that
            selects the bin of the row's hours.
        series: Step functions that `read` depends on; rows are split at their changes.
        divides: Whether a row may be split. A counter may keep state, so it receives each row once and
            unsplit.
        in_service: 1 while the participant is in service and 0 otherwise; None if it always is.
    """

    __slots__ = ("account", "divides", "in_service", "read", "series")

    def __init__(
        self, account: Account, read: Rate, series: tuple[StepSeries, ...] = (), *, divides: bool = True
    ) -> None:
        self.account = account
        self.read = read
        self.series = series
        self.divides = divides
        self.in_service: StepSeries | None = None
