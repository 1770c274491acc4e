"""Arrivals: requests drawn at a rate or replayed, in blocks and windows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.requests.arrivals import (
    BLOCK,
    ArrivalReader,
    Arrivals,
    RandomArrivals,
    Requests,
    TracedArrivals,
    joined,
)
from sim.requests.request_class import CLASSES, RequestClass
from sim.requests.tokens import Tokens
from sim.timeseries.series import StepSeries, constant

FIXED = RequestClass(prompt_tokens=100, output_tokens=10)
SHORT = RequestClass(prompt_tokens=Tokens(mean=50.0, cv=0.5), output_tokens=5, share=3.0)
MIXED = (FIXED, SHORT)


def arrivals(
    rate: StepSeries | float,
    horizon_s: float,
    classes: Sequence[RequestClass] = (FIXED,),
    *,
    gap_cv: float = 1.0,
    seed: int = 0,
) -> RandomArrivals:
    series = rate if isinstance(rate, StepSeries) else constant(rate)
    return RandomArrivals(np.random.default_rng(seed), series, horizon_s, classes, gap_cv)


def everything(source: Arrivals) -> Requests:
    return joined(list(source.blocks()))


def steps(*pairs: tuple[float, float]) -> StepSeries:
    times_s, values = zip(*pairs, strict=True)
    return StepSeries(np.array(times_s), np.array(values))


def same(first: Requests, second: Requests) -> bool:
    return all(map(np.array_equal, first.columns(), second.columns()))


def log(*at_s: float) -> Requests:
    count = len(at_s)
    sizes = np.arange(1.0, count + 1.0)
    return Requests(np.array(at_s, dtype=float), np.zeros(count, dtype=np.int64), 10.0 * sizes, sizes)


rates = st.lists(st.sampled_from([0.0, 0.3, 2.0, 40.0]), min_size=1, max_size=6).map(
    lambda values: StepSeries(100.0 * np.arange(len(values)), np.array(values))
)
gap_cvs = st.sampled_from([0.2, 1.0, 3.0])
seeds = st.integers(0, 2**31)


# Laws


@given(rates, gap_cvs, seeds)
def test_requests_are_in_order_within_the_run_and_where_the_rate_is_not_zero(
    rate: StepSeries, gap_cv: float, seed: int
) -> None:
    found = everything(arrivals(rate, 500.0, gap_cv=gap_cv, seed=seed))
    assert (np.diff(found.at_s) >= 0.0).all()
    assert ((found.at_s >= 0.0) & (found.at_s < 500.0)).all()
    inside = found.at_s[~np.isin(found.at_s, rate.times_s)]  # a request may arrive as a rate begins
    assert (rate.values_at(inside) > 0.0).all()


@given(rates, gap_cvs)
def test_the_number_of_requests_is_the_integral_of_the_rate(rate: StepSeries, gap_cv: float) -> None:
    expected = rate.integral(0.0, 500.0)
    assume(expected > 0.0)
    counts = [len(everything(arrivals(rate, 500.0, gap_cv=gap_cv, seed=seed))) for seed in range(10)]
    # the variance of the count of a renewal process tends to cv^2 x count; 1 + cv^2 allows for the start.
    # 5 standard errors of the mean of 10 runs
    error = math.sqrt((gap_cv**2 * expected + 1.0 + gap_cv**4) / 10)
    assert np.mean(counts) == pytest.approx(expected, abs=5.0 * error)


@given(st.sampled_from([0.2, 0.5, 1.0, 2.0, 4.0]), seeds)
def test_gaps_have_the_coefficient_of_variation(gap_cv: float, seed: int) -> None:
    gaps_s = np.diff(everything(arrivals(10.0, 5000.0, gap_cv=gap_cv, seed=seed)).at_s)
    # 50,000 gaps of gamma distribution: the relative error of the cv is at most some per cent
    assert gaps_s.std() / gaps_s.mean() == pytest.approx(gap_cv, rel=0.12)


@given(rates, gap_cvs, seeds, st.floats(1.0, 500.0), st.floats(1.0, 500.0))
def test_a_longer_run_begins_with_the_requests_of_a_shorter_one(
    rate: StepSeries, gap_cv: float, seed: int, first_s: float, second_s: float
) -> None:
    short, long = (
        everything(arrivals(rate, horizon_s, MIXED, gap_cv=gap_cv, seed=seed))
        for horizon_s in sorted((first_s, second_s))
    )
    assert same(short, long.part(0, len(short)))
    assert (long.at_s[len(short) :] >= min(first_s, second_s)).all()


@given(st.lists(st.floats(0.0, 600.0), max_size=20), seeds)
def test_windows_do_not_matter(ends_s: list[float], seed: int) -> None:
    source = arrivals(steps((0.0, 5.0), (100.0, 0.0), (200.0, 50.0)), 500.0, MIXED, seed=seed)
    reader = ArrivalReader(source)
    windows = [reader.before(end_s) for end_s in [*sorted(ends_s), math.inf]]
    assert same(joined(windows), everything(source))
    for (start_s, end_s), window in zip(pairwise([0.0, *sorted(ends_s)]), windows, strict=False):
        assert ((window.at_s >= start_s) & (window.at_s < end_s)).all()


@given(st.lists(st.floats(0.1, 10.0), min_size=2, max_size=5), seeds)
def test_classes_have_their_shares(shares: list[float], seed: int) -> None:
    classes = [FIXED.with_values({"share": share}) for share in shares]
    found = everything(arrivals(100.0, 100.0, classes, seed=seed))
    for place, share in enumerate(shares):
        expected = share / sum(shares)
        error = math.sqrt(expected * (1.0 - expected) / len(found))
        assert (found.kind == place).mean() == pytest.approx(expected, abs=6.0 * error)


@given(seeds)
def test_each_request_has_the_tokens_of_its_class(seed: int) -> None:
    found = everything(arrivals(20.0, 100.0, MIXED, seed=seed))
    assert set(found.prompt_tokens[found.kind == 0]) == {100.0}
    assert set(found.output_tokens[found.kind == 1]) == {5.0}
    assert len(set(found.prompt_tokens[found.kind == 1])) == (found.kind == 1).sum()


@given(st.lists(st.floats(0.0, 99.0), min_size=1, max_size=30), st.floats(0.5, 400.0))
def test_a_log_that_repeats_gives_every_request_at_every_beginning(at_s: list[float], end_s: float) -> None:
    once = log(*sorted(at_s))
    found = everything(TracedArrivals(once, start_s=5.0, horizon_s=end_s, period_s=100.0))
    wanted = [5.0 + begin + t for begin in (0.0, 100.0, 200.0, 300.0) for t in once.at_s]
    assert found.at_s.tolist() == pytest.approx([t for t in wanted if t < end_s])


# Draws


def test_the_same_seed_gives_the_same_requests_as_often_as_they_are_read() -> None:
    source = arrivals(100.0, 100.0, MIXED)
    assert same(everything(source), everything(source))
    assert same(everything(source), everything(arrivals(100.0, 100.0, MIXED)))
    assert not same(everything(source), everything(arrivals(100.0, 100.0, MIXED, seed=1)))


def test_nothing_is_drawn_from_the_generator_that_is_given() -> None:
    rng = np.random.default_rng(0)
    everything(RandomArrivals(rng, constant(100.0), 100.0, MIXED))
    assert rng.random() == np.random.default_rng(0).random()


def test_a_change_of_one_draw_leaves_the_others_unchanged() -> None:
    base = everything(arrivals(100.0, 100.0, MIXED))
    longer = SHORT.with_values({"output_tokens": {"mean": 50.0, "cv": 2.0}})
    found = everything(arrivals(100.0, 100.0, (FIXED, longer)))
    assert np.array_equal(found.at_s, base.at_s)
    assert np.array_equal(found.kind, base.kind)
    assert np.array_equal(found.prompt_tokens, base.prompt_tokens)
    rare = everything(arrivals(100.0, 100.0, (FIXED, SHORT.with_values({"share": 0.5}))))
    assert np.array_equal(rare.at_s, base.at_s)
    first = min((rare.kind == 1).sum(), (base.kind == 1).sum())
    drawn = [each.prompt_tokens[each.kind == 1][:first].tolist() for each in (rare, base)]
    assert drawn[0] == drawn[1]


def test_one_more_class_leaves_the_tokens_of_the_others_unchanged() -> None:
    two = everything(arrivals(100.0, 100.0, (SHORT, FIXED)))
    three = everything(arrivals(100.0, 100.0, (SHORT, FIXED, CLASSES["chat"])))
    first = (three.kind == 0).sum()
    assert three.prompt_tokens[three.kind == 0].tolist() == two.prompt_tokens[two.kind == 0][:first].tolist()


def test_blocks_hold_at_most_so_many_requests() -> None:
    # 200,000 requests expected; 5 standard deviations are 2,236
    blocks = list(arrivals(1000.0, 200.0).blocks())
    assert sum(map(len, blocks)) == pytest.approx(200_000, abs=2236)
    assert [len(block) for block in blocks[:-1]] == [BLOCK] * 3
    assert 0 < len(blocks[-1]) < BLOCK
    assert all(first.at_s[-1] <= second.at_s[0] for first, second in pairwise(blocks))


def test_the_first_request_is_drawn_as_if_the_process_had_always_run() -> None:
    # the mean time to the next arrival of a renewal process is (1 + cv^2) / 2 gaps: 5 s at 1 per s and a cv
    # of 3. Gaps of gamma distribution with shape 1/9 have a third moment of 9^3 x 1/9 x 10/9 x 19/9 = 190,
    # which makes the variance 190 / 3 - 25 = 38; 4 standard errors of 400 runs are 1.24
    first_s = [everything(arrivals(1.0, 300.0, gap_cv=3.0, seed=seed)).at_s[0] for seed in range(400)]
    assert np.mean(first_s) == pytest.approx(5.0, abs=1.24)
    # of a Poisson process it is one gap, with a variance of 1; 4 standard errors are 0.2
    first_s = [everything(arrivals(1.0, 300.0, seed=seed)).at_s[0] for seed in range(400)]
    assert np.mean(first_s) == pytest.approx(1.0, abs=0.2)


def test_a_change_of_rate_moves_later_requests_only() -> None:
    base = everything(arrivals(steps((0.0, 10.0)), 200.0))
    slower = everything(arrivals(steps((0.0, 10.0), (100.0, 5.0)), 200.0))
    before = int(base.at_s.searchsorted(100.0))
    assert np.array_equal(base.at_s[:before], slower.at_s[:before])
    # after 100 s the same operational time takes twice as long
    later = len(slower) - before
    moved = 100.0 + 2.0 * (base.at_s[before : before + later] - 100.0)
    assert slower.at_s[before:] == pytest.approx(moved)


def test_a_rate_of_zero_gives_no_requests() -> None:
    assert len(everything(arrivals(0.0, 1e9))) == 0
    assert list(arrivals(0.0, 1e9).blocks()) == []


def test_the_expected_number_is_that_of_the_run() -> None:
    # 100 s x 2 + 50 s x 8
    assert arrivals(steps((-50.0, 1.0), (0.0, 2.0), (100.0, 8.0)), 150.0).expected == 600.0


# Logs


def test_a_log_is_replayed_once_up_to_the_end_of_the_run() -> None:
    found = everything(TracedArrivals(log(0.0, 1.0, 1.0, 4.0), start_s=10.0, horizon_s=14.0))
    assert found.at_s.tolist() == [10.0, 11.0, 11.0]
    assert found.prompt_tokens.tolist() == [10.0, 20.0, 30.0]


def test_a_long_log_comes_in_blocks() -> None:
    blocks = list(TracedArrivals(log(*range(BLOCK + 7))).blocks())
    assert [len(block) for block in blocks] == [BLOCK, 7]
    assert blocks[1].at_s[0] == BLOCK


def test_a_log_without_requests_gives_none() -> None:
    assert list(TracedArrivals(log(), period_s=1.0).blocks()) == []


# Refusals


@pytest.mark.parametrize(
    ("rate", "horizon_s", "gap_cv", "message"),
    [
        (steps((0.0, -1.0)), 9.0, 1.0, "arrivals: rate_per_s = -1 1/s; allowed: at least 0 1/s"),
        (
            steps((5.0, 1.0)),
            9.0,
            1.0,
            "arrivals: horizon_s = 9 s; allowed: above 0 s, and covered by rate_per_s",
        ),
        (
            constant(1.0),
            math.inf,
            1.0,
            "arrivals: horizon_s = inf s; allowed: above 0 s, and covered by rate_per_s",
        ),
        (constant(1.0), 9.0, 0.0, "arrivals: gap_cv = 0; allowed: a finite number above 0"),
        (constant(1.0), 9.0, math.nan, "arrivals: gap_cv = nan; allowed: a finite number above 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    rate: StepSeries, horizon_s: float, gap_cv: float, message: str
) -> None:
    with pytest.raises(ValueError, match="arrivals") as caught:
        arrivals(rate, horizon_s, gap_cv=gap_cv)
    assert str(caught.value) == message


def test_arrivals_without_a_class_are_refused() -> None:
    with pytest.raises(ValueError, match="arrivals: classes is empty; at least one class is needed"):
        arrivals(1.0, 9.0, ())


def test_a_log_out_of_order_or_longer_than_its_period_is_refused() -> None:
    with pytest.raises(ValueError, match=r"requests: at_s\[2\] = 3 s is before at_s\[1\] = 4 s"):
        TracedArrivals(log(0.0, 4.0, 3.0))
    with pytest.raises(ValueError, match=r"requests: period_s = 4 s; allowed: above 4 s and finite"):
        TracedArrivals(log(0.0, 4.0), period_s=4.0)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"requests: columns have lengths \[1, 2\]; allowed: one length"):
        Requests(np.zeros(2), np.zeros(1, dtype=np.int64), np.ones(2), np.ones(2))
