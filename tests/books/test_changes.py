"""Changes of power: exact on step functions, whatever batches they come in and whatever is recorded."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from builders import serve
from hypothesis import given
from hypothesis import strategies as st
from sites import steps

from sim.books.changes import ChangeBook, changes
from sim.campus import GridConnection, MeasuredSource

MINUTE = 60.0


def test_a_pulse_of_half_a_minute_is_seen_over_every_window() -> None:
    # 3 MW, from 1,000 s to 1,030 s 10 MW, then 4 MW
    found = changes(np.array([0.0, 1000.0, 1030.0, 3000.0]), np.array([3.0, 10.0, 4.0]))
    assert (found.step_mw, found.change_1min_mw) == (7.0, 7.0)
    assert (found.change_5min_mw, found.change_15min_mw) == (7.0, 7.0)


def test_a_staircase_changes_more_over_a_longer_window() -> None:
    # 1 MW more every 40 s, for an hour: two instants 60 s apart have at most 2 steps between them
    edges_s = np.arange(0.0, 3601.0, 40.0)
    found = changes(edges_s, np.arange(len(edges_s) - 1, dtype=float))
    assert found.step_mw == 1.0
    assert found.change_1min_mw == 2.0
    assert found.change_5min_mw == 8.0  # 300 / 40 = 7.5
    assert found.change_15min_mw == 23.0  # 900 / 40 = 22.5


def test_a_cycle_whose_period_divides_the_window_shows_in_its_steps_only() -> None:
    edges_s = np.arange(0.0, 3000.0, 0.1) * 3.0  # 10 steps of 0.3 s: the times are rounded
    mw = np.where(np.arange(len(edges_s) - 1) % 20 < 10, 5.0, 1.0)  # a period of 6 s
    found = changes(edges_s, mw)
    assert (found.step_mw, found.change_1min_mw, found.change_15min_mw) == (4.0, 0.0, 0.0)


def test_a_run_has_no_change_over_a_window_that_it_is_not_longer_than() -> None:
    found = changes(np.array([0.0, 30.0, 60.0]), np.array([1.0, 5.0]))
    assert (found.step_mw, found.change_1min_mw) == (4.0, 0.0)


powers = st.lists(
    st.tuples(st.sampled_from([0.5, 7.0, 20.0, 60.0, 240.0, 1000.0]), st.integers(0, 6)),
    min_size=1,
    max_size=40,
)


@given(powers, st.lists(st.integers(1, 39), max_size=4))
def test_batches_and_sampling_of_every_half_second_give_the_same(
    rows: list[tuple[float, int]], cuts: list[int]
) -> None:
    edges_s = np.cumsum([0.0, *(lasts_s for lasts_s, _ in rows)])
    mw = np.array([float(mw) for _, mw in rows])
    found = changes(edges_s, mw)
    book = ChangeBook()
    bounds = sorted({0, *(cut for cut in cuts if cut < len(mw)), len(mw)})
    for first, last in pairwise(bounds):
        book.add(edges_s[first : last + 1], mw[first:last])
    assert book.close() == found
    # all times are multiples of 0.5 s, so the values in the middle of each half second are all there are
    fine = mw[np.searchsorted(edges_s, np.arange(0.25, edges_s[-1], 0.5), side="right") - 1]
    for window_s, change_mw in (
        (MINUTE, found.change_1min_mw),
        (5 * MINUTE, found.change_5min_mw),
        (15 * MINUTE, found.change_15min_mw),
    ):
        apart = int(window_s / 0.5)
        assert change_mw == np.abs(fine[apart:] - fine[:-apart]).max(initial=0.0)
    assert found.step_mw == np.abs(np.diff(mw)).max(initial=0.0)


@pytest.mark.parametrize("record_s", [None, 3600.0])
def test_the_summary_has_the_changes_whatever_is_recorded(record_s: float | None) -> None:
    # 10 MW, for a minute from 1:00 30 MW, from 2:00 25 MW; the plant gives 12 MW, the rest is exported
    demand = steps([0.0, 3600.0, 3660.0, 7200.0], [10.0, 30.0, 10.0, 25.0])
    grid = GridConnection(import_limit_mw=50.0, export_limit_mw=50.0, export_price_usd_per_mwh=1.0)
    supply = {"grid": grid, "plant": MeasuredSource(power_mw=12.0)}
    profile = {"times_s": demand.times_s.tolist(), "values": demand.values.tolist()}
    result = serve(profile, supply, days=1, record_s=record_s)
    assert (result.summary.step_mw, result.summary.change_1min_mw) == (20.0, 20.0)
    assert result.summary.change_15min_mw == 20.0
    assert result.books.power.changes["import"].step_mw == pytest.approx(20.0)  # from 2 MW out to 18 in


@given(powers, st.lists(st.integers(1, 39), max_size=4), st.sampled_from([1.0, 0.1, 61.7]))
def test_a_sweep_finds_what_numpy_finds(
    rows: list[tuple[float, int]], cuts: list[int], stretch: float
) -> None:
    edges_s = stretch * np.cumsum([0.0, *(lasts_s for lasts_s, _ in rows)])
    mw = np.array([float(mw) for _, mw in rows])
    places = sorted({0, *(cut for cut in cuts if cut < len(rows)), len(rows)})
    found = []
    for sweeps in (False, True):
        book = ChangeBook()
        book.sweeps = sweeps
        for first, last in pairwise(places):
            book.add(edges_s[first : last + 1], mw[first:last])
        found.append(book.close())
    assert found[0] == found[1]
