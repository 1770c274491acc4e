"""The exact stream: windows, caps and failing replicas change nothing that they should not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf, nextafter
from typing import Any

import numpy as np
import pytest
from exact_oracle import Asked, Change, Oracle
from hypothesis import given
from hypothesis import strategies as st
from replicas import replica
from test_laws import law

from sim.requests.arrivals import Requests
from sim.requests.request_class import RequestClass, ranked
from sim.serving.exact import ExactStream
from sim.serving.fleet import Fleet

REPLICA = replica(gpu_limit_w=700.0)
IDLE_W, END_S = 2000.0, 60.0


def kind(**fields: Any) -> RequestClass:
    return RequestClass(**{"prompt_tokens": 10, "output_tokens": 10, **fields})


def asked(rows: list[tuple[float, int, int]]) -> Requests:
    """Requests from rows of gap, kind and output tokens; prompts are bits of their own."""
    at_s = np.cumsum([gap for gap, _, _ in rows])
    kinds = np.array([kind for _, kind, _ in rows], dtype=np.int64)
    tokens = np.array([tokens for _, _, tokens in rows], dtype=float)
    return Requests(at_s, kinds, 2.0 ** np.arange(len(rows)), tokens)


def in_blocks(requests: Requests, size: int) -> Iterator[Requests]:
    for begin in range(0, len(requests), size):
        yield requests.part(begin, begin + size)


def stream(
    requests: Requests,
    classes: list[RequestClass] | None = None,
    replicas: int = 2,
    size: int = 7,
    limit: int | None = None,
) -> ExactStream:
    made = ExactStream(REPLICA, classes or [kind()], in_blocks(requests, size), limit)
    made.scale(replicas, 0.0)
    return made


def run(one: ExactStream, stops_s: list[float], ranks: int = 1, cap_w: float = inf) -> ExactStream:
    for stop_s in stops_s:
        wanted_w = one.propose(stop_s, ranks)
        if cap_w < wanted_w:
            one.under(cap_w, ranks)
        one.commit(stop_s)
    return one


ROWS = st.lists(st.tuples(st.floats(0.0, 0.5), st.just(0), st.integers(1, 400)), min_size=1, max_size=50)
STOPS = st.lists(st.floats(0.1, 59.9), max_size=8, unique=True).map(lambda stops: [*sorted(stops), END_S])
CLASSES = [
    kind(timeout_s=3.0),
    kind(priority=2, timeout_s=5.0),
    kind(deadline_h=1.0, worth_usd_per_mwh=50.0),
]
MIXED = st.lists(
    st.tuples(st.floats(0.0, 0.4), st.integers(0, 2), st.integers(1, 400)), min_size=1, max_size=50
)


@law(150)
@given(MIXED, st.sampled_from([None, 0, 5]), STOPS)
def test_the_stream_is_a_queue_with_the_speeds_of_its_fleet(
    rows: list[tuple[float, int, int]], limit: int | None, stops_s: list[float]
) -> None:
    requests, fleet = asked(rows), Fleet(REPLICA, 1)
    done = run(stream(requests, CLASSES, 1, limit=limit), stops_s, 3)
    oracle = Oracle([3.0, 5.0, inf], ranked(CLASSES), inf if limit is None else limit)
    works = REPLICA.work_s(requests.prompt_tokens, requests.output_tokens)
    single = [
        Asked(float(at), int(one), float(work))
        for at, one, work in zip(requests.at_s, requests.kind, works, strict=True)
    ]
    free = fleet.free
    oracle.run(single, [Change(0.0, 8, 3, [*free.speed], [*free.power_w])], END_S)
    tally = done.tally()
    for fate in ("served", "timed_out", "refused"):
        assert tally.of(fate).sum() == sum(one.fate == fate for one in single)
    served = sum(2.0**at for at, one in enumerate(single) if one.fate == "served")
    assert tally.of("prompt_served").sum() == served
    assert tally.dynamic_j == pytest.approx(float(oracle.dynamic_j), rel=1e-9)
    assert tally.idle_j == pytest.approx(IDLE_W * END_S)
    assert (done.in_service, done.waiting) == (len(oracle.serving), len(oracle.waiting))


@law(150)
@given(MIXED, STOPS, st.integers(1, 60), st.integers(1, 60))
def test_windows_and_blocks_change_no_bit_of_the_requests(
    rows: list[tuple[float, int, int]], stops_s: list[float], size: int, other: int
) -> None:
    whole = run(stream(asked(rows), CLASSES, size=size), [END_S], 3).tally()
    parts = run(stream(asked(rows), CLASSES, size=other), stops_s, 3).tally()
    assert parts.sums.tobytes() == whole.sums.tobytes()
    assert parts.bins.tobytes() == whole.bins.tobytes()
    assert parts.idle_j + parts.dynamic_j == pytest.approx(whole.idle_j + whole.dynamic_j, rel=1e-12)


@law(150)
@given(MIXED, STOPS, st.floats(0.0, 14_000.0), st.floats(0.0, 3000.0), st.floats(0.05, 1.0))
def test_the_energy_of_a_window_is_its_mean_power_and_never_above_the_cap(
    rows: list[tuple[float, int, int]], stops_s: list[float], cap_w: float, others_w: float, part: float
) -> None:
    one, before_s = stream(asked(rows), CLASSES), 0.0
    for stop_s in stops_s:
        one.scale(one.serving, others_w)
        before_j, mean_w, is_capped = one.energy_j, one.propose(stop_s, 2), False
        if cap_w < mean_w:
            mean_w, is_capped = one.under(cap_w, 2), True
            assert mean_w <= cap_w
        half_s = before_s + part * (stop_s - before_s)
        one.commit(half_s)
        if is_capped:  # at all times
            rounding_j = 1e-14 * one.energy_j  # of the sum
            assert one.energy_j - before_j <= cap_w * (half_s - before_s) * (1 + 1e-9) + rounding_j
        if part == 1.0:
            assert one.energy_j - before_j == pytest.approx(mean_w * (stop_s - before_s), rel=1e-9)
        before_s = half_s
        if half_s < stop_s:
            one.scale(one.serving, others_w)
            one.propose(stop_s, 2)
            one.commit(stop_s)
            before_s = stop_s
        tally = one.tally()
        gone = tally.of("served").sum() + tally.dropped.sum()
        assert tally.of("arrived").sum() == gone + one.in_service + one.waiting
        assert tally.idle_j + tally.dynamic_j == one.energy_j


@law(150)
@given(ROWS, st.floats(4000.0, 12_000.0), st.floats(4000.0, 12_000.0), STOPS)
def test_a_cap_never_shortens_a_wait(
    rows: list[tuple[float, int, int]], one_w: float, other_w: float, stops_s: list[float]
) -> None:
    less_w, more_w = sorted((one_w, other_w))
    less, more, free = (stream(asked(rows)) for _ in range(3))
    for stop_s in stops_s:  # a cap holds at all times, whatever the mean
        for one, cap_w in ((less, less_w), (more, more_w), (free, 12_000.0)):
            one.propose(stop_s, 1)
            one.under(cap_w, 1)
            one.commit(stop_s)
        started = [one.tally().of("started")[0] for one in (less, more, free)]
        assert started == sorted(started)
        gone = [one.tally().of("served")[0] for one in (less, more, free)]
        assert gone == sorted(gone)


def test_a_window_that_is_cut_is_run_again_to_the_cut() -> None:
    rows = [(0.1, 0, 200)] * 40
    cut, straight = stream(asked(rows)), stream(asked(rows))
    cut.propose(10.0, 1)
    cut.commit(2.345)
    straight.propose(2.345, 1)
    straight.commit(2.345)
    assert cut.tally().sums.tobytes() == straight.tally().sums.tobytes()
    assert cut.energy_j == straight.energy_j
    assert (cut.now_s, cut.in_service) == (2.345, straight.in_service)


def test_the_same_window_may_be_computed_under_several_caps() -> None:
    rows = [(0.1, 0, 200)] * 40
    often, once = stream(asked(rows)), stream(asked(rows))
    often.propose(10.0, 1)
    for cap_w in (100.0, 9000.0, 4000.0, 5000.0):
        often.under(cap_w, 1)
    once.propose(10.0, 1)
    once.under(5000.0, 1)
    for one in (often, once):
        one.commit(10.0)
    assert often.tally().sums.tobytes() == once.tally().sums.tobytes()
    assert often.energy_j == once.energy_j


def test_replicas_that_power_cannot_keep_idle_fail_with_the_requests_without_a_slot() -> None:
    one = stream(asked([(0.01, 0, 4000)] * 20))
    run(one, [1.0])
    assert (one.in_service, one.waiting) == (16, 4)
    one.propose(2.0, 1)
    assert one.under(3900.0, 1) == pytest.approx(3900.0)  # one of two idle, and 1.9 kW above that
    one.commit(2.0)
    assert (one.serving, one.in_service, one.waiting) == (1, 8, 4)
    assert one.tally().of("cut").tolist() == [8.0]


@pytest.mark.parametrize("replicas", [3, 7, 10, 49])
def test_idle_power_to_the_last_bit_keeps_all_replicas(replicas: int) -> None:
    one = stream(asked([(0.01, 0, 40)]), replicas=60)
    one.propose(1.0, 1)
    one.under(nextafter(replicas * IDLE_W, 0.0), 1)
    one.commit(1.0)
    assert one.serving == replicas


def test_replicas_that_boot_come_after_those_that_serve_and_their_requests() -> None:
    one = stream(asked([(0.01, 0, 4000)] * 20), replicas=2)
    one.scale(2, 4000.0)
    assert one.propose(1.0, 1) > 8000.0
    assert one.under(5000.0, 1) == pytest.approx(4990.0)  # 1 kW for requests from 0.01 s on
    one.commit(1.0)
    assert (one.serving, one.others_w) == (2, 0.0)
    assert one.energy_j == pytest.approx(4990.0)


def test_no_request_starts_on_replicas_that_fail_at_once() -> None:
    one = stream(asked([(0.01, 0, 4000)] * 20), replicas=0)
    run(one, [1.0])
    assert one.waiting == 20
    one.scale(2, 0.0)
    one.propose(2.0, 1)
    one.under(100.0, 1)
    one.commit(2.0)
    assert (one.waiting, one.tally().of("cut")[0], one.tally().of("started")[0]) == (20, 0.0, 0.0)


def test_kinds_that_are_not_open_wait_and_start_when_they_are() -> None:
    classes = [kind(deadline_h=1.0, worth_usd_per_mwh=50.0), kind()]
    one = stream(asked([(0.1, 0, 10), (0.1, 1, 10), (0.1, 0, 10)]), classes)
    run(one, [5.0], ranks=1)
    assert (one.tally().of("served").tolist(), one.waiting) == ([0.0, 1.0], 2)
    assert (one.oldest_s(0), one.oldest_s(1)) == (pytest.approx(0.1), inf)
    run(one, [10.0], ranks=2)
    assert (one.tally().of("served").tolist(), one.waiting, one.oldest_s(0)) == ([2.0, 1.0], 0, inf)


def test_requests_before_a_time_pass_by_and_those_there_are_dropped() -> None:
    one = stream(asked([(1.0, 0, 4000)] * 30))
    run(one, [10.5])
    assert one.in_service == 10
    one.skip(20.0)
    assert (one.now_s, one.in_service, one.tally().of("cut")[0]) == (20.0, 0, 10.0)
    run(one, [25.5])
    assert one.tally().of("arrived")[0] == 10 + 6  # those of 20 to 25 s; that of 20 s is not before


def test_blocks_are_drawn_as_they_are_needed_and_not_kept() -> None:
    drawn = []

    def blocks() -> Iterator[Requests]:
        for number in range(1000):
            drawn.append(number)
            block = asked([(0.01, 0, 1)] * 50)
            yield replace(block, at_s=block.at_s + number * 1.0)

    one = ExactStream(REPLICA, [kind()], blocks())
    one.scale(2, 0.0)
    for second in range(1, 200):
        run(one, [float(second)])
        assert len(drawn) <= second + 2
    assert one.tally().of("arrived")[0] == 199 * 50
