"""The watch: notifies of changes of accepted power.

Compiled if a C compiler is at hand, like `stretch`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from math import fsum
from operator import itemgetter
from typing import Protocol

from sim.bus.exact_sum import ExactSum
from sim.bus.numbers import IS_LIST, Flat, Numbers


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

    def __init__(self, bus: Settled, blocks: Sequence[Watched], tell: Callable[[float], None]) -> None:
        self._bus = bus
        self._numbers = bus.numbers
        self._blocks = [*blocks]
        self._tell = tell
        self._count = len(self._blocks)
        self._accepted_mw = array("d", bytes(8 * self._count))
        self._place = array("q")
        self._is_bid = array("q", [not block.is_offer for block in self._blocks])
        self._sum = ExactSum()
        self._pick: Callable[[Flat], object] | None = None
        self._given: object = None
        self._mw: object = None
        self._looked = -1
        self.begin()

    def begin(self) -> None:
        """Compare with the power of now from here on."""
        if self._looked != self._numbers.settlements:
            self._seen_mw = [block.accepted_mw for block in self._blocks]
            self._accepted_mw = array("d", self._seen_mw)
            self._given = self._mw = None

    def look(self) -> None:
        """Tell the new power, if that of any block is another than last time."""
        self._looked = self._numbers.settlements
        if IS_LIST:
            self._look_at_lists()
        elif self._is_new():
            self._sum.clear()
            for at in range(self._count):
                self._sum.add(self._accepted_mw[at])
            self._tell(self._sum.total())

    def _is_new(self) -> bool:
        """Whether the accepted power of any block is another than last time; take it over."""
        numbers, is_new = self._numbers, False
        if len(self._place) < self._count:
            first_bid = numbers.first_bid
            self._place = array("q", [one.at if one.is_offer else first_bid + one.at for one in self._blocks])
        for at in range(self._count):
            mw = numbers.used_mw[self._place[at]]
            if self._is_bid[at]:
                mw = numbers.settled_mw[self._place[at]] - mw
            if mw != self._accepted_mw[at]:
                self._accepted_mw[at] = mw
                is_new = True
        return is_new

    def _look_at_lists(self) -> None:
        """The same, faster in plain Python: powers are read only where a size or its use has changed."""
        bus = self._bus
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
