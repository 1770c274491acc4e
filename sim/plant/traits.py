"""Traits: what a unit of a fleet can do and what its power costs, for its commitment.

Compiled if a C compiler is at hand, like `bus.stretch`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from sim.plant.residual import Residual


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
        full_usd_per_mwh: Cost of power at full load, without the start.
    """

    def __init__(
        self,
        *,
        unit_mw: float,
        minimum_pu: float,
        start_min: float,
        min_up_h: float,
        min_down_h: float,
        marginal_usd_per_mwh: float,
        start_usd: float,
        running: Sequence[tuple[float, float]],
    ) -> None:
        """Set the parameters.

        Args:
            unit_mw: Rated power of a unit.
            minimum_pu: Its minimum stable level.
            start_min: Time from the start order to the first power.
            min_up_h: Minimum run time.
            min_down_h: Minimum down time.
            marginal_usd_per_mwh: Cost of one more MWh at full load; the fleet's dispatch price.
            start_usd: Total cost of a start, fuel and carbon included.
            running: Powers of one unit [MW], the lowest first, and its running cost at each [USD/h]; linear
                in between, constant beyond.
        """
        self.unit_mw = unit_mw
        self.minimum_pu = minimum_pu
        self.start_min = start_min
        self.min_up_h = min_up_h
        self.min_down_h = min_down_h
        self.marginal_usd_per_mwh = marginal_usd_per_mwh
        self.start_usd = start_usd
        self._powers_mw = array("d", [power_mw for power_mw, _ in running])
        self._costs_usd_per_h = array("d", [usd_per_h for _, usd_per_h in running])
        self._last = len(running) - 1
        self.full_usd_per_mwh = self.running_usd_per_h(unit_mw) / unit_mw

    def running_usd_per_h(self, power_mw: float) -> float:
        """Running cost of one unit at a power."""
        at, last = 0, self._last
        if power_mw >= self._powers_mw[last]:
            return self._costs_usd_per_h[last]
        if power_mw <= self._powers_mw[0]:
            return self._costs_usd_per_h[0]
        while power_mw >= self._powers_mw[at + 1]:
            at += 1
        from_mw, from_usd_per_h = self._powers_mw[at], self._costs_usd_per_h[at]
        slope = (self._costs_usd_per_h[at + 1] - from_usd_per_h) / (self._powers_mw[at + 1] - from_mw)
        return slope * (power_mw - from_mw) + from_usd_per_h

    def power_mw(self, residual: Residual, running: int) -> float:
        """Most economic power of so many units, which must run at least at their minimum level."""
        power_mw = residual.power_mw(self.marginal_usd_per_mwh)
        least_mw, most_mw = running * self.minimum_pu * self.unit_mw, running * self.unit_mw
        if power_mw < least_mw:
            power_mw = least_mw
        return power_mw if power_mw < most_mw else most_mw

    def cost_usd_per_h(self, residual: Residual, running: int) -> float:
        """Running cost of so many units, less the value of their power."""
        if not running:
            return 0.0
        power_mw = self.power_mw(residual, running)
        return running * self.running_usd_per_h(power_mw / running) - residual.value_usd_per_h(power_mw)

    def benefit_usd_per_h(self, residual: Residual, unit: int) -> float:
        """Benefit of running one more unit beside `unit - 1` others; negative for a loss."""
        return self.cost_usd_per_h(residual, unit - 1) - self.cost_usd_per_h(residual, unit)
