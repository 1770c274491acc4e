"""Failures of a pool as one process: the same laws as those of its servers one by one."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
import pytest
from scipy import stats

from sim.compute.failures import Superposition

MTTF_H, MTTR_H = 100.0, 10.0


def pool(seed: int, servers: int = 20, mttf_h: float = MTTF_H, mttr_h: float = MTTR_H) -> Superposition:
    return Superposition(np.random.default_rng(seed), servers, mttf_h, mttr_h)


def counted(seed: int, servers: int, horizon_h: float) -> tuple[int, int]:
    """Failures up to the horizon, and servers down at it."""
    process, up, failures, now_h = pool(seed, servers), servers, 0, 0.0
    while True:
        delay_h, is_failure = process.next_h(up, servers - up)
        now_h += delay_h
        if now_h > horizon_h:
            return failures, servers - up
        up += -1 if is_failure else 1
        failures += is_failure


def one_by_one(seed: int, servers: int, horizon_h: float) -> tuple[int, int]:
    """The same of servers that are drawn each by itself."""
    rng, failures, down = np.random.default_rng(seed), 0, 0
    for _ in range(servers):
        now_h, is_up = 0.0, True
        while (now_h := now_h + rng.exponential(MTTF_H if is_up else MTTR_H)) <= horizon_h:
            failures += is_up
            is_up = not is_up
        down += not is_up
    return failures, down


def test_a_pool_fails_as_often_as_its_servers_one_by_one() -> None:
    pooled = np.array([counted(seed, 20, 300.0) for seed in range(400)])
    single = np.array([one_by_one(10_000 + seed, 20, 300.0) for seed in range(400)])
    error = np.sqrt((pooled.var(axis=0) + single.var(axis=0)) / 400)
    assert (abs(pooled.mean(axis=0) - single.mean(axis=0)) < 4 * error).all()
    assert stats.ks_2samp(pooled[:, 0], single[:, 0]).pvalue > 1e-3


def test_the_servers_down_in_the_long_run_are_binomial() -> None:
    down = np.array([counted(seed, 20, 200.0)[1] for seed in range(1000)])
    unavailable = MTTR_H / (MTTF_H + MTTR_H)  # 20 x 0.0909 = 1.82 down on average
    assert abs(down.mean() - 20 * unavailable) < 4 * sqrt(20 * unavailable * (1 - unavailable) / 1000)
    observed = np.bincount(np.minimum(down, 5), minlength=6)
    expected = stats.binom.pmf(np.arange(6), 20, unavailable)
    expected[5] = 1 - expected[:5].sum()
    assert stats.chisquare(observed, 1000 * expected).pvalue > 1e-3


def test_each_server_of_a_pool_runs_for_exponential_times() -> None:
    process, now_h = pool(3), 0.0
    up, down = dict.fromkeys(range(20), 0.0), {}  # since when
    ran_h, repaired_h = [], []
    for _ in range(8000):
        delay_h, is_failure = process.next_h(len(up), len(down))
        now_h += delay_h
        source, target, spans_h = (up, down, ran_h) if is_failure else (down, up, repaired_h)
        server = sorted(source)[process.which(len(source))]
        spans_h.append(now_h - source.pop(server))
        target[server] = now_h
    assert stats.kstest(ran_h, stats.expon(scale=MTTF_H).cdf).pvalue > 1e-3
    assert stats.kstest(repaired_h, stats.expon(scale=MTTR_H).cdf).pvalue > 1e-3


def test_the_next_event_comes_at_the_sum_of_the_rates() -> None:
    process = pool(4)
    drawn = [process.next_h(15, 5) for _ in range(20_000)]
    rate_per_h = 15 / MTTF_H + 5 / MTTR_H  # 0.65
    assert (
        stats.kstest([delay_h for delay_h, _ in drawn], stats.expon(scale=1 / rate_per_h).cdf).pvalue > 1e-3
    )
    failures = sum(is_failure for _, is_failure in drawn)
    share = 0.15 / 0.65
    assert abs(failures / 20_000 - share) < 4 * sqrt(share * (1 - share) / 20_000)


def test_any_server_fails_as_often_as_any_other() -> None:
    process = pool(5)
    assert stats.chisquare(np.bincount([process.which(7) for _ in range(14_000)])).pvalue > 1e-3


def test_servers_that_arrive_later_fail_from_then_on() -> None:
    process, failures = pool(6, servers=30), 0
    for up, hours in ((10, 4000.0), (30, 4000.0)):
        left_h = hours
        while (delay := process.next_h(up, 0)[0]) <= left_h:
            left_h -= delay
            failures += 1
    assert abs(failures - 1600) < 4 * sqrt(1600)  # (10 + 30) x 4,000 h / 100 h, repaired at once


def test_the_same_seed_gives_the_same_failures() -> None:
    assert counted(7, 20, 3000.0) == counted(7, 20, 3000.0)
    assert counted(7, 20, 3000.0) != counted(8, 20, 3000.0)


def test_availability_is_the_mean_time_to_failure_over_both_means() -> None:
    assert pool(0).availability == pytest.approx(100 / 110)


def test_nothing_happens_where_nothing_can() -> None:
    assert pool(0).next_h(0, 0) == (inf, False)
    assert pool(0, mttf_h=inf).next_h(20, 0) == (inf, False)
    assert not pool(0, mttf_h=inf).next_h(0, 1)[1]


@pytest.mark.parametrize(("up", "down"), [(-1, 0), (0, -1), (20, 1)])
def test_counts_that_the_pool_does_not_have_are_refused(up: int, down: int) -> None:
    with pytest.raises(
        ValueError, match=f"up = {up}, down = {down} servers; allowed: at least 0, at most 20"
    ):
        pool(0).next_h(up, down)


@pytest.mark.parametrize("field", ["servers", "mttf_h", "mttr_h"])
def test_a_pool_that_cannot_be_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=f"Superposition: {field} = 0; allowed: above 0"):
        pool(0, **{field: 0})
