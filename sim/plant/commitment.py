"""Commitment: decides without foresight which units of a fleet run."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nextafter

from sim.bus.band import Band
from sim.bus.bus import Bus
from sim.bus.clock import Alarm
from sim.bus.terminal import Terminal
from sim.plant.commitments import Commitment, Commitments
from sim.plant.outages import FORCED_OUTAGE, PLANNED_OUTAGE, unit_spans
from sim.plant.ramp import OFFERS, Ramp
from sim.plant.residual import Residual
from sim.plant.tallies import Tallies
from sim.plant.traits import Traits
from sim.site import Site
from sim.units import SECONDS_PER_MINUTE, seconds

START_UP = "start-up"
"""Reason for missing capacity while units start or wait for their minimum down time."""


class _Unit:
    """One unit.

    Attributes:
        on: Whether it runs.
        failed: Whether it is under repair.
        is_there: Whether it is in service and under no planned outage.
        ready_at_s: Time at which its ordered start ends; infinite without an order.
        free_at_s: Earliest time at which it may stop (if on) or start (if off).
    """

    def __init__(self) -> None:
        self.on = self.failed = False
        self.is_there = True
        self.ready_at_s = inf
        self.free_at_s = 0.0

    @property
    def starting(self) -> bool:
        """Whether it has been ordered to start."""
        return self.ready_at_s < inf

    def can_start(self, now_s: float = inf) -> bool:
        """Whether an order to start is possible at a time."""
        return self.is_there and not (self.on or self.starting or self.failed or self.free_at_s > now_s)


class Fleet:
    """Equal units behind one ramp that start and stop as it pays, without foresight.

    While a unit is off, the benefit of running it is added up: the value of the power it would displace less
    its running cost. While it is on, the opposite is added up. Neither sum falls below zero. When a sum
    reaches the cost of one start, the unit is ordered to start, or it stops. So the loss for not knowing the
    future is bounded: at a constant price, runs from different initial states differ by at most two starts
    for each unit.

    An ordered start is cancelled at no cost if the unit has no benefit when it is ready. Power that is
    already starting up in other fleets counts as if it were available; of several fleets the cheapest decides
    first. Units of a dearer fleet that a unit could replace as a whole count as displaced, so that their
    minimum levels do not keep a cheaper fleet out.

    A unit that retires, or whose planned outage begins, transfers its load first: it stops, and its share of
    the output is lost only as far as the other running units have no room for it. Firm capacity is that of
    the units in service without those under a planned outage.

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
        self._tallies = Tallies(traits, units)
        self._spans = unit_spans(site, terminal.name, units)
        self._all = site.common(Commitments)
        self._band = Band(self._bus)
        self._own = Commitment(
            traits.minimum_pu * traits.unit_mw, self._full_usd_per_mwh, lambda: ramp.beyond_mw, self._band
        )
        self._all.add(self._own)
        self._alarm = Alarm(site.env, lambda _: self._bus.ask(terminal.name))
        self._is_adding = False
        self.running = self._starting = self._startable = 0
        self._bus.listen(self._decide, rank=traits.marginal_usd_per_mwh, owner=terminal.name, band=self._band)
        self._turn()
        site.on_turn(self._turn)

    def fail(self, number: int) -> None:
        """Let a unit fail: a running unit trips, and an ordered start is cancelled."""
        unit = self._units[number]
        unit.failed, unit.ready_at_s = True, inf
        self._note(FORCED_OUTAGE, f"unit {number + 1}")
        if unit.on:
            self._ramp.trip(1.0 / self.running)
            self._stop(unit)
        self._state()

    def repair(self, number: int) -> None:
        """Return a unit to service after repair."""
        self._units[number].failed = False
        self._note("repaired", f"unit {number + 1}")
        self._state()

    def _turn(self) -> None:
        """Follow service and planned outages of the units."""
        now_s = self._site.env.now
        for unit, span in zip(self._units, self._spans, strict=True):
            unit.is_there = span.is_there(now_s)
            if not unit.is_there:
                unit.ready_at_s = inf
                if unit.on:
                    self._stop(unit)
        there_mw = self._traits.unit_mw * sum(unit.is_there for unit in self._units)
        self._terminal.firm_mw.state(there_mw)
        planned = sum(span.is_planned_out(now_s) for span in self._spans)
        self._terminal.declare_outage(PLANNED_OUTAGE, self._traits.unit_mw * planned)
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
        """Count the units that run and start; where that changes, the sum begins again."""
        before = self.running, self.running + self._starting
        self.running = sum(unit.on for unit in self._units)
        self._starting = sum(unit.starting for unit in self._units)
        self._startable = sum(unit.can_start() for unit in self._units)
        after = self.running, self.running + self._starting
        for pair in zip(before, after, strict=True):
            self._tallies.clear(min(pair), max(pair))
        self._all.run(self._own, self.running)

    def _declare_outages(self) -> None:
        """State missing capacity: units under repair, and units that start or may be ordered to.

        A unit that fails before or during a planned outage is missing for that outage until it ends.
        """
        unit_mw, now_s = self._traits.unit_mw, self._site.env.now
        there = [unit for unit in self._units if unit.is_there]
        failed = sum(unit.failed for unit in there)
        off = [unit for unit in there if not (unit.on or unit.failed)]
        bound = sum(unit.starting or unit.free_at_s > now_s for unit in off)
        waiting = self._tallies.growing(self.running + self._starting)
        self._own.ordered_mw = unit_mw * self._starting
        self._terminal.declare_outage(FORCED_OUTAGE, failed * unit_mw)
        self._terminal.declare_outage(START_UP, min(bound + waiting, len(off)) * unit_mw)

    def _decide(self, now_s: float) -> None:
        """Add up what speaks for starts and stops; order those that have come to the cost of a start."""
        price, full = self._bus.price_usd_per_mwh, self._full_usd_per_mwh
        may_pay = price > full or (self.running and price < full)
        stoppable = self._all.stoppable(self._own, self._traits.unit_mw, full)
        if self._is_adding or may_pay or stoppable:
            self._add(now_s, stoppable)
        if self._is_adding or stoppable:
            self._band.bound(inf, -inf)  # each settlement may change what is added
        else:
            self._band.bound(full if self.running else -inf, full)

    def _add(self, now_s: float, stoppable: list[tuple[float, float]]) -> None:
        committed = self.running + self._starting
        before = self._tallies.growing(committed)
        self._tallies.advance(now_s)
        residual = self._residual(self._all.coming_mw(self._own), stoppable)
        self._tallies.rate(residual, self.running, self._starting, self._startable)
        if self._tallies.growing(committed) != before:
            self._declare_outages()
        self._order_starts(now_s)
        self._order_stops(now_s)
        self._wait(now_s)

    def _residual(self, coming_mw: float, stoppable: list[tuple[float, float]]) -> Residual:
        return Residual(self._bus, self._ramp.minimum.at, OFFERS, coming_mw, stoppable=stoppable)

    def _order_starts(self, now_s: float) -> None:
        number = committed = self.running + self._starting
        if not self._tallies.is_due(number):
            return
        for unit in self._units:
            if unit.can_start(now_s) and self._tallies.is_due(number):
                self._order(unit, now_s)
                number += 1
        if number != committed:
            self._count()
            self._declare_outages()

    def _order(self, unit: _Unit, now_s: float) -> None:
        ready_at_s = now_s + self._traits.start_min * SECONDS_PER_MINUTE
        unit.ready_at_s = ready_at_s
        self._site.env.call_at(ready_at_s, lambda _: self._start(unit, ready_at_s))

    def _order_stops(self, now_s: float) -> None:
        number = self.running - 1
        if self._bus.asked or not self._tallies.is_due(number):  # where others move too, it looks afterwards
            return
        free = [unit for unit in self._units if unit.on and unit.free_at_s <= now_s]
        for unit in free:
            if not self._tallies.is_due(number):
                break
            number -= 1
            self._note("stop")
            self._stop(unit)

    def _wait(self, now_s: float) -> None:
        """Set the alarm for the first sum that comes to the cost of a start."""
        self._is_adding = self._tallies.is_adding()
        due_h = self._tallies.due_h()
        if due_h < inf:
            self._alarm.set(max(now_s + seconds(due_h), nextafter(now_s, inf)))
        else:
            self._alarm.clear()

    def _start(self, unit: _Unit, ready_at_s: float) -> None:
        """Run a unit whose ordered start is over, if it has a benefit; a failure has cancelled its order."""
        if unit.ready_at_s != ready_at_s:
            return
        unit.ready_at_s = inf
        stoppable = self._all.stoppable(self._own, self._traits.unit_mw, self._full_usd_per_mwh)
        residual = self._residual(self._all.ready_mw(self._own), stoppable)
        if self._traits.benefit_usd_per_h(residual, self.running + 1) <= 0.0:
            self._count()
            self._declare_outages()
            return
        unit.on = True
        self._started()
        self._note("start")
        self._bind(unit, self._traits.min_up_h)

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
