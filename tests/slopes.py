"""The law of a ramp: what a unit makes stays within half a step of a path no steeper than its ramp."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def breaks_law(
    times_s: np.ndarray, level_mw: np.ndarray, mw_per_s: float, step_mw: float, outages_s: Iterable[float]
) -> float | None:
    """The first instant from which no such path exists, or None.

    Args:
        times_s: Instants at which the level changes, and the end.
        level_mw: Level from each instant on.
        mw_per_s: Ramp rate.
        step_mw: A step of the offered power.
        outages_s: Instants at which an outage may take the path anywhere.
    """
    free = set(outages_s)
    low, high = -np.inf, np.inf
    slack = 1e-9 * (1.0 + step_mw * 50.0)
    for at, mw in enumerate(level_mw.tolist()):
        if float(times_s[at]) in free:
            low, high = -np.inf, np.inf
        lowest, highest = mw - step_mw / 2.0 - slack, mw + step_mw / 2.0 + slack
        low, high = max(low, lowest), min(high, highest)
        if low > high:
            return float(times_s[at])
        travel = mw_per_s * float(times_s[at + 1] - times_s[at])
        # the path stays within half a step of this level until the next one
        low, high = max(low - travel, lowest), min(high + travel, highest)
    return None
