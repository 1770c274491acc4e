"""The latency: counts in bins, exact in the wait and by quantiles in the work."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.queueing.latency import Served, after_wait, per_token
from sim.queueing.waits import WaitTail

EDGES_S = np.array([1.0, 2.0, 4.0])


def test_a_wait_that_grows_evenly_fills_the_bins_evenly() -> None:
    # 80 requests wait from 0 to 8 s: 10 up to 1 s, 10 up to 2, 20 up to 4, 40 above
    flow = Served(0, 80.0, 0.0, 8.0, WaitTail(), 1.0)
    assert after_wait([flow], 0, np.zeros(1), EDGES_S) == pytest.approx([10.0, 10.0, 20.0, 40.0])
    falling = Served(0, 80.0, 8.0, 0.0, WaitTail(), 1.0)
    assert after_wait([falling], 0, np.zeros(1), EDGES_S) == pytest.approx([10.0, 10.0, 20.0, 40.0])


def test_work_takes_longer_at_lower_speed() -> None:
    # work of 0.5 and 1.5 s at half speed: 1 s, which is in the bin up to 1 s, and 3 s
    flow = Served(0, 10.0, 0.0, 0.0, WaitTail(), 0.5)
    assert after_wait([flow], 0, np.array([0.5, 1.5]), EDGES_S) == pytest.approx([5.0, 0.0, 5.0, 0.0])


def test_waits_for_fluctuations_are_exponential() -> None:
    # half wait, 2 s on average
    flow = Served(0, 100.0, 0.0, 0.0, WaitTail(0.5, 2.0), 1.0)
    above = [50.0 * exp(-edge / 2.0) for edge in EDGES_S]
    expected = [100.0 - above[0], above[0] - above[1], above[1] - above[2], above[2]]
    assert after_wait([flow], 0, np.zeros(1), EDGES_S) == pytest.approx(expected)


def test_other_classes_are_not_counted() -> None:
    flow = Served(1, 10.0, 0.0, 0.0, WaitTail(), 1.0)
    assert after_wait([flow], 0, np.zeros(1), EDGES_S).sum() == 0.0
    assert per_token([flow], 0, 1.0, EDGES_S).sum() == 0.0


def test_the_time_per_token_is_that_of_the_speed() -> None:
    flows = [Served(0, 10.0, 0.0, 0.0, WaitTail(), 0.5), Served(0, 5.0, 0.0, 0.0, WaitTail(), 0.1)]
    # 0.6 s at a speed of 0.5 is 1.2 s; at 0.1, 6 s
    assert per_token(flows, 0, 0.6, EDGES_S) == pytest.approx([0.0, 10.0, 0.0, 5.0])


ages = st.floats(0.0, 20.0)


@given(ages, ages, st.floats(0.0, 1.0), st.floats(0.01, 10.0), st.lists(st.floats(0.0, 9.0), min_size=1))
def test_every_request_is_in_one_bin(
    low_s: float, high_s: float, probability: float, scale_s: float, work_s: list[float]
) -> None:
    flow = Served(0, 7.0, low_s, high_s, WaitTail(probability, scale_s), 0.7)
    counts = after_wait([flow], 0, np.array(work_s), EDGES_S)
    assert counts.sum() == pytest.approx(7.0)
    assert counts.min() >= -1e-12


@given(ages, ages, st.floats(0.0, 1.0), st.floats(0.1, 10.0))
def test_the_mean_wait_is_that_of_the_bins(
    low_s: float, high_s: float, probability: float, scale_s: float
) -> None:
    flow = Served(0, 1.0, low_s, high_s, WaitTail(probability, scale_s), 1.0)
    edges_s = np.linspace(0.0, 200.0, 20_001)
    mean_s = after_wait([flow], 0, np.zeros(1), edges_s)[1:-1] @ (edges_s[1:] + edges_s[:-1]) / 2.0
    assert flow.mean_wait_s == pytest.approx(mean_s, abs=0.01)
