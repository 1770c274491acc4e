"""Segments: where each begins, and the sum over it, with the same bits in compiled code."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.timeseries.segments import add, begins, find, sums

TIMES = st.lists(st.integers(-50, 50), unique=True, max_size=30).map(
    lambda times: np.array(sorted(times), float)
)


def test_a_segment_begins_with_the_first_time_at_or_after_its_edge() -> None:
    times_s = np.array([0.0, 900.0, 1800.0, 2700.0])
    found = begins(times_s, np.array([0.0, 1000.0, 1800.0, 9000.0]))
    assert found.tolist() == [0, 2, 2, 4]
    assert sums(np.array([1.0, 2.0, 4.0, 8.0]), found).tolist() == [3.0, 0.0, 12.0]


@given(TIMES, TIMES, st.integers(0, 2**32))
def test_a_sweep_gives_the_bits_of_numpy(times_s: np.ndarray, edges_s: np.ndarray, seed: int) -> None:
    begin = np.empty(len(edges_s), dtype=np.int64)
    find(times_s, edges_s, begin)
    assert begin.tolist() == np.searchsorted(times_s, edges_s).tolist() == begins(times_s, edges_s).tolist()
    if not len(edges_s):
        return
    numbers = np.random.default_rng(seed).standard_normal(len(times_s)) * 1e3
    segment = np.searchsorted(edges_s, times_s, side="right")  # 0 is before the first one
    plain = np.bincount(segment, weights=numbers, minlength=len(edges_s) + 1)[1:-1]
    found = np.empty(len(edges_s) - 1)
    add(numbers, begin, found)
    assert found.tobytes() == plain.tobytes() == sums(numbers, begin).tobytes()
