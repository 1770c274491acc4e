"""The total: the sum of many numbers, rounded once.

It has the bits of `math.fsum`, whatever the order of the numbers. Compiled if a C compiler is at hand, like
`bus.stretch`; otherwise `math.fsum` takes its place.
"""

from __future__ import annotations

from math import fsum

from sim.timeseries.series import Array

IS_COMPILED = not __file__.endswith(".py")
"""Whether this module is compiled."""


def total(numbers: Array) -> float:
    """The sum of some numbers, rounded once."""
    return exact(numbers) if IS_COMPILED else fsum(numbers.tolist())


def exact(numbers: Array) -> float:
    """The sum of some numbers, rounded once.

    The sum so far is kept in two numbers, of which the second holds what rounding takes from the first
    (Knuth, The Art of Computer Programming, volume 2, 4.2.2, theorem B). Where both together cannot hold it,
    which takes numbers of very different sizes, `math.fsum` adds them.
    """
    high = low = 0.0
    for at in range(len(numbers)):
        number = numbers[at]
        after = high + number
        part = after - high
        error = (high - (after - part)) + (number - part)
        high = after
        after = low + error
        part = after - low
        if (low - (after - part)) + (error - part) != 0.0:
            return fsum(numbers)
        low = after
    return high + low
