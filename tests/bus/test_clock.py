"""The clock: exact instants, settlement at their end, and series played without processes."""

from __future__ import annotations

from collections.abc import Generator
from math import inf

import pytest
from simpy import Event

from sim.bus.clock import Alarm, Clock
from sim.bus.door import Door
from sim.bus.numbers import Numbers
from sim.errors import OscillationError


class _Market:
    """Counts settlements; asks again as often as told."""

    is_compiled = False

    def __init__(self, again: int = 0) -> None:
        self._again = again
        self.numbers = Numbers()
        self.numbers.asked = True
        self.next_s = inf
        self.settled_s: list[float] = []

    def settle(self, now_s: float) -> None:
        self.settled_s.append(now_s)
        self.numbers.asked = self._again > 0
        self._again -= 1

    def go(self, end_s: float) -> None:
        raise AssertionError(end_s)

    def begin_instant(self, now_s: float) -> None:
        raise AssertionError(now_s)


def test_a_clock_that_counts_nothing_hands_out_functions_as_they_are() -> None:
    call = [].append
    assert all(Clock().through(door, "owner", call) is call for door in Door)


def test_an_instant_is_met_exactly_where_a_delay_would_round() -> None:
    clock = Clock()
    at_s = 0.1 + 0.2  # 0.1 + (0.30000000000000004 - 0.1) is another number
    woken: list[float] = []

    def wait() -> Generator[Event, None, None]:
        yield clock.timeout(0.1)
        yield clock.wait_until(at_s)
        woken.append(clock.now)

    clock.process(wait())
    clock.advance_to(1.0)
    assert woken == [at_s]
    assert clock.now == 1.0


def test_an_instant_that_is_past_comes_now() -> None:
    clock = Clock()
    woken: list[float] = []

    def wait() -> Generator[Event, None, None]:
        yield clock.timeout(5.0)
        yield clock.wait_until(1.0)
        woken.append(clock.now)

    clock.process(wait())
    clock.advance_to(9.0)
    assert woken == [5.0]


def test_settlement_is_at_the_end_of_an_instant_and_again_if_asked() -> None:
    clock = Clock()
    market = _Market(again=2)
    clock.markets.append(market)
    clock.advance_to(3.0)
    assert market.settled_s == [0.0, 0.0, 0.0]


def test_a_process_that_waits_for_nothing_for_ever_ends_in_an_error_that_names_it() -> None:
    clock = Clock()

    def restless() -> Generator[Event, None, None]:
        yield clock.timeout(2.0)
        while True:
            yield clock.timeout(0.0)

    clock.process(restless())
    with pytest.raises(OscillationError, match=r"^restless: the clock has not advanced from 2\.0 s"):
        clock.advance_to(3.0)


def test_a_process_that_stands_still_is_named_by_its_owner_also_if_a_process_of_it_started_it() -> None:
    clock = Clock()

    def restless() -> Generator[Event, None, None]:
        while True:
            yield clock.timeout(0.0)

    def begin() -> Generator[Event, None, None]:
        yield clock.timeout(2.0)
        clock.process(restless())

    clock.owner = "well"
    clock.process(begin())
    clock.owner = ""
    with pytest.raises(OscillationError, match=r"^well: the clock has not advanced from 2\.0 s"):
        clock.advance_to(3.0)


def test_what_happens_at_the_end_is_left_to_the_next_stretch() -> None:
    clock = Clock()
    market = _Market()
    clock.markets.append(market)
    happened: list[float] = []

    def act() -> Generator[Event, None, None]:
        yield clock.wait_until(3.0)
        happened.append(clock.now)
        market.numbers.asked = True

    clock.process(act())
    clock.advance_to(3.0)
    assert happened == []
    clock.advance_to(4.0)
    assert happened == [3.0]
    assert market.settled_s == [0.0, 3.0]


def test_several_buses_on_one_clock_settle_in_the_order_in_which_they_joined() -> None:
    clock = Clock()
    order: list[str] = []

    class Named(_Market):
        def __init__(self, name: str, again: int = 0) -> None:
            super().__init__(again)
            self._name = name

        def settle(self, now_s: float) -> None:
            super().settle(now_s)
            order.append(self._name)

    clock.markets += [Named("west", again=1), Named("east")]
    clock.advance_to(1.0)
    assert order == ["west", "west", "east"]  # west asks again, and comes first again


def test_an_alarm_rings_at_the_second_it_was_set_to_last_and_once() -> None:
    clock = Clock()
    rung: list[float] = []
    alarm = Alarm(clock, rung.append)
    alarm.set(5.0)
    alarm.set(2.0)
    clock.advance_to(1.0)
    alarm.set(3.0)  # the event of 2 s fires and is ignored
    clock.advance_to(10.0)
    assert rung == [3.0]
    assert alarm.due_s == inf


def test_an_alarm_that_was_cleared_does_not_ring_until_it_is_set_again() -> None:
    clock = Clock()
    rung: list[float] = []
    alarm = Alarm(clock, rung.append)
    alarm.set(2.0)
    alarm.clear()
    clock.advance_to(3.0)
    assert rung == []
    alarm.set(4.0)
    clock.advance_to(9.0)
    assert rung == [4.0]
