"""The roster: which participants are in service, and what follows for their terminals and processes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from math import fsum, inf
from typing import Any, Protocol

from simpy import Event

from sim.bus.bus import Bus
from sim.bus.clock import Clock
from sim.bus.terminal import Terminal
from sim.timeseries.service import PLANNED_OUTAGE, Service, Span


class Note(Protocol):
    """Enters an event into the events table."""

    def __call__(self, t_s: float, owner: str, event: str, detail: str, mw: float | None) -> None:
        """Enter it."""


class Roster:
    """The service of all participants during a run.

    A participant that is out of service takes no part: the bus ignores its blocks, its processes have not
    begun or have ended, and its accounts stand still. The same holds during a planned outage, but for
    processes and accounts; what the participant would have offered is missing then.
    """

    def __init__(self, bus: Bus, note: Note) -> None:
        self._bus = bus
        self._note = note
        self._services: dict[str, Service] = {}
        self._terminals: dict[str, list[Terminal]] = {}
        self._owners: dict[str, str] = {}
        self._turns: dict[str, list[Callable[[], None]]] = {}
        self._starting = ""
        self._out: set[str] = set()

    def begin(self, name: str, service: Service | None) -> None:
        """Begin with a participant: what is connected and started from now on belongs to it."""
        self._starting = self._bus.env.owner = name
        self._terminals[name] = []
        if service is None:
            return
        self._services[name] = service
        self._turns[name] = []
        for edge_s in service.edges_s():
            self._bus.env.call_at(edge_s, partial(self._turn, name))
        if not service.word and any(unit.outages_s for unit in service.units):
            self._bus.listen(partial(self._state_missing, name))

    def end(self) -> None:
        """All participants have started."""
        self._starting = self._bus.env.owner = ""

    def bound(self, call: Callable[[], None]) -> Callable[[], None]:
        """A function whose later call belongs to the participant that is starting now."""
        name = self._starting

        def later() -> None:
            self._starting = self._bus.env.owner = name
            call()
            self._starting = self._bus.env.owner = ""

        return later

    def service(self, name: str) -> Service | None:
        """The service of a participant; None if it is there for the whole run."""
        return self._services.get(name)

    def connect(self, terminal: Terminal) -> None:
        """Connect a terminal of the participant that is starting."""
        name = self._starting
        self._owners[terminal.name] = name
        if name in self._terminals:
            self._terminals[name].append(terminal)
        service = self._services.get(name)
        if service is not None:
            terminal.in_service = service.over_run(service.is_in_service)
            terminal.open_pu = service.over_run(service.is_open)
            self._apply(terminal, service, self._bus.env.now)

    def on_turn(self, call: Callable[[], None]) -> None:
        """Register a function to call when the service of the participant that is starting may change."""
        if self._starting in self._turns:
            self._turns[self._starting].append(call)

    def is_in_service(self, owner: str, at_s: float) -> bool:
        """Whether a participant, or the owner of a terminal, is in service at an elapsed second."""
        service = self._services.get(self._owners.get(owner, owner))
        return service is None or service.is_in_service(at_s)

    def during(self, generator: Generator[Event, Any, Any], unit: int | None) -> Generator[Event, Any, Any]:
        """A process of the participant that is starting, within its service or that of a unit."""
        service = self._services.get(self._starting)
        if service is None:
            return generator
        units = service.units if unit is None else service.units[unit : unit + 1]
        begin_s = min((one.begin_s for one in units), default=inf)
        end_s = max((one.end_s for one in units), default=-inf)
        if begin_s <= 0.0 and end_s == inf:
            return generator
        wrapped = _within(self._bus.env, generator, max(begin_s, 0.0), end_s)
        wrapped.__name__ = getattr(generator, "__name__", "process")  # type: ignore[attr-defined] # for messages
        wrapped.__qualname__ = getattr(generator, "__qualname__", "process")  # type: ignore[attr-defined]
        return wrapped

    def _apply(self, terminal: Terminal, service: Service, now_s: float) -> None:
        terminal.serve(service.is_in_service(now_s))
        self._bus.set_aside(terminal, not service.is_open(now_s))

    def _turn(self, name: str, now_s: float) -> None:
        """Let terminals and units follow the service of a participant."""
        service = self._services[name]
        for terminal in self._terminals[name]:
            self._apply(terminal, service, now_s)
        for call in self._turns[name]:
            call()
        self._tell(name, service, now_s)
        self._bus.ask(name)

    def _tell(self, name: str, service: Service, now_s: float) -> None:
        """Note which units have entered service, retired, or begun or ended a planned outage."""
        changes: dict[str, list[int]] = {}
        for number, unit in enumerate(service.units):
            for event in _events(unit, now_s):
                changes.setdefault(event, []).append(number)
        for event, numbers in changes.items():
            self._note(now_s, name, event, *self._size(name, service, numbers))

    def _size(self, name: str, service: Service, numbers: list[int]) -> tuple[str, float | None]:
        """Which units an event is of, and their power: nameplate, rated power or firm capacity."""
        terminals = self._terminals[name]
        capacity_mw = fsum(
            one.description.capacity_mw or one.rated_mw or one.firm_mw.value for one in terminals
        )
        mw = capacity_mw * len(numbers) / len(service.units) if capacity_mw else None
        if not service.word:
            return next((terminal.description.size for terminal in terminals), ""), mw
        listed = ", ".join(str(number + 1) for number in numbers)
        if len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1:
            listed = f"{numbers[0] + 1} to {numbers[-1] + 1}"
        return f"{service.word}{'s' if len(numbers) > 1 else ''} {listed}", mw

    def _state_missing(self, name: str, now_s: float) -> None:
        """State what a participant under a planned outage would have offered."""
        is_out = any(unit.is_planned_out(now_s) for unit in self._services[name].units)
        if not is_out and name not in self._out:
            return
        self._out = self._out | {name} if is_out else self._out - {name}
        for terminal in self._terminals[name]:
            mw = fsum(block.mw for block in terminal.blocks if block.is_offer) if is_out else 0.0
            terminal.tell_missing(PLANNED_OUTAGE, mw)


def _events(unit: Span, now_s: float) -> list[str]:
    """What happens to a unit at an instant."""
    if unit.begin_s == now_s:
        return ["in service"]
    if unit.end_s == now_s:
        return ["retired"]
    found = []
    if any(end_s == now_s for _, end_s in unit.outages_s) and unit.is_in_service(now_s):
        found.append(f"{PLANNED_OUTAGE} ended")
    if any(begin_s == now_s for begin_s, _ in unit.outages_s) and unit.is_in_service(now_s):
        found.append(PLANNED_OUTAGE)
    return found


def _within(
    clock: Clock, generator: Generator[Event, Any, Any], begin_s: float, end_s: float
) -> Generator[Event, Any, Any]:
    """A process that begins at an instant and is given up at its first event after another one."""
    if begin_s == inf:
        generator.close()
        return
    if begin_s > 0.0:
        yield clock.wait_until(begin_s)
    proceed: Callable[[], Event] = partial(next, generator)
    while clock.now < end_s:
        try:
            event = proceed()
        except StopIteration:
            return
        try:
            proceed = partial(generator.send, (yield event))
        except Exception as error:  # noqa: BLE001 - an event that has failed is the process's own affair
            proceed = partial(generator.throw, error)
    generator.close()
