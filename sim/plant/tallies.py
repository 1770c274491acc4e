"""The tallies: what has spoken for a start or a stop of each unit of a fleet.

Compiled if a C compiler is at hand, like `bus.stretch`.
"""

from __future__ import annotations

from array import array
from math import inf

from sim.plant.residual import Residual
from sim.plant.traits import Traits
from sim.units import SECONDS_PER_HOUR

_ROUNDING = 1e-9
_HOUR_S, _NEVER = SECONDS_PER_HOUR, inf


class Tallies:
    """Sums of what has spoken for one more or one less running unit, never below nothing.

    They stand in the order in which units would run: first the running units, then those that start, then
    those that can start. Between two settlements a sum grows or shrinks evenly, so it is computed from the
    time that has passed when it is read. It ends at the cost of one start.
    """

    def __init__(self, traits: Traits, units: int) -> None:
        """Begin with nothing.

        Args:
            traits: What a unit can do and costs.
            units: Number of units.
        """
        self._traits = traits
        self._units = units
        self._usd = array("d", bytes(8 * units))
        self._usd_per_h = array("d", self._usd)
        self._most_usd = traits.start_usd
        self._due_usd = traits.start_usd * (1.0 - _ROUNDING)
        self._at_s = 0.0

    def advance(self, now_s: float) -> None:
        """Add what has come together up to now."""
        elapsed_h = (now_s - self._at_s) / _HOUR_S
        self._at_s = now_s
        for at in range(self._units):
            usd = self._usd[at] + self._usd_per_h[at] * elapsed_h
            if usd < 0.0:
                usd = 0.0
            self._usd[at] = usd if usd < self._most_usd else self._most_usd

    def rate(self, residual: Residual, running: int, starting: int, startable: int) -> None:
        """Set the rate of each sum: the benefit of a unit that is off, the loss by one that is on.

        If the sum of a unit does not grow, those of the following do not either.

        Args:
            residual: What the rest of the site would take.
            running: Units that run.
            starting: Units that have been ordered to start.
            startable: Units that can be ordered to; the sums of all others that are off are nothing.
        """
        committed = running + starting
        for at in range(self._units):
            self._usd_per_h[at] = 0.0
            if at >= committed + startable:
                self._usd[at] = 0.0
        is_growing = True
        for at in range(committed, committed + startable):
            is_growing = self._rate(at, residual, 1.0, is_growing)
        is_growing = True
        for back in range(running):
            is_growing = self._rate(running - 1 - back, residual, -1.0, is_growing)

    def _rate(self, at: int, residual: Residual, sign: float, may_grow: bool) -> bool:
        """Set the rate of a sum, and return whether it grows."""
        if not (may_grow or self._usd[at]):
            return False
        usd_per_h = sign * self._traits.benefit_usd_per_h(residual, at + 1)
        is_growing = usd_per_h > 0.0
        if is_growing or self._usd[at]:
            self._usd_per_h[at] = usd_per_h
        return is_growing

    def clear(self, first: int, last: int) -> None:
        """Begin again with nothing, from one unit up to another."""
        for at in range(first, last):
            self._usd[at] = self._usd_per_h[at] = 0.0

    def growing(self, first: int) -> int:
        """Number of sums that grow, from that of one unit on."""
        count = 0
        for at in range(first, self._units):
            if self._usd_per_h[at] > 0.0:
                count += 1
        return count

    def is_due(self, at: int) -> bool:
        """Whether the sum of a unit grows and has come to the cost of a start."""
        return at >= 0 and at < self._units and self._usd_per_h[at] > 0.0 and self._usd[at] >= self._due_usd

    def is_adding(self) -> bool:
        """Whether any sum is there or begins."""
        for at in range(self._units):  # noqa: SIM110 - a generator has no types
            if self._usd[at] or self._usd_per_h[at]:
                return True
        return False

    def due_h(self) -> float:
        """Hours until the first sum comes to the cost of a start; infinite if none does."""
        due_h = _NEVER
        for at in range(self._units):
            if self._usd_per_h[at] > 0.0 and self._usd[at] < self._due_usd:
                left_h = (self._most_usd - self._usd[at]) / self._usd_per_h[at]
                if left_h < due_h:
                    due_h = left_h
        return due_h
