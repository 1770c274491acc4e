"""Outages: how a unit fails and is repaired."""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import log

import numpy as np
from simpy import Event

from sim.site import Site

FORCED_OUTAGE = "forced outage"
"""Why capacity is missing after a failure."""

_LOGNORMAL_SIGMA = 1.0
"""Spread of the logarithm of an interruption's duration (unverified; gives a long tail)."""


def fail_and_repair(
    site: Site,
    rng: np.random.Generator,
    *,
    mttf_h: float,
    mttr_h: float,
    fail: Callable[[], None],
    repair: Callable[[], None],
) -> Generator[Event, None, None]:
    """Exponential times to failure and to repair, for as long as the run lasts.

    Args:
        site: The site.
        rng: The unit's own random stream.
        mttf_h: Mean time to failure.
        mttr_h: Mean time to repair.
        fail: Called at each failure.
        repair: Called at the end of each repair.
    """
    while True:
        yield site.wait_h(float(rng.exponential(mttf_h)))
        fail()
        yield site.wait_h(float(rng.exponential(mttr_h)))
        repair()


def lognormal_h(rng: np.random.Generator, mean_h: float) -> float:
    """A duration with a long tail and this mean."""
    return float(rng.lognormal(log(mean_h) - _LOGNORMAL_SIGMA**2 / 2.0, _LOGNORMAL_SIGMA))
