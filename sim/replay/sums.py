"""Sums of a replay: forms of the numbers of a row, their integrals and highest means.

Compiled if a C compiler is at hand, like `bus.stretch`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from sim.books.power import ROUNDING_PU
from sim.timeseries.series import Array
from sim.timeseries.times import Places
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_QUARTER

SERIES = 4
"""Powers whose extremes and means are kept: demand wanted, load served, import and export."""
Term = tuple[int, float]
"""Place of a number in a row, and its factor."""
_SERIES, _HOUR_S = SERIES, SECONDS_PER_HOUR
_PER_HOUR = round(SECONDS_PER_HOUR / SECONDS_PER_QUARTER)
_QUARTER_H = SECONDS_PER_QUARTER / SECONDS_PER_HOUR
_ROUNDING_PU = ROUNDING_PU


@dataclass(frozen=True, eq=False)
class Forms:
    """Sums of two numbers of a row, each with a factor.

    A row has the price, the size of each block, the used part of each block, the gauges, and then the forms,
    so a number of a form may be a form before it.

    Attributes:
        places: Places in the row, two for each form.
        factors: Their factors.
    """

    places: Places
    factors: Array

    @classmethod
    def of(cls, forms: Sequence[tuple[Term, Term]]) -> Forms:
        """Forms of their terms."""
        terms = [term for form in forms for term in form]
        return cls(
            np.array([place for place, _ in terms], dtype=np.int64),
            np.array([factor for _, factor in terms], dtype=np.float64),
        )


class Integrals:
    """Integrals of numbers of a row over the intervals of a run."""

    def __init__(self, edges_s: Array, integrals: Array, row: Array, places: Sequence[int]) -> None:
        """Begin with the first interval.

        Args:
            edges_s: Starts of the intervals, and the end of the last one.
            integrals: Integral of each number (one line each) over each interval; they are added to.
            row: The row, as it is now.
            places: Places of the numbers.
        """
        self._edges_s = edges_s
        self._integrals = integrals
        self._row = row
        self._places = array("q", places)
        self._count = len(places)
        self._last = len(edges_s) - 2
        self._at = 0

    def add(self, begin_s: float, until_s: float, hours: float) -> None:
        """Add a row of some hours."""
        while self._count:
            edge_s = self._edges_s[self._at + 1]
            if edge_s < until_s:
                hours = (edge_s - begin_s) / _HOUR_S
            for form in range(self._count):
                self._integrals[form, self._at] += self._row[self._places[form]] * hours
            if edge_s > until_s or self._at == self._last:
                return
            self._at += 1
            if edge_s >= until_s:
                return
            begin_s, hours = edge_s, (until_s - edge_s) / _HOUR_S


class Means:
    """The highest means of the four powers over quarters and over hours of the clock.

    What lies outside the run counts as no power.

    Attributes:
        highest_mw: The highest mean of each over a quarter of an hour.
        highest_h_mw: The highest mean of each over an hour.
    """

    def __init__(self, quarters_s: Array, hours_s: Array, power: Array) -> None:
        """Begin with the first quarter.

        Args:
            quarters_s: Starts of the quarters, and the end of the last one; the first and the last may be
                shorter.
            hours_s: The same of the hours, which begin with quarters.
            power: The four powers of the row, as it is now.
        """
        self._edges_s = quarters_s
        self._power = power
        self._last = len(quarters_s) - 2
        self._at = 0
        self._left = int(np.searchsorted(quarters_s, hours_s[1]))
        self.highest_mw: Array = np.zeros(SERIES)
        self.highest_h_mw: Array = np.zeros(SERIES)
        self._highest_mw, self._highest_h_mw = self.highest_mw, self.highest_h_mw
        self._mwh: Array = np.zeros(SERIES)
        self._hour_mwh: Array = np.zeros(SERIES)

    def add(self, begin_s: float, until_s: float, hours: float) -> None:
        """Add a row of some hours."""
        edge_s = self._edges_s[self._at + 1]
        if edge_s > until_s:
            self._fill(hours)
            return
        whole = 0
        if begin_s == self._edges_s[self._at] and 0 < self._at < self._last:
            self._at += 1
            whole = 1
        else:
            self._fill((edge_s - begin_s) / _HOUR_S)
            self._close_quarter()
        while self._at < self._last and self._edges_s[self._at + 1] <= until_s:
            self._at += 1
            whole += 1
        if whole:
            self._pass(whole)
        if until_s > edge_s and until_s > self._edges_s[self._at]:
            self._fill((until_s - self._edges_s[self._at]) / _HOUR_S)

    def _fill(self, hours: float) -> None:
        """Add a part of a quarter."""
        for form in range(_SERIES):
            self._mwh[form] += self._power[form] * hours

    def _pass(self, whole: int) -> None:
        """Add whole quarters, whose mean is the power."""
        for form in range(_SERIES):
            self._highest_mw[form] = max(self._highest_mw[form], self._power[form])
        while whole:
            count = min(whole, self._left)
            if self._left == _PER_HOUR and whole >= _PER_HOUR:  # whole hours
                count = whole - whole % _PER_HOUR
                for form in range(_SERIES):
                    self._highest_h_mw[form] = max(self._highest_h_mw[form], self._power[form])
            else:
                for form in range(_SERIES):
                    self._hour_mwh[form] += self._power[form] * (count * _QUARTER_H)
                self._left -= count
                if not self._left:
                    self._close_hour()
            whole -= count

    def _close_quarter(self) -> None:
        for form in range(_SERIES):
            mwh = self._mwh[form]
            self._highest_mw[form] = max(self._highest_mw[form], mwh / _QUARTER_H)
            self._hour_mwh[form] += mwh
            self._mwh[form] = 0.0
        if self._at < self._last:
            self._at += 1
        self._left -= 1
        if not self._left:
            self._close_hour()

    def _close_hour(self) -> None:
        for form in range(_SERIES):
            self._highest_h_mw[form] = max(self._highest_h_mw[form], self._hour_mwh[form])  # MWh in an hour
            self._hour_mwh[form] = 0.0
        self._left = _PER_HOUR

    def close(self) -> None:
        """End the last quarter and the last hour."""
        self._close_quarter()
        self._close_hour()


class Extremes:
    """The highest and the lowest of the four powers.

    Attributes:
        highest_mw: The highest of each.
        at_s: When it was reached first, rounding apart.
        lowest_mw: The lowest of each.
    """

    def __init__(self, power: Array) -> None:
        """Begin; `power` are the four powers of the row, as it is now."""
        self._power = power
        self.highest_mw: Array = np.full(SERIES, -1.0)
        self.at_s: Array = np.zeros(SERIES)
        self.lowest_mw: Array = np.full(SERIES, inf)
        self._highest, self._at_s, self._lowest = self.highest_mw, self.at_s, self.lowest_mw
        self._reached: Array = np.full(SERIES, -1.0)

    def add(self, begin_s: float) -> None:
        """Add a row that begins at an elapsed second."""
        for form in range(_SERIES):
            mw = self._power[form]
            if mw > self._highest[form]:
                if mw > (1.0 + _ROUNDING_PU) * self._reached[form]:
                    self._reached[form], self._at_s[form] = mw, begin_s
                self._highest[form] = mw
            self._lowest[form] = min(self._lowest[form], mw)
