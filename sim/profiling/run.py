"""Profile the calls of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from sim.campus.campus import Campus
from sim.profiling.call_profile import CallProfile, Counted
from sim.profiling.counting_clock import CountingClock
from sim.profiling.stopwatch import Cost, Entry, cost
from sim.results.result import Result
from sim.simulation import simulate_on

_NS_PER_S = 1e9


def profile_calls(
    campus: Campus,
    *,
    days: float | None = None,
    seed: int | None = None,
    record_s: float | Literal["change"] | None = None,
    progress: Callable[[float], None] | None = None,
) -> CallProfile:
    """Simulate a campus, and tell which functions of participants take the time.

    Functions that are written in Python are counted and timed; the result is the same as that of `simulate`.

    Args:
        campus: The model.
        days: Length of the run [d]. Default: as the campus's `run` says, or a year.
        seed: Seed of all random streams. Default: that of the campus's `run`.
        record_s: Recording interval [s], or `"change"`. Default: as the campus's `run` says, or every change.
        progress: Called 100 times during the run with the share completed, 0 to 1.

    Raises:
        SpecError: If the input is invalid; raised before the clock starts.
    """
    clock = CountingClock()
    result = simulate_on(clock, campus, days=days, seed=seed, record_s=record_s, progress=progress)
    clock.watch.stop()
    return _profile(clock, result, cost())


def _profile(clock: CountingClock, result: Result, each: Cost) -> CallProfile:
    """The profile of a run that has ended."""
    watch = clock.watch
    entries = [entry for entry in watch.entries.values() if entry.calls]
    found = [Counted(one.owner, one.what, one.function, one.calls, _own_s(one, each)) for one in entries]
    found.sort(key=lambda one: (-one.seconds, one.owner, one.what, one.function))
    others = (clock.events, clock.settling, watch.outside)
    total_ns = sum(entry.own_ns for entry in (*entries, *others))
    events_s, settlement_s, closing_s = (_own_s(one, each) for one in others)
    counted_s = sum(one.seconds for one in found) + events_s + settlement_s + closing_s
    return CallProfile(
        result=result,
        functions=tuple(found),
        events=clock.events.calls,
        events_s=events_s,
        settlement_s=settlement_s,
        closing_s=closing_s,
        profiling_s=max(0.0, total_ns / _NS_PER_S - counted_s),
        preparation_s=watch.preparation_ns / _NS_PER_S,
        python_settlements=watch.touched,
    )


def _own_s(entry: Entry, each: Cost) -> float:
    """Time of a function [s], without that of counting it and what it calls."""
    return max(0.0, entry.own_ns - entry.calls * each.inside_ns - entry.nested * each.outside_ns) / _NS_PER_S
