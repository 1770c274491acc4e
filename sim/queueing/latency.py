"""The latency: how long served requests took, as expected counts in bins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sim.queueing.waits import WaitTail
from sim.timeseries.series import Array

_SAME_S = 1e-9
"""Waits that differ by less are one wait."""

_NOBODY = 1e-9


@dataclass(frozen=True)
class Served:
    """Requests of one class that were served alike.

    Their wait is the larger of two: that of the backlog, uniform between two values, and that of the
    fluctuations, which are independent of it.

    Attributes:
        kind: Place of the class.
        count: Expected number of requests.
        age_from_s: Wait in the backlog of the first of them.
        age_to_s: Wait in the backlog of the last of them.
        tail: Wait for fluctuations of the queue.
        speed: Speed in service.
    """

    kind: int
    count: float
    age_from_s: float
    age_to_s: float
    tail: WaitTail
    speed: float

    @property
    def is_prompt(self) -> bool:
        """Whether none of them waits, to rounding."""
        return self.age_from_s == self.age_to_s == 0.0 and self.tail.probability < _NOBODY

    @property
    def mean_wait_s(self) -> float:
        """Mean wait."""
        return self.tail.mean_with(*sorted((self.age_from_s, self.age_to_s)))

    def wait_cdf(self, wait_s: Array) -> Array:
        """Share of the requests whose wait is at most this."""
        low_s, high_s = sorted((self.age_from_s, self.age_to_s))
        width_s = high_s - low_s
        if width_s > _SAME_S:
            aged = np.clip((wait_s - low_s) / width_s, 0.0, 1.0)
        else:
            aged = np.asarray(wait_s >= low_s, dtype=float)
        return np.asarray(aged * self.tail.cdf(wait_s))


def after_wait(flows: Iterable[Served], kind: int, work_s: Array, edges_s: Array) -> Array:
    """Counts of the time from arrival until some work of the request is done.

    The wait is integrated exactly; work is given by quantiles.

    Args:
        flows: Requests that were served.
        kind: Place of the class.
        work_s: The work in an empty system, as quantiles of equal probability; zero for the wait itself.
        edges_s: Bounds of the bins, increasing.

    Returns:
        Expected number of requests up to the first bound, in each bin, and above the last bound.
    """
    counts = np.zeros(len(edges_s) + 1)
    for flow in flows:
        if flow.kind != kind:
            continue
        if flow.is_prompt:
            work_at = np.searchsorted(edges_s, np.asarray(work_s) / flow.speed, side="left")
            counts += flow.count / len(work_s) * np.bincount(work_at, minlength=len(counts))
            continue
        waits_s = np.asarray(edges_s)[:, None] - np.asarray(work_s)[None, :] / flow.speed
        below = flow.wait_cdf(waits_s).mean(axis=1)
        counts += flow.count * np.diff(below, prepend=0.0, append=1.0)
    return counts


def per_token(flows: Iterable[Served], kind: int, token_s: float, edges_s: Array) -> Array:
    """Counts of the time per output token, in bins as those of `after_wait`.

    All requests of a flow have the time per token of their mean speed.
    """
    counts = np.zeros(len(edges_s) + 1)
    for flow in flows:
        if flow.kind == kind:
            counts[int(np.searchsorted(edges_s, token_s / flow.speed, side="left"))] += flow.count
    return counts
