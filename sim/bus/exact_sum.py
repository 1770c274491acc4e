"""The exact sum: numbers added without loss, whatever their order.

Compiled if a C compiler is at hand, like `stretch`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import fsum

IS_COMPILED = not __file__.endswith(".py")
_MOST = 64
"""More partial sums than a number of the machine can need."""


class ExactSum:
    """A sum of finite numbers that is rounded once, like that of `math.fsum`, with the same bits.

    It keeps partial sums that do not overlap (Shewchuk, Adaptive precision floating-point arithmetic, 1997).
    """

    def __init__(self) -> None:
        self._partial = array("d", bytes(8 * _MOST))
        self._partials = 0

    def clear(self) -> None:
        """Begin again with nothing."""
        self._partials = 0

    def add(self, number: float) -> None:
        """Add a number."""
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

    def total(self) -> float:
        """The sum, rounded once, half to even."""
        at = self._partials - 1
        if at < 0:
            return 0.0
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
