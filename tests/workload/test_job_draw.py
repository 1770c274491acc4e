"""The job draw: seeded, a longer run begins as a shorter one, and shares are those that were asked for."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import SpecError
from sim.timeseries.calendar import Calendar
from sim.workload.jobs import Job, JobDraw

HOUR = 3600.0
DAY = 24 * HOUR
MONDAY = Calendar(datetime(2025, 1, 6, tzinfo=UTC), "UTC")


def drawn(draw: JobDraw, *, days: float = 7.0, seed: int = 1) -> list[Job]:
    return draw.jobs(np.random.default_rng(seed), MONDAY, days * DAY)


def refusal(**values: Any) -> str:
    with pytest.raises(SpecError) as caught:
        JobDraw(**{"arrivals_per_h": 1.0, **values})
    return str(caught.value)


def spread(share: float, count: int) -> float:
    """Four standard errors of a share."""
    return 4.0 * math.sqrt(share * (1.0 - share) / count)


@st.composite
def draws(draw: st.DrawFn) -> JobDraw:
    rate: Any = draw(
        st.one_of(
            st.floats(0.0, 100.0),
            st.lists(st.floats(0.0, 5.0), min_size=23, max_size=23).map(
                lambda hourly: {"mean": 20.0, "hourly": [1.0, *hourly], "weekend": 0.3}
            ),
            st.just({"base": 0.0, "windows": [{"value": 50.0, "weekdays": [0, 3], "from_hour": 9}]}),
        )
    )
    return JobDraw(
        arrivals_per_h=rate,
        gap_cv=draw(st.floats(0.05, 20.0)),
        gpus=draw(st.lists(st.integers(1, 64), min_size=1, max_size=4)),
        duration={"median_h": 2.0, "p95_h": draw(st.floats(2.0, 100.0)), "least_h": 0.5, "most_h": 40.0},
        team_weights={"b": 2.0, "a": 1.0},
        deadline_ratio=3.0,
    )


# Laws


@given(draws(), st.integers(0, 1000), st.floats(0.01, 10.0), st.floats(0.01, 10.0))
def test_a_longer_run_begins_with_the_jobs_of_a_shorter_one(
    draw: JobDraw, seed: int, days: float, more: float
) -> None:
    short, long = drawn(draw, days=days, seed=seed), drawn(draw, days=days + more, seed=seed)
    assert long[: len(short)] == short
    assert all(job.submit_s >= days * DAY for job in long[len(short) :])


@given(draws(), st.integers(0, 1000))
def test_jobs_are_in_the_order_of_submission_and_within_their_bounds(draw: JobDraw, seed: int) -> None:
    jobs = drawn(draw, days=3.0, seed=seed)
    assert all(first.submit_s <= second.submit_s for first, second in pairwise(jobs))
    assert all(0.0 <= job.submit_s < 3.0 * DAY for job in jobs)
    assert len({job.name for job in jobs}) == len(jobs)
    assert {job.gpus for job in jobs} <= set(draw.gpus)
    assert all(0.5 - 1e-9 <= job.work_gpu_h / job.gpus <= 40.0 + 1e-9 for job in jobs)
    for job in jobs:  # three times the duration from submission on
        allowed_s = 3.0 * job.work_gpu_h / job.gpus * HOUR
        assert job.deadline_s - job.submit_s == pytest.approx(allowed_s, abs=1e-6)


def test_the_seed_decides() -> None:
    draw = JobDraw(arrivals_per_h=10.0)
    assert drawn(draw) == drawn(draw)
    assert drawn(draw) != drawn(draw, seed=2)


def test_another_choice_of_gpus_leaves_submissions_and_durations_as_they_were() -> None:
    small = drawn(JobDraw(arrivals_per_h=10.0, gpus=[1]))
    large = drawn(JobDraw(arrivals_per_h=10.0, gpus=[4, 16], gpu_weights=[1.0, 9.0]))
    assert [job.submit_s for job in large] == [job.submit_s for job in small]
    ratio = [large_job.work_gpu_h / job.work_gpu_h for job, large_job in zip(small, large, strict=True)]
    assert ratio == pytest.approx([job.gpus for job in large])


# Arrivals


@pytest.mark.parametrize("cv", [0.3, 1.0, 3.0])
def test_the_number_of_jobs_is_the_integral_of_the_rate_whatever_the_gaps(cv: float) -> None:
    # 40 jobs in each of 200 runs of 2 h at 20 jobs per hour, also in bursts: the first gap is drawn as if
    # jobs had been submitted long before; the number of a run has a variance of about 40 cv2
    draw = JobDraw(arrivals_per_h=20.0, gap_cv=cv)
    counts = [len(drawn(draw, days=2.0 / 24.0, seed=seed)) for seed in range(200)]
    assert np.mean(counts) == pytest.approx(40.0, abs=4.0 * cv * math.sqrt(40.0 / 200))


@pytest.mark.parametrize("cv", [0.3, 1.0, 3.0])
def test_gaps_vary_as_asked(cv: float) -> None:
    gaps = np.diff([job.submit_s for job in drawn(JobDraw(arrivals_per_h=100.0, gap_cv=cv), days=100.0)])
    assert gaps.mean() == pytest.approx(36.0, rel=0.03)  # 3,600 s / 100
    assert gaps.std() / gaps.mean() == pytest.approx(cv, rel=0.05)


def test_arrivals_follow_the_hours_and_the_weekdays() -> None:
    # one hour a day has all jobs, a weekend day half of those of a working day: 5 + 2 x 0.5 = 6 working days
    draw = JobDraw(arrivals_per_h={"mean": 100.0, "hourly": [0.0] * 9 + [1.0] + [0.0] * 14, "weekend": 0.5})
    jobs = drawn(draw, days=70.0)
    assert {int(job.submit_s % DAY // HOUR) for job in jobs} == {9}
    weekend = sum(job.submit_s // DAY % 7 >= 5 for job in jobs) / len(jobs)
    assert len(jobs) == pytest.approx(100.0 * 24 * 70, rel=0.01)
    assert weekend == pytest.approx(1.0 / 6.0, abs=spread(1.0 / 6.0, len(jobs)))


def test_no_rate_gives_no_jobs() -> None:
    assert drawn(JobDraw(arrivals_per_h=0.0)) == []


# Shares


def test_shares_converge_to_their_weights() -> None:
    draw = JobDraw(
        arrivals_per_h=100.0,
        gpus=[1, 8, 64],
        gpu_weights=[7.0, 2.0, 1.0],
        team_weights={"research": 3.0, "product": 1.0},
        priorities=[0, 5],
        priority_weights=[9.0, 1.0],
    )
    jobs = drawn(draw, days=50.0)
    count = len(jobs)
    for gpus, share in {1: 0.7, 8: 0.2, 64: 0.1}.items():
        assert sum(job.gpus == gpus for job in jobs) / count == pytest.approx(share, abs=spread(share, count))
    research = sum(job.team == "research" for job in jobs) / count
    urgent = sum(job.priority == 5 for job in jobs) / count
    assert research == pytest.approx(0.75, abs=spread(0.75, count))
    assert urgent == pytest.approx(0.1, abs=spread(0.1, count))
    assert {job.team for job in jobs} == {"research", "product"}


def test_jobs_without_teams_priorities_and_deadlines_have_none() -> None:
    job = drawn(JobDraw(arrivals_per_h=10.0))[0]
    assert (job.team, job.priority, job.deadline_s) == ("", 0, math.inf)


# Durations


def test_half_of_the_jobs_are_below_the_median_and_5_percent_above_the_95th_percentile() -> None:
    duration = {"median_h": 1.0, "p95_h": 10.0, "most_h": 1e5}
    jobs = drawn(JobDraw(arrivals_per_h=200.0, gpus=[2], duration=duration), days=50.0)
    hours = np.array([job.work_gpu_h / 2 for job in jobs])
    assert (hours < 1.0).mean() == pytest.approx(0.5, abs=spread(0.5, len(jobs)))
    assert (hours > 10.0).mean() == pytest.approx(0.05, abs=spread(0.05, len(jobs)))


def test_the_mean_and_its_variation_are_those_asked_for() -> None:
    duration = {"mean_h": 3.0, "cv": 0.5}
    jobs = drawn(JobDraw(arrivals_per_h=200.0, gpus=[1], duration=duration), days=50.0)
    hours = np.array([job.work_gpu_h for job in jobs])
    assert hours.mean() == pytest.approx(3.0, abs=4.0 * 1.5 / math.sqrt(len(jobs)))
    assert hours.std() == pytest.approx(1.5, rel=0.02)


# Refusals


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"gpus": [1, 8], "gpu_weights": [1.0]},
            "JobDraw: gpu_weights = (1.0,); allowed: as many as gpus, which are 2",
        ),
        (
            {"duration": {"median_h": 1.0}},
            "duration: duration is given by median_h; allowed: median_h and p95_h, or mean_h and cv",
        ),
        (
            {"duration": {"median_h": 2.0, "p95_h": 1.0}},
            "duration: p95_h = 1.0 h; allowed: at least median_h, which is 2 h",
        ),
        (
            {"duration": {"median_h": 2.0, "p95_h": 3.0, "least_h": 5.0, "most_h": 5.0}},
            "duration: most_h = 5.0 h; allowed: above least_h, which is 5 h",
        ),
        (
            {"duration": {"median_h": 2.0, "p95_h": 3.0, "least_h": 100.0}},
            "duration: median_h = 2.0 h; allowed: 100 to 8760 h with at least 1 % of the distribution",
        ),
        ({"arrivals_per_h": -1.0}, "JobDraw: arrivals_per_h = -1.0 1/h; allowed: a finite number at least 0"),
        ({"arivals_per_h": 1.0}, "JobDraw: arivals_per_h is unknown; nearest: arrivals_per_h"),
        ({"gpus": []}, "JobDraw: gpus = []; allowed: a list of at least 1 entry"),
        ({"deadline_ratio": 0.5}, "JobDraw: deadline_ratio = 0.5 ratio; allowed: a finite number at least 1"),
    ],
)
def test_a_draw_that_contradicts_itself_is_refused(values: dict[str, Any], message: str) -> None:
    assert message in refusal(**values)


def test_more_jobs_than_a_workload_may_have_are_refused_before_they_are_drawn() -> None:
    # 1e6 per hour x 168 h = 168,000,000 jobs
    with pytest.raises(SpecError, match=r"gives 168,000,000 jobs in the run; allowed: at most 5,000,000"):
        drawn(JobDraw(arrivals_per_h=1e6))
