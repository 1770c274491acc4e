"""Submissions: the times at which jobs are submitted, drawn at a rate that varies over time.

They are a renewal process in operational time, which is the integral of the rate. Gaps have a gamma
distribution (assumed) with a mean of one job: a Poisson process if their coefficient of variation is 1,
bursts if it is higher. The process is stationary, so the expected number of jobs is the integral of the rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.timeseries.series import Array, StepSeries
from sim.units import SECONDS_PER_HOUR


@dataclass(frozen=True)
class Gaps:
    """The distribution of gaps between submissions, in operational time [jobs].

    Attributes:
        cv: Coefficient of variation.
    """

    cv: float

    def first(self, size: float, share: float) -> float:
        """The gap from the start to the first job: a part of a gap that is drawn in proportion to its length.

        Args:
            size: Uniform random number for the length.
            share: Uniform random number for the part.
        """
        from scipy.special import gammaincinv

        shape = self.cv**-2
        return float(gammaincinv(shape + 1.0, size)) / shape * share

    def next(self, uniform: Array) -> Array:
        """Gaps from uniform random numbers, which other parameters leave unchanged."""
        from scipy.special import gammaincinv

        shape = self.cv**-2
        return np.asarray(gammaincinv(shape, uniform) / shape, dtype=np.float64)


class OperationalTime:
    """The integral of a rate over a run, and its inverse.

    Attributes:
        expected_jobs: Its value at the end of the run.
    """

    def __init__(self, rate_per_h: StepSeries, horizon_s: float) -> None:
        since, until = (int(rate_per_h.times_s.searchsorted(t_s, "right")) for t_s in (0.0, horizon_s))
        self._edges_s = np.append(np.maximum(rate_per_h.times_s[since - 1 : until], 0.0), horizon_s)
        self._rates_per_s = rate_per_h.values[since - 1 : until] / SECONDS_PER_HOUR
        self._jobs = np.append(0.0, np.cumsum(self._rates_per_s * np.diff(self._edges_s)))
        self._edges_s[-1] = np.inf  # a job beyond the horizon falls into the last piece in every run
        self.expected_jobs = float(self._jobs[-1])

    def elapsed_s(self, jobs: Array) -> Array:
        """The elapsed seconds at which the integral reaches numbers of jobs; infinite if it never does."""
        piece = np.maximum(self._jobs[:-1].searchsorted(jobs, "left") - 1, 0)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            inside_s = (jobs - self._jobs[piece]) / self._rates_per_s[piece]
        inside_s[self._rates_per_s[piece] == 0.0] = np.inf
        found: Array = np.minimum(self._edges_s[piece] + inside_s, self._edges_s[piece + 1])
        return found
