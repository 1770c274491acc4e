"""The tally: what has happened to the requests of a stream."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from sim.serving.request_sums import BOUNDS_S, MEASURES
from sim.serving.request_sums import FIELDS as SUMS
from sim.timeseries.series import Array

FIELDS = (*SUMS, "waiting_s")
"""Sums of each kind, and the integral of the number that wait."""
PLACES = {field: place for place, field in enumerate(FIELDS)}
"""Places of the sums."""
BINS = len(BOUNDS_S) + 1
"""Bins of a histogram: below the first bound, between the bounds, and from the last one on."""
_EDGES_S = (0.0, *BOUNDS_S, BOUNDS_S[-1] * 2.0)
BIN_EDGES_S = np.array(_EDGES_S)
"""Edges of the bins. Those of the last bin stand for all longer times."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums over the requests of a stream, from its beginning to a time, or between two times.

    Attributes:
        sums: Sums of each kind of request, as `FIELDS` names them. Shape (kinds, fields).
        bins: Requests in each bin of each histogram. Shape (kinds, measures, bins).
        idle_j: Energy of replicas without requests: their idle power at all times.
        dynamic_j: Energy above idle.
        service_s: Integral of the number of requests in service.
        waiting_s: Integral of the number that wait.
    """

    sums: Array
    bins: Array
    idle_j: float
    dynamic_j: float
    service_s: float
    waiting_s: float

    @classmethod
    def none(cls, kinds: int) -> Tally:
        """The tally at the beginning."""
        return cls(np.zeros((kinds, len(FIELDS))), np.zeros((kinds, len(MEASURES), BINS)), 0.0, 0.0, 0.0, 0.0)

    def __sub__(self, other: Tally) -> Tally:
        """What has happened since another tally."""
        return Tally(
            self.sums - other.sums,
            self.bins - other.bins,
            self.idle_j - other.idle_j,
            self.dynamic_j - other.dynamic_j,
            self.service_s - other.service_s,
            self.waiting_s - other.waiting_s,
        )

    def __add__(self, other: Tally) -> Tally:
        """What has happened in both."""
        return Tally(
            self.sums + other.sums,
            self.bins + other.bins,
            self.idle_j + other.idle_j,
            self.dynamic_j + other.dynamic_j,
            self.service_s + other.service_s,
            self.waiting_s + other.waiting_s,
        )

    def __mul__(self, factor: float) -> Tally:
        """As many times of everything."""
        return Tally(
            self.sums * factor,
            self.bins * factor,
            self.idle_j * factor,
            self.dynamic_j * factor,
            self.service_s * factor,
            self.waiting_s * factor,
        )

    def of(self, field: str) -> Array:
        """A sum, for each kind."""
        return self.sums[:, PLACES[field]]

    @property
    def dropped(self) -> Array:
        """Requests that were dropped for any reason, for each kind."""
        return self.of("timed_out") + self.of("refused") + self.of("cut")


def quantiles_s(bins: Array, shares: Sequence[float]) -> list[float]:
    """The times that shares of the requests do not exceed, from a histogram; NaN without requests.

    Bins are at most 6 % wide. Within a bin the requests are spread evenly, so the error is about 1 %.

    Args:
        bins: Requests in each bin. Histograms of several hours, kinds or streams may be added up before.
        shares: The shares, 0 to 1.
    """
    counts: list[float] = bins.cumsum().tolist()  # plain numbers: of the few that are read, numpy is slower
    total = counts[-1]
    if not total:
        return [nan] * len(shares)
    found = []
    for share in shares:
        at = min(bisect_left(counts, share * total), len(counts) - 1)
        here, below = float(bins[at]), counts[at - 1] if at else 0.0
        inside = (share * total - below) / here if here else 0.0
        found.append(_EDGES_S[at] + inside * (_EDGES_S[at + 1] - _EDGES_S[at]))
    return found


def quantile_s(bins: Array, share: float) -> float:
    """The time that a share of the requests do not exceed; see `quantiles_s`."""
    return quantiles_s(bins, (share,))[0]
