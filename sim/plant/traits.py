"""Traits: what a unit of a fleet can do and what its power costs, for its commitment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.plant.residual import Residual


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
        """Benefit of running one more unit beside `unit - 1` others; negative for a loss."""
        return self.cost_usd_per_h(residual, unit - 1) - self.cost_usd_per_h(residual, unit)
