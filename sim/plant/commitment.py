"""Commitment: decides without foresight which units of a fleet run."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from math import ceil

from simpy import Event

from sim.bus.bus import Bus
from sim.bus.terminal import Terminal
from sim.plant.outages import FORCED_OUTAGE
from sim.plant.ramp import Ramp
from sim.site import Site
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, seconds

START_UP = "start-up"
"""Reason for missing capacity while units start or wait for their minimum down time."""

_SHORTEST_RUN_H = 1.0
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

    @property
    def ready_mw(self) -> float:
        """Power in service that ramp limits do not yet allow, of all fleets."""
        return sum([one.ready_mw for one in self._all])

    @property
    def coming_mw(self) -> float:
        """`ready_mw` plus the power that has been ordered into service."""
        return self.ready_mw + sum([one.ordered_mw for one in self._all])


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
    def start_usd_per_h(self) -> float:
        """Cost of a start divided by the minimum run time, at least an hour."""
        return self.start_usd / max(self.min_up_h, _SHORTEST_RUN_H)

    @property
    def start_above_usd_per_mwh(self) -> float:
        """Price above which a unit at full load is worth its start."""
        full_usd_per_h = self.running_usd_per_h(self.unit_mw) + self.start_usd_per_h
        return full_usd_per_h / self.unit_mw


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


class Fleet:
    """Equal units behind one ramp that start and stop as it pays.

    A unit is ordered to start when the power it would displace over its minimum run time (at least an hour)
    is worth more than its running cost and its start. The start is cancelled at no cost if this no longer
    holds when the unit is ready. Power that is already starting up, in any fleet, counts as if it were
    available; of several fleets the cheapest decides first. Units stop when they run at their minimum stable
    level and the rest of the site can replace them at a lower price.

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
        self._start_above_usd_per_mwh = traits.start_above_usd_per_mwh
        self._units = [_Unit() for _ in range(units)]
        self._all = site.common(Commitments)
        self._own = self._all.add()
        self.running = 0
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
        self.running = running = sum(unit.on for unit in self._units)
        running_mw = running * traits.unit_mw
        self._changed(running)
        self._ramp.limit(
            available_mw=running_mw, minimum_mw=running_mw * traits.minimum_pu, rated_mw=running_mw
        )
        self._declare_outages()

    def _declare_outages(self) -> None:
        """State missing capacity: units under repair, and units that are starting or may not start yet."""
        unit_mw, now_s = self._traits.unit_mw, self._site.env.now
        failed = sum(unit.failed for unit in self._units)
        off = [unit for unit in self._units if not (unit.on or unit.failed)]
        coming = sum(unit.starting or unit.free_at_s > now_s for unit in off)
        self._own.ordered_mw = unit_mw * sum(unit.starting and not unit.failed for unit in off)
        self._terminal.declare_outage(FORCED_OUTAGE, failed * unit_mw)
        self._terminal.declare_outage(START_UP, coming * unit_mw)

    def _decide(self, now_s: float) -> None:
        """Order starts while more expensive power runs, and stops while cheaper power is unused."""
        self._own.ready_mw = self._ramp.beyond_mw
        price = self._bus.price_usd_per_mwh
        if price > self._start_above_usd_per_mwh:
            self._order_starts(now_s)
        elif price < self._traits.marginal_usd_per_mwh and self.running:
            self._order_stops(now_s)

    def _pays(self, skip_mw: float) -> bool:
        """Whether one more unit is worth its start, given the power already starting up in any fleet.

        Args:
            skip_mw: Most expensive power in use, which other units displace first.
        """
        traits = self._traits
        power_mw = worth_usd_per_h = 0.0
        for price, mw in displaceable(self._bus):
            left_mw = max(0.0, mw - skip_mw)
            skip_mw = max(0.0, skip_mw - mw)
            most_mw = traits.unit_mw
            if price <= traits.marginal_usd_per_mwh:
                most_mw = traits.minimum_pu * traits.unit_mw
            if power_mw >= most_mw:
                break
            taken_mw = min(left_mw, most_mw - power_mw)
            power_mw += taken_mw
            worth_usd_per_h += taken_mw * max(0.0, price)
        power_mw = max(power_mw, traits.minimum_pu * traits.unit_mw)
        return worth_usd_per_h > traits.running_usd_per_h(power_mw) + traits.start_usd_per_h

    def _order_starts(self, now_s: float) -> None:
        for unit in self._units:
            if unit.on or unit.starting or unit.failed or unit.free_at_s > now_s:
                continue
            if not self._pays(self._all.coming_mw):
                return
            unit.starting = True
            self._declare_outages()
            self._site.process(self._start(unit))

    def _order_stops(self, now_s: float) -> None:
        """Stop as many units as are free to stop and as the rest of the site can replace."""
        ramp, traits, bus = self._ramp, self._traits, self._bus
        if ramp.flexible.accepted_mw > 0.0 or bus.asked:  # where others move too, look again afterwards
            return
        must_mw = ramp.minimum.mw + ramp.falling.mw
        taken_mw = ramp.minimum.accepted_mw + ramp.falling.accepted_mw
        others_mw = spare_mw(bus, traits.marginal_usd_per_mwh) - (must_mw - taken_mw)
        ready = [unit for unit in self._units if unit.on and unit.free_at_s <= now_s]
        needed = ceil((taken_mw - others_mw) / traits.unit_mw - _ROUNDING)
        for unit in ready[: max(0, self.running - max(0, needed))]:
            self._note("stop")
            self._stop(unit)

    def _start(self, unit: _Unit) -> Generator[Event, None, None]:
        traits = self._traits
        yield self._site.wait_h(traits.start_min * SECONDS_PER_MINUTE / SECONDS_PER_HOUR)
        unit.starting = False
        if unit.failed or not self._pays(self._all.ready_mw):
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

    def _bind(self, unit: _Unit, hours: float) -> None:
        """Block starts and stops of a unit for a time, then decide again."""
        unit.free_at_s = self._site.env.now + seconds(hours)
        self._site.env.call_at(unit.free_at_s, lambda _: self._state())
        self._state()

    def _note(self, event: str, detail: str = "") -> None:
        self._site.note(self._terminal.name, event, detail, self._traits.unit_mw)


def displaceable(bus: Bus) -> list[tuple[float, float]]:
    """Price and power of all blocks in use, including demand given up; the most expensive first.

    A new offer would displace them in this order.
    """
    used = [(price, mw) for price, mw in zip(bus.prices, bus.used_mw, strict=True) if mw]
    return sorted(used, reverse=True)


def spare_mw(bus: Bus, below_usd_per_mwh: float) -> float:
    """Unused power that is available below a price, including demand that can be given up."""
    blocks = zip(bus.prices, bus.settled_mw, bus.used_mw, strict=True)
    return sum([mw - used for price, mw, used in blocks if price < below_usd_per_mwh])
