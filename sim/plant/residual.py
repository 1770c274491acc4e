"""The residual: what the rest of a site would take from a plant, and at which price."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from math import fsum, inf
from operator import itemgetter

from sim.bus.bus import Bus


class Missed:
    """Power that the ladder would take from a unit beyond what it makes, if every unit could follow at once.

    It is the power in use that costs more (demand given up included), less the unused power that costs less
    (demand that is worth less, and must-run power of units of the same cost, included). Power that a dearer
    unit cannot reduce yet counts as in use: the dearer unit has to give way, not this one.
    """

    def __init__(self, bus: Bus, cost_usd_per_mwh: float) -> None:
        """Prepare for a unit.

        Args:
            bus: The bus.
            cost_usd_per_mwh: Cost of the unit's power.
        """
        self._bus = bus
        self._cost = cost_usd_per_mwh
        self._costs: list[float] | None = None
        self._dearer = self._cheaper = _pick([])
        self._yielding: list[int] = []

    def mw(self) -> float:
        """Power missed at the last settlement; negative if it makes too much."""
        if self._bus.costs is not self._costs:
            self._select()
        bus, cheaper = self._bus, self._cheaper
        unused_mw = fsum(cheaper(bus.settled_mw)) - fsum(cheaper(bus.used_mw))
        return fsum(self._dearer(bus.used_mw)) - unused_mw

    def surplus_mw(self) -> float:
        """Power that dearer units could not reduce at the last settlement and nobody took."""
        if self._bus.costs is not self._costs:
            self._select()
        bus, surplus_mw = self._bus, 0.0
        for at in self._yielding:
            surplus_mw += bus.settled_mw[at] - bus.used_mw[at]
        return surplus_mw

    def _select(self) -> None:
        """Find the blocks of each sum, after a change of prices."""
        bus, own = self._bus, self._cost
        self._costs = bus.costs
        blocks = [*enumerate(zip(bus.prices, bus.costs, strict=True))]
        self._dearer = _pick([at for at, (_, cost) in blocks if cost > own])
        self._cheaper = _pick([at for at, (price, cost) in blocks if price < own and cost <= own])
        self._yielding = [at for at, (price, cost) in blocks if price < own < cost]


def _pick(places: list[int]) -> Callable[[Sequence[float]], Iterable[float]]:
    """A fast function that takes the elements at some places."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda numbers: [numbers[at] for at in places]


class Residual:
    """The value of a plant's power to the rest of the site, as a function of the power.

    The first MW replaces the most expensive power that would run without the plant, and so on down the
    ladder. Power that nobody would take is worth nothing.
    """

    def __init__(
        self,
        bus: Bus,
        first: int,
        blocks: int,
        delivered_mw: float,
        coming_mw: float,
        *,
        stoppable: Sequence[tuple[float, float]] = (),
    ) -> None:
        """Read the last settlement.

        Args:
            bus: The bus.
            first: Number of the first offer of the plant; its offers stand one after the other.
            blocks: Number of its offers.
            delivered_mw: Power that it delivers.
            coming_mw: Power of others that is on its way; it will displace the most expensive power in use.
            stoppable: Cost and power of units of others that would stop.
        """
        steps = [
            *_replaced(bus, first, blocks, delivered_mw),
            *_displaced(bus, first, blocks, coming_mw),
            *stoppable,
        ]
        steps.sort(reverse=True)
        self._usd_per_mwh: list[float] = []
        self._from_mw: list[float] = []
        self._from_usd_per_h: list[float] = []
        at_mw = at_usd_per_h = 0.0
        for usd_per_mwh, mw in steps:
            self._usd_per_mwh.append(usd_per_mwh)
            self._from_mw.append(at_mw)
            self._from_usd_per_h.append(at_usd_per_h)
            at_mw += mw
            at_usd_per_h += usd_per_mwh * mw
        self._most_mw, self._most_usd_per_h = at_mw, at_usd_per_h

    def value_usd_per_h(self, power_mw: float) -> float:
        """Value of a power of the plant."""
        if power_mw >= self._most_mw:
            return self._most_usd_per_h
        at = bisect_right(self._from_mw, power_mw) - 1
        return self._from_usd_per_h[at] + (power_mw - self._from_mw[at]) * self._usd_per_mwh[at]

    def power_mw(self, above_usd_per_mwh: float) -> float:
        """Power whose value is above a price."""
        for usd_per_mwh, from_mw in zip(self._usd_per_mwh, self._from_mw, strict=True):
            if usd_per_mwh <= above_usd_per_mwh:
                return from_mw
        return self._most_mw


def _replaced(bus: Bus, first: int, blocks: int, delivered_mw: float) -> list[tuple[float, float]]:
    """Price and power of what others would give instead of what the plant delivers."""
    if not delivered_mw:
        return []
    unused = [
        (price if price > 0.0 else 0.0, mw - used)
        for at, (price, mw, used) in enumerate(zip(bus.prices, bus.settled_mw, bus.used_mw, strict=True))
        if mw > used and price < inf and not first <= at < first + blocks
    ]
    unused.sort()
    steps = []
    left_mw = delivered_mw
    for price, mw in unused:
        if mw >= left_mw:
            steps.append((price, left_mw))
            break
        steps.append((price, mw))
        left_mw -= mw
    return steps


def _displaced(bus: Bus, first: int, blocks: int, coming_mw: float) -> list[tuple[float, float]]:
    """Price and power of what more power of the plant would displace, demand given up included.

    Power that others cannot reduce fast enough is offered below zero: it is not displaced.
    """
    in_use = [
        (price, used)
        for at, (price, used) in enumerate(zip(bus.prices, bus.used_mw, strict=True))
        if used and price > 0.0 and not first <= at < first + blocks
    ]
    in_use.sort(reverse=True)
    steps = []
    for price, mw in in_use:
        left_mw = mw - coming_mw
        coming_mw = max(0.0, coming_mw - mw)
        if left_mw > 0.0:
            steps.append((price, left_mw))
    return steps
