"""The fluid queue: against the oracle within a stated bias, cut anywhere, and its laws."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from queue_oracle import Oracle, Request

from sim.errors import SpecError
from sim.queueing.fluid import FluidClass, FluidQueue, Load, Span
from sim.queueing.waits import Speeds

HOUR = 3600.0
UNIT = FluidClass(np.ones(1))
QUANTILES = -np.log1p(-(np.arange(400) + 0.5) / 400)
EXPONENTIAL = QUANTILES / QUANTILES.mean()
"""Quantiles of an exponential distribution with a mean of 1."""


def alone(each: FluidClass = UNIT, **rules: Any) -> FluidQueue:
    return FluidQueue([each], **rules)


def span(queue: FluidQueue, load: Load, span_s: float = HOUR) -> Span:
    return queue.advance(queue.empty(), load, span_s)


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(SpecError) as caught:
        call()
    return str(caught.value)


# Below and above capacity


def test_below_capacity_the_queue_is_stationary() -> None:
    # M/M/10 at 8 a second: 409180e-6 wait, for half a second on average
    found = span(alone(FluidClass(EXPONENTIAL)), Load((8.0,), Speeds(10)))
    assert found.served[0] == pytest.approx(8.0 * HOUR)
    assert found.in_service == pytest.approx(8.0)
    assert found.mean_wait_s(0) == pytest.approx(0.40918 * 0.5, rel=0.01)  # 400 quantiles: cv 0.995
    assert found.next_change_s == inf


def test_above_capacity_the_wait_grows_with_the_backlog() -> None:
    found = span(alone(), Load((300.0,), Speeds(200)), 60.0)
    assert found.served[0] == pytest.approx(12_000.0)
    assert found.waiting_after[0] == pytest.approx(6_000.0)
    assert alone().ages_s(found.after)[0] == pytest.approx(20.0)  # 6,000 / 300
    assert found.in_service == 200.0
    assert found.mean_wait_s(0) == pytest.approx(10.0, abs=0.6)  # half of 20 s; fluctuations add to it


def test_the_mean_of_power_is_over_the_number_in_service() -> None:
    queue, speeds = alone(), Speeds(100)
    half = span(queue, Load((50.0,), speeds)).mean_of(lambda n: 1000.0 + 10.0 * n)
    assert half == pytest.approx(1500.0)
    full = span(queue, Load((150.0,), speeds)).mean_of(lambda n: 1000.0 + 10.0 * n)
    assert full == pytest.approx(2000.0)


def test_work_done_is_work_admitted_up_to_capacity() -> None:
    speeds = Speeds(4, 50, (1.0, 50.0), (1.0, 6.0))
    for load in (0.3, 0.9, 0.97, 0.995, 0.9999):
        found = span(alone(), Load((load * speeds.capacity,), speeds))
        assert found.mean_of(speeds.work_per_s) == pytest.approx(load * speeds.capacity)


def test_without_a_replica_all_wait_until_they_leave() -> None:
    found = span(alone(FluidClass(np.ones(1), timeout_s=10.0)), Load((2.0,), Speeds(0)), 60.0)
    assert found.served[0] == 0.0
    assert found.timed_out[0] == pytest.approx(100.0)
    assert found.waiting_after[0] == pytest.approx(20.0)
    assert found.in_service == 0.0


def test_an_empty_span_changes_nothing() -> None:
    found = span(alone(), Load((2.0,), Speeds(1)), 0.0)
    assert (found.in_service, found.mean_wait_s(0), found.served[0]) == (0.0, 0.0, 0.0)


def test_the_next_change_says_when_a_backlog_is_gone() -> None:
    queue = alone()
    before = span(queue, Load((300.0,), Speeds(200)), 60.0).after
    # the head passes the 20 s in which 300 a second came at a speed of 200 / 300; it then waits for 30 s,
    # and catches up at a speed of 200 / 100, 1 s in a second
    load = Load((100.0,), Speeds(200))
    first = queue.advance(before, load, 0.0)
    assert first.next_change_s == pytest.approx(30.0)
    second = queue.advance(before, load, first.next_change_s)
    assert second.next_change_s == pytest.approx(30.0)
    assert queue.advance(second.after, load, second.next_change_s).waiting_after[0] == pytest.approx(0.0)


# Latency


def test_latencies_of_an_empty_system_are_those_of_the_work() -> None:
    each = FluidClass(np.array([1.0, 3.0]), np.array([0.1, 0.2]), 0.02)
    queue = alone(each)
    found = span(queue, Load((0.001,), Speeds(1000)), 1000.0)
    assert queue.time_to_first_token(found, 0, np.array([0.15])) == pytest.approx([0.5, 0.5])
    assert queue.end_to_end(found, 0, np.array([2.0, 4.0])) == pytest.approx([0.5, 0.5, 0.0])
    assert queue.time_per_token(found, 0, np.array([0.01, 0.03])) == pytest.approx([0.0, 1.0, 0.0])


def test_time_per_token_rises_with_concurrency() -> None:
    speeds = Speeds(1, 100, (1.0, 100.0), (1.0, 10.0))
    queue = alone(FluidClass(np.ones(1), token_s=0.02))
    found = span(queue, Load((2.0 * speeds.capacity,), speeds))
    edges_s = np.array([0.19, 0.21])  # 0.02 s x 10
    assert queue.time_per_token(found, 0, edges_s) == pytest.approx([0.0, found.served[0], 0.0])


# The oracle


def observed(
    rates: list[tuple[float, float]], places: int, seed: int, **rules: float
) -> tuple[float, float, float]:
    """Mean wait, share timed out and mean number in service, for rates that hold for times."""
    rng = np.random.default_rng(seed)
    requests, begin_s = [], 0.0
    for rate, length_s in rates:
        at_s = np.sort(begin_s + rng.random(rng.poisson(rate * length_s)) * length_s)
        work_s = rng.exponential(1.0, len(at_s))
        timeout_s = rules.get("timeout_s", inf)
        requests += [
            Request(*pair, timeout_s=timeout_s) for pair in zip(at_s.tolist(), work_s.tolist(), strict=True)
        ]
        begin_s += length_s
    oracle = Oracle(places, queue_limit=rules.get("queue_limit", inf))
    oracle.run(requests, begin_s)
    waits = [each.wait_s for each in requests if each.fate == "served"]
    late = sum(each.fate == "time-out" for each in requests)
    return float(np.mean(waits)), late / len(requests), oracle.number_s / begin_s


def predicted(rates: list[tuple[float, float]], places: int, **rules: float) -> tuple[float, float, float]:
    queue = alone(FluidClass(EXPONENTIAL, timeout_s=rules.get("timeout_s", inf)))
    state, spans = queue.empty(), []
    for rate, length_s in rates:
        spans.append(queue.advance(state, Load((rate,), Speeds(places)), length_s))
        state = spans[-1].after
    served = sum(each.served[0] for each in spans)
    wait_s = sum(each.served[0] * each.mean_wait_s(0) for each in spans) / served
    late = sum(each.timed_out[0] for each in spans) / sum(each.arrived[0] for each in spans)
    return wait_s, late, sum(each.in_service * each.duration_s for each in spans) / sum(b for _, b in rates)


def test_a_peak_above_capacity_agrees_with_the_oracle() -> None:
    day = [(40.0, 200.0), (75.0, 100.0), (40.0, 300.0)]
    mean = np.mean([observed(day, 50, seed) for seed in range(6)], axis=0)
    wait_s, _, in_service = predicted(day, 50)
    assert wait_s == pytest.approx(mean[0], rel=0.05)
    assert in_service == pytest.approx(mean[2], rel=0.01)


@pytest.mark.parametrize("load", [0.7, 0.95, 1.3])
def test_time_outs_agree_with_the_oracle(load: float) -> None:
    steady = [(100.0 * load, 150.0)]
    mean = np.mean([observed(steady, 100, seed, timeout_s=4.0) for seed in range(4)], axis=0)
    wait_s, late, in_service = predicted(steady, 100, timeout_s=4.0)
    assert late == pytest.approx(mean[1], abs=0.01)
    assert wait_s == pytest.approx(mean[0], abs=0.2)  # 5 % of the time-out
    assert in_service == pytest.approx(mean[2], rel=0.02)


# Laws


@st.composite
def streams(draw: st.DrawFn) -> tuple[FluidQueue, list[tuple[Load, float]]]:
    count = draw(st.integers(1, 3))
    timeouts = st.one_of(st.just(inf), st.floats(3.0, 100.0))
    classes = [
        FluidClass(
            np.array(draw(st.lists(st.floats(0.1, 10.0), min_size=1, max_size=4))),
            priority=draw(st.integers(0, 2)),
            timeout_s=draw(timeouts),
        )
        for _ in range(count)
    ]
    queue = FluidQueue(
        classes, queue_limit=draw(st.one_of(st.just(inf), st.just(0.0), st.floats(20.0, 500.0)))
    )
    rates = st.tuples(*[st.one_of(st.just(0.0), st.floats(0.01, 50.0))] * count)
    rise = draw(st.floats(0.0, 9.0))
    speeds = st.builds(
        Speeds, st.integers(0, 9), st.just(20), st.just((1.0, 20.0)), st.just((1.0, 1.0 + rise))
    )
    spans = st.tuples(st.builds(Load, rates, speeds), st.floats(1.0, 300.0))
    return queue, draw(st.lists(spans, min_size=1, max_size=3))


def near(value: Any) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-6)


@given(streams())
def test_no_request_is_lost_or_made(stream: tuple[FluidQueue, list[tuple[Load, float]]]) -> None:
    queue, spans = stream
    state = queue.empty()
    for load, span_s in spans:
        found = queue.advance(state, load, span_s)
        gone = found.served + found.timed_out + found.refused
        assert gone + found.waiting_after == near(found.arrived + found.waiting_before)
        for kind in range(len(queue.classes)):
            counted = queue.end_to_end(found, kind, np.array([1.0, 5.0])).sum()
            assert counted == near(found.served[kind])
        assert 0.0 <= found.in_service <= load.speeds.places * (1.0 + 1e-9)
        state = found.after


@given(streams(), st.integers(2, 60))
def test_counts_do_not_depend_on_windows(
    stream: tuple[FluidQueue, list[tuple[Load, float]]], pieces: int
) -> None:
    queue, spans = stream
    state, (load, span_s) = queue.empty(), spans[0]
    whole = queue.advance(state, load, span_s)
    parts = []
    for _ in range(pieces):
        parts.append(queue.advance(state, load, span_s / pieces))
        state = parts[-1].after
    for name in ("arrived", "served", "timed_out", "refused"):
        assert sum(getattr(part, name) for part in parts) == near(getattr(whole, name))
    assert sum(part.in_service for part in parts) / pieces == pytest.approx(
        whole.in_service, rel=1e-6, abs=1e-6
    )
    edges_s = np.array([0.5, 2.0, 8.0, 32.0])
    for kind in range(len(queue.classes)):
        counts = sum(queue.end_to_end(part, kind, edges_s) for part in parts)
        assert counts == pytest.approx(queue.end_to_end(whole, kind, edges_s), rel=1e-6, abs=1e-5)


@given(st.floats(0.1, 30.0), st.floats(1.0, 3.0), st.floats(1.0, 600.0))
def test_more_arrivals_never_shorten_the_mean_wait(rate: float, share: float, span_s: float) -> None:
    few, many = (span(alone(), Load((each,), Speeds(10)), span_s) for each in (rate, rate * share))
    assert many.mean_wait_s(0) >= few.mean_wait_s(0) * (1.0 - 1e-9)
    assert many.served[0] >= few.served[0] * (1.0 - 1e-9)


@given(st.floats(0.1, 30.0), st.integers(1, 20), st.integers(1, 5), st.floats(1.0, 600.0))
def test_fewer_replicas_never_shorten_the_mean_wait(rate: float, few: int, more: int, span_s: float) -> None:
    less, large = (span(alone(), Load((rate,), Speeds(each)), span_s) for each in (few, few + more))
    assert less.mean_wait_s(0) >= large.mean_wait_s(0) * (1.0 - 1e-9)


@given(st.floats(11.0, 50.0), st.floats(1.0, 600.0))
def test_those_who_wait_are_the_rate_times_the_wait(rate: float, span_s: float) -> None:
    """Little's law for the backlog: those who wait now came within the wait of the head."""
    queue = alone()
    after = span(queue, Load((rate,), Speeds(10)), span_s).after
    assert queue.waiting(after)[0] == pytest.approx(rate * queue.ages_s(after)[0])


# Cost


def test_a_span_of_a_large_stream_costs_little() -> None:
    """About 0.5 ms on a slow core; a hundred times as much would be a change of the method."""
    speeds = Speeds(300, 6448, (1.0, 8192.0), (1.0, 15.6))
    queue = alone(FluidClass(5.0 * EXPONENTIAL))
    begin_s = time.perf_counter()
    for number in range(20):
        span(queue, Load((20_000.0 + number,), speeds))
    assert (time.perf_counter() - begin_s) / 20 < 0.05


# Refusals


def test_a_value_out_of_range_is_refused() -> None:
    assert refusal(lambda: FluidQueue([])) == "FluidQueue: classes is empty; allowed: at least one class"
    assert refusal(lambda: alone(queue_limit=-1.0)) == "FluidQueue: queue_limit = -1.0; allowed: at least 0"
    assert refusal(lambda: alone(settle_s=0.0)) == "FluidQueue: settle_s = 0.0 s; allowed: 1 to 1e+09 s"
    assert refusal(lambda: FluidClass(np.array([]))) == (
        "FluidClass: work_s is empty; allowed: at least one quantile"
    )
    assert refusal(lambda: FluidClass(np.array([1.0, np.nan]))) == (
        "FluidClass: work_s = nan s; allowed: 1e-09 to 1e+09 s"
    )
    assert refusal(lambda: FluidClass(np.ones(1), timeout_s=0.0)) == (
        "FluidClass: timeout_s = 0.0 s; allowed: at least 0.001 s"
    )
    assert refusal(lambda: span(alone(), Load((1.0,), Speeds(1)), -1.0)) == (
        "FluidQueue: span_s = -1.0 s; allowed: 0 to 1e+10 s"
    )
