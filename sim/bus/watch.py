"""The watch: notifies of changes of accepted power."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import fsum
from operator import itemgetter
from typing import Protocol

from sim.bus.numbers import Flat, Numbers


class Watched(Protocol):
    """What a watch needs of a block."""

    at: int
    is_offer: bool

    @property
    def accepted_mw(self) -> float:
        """The part of it accepted at the last settlement."""


class Settled(Protocol):
    """What a watch needs of the bus."""

    offered: Flat
    settled_mw: Flat
    used_mw: Flat
    numbers: Numbers


class Observer(Protocol):
    """An object that looks at each settlement while it is among the watches of the bus."""

    def look(self) -> None:
        """Look at the settlement."""


class Watch:
    """A request for notification when the accepted power of some blocks has changed."""

    __slots__ = ("_blocks", "_bus", "_given", "_looked", "_mw", "_pick", "_seen_mw", "_tell")

    def __init__(self, bus: Settled, blocks: Sequence[Watched], tell: Callable[[float], None]) -> None:
        self._bus = bus
        self._blocks = [*blocks]
        self._tell = tell
        self._pick: Callable[[Flat], object] | None = None
        self._given: object = None
        self._mw: object = None
        self._looked = -1
        self.begin()

    def begin(self) -> None:
        """Compare with the power of now from here on."""
        if self._looked != self._bus.numbers.settlements:
            self._seen_mw = [block.accepted_mw for block in self._blocks]
            self._given = self._mw = None

    def look(self) -> None:
        """Tell the new power, if that of any block is another than last time."""
        bus = self._bus
        self._looked = bus.numbers.settlements
        pick = self._pick or self._find()
        given, mw = pick(bus.used_mw), pick(bus.settled_mw)
        if given == self._given and mw == self._mw:
            return
        self._given, self._mw = given, mw
        accepted_mw = [block.accepted_mw for block in self._blocks]
        if accepted_mw != self._seen_mw:
            self._seen_mw = accepted_mw
            self._tell(fsum(accepted_mw))

    def _find(self) -> Callable[[Flat], object]:
        """Where its blocks stand among all, which is known once the clock has started."""
        first_bid = len(self._bus.offered)
        places = [block.at if block.is_offer else first_bid + block.at for block in self._blocks]
        self._pick = itemgetter(*places) if places else len
        return self._pick
