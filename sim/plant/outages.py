"""Outages: failure and repair of a unit."""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import log

import numpy as np
from simpy import Event

from sim.site import Site
from sim.timeseries.service import PLANNED_OUTAGE, Span

__all__ = ["FORCED_OUTAGE", "PLANNED_OUTAGE", "fail_and_repair", "lognormal_h", "unit_spans"]

FORCED_OUTAGE = "forced outage"
"""Reason for missing capacity after a failure."""

_LOGNORMAL_SIGMA = 1.0
"""Spread of the logarithm of an interruption's duration (unverified; gives a long tail)."""


def unit_spans(site: Site, name: str, units: int) -> tuple[Span, ...]:
    """When each unit of a fleet is in service and under planned outages."""
    service = site.service(name)
    return (Span(),) * units if service is None else service.units


def fail_and_repair(
    site: Site,
    rng: np.random.Generator,
    *,
    mttf_h: float,
    mttr_h: float,
    fail: Callable[[], None],
    repair: Callable[[], None],
) -> Generator[Event, None, None]:
    """Exponentially distributed times to failure and to repair, for the whole run.

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
    """A random duration with a log-normal distribution and the given mean [h]."""
    return float(rng.lognormal(log(mean_h) - _LOGNORMAL_SIGMA**2 / 2.0, _LOGNORMAL_SIGMA))
