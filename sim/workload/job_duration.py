"""The duration of jobs: a lognormal distribution between two bounds."""

from __future__ import annotations

from math import exp, log, sqrt
from statistics import NormalDist
from typing import Annotated, Self

import numpy as np
from pydantic import model_validator

from sim import units
from sim.errors import Problem, SpecError
from sim.spec import Spec
from sim.timeseries.series import Array

_P95 = NormalDist().inv_cdf(0.95)
_LEAST_INSIDE_PU = 0.01
"""Least part of a distribution that its bounds may leave."""


class JobDuration(Spec):
    """Durations at full speed: lognormal, by median and 95th percentile, or by mean and variation.

    Durations in logs of GPU clusters range from seconds to months, so their logarithm is what is spread
    evenly (Philly, arXiv 1901.05758, figure 2); the lognormal form is assumed. The distribution is cut at the
    bounds; the parameters are those before the cut.
    """

    median_h: units.DurationHours | None = None
    """Median, with `p95_h`."""
    p95_h: units.DurationHours | None = None
    """Duration that 5 % of the jobs exceed."""
    mean_h: units.DurationHours | None = None
    """Mean, with `cv`."""
    cv: Annotated[float, units.quantity("ratio", ge=0.01, le=100)] | None = None
    """Standard deviation divided by the mean."""
    least_h: units.DurationHours = units.hours(units.SECONDS_PER_MINUTE)
    """Shortest duration (assumed: a minute)."""
    most_h: units.DurationHours = units.HOURS_PER_YEAR
    """Longest duration (assumed: a year)."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        given = {name for name in ("median_h", "p95_h", "mean_h", "cv") if getattr(self, name) is not None}
        if given not in ({"median_h", "p95_h"}, {"mean_h", "cv"}):
            shown = " and ".join(sorted(given)) or "nothing"
            message = f"is given by {shown}; allowed: median_h and p95_h, or mean_h and cv"
            raise SpecError(self.title(), [Problem(("duration",), message)])
        if self.median_h is not None and self.p95_h is not None and self.p95_h < self.median_h:
            raise self.refuse("p95_h", f"at least median_h, which is {self.median_h:g} h")
        if self.most_h <= self.least_h:
            raise self.refuse("most_h", f"above least_h, which is {self.least_h:g} h")
        low, high = self._levels()
        if high - low < _LEAST_INSIDE_PU:
            inside = f"{self.least_h:g} to {self.most_h:g} h with at least 1 % of the distribution"
            raise self.refuse("median_h" if self.mean_h is None else "mean_h", inside)
        return self

    def drawn_s(self, uniform: Array) -> Array:
        """Durations from uniform random numbers [s]."""
        from scipy.special import ndtri

        low, high = self._levels()
        mean, deviation = self._parameters()
        hours = np.exp(mean + deviation * ndtri(low + (high - low) * uniform))
        found: Array = np.clip(hours, self.least_h, self.most_h) * units.SECONDS_PER_HOUR
        return found

    def _parameters(self) -> tuple[float, float]:
        """Mean and standard deviation of the logarithm of the duration in hours."""
        if self.median_h is not None and self.p95_h is not None:
            return log(self.median_h), max(log(self.p95_h / self.median_h) / _P95, 1e-9)
        cv, mean_h = self.cv or 0.0, self.mean_h or 1.0
        variance = log(1.0 + cv**2)
        return log(mean_h * exp(-variance / 2.0)), sqrt(variance)

    def _levels(self) -> tuple[float, float]:
        """The parts of the distribution below the two bounds."""
        mean, deviation = self._parameters()
        low, high = (NormalDist(mean, deviation).cdf(log(bound_h)) for bound_h in (self.least_h, self.most_h))
        return low, high
