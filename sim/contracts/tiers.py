"""Tiers: rates that change with the amount, such as one for the first 100 MW and another for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from sim.timeseries.series import Array


@dataclass(frozen=True)
class Tiers:
    """Rates by amount; each holds for the part of an amount that lies in its tier.

    Attributes:
        until: Amount at which each tier ends, increasing; the last one is infinite.
        usd: Rate of each tier [USD per unit].
    """

    until: tuple[float, ...]
    usd: tuple[float, ...]

    @classmethod
    def flat(cls, usd: float) -> Tiers:
        """One rate for any amount."""
        return cls((inf,), (usd,))

    def parts(self, before: Array, amount: Array, scale: Array | float = 1.0) -> Array:
        """How amounts are divided among the tiers.

        Args:
            before: What has been counted before each amount.
            amount: The amounts.
            scale: Factor on the ends of the tiers, for each amount or for all.

        Returns:
            The part of each amount in each tier, one row per tier.
        """
        found = np.empty((len(self.until), len(amount)))
        left, begin = amount.copy(), before
        for at, until in enumerate(self.until):
            room = np.maximum(until * scale - begin, 0.0) if until < inf else np.full(len(amount), inf)
            found[at] = np.minimum(left, room)
            left = left - found[at]
            begin = begin + found[at]
        return found

    def label(self, tier: int) -> str:
        """A tier as text; empty if it is the only one."""
        return f"tier {tier + 1}" if len(self.until) > 1 else ""


def joined(*texts: str) -> str:
    """The texts that are not empty, joined by commas."""
    return ", ".join(filter(None, texts))
