"""The stopwatch: time belongs to the function that runs, and names are those of the source."""

from __future__ import annotations

import time
from functools import partial
from operator import itemgetter

import numpy as np
import pytest

from sim.bus.numbers import Numbers
from sim.profiling.stopwatch import Stopwatch, cost, is_python, name_of

MS = 1_000_000


def work(seconds: float) -> None:
    until_s = time.thread_time() + seconds
    while time.thread_time() < until_s:
        pass


def test_a_function_called_by_another_one_is_not_counted_twice() -> None:
    watch = Stopwatch()
    low, high = watch.entry_of("a", "mover", "low"), watch.entry_of("b", "listener", "high")
    inner = watch.timed(low, work)

    def both() -> None:
        inner(0.04)
        inner(0.04)
        work(0.01)

    watch.timed(high, both)()
    watch.stop()
    assert (low.calls, high.calls, high.nested, watch.outside.nested) == (2, 1, 2, 1)
    assert low.own_ns >= 80 * MS
    assert 10 * MS <= high.own_ns < 50 * MS


def test_what_a_function_returns_and_raises_passes() -> None:
    watch = Stopwatch()
    entry = watch.entry_of("a", "event", "int")
    assert watch.timed(entry, int)("7") == 7
    with pytest.raises(ValueError, match="invalid literal"):
        watch.timed(entry, int)("seven")
    assert (entry.calls, watch.entry) == (2, watch.outside)


def test_what_came_before_the_run_is_its_preparation() -> None:
    watch = Stopwatch()
    entry = watch.entry_of("a", "event", "work")
    watch.timed(entry, work)(0.02)
    watch.begin(Numbers())
    assert watch.preparation_ns >= 20 * MS
    assert (entry.calls, entry.own_ns, watch.outside.nested) == (0, 0, 0)


def test_settlements_are_counted_by_their_number() -> None:
    watch, numbers = Stopwatch(), Numbers()
    watch.begin(numbers)
    entry = watch.entry_of("a", "mover", "m")
    before, after = watch.timed(entry, int, 1), watch.timed(entry, int, 0)
    between = watch.timed(entry, int)
    before()  # the first settlement
    before()
    numbers.settlements = 1
    after()
    between()  # in no settlement
    numbers.settlements = 2
    assert watch.touched == 1  # nothing was called in the second one
    before()  # the third one
    assert watch.touched == 2


def test_functions_of_one_owner_place_and_name_share_an_entry() -> None:
    watch = Stopwatch()
    assert watch.entry_of("a", "event", "f") is watch.entry_of("a", "event", "f")
    assert watch.entry_of("a", "event", "f") is not watch.entry_of("b", "event", "f")


def test_the_cost_of_counting_is_below_a_hundred_microseconds() -> None:
    inside_ns, outside_ns = cost()
    assert inside_ns >= 0.0
    assert outside_ns >= 0.0
    assert 0.0 < inside_ns + outside_ns < 100_000.0


class Caller:
    """An object that can be called, with a method."""

    def __call__(self, value: float) -> float:
        return value

    def method(self, value: float) -> float:
        return value


def test_what_is_written_in_python_is_told_from_what_is_compiled() -> None:
    written = (work, Caller(), Caller().method, partial(work, 1.0), lambda: None)
    assert [is_python(one) for one in written] == [True] * 5
    assert [is_python(one) for one in (abs, np.sin, [].append, partial(abs, 1), itemgetter(0))] == [False] * 5


def test_names_are_those_of_the_source() -> None:
    assert name_of(work) == "work"
    assert name_of(Caller()) == "Caller"
    assert name_of(Caller().method) == "Caller.method"
    assert name_of(partial(partial(Caller().method, 1.0))) == "Caller.method"

    def inside() -> None:
        """Do nothing."""

    assert name_of(inside) == "test_names_are_those_of_the_source.inside"
    line = name_of(lambda: None)
    assert line.startswith("lambda, test_stopwatch.py:")
    assert int(line.partition(":")[2]) > 100
