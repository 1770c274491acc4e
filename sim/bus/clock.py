"""The clock: SimPy's environment, with events at absolute times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import heappush
from math import inf
from typing import Any, Protocol

from simpy import Environment, Event
from simpy.events import NORMAL

from sim.errors import OscillationError

_MOST_EVENTS = 500_000
"""Events in a row after which the clock must have moved."""


class Market(Protocol):
    """What the clock needs of the bus.

    Attributes:
        asked: Whether somebody has asked for a settlement at this instant.
    """

    asked: bool

    def settle(self, now_s: float) -> None:
        """Settle."""


class _Closed:
    """A market that never asks, for a clock without a bus."""

    asked = False

    def settle(self, now_s: float) -> None:
        """Settle nothing."""


class Clock(Environment):
    """A SimPy environment that schedules at absolute times and knows when an instant is over.

    SimPy adds a delay to the present time, which rounds; two participants that mean the same instant
    must meet in the same settlement, so instants that are known are scheduled as they are.

    Attributes:
        markets: The buses it settles, in the order in which they joined it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.markets: list[Market] = []

    def advance_to(self, end_s: float) -> None:
        """Let events happen until an elapsed second, and settle at the end of each instant who asks.

        An instant is over when no event of it is left, whatever its priority; a settlement may add some.
        Of several buses that ask, the one that joined first settles first.

        Raises:
            OscillationError: If half a million events pass and the clock does not move.
        """
        queue, step = self._queue, self.step
        first, *others = self.markets or [_Closed()]
        while True:
            began_s = self._now
            for _ in range(_MOST_EVENTS):
                if (first.asked or others) and (not queue or queue[0][0] > self._now):
                    asking = first if first.asked else next((one for one in others if one.asked), None)
                    if asking is not None:
                        asking.settle(self._now)
                        continue
                if queue and queue[0][0] < end_s:
                    step()
                else:
                    self._now = end_s
                    return
            if self._now == began_s:
                message = f"the clock has not advanced from {began_s} s after {_MOST_EVENTS:,} events"
                raise OscillationError(f"{self._busy()}: {message}")

    def _busy(self) -> str:
        """Who is woken next, as far as it has a name."""
        calls = self._queue[0][3].callbacks if self._queue else None
        process = getattr(calls[0], "__self__", None) if calls else None
        return str(getattr(process, "name", "site"))

    def schedule_at(self, event: Event, at_s: float) -> None:
        """Schedule an event at an elapsed second, which must not lie in the past."""
        heappush(self._queue, (at_s, NORMAL, next(self._eid), event))

    def call_at(self, at_s: float, call: Callable[[float], None]) -> None:
        """Call a function with the time at an elapsed second, or now if that is past."""
        now = self._now
        self.schedule_at(Happening(self, lambda _: call(self._now)), max(at_s, now))

    def wait_until(self, at_s: float) -> Event:
        """An event at an elapsed second, to be yielded by a process."""
        event = Happening(self)
        self.schedule_at(event, max(at_s, self.now))
        return event


class Happening(Event):
    """An event that is bound to happen, like a timeout; it may be scheduled again afterwards."""

    def __init__(self, env: Environment, *calls: Callable[[Any], None]) -> None:
        self.env = env
        self.callbacks: list[Callable[[Any], None]] = [*calls]
        self._ok = True
        self._value = None


class Alarm:
    """Calls a function at an elapsed second, which may be moved or cleared until then.

    An event that was scheduled for an earlier second than the alarm is set to now fires and is ignored.

    Attributes:
        due_s: Elapsed second at which it calls; infinite while it is not set.
        next_s: Elapsed second of its next event. What sets an alarm at every settlement writes `due_s`, and
            calls `set` only if that comes first.
    """

    __slots__ = ("_call", "_clock", "due_s", "next_s")

    def __init__(self, clock: Clock, call: Callable[[float], None]) -> None:
        self._clock = clock
        self._call = call
        self.next_s = self.due_s = inf

    def set(self, at_s: float) -> None:
        """Set it to an elapsed second, in place of the one it was set to."""
        self.due_s = at_s
        if at_s < self.next_s:
            self.next_s = at_s
            clock = self._clock
            clock.schedule_at(Happening(clock, self._fire), at_s if at_s > clock.now else clock.now)

    def clear(self) -> None:
        """Call nobody."""
        self.due_s = inf

    def _fire(self, _event: Event) -> None:
        now_s = self._clock.now
        if now_s < self.next_s:
            return
        self.next_s = inf
        due_s = self.due_s
        if due_s <= now_s:
            self.due_s = inf
            self._call(now_s)
        elif due_s < inf:
            self.set(due_s)


class Playback(Happening):
    """Acts with the values of many series, each at its time.

    A series needs no process of its own: one event, scheduled again and again, serves all that change
    at one instant.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._clock = clock
        self._calls: list[Callable[[Any], None]] = [self._play]
        self._tracks: list[_Track] = []
        self._started = False

    def add(self, changes: Iterable[tuple[float, float]], act: Callable[[float], None]) -> None:
        """Play a series, given as its changes.

        Raises:
            ValueError: After `start`.
        """
        if self._started:
            raise ValueError("playback: a series must be played before the clock starts")
        track = _Track(iter(changes), act)
        if track.at_s < inf:
            self._tracks.append(track)

    def start(self) -> None:
        """Begin with the first change of all."""
        self._started = True
        self._schedule(min((track.at_s for track in self._tracks), default=inf))

    def _schedule(self, at_s: float) -> None:
        if at_s < inf:
            self.callbacks = self._calls
            self._clock.schedule_at(self, at_s)

    def _play(self, _event: Event) -> None:
        now_s = self._clock.now
        soonest_s = inf
        for track in self._tracks:
            if track.at_s == now_s:
                track.act(track.value)
                track.at_s, track.value = next(track.changes, _NEVER)
            if track.at_s < soonest_s:
                soonest_s = track.at_s
        if soonest_s < inf:
            self.callbacks = self._calls
            self._clock.schedule_at(self, soonest_s)


_NEVER = (inf, 0.0)


class _Track:
    """One series being played: its next change, and what to do with it."""

    __slots__ = ("act", "at_s", "changes", "value")

    def __init__(self, changes: Iterator[tuple[float, float]], act: Callable[[float], None]) -> None:
        self.changes = changes
        self.act = act
        self.at_s, self.value = next(changes, _NEVER)
