"""The waits: textbook values, an oracle of events, and laws."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from queue_oracle import Oracle, Request

from sim.errors import SpecError
from sim.queueing.waits import Speeds, Stationary, WaitTail, erlang_b, erlang_c, stationary

SEEDS = 20
POINTS, STEPS = (1.0, 2.0, 4.0, 8.0, 16.0), (1.0, 1.1, 1.3, 1.7, 2.5)
SLOWING = Speeds(1, 16, POINTS, STEPS)
"""One replica; 16 requests at 1 / 2.5 of the speed: 6.4 s of work done in a second."""


def exponential(rng: np.random.Generator, count: int) -> Any:
    return rng.exponential(1.0, count)


def fixed(_: np.random.Generator, count: int) -> Any:
    return np.ones(count)


def observed(
    seed: int, rate_per_s: float, speeds: Speeds, work: Callable[..., Any], count: int = 10_000
) -> tuple[float, float, float]:
    """Mean wait, share that waits and mean number in service, with the first tenth left out."""
    rng = np.random.default_rng(seed)
    at_s = np.cumsum(rng.exponential(1.0 / rate_per_s, count)).tolist()
    requests = [Request(*pair) for pair in zip(at_s, work(rng, count).tolist(), strict=True)]
    table = speeds.speed(np.arange(speeds.places + 1.0)).tolist()
    oracle = Oracle(speeds.places, lambda number: float(table[number]))
    oracle.run(requests[: count // 10], at_s[count // 10])
    before_s, before = oracle.now_s, oracle.number_s
    oracle.run(requests[count // 10 :], at_s[-1])
    waits = np.array([each.wait_s for each in requests[count // 10 :] if each.fate == "served"])
    number = (oracle.number_s - before) / (oracle.now_s - before_s)
    return float(waits.mean()), float((waits > 0.0).mean()), number


def means(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """Means over seeds and their standard errors."""
    runs = np.array([observed(seed, *args, **kwargs) for seed in range(SEEDS)])
    return runs.mean(axis=0), runs.std(axis=0, ddof=1) / math.sqrt(SEEDS)


def full_sum(rate_per_s: float, work_s: float, speeds: Speeds) -> tuple[float, float]:
    """Mean in service and share that waits, from all states."""
    states = np.arange(1.0, speeds.places + 1.0)
    logs = np.append(0.0, np.cumsum(np.log(rate_per_s * work_s / speeds.work_per_s(states))))
    weights = np.exp(logs - logs.max())
    load = rate_per_s * work_s / speeds.capacity
    waiting = weights[-1] / (1.0 - load)
    weights[-1] = waiting
    return float(weights @ np.append(0.0, states) / weights.sum()), float(waiting / weights.sum())


# Erlang's formulas


@pytest.mark.parametrize(
    ("places", "load", "lost", "delayed"),
    [
        (1, 0.5, 1.0 / 3.0, 0.5),  # 0.5 / 1.5; M/M/1 waits with the load
        (2, 1.0, 0.2, 1.0 / 3.0),  # (1/2) / (1 + 1 + 1/2)
        (10, 8.0, 0.121661, 0.409180),
        (100, 90.0, 0.026957, 0.216940),
    ],
)
def test_erlangs_formulas_give_textbook_values(places: int, load: float, lost: float, delayed: float) -> None:
    assert erlang_b(places, load) == pytest.approx(lost, abs=6e-7)
    assert erlang_c(places, load) == pytest.approx(delayed, abs=6e-7)


@given(st.integers(1, 3000), st.floats(1e-3, 5000.0))
def test_erlang_b_is_that_of_the_recursion(places: int, load: float) -> None:
    inverse = 1.0
    for number in range(1, places + 1):
        inverse = 1.0 + inverse * number / load
    assert erlang_b(places, load) == pytest.approx(1.0 / inverse, rel=1e-11, abs=1e-300)


@pytest.mark.parametrize("load", [970_000.0, 999_000.0, 1_000_000.0, 1_200_000.0])
def test_a_million_places_are_stable(load: float) -> None:
    inverse = 1.0
    for number in range(1, 1_000_001):
        inverse = 1.0 + inverse * number / load
    assert erlang_b(1_000_000, load) == pytest.approx(1.0 / inverse, rel=1e-11)


def test_erlangs_formulas_hold_at_their_ends() -> None:
    assert erlang_b(0, 1.0) == 1.0
    assert erlang_b(5, 0.0) == erlang_c(5, 0.0) == 0.0
    assert erlang_b(1_000_000, 1000.0) == 0.0
    assert erlang_c(5, 5.0) == 1.0


# The stationary state


def test_the_wait_of_m_m_k_is_erlangs() -> None:
    # C(10, 8) = 0.409180; those that wait do so for 1 / (10 - 8) s on average
    found = stationary(8.0, 1.0, Speeds(10))
    assert found.wait_probability == pytest.approx(0.409180, abs=6e-7)
    assert found.mean_wait_s == pytest.approx(0.409180 / 2.0, abs=6e-7)
    assert found.in_service == pytest.approx(8.0)


@pytest.mark.parametrize(("work_cv", "wait_s"), [(0.0, 4.0), (1.0, 8.0), (2.0, 20.0)])
def test_one_place_waits_as_pollaczek_and_khinchine_say(work_cv: float, wait_s: float) -> None:
    # load / (1 - load) x work x (1 + cv^2) / 2 = 4 x 2 x (1 + cv^2) / 2
    assert stationary(0.4, 2.0, Speeds(1), work_cv=work_cv).mean_wait_s == pytest.approx(wait_s)


def test_regular_gaps_and_fixed_work_do_not_wait() -> None:
    assert stationary(0.9, 1.0, Speeds(1), gap_cv=0.0, work_cv=0.0).mean_wait_s == 0.0


def test_without_arrivals_the_queue_is_empty() -> None:
    found = stationary(0.0, 1.0, Speeds(3))
    assert (found.in_service, found.mean_wait_s, found.mean_of(lambda n: 7.0 + n)) == (0.0, 0.0, 7.0)


def test_the_mean_of_a_function_is_over_the_distribution() -> None:
    # M/M/1 at a load of 1/2 is empty half of the time: 0.5 x 100 + 0.5 x 300 W
    power_w = stationary(0.5, 1.0, Speeds(1)).mean_of(lambda n: 100.0 + 200.0 * n)
    assert power_w == pytest.approx(200.0)


def test_m_m_k_agrees_with_the_oracle() -> None:
    found = stationary(8.0, 1.0, Speeds(10))
    mean, error = means(8.0, Speeds(10), exponential)
    assert np.all(np.abs(mean - [found.mean_wait_s, found.wait_probability, found.in_service]) < 3.0 * error)


def test_m_d_1_agrees_with_the_oracle() -> None:
    found = stationary(0.7, 1.0, Speeds(1), work_cv=0.0)
    mean, error = means(0.7, Speeds(1), fixed)
    assert np.all(np.abs(mean - [found.mean_wait_s, found.wait_probability, found.in_service]) < 3.0 * error)


def test_speed_that_falls_with_the_number_agrees_with_the_oracle() -> None:
    rate_per_s = 0.75 * SLOWING.capacity
    found = stationary(rate_per_s, 1.0, SLOWING)
    mean, error = means(rate_per_s, SLOWING, exponential)
    assert np.all(np.abs(mean - [found.mean_wait_s, found.wait_probability, found.in_service]) < 3.0 * error)


def test_fixed_work_with_falling_speed_is_within_a_fiftieth_in_service() -> None:
    rate_per_s = 0.75 * SLOWING.capacity
    found = stationary(rate_per_s, 1.0, SLOWING, work_cv=0.0)
    mean, _ = means(rate_per_s, SLOWING, fixed)
    assert found.in_service == pytest.approx(mean[2], rel=0.02)


@pytest.mark.parametrize("replicas", [1, 10, 300])
@pytest.mark.parametrize("load", [0.001, 0.6, 0.97, 0.999, 0.99999])
def test_many_places_agree_with_the_full_sum(replicas: int, load: float) -> None:
    points = [float(2**power) for power in range(14)]
    speeds = Speeds(replicas, 6448, points, [(20.4 + 0.0365 * each) / 20.4365 for each in points])
    rate_per_s = load * speeds.capacity / 5.0
    found, (in_service, waits) = stationary(rate_per_s, 5.0, speeds), full_sum(rate_per_s, 5.0, speeds)
    assert len(found.states) <= 4096
    assert found.in_service == pytest.approx(in_service, rel=1e-7)
    assert found.wait_probability == pytest.approx(waits, rel=1e-5, abs=1e-12)


def test_throughput_that_falls_with_the_number_is_summed_over_both_humps() -> None:
    speeds = Speeds(1, 30, (1.0, 10.0, 30.0), (1.0, 1.0, 5.0))
    in_service, waits = full_sum(5.5, 1.0, speeds)
    found = stationary(5.5, 1.0, speeds)
    assert found.in_service == pytest.approx(in_service)
    assert found.wait_probability == pytest.approx(waits)


@st.composite
def queues(draw: st.DrawFn) -> dict[str, Any]:
    rise = draw(st.floats(0.0, 5.0))
    speeds = Speeds(draw(st.integers(1, 20)), draw(st.integers(1, 300)), (1.0, 300.0), (1.0, 1.0 + rise))
    work_s = draw(st.floats(0.1, 100.0))
    load = draw(st.floats(0.01, 0.99))
    return {"rate_per_s": load * speeds.capacity / work_s, "work_s": work_s, "speeds": speeds}


@given(queues())
def test_work_done_is_work_offered(queue: dict[str, Any]) -> None:
    found = stationary(**queue)
    done = found.mean_of(queue["speeds"].work_per_s)
    assert done == pytest.approx(queue["rate_per_s"] * queue["work_s"], rel=1e-9)
    assert found.probability.sum() == pytest.approx(1.0)


@given(queues(), st.floats(0.5, 1.0))
def test_fewer_requests_wait_less(queue: dict[str, Any], share: float) -> None:
    more, fewer = stationary(**queue), stationary(**{**queue, "rate_per_s": queue["rate_per_s"] * share})
    assert fewer.mean_wait_s <= more.mean_wait_s * (1.0 + 1e-9)
    assert fewer.in_service <= more.in_service * (1.0 + 1e-9)


@given(queues())
def test_a_replica_more_never_makes_waits_longer(queue: dict[str, Any]) -> None:
    speeds = queue["speeds"]
    larger = Speeds(speeds.replicas + 1, speeds.slots, speeds.points, speeds.step_pu)
    more: Stationary = stationary(**{**queue, "speeds": larger})
    assert more.mean_wait_s <= stationary(**queue).mean_wait_s * (1.0 + 1e-9)


# The tail


@given(
    st.floats(0.0, 1.0), st.floats(0.01, 10.0), st.floats(0.1, 20.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0)
)
def test_the_mean_of_the_larger_wait_is_the_integral_of_its_distribution(
    probability: float, scale_s: float, limit_s: float, low: float, high: float
) -> None:
    tail = WaitTail(probability, scale_s, limit_s)
    ages_s = np.linspace(min(low, high) * limit_s, max(low, high) * limit_s, 41)
    grid = np.linspace(0.0, limit_s, 2001)
    larger = [age + np.trapezoid(np.where(grid >= age, 1.0 - tail.cdf(grid), 0.0), grid) for age in ages_s]
    found = tail.mean_with(float(ages_s[0]), float(ages_s[-1]))
    assert found == pytest.approx(
        np.trapezoid(larger, np.linspace(0.0, 1.0, 41)), rel=0.01, abs=0.002 * limit_s
    )


def test_a_tail_without_limit_has_the_mean_of_the_exponential() -> None:
    assert WaitTail(0.5, 4.0).mean_with(0.0, 0.0) == 2.0
    assert WaitTail(0.5, 4.0).above(4.0) == pytest.approx(0.5 / math.e)


# Refusals


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: erlang_b(-1, 1.0), "erlang_b: places = -1; allowed: 0 to 1e+09"),
        (lambda: erlang_b(1, math.nan), "erlang_b: load = nan; allowed: 0 to 1e+12"),
        (
            lambda: stationary(-1.0, 1.0, Speeds(1)),
            "stationary: rate_per_s = -1.0 1/s; allowed: 0 to 1e+12 1/s",
        ),
        (
            lambda: stationary(1.0, math.inf, Speeds(1)),
            "stationary: work_s = inf s; allowed: 0 to 1e+12 s",
        ),
        (
            lambda: stationary(2.0, 1.0, Speeds(1)),
            "stationary: load = 2 (rate x work / capacity); allowed: below 1",
        ),
        (
            lambda: stationary(2.0, 1.0, Speeds(0)),
            "stationary: load = inf (rate x work / capacity); allowed: below 1",
        ),
        (lambda: Speeds(1, 0), "Speeds: slots = 0; allowed: 1 to 1e+09"),
        (
            lambda: Speeds(1, 4, (1.0, 2.0), (1.0,)),
            "Speeds: points has 2 values; allowed: as many as step_pu, 1",
        ),
        (
            lambda: Speeds(1, 4, (2.0, 2.0), (1.0, 1.0)),
            "Speeds: points.1 = 2; allowed: above points.0 = 2",
        ),
        (
            lambda: Speeds(1, 4, (1.0,), (0.0,)),
            "Speeds: step_pu.0 = 0.0 pu; allowed: 1e-09 to 1e+12 pu",
        ),
    ],
)
def test_a_value_out_of_range_is_refused(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        call()
    assert str(caught.value) == message
