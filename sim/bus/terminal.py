"""The terminal: a participant's connection to the bus, with its offers and bids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import fsum, inf
from typing import Protocol

from simpy import Event

from sim.bus import block
from sim.bus.account import Account, Meter, Rate
from sim.bus.block import Block, Gauge
from sim.bus.clock import Alarm, Call, Clock
from sim.bus.description import Description
from sim.bus.door import Door
from sim.bus.flows import Flow
from sim.bus.trace import Trace
from sim.bus.watch import Observer, Watch
from sim.timeseries.series import StepSeries


class Market(block.Market, Protocol):
    """The interface of the bus that a terminal uses."""

    env: Clock
    is_open: bool
    watches: list[Observer]

    def ask(self, owner: str) -> None:
        """Request a settlement at this instant."""

    def declare_outage(self, reason: str, change_mw: float) -> None:
        """Note that the site has lost or regained capacity."""

    def enter(self, account: Account, owner: str, amount: float, at_s: float) -> None:
        """Enter a one-off amount into an account."""


@dataclass(frozen=True)
class Limit:
    """A bound of one of a participant's flows, for the report of limits that were reached.

    Attributes:
        label: Text for hours at the limit, such as `at import limit`.
        flow: The flow that it bounds.
        mw: The limit over time [MW].
        none: Text for hours with a limit of 0, such as `without import`; omitted if empty.
    """

    label: str
    flow: Flow
    mw: Trace
    none: str = ""


class Terminal:
    """A participant's connection to the bus.

    Attributes:
        name: Name of the participant.
        description: How it describes itself in results.
        clean_pu: Carbon-free share of what it supplies, for the CFE score: a number, or a step
            function of time.
        charge_eff_pu: Share of the energy charged into its store that is stored.
        initial_clean_pu: Carbon-free share of the energy in its store at the start of the run.
        blocks: Its blocks, in order of creation.
        gauges: Its gauges.
        meters: Its accounts that are computed from the rows.
        firm_mw: Firm capacity: the power it can supply without failures, independent of weather [MW].
        unit_mw: Most firm capacity that a single failure removes; by default all of it [MW].
        limits: Bounds of its flows.
        missing: Capacity that is missing over the run as it is known at the start, with the reason [MW].
        lowest_mwh: Lowest level of its store, if it has one [MWh].
        highest_mwh: Highest level of its store [MWh].
        rated_mw: Rated power of a participant without a nameplate, for events; 0 if it is its firm capacity.
        least_mw: Firm demand that it has at any time of the run, as far as it is known before.
        is_in_service: Whether its participant is in service.
        in_service: The same over the run, as 1 and 0; None if it always is.
        open_pu: Whether it takes part over the run, as 1 and 0: it is in service and under no planned outage.
            None if it always does.
    """

    def __init__(self, bus: Market, name: str, description: Description) -> None:
        self._bus = bus
        self._missing_mw: dict[str, float] = {}
        self._told_mw: dict[str, float] = {}
        self._changed: Event | None = None
        self._watch: Watch | None = None
        self._alarm = Alarm(bus.env, self._ring)
        self.name = name
        self.description = description
        self.clean_pu: StepSeries | float = 0.0
        self.charge_eff_pu = 1.0
        self.initial_clean_pu = 0.0
        self.blocks: list[Block] = []
        self.gauges: list[Gauge] = []
        self.meters: list[Meter] = []
        self.firm_mw = Trace(bus.env, f"{name}: firm_mw")
        self.unit_mw = inf
        self.limits: list[Limit] = []
        self.missing: list[tuple[str, StepSeries]] = []
        self.lowest_mwh: Trace | None = None
        self.highest_mwh: Trace | None = None
        self.rated_mw = 0.0
        self.least_mw = 0.0
        self.is_in_service = True
        self.in_service: StepSeries | None = None
        self.open_pu: StepSeries | None = None

    def offer(
        self,
        price_usd_per_mwh: float,
        accepted: Flow = Flow.DELIVERED,
        rest: Flow | None = Flow.CURTAILED,
        reason: str = "",
    ) -> Block:
        """Add an offer of power; its size is set later with `Block.state`.

        Args:
            price_usd_per_mwh: Dispatch price; an infinite price means not for sale.
            accepted: Flow of the accepted part.
            rest: Flow of the part that is not accepted; None if it is not recorded.
            reason: Why its rest is curtailed, if known.

        Raises:
            ValueError: If the price is NaN or minus infinity, or the clock has started.
        """
        self._be_early("an offer")
        made = Block(self._bus, self.name, price_usd_per_mwh, accepted, rest)
        made.reason = reason
        self.blocks.append(made)
        return made

    def bid(
        self,
        worth_usd_per_mwh: float,
        accepted: Flow = Flow.SERVED,
        rest: Flow | None = Flow.UNSERVED,
        reason: str = "",
    ) -> Block:
        """Add a bid for power; its size is set later with `Block.state`.

        Args:
            worth_usd_per_mwh: Highest price at which it takes power.
            accepted: Flow of the accepted part.
            rest: Flow of the part that is not accepted; None if it is not recorded.
            reason: Reason for curtailment when this bid takes its full size, such as `export limit`.

        Raises:
            ValueError: If the price is NaN or infinite, or the clock has started.
        """
        self._be_early("a bid")
        made = Block(self._bus, self.name, worth_usd_per_mwh, accepted, rest)
        made.reason = reason
        self.blocks.append(made)
        return made

    def gauge(self, label: str | None) -> Gauge:
        """Add a number to record. Without a label it is available to accounts only."""
        self._be_early("a gauge")
        gauge = Gauge(self._bus, self.name, label)
        self.gauges.append(gauge)
        return gauge

    def meter(self, account: Account, rate: Rate, *series: StepSeries) -> None:
        """Add an account that grows with time.

        Args:
            account: The account.
            rate: Amount per hour of each row; for a histogram the value that selects the bin.
            *series: Step functions that the rate depends on; rows are split at their changes.
        """
        self._be_early("an account")
        self._meter(Meter(account, self._through(Door.ACCOUNT, rate), series))

    def count(self, account: Account, amount: Rate) -> None:
        """Add an account that is counted row by row.

        Args:
            account: The account; not a histogram.
            amount: Amount of each row. It receives each row once, unsplit and in order, so it may keep state.

        Raises:
            ValueError: If the account is a histogram, or the clock has started.
        """
        self._be_early("an account")
        if account.bins:
            raise ValueError(f"{self.name}: {account.name} is a histogram; use meter()")
        self._meter(Meter(account, self._through(Door.ACCOUNT, amount), divides=False))

    def _meter(self, meter: Meter) -> None:
        meter.in_service = self.in_service
        self.meters.append(meter)

    def enter(self, account: Account, amount: float, at_s: float | None = None) -> None:
        """Enter a one-off amount into an account, now or at an elapsed second.

        Raises:
            ValueError: If the amount is NaN or infinite.
        """
        if not -inf < amount < inf:
            raise ValueError(
                f"{self.name}: {account.name} = {amount} {account.unit}; allowed: a finite number"
            )
        self._bus.enter(account, self.name, amount, self._bus.env.now if at_s is None else at_s)

    def limit(self, label: str, flow: Flow, none: str = "") -> Trace:
        """Add a limit of a flow; state its value whenever it changes (see `Limit`)."""
        trace = Trace(self._bus.env, f"{self.name}: {label}")
        self.limits.append(Limit(label, flow, trace, none))
        return trace

    def store_bounds(self, lowest_mwh: float, highest_mwh: float) -> None:
        """State the lowest and highest level of its store from now on [MWh]."""
        if self.lowest_mwh is None or self.highest_mwh is None:
            self.lowest_mwh = Trace(self._bus.env, f"{self.name}: lowest_mwh")
            self.highest_mwh = Trace(self._bus.env, f"{self.name}: highest_mwh")
        self.lowest_mwh.state(lowest_mwh)
        self.highest_mwh.state(highest_mwh)

    def declare_outage(self, reason: str, mw: float) -> None:
        """State the capacity missing for a reason from now on [MW].

        Args:
            reason: A reason defined by the participant, such as `forced outage`.
            mw: Missing capacity.

        Raises:
            ValueError: If it is negative, NaN or infinite.
        """
        if not 0.0 <= mw < inf:
            raise ValueError(f"{self.name}: {reason} = {mw} MW; allowed: a finite number at least 0 MW")
        if mw != self._missing_mw.get(reason, 0.0):
            self._missing_mw[reason] = mw
            if self.is_in_service:
                self.tell_missing(reason, mw)
                self._bus.ask(self.name)

    def plan_outage(self, reason: str, mw: StepSeries) -> None:
        """State the capacity missing for a reason over the whole run [MW].

        Raises:
            ValueError: If it is negative at some time.
        """
        lowest, highest = mw.extremes
        if lowest < 0.0:
            raise ValueError(f"{self.name}: {reason} = {lowest} MW; allowed: at least 0 MW")
        if highest:
            self.missing.append((reason, mw if self.in_service is None else mw * self.in_service))

    def tell_missing(self, reason: str, mw: float) -> None:
        """Enter missing capacity into the books without a settlement; for the roster."""
        change_mw = mw - self._told_mw.get(reason, 0.0)
        if change_mw:
            self._told_mw[reason] = mw
            self._bus.declare_outage(reason, change_mw)

    def served(self, trace: Trace) -> StepSeries:
        """A trace as it counts: zero while it takes no part."""
        return trace.series if self.open_pu is None else trace.series * self.open_pu

    def serve(self, is_in_service: bool) -> None:
        """Enter or leave service; capacity of a participant out of service is not missing."""
        self.is_in_service = is_in_service
        for reason, mw in self._missing_mw.items():
            self.tell_missing(reason, mw if is_in_service else 0.0)

    def watch(self, tell: Callable[[float], None]) -> None:
        """Call a function with the new power at each settlement that changes it."""
        self._bus.watches.append(Watch(self._bus, self.blocks, self._through(Door.WATCH, tell)))

    def changed(self, by_s: float = inf) -> Event:
        """An event that succeeds with the new power at the next settlement that changes it.

        Args:
            by_s: Latest elapsed second at which it succeeds, even without a change.
        """
        if self._changed is None:
            self._changed = self._bus.env.event()
            self._alarm.clear()
            if self._watch is None:
                self._watch = Watch(self._bus, self.blocks, self._through(Door.WATCH, self._wake))
            self._watch.begin()
            self._bus.watches.append(self._watch)
        if by_s < self._alarm.due_s:
            self._alarm.set(by_s)
        return self._changed

    def wake(self) -> None:
        """Let the event of `changed` succeed now, with the power of the last settlement."""
        self._wake(self.power_mw)

    def _wake(self, power_mw: float) -> None:
        if self._changed is not None and self._watch is not None:
            self._bus.watches.remove(self._watch)
            event, self._changed = self._changed, None
            event.succeed(power_mw)

    def _ring(self, _now_s: float) -> None:
        """Trigger the waiting event at its deadline."""
        self.wake()

    def _through(self, door: Door, call: Call) -> Call:
        return self._bus.env.through(door, self.name, call)

    def _be_early(self, what: str) -> None:
        if self._bus.is_open:
            raise ValueError(f"{self.name}: {what} must be added before the clock starts")

    @property
    def power_mw(self) -> float:
        """Power accepted at the last settlement, summed over its blocks [MW]."""
        return fsum(block.accepted_mw for block in self.blocks)
