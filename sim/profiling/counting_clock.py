"""The counting clock: a clock on which functions of participants are counted and timed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, cast

from simpy import Event, Process

from sim.bus.block import Block
from sim.bus.clock import Call, Clock
from sim.bus.door import Door
from sim.bus.settlement import Settlement
from sim.profiling.stopwatch import Entry, Stopwatch, is_python, name_of

_AHEAD = {Door.MOVER: 1, Door.WHOLE_AMOUNTS: 1, Door.LISTENER: 0, Door.WATCH: 0}
"""What is called in a settlement: 1 before it is counted, 0 after."""


class CountingClock(Clock):
    """A clock that hands out counted functions in place of those written in Python.

    It carries one site, and gives the same results as any other clock.

    Attributes:
        watch: Measures the time.
        settling: What is neither a function of a participant nor SimPy: settlements and books.
        events: SimPy's own work; its calls are events.
    """

    def __init__(self) -> None:
        super().__init__()
        self.watch = Stopwatch()
        self.settling = Entry("", "settlement", "")
        self.events = Entry("", Door.EVENT, "")
        self._advance_to = self.watch.timed(self.settling, super().advance_to)
        self._step = self.watch.timed(self.events, super().step)
        self._has_begun = False

    def through(self, door: Door, owner: str, call: Call) -> Call:
        """The function, counted if it is written in Python.

        Those of a block or a bus stay: series of them are played by the settlement itself.
        """
        is_played = door is Door.SERIES and isinstance(getattr(call, "__self__", None), Block | Settlement)
        if is_played or not is_python(call):
            return call
        entry = self.watch.entry_of(self._owner(owner), door, name_of(call))
        return cast("Call", self.watch.timed(entry, call, _AHEAD.get(door, -1)))

    def process(self, generator: Generator[Event, Any, Any]) -> Process:
        """Start a process; each time that it goes on is a call."""
        entry = self.watch.entry_of(self._owner(""), Door.PROCESS, name_of(generator))
        return super().process(_Counted(generator, lambda call: self.watch.timed(entry, call)))

    def call_at(self, at_s: float, call: Callable[[float], None]) -> None:
        """Call a function with the time at an elapsed second, or now if that is in the past."""
        super().call_at(at_s, self.through(Door.EVENT, "", call))

    def call_last(self, call: Callable[[Any], None]) -> None:
        """Call a function at this instant, after its other events and before the buses settle."""
        super().call_last(self.through(Door.EVENT, "", call))

    def advance_to(self, end_s: float) -> None:
        """Process events until an elapsed second; settle at the end of each instant."""
        if not self._has_begun:
            self._has_begun = True
            self.watch.begin(self.markets[0].numbers)
        self._advance_to(end_s)

    def step(self) -> None:
        """Process the next event."""
        self._step()

    def _owner(self, owner: str) -> str:
        """The participant that is starting, or the one given, or the one whose function is running."""
        return self.owner or owner or self.watch.entry.owner or "site"


class _Counted(Generator[Event, Any, Any]):
    """A process whose generator is counted."""

    def __init__(
        self,
        generator: Generator[Event, Any, Any],
        timed: Callable[[Callable[..., Any]], Callable[..., Any]],
    ) -> None:
        self.__name__ = getattr(generator, "__name__", "process")
        self._send, self._throw = timed(generator.send), timed(generator.throw)

    def send(self, value: Any) -> Any:
        """Go on with a value."""
        return self._send(value)

    def throw(self, *given: Any) -> Any:
        """Go on with an error."""
        return self._throw(*given)
