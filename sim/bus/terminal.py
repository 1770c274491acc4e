"""The terminal: where a participant states what it can give and what it wants."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Protocol

from simpy import Environment, Event

from sim.bus import block
from sim.bus.account import Meter, Rate
from sim.bus.block import Block, Gauge
from sim.bus.flows import Curtailed, Flow, Unserved
from sim.bus.watch import Watch
from sim.timeseries.series import StepSeries


class Market(block.Market, Protocol):
    """What a terminal needs of its bus."""

    @property
    def env(self) -> Environment:
        """The clock."""

    settlements: int
    watches: list[Watch]

    def ask(self, owner: str) -> None:
        """Ask for a settlement at this instant."""

    def lose(self, reason: Unserved, change_mw: float) -> None:
        """Note that the site has lost or regained capacity."""

    def call_at(self, at_s: float, call: Callable[[float], None]) -> None:
        """Call a function with the time when the clock gets there."""


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
