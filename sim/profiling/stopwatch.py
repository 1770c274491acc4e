"""The stopwatch: counts the calls of functions, and the time that each takes without those it calls."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Generator
from functools import partial
from math import inf
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from sim.bus.numbers import Numbers

_COARSEST_S = 1e-6
IS_PROCESSOR_TIME = time.get_clock_info("thread_time").resolution <= _COARSEST_S
"""Whether it measures the processor time of this thread; where that is too coarse, the time on the wall."""
_now_ns = time.thread_time_ns if IS_PROCESSOR_TIME else time.perf_counter_ns
_TRIES, _CALLS = 7, 2_000


class Entry:
    """The calls of one function.

    Attributes:
        owner: The participant.
        what: Where it is called.
        function: Its name.
        calls: Number of its calls.
        nested: Number of calls of counted functions from it.
        own_ns: Time that it took, without counted functions that it called [ns].
    """

    __slots__ = ("calls", "function", "nested", "own_ns", "owner", "what")

    def __init__(self, owner: str, what: str, function: str) -> None:
        self.owner = owner
        self.what = what
        self.function = function
        self.reset()

    def reset(self) -> None:
        """Begin again."""
        self.calls = self.nested = self.own_ns = 0


class Cost(NamedTuple):
    """What counting a call costs [ns].

    Attributes:
        inside_ns: The part of it that is measured as time of the function.
        outside_ns: The part that is measured as time of what calls it.
    """

    inside_ns: float
    outside_ns: float


class Stopwatch:
    """One clock for a whole run: at any time it runs for one entry.

    Attributes:
        outside: What is in no counted function.
        entry: What it runs for now.
        entries: All others, by owner, place and name of the function.
        touched: Number of settlements in which a function was called.
        preparation_ns: Time before the run began [ns].
    """

    def __init__(self) -> None:
        self.outside = self.entry = Entry("", "", "")
        self.entries: dict[tuple[str, str, str], Entry] = {}
        self.touched = self.preparation_ns = 0
        self._last = 0
        self._numbers = Numbers()
        self._mark_ns = _now_ns()

    def begin(self, numbers: Numbers) -> None:
        """Begin the run: what came before was its preparation.

        Args:
            numbers: Those of the bus, which tell in which settlement a function is called.
        """
        self._numbers = numbers
        now_ns = _now_ns()
        self.preparation_ns = now_ns - self._mark_ns + self.outside.own_ns
        self.preparation_ns += sum(entry.own_ns for entry in self.entries.values())
        for entry in (self.outside, *self.entries.values()):
            entry.reset()
        self._mark_ns = now_ns

    def stop(self) -> None:
        """End the run."""
        now_ns = _now_ns()
        self.entry.own_ns += now_ns - self._mark_ns
        self._mark_ns = now_ns

    def entry_of(self, owner: str, what: str, function: str) -> Entry:
        """The entry of a function; functions of one name and owner share it."""
        key = owner, what, function
        found = self.entries.get(key)
        if found is None:
            found = self.entries[key] = Entry(*key)
        return found

    def timed(self, entry: Entry, call: Callable[..., Any], ahead: int = -1) -> Callable[..., Any]:
        """A function that does the same, with its calls counted and its time measured.

        Args:
            entry: Where they are counted.
            call: The function.
            ahead: For what is called in a settlement: 1 if before the settlement is counted, 0 if after;
                -1 for all else.
        """

        def run(*given: Any) -> Any:
            caller = self.entry
            if ahead >= 0:
                number = self._numbers.settlements + ahead
                if number != self._last:
                    self._last = number
                    self.touched += 1
            caller.nested += 1
            entry.calls += 1
            self.entry = entry
            now_ns = _now_ns()
            caller.own_ns += now_ns - self._mark_ns
            self._mark_ns = now_ns
            try:
                return call(*given)
            finally:
                now_ns = _now_ns()
                entry.own_ns += now_ns - self._mark_ns
                self._mark_ns = now_ns
                self.entry = caller

        return run


def cost() -> Cost:
    """Measure what counting a call costs: the least of several tries."""
    bare_ns = inside_ns = both_ns = inf
    for _ in range(_TRIES):
        watch = Stopwatch()
        entry = watch.entry_of("", "", "")
        bare_ns = min(bare_ns, _loop_ns(_nothing))
        both_ns = min(both_ns, _loop_ns(watch.timed(entry, _nothing, 0)))
        inside_ns = min(inside_ns, entry.own_ns / _CALLS)
    inside_ns = max(0.0, inside_ns - bare_ns)
    return Cost(inside_ns, max(0.0, both_ns - bare_ns - inside_ns))


def _loop_ns(call: Callable[[float], None]) -> float:
    began_ns = _now_ns()
    for _ in range(_CALLS):
        call(0.0)
    return (_now_ns() - began_ns) / _CALLS


def _nothing(_now_s: float) -> None:
    """Do nothing."""


def is_python(call: Callable[..., Any]) -> bool:
    """Whether a function is written in Python; otherwise it is compiled."""
    function = _function(call)
    return isinstance(function, FunctionType) or isinstance(
        inspect.getattr_static(function, "__call__"), FunctionType
    )


def name_of(call: Callable[..., Any] | Generator[Any, Any, Any]) -> str:
    """The name of a function or a process with that of its class; of a lambda the file and line."""
    function = _function(call)
    code: CodeType | None = getattr(function, "__code__", None)
    name = getattr(function, "__qualname__", type(function).__qualname__).replace(".<locals>", "")
    if code is None or not name.endswith("<lambda>"):
        return str(name)
    return f"lambda, {Path(code.co_filename).name}:{code.co_firstlineno}"


def _function(call: Any) -> Any:
    """The function behind a method or a partial one."""
    while isinstance(call, partial):
        call = call.func
    return getattr(call, "__func__", call)
