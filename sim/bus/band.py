"""The band: what a listener waits for, a price outside of bounds or another power of some blocks.

Compiled if a C compiler is at hand, like `stretch`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from math import inf
from operator import itemgetter
from typing import Protocol

from sim.bus.numbers import IS_LIST, Flat, Numbers


class Followed(Protocol):
    """What a band needs of a block."""

    at: int
    is_offer: bool


class Settled(Protocol):
    """What a band needs of the bus."""

    offered: Flat
    settled_mw: Flat
    used_mw: Flat
    numbers: Numbers


class Band:
    """What a listener of the bus waits for.

    It is told of a settlement if the price is outside the bounds, or if the size or the used part of a block
    is another than when it was asked last. It is told of the first settlement in any case, and of the first
    one after its participant has taken no part. What it counts in between is linear in time.
    """

    def __init__(self, bus: Settled, blocks: Sequence[Followed] = ()) -> None:
        """Wait for another power, at any price.

        Args:
            bus: The bus.
            blocks: The blocks whose power is followed.
        """
        self._bus = bus
        self._numbers = bus.numbers
        self._blocks = [*blocks]
        self._count = len(self._blocks)
        self._place = array("q")
        self._is_bid = array("q", [not block.is_offer for block in self._blocks])
        self._mw = array("d", bytes(8 * self._count))
        self._used_mw = array("d", self._mw)
        self._pick: Callable[[Flat], object] = len
        self._seen: object = None
        self._low_usd_per_mwh, self._high_usd_per_mwh = -inf, inf
        self._is_open = True

    def bound(self, low_usd_per_mwh: float, high_usd_per_mwh: float) -> None:
        """Set the lowest and the highest price of which it need not be told, from the next settlement on.

        With the lowest above the highest it is told of each settlement.
        """
        self._low_usd_per_mwh, self._high_usd_per_mwh = low_usd_per_mwh, high_usd_per_mwh

    def open(self) -> None:
        """Let it be told of the next settlement in any case."""
        self._is_open = True

    def is_left(self) -> bool:
        """Whether it is to be told of the last settlement; to be asked once at each."""
        price = self._numbers.price_usd_per_mwh
        is_left = self._is_open or price < self._low_usd_per_mwh or price > self._high_usd_per_mwh
        self._is_open = False
        if len(self._place) < self._count and self._numbers.blocks:
            self._find()
        is_new = self._is_new_in_lists() if IS_LIST else self._is_new()
        return is_new or is_left

    def sizes_mw(self) -> list[float]:
        """Size of each of its blocks at the last settlement; of none before the first."""
        numbers, found = self._numbers, []
        for at in range(len(self._place)):
            found.append(numbers.settled_mw[self._place[at]])  # noqa: PERF401 - a comprehension has no types
        return found

    def powers_mw(self) -> list[float]:
        """Power of each of its blocks that was accepted at the last settlement; of none before the first."""
        numbers, found = self._numbers, []
        for at in range(len(self._place)):
            mw = numbers.used_mw[self._place[at]]
            found.append(numbers.settled_mw[self._place[at]] - mw if self._is_bid[at] else mw)
        return found

    def _is_new(self) -> bool:
        """Whether the power of a block is another than last time; take it over."""
        numbers, is_new = self._numbers, False
        for at in range(len(self._place)):
            place = self._place[at]
            if numbers.used_mw[place] != self._used_mw[at] or numbers.settled_mw[place] != self._mw[at]:
                self._used_mw[at], self._mw[at] = numbers.used_mw[place], numbers.settled_mw[place]
                is_new = True
        return is_new

    def _is_new_in_lists(self) -> bool:
        """The same, faster in plain Python."""
        if not self._count:
            return False
        seen = self._pick(self._bus.used_mw), self._pick(self._bus.settled_mw)
        is_new = seen != self._seen
        self._seen = seen
        return is_new

    def _find(self) -> None:
        """Find where its blocks stand among all, which is known once the clock has started."""
        first_bid = len(self._bus.offered)
        places = [block.at if block.is_offer else first_bid + block.at for block in self._blocks]
        self._place = array("q", places)
        self._pick = itemgetter(*places)
