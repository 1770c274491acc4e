"""The missed power: what the rest of a site would take from a unit beyond what it makes.

Compiled if a C compiler is at hand, like `bus.stretch`.
"""

from __future__ import annotations

from sim.bus.bus import Bus
from sim.timeseries.exact_sum import SumAt


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
        self._numbers = bus.numbers
        self._cost = cost_usd_per_mwh
        self._ranks = -1
        self._dearer = self._cheaper = self._yielding = SumAt([])

    def mw(self) -> float:
        """Power missed at the last settlement; negative if it makes too much."""
        if self._numbers.ranks != self._ranks:
            self._select()
        numbers = self._numbers
        unused_mw = self._cheaper.of(numbers.settled_mw) - self._cheaper.of(numbers.used_mw)
        return self._dearer.of(numbers.used_mw) - unused_mw

    def surplus_mw(self) -> float:
        """Power that dearer units could not reduce at the last settlement and nobody took."""
        if self._numbers.ranks != self._ranks:
            self._select()
        numbers = self._numbers
        return self._yielding.of(numbers.settled_mw) - self._yielding.of(numbers.used_mw)

    def _select(self) -> None:
        """Find the blocks of each sum, after a change of prices."""
        bus, own = self._bus, self._cost
        self._ranks = self._numbers.ranks
        blocks = [*enumerate(zip(bus.prices, bus.costs, strict=True))]
        self._dearer = SumAt([at for at, (_, cost) in blocks if cost > own])
        self._cheaper = SumAt([at for at, (price, cost) in blocks if price < own and cost <= own])
        self._yielding = SumAt([at for at, (price, cost) in blocks if price < own < cost])
