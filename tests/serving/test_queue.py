"""The queue: a slow simulation agrees with it request by request, and nothing depends on how it is driven."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from math import inf, nextafter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from exact_oracle import Asked, Change, Oracle, exactly
from hypothesis import given
from hypothesis import strategies as st
from test_laws import law

import sim.serving
from sim.serving.queue import Queue
from sim.serving.request_sums import FIELDS, RequestSums

DROPS = ("timed_out", "refused", "cut")
NOTHING = tuple(array(code) for code in "dqdddd")


def doubles(values: Sequence[float]) -> array[float]:
    return array("d", [float(value) for value in values])


@dataclass
class Case:
    """Requests and what a queue is told, in time."""

    timeout_s: list[float]
    rank: list[int]
    queue_limit: int
    requests: list[Asked]
    changes: list[Change]
    first: int = 0

    def queue(self, kernel: tuple[type, type] = (Queue, RequestSums)) -> Any:
        none = doubles([inf] * len(self.rank))
        queue, sums = kernel
        rank, level = (
            array("q", given) for given in (self.rank, map(self.rank.index, range(len(self.rank))))
        )
        return queue(doubles(self.timeout_s), rank, level, self.queue_limit, sums(none, none))

    def columns(self) -> tuple[Any, ...]:
        """As the queue takes requests. The prompts tell them apart: each is a bit of its own."""
        return (
            doubles([one.at_s for one in self.requests]),
            array("q", [one.kind for one in self.requests]),
            doubles([one.work_s for one in self.requests]),
            doubles([one.lead_s for one in self.requests]),
            doubles([2.0 ** (self.first + at) for at in range(len(self.requests))]),
            doubles([2.0] * len(self.requests)),
        )

    def drive(self, queue: Any, until_s: float, stops_s: Sequence[float] = ()) -> Iterator[Any]:
        """Run, and give the queue at each of the stops and at the end."""
        at, columns = 0, self.columns()
        plan = [(float(one.at_s), 0, one) for one in self.changes]
        stops = [(float(stop_s), 1, None) for stop_s in (*stops_s, until_s) if stop_s <= until_s]
        for when_s, _, change in sorted([*plan, *stops], key=lambda one: one[:2]):
            if when_s > until_s:
                break
            at = queue.run(when_s, *columns, at, False)
            if change is None:
                yield queue
                continue
            if change.cut is not None:
                queue.cut(change.cut)
            queue.serve(change.limit, change.open_ranks, doubles(change.speed), doubles(change.power_w))

    def end(self, queue: Any, until_s: float, stops_s: Sequence[float] = ()) -> Any:
        [*_, last] = self.drive(queue, until_s, stops_s)
        return last

    def oracle(self, until_s: float, number: Any) -> tuple[Oracle, list[Asked]]:
        """What the slow simulation makes of it; `number` turns floats into its numbers."""
        oracle = Oracle([number(one) for one in self.timeout_s], self.rank, self.queue_limit)
        asked = [
            replace(one, at_s=number(one.at_s), work_s=number(one.work_s), lead_s=number(one.lead_s))
            for one in self.requests
        ]
        changes = [
            replace(
                one,
                at_s=number(one.at_s),
                speed=[number(each) for each in one.speed],
                power_w=[number(each) for each in one.power_w],
            )
            for one in self.changes
        ]
        oracle.run(asked, changes, number(until_s))
        return oracle, asked


@st.composite
def cases(draw: st.DrawFn, *, exact: bool, with_drops: bool = True) -> Case:
    """Random requests and changes; if exact, at instants that coincide often and have no rounding."""
    kinds = draw(st.integers(1, 3))
    step = st.integers(0, 12).map(float) if exact else st.floats(0.01, 10.0)
    count = draw(st.integers(1, 25))
    requests, now_s = [], 0.0
    for _ in range(count):
        now_s += draw(step) / 4.0
        work_s = draw(step)
        lead_s = work_s * draw(st.sampled_from([0.0, 0.25, 1.0]))
        requests.append(Asked(now_s, draw(st.integers(0, kinds - 1)), work_s, lead_s))
    speeds = st.sampled_from([1.0, 0.5, 0.25]) if exact else st.floats(0.1, 1.0)
    changes = []
    for number in range(draw(st.integers(1, 4))):
        at_s = 0.0 if number == 0 else changes[-1].at_s + draw(step)
        most = count + 1
        changes.append(
            Change(
                at_s,
                draw(st.integers(0 if with_drops else 1, 5)),
                draw(st.integers(0, kinds)) if with_drops else kinds,
                [1.0, *sorted((draw(speeds) for _ in range(most)), reverse=True)],
                [0.0, *(float(draw(st.integers(0, 50))) for _ in range(most))],
                draw(st.none() | st.integers(0, 4)) if with_drops and number else None,
            )
        )
    times = st.just(inf) | (st.integers(1, 8).map(float) if exact else st.floats(0.1, 20.0))
    timeouts = [draw(times) if with_drops else inf for _ in range(kinds)]
    limit = draw(st.sampled_from([0, 1, 3, 100])) if with_drops else 100
    return Case(timeouts, draw(st.permutations(range(kinds))), limit, requests, changes)


def total(queue: Any, field: str) -> float:
    return float(sum([*queue.sums.values][FIELDS.index(field) :: len(FIELDS)]))


def bits(asked: list[Asked], fates: Sequence[str], by_s: Any) -> float:
    return float(sum(2**at for at, one in enumerate(asked) if one.fate in fates and one.end_s < by_s))


@law(400)
@given(cases(exact=True))
def test_each_request_has_the_fate_and_the_times_of_a_slow_simulation_without_rounding(case: Case) -> None:
    until_s = 60.0
    oracle, asked = case.oracle(until_s, exactly)
    stops_s = sorted({nextafter(float(at_s), inf) for at_s in oracle.times_s})
    for queue in case.drive(case.queue(), until_s, stops_s):
        by_s = exactly(queue.now_s)
        assert total(queue, "prompt_served") == bits(asked, ["served"], by_s)
        assert total(queue, "prompt_dropped") == bits(asked, DROPS, by_s)
        started = [one for one in asked if one.start_s is not None and one.start_s < by_s]
        assert total(queue, "started") == len(started)
        # waits of the exact simulation are multiples of 1/64 s
        assert total(queue, "wait_s") == float(sum(one.start_s - one.at_s for one in started))
    for fate in ("served", *DROPS):
        assert total(queue, fate) == sum(one.fate == fate for one in asked)
    served = [one for one in asked if one.fate == "served"]
    assert total(queue, "latency_s") == float(sum(one.end_s - one.at_s for one in served))
    assert total(queue, "ttft_s") == float(sum(min(one.first_s, one.end_s) - one.at_s for one in served))
    assert (queue.slots.count, queue.waiting) == (len(oracle.serving), len(oracle.waiting))
    assert queue.dynamic_j == pytest.approx(float(oracle.dynamic_j), rel=1e-12)
    assert queue.service_s == pytest.approx(float(oracle.service_s), rel=1e-12)
    assert queue.waiting_s == pytest.approx(float(oracle.waiting_s), rel=1e-12)


@law(300)
@given(cases(exact=False))
def test_sums_and_energy_are_those_of_a_slow_simulation_at_any_speeds(case: Case) -> None:
    until_s = 150.0
    oracle, asked = case.oracle(until_s, exactly)
    queue = case.end(case.queue(), until_s)
    served = [one for one in asked if one.fate == "served"]
    assert total(queue, "prompt_served") == bits(asked, ["served"], until_s)
    assert total(queue, "latency_s") == pytest.approx(float(sum(one.end_s - one.at_s for one in served)))
    assert queue.dynamic_j == pytest.approx(float(oracle.dynamic_j), rel=1e-9)
    assert queue.service_s == pytest.approx(float(oracle.service_s), rel=1e-9)
    assert queue.waiting_s == pytest.approx(float(oracle.waiting_s), rel=1e-9, abs=1e-9)


@law(200)
@given(cases(exact=False), st.lists(st.floats(0.0, 100.0), max_size=12))
def test_requests_do_not_depend_on_windows_bit_for_bit(case: Case, stops_s: list[float]) -> None:
    whole, parts = case.end(case.queue(), 100.0), case.end(case.queue(), 100.0, stops_s)
    assert bytes(parts.sums.values) == bytes(whole.sums.values)
    assert bytes(parts.sums.bins) == bytes(whole.sums.bins)
    assert (parts.slots.count, parts.waiting) == (whole.slots.count, whole.waiting)
    assert parts.dynamic_j == pytest.approx(whole.dynamic_j, rel=1e-12)


@law(100)
@given(cases(exact=False), st.floats(1.0, 60.0))
def test_a_copy_goes_on_as_the_original_and_leaves_it_alone(case: Case, at_s: float) -> None:
    original, copy = case.queue(), case.queue()
    driven = case.drive(original, 100.0, [at_s])
    next(driven)
    copy.copy(original)
    before = bytes(copy.sums.values)
    [*_, original] = driven
    assert bytes(copy.sums.values) == before
    requests = [one for one in case.requests if one.at_s >= at_s]
    changes = [one for one in case.changes if one.at_s > at_s]
    rest = replace(case, requests=requests, changes=changes, first=len(case.requests) - len(requests))
    copy = rest.end(copy, 100.0)
    assert bytes(copy.sums.values) == bytes(original.sums.values)
    assert (copy.now_s, copy.dynamic_j, copy.waiting_s) == (
        original.now_s,
        original.dynamic_j,
        original.waiting_s,
    )


@law(200)
@given(cases(exact=False, with_drops=False))
def test_littles_law_holds_once_all_are_served(case: Case) -> None:
    queue = case.end(case.queue(), 1e4)
    count = len(case.requests)
    assert (total(queue, "arrived"), total(queue, "started"), total(queue, "served")) == (count,) * 3
    # number in the system, integrated over time, is the sum of the times in it
    assert queue.waiting_s == pytest.approx(total(queue, "wait_s"), rel=1e-9, abs=1e-9)
    assert queue.service_s == pytest.approx(total(queue, "latency_s") - total(queue, "wait_s"), rel=1e-9)


@law(200)
@given(cases(exact=True))
def test_every_request_is_served_dropped_or_still_there(case: Case) -> None:
    for queue in case.drive(case.queue(), 60.0, [0.5, 3.0, 7.25, 20.0]):
        gone = sum(total(queue, field) for field in ("served", *DROPS))
        assert total(queue, "arrived") == gone + queue.slots.count + queue.waiting
    queue.clear()
    assert (queue.slots.count, queue.waiting) == (0, 0)
    assert total(queue, "arrived") == sum(total(queue, field) for field in ("served", *DROPS))


@contextmanager
def plain_kernel() -> Iterator[tuple[type, type]]:
    """The queue and its sums as plain Python, whether or not they are compiled."""
    folder, names = Path(sim.serving.__file__).parent, ("slots", "request_sums", "queue")
    full = [f"sim.serving.{name}" for name in names]
    kept = {name: sys.modules[name] for name in full}
    made: dict[str, ModuleType] = {}
    try:
        for name, each in zip(names, full, strict=True):
            loader = SourceFileLoader(each, str(folder / f"{name}.py"))
            spec = spec_from_loader(each, loader)
            assert spec is not None
            made[each] = sys.modules[each] = module_from_spec(spec)
            loader.exec_module(made[each])
        yield made["sim.serving.queue"].Queue, made["sim.serving.request_sums"].RequestSums
    finally:
        sys.modules.update(kept)


@law(150)
@given(cases(exact=False), st.lists(st.floats(0.0, 100.0), max_size=4))
def test_plain_python_gives_the_same_bits(case: Case, stops_s: list[float]) -> None:
    with plain_kernel() as kernel:
        plain = case.end(case.queue(kernel), 100.0, stops_s)
    found = case.end(case.queue(), 100.0, stops_s)
    assert bytes(found.sums.values) == bytes(plain.sums.values)
    assert bytes(found.sums.bins) == bytes(plain.sums.bins)
    for field in ("now_s", "dynamic_j", "service_s", "waiting_s", "waiting"):
        assert getattr(found, field) == getattr(plain, field)
    assert found.slots.all() == plain.slots.all()


def one_kind(requests: list[tuple[float, float]], limit: int = 1, **changed: Any) -> Case:
    """Requests of one kind by arrival and work, at speed 1 while one is served and 1/2 while two are."""
    speed, power_w = [1.0, 1.0, *[0.5] * 20], [0.0, 100.0, *[150.0] * 20]
    values = {"timeout_s": [inf], "rank": [0], "queue_limit": 100, **changed}
    return Case(
        requests=[Asked(at_s, 0, work_s) for at_s, work_s in requests],
        changes=[Change(0.0, limit, 1, speed, power_w)],
        **values,
    )


def test_two_in_service_are_slower_and_the_energy_is_that_of_their_number() -> None:
    # alone 0 to 1 s, two at half speed: the first has 1 s left and needs 2 s, until 3 s; the other has then
    # done 1 s of 2 s, and ends alone at 4 s
    queue = one_kind([(0.0, 2.0), (1.0, 2.0)], limit=2)
    done = queue.end(queue.queue(), 10.0)
    assert total(done, "latency_s") == 3.0 + 3.0
    assert done.dynamic_j == 100.0 * 1 + 150.0 * 2 + 100.0 * 1
    assert done.service_s == 6.0


def test_one_that_ends_makes_room_for_one_that_times_out_at_the_same_instant() -> None:
    case = one_kind([(0.0, 3.0), (1.0, 1.0)], timeout_s=[2.0])
    done = case.end(case.queue(), 10.0)
    assert (total(done, "served"), total(done, "timed_out"), total(done, "wait_s")) == (2.0, 0.0, 2.0)


def test_one_that_times_out_makes_room_in_the_queue_for_one_that_arrives() -> None:
    case = one_kind([(0.0, 9.0), (1.0, 1.0), (3.0, 1.0)], timeout_s=[2.0], queue_limit=1)
    done = case.end(case.queue(), 4.0)
    assert (total(done, "timed_out"), total(done, "refused"), done.waiting) == (1.0, 0.0, 1)


def test_requests_time_out_at_their_time() -> None:
    case = one_kind([(0.0, 9.0), (1.0, 1.0), (2.0, 1.0)], timeout_s=[2.5])
    counts = [total(queue, "timed_out") for queue in case.drive(case.queue(), 9.0, [3.5, 3.51, 4.5, 4.51])]
    assert counts == [0.0, 1.0, 1.0, 2.0, 2.0]


def test_a_cut_takes_the_lowest_rank_and_among_it_the_last_arrival() -> None:
    case = one_kind([], limit=4, timeout_s=[inf, inf], rank=[1, 0])
    case.requests = [Asked(float(at), kind, 100.0) for at, kind in enumerate([1, 0, 1, 0])]
    case.changes = [replace(case.changes[0], open_ranks=2)]
    queue = case.end(case.queue(), 5.0)
    seen = []
    for most in (3, 2, 1, 0):
        queue.cut(most)
        seen.append(total(queue, "prompt_dropped"))
    # of kind 0 the last, 2**3, and then 2**1; of kind 1 2**2, and then 2**0
    assert seen == [8.0, 8.0 + 2.0, 8.0 + 2.0 + 4.0, 15.0]


def test_those_that_stay_after_a_cut_have_done_what_they_had_done() -> None:
    # two at half speed until 2 s: each has done 1 s of 3 s; alone, the other needs 2 s more
    case = one_kind([(0.0, 3.0), (0.0, 3.0)], limit=2)
    case.changes.append(replace(case.changes[0], at_s=2.0, cut=1))
    done = case.end(case.queue(), 9.0)
    assert (total(done, "cut"), total(done, "latency_s")) == (1.0, 4.0)


def test_a_request_that_starts_at_no_speed_has_its_first_token_no_earlier_than_its_answer() -> None:
    case = one_kind([])
    case.requests = [Asked(0.0, 0, 1.0, 0.5)]
    case.changes = [Change(0.0, 1, 1, [1.0, 0.0], [0.0, 0.0]), Change(4.0, 1, 1, [1.0, 1.0], [0.0, 0.0])]
    done = case.end(case.queue(), 9.0)
    assert (total(done, "latency_s"), total(done, "ttft_s")) == (5.0, 5.0)


def test_a_million_requests_wait_and_leave() -> None:
    count = 1_000_000
    sums = RequestSums(doubles([inf]), doubles([inf]))
    queue = Queue(doubles([1.0]), array("q", [0]), array("q", [0]), 2**62, sums)
    queue.serve(0, 1, doubles([1.0]), doubles([0.0]))
    at_s = array("d", [at / count for at in range(count)])
    ones = array("d", bytes(8 * count))
    queue.run(0.9999999, at_s, array("q", bytes(8 * count)), ones, ones, ones, ones, 0, False)
    assert queue.waiting == count
    assert queue.oldest_s(0) == 0.0
    queue.run(5.0, *NOTHING, 0, False)
    assert (queue.waiting, total(queue, "timed_out"), queue.oldest_s(0)) == (0, count, inf)
    assert queue.waiting_s == pytest.approx(count, rel=1e-9)  # each waits 1 s


@pytest.mark.parametrize(("level", "waits_s"), [([0, 0, 1], [7.5, 1.5]), ([0, 1, 2], [3.5, 5.5])])
def test_kinds_of_one_level_start_as_they_arrive(level: list[int], waits_s: list[float]) -> None:
    # kinds 1, 0 and 0 wait from 0.5, 1.0 and 1.5 s on for one place that is free at 2, 4 and 6 s
    never, rank = doubles([inf] * 3), array("q", [0, 1, 2])
    queue = Queue(never, rank, array("q", level), 100, RequestSums(never, never))
    queue.serve(1, 3, doubles([1.0, 1.0]), doubles([0.0, 0.0]))
    at_s, two, one = doubles([0.0, 0.5, 1.0, 1.5]), doubles([2.0] * 4), doubles([1.0] * 4)
    queue.run(20.0, at_s, array("q", [2, 1, 0, 0]), two, one, one, one, 0, False)
    # one level: kind 1 at 2 s, kind 0 at 4 and 6 s; else kind 0 at 2 and 4 s, kind 1 at 6 s
    found = [queue.sums.values[kind * len(FIELDS) + FIELDS.index("wait_s")] for kind in (0, 1)]
    assert found == waits_s
