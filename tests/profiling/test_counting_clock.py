"""The counting clock: processes, alarms and calls go on as on any clock, and are counted by owner."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import pytest
from simpy import Event, Interrupt
from sites import HOUR, at, load, source

from sim.bus.clock import Alarm
from sim.bus.door import Door
from sim.profiling.counting_clock import CountingClock
from sim.site import Site
from sim.timeseries.calendar import Calendar
from sim.timeseries.service import Service, Span


def site(hours: float = 1.0) -> tuple[Site, CountingClock]:
    clock = CountingClock()
    calendar = Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC")
    return Site(calendar, hours * HOUR, clock=clock), clock


def calls(clock: CountingClock, what: str) -> dict[tuple[str, str], int]:
    entries = clock.watch.entries.values()
    return {(one.owner, one.function): one.calls for one in entries if one.what == what and one.calls}


def test_a_process_keeps_its_name_and_hears_of_interruptions() -> None:
    here, clock = site()
    heard: list[Any] = []

    def sleep() -> Generator[Event, Any, None]:
        try:
            yield clock.timeout(10 * HOUR)
        except Interrupt as stop:
            heard.append(stop.cause)
        heard.append((yield clock.timeout(60.0, "slept")))

    sleeper = clock.process(sleep())
    assert sleeper.name == "sleep"
    at(here, 600.0, lambda: sleeper.interrupt("alarm"))
    here.run()
    assert heard == ["alarm", "slept"]
    ((_, name), count), *_ = sorted(calls(clock, "process").items(), key=lambda one: -one[1])
    assert (name.rpartition(".")[2], count) == ("sleep", 3)  # begun, interrupted, woken


def test_what_a_process_starts_belongs_to_its_owner() -> None:
    here, clock = site()

    def child() -> Generator[Event, Any, None]:
        yield clock.timeout(1.0)

    def parent() -> Generator[Event, Any, None]:
        yield clock.timeout(1.0)
        clock.process(child())
        clock.call_at(10.0, ring)
        clock.call_last(last)

    def ring(_now_s: float) -> None:
        """Do nothing."""

    def last(_event: Event) -> None:
        """Do nothing."""

    here.enrol("mine", "supply", "")
    here.process(parent())
    here.run()
    prefix = "test_what_a_process_starts_belongs_to_its_owner"
    assert calls(clock, "process") == {("mine", f"{prefix}.child"): 2, ("mine", f"{prefix}.parent"): 2}
    assert calls(clock, "event") == {("mine", f"{prefix}.ring"): 1, ("mine", f"{prefix}.last"): 1}


def test_a_stale_alarm_is_an_event_of_simpy_and_calls_nothing() -> None:
    here, clock = site()

    def ring(_now_s: float) -> None:
        """Do nothing."""

    here.enrol("mine", "supply", "")
    alarm = Alarm(clock, ring)
    alarm.set(60.0)
    alarm.clear()
    here.run()
    assert calls(clock, "event") == {}
    assert clock.events.calls == 1


def test_a_process_within_its_service_keeps_the_name_of_its_function() -> None:
    here, clock = site()

    def work() -> Generator[Event, Any, None]:
        yield clock.timeout(60.0)

    here.enrol("late", "supply", "", service=Service((Span(600.0, 2 * HOUR),), "", HOUR))
    here.process(work())
    here.run()
    names = [name.rpartition(".")[2] for _, name in calls(clock, "process")]
    assert names == ["work"]


@pytest.mark.parametrize("method", ["state", "reprice"])
def test_a_series_of_a_block_is_not_counted_so_that_it_is_played_without_python(method: str) -> None:
    here, clock = site()
    block = source(here, 1.0)
    load(here, 1.0)
    act = getattr(block, method)
    assert clock.through(Door.SERIES, "", act) is act


def test_a_compiled_function_is_handed_out_as_it_is() -> None:
    clock = CountingClock()
    assert clock.through(Door.LISTENER, "", abs) is abs


def test_a_function_without_owner_belongs_to_the_site() -> None:
    here, clock = site()
    here.bus.listen(_hear)
    here.run()
    assert calls(clock, "listener") == {("site", "_hear"): 1}


def _hear(_now_s: float) -> None:
    """Do nothing."""
