"""The clock: SimPy's environment, with events at absolute times."""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import heappush
from math import inf
from typing import Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

from simpy import Environment, Event, Process
from simpy.events import NORMAL, EventPriority

from sim.bus.door import Door
from sim.bus.numbers import Numbers
from sim.errors import OscillationError

_LAST = EventPriority(NORMAL + 1)
"""Priority of what comes after all other events of an instant."""
_MOST_EVENTS = 500_000
"""Number of successive events within which the clock must advance."""

Call = TypeVar("Call", bound=Callable[..., Any])


class Market(Protocol):
    """The interface of the bus that the clock uses.

    Attributes:
        numbers: Say whether a settlement has been requested at this instant.
        next_s: Elapsed second of its next instant of its own: a series changes, or a mover has its turn.
        is_compiled: Whether `go` is faster than the other methods, which do the same.
    """

    numbers: Numbers
    next_s: float
    is_compiled: bool

    def go(self, end_s: float) -> None:
        """Settle, and go on to instants of its own until an event of the clock is due, or to a time."""

    def begin_instant(self, now_s: float) -> None:
        """Begin an instant of its own."""

    def settle(self, now_s: float) -> None:
        """Settle."""


class _Closed:
    """A market that never requests a settlement, for a clock without a bus."""

    next_s = inf
    is_compiled = False

    def __init__(self) -> None:
        self.numbers = Numbers()

    def go(self, end_s: float) -> None:
        """Go nowhere."""

    def begin_instant(self, now_s: float) -> None:
        """Begin nothing."""

    def settle(self, now_s: float) -> None:
        """Settle nothing."""


class Clock(Environment):
    """A SimPy environment that schedules at absolute times and detects the end of an instant.

    SimPy adds a delay to the current time, which causes rounding errors. Participants that act at the same
    instant must take part in the same settlement, so known instants are scheduled as absolute times.

    Attributes:
        markets: The buses it settles, in order of registration.
        owner: Name of the participant whose processes are being started; empty if none is.
    """

    def __init__(self) -> None:
        super().__init__(0.0)
        self.markets: list[Market] = []
        self.owner = ""
        self._owners: WeakKeyDictionary[Event, str] = WeakKeyDictionary()

    def through(self, door: Door, owner: str, call: Call) -> Call:  # noqa: ARG002 - for a clock that counts
        """A function of a participant as it is to be called; a clock that counts calls gives another one.

        Args:
            door: Where it is called.
            owner: Who it belongs to, unless its participant is being started; empty if that is not known.
            call: The function.
        """
        return call

    def process(self, generator: Generator[Event, Any, Any]) -> Process:
        """Start a process; it belongs to the owner, or to that of the process that starts it."""
        owner = self.owner if self.active_process is None else self._owners.get(self.active_process, "")
        process = Process(self, generator)
        if owner:
            self._owners[process] = owner
        return process

    def advance_to(self, end_s: float) -> None:
        """Process events until an elapsed second; settle each bus that requests it at the end of an instant.

        The order within an instant: the instants of the buses themselves (series, in the order in which they
        were added, then turns of movers), then SimPy's events in their order, then the settlements. An
        instant ends when it has no events left, of any priority; a settlement may add some. Several buses
        come in the order of their registration.

        Raises:
            OscillationError: If the clock does not advance within 500,000 events.
        """
        if len(self.markets) == 1 and self.markets[0].is_compiled:
            self._advance_in_stretches(self.markets[0], end_s)
        else:
            self._advance_in_instants(end_s)

    def _advance_in_stretches(self, market: Market, end_s: float) -> None:
        """Let a bus go on by itself between the events."""
        queue, step = self._queue, self.step
        while True:
            began_s = self._now
            for _ in range(_MOST_EVENTS):
                head_s = queue[0][0] if queue else inf
                if head_s > self._now or head_s >= market.next_s:
                    market.go(end_s)
                if queue and queue[0][0] < end_s:
                    step()
                else:
                    self._now = end_s
                    return
            self._require_progress(began_s)

    def _advance_in_instants(self, end_s: float) -> None:
        """Let all buses come to each instant and settle at its end."""
        queue, step = self._queue, self.step
        first, *others = self.markets or [_Closed()]
        numbers = first.numbers
        while True:
            began_s = self._now
            for _ in range(_MOST_EVENTS):
                head_s = queue[0][0] if queue else inf
                own_s = min(first.next_s, *[one.next_s for one in others]) if others else first.next_s
                if (numbers.asked or others) and head_s > self._now < own_s:
                    asking = (
                        first if numbers.asked else next((one for one in others if one.numbers.asked), None)
                    )
                    if asking is not None:
                        asking.settle(self._now)
                        continue
                if own_s <= head_s and own_s < end_s:
                    self._now = own_s
                    if first.next_s <= own_s:
                        first.begin_instant(own_s)
                    for market in others:
                        if market.next_s <= own_s:
                            market.begin_instant(own_s)
                elif head_s < end_s:
                    step()
                else:
                    self._now = end_s
                    return
            self._require_progress(began_s)

    def _require_progress(self, began_s: float) -> None:
        if self._now == began_s:
            message = f"the clock has not advanced from {began_s} s after {_MOST_EVENTS:,} events"
            raise OscillationError(f"{self._busy()}: {message}")

    @property
    def queue(self) -> list[tuple[float, EventPriority, int, Event]]:
        """The events to come, as a heap."""
        return self._queue

    def set_now(self, now_s: float) -> None:
        """Set the time to an instant of a bus, at which no event is due before."""
        self._now = now_s

    def owner_of(self, event: Event) -> str:
        """The participant that a process or an event belongs to; empty if that is not known."""
        return self._owners.get(event, "")

    def _busy(self) -> str:
        """Owner of the next process, or its name if it has none."""
        calls = self._queue[0][3].callbacks if self._queue else None
        process = getattr(calls[0], "__self__", None) if calls else None
        if not isinstance(process, Process):
            return "site"
        return self._owners.get(process, process.name)

    def schedule_at(self, event: Event, at_s: float) -> None:
        """Schedule an event at an elapsed second, which must not be in the past."""
        heappush(self._queue, (at_s, NORMAL, next(self._eid), event))

    def call_at(self, at_s: float, call: Callable[[float], None]) -> None:
        """Call a function with the time at an elapsed second, or now if that is in the past."""
        event = Happening(self, lambda _: call(self._now))
        if self.owner:
            self._owners[event] = self.owner
        self.schedule_at(event, max(at_s, self._now))

    def call_last(self, call: Callable[[Any], None]) -> None:
        """Call a function at this instant, after its other events and before the buses settle."""
        heappush(self._queue, (self._now, _LAST, next(self._eid), Happening(self, call)))

    def wait_until(self, at_s: float) -> Event:
        """An event at an elapsed second, for a process to yield."""
        event = Happening(self)
        self.schedule_at(event, max(at_s, self.now))
        return event


class Happening(Event):
    """An event that is certain to occur, like a timeout; it can be scheduled again afterwards."""

    def __init__(self, env: Environment, *calls: Callable[[Any], None]) -> None:
        self.env = env
        self.callbacks: list[Callable[[Any], None]] = [*calls]
        self._ok = True
        self._value = None


class Alarm:
    """Calls a function at an elapsed second, which can be changed or cleared until then.

    An event scheduled for an earlier time than the current setting fires and is ignored.

    Attributes:
        due_s: Elapsed second at which it calls; infinite while it is not set.
        next_s: Elapsed second of its next event. What sets an alarm at every settlement writes `due_s`, and
            calls `set` only if that comes first.
    """

    __slots__ = ("_call", "_clock", "due_s", "next_s")

    def __init__(self, clock: Clock, call: Callable[[float], None]) -> None:
        self._clock = clock
        self._call = clock.through(Door.EVENT, "", call)
        self.next_s = self.due_s = inf

    def set(self, at_s: float) -> None:
        """Set the alarm to an elapsed second, replacing the previous setting."""
        self.due_s = at_s
        if at_s < self.next_s:
            self.next_s = at_s
            clock = self._clock
            clock.schedule_at(Happening(clock, self._fire), at_s if at_s > clock.now else clock.now)

    def clear(self) -> None:
        """Clear the alarm."""
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
