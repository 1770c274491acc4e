"""The interval book: exact integrals of power over the intervals of a run.

Compiled if a C compiler is at hand, like `bus.stretch`: rows are then added in one sweep. Otherwise numpy
adds them. Both add the products of a batch in the order of time, interval by interval; their bits are equal.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil

import numpy as np

from sim.timeseries.series import Array
from sim.timeseries.times import Places, union
from sim.units import SECONDS_PER_HOUR


@lru_cache(maxsize=4)
def edges(interval_s: float, horizon_s: float, into_s: float = 0.0) -> Array:
    """Starts of equal intervals of a run, and the end of the last one [s]; read-only, and made once.

    Args:
        interval_s: Length of an interval; the first and the last may be shorter.
        horizon_s: Length of the run.
        into_s: Time from the start of the first interval to the start of the run [s].
    """
    count = max(1, ceil((horizon_s + into_s) / interval_s - 1e-9))
    found: Array = np.arange(count + 1, dtype=np.float64)
    found *= interval_s
    found -= into_s
    found[0], found[count] = 0.0, horizon_s
    found.setflags(write=False)
    return found


IS_COMPILED = not __file__.endswith(".py")
"""Whether this module is compiled."""
_HOUR_S = SECONDS_PER_HOUR
_SIDE_BY_SIDE = 4
"""Columns that are added side by side: a sum waits for its last addition, and four do not wait longer."""


class IntervalBook:
    """Integrals of some columns over each interval of the run.

    Attributes:
        edges_s: Starts of the intervals, and the end of the last one.
        integrals: Integral of each column over each interval [column's unit x h], one row per column.
    """

    sweeps = IS_COMPILED
    """Whether rows are added in a sweep."""

    def __init__(self, edges_s: Array, columns: int) -> None:
        self.edges_s = edges_s
        self.integrals: Array = np.zeros((columns, len(edges_s) - 1))

    @property
    def hours(self) -> Array:
        """Length of each interval [h]."""
        return np.diff(self.edges_s) / SECONDS_PER_HOUR

    @property
    def means(self) -> Array:
        """Time-weighted mean of each column over each interval, one row per column."""
        return self.integrals / self.hours

    def add(self, edges_s: Array, values: Array) -> None:
        """Add consecutive rows.

        Args:
            edges_s: Starts of the rows, and the end of the last one [s].
            values: Values between these times, one row per column.
        """
        first, last = np.searchsorted(self.edges_s, (edges_s[0], edges_s[len(edges_s) - 1]), side="right")
        inner_s = self.edges_s[first:last]
        if self.sweeps and len(values) == _SIDE_BY_SIDE:
            side_by_side(self.integrals[:, first - 1 :], values, edges_s, inner_s)
            return
        if self.sweeps:
            most = len(edges_s) - 1 + len(inner_s)
            row, begins = np.empty(most, dtype=np.int64), np.empty(len(inner_s), dtype=np.int64)
            hours = np.empty(most)
            count = cut(edges_s, inner_s, row, hours, begins)
            sweep(self.integrals[:, first - 1 :], values, row, hours[:count], begins)
            return
        cuts_s = union(edges_s, inner_s)
        begins = np.searchsorted(cuts_s, inner_s)
        row = np.searchsorted(edges_s, cuts_s[: len(cuts_s) - 1], side="right") - 1
        hours = np.diff(cuts_s) / SECONDS_PER_HOUR
        part = values.take(row, axis=1) * hours
        interval = np.searchsorted(begins, np.arange(len(hours)), side="right")
        for integrals, column in zip(self.integrals, part, strict=True):
            sums = np.bincount(interval, weights=column)
            integrals[first - 1 : first - 1 + len(sums)] += sums


def cut(edges_s: Array, inner_s: Array, row: Places, hours: Array, begins: Places) -> int:
    """Cut consecutive rows where intervals begin, into pieces that lie in one row and one interval.

    Args:
        edges_s: Starts of the rows, and the end of the last one [s].
        inner_s: Starts of the intervals, after the first row's and until the end [s].
        row: Is given the number of the row of each piece.
        hours: Is given the length of each piece [h].
        begins: Is given the number of the piece with which each interval begins.

    Returns:
        The number of pieces.
    """
    interval, piece, intervals = 0, 0, len(inner_s)
    for at in range(len(edges_s) - 1):
        begin_s, end_s = edges_s[at], edges_s[at + 1]
        while interval < intervals and inner_s[interval] < end_s:
            if inner_s[interval] > begin_s:
                row[piece], hours[piece] = at, (inner_s[interval] - begin_s) / _HOUR_S
                piece += 1
                begin_s = inner_s[interval]
            begins[interval] = piece
            interval += 1
        row[piece], hours[piece] = at, (end_s - begin_s) / _HOUR_S
        piece += 1
    while interval < intervals:
        begins[interval] = piece
        interval += 1
    return piece


def side_by_side(integrals: Array, values: Array, edges_s: Array, inner_s: Array) -> None:
    """Add consecutive rows of four columns to integrals over intervals, without a list of pieces.

    Args:
        integrals: Integral of each column (one row each) over each interval, from that of the first row on;
            they are added to.
        values: Values of the rows, one row per column.
        edges_s: Starts of the rows, and the end of the last one [s].
        inner_s: Starts of the intervals, after the first row's and until the end [s].
    """
    interval, intervals, last = 0, len(inner_s), len(edges_s) - 1
    next_s = inner_s[0] if intervals else edges_s[last]
    sum_0 = sum_1 = sum_2 = sum_3 = 0.0
    for at in range(last):
        begin_s, end_s = edges_s[at], edges_s[at + 1]
        while interval < intervals and next_s < end_s:
            length_h = (next_s - begin_s) / _HOUR_S
            if next_s > begin_s:
                sum_0 += values[0, at] * length_h
                sum_1 += values[1, at] * length_h
                sum_2 += values[2, at] * length_h
                sum_3 += values[3, at] * length_h
            integrals[0, interval] += sum_0
            integrals[1, interval] += sum_1
            integrals[2, interval] += sum_2
            integrals[3, interval] += sum_3
            sum_0 = sum_1 = sum_2 = sum_3 = 0.0
            begin_s = next_s
            interval += 1
            if interval < intervals:
                next_s = inner_s[interval]
        length_h = (end_s - begin_s) / _HOUR_S
        sum_0 += values[0, at] * length_h
        sum_1 += values[1, at] * length_h
        sum_2 += values[2, at] * length_h
        sum_3 += values[3, at] * length_h
    integrals[0, interval] += sum_0
    integrals[1, interval] += sum_1
    integrals[2, interval] += sum_2
    integrals[3, interval] += sum_3


def sweep(integrals: Array, values: Array, row: Places, hours: Array, begins: Places) -> None:
    """Add consecutive rows to integrals over intervals.

    Args:
        integrals: Integral of each column (one row each) over each interval, from that of the first row on;
            they are added to.
        values: Values of the rows, one row per column.
        row: Number of the row of each piece: the part of a row that lies in one interval.
        hours: Length of each piece [h].
        begins: Numbers of the pieces with which the intervals after the first one begin.
    """
    columns, segments, pieces = len(values), len(begins), len(hours)
    for column in range(0, columns - 3, 4):  # four side by side
        end = 0
        for segment in range(segments + 1):
            begin, end = end, begins[segment] if segment < segments else pieces
            if begin < end:
                sum_0 = sum_1 = sum_2 = sum_3 = 0.0
                for piece in range(begin, end):
                    at, length_h = row[piece], hours[piece]
                    sum_0 += values[column, at] * length_h
                    sum_1 += values[column + 1, at] * length_h
                    sum_2 += values[column + 2, at] * length_h
                    sum_3 += values[column + 3, at] * length_h
                integrals[column, segment] += sum_0
                integrals[column + 1, segment] += sum_1
                integrals[column + 2, segment] += sum_2
                integrals[column + 3, segment] += sum_3
    for column in range(columns - columns % 4, columns):
        end = 0
        for segment in range(segments + 1):
            begin, end = end, begins[segment] if segment < segments else pieces
            if begin < end:
                sum_0 = 0.0
                for piece in range(begin, end):
                    sum_0 += values[column, row[piece]] * hours[piece]
                integrals[column, segment] += sum_0
