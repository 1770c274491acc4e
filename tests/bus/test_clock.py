"""The clock: exact instants, settlement at their end, and series played without processes."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from simpy import Event

from sim.bus.clock import Clock, Playback
from sim.errors import OscillationError


class _Market:
    """Counts settlements; asks again as often as told."""

    def __init__(self, again: int = 0) -> None:
        self._again = again
        self.asked = True
        self.settled_s: list[float] = []

    def settle(self, now_s: float) -> None:
        self.settled_s.append(now_s)
        self.asked = self._again > 0
        self._again -= 1


def test_an_instant_is_met_exactly_where_a_delay_would_round() -> None:
    clock = Clock()
    at_s = 0.1 + 0.2  # 0.1 + (0.30000000000000004 - 0.1) is another number
    woken: list[float] = []

    def wait() -> Generator[Event, None, None]:
        yield clock.timeout(0.1)
        yield clock.wait_until(at_s)
        woken.append(clock.now)

    clock.process(wait())
    clock.advance_to(1.0, _Market())
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
    clock.advance_to(9.0, _Market())
    assert woken == [5.0]


def test_settlement_is_at_the_end_of_an_instant_and_again_if_asked() -> None:
    clock = Clock()
    market = _Market(again=2)
    clock.advance_to(3.0, market)
    assert market.settled_s == [0.0, 0.0, 0.0]


def test_a_process_that_waits_for_nothing_for_ever_ends_in_an_error_that_names_it() -> None:
    clock = Clock()

    def restless() -> Generator[Event, None, None]:
        yield clock.timeout(2.0)
        while True:
            yield clock.timeout(0.0)

    clock.process(restless())
    with pytest.raises(OscillationError, match=r"^restless: the clock stands still at 2\.0 s"):
        clock.advance_to(3.0, _Market())


def test_what_happens_at_the_end_is_left_to_the_next_stretch() -> None:
    clock = Clock()
    market = _Market()
    happened: list[float] = []

    def act() -> Generator[Event, None, None]:
        yield clock.wait_until(3.0)
        happened.append(clock.now)
        market.asked = True

    clock.process(act())
    clock.advance_to(3.0, market)
    assert happened == []
    clock.advance_to(4.0, market)
    assert happened == [3.0]
    assert market.settled_s == [0.0, 3.0]


def test_series_are_played_each_at_its_times_and_together_where_they_meet() -> None:
    clock = Clock()
    played: list[tuple[float, str, float]] = []
    playback = Playback(clock)
    playback.add([(1.0, 10.0), (3.0, 30.0)], lambda value: played.append((clock.now, "a", value)))
    playback.add([(3.0, 5.0), (4.0, 6.0)], lambda value: played.append((clock.now, "b", value)))
    playback.add([], lambda value: played.append((clock.now, "none", value)))
    playback.start()
    clock.advance_to(10.0, _Market())
    assert played == [(1.0, "a", 10.0), (3.0, "a", 30.0), (3.0, "b", 5.0), (4.0, "b", 6.0)]


def test_a_playback_of_nothing_ends_at_once() -> None:
    clock = Clock()
    Playback(clock).start()
    clock.advance_to(10.0, _Market())
    assert clock.now == 10.0
