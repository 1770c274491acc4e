"""The site: the environment of the participants of one run."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Generator
from typing import Annotated, Any, ClassVar, Self, TypeVar

import numpy as np
from pydantic import Field, model_validator
from simpy import Event

from sim import units
from sim.books import audit
from sim.books.closed import Closed, Participant
from sim.books.closing import closed
from sim.books.enrolment import Entry, enrolled
from sim.books.ledger import Ledger
from sim.bus.account import Account
from sim.bus.bus import Bus
from sim.bus.clock import Clock
from sim.bus.description import Description
from sim.bus.door import Door
from sim.bus.flows import Flow
from sim.bus.roster import Roster
from sim.bus.stretch import IS_COMPILED
from sim.bus.terminal import Terminal
from sim.bus.track import Track
from sim.economics.asset import Asset
from sim.spec import Kind, Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.profile import series_of
from sim.timeseries.series import StepSeries
from sim.timeseries.service import Instants, PlannedOutage, Service, check_units, spans
from sim.weather.skies import Skies
from sim.weather.sky import Sky
from sim.weather.weather import Weather

_PROGRESS_STEPS = 100
T = TypeVar("T")


class Site:
    """The clock, bus, books, calendar, sky and random streams of one run.

    Attributes:
        env: The SimPy clock, in elapsed seconds.
        bus: The site's bus.
        ledger: The books.
        calendar: Converts elapsed seconds to local time.
        horizon_s: Length of the run.
        carbon_usd_per_kg: Carbon price, which sources add to their offers.
        jobs: One record per workload, for the jobs table.
        requests: One record per hour and class of requests of each stream.
        latencies: One record per bin of each histogram of each class of requests.
        bill: One record per month and line of each contract.
        closings: Called at the end of the run, in this order.
        skies: The skies above its participants.
    """

    def __init__(
        self,
        calendar: Calendar,
        horizon_s: float,
        *,
        seed: int = 0,
        record_s: float | None = None,
        carbon_usd_per_kg: float = 0.0,
        clock: Clock | None = None,
        weather: Weather | None = None,
    ) -> None:
        """Prepare a site.

        Args:
            calendar: Converts elapsed seconds to local time.
            horizon_s: Length of the run.
            seed: Seed of the random streams.
            record_s: Recording interval [s]; None records every change.
            carbon_usd_per_kg: Carbon price.
            clock: A clock shared with other sites. Default: a separate clock.
            weather: Weather of the site. Default: a typical year.
        """
        self.env = Clock() if clock is None else clock
        self.ledger = Ledger(calendar, horizon_s, record_s)
        self.bus = Bus(self.env, self.ledger)
        self.bus.closes_at_s = horizon_s  # the clock may go on for other sites
        self.calendar = calendar
        self.horizon_s = horizon_s
        self.carbon_usd_per_kg = carbon_usd_per_kg
        self.jobs: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.latencies: list[dict[str, Any]] = []
        self.bill: list[dict[str, Any]] = []
        self._entries: dict[str, Entry] = {}
        self._roster = Roster(self.bus, self.ledger.note)
        self._on_connected: list[Callable[[], None]] = []
        self.closings: list[Callable[[], None]] = []
        self._common: dict[type, Any] = {}
        self._seed = seed
        self.skies = Skies(weather, calendar, horizon_s, self.rng)

    def enrol(
        self, name: str, family: str, kind: str, unverified: int = 0, service: Service | None = None
    ) -> None:
        """Register a participant before it starts (see `Entry`).

        Until the next one is registered, what is connected and started belongs to it.

        Args:
            name: Its name.
            family: Its family.
            kind: Its kind.
            unverified: Number of its values that are unverified defaults.
            service: When it is in service. Default: for the whole run.
        """
        self._entries[name] = Entry(family, kind, unverified)
        self._roster.begin(name, service)

    def service(self, name: str) -> Service | None:
        """When a participant is in service; None if it is for the whole run."""
        return self._roster.service(name)

    def is_in_service(self, name: str) -> bool:
        """Whether a participant is in service now."""
        return self._roster.is_in_service(name, self.env.now)

    def service_years(self, name: str) -> float:
        """Time of a participant, or mean time of a fleet's units, in service [years of 365 days]."""
        service = self.service(name)
        share = 1.0 if service is None else service.in_service_pu.mean(0.0, self.horizon_s)
        return units.years(self.horizon_s) * share

    def on_turn(self, call: Callable[[], None]) -> None:
        """Register a function to call when the service of the participant that is starting may change."""
        self._roster.on_turn(call)

    def terminal(self, name: str, description: Description | None = None) -> Terminal:
        """Connect a participant to the bus.

        Args:
            name: Its name.
            description: How it describes itself in results.
        """
        terminal = self.bus.terminal(name, description)
        self._roster.connect(terminal)
        if owner := self._entries.get(self.env.owner):
            self._entries.setdefault(name, Entry(owner.family, owner.kind, 0))
        return terminal

    def common(self, kind: type[T]) -> T:
        """An object shared by participants: one instance of a class, created on first use."""
        if kind not in self._common:
            self._common[kind] = kind()
        found: T = self._common[kind]
        return found

    def rng(self, name: str) -> np.random.Generator:
        """The random stream of a name; it does not depend on other participants."""
        digest = hashlib.sha256(name.encode()).digest()
        key = tuple(int.from_bytes(digest[at : at + 4], "little") for at in range(0, 16, 4))
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self._seed, spawn_key=key)))

    def sky(self, name: str, own: Weather | None = None) -> Sky:
        """The sky above a participant: that of the site, or one for its own weather (see `Skies.above`)."""
        return self.skies.above(name, own)

    def series(self, spec: Spec, field: str) -> StepSeries:
        """A profile of a spec as a step function over the run (see `series_of`)."""
        return series_of(spec, field, self.calendar, self.horizon_s, self.skies.years)

    def process(self, generator: Generator[Event, Any, Any], unit: int | None = None) -> None:
        """Start a process, given as a generator of events.

        A process of a participant begins when that enters service and is given up when it retires.

        Args:
            generator: The process.
            unit: Number of the unit of a fleet whose service counts, from 0. Default: that of the whole.
        """
        self.env.process(self._roster.during(generator, unit))

    def play(self, series: StepSeries, act: Callable[[float], None]) -> None:
        """Call a function with the value of a series now and at each change; see `bus.track`.

        Raises:
            ValueError: After the start, or if the series does not cover the run.
        """
        times_s, values = series.changes(self.horizon_s)
        act(float(values[0]))
        if len(times_s) > 1:
            act = self.env.through(Door.SERIES, "", act)
            self.bus.play(Track(times_s[1:], values[1:], act, self.env.owner))

    def note(
        self, owner: str, event: str, detail: str = "", mw: float | None = None, at_s: float | None = None
    ) -> None:
        """Enter an event, of now or of an elapsed second of the run, unless its owner is out of service."""
        event_s = self.env.now if at_s is None else at_s
        if (at_s is None or at_s < self.horizon_s) and self._roster.is_in_service(owner, event_s):
            self.ledger.note(event_s, owner, event, detail, mw)

    def total_mwh(self, *flows: Flow, owner: str) -> float:
        """Energy of a participant's flows over the run, for `on_close`.

        Rows are posted in batches: while the clock runs it is the energy that has been posted so far.
        """
        return self.ledger.total_mwh(*flows, owner=owner)

    def posted(self, account: Account, owner: str) -> float:
        """Amount of a participant's account over the run, for `on_close`; see `total_mwh`."""
        return self.ledger.postings.total(account, owner)

    def on_connected(self, call: Callable[[], None]) -> None:
        """Register a function to call once all participants have connected, before the first settlement."""
        self._on_connected.append(self._roster.bound(call))

    def connected(self) -> None:
        """Tell those who wait for it that all participants have connected."""
        self._roster.end()
        while self._on_connected:
            self._on_connected.pop(0)()

    def on_close(self, call: Callable[[], None]) -> None:
        """Register a function to call at the end of the run, to enter amounts computed from the books."""
        self.closings.append(self.env.through(Door.CLOSING, "", call))

    def wait_h(self, duration_h: float) -> Event:
        """An event that succeeds after a duration [h]."""
        return self.env.timeout(units.seconds(duration_h))

    def run(self, progress: Callable[[float], None] | None = None) -> Closed:
        """Run to the horizon and close the books."""
        self.advance(progress)
        return self.close()

    def advance(self, progress: Callable[[float], None] | None = None) -> None:
        """Run to the horizon.

        Args:
            progress: Called 100 times during the run with the share completed, 0 to 1.
        """
        self.begin()
        steps = _PROGRESS_STEPS if progress else 1
        for step in range(1, steps + 1):
            self.env.advance_to(self.horizon_s * (step / steps))
            if progress:
                progress(step / steps)

    def begin(self) -> None:
        """Start the series and request the first settlement. `advance` does this for a single site."""
        self.connected()
        self.skies.tell(self.play, self.note)
        self.bus.begin()

    def close(self) -> Closed:
        """Update stores and books to the end of the run, audit the run and return the closed books.

        Raises:
            EnergyBalanceError: If the energy balance of the run does not close.
        """
        for keeper in self.bus.keepers:
            keeper.advance(self.horizon_s)
        self.ledger.close(self.horizon_s)
        balance = audit.balance(self.ledger, self.bus.keepers)
        for call in self.closings:
            call()
        return closed(
            self.ledger,
            balance,
            horizon_s=self.horizon_s,
            settlements=self.bus.settlements,
            is_compiled=IS_COMPILED and self.bus.is_compiled,
            participants=self.participants(),
            jobs=self.jobs,
            requests=self.requests,
            latencies=self.latencies,
            bill=self.bill,
            remarks=self.skies.extents(),
            same_weather=self.skies.same_for_all_seeds(),
        )

    def participants(self) -> tuple[Participant, ...]:
        """All participants that were enrolled or connected."""
        entries, terminals = self._entries, self.bus.terminals
        return tuple(
            enrolled(name, entries.get(name, Entry("", "", 0)), terminals.get(name), self.service(name))
            for name in sorted({*entries, *terminals})
        )


class Source(Kind):
    """A participant that is connected to the bus and mainly supplies power.

    To define a new kind of source, write a subclass with fields, a `kind` and `start`. Service and planned
    outages need no code: while a source is out, the bus ignores its offers and bids.
    """

    members: ClassVar[dict[str, type[Kind]]]
    unit_word: ClassVar[str] = "unit"
    """What a unit is called, for a fleet."""
    usual_cost: ClassVar[Asset | None] = None
    """What equipment of the kind usually costs, with its source; None if no figure is at hand."""

    in_service: Instants | None = None
    """When it enters service: a date, a local time, or days after the start of the run. Before, it neither
    gives nor takes power, costs nothing and does not fail. A fleet may have a list with one entry for each
    unit. Default: before the start."""
    retired: Instants | None = None
    """When it retires, given like `in_service`. Default: after the end."""
    planned_outages: Annotated[tuple[PlannedOutage, ...], Field(max_length=10_000)] | None = None
    """Planned outages, besides the random ones. Default: none."""

    @model_validator(mode="after")
    def _has_units(self) -> Self:
        check_units(self, self.fleet_size(), self.planned_outages or ())
        return self

    def nameplate(self) -> tuple[float | None, float | None]:
        """Nameplate power [MW] and energy [MWh], for the cost of capital; None for what it does not have."""
        return None, None

    def least_usd_per_mwh(self, carbon_usd_per_kg: float) -> dict[str, float] | None:  # noqa: ARG002
        """Least running cost of a MWh by line of the bill, carbon included. Default: it is not known."""
        return None

    def fleet_size(self) -> int | None:
        """Number of units of a fleet, which follows the service of each unit; None without units."""
        return None

    def service_in(self, calendar: Calendar, horizon_s: float) -> Service | None:
        """When it is in service during a run; None if it is for the whole run.

        Raises:
            SpecError: If a local time does not exist, or it retires before it is in service.
        """
        size = self.fleet_size()
        found = spans(self, calendar, horizon_s, size, self.planned_outages or ())
        word = "" if size is None else self.unit_word
        return None if found is None else Service(found, word, horizon_s)

    @abstractmethod
    def start(self, site: Site, name: str) -> None:
        """Connect to the site and start the processes.

        Args:
            site: The site.
            name: Name of the source.
        """
