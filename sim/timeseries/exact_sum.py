"""The exact sum: numbers added without loss, whatever their order.

Compiled if a C compiler is at hand, like `bus.stretch`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import fsum

import numpy as np

from sim.timeseries.times import Array

IS_COMPILED = not __file__.endswith(".py")
_ROOM = 8
"""Partial sums for which there is room at first; numbers of very different sizes need up to 2,098."""


class ExactSum:
    """A sum of finite numbers that is rounded once, like that of `math.fsum`, with the same bits.

    The sum so far is kept in two numbers, of which the second holds what rounding takes from the first
    (Knuth, The Art of Computer Programming, volume 2, 4.2.2, theorem B). Where both together cannot hold it,
    which takes numbers of very different sizes, it is kept in partial sums that do not overlap (Shewchuk,
    Adaptive precision floating-point arithmetic, 1997).
    """

    def __init__(self) -> None:
        self._partial = array("d", bytes(8 * _ROOM))
        self._room = _ROOM
        self._partials = 0
        self._high = self._low = 0.0

    def clear(self) -> None:
        """Begin again with nothing."""
        self._partials = 0
        self._high = self._low = 0.0

    def add(self, number: float) -> None:
        """Add a number."""
        if not self._partials:
            if self._high == 0.0 or number == 0.0:
                self._high += number
                return
            after = self._high + number
            part = after - self._high
            error = (self._high - (after - part)) + (number - part)
            low = self._low + error
            part = low - self._low
            if (self._low - (low - part)) + (error - part) == 0.0:
                self._high, self._low = after, low
                return
            self._include(self._low)
            self._include(self._high)
        self._include(number)

    def over(self, numbers: Sequence[float] | Array, begin: int, end: int) -> float:
        """The sum of consecutive numbers, apart from what was added before, which is forgotten."""
        high = low = least = lost = 0.0
        for at in range(begin, end):
            number = numbers[at]
            if high == 0.0 or number == 0.0:
                high += number
                continue
            after = high + number
            part = after - high
            error = (high - (after - part)) + (number - part)
            high = after
            if low == 0.0:
                low = error
                continue
            after = low + error
            part = after - low
            error = (low - (after - part)) + (error - part)
            low = after
            if error != 0.0:
                after = least + error
                part = after - least
                lost += abs((least - (after - part)) + (error - part))
                least = after
        if lost == least == 0.0:
            return high + low
        self.clear()
        if lost == 0.0:
            for number in (least, low, high):
                self._include(number)
        else:
            for at in range(begin, end):
                self.add(numbers[at])
        return self.total()

    def _include(self, number: float) -> None:
        """Add a number to the partial sums."""
        if self._partials == self._room:
            self._make_room()
        count = 0
        for at in range(self._partials):
            other = self._partial[at]
            if abs(number) < abs(other):
                number, other = other, number
            high = number + other
            low = other - (high - number)
            if low:
                self._partial[count] = low
                count += 1
            number = high
        self._partial[count] = number
        self._partials = count + 1

    def _make_room(self) -> None:
        """Have room for twice as many partial sums."""
        self._room *= 2
        more = array("d", bytes(8 * self._room))
        for at in range(self._partials):
            more[at] = self._partial[at]
        self._partial = more

    def total(self) -> float:
        """The sum, rounded once, half to even."""
        at = self._partials - 1
        if at < 0:
            return self._high + self._low
        high, low = self._partial[at], 0.0
        while at > 0:
            at -= 1
            before, other = high, self._partial[at]
            high = before + other
            low = other - (high - before)
            if low:
                break
        if at > 0 and (
            (low < 0.0 and self._partial[at - 1] < 0.0) or (low > 0.0 and self._partial[at - 1] > 0.0)
        ):
            twice = low * 2.0
            rounded = high + twice
            if twice == rounded - high:
                high = rounded
        return high


class SumAt:
    """The exact sum of the numbers at some places, read over and over.

    Attributes:
        places: The places.
    """

    def __init__(self, places: Sequence[int]) -> None:
        self.places = array("q", places)
        self._count = len(places)
        self._sum = ExactSum()

    def of(self, numbers: Sequence[float]) -> float:
        """The sum of the numbers that stand there now."""
        if not IS_COMPILED:
            return fsum([numbers[at] for at in self.places])
        self._sum.clear()
        for at in range(self._count):
            self._sum.add(numbers[self.places[at]])
        return self._sum.total()


def total(numbers: Array) -> float:
    """The sum of some numbers, rounded once."""
    return exact(numbers) if IS_COMPILED else fsum(numbers.tolist())


def exact(numbers: Array) -> float:
    """The same in compiled code."""
    return ExactSum().over(np.array(numbers), 0, len(numbers))
