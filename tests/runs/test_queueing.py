"""Measures of the line of jobs, by hand."""

from __future__ import annotations

from math import isnan, nan

import pytest

from sim.runs.queueing import queueing


def test_measures_of_three_jobs() -> None:
    found = queueing([0, 10, 20], [0, 100, 120], [100, 105, 220], [2, 4, 1], pool_gpus=4)
    assert (found.started, found.finished) == (3, 3)
    assert found.mean_wait_s == pytest.approx((0 + 90 + 100) / 3)
    assert found.p95_wait_s == 100.0
    assert found.makespan_s == 220.0
    assert found.utilisation_pu == pytest.approx((2 * 100 + 4 * 5 + 1 * 100) / (4 * 220))
    # 100 / 100; (90 + 5) / 10, for 5 s count as 10 s; (100 + 100) / 100
    assert found.mean_bounded_slowdown == pytest.approx((1.0 + 9.5 + 2.0) / 3)


def test_a_short_job_that_did_not_wait_is_not_faster_than_itself() -> None:
    assert queueing([0], [0], [1], [1], pool_gpus=1).mean_bounded_slowdown == 1.0


def test_95_percent_of_waits_are_at_most_the_95th_percentile() -> None:
    waits = list(range(1, 101))
    assert queueing([0] * 100, waits, waits, [1] * 100, pool_gpus=1).p95_wait_s == 95.0


def test_jobs_that_have_not_started_or_ended_count_as_far_as_they_came() -> None:
    found = queueing([0, 0, 5], [0, 30, nan], [50, nan, nan], [1, 1, 1], pool_gpus=2)
    assert (found.started, found.finished) == (2, 1)
    assert (found.mean_wait_s, found.makespan_s, found.utilisation_pu) == (15.0, 50.0, 0.5)


def test_without_jobs_there_is_nothing_to_measure() -> None:
    found = queueing([], [], [], [], pool_gpus=4)
    assert (found.started, found.finished) == (0, 0)
    assert all(map(isnan, (found.mean_wait_s, found.p95_wait_s, found.makespan_s, found.utilisation_pu)))
