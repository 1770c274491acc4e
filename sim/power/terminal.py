"""The terminal: where a participant states what it can give and what it wants."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from simpy import Environment, Event

from sim.power.flows import SUPPLY, Curtailed, Flow, Unserved
from sim.power.watch import Watch
from sim.series import StepSeries


class Market(Protocol):
    """What a terminal needs of its bus."""

    @property
    def env(self) -> Environment:
        """The clock."""

    asked: bool
    asker: str
    settlements: int
    offered: list[float]
    wanted: list[float]
    settled_mw: list[float]
    given: list[float]
    gauges: list[float]
    watches: list[Watch]

    def ask(self, owner: str) -> None:
        """Ask for a settlement at this instant."""

    def reprice(self, owner: str) -> None:
        """Ask for a settlement with the ladder sorted anew."""

    def lose(self, reason: Unserved, change_mw: float) -> None:
        """Note that the site has lost or regained capacity."""

    def call_at(self, at_s: float, call: Callable[[float], None]) -> None:
        """Call a function with the time when the clock gets there."""


class Block:
    """An amount of power at a price, on one side of the ladder.

    Attributes:
        owner: Name of the participant.
        price: Dispatch price of an offer, or worth of a bid [USD/MWh].
        accepted: What its accepted part is called in the books.
        rest: What its other part is called, or None if it is nobody's loss.
        reason: Why the rest of it is curtailed, if the block knows; otherwise the books find out.
        it_pu: Share of its accepted part that reaches IT equipment.
        is_offer: Whether it gives power rather than wants it.
        full_mw: For a bid of a store, its size while the store is full.
        at: Its number among the offers or among the bids.
        after: A block that comes first: the reason holds only where all of that one is accepted.
    """

    __slots__ = (
        "_bus",
        "_sizes",
        "accepted",
        "after",
        "at",
        "full_mw",
        "is_offer",
        "it_pu",
        "owner",
        "price",
        "reason",
        "rest",
    )

    def __init__(self, bus: Market, owner: str, price: float, accepted: Flow, rest: Flow | None) -> None:
        self._bus = bus
        self.is_offer = accepted in SUPPLY
        if not (isfinite(price) or (self.is_offer and price == inf)):
            raise ValueError(f"{owner}: price = {price} USD/MWh; allowed: a finite number")
        self._sizes = bus.offered if self.is_offer else bus.wanted
        self.at = len(self._sizes)
        self._sizes.append(0.0)
        self.owner = owner
        self.price = price
        self.accepted = accepted
        self.rest = rest
        self.reason: Curtailed | None = None
        self.after: Block | None = None
        self.it_pu = 0.0
        self.full_mw = 0.0

    def state(self, mw: float) -> None:
        """State the size of the block from now on [MW].

        Raises:
            ValueError: If the size is negative, NaN or infinite.
        """
        sizes = self._sizes
        at = self.at
        if sizes[at] == mw:
            return
        if not 0.0 <= mw < inf:
            raise ValueError(f"{self.owner}: block = {mw} MW; allowed: a finite number at least 0 MW")
        sizes[at] = mw
        bus = self._bus
        bus.asked = True
        bus.asker = self.owner

    def reprice(self, price_usd_per_mwh: float) -> None:
        """State the price of the block from now on [USD/MWh].

        Raises:
            ValueError: If the price is NaN or infinite.
        """
        if price_usd_per_mwh == self.price:
            return
        if not isfinite(price_usd_per_mwh):
            raise ValueError(f"{self.owner}: price = {price_usd_per_mwh} USD/MWh; allowed: a finite number")
        self.price = price_usd_per_mwh
        self._bus.reprice(self.owner)

    @property
    def mw(self) -> float:
        """Its size, as last stated [MW]."""
        return self._sizes[self.at]

    @property
    def accepted_mw(self) -> float:
        """The part of it accepted at the last settlement [MW]."""
        bus = self._bus
        if not bus.given:
            return 0.0
        if self.is_offer:
            return bus.given[self.at]
        number = len(bus.offered) + self.at
        return bus.settled_mw[number] - bus.given[number]


class Gauge:
    """A number that is recorded beside the flows, such as stored energy."""

    __slots__ = ("_gauges", "at", "label", "owner")

    def __init__(self, bus: Market, owner: str, label: str | None) -> None:
        self._gauges = bus.gauges
        self.at = len(self._gauges)
        self._gauges.append(0.0)
        self.owner = owner
        self.label = label

    def show(self, value: float) -> None:
        """Set the number that holds from the next settlement on."""
        self._gauges[self.at] = value

    @property
    def value(self) -> float:
        """The number shown."""
        return self._gauges[self.at]


Array = NDArray[np.float64]
Rate = Callable[["Reading"], Array]


class Reading(Protocol):
    """A stretch of the books, as meters see it: arrays with one element per row."""

    @property
    def t_s(self) -> Array:
        """Elapsed seconds at which each row begins."""

    def accepted_mw(self, block: Block) -> Array:
        """Accepted power of a block [MW]."""

    def stated_mw(self, block: Block) -> Array:
        """Size of a block [MW]."""

    def gauge(self, gauge: Gauge) -> Array:
        """What a gauge showed."""


class Meter:
    """A sum that grows with time, such as a cost or a mass of carbon.

    Attributes:
        line: Line of the bill or of the carbon account.
        unit: `USD` or `kgCO2`.
        rate: Rate per hour of each row.
        series: Step functions the rate depends on, whose changes divide rows.
    """

    __slots__ = ("line", "rate", "series", "unit")

    def __init__(self, line: str, unit: str, rate: Rate, series: tuple[StepSeries, ...]) -> None:
        self.line = line
        self.unit = unit
        self.rate = rate
        self.series = series


class Terminal:
    """A participant's place on the bus.

    Attributes:
        name: Name of the participant.
        clean_pu: Carbon-free share of what it supplies, for the CFE score: a number, or a step
            function of time.
        blocks: Its blocks, in the order in which they were made.
        gauges: Its gauges.
        meters: Its meters.
        capacity_mw: Nameplate, for the capacity factor.
        fixed_usd_per_year: Fixed cost of a year.
    """

    def __init__(self, bus: Market, name: str) -> None:
        self._bus = bus
        self._lost_mw: dict[Unserved, float] = {}
        self._changed: Event | None = None
        self._watch: Watch | None = None
        self._by_s = self._alarm_s = inf
        self.name = name
        self.clean_pu: StepSeries | float = 0.0
        self.capacity_mw = 0.0
        self.fixed_usd_per_year = 0.0
        self.blocks: list[Block] = []
        self.gauges: list[Gauge] = []
        self.meters: list[Meter] = []

    def offer(
        self,
        price_usd_per_mwh: float,
        accepted: Flow = Flow.DELIVERED,
        rest: Flow | None = Flow.CURTAILED,
        reason: Curtailed | None = None,
    ) -> Block:
        """Add a block of power that can be put into the bus; its size is stated later.

        Raises:
            ValueError: If the price is NaN or minus infinity, or the clock has started.
        """
        self._be_early("an offer")
        block = Block(self._bus, self.name, price_usd_per_mwh, accepted, rest)
        block.reason = reason
        self.blocks.append(block)
        return block

    def bid(
        self, worth_usd_per_mwh: float, accepted: Flow = Flow.SERVED, rest: Flow | None = Flow.UNSERVED
    ) -> Block:
        """Add a block of power that is wanted from the bus; its size is stated later.

        Raises:
            ValueError: If the price is NaN or infinite, or the clock has started.
        """
        self._be_early("a bid")
        block = Block(self._bus, self.name, worth_usd_per_mwh, accepted, rest)
        self.blocks.append(block)
        return block

    def gauge(self, label: str | None) -> Gauge:
        """Add a number to be recorded; without a label it is kept for meters only."""
        self._be_early("a gauge")
        gauge = Gauge(self._bus, self.name, label)
        self.gauges.append(gauge)
        return gauge

    def meter(self, line: str, unit: str, rate: Rate, *series: StepSeries) -> None:
        """Add a meter (see `Meter`)."""
        self._be_early("a meter")
        self.meters.append(Meter(line, unit, rate, series))

    def lose(self, reason: Unserved, mw: float) -> None:
        """State how much capacity is missing for a reason from now on [MW]."""
        change_mw = mw - self._lost_mw.get(reason, 0.0)
        if change_mw:
            self._lost_mw[reason] = mw
            self._bus.lose(reason, change_mw)
            self._bus.ask(self.name)

    def watch(self, tell: Callable[[float], None]) -> None:
        """Be told the new power at each settlement that changes it."""
        self._bus.watches.append(Watch(self._bus, self.blocks, tell))

    def changed(self, by_s: float = inf) -> Event:
        """An event that succeeds with the new power when a settlement next changes it.

        Args:
            by_s: Elapsed second at which it succeeds at the latest, changed or not.
        """
        if self._changed is None:
            self._changed = self._bus.env.event()
            self._by_s = inf
            if self._watch is None:
                self._watch = Watch(self._bus, self.blocks, self._wake)
            self._watch.begin()
            self._bus.watches.append(self._watch)
        self._by_s = min(self._by_s, by_s)
        if self._by_s < self._alarm_s:
            self._alarm_s = self._by_s
            self._bus.call_at(self._by_s, self._ring)
        return self._changed

    def _wake(self, power_mw: float) -> None:
        if self._changed is not None and self._watch is not None:
            self._bus.watches.remove(self._watch)
            event, self._changed = self._changed, None
            event.succeed(power_mw)

    def _ring(self, now_s: float) -> None:
        """Wake who waits until now; an alarm that is no longer wanted is set anew."""
        if now_s < self._alarm_s:
            return
        self._alarm_s = inf
        if self._changed is not None and self._by_s <= now_s:
            self._wake(self.power_mw)
        elif self._changed is not None and self._by_s < inf:
            self._alarm_s = self._by_s
            self._bus.call_at(self._by_s, self._ring)

    def _be_early(self, what: str) -> None:
        if self._bus.settlements:
            raise ValueError(f"{self.name}: {what} must be added before the clock starts")

    @property
    def power_mw(self) -> float:
        """Power accepted at the last settlement, over all its blocks [MW]."""
        return sum(block.accepted_mw for block in self.blocks)
