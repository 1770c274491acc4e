"""A kind of one's own that goes through every door: each of its functions is called a known number of times.

A run of a day beside a load of 5 MW has six settlements, at 0, 4, 8, 12, 16 and 20 h. Its power is 1, 2, 3,
4, 5 and 6 MW, so what is accepted changes at all of them but the last.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Literal

import numpy as np
from simpy import Event

from sim.bus.account import Account, Reading
from sim.bus.block import Block
from sim.bus.clock import Alarm
from sim.bus.terminal import Terminal
from sim.site import Site, Source
from sim.timeseries.series import Array, StepSeries
from sim.units import seconds

GRASS = Account("grass_t", "t", "Grass")
MOWINGS = Account("mowings", "times", "Mowings")


class Herd:
    """A mover that does nothing."""

    def advance(self, now_s: float) -> None:
        """Stand still."""

    def settled(self, now_s: float) -> None:
        """Stand still."""


class Meadow(Source):
    """A source whose power follows a function."""

    kind: Literal["meadow"] = "meadow"
    doors: tuple[str, ...] = ("mover", "listener", "watch", "process", "event", "account")
    """Through which doors it goes."""
    fault: bool = False
    """Whether its listener fails."""

    def start(self, site: Site, name: str) -> None:
        """Connect, and go through the doors."""
        terminal = site.terminal(name)
        offer = terminal.offer(10.0)

        def grow(mw: float) -> None:
            offer.state(mw)

        def hear(_now_s: float) -> None:
            if self.fault:
                raise ZeroDivisionError("no grass")

        site.play(StepSeries(np.arange(6) * seconds(4.0), np.arange(6) + 1.0), grow)
        through: dict[str, Callable[[], None]] = {
            "mover": lambda: site.bus.add_mover(Herd(), name),
            "listener": lambda: site.bus.listen(hear, owner=name),
            "watch": lambda: terminal.watch(_tell),
            "process": lambda: site.process(_graze(site)),
            "event": lambda: _set_alarms(site),
            "account": lambda: _count(terminal, offer),
            "whole amounts": lambda: _bid(site, name),
        }
        for door in self.doors:
            through[door]()


def _tell(_mw: float) -> None:
    """Take note."""


def _graze(site: Site) -> Generator[Event, None, None]:
    while True:
        yield site.wait_h(8.0)


def _ring(_now_s: float) -> None:
    """Wake up."""


def _set_alarms(site: Site) -> None:
    Alarm(site.env, _ring).set(seconds(5.0))
    site.env.call_at(seconds(7.0), _ring)


def _count(terminal: Terminal, offer: Block) -> None:
    terminal.meter(GRASS, lambda rows: rows.accepted_mw(offer))
    terminal.count(MOWINGS, _mowings)


def _bid(site: Site, name: str) -> None:
    bid = site.terminal(f"{name} pump").bid(20.0)
    bid.state(1.0)
    site.bus.add_fit(bid, _fit)


def _mowings(rows: Reading) -> Array:
    return np.ones_like(rows.t_s)


def _fit(_mw: Sequence[float], _used_mw: Sequence[float]) -> list[tuple[int, float]]:
    return []
