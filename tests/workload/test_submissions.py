"""Submissions: operational time and its inverse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.timeseries.series import StepSeries
from sim.workload.submissions import OperationalTime

RATE = StepSeries(np.array([-5.0, 10.0, 20.0, 30.0]), np.array([2.0, 0.0, 8.0, 0.0]))


def test_operational_time_is_the_integral_of_the_rate() -> None:
    time = OperationalTime(RATE, 40.0, per_s=1.0)
    # 10 s x 2 + 10 s x 0 + 10 s x 8
    assert time.expected == 100.0
    # 20 is reached at 10 s and held to 20 s, where the next begins; nothing is beyond 100
    counts = np.array([0.0, 10.0, 20.0, 60.0, 100.0, 101.0])
    assert time.elapsed_s(counts).tolist() == [0.0, 5.0, 20.0, 25.0, math.inf, math.inf]
    assert time.elapsed_s(np.array([200.0])).tolist() == [math.inf]


def test_a_rate_is_that_of_an_hour_unless_told_otherwise() -> None:
    assert OperationalTime(RATE, 40.0).expected == pytest.approx(100.0 / 3600.0)


@given(
    st.lists(st.sampled_from([0.0, 0.7, 3.0]), min_size=1, max_size=6),
    st.lists(st.floats(0.0, 200.0), max_size=30),
    st.integers(0, 30),
)
def test_how_values_are_divided_over_calls_does_not_matter(
    rates: list[float], counts: list[float], cut: int
) -> None:
    time = OperationalTime(StepSeries(10.0 * np.arange(len(rates)), np.array(rates)), 100.0, per_s=1.0)
    every = np.sort(np.array(counts))
    parts = [time.elapsed_s(part) for part in (every[:cut], every[cut:])]
    assert np.concatenate(parts).tolist() == time.elapsed_s(every).tolist()
