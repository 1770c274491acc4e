"""The trace: a number restated as a run goes."""

from __future__ import annotations

from math import inf, nan

import pytest

from sim.bus.clock import Clock
from sim.bus.trace import Trace
from sim.timeseries.series import StepSeries


def stated(*pairs: tuple[float, float], value: float = 0.0) -> Trace:
    """A trace of (second, number) pairs."""
    clock = Clock()
    trace = Trace(clock, "grid: firm_mw", value)
    for t_s, number in pairs:
        clock.advance_to(t_s)
        trace.state(number)
    return trace


def points(trace: Trace) -> list[tuple[float, float]]:
    return list(zip(trace.series.times_s.tolist(), trace.series.values.tolist(), strict=True))


def test_a_trace_begins_with_its_first_number() -> None:
    assert points(stated(value=3.0)) == [(0.0, 3.0)]
    assert points(stated()) == [(0.0, 0.0)]


def test_what_is_stated_holds_until_the_next_statement() -> None:
    assert points(stated((0.0, 5.0), (60.0, 2.0), (90.0, 7.0))) == [(0.0, 5.0), (60.0, 2.0), (90.0, 7.0)]


def test_stating_the_same_number_again_adds_nothing() -> None:
    assert points(stated((10.0, 5.0), (20.0, 5.0), (30.0, 5.0))) == [(0.0, 0.0), (10.0, 5.0)]


def test_of_several_numbers_at_one_instant_the_last_holds() -> None:
    assert points(stated((10.0, 5.0), (10.0, 8.0), (10.0, 6.0))) == [(0.0, 0.0), (10.0, 6.0)]


def test_a_series_that_was_read_stays_as_it_was() -> None:
    clock = Clock()
    trace = Trace(clock, "grid: firm_mw")
    before = trace.series
    clock.advance_to(10.0)
    trace.state(4.0)
    assert (len(before), len(trace.series)) == (1, 2)


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_a_number_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=rf"^grid: firm_mw = {value}; allowed: a finite number at least 0$"):
        stated((10.0, value))


def test_a_trace_follows_a_series_without_values_that_repeat() -> None:
    clock = Clock()
    trace = Trace(clock, "grid: firm_mw")
    assert not trace.was_stated
    trace.follow(StepSeries([0.0, 10.0, 20.0], [5.0, 5.0, 8.0]))
    assert (trace.series.times_s.tolist(), trace.series.values.tolist()) == ([0.0, 20.0], [5.0, 8.0])
    assert trace.value == 5.0
    assert trace.was_stated


def test_a_negative_series_is_refused() -> None:
    trace = Trace(Clock(), "grid: firm_mw")
    with pytest.raises(ValueError, match=r"^grid: firm_mw = -1.0; allowed: a finite number at least 0$"):
        trace.follow(StepSeries([0.0], [-1.0]))
