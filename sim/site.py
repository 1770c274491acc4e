"""The site: what a participant is given when it starts."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Generator
from typing import Any, ClassVar

import numpy as np
from simpy import Event

from sim import units
from sim.books.ledger import Ledger
from sim.bus.account import Rate
from sim.bus.bus import Bus
from sim.bus.clock import Clock, Playback
from sim.bus.terminal import Terminal
from sim.spec import Kind
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import StepSeries
from sim.weather.sky import Sky
from sim.weather.weather import TypicalYear, Weather

_PROGRESS_STEPS = 100


class Site:
    """One run's clock, bus, books, calendar, sky and luck.

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
        weather: Weather | None = None,
    ) -> None:
        self.env = Clock()
        self.ledger = Ledger(horizon_s, record_s, calendar.into_quarter_s)
        self.bus = Bus(self.env, self.ledger, horizon_s)
        self.calendar = calendar
        self.horizon_s = horizon_s
        self._playback = Playback(self.env)
        self.carbon_usd_per_kg = carbon_usd_per_kg
        self.jobs: list[dict[str, Any]] = []
        self._after: list[Callable[[], None]] = []
        self._seed = seed
        self._sky = Sky(weather or TypicalYear(), calendar, horizon_s, self.rng("site/clouds"))

    def terminal(self, name: str) -> Terminal:
        """Connect a participant to the bus."""
        return self.bus.terminal(name)

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

    def meter_carbon(self, terminal: Terminal, kg_per_h: Rate, *series: StepSeries) -> None:
        """Meter the carbon of a source, and what it costs at the site's price of carbon."""
        terminal.meter("carbon", "kgCO2", kg_per_h, *series)
        if self.carbon_usd_per_kg:
            terminal.meter(
                "carbon cost", "USD", lambda rows: kg_per_h(rows) * self.carbon_usd_per_kg, *series
            )

    def after(self, call: Callable[[], None]) -> None:
        """Call a function once the books are closed."""
        self._after.append(call)

    def wait_h(self, duration_h: float) -> Event:
        """An event in so many hours."""
        return self.env.timeout(units.seconds(duration_h))

    def run(self, progress: Callable[[float], None] | None = None) -> None:
        """Let the clock run to the horizon and close the books."""
        self.advance(progress)
        self.close()

    def advance(self, progress: Callable[[float], None] | None = None) -> None:
        """Let the clock run to the horizon.

        Args:
            progress: Called a hundred times in all with the share of the run that is done.
        """
        self._playback.start()
        self.bus.ask("site")
        if progress:
            for share in range(1, _PROGRESS_STEPS):
                self.env.advance_to(self.horizon_s * share / _PROGRESS_STEPS, self.bus)
                progress(share / _PROGRESS_STEPS)
        self.env.advance_to(self.horizon_s, self.bus)
        if progress:
            progress(1.0)

    def close(self) -> None:
        """Close the books, and draw up what is drawn up from them."""
        self.closing = self.bus.close()
        for call in self._after:
            call()


class Source(Kind):
    """A kind of participant that lives on the bus and mostly supplies power.

    A source of one's own is a subclass with fields, a `kind` and `start`.
    """

    members: ClassVar[dict[str, type[Kind]]]

    @abstractmethod
    def start(self, site: Site, name: str) -> None:
        """Connect to the site under a name, prepare what is needed and start the processes."""
