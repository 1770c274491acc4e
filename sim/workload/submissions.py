"""Submissions: the times at which jobs or requests arrive, drawn at a rate that varies over time.

They are a renewal process in operational time, which is the integral of the rate. Gaps have a gamma
distribution (assumed) with a mean of one: a Poisson process if their coefficient of variation is 1, bursts if
it is higher. The process is stationary, so the expected number of arrivals is the integral of the rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.timeseries.series import Array, StepSeries
from sim.units import SECONDS_PER_HOUR


@dataclass(frozen=True)
class Gaps:
    """The distribution of gaps between arrivals, in operational time.

    Attributes:
        cv: Coefficient of variation.
    """

    cv: float

    def first(self, size: float, share: float) -> float:
        """The gap from the start to the first arrival: a part of a gap drawn in proportion to its length.

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
        expected: Its value at the end of the run.
    """

    def __init__(self, rate: StepSeries, horizon_s: float, per_s: float = SECONDS_PER_HOUR) -> None:
        """Integrate a rate.

        Args:
            rate: The rate, at least 0 everywhere.
            horizon_s: Length of the run [s].
            per_s: Length of the unit of time of the rate [s]. Default: an hour.
        """
        since, until = (int(rate.times_s.searchsorted(t_s, "right")) for t_s in (0.0, horizon_s))
        starts_s = np.maximum(rate.times_s[since - 1 : until], 0.0)
        self._rates_per_s = rate.values[since - 1 : until] / per_s
        grown = np.cumsum(self._rates_per_s * np.diff(np.append(starts_s, horizon_s)))
        self._starts_s, self._counts = starts_s, np.append(0.0, grown[:-1])
        self._ends_s = np.append(starts_s[1:], np.inf)  # what is beyond the horizon is so in every run
        self.expected = float(grown[-1])

    def elapsed_s(self, counts: Array) -> Array:
        """The elapsed seconds at which the integral reaches values; infinite if it never does.

        The result does not depend on how values are divided over calls, nor on the length of the run.

        Args:
            counts: Values in increasing order.
        """
        if not len(counts):
            return np.empty(0)
        columns = (self._counts, self._rates_per_s, self._starts_s, self._ends_s)
        first, last = self._counts.searchsorted((counts[0], counts[-1]), "right") - 1
        if first == last:
            found = _inside(counts, *(float(column[first]) for column in columns))
            cuts = np.zeros(1, dtype=np.int64)
        else:
            cuts = np.append(0, counts.searchsorted(self._counts[first + 1 : last + 1], "left"))
            lengths = np.diff(cuts, append=len(counts))
            found = _inside(counts, *(column[first : last + 1].repeat(lengths) for column in columns))
        if self._rates_per_s[last] == 0.0:  # only the last piece can have values beyond it
            found[cuts[-1] :] = np.inf
        return found


def _inside(counts: Array, before: Any, rate_per_s: Any, start_s: Any, end_s: Any) -> Array:
    """Elapsed seconds of values in pieces of constant rate, each given by its properties."""
    found: Array = counts - before
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        np.divide(found, rate_per_s, out=found)
    found += start_s
    np.minimum(found, end_s, out=found)
    return found
