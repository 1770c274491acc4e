"""The interval book: exact integrals over the intervals of a run."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.books.interval_book import IntervalBook, edges


@pytest.mark.parametrize(
    ("horizon_s", "edges_s"),
    [
        (2700.0, [0.0, 900.0, 1800.0, 2700.0]),
        (2000.0, [0.0, 900.0, 1800.0, 2000.0]),
        (10.0, [0.0, 10.0]),
        (0.3 * 3 * 1000, [0.0, 0.3 * 3 * 1000]),  # 899.9999999999999 s is one interval, not two
        (0.1 * 3 * 3000, [0.0, 0.1 * 3 * 3000]),  # and so is 900.0000000000001 s
    ],
)
def test_intervals_cover_the_run_and_the_last_ends_with_it(horizon_s: float, edges_s: list[float]) -> None:
    book = IntervalBook(edges(900.0, horizon_s), 1)
    assert book.edges_s.tolist() == edges_s
    assert book.hours.sum() == pytest.approx(horizon_s / 3600)


def test_a_run_may_begin_within_an_interval() -> None:
    book = IntervalBook(edges(900.0, 2000.0, into_s=600.0), 1)
    assert book.edges_s.tolist() == [0.0, 300.0, 1200.0, 2000.0]
    book.add(np.array([0.0, 600.0, 2000.0]), np.array([[6.0, 12.0]]))
    assert book.integrals[0] == pytest.approx([0.5, 0.5 + 2.0, 800 / 3600 * 12])
    assert book.means[0] == pytest.approx([6.0, 10.0, 12.0])


def test_a_stretch_is_divided_where_an_interval_ends() -> None:
    book = IntervalBook(edges(900.0, 2000.0), 2)
    book.add(np.array([0.0, 600.0, 2000.0]), np.array([[6.0, 12.0], [1.0, 0.0]]))
    # 0 to 900 s: 6 MW for 600 s and 12 MW for 300 s are 2 MWh; then 3 MWh; then 200 s, 2/3 MWh
    assert book.integrals[0] == pytest.approx([2.0, 3.0, 12.0 * 200 / 3600])
    assert book.integrals[1] == pytest.approx([600 / 3600, 0.0, 0.0])
    assert book.means[0] == pytest.approx([8.0, 12.0, 12.0])


TIMES = st.lists(st.floats(0.001, 9999.0, allow_subnormal=False), max_size=30, unique=True)


@given(TIMES, st.integers(1, 5), st.sampled_from([60.0, 900.0, 3600.0, 86400.0]))
def test_integrals_do_not_depend_on_how_the_run_is_cut_and_agree_with_brute_force(
    times: list[float], batches: int, interval_s: float
) -> None:
    times_s = np.array([0.0, *sorted(times), 10000.0])
    flows = np.random.default_rng(len(times)).random((2, len(times_s) - 1)) * 100.0
    book = IntervalBook(edges(interval_s, 10000.0), 2)
    for part in np.array_split(np.arange(flows.shape[1]), batches):
        if part.size:
            book.add(times_s[part[0] : part[-1] + 2], flows[:, part])
    brute = np.zeros_like(book.integrals)
    for row, (begin, end) in enumerate(pairwise(times_s)):
        for interval in range(brute.shape[1]):
            low, high = book.edges_s[interval], book.edges_s[interval + 1]
            brute[:, interval] += flows[:, row] * max(0.0, min(end, high) - max(begin, low)) / 3600.0
    assert book.integrals == pytest.approx(brute, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("interval_s", [50.0, 900.0, 86400.0])
@given(TIMES, st.integers(0, 2**32), st.integers(1, 4))
def test_a_sweep_gives_the_bits_of_numpy(
    interval_s: float, times: list[float], seed: int, batches: int
) -> None:
    times_s = np.array([0.0, *sorted(times), 10000.0])
    times_s = times_s[np.diff(times_s, prepend=-1.0) > 0.0]
    powers = np.random.default_rng(seed).standard_normal((3, len(times_s) - 1)) * 1e3
    found = []
    for sweeps in (False, True):
        book = IntervalBook(edges(interval_s, 10000.0), 3)
        book.sweeps = sweeps
        for rows in np.array_split(np.arange(powers.shape[1]), batches):
            if len(rows):
                book.add(times_s[rows[0] : rows[-1] + 2], powers[:, rows[0] : rows[-1] + 1])
        found.append(book.integrals.tobytes())
    assert found[0] == found[1]
