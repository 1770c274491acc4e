"""The scan: what is found by looking at all rows of a batch once.

Compiled if a C compiler is at hand, like `bus.stretch`; otherwise numpy does the same. Both find the same.
"""

from __future__ import annotations

import numpy as np

from sim.timeseries.times import Array, Places

IS_COMPILED = not __file__.endswith(".py")
"""Whether this module is compiled."""


def beyond(stated: Array, used: Array, most_pu: float) -> int:
    """The first row in which a block gives or takes more than it may, or less than nothing; -1 if none.

    Args:
        stated: Size of each block (lines) in each row.
        used: What was used of it.
        most_pu: Share of its size up to which that is rounding.
    """
    if IS_COMPILED:
        return first_beyond(stated, used, most_pu)
    wrong = ((used < 0.0) | (used > stated * most_pu)).any(axis=0)
    return int(np.argmax(wrong)) if wrong.any() else -1


def spans_of(edges_s: Array, stretches_s: Array) -> Places:
    """The rows of some stretches of time: the first one of each, and the one after its last one.

    Args:
        edges_s: Starts of the rows, and the end of the last one [s].
        stretches_s: Starts of the stretches, and the end of the last one [s].
    """
    begins = edges_s.searchsorted(stretches_s[: len(stretches_s) - 1], "right") - 1
    ends = edges_s[: len(edges_s) - 1].searchsorted(stretches_s[1:], "left")
    return np.array([np.maximum(begins, 0), ends])


def extremes(power: Array, spans: Places, least_pu: float) -> tuple[Array, Places, Array]:
    """The highest and the lowest of some powers in stretches of rows.

    Args:
        power: The powers (lines) in each row.
        spans: The first row of each stretch, and the row after its last one: two lines.
        least_pu: Share of the highest power from which on it counts as reached.

    Returns:
        For each power (lines) and stretch (columns) the highest power, the first row in which it is reached,
        and the lowest power.
    """
    found: Array = np.empty((3, len(power), spans.shape[1]))
    if IS_COMPILED:
        find_extremes(power, spans, least_pu, found)
    else:
        for stretch, (begin, end) in enumerate(spans.T.tolist()):
            rows = power[:, begin:end]
            highest = rows.max(axis=1)
            at = (rows >= least_pu * highest[:, np.newaxis]).argmax(axis=1)
            found[:, :, stretch] = highest, begin + at, rows.min(axis=1)
    return found[0], found[1].astype(np.int64), found[2]


def first_beyond(stated: Array, used: Array, most_pu: float) -> int:
    """See `beyond`."""
    blocks, rows = len(stated), stated.shape[1]
    first = rows
    for block in range(blocks):
        for row in range(first):
            mw = used[block, row]
            if mw < 0.0 or mw > stated[block, row] * most_pu:
                first = row
                break
    return first if first < rows else -1


def find_extremes(power: Array, spans: Places, least_pu: float, found: Array) -> None:
    """Write down what `extremes` returns, one after the other."""
    for number in range(len(power)):
        for stretch in range(spans.shape[1]):
            begin, end = spans[0, stretch], spans[1, stretch]
            high = low = power[number, begin]
            for row in range(begin, end):
                mw = power[number, row]
                if mw > high:
                    high = mw
                if mw < low:
                    low = mw
            row = begin
            while power[number, row] < least_pu * high:
                row += 1
            found[0, number, stretch], found[1, number, stretch], found[2, number, stretch] = high, row, low
