"""The watch: notifies of changes of accepted power.

Compiled if a C compiler is at hand, like `stretch`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import fsum
from typing import Protocol

from sim.bus.band import Band, Followed, Settled


class Watched(Followed, Protocol):
    """What a watch needs of a block."""

    owner: str

    @property
    def accepted_mw(self) -> float:
        """The part of it accepted at the last settlement."""


class Observer(Protocol):
    """An object that looks at each settlement while it is among the watches of the bus."""

    def look(self) -> None:
        """Look at the settlement."""


class Watch:
    """A request for notification when the accepted power of some blocks has changed."""

    def __init__(self, bus: Settled, blocks: Sequence[Watched], tell: Callable[[float], None]) -> None:
        self._band = Band(bus, blocks)
        self._numbers = bus.numbers
        self._blocks = [*blocks]
        self._tell = tell
        self._looked = -1
        self.begin()

    @property
    def owner(self) -> str:
        """The participant of its first block; empty without any."""
        return self._blocks[0].owner if self._blocks else ""

    def begin(self) -> None:
        """Compare with the power of now from here on."""
        if self._looked != self._numbers.settlements:
            self._accepted_mw = [block.accepted_mw for block in self._blocks]
            self._band.open()

    def look(self) -> None:
        """Tell the new power, if that of any block is another than last time."""
        self._looked = self._numbers.settlements
        if self._band.is_left():
            accepted_mw = self._band.powers_mw()
            if accepted_mw != self._accepted_mw:
                self._accepted_mw = accepted_mw
                self._tell(fsum(accepted_mw))
