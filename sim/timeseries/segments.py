"""The segments: stretches of increasing times, such as the months among the intervals of a run.

Compiled if a C compiler is at hand, like `bus.stretch`: times and numbers are then gone through once.
Otherwise numpy does the same. Both give the same bits.
"""

from __future__ import annotations

import numpy as np

from sim.timeseries.times import Array, Places

IS_COMPILED = not __file__.endswith(".py")
"""Whether this module is compiled."""


def begins(times_s: Array, edges_s: Array) -> Places:
    """Number of the first time that is not before each edge.

    Args:
        times_s: Increasing times [s].
        edges_s: Increasing edges of the segments [s].
    """
    if not IS_COMPILED:
        return times_s.searchsorted(edges_s)
    found: Places = np.empty(len(edges_s), dtype=np.int64)
    find(times_s, edges_s, found)
    return found


def sums(numbers: Array, begin: Places) -> Array:
    """Sum of the numbers of each segment, added in their order.

    Args:
        numbers: The numbers.
        begin: Number at which each segment begins, and at which the last one ends.
    """
    if not IS_COMPILED:
        segment = np.repeat(np.arange(len(begin) - 1), np.diff(begin))
        part = numbers[begin[0] : begin[len(begin) - 1]]
        return np.bincount(segment, weights=part, minlength=len(begin) - 1).astype(np.float64)
    found: Array = np.empty(len(begin) - 1)
    add(numbers, begin, found)
    return found


def find(times_s: Array, edges_s: Array, begin: Places) -> None:
    """Write down where each segment begins; see `begins`."""
    at, count = 0, len(times_s)
    for edge in range(len(edges_s)):
        edge_s = edges_s[edge]
        while at < count and times_s[at] < edge_s:
            at += 1
        begin[edge] = at


def add(numbers: Array, begin: Places, sums: Array) -> None:
    """Write down the sum of each segment; see `sums`."""
    for segment in range(len(sums)):
        total = 0.0
        for at in range(begin[segment], begin[segment + 1]):
            total += numbers[at]
        sums[segment] = total
