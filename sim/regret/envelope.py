"""The envelope: the highest convex function that is nowhere above what some tiers cost."""

from __future__ import annotations

import numpy as np

from sim.contracts.tiers import Tiers
from sim.timeseries.series import Array


def envelope(tiers: Tiers, most: float) -> tuple[Array, Array]:
    """Width and rate of each part of the convex envelope of the cost of an amount, with increasing rates.

    Increasing rates are their own envelope. Decreasing ones become the mean rate of the highest amount.

    Args:
        tiers: The tiers.
        most: Highest amount; above it the rate of the last part holds.
    """
    ends = [end for end in tiers.until if end < most]
    at = np.array([0.0, *ends, most])
    usd = np.append(0.0, np.cumsum(np.diff(at) * np.array(tiers.usd)[: len(at) - 1]))
    kept = [0]
    for place in range(1, len(at)):
        while len(kept) > 1 and _rate(at, usd, kept[-1], place) <= _rate(at, usd, kept[-2], kept[-1]):
            kept.pop()
        kept.append(place)
    width, rise = np.diff(at[kept]), np.diff(usd[kept])
    rates = np.divide(rise, width, out=np.zeros_like(rise), where=width > 0.0)
    if rates[-1] >= 0.0:
        width[-1] = np.inf
    return width, rates


def _rate(at: Array, usd: Array, first: int, last: int) -> float:
    return float((usd[last] - usd[first]) / (at[last] - at[first]))
