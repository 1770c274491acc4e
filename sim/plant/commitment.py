"""Commitment: decides without foresight which units of a fleet run."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from math import inf, nextafter

from simpy import Event

from sim.bus.bus import Bus
from sim.bus.clock import Alarm
from sim.bus.terminal import Terminal
from sim.plant.outages import FORCED_OUTAGE
from sim.plant.ramp import Ramp
from sim.plant.residual import Residual
from sim.site import Site
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, hours, seconds

START_UP = "start-up"
"""Reason for missing capacity while units start or wait for their minimum down time."""

_ROUNDING = 1e-9


@dataclass
class Commitment:
    """Power that is starting up and cannot be offered yet, for consideration by other fleets.

    Attributes:
        ready_mw: Power in service that the ramp limit does not yet allow.
        ordered_mw: Power that has been ordered into service.
    """

    ready_mw: float = 0.0
    ordered_mw: float = 0.0


class Commitments:
    """The commitments of all fleets of a site."""

    def __init__(self) -> None:
        self._all: list[Commitment] = []

    def add(self) -> Commitment:
        """A new commitment, which its fleet keeps up to date."""
        self._all.append(Commitment())
        return self._all[-1]

    def ready_mw(self, besides: Commitment) -> float:
        """Power in service that ramp limits do not yet allow, of all other fleets."""
        return sum([one.ready_mw for one in self._all if one is not besides])

    def coming_mw(self, besides: Commitment) -> float:
        """`ready_mw` plus the power that has been ordered into service."""
        return sum([one.ready_mw + one.ordered_mw for one in self._all if one is not besides])


@dataclass(frozen=True)
class Traits:
    """Parameters of the commitment decision for a unit of a fleet.

    Attributes:
        unit_mw: Rated power of a unit.
        minimum_pu: Its minimum stable level.
        start_min: Time from the start order to the first power.
        min_up_h: Minimum run time.
        min_down_h: Minimum down time.
        marginal_usd_per_mwh: Cost of one more MWh at full load; the fleet's dispatch price.
        start_usd: Total cost of a start, fuel and carbon included.
        running_usd_per_h: Running cost of one unit at a power [MW].
    """

    unit_mw: float
    minimum_pu: float
    start_min: float
    min_up_h: float
    min_down_h: float
    marginal_usd_per_mwh: float
    start_usd: float
    running_usd_per_h: Callable[[float], float]

    @property
    def full_usd_per_mwh(self) -> float:
        """Cost of power at full load, without the start."""
        return self.running_usd_per_h(self.unit_mw) / self.unit_mw

    def power_mw(self, residual: Residual, running: int) -> float:
        """Most economic power of so many units, which must run at least at their minimum level."""
        wanted_mw = residual.power_mw(self.marginal_usd_per_mwh)
        return min(max(wanted_mw, running * self.minimum_pu * self.unit_mw), running * self.unit_mw)

    def cost_usd_per_h(self, residual: Residual, running: int) -> float:
        """Running cost of so many units, less the value of their power."""
        if not running:
            return 0.0
        power_mw = self.power_mw(residual, running)
        running_usd_per_h = running * self.running_usd_per_h(power_mw / running)
        return running_usd_per_h - residual.value_usd_per_h(power_mw)

    def benefit_usd_per_h(self, residual: Residual, unit: int) -> float:
        """Benefit of one more unit beside `unit - 1` others; negative if it costs more than it saves."""
        return self.cost_usd_per_h(residual, unit - 1) - self.cost_usd_per_h(residual, unit)


class _Unit:
    """One unit.

    Attributes:
        on: Whether it runs.
        starting: Whether it has been ordered to start.
        failed: Whether it is under repair.
        free_at_s: Earliest time at which it may stop (if on) or start (if off).
    """

    def __init__(self) -> None:
        self.on = self.starting = self.failed = False
        self.free_at_s = 0.0


class _Tally:
    """What has spoken for a change of one more or one less running unit, never below nothing.

    Attributes:
        usd: Sum so far.
        usd_per_h: Rate at which it grows or shrinks.
    """

    def __init__(self) -> None:
        self.usd = self.usd_per_h = 0.0

    def advance(self, elapsed_h: float, most_usd: float) -> None:
        """Add what has come together since the last settlement."""
        self.usd = min(max(self.usd + self.usd_per_h * elapsed_h, 0.0), most_usd)


class Fleet:
    """Equal units behind one ramp that start and stop as it pays, without foresight.

    While a unit is off, the benefit of running it is added up: the value of the power it would displace less
    its running cost. While it is on, the opposite is added up. Neither sum falls below zero. When a sum
    reaches the cost of one start, the unit is ordered to start, or it stops. So the loss for not knowing the
    future is bounded: at a constant price, runs from different initial states differ by at most two starts
    for each unit.

    An ordered start is cancelled at no cost if the unit has no benefit when it is ready. Power that is
    already starting up in other fleets counts as if it were available; of several fleets the cheapest decides
    first.

    Attributes:
        running: Units that run.
    """

    def __init__(
        self,
        site: Site,
        terminal: Terminal,
        ramp: Ramp,
        *,
        units: int,
        traits: Traits,
        changed: Callable[[int], None],
        started: Callable[[], None],
    ) -> None:
        """Set up a fleet with all units off.

        Args:
            site: The site.
            terminal: The fleet's terminal.
            ramp: Its ramp, whose limits are set here.
            units: Number of units.
            traits: Parameters of the commitment decision.
            changed: Called with the number of running units whenever it may have changed.
            started: Called at each start, to enter its cost.
        """
        self._site = site
        self._bus: Bus = site.bus
        self._terminal = terminal
        self._ramp = ramp
        self._traits = traits
        self._changed = changed
        self._started = started
        self._full_usd_per_mwh = traits.full_usd_per_mwh
        self._units = [_Unit() for _ in range(units)]
        self._tallies = [_Tally() for _ in range(units)]
        self._all = site.common(Commitments)
        self._own = self._all.add()
        self._alarm = Alarm(site.env, lambda _: self._bus.ask(terminal.name))
        self._at_s = 0.0
        self._is_adding = False
        self.running = self._starting = 0
        self._bus.listen(self._decide, rank=traits.marginal_usd_per_mwh)
        self._state()

    def fail(self, number: int) -> None:
        """Let a unit fail: a running unit trips, and an ordered start is cancelled."""
        unit = self._units[number]
        unit.failed = True
        if unit.on:
            self._note(FORCED_OUTAGE, f"unit {number + 1}")
            self._ramp.trip(1.0 / self.running)
            self._stop(unit)
        self._state()

    def repair(self, number: int) -> None:
        """Return a unit to service after repair."""
        self._units[number].failed = False
        self._state()

    def _state(self) -> None:
        traits = self._traits
        self._count()
        running_mw = self.running * traits.unit_mw
        self._changed(self.running)
        self._ramp.limit(
            available_mw=running_mw, minimum_mw=running_mw * traits.minimum_pu, rated_mw=running_mw
        )
        self._declare_outages()

    def _count(self) -> None:
        """Count the units that run and start; where that changes, the sum begins anew."""
        before = self.running, self.running + self._starting
        self.running = sum(unit.on for unit in self._units)
        self._starting = sum(unit.starting and not unit.failed for unit in self._units)
        after = self.running, self.running + self._starting
        for tallies in (slice(*sorted(pair)) for pair in zip(before, after, strict=True)):
            for tally in self._tallies[tallies]:
                tally.usd = tally.usd_per_h = 0.0

    def _declare_outages(self) -> None:
        """State missing capacity: units under repair, and units that start or will start if it goes on."""
        unit_mw, now_s = self._traits.unit_mw, self._site.env.now
        failed = sum(unit.failed for unit in self._units)
        off = [unit for unit in self._units if not (unit.on or unit.failed)]
        bound = sum(unit.starting or unit.free_at_s > now_s for unit in off)
        waiting = sum(tally.usd_per_h > 0.0 for tally in self._tallies[self.running + self._starting :])
        self._own.ordered_mw = unit_mw * self._starting
        self._terminal.declare_outage(FORCED_OUTAGE, failed * unit_mw)
        self._terminal.declare_outage(START_UP, min(bound + waiting, len(off)) * unit_mw)

    def _decide(self, now_s: float) -> None:
        """Add up what speaks for starts and stops; order those that have come to the cost of a start."""
        ramp = self._ramp
        self._own.ready_mw = ramp.beyond_mw
        price = self._bus.price_usd_per_mwh
        may_pay = price > self._full_usd_per_mwh or (self.running and price < self._full_usd_per_mwh)
        if not (self._is_adding or may_pay):
            self._at_s = now_s
            return
        elapsed_h, most_usd = hours(now_s - self._at_s), self._traits.start_usd
        self._at_s = now_s
        for tally in self._tallies:
            tally.advance(elapsed_h, most_usd)
        self._rate(self._residual(self._all.coming_mw(self._own)))
        self._order_starts(now_s)
        self._order_stops(now_s)
        self._wait(now_s)

    def _residual(self, coming_mw: float) -> Residual:
        ramp = self._ramp
        blocks = ramp.minimum, ramp.falling, ramp.flexible, ramp.beyond
        delivered_mw = sum([block.accepted_mw for block in blocks])
        return Residual(self._bus, ramp.minimum.at, len(blocks), delivered_mw, coming_mw)

    def _rate(self, residual: Residual) -> None:
        """Find the rate of each sum: for units off that of their benefit, for units on the opposite."""
        running, committed = self.running, self.running + self._starting
        startable = sum(not (unit.on or unit.starting or unit.failed) for unit in self._units)
        was_waiting = sum(tally.usd_per_h > 0.0 for tally in self._tallies[committed:])
        for tally in self._tallies:
            tally.usd_per_h = 0.0
        for sign, numbers in (
            (1.0, range(committed, committed + startable)),
            (-1.0, range(running - 1, -1, -1)),
        ):
            for number in numbers:
                tally = self._tallies[number]
                rate = sign * self._traits.benefit_usd_per_h(residual, number + 1)
                if rate <= 0.0 and not tally.usd:
                    break
                tally.usd_per_h = rate
        if was_waiting != sum(tally.usd_per_h > 0.0 for tally in self._tallies[committed:]):
            self._declare_outages()

    def _is_due(self, number: int) -> bool:
        tally = self._tallies[number]
        return tally.usd_per_h > 0.0 and tally.usd >= self._traits.start_usd * (1.0 - _ROUNDING)

    def _order_starts(self, now_s: float) -> None:
        free = [
            unit
            for unit in self._units
            if not (unit.on or unit.starting or unit.failed or unit.free_at_s > now_s)
        ]
        committed = self.running + self._starting
        for unit, number in zip(free, range(committed, len(self._tallies)), strict=False):
            if not self._is_due(number):
                break
            unit.starting = True
            self._site.process(self._start(unit))
        if self.running + sum(unit.starting for unit in self._units) != committed:
            self._count()
            self._declare_outages()

    def _order_stops(self, now_s: float) -> None:
        if self._bus.asked:  # where others move too, look again afterwards
            return
        free = [unit for unit in self._units if unit.on and unit.free_at_s <= now_s]
        for unit, number in zip(free, range(self.running - 1, -1, -1), strict=False):
            if not self._is_due(number):
                break
            self._note("stop")
            self._stop(unit)

    def _wait(self, now_s: float) -> None:
        """Set the alarm for the first sum that comes to the cost of a start."""
        most_usd = self._traits.start_usd
        due_h = inf
        self._is_adding = False
        for tally in self._tallies:
            if tally.usd or tally.usd_per_h:
                self._is_adding = True
                if tally.usd_per_h > 0.0 and tally.usd < most_usd * (1.0 - _ROUNDING):
                    due_h = min(due_h, (most_usd - tally.usd) / tally.usd_per_h)
        if due_h < inf:
            self._alarm.set(max(now_s + seconds(due_h), nextafter(now_s, inf)))
        else:
            self._alarm.clear()

    def _start(self, unit: _Unit) -> Generator[Event, None, None]:
        traits = self._traits
        yield self._site.wait_h(traits.start_min * SECONDS_PER_MINUTE / SECONDS_PER_HOUR)
        unit.starting = False
        residual = self._residual(self._all.ready_mw(self._own))
        if unit.failed or traits.benefit_usd_per_h(residual, self.running + 1) <= 0.0:
            self._count()
            self._declare_outages()
            return
        unit.on = True
        self._own.ready_mw += traits.unit_mw
        self._started()
        self._note("start")
        self._bind(unit, traits.min_up_h)

    def _stop(self, unit: _Unit) -> None:
        unit.on = False
        self._bind(unit, self._traits.min_down_h)

    def _bind(self, unit: _Unit, duration_h: float) -> None:
        """Block starts and stops of a unit for a time, then decide again."""
        unit.free_at_s = self._site.env.now + seconds(duration_h)
        self._site.env.call_at(unit.free_at_s, lambda _: self._state())
        self._state()

    def _note(self, event: str, detail: str = "") -> None:
        self._site.note(self._terminal.name, event, detail, self._traits.unit_mw)
