"""The site: what a participant is given when it starts."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Generator, Sequence
from typing import Any, ClassVar, NamedTuple, TypeVar

import numpy as np
from simpy import Event

from sim import units
from sim.books import audit
from sim.books.closed import Bound, Closed, Participant
from sim.books.ledger import Ledger
from sim.books.metered import Metered
from sim.bus.account import Account
from sim.bus.block import Block
from sim.bus.bus import Bus
from sim.bus.clock import Clock, Playback
from sim.bus.description import Description
from sim.bus.flows import Flow
from sim.bus.terminal import Terminal
from sim.spec import Kind
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import StepSeries
from sim.weather.sky import Sky
from sim.weather.weather import TypicalYear, Weather

_PROGRESS_STEPS = 100

T = TypeVar("T")


class Entry(NamedTuple):
    """Where a participant stands in the model it comes from.

    Attributes:
        family: `supply`, `demand`, `servers` or `facility`.
        kind: Its kind.
        unverified: How many of its values stand at a default that nobody has verified.
    """

    family: str
    kind: str
    unverified: int


class Site:
    """One run's clock, bus, books, calendar, sky and random streams.

    Attributes:
        env: The SimPy clock, in elapsed seconds.
        bus: The site's bus.
        ledger: The books.
        calendar: Which local moment an elapsed second is.
        horizon_s: Length of the run.
        carbon_usd_per_kg: Price of carbon, which sources add to their offers.
        jobs: A record for each workload, for the jobs table.
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
            calendar: Which local moment an elapsed second is.
            horizon_s: Length of the run.
            seed: Seed of its random streams.
            record_s: Interval over which flows are recorded; None records every change.
            carbon_usd_per_kg: Price of carbon.
            clock: The clock it lives on, with other sites; one of its own if not given.
            weather: Its weather; that of a typical year if not given.
        """
        self.env = Clock() if clock is None else clock
        self.ledger = Ledger(calendar, horizon_s, record_s)
        self.bus = Bus(self.env, self.ledger)
        self.calendar = calendar
        self.horizon_s = horizon_s
        self._playback = Playback(self.env)
        self.carbon_usd_per_kg = carbon_usd_per_kg
        self.jobs: list[dict[str, Any]] = []
        self._entries: dict[str, Entry] = {}
        self._on_close: list[Callable[[], None]] = []
        self._common: dict[type, Any] = {}
        self._seed = seed
        self._sky = Sky(weather or TypicalYear(), calendar, horizon_s, self.rng("site/clouds"))

    def enrol(self, name: str, family: str, kind: str, unverified: int = 0) -> None:
        """Say where a participant stands in the model, before it starts (see `Entry`)."""
        self._entries[name] = Entry(family, kind, unverified)

    def terminal(self, name: str, description: Description | None = None) -> Terminal:
        """Connect a participant to the bus.

        Args:
            name: Its name.
            description: What it says of itself.
        """
        return self.bus.terminal(name, description)

    def common(self, kind: type[T]) -> T:
        """What participants have in common: one instance of a class, made when it is first asked for."""
        if kind not in self._common:
            self._common[kind] = kind()
        found: T = self._common[kind]
        return found

    def rng(self, name: str) -> np.random.Generator:
        """The random stream of a name: the same whoever else takes part."""
        digest = hashlib.sha256(name.encode()).digest()
        key = tuple(int.from_bytes(digest[at : at + 4], "little") for at in range(0, 16, 4))
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self._seed, spawn_key=key)))

    def sky(self, name: str, own: Weather | None = None) -> Sky:
        """The sky a participant sees.

        Args:
            name: The participant.
            own: Its own weather, with clouds of its own. Default: the weather of the site, with clouds that
                all who see it share.
        """
        if own is None:
            return self._sky
        return Sky(own, self.calendar, self.horizon_s, self.rng(f"{name}/clouds"))

    def process(self, generator: Generator[Event, Any, Any]) -> None:
        """Let a generator live on the clock."""
        self.env.process(generator)

    def play(self, series: StepSeries, act: Callable[[float], None]) -> None:
        """Act with the value of a series now, and at each of its changes."""
        changes = series.changes(self.horizon_s)
        _, first = next(changes)
        act(first)
        self._playback.add(changes, act)

    def note(self, owner: str, event: str, detail: str = "", mw: float | None = None) -> None:
        """Enter something that happens now into the events table."""
        self.ledger.note(self.env.now, owner, event, detail, mw)

    def add_contract(self, drawn: Sequence[Block], fed: Sequence[Block], prices: Sequence[StepSeries]) -> int:
        """Meter the energy of a contract (see `Ledger.add_contract`)."""
        return self.ledger.add_contract(drawn, fed, prices)

    def metered(self, number: int) -> Metered:
        """Energy of a contract over the run, interval by interval, once the books are closed."""
        return self.ledger.metered(number)

    def total_mwh(self, *flows: Flow, owner: str) -> float:
        """Energy of a participant's flows so far; over the run once the books are closed."""
        return self.ledger.total_mwh(*flows, owner=owner)

    def posted(self, account: Account, owner: str) -> float:
        """Amount of a participant's account so far."""
        return self.ledger.postings.total(account.name, owner)

    def on_close(self, call: Callable[[], None]) -> None:
        """Call a function once the books are up to date, to enter what is drawn up from them."""
        self._on_close.append(call)

    def wait_h(self, duration_h: float) -> Event:
        """An event in so many hours."""
        return self.env.timeout(units.seconds(duration_h))

    def run(self, progress: Callable[[float], None] | None = None) -> Closed:
        """Let the clock run to the horizon and close the books."""
        self.advance(progress)
        return self.close()

    def advance(self, progress: Callable[[float], None] | None = None) -> None:
        """Let the clock run to the horizon.

        Args:
            progress: Called a hundred times in all with the share of the run that is done.
        """
        self.begin()
        if progress:
            for share in range(1, _PROGRESS_STEPS):
                self.env.advance_to(self.horizon_s * share / _PROGRESS_STEPS)
                progress(share / _PROGRESS_STEPS)
        self.env.advance_to(self.horizon_s)
        if progress:
            progress(1.0)

    def begin(self) -> None:
        """Start what is played, and ask for the first settlement; `advance` does it for a site alone."""
        self._playback.start()
        self.bus.ask("site")

    def close(self) -> Closed:
        """Bring stores and books up to the end of the run, audit it, and give what is left.

        Raises:
            EnergyBalanceError: If the energy books of the run do not close.
        """
        for keeper in self.bus.keepers:
            keeper.advance(self.horizon_s)
        ledger = self.ledger
        ledger.close(self.horizon_s)
        balance = audit.balance(ledger, self.bus.keepers)
        for call in self._on_close:
            call()
        t_s, flows = ledger.journal.take()
        return Closed(
            horizon_s=self.horizon_s,
            columns=tuple(ledger.layout.columns),
            totals=ledger.totals,
            t_s=t_s,
            flows=flows,
            demand_edges_s=ledger.demand_edges_s,
            demand_mw=ledger.demand_mw,
            postings=tuple(ledger.postings.close()),
            edges_s=dict(ledger.postings.edges_s),
            curtailed_mwh=dict(ledger.curtailed_mwh),
            unserved_mwh=dict(ledger.unserved_mwh),
            peak_load_mw=ledger.peak_load_mw,
            peak_load_at_s=ledger.peak_load_at_s,
            balance=balance,
            settlements=self.bus.settlements,
            participants=self._participants(),
            events=tuple(ledger.events),
            jobs=tuple(self.jobs),
        )

    def _participants(self) -> tuple[Participant, ...]:
        """Everyone who was enrolled or connected."""
        names = sorted({*self._entries, *self.bus.terminals})
        return tuple(self._participant(name) for name in names)

    def _participant(self, name: str) -> Participant:
        entry = self._entries.get(name, Entry("", "", 0))
        terminal = self.bus.terminals.get(name)
        message = terminal.description if terminal else Description()
        low, high = (terminal.lowest_mwh, terminal.highest_mwh) if terminal else (None, None)
        return Participant(
            name=name,
            family=entry.family,
            kind=entry.kind,
            label=message.label or entry.kind.replace("_", " "),
            size=message.size,
            caveat=message.caveat,
            colour=message.colour,
            capacity_mw=message.capacity_mw,
            unverified=entry.unverified,
            firm_mw=terminal.firm_mw.series if terminal else StepSeries(np.zeros(1), np.zeros(1)),
            bounds=tuple(
                Bound(limit.label, limit.flow, limit.mw.series, limit.none)
                for limit in (terminal.limits if terminal else ())
            ),
            lowest_mwh=low.series if low else None,
            highest_mwh=high.series if high else None,
        )


class Source(Kind):
    """A kind of participant that lives on the bus and mostly supplies power.

    A source of one's own is a subclass with fields, a `kind` and `start`.
    """

    members: ClassVar[dict[str, type[Kind]]]

    @abstractmethod
    def start(self, site: Site, name: str) -> None:
        """Connect to the site under a name, prepare what is needed and start the processes."""
