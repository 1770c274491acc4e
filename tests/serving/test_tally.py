"""The tally: quantiles of histograms, and what happened between two times."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_laws import law

from sim.serving.request_sums import BOUNDS_S
from sim.serving.tally import BIN_EDGES_S, BINS, FIELDS, Tally, quantile_s


def counted(times_s: list[float]) -> np.ndarray:
    places = np.searchsorted(BOUNDS_S, times_s, "right")
    return np.bincount(places, minlength=BINS).astype(float)


@law(300)
@given(
    st.lists(st.floats(1e-3, 1e5), min_size=1, max_size=200), st.sampled_from([0.01, 0.5, 0.95, 0.99, 1.0])
)
def test_a_quantile_is_that_of_the_times_within_a_bin(times_s: list[float], share: float) -> None:
    exact_s = float(np.quantile(times_s, share, method="inverted_cdf"))
    at = int(np.searchsorted(BOUNDS_S, exact_s, "right"))
    assert BIN_EDGES_S[at] <= quantile_s(counted(times_s), share) <= BIN_EDGES_S[at + 1]


def test_requests_are_spread_evenly_within_a_bin() -> None:
    bins = np.zeros(BINS)
    at = int(np.searchsorted(BOUNDS_S, 1.0, "right"))  # from 1 to 1 1/16 s
    bins[at] = 10.0
    assert quantile_s(bins, 0.5) == 1.0 + 0.5 / 16.0
    assert quantile_s(bins, 1.0) == 1.0 + 1.0 / 16.0


def test_without_requests_there_is_no_quantile() -> None:
    assert isnan(quantile_s(np.zeros(BINS), 0.5))


def test_a_difference_is_taken_of_everything() -> None:
    none = Tally.none(2)
    assert (none.sums.shape, none.bins.shape) == ((2, len(FIELDS)), (2, 3, BINS))
    later = replace(
        none,
        sums=none.sums + np.arange(len(FIELDS)),
        bins=none.bins + 3.0,
        idle_j=10.0,
        dynamic_j=20.0,
        service_s=30.0,
        waiting_s=40.0,
    )
    sooner = replace(
        later,
        sums=later.sums / 2.0,
        bins=later.bins / 3.0,
        idle_j=1.0,
        dynamic_j=2.0,
        service_s=3.0,
        waiting_s=4.0,
    )
    between = later - sooner
    assert between.sums == pytest.approx(later.sums / 2.0)
    assert (between.bins == 2.0).all()
    assert (between.idle_j, between.dynamic_j, between.service_s, between.waiting_s) == (
        9.0,
        18.0,
        27.0,
        36.0,
    )
    timed_out, refused, cut = (FIELDS.index(name) for name in ("timed_out", "refused", "cut"))
    assert later.dropped.tolist() == [timed_out + refused + cut] * 2
    assert later.of("met").tolist() == [FIELDS.index("met")] * 2
