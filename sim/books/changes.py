"""Changes of power: the largest step at an instant, and the largest change over 1, 5 and 15 minutes.

Power is constant between rows. The change over a window, |P(t) - P(t - window)|, therefore takes a new value
only where a row begins, or where one began a window before. It is read at each of these instants, so it is
exact. It is read a microsecond later, because a difference that holds for less comes from the rounding of
times. A cycle whose period divides the window does not show in it; its steps do.

Compiled if a C compiler is at hand, like `bus.stretch`: a window is then moved over the rows in one sweep.
Otherwise numpy finds where each window begins. Both give the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.timeseries.series import Array
from sim.units import MICROSECONDS_PER_SECOND, SECONDS_PER_MINUTE, SECONDS_PER_QUARTER

WINDOWS_S = {
    "change_1min_mw": SECONDS_PER_MINUTE,
    "change_5min_mw": 5 * SECONDS_PER_MINUTE,
    "change_15min_mw": SECONDS_PER_QUARTER,
}
"""The windows, by the field that holds the largest change over each."""
_LATER_S = 1.0 / MICROSECONDS_PER_SECOND
IS_COMPILED = not __file__.endswith(".py")
"""Whether this module is compiled."""


@dataclass(frozen=True)
class Changes:
    """The largest changes of a power; 0 over a window that the run is not longer than.

    Attributes:
        step_mw: Largest step at an instant.
        change_1min_mw: Largest difference between two instants that are 1 min apart.
        change_5min_mw: The same, 5 min apart.
        change_15min_mw: The same, 15 min apart.
    """

    step_mw: float
    change_1min_mw: float
    change_5min_mw: float
    change_15min_mw: float


class ChangeBook:
    """The changes of one power, while the run is under way.

    It keeps the rows of the last quarter of an hour.
    """

    sweeps = IS_COMPILED
    """Whether windows are moved over the rows in a sweep."""

    def __init__(self) -> None:
        self._times_s, self._mw = np.zeros(0), np.zeros(0)
        self._until_s = 0.0
        self._found = dict.fromkeys(["step_mw", *WINDOWS_S], 0.0)

    def add(self, edges_s: Array, mw: Array) -> None:
        """Add consecutive rows.

        Args:
            edges_s: Starts of the rows, and the end of the last one [s].
            mw: Power between these times.
        """
        until_s = float(edges_s[len(edges_s) - 1])
        old = len(self._mw)
        self._times_s, self._mw = self._with(edges_s, mw)
        if len(self._mw) > 1:
            most_mw = float(self._mw.max() - self._mw.min())
            for name, window_s in WINDOWS_S.items():
                if most_mw > self._found[name] and self.sweeps:
                    span_s = self._until_s, until_s
                    largest_mw = sweep(self._times_s, self._mw, old, window_s, span_s)
                    self._found[name] = max(self._found[name], largest_mw)
                elif most_mw > self._found[name]:
                    self._note(name, self._since(old, window_s))
                    self._note(name, self._until(until_s, window_s))
        self._until_s = until_s
        first = max(0, int(self._times_s.searchsorted(until_s - SECONDS_PER_QUARTER, "right")) - 1)
        self._times_s, self._mw = self._times_s[first:].copy(), self._mw[first:].copy()

    def _with(self, edges_s: Array, mw: Array) -> tuple[Array, Array]:
        """The changes so far with those of new rows; the largest step is noted."""
        old, most = len(self._mw), len(self._mw) + len(mw)
        if self.sweeps:
            found: Array = np.empty((2, most))
            found[:, :old] = self._times_s, self._mw
            steps_mw = np.array([self._found["step_mw"]])
            count = collect(edges_s, mw, found, old, steps_mw)
            self._found["step_mw"] = float(steps_mw[0])
            return found[0, :count], found[1, :count]
        is_new = np.ones(len(mw), dtype=bool)
        np.not_equal(mw[1:], mw[: len(mw) - 1], out=is_new[1:])
        is_new[0] = not old or mw[0] != self._mw[old - 1]
        new = np.flatnonzero(is_new)
        times_s = np.concatenate([self._times_s, edges_s[new]])
        powers_mw = np.concatenate([self._mw, mw[new]])
        self._note("step_mw", powers_mw[1:] - powers_mw[: len(powers_mw) - 1])
        return times_s, powers_mw

    def _since(self, old: int, window_s: float) -> Array:
        """The changes at the beginnings of new rows, each since a window before it."""
        first = max(old, int(self._times_s.searchsorted(self._times_s[0] + window_s)))
        then_s = self._times_s[first:] + (_LATER_S - window_s)
        return np.asarray(self._mw[first:] - self._mw[self._times_s.searchsorted(then_s, "right") - 1])

    def _until(self, until_s: float, window_s: float) -> Array:
        """The changes from the beginnings of rows until a window later, where that was not known before."""
        then_s = self._times_s + (_LATER_S + window_s)
        first, last = then_s.searchsorted((self._until_s, until_s))
        now = self._times_s.searchsorted(then_s[first:last], "right") - 1
        return np.asarray(self._mw[now] - self._mw[first:last])

    def _note(self, name: str, mw: Array) -> None:
        self._found[name] = max(self._found[name], float(np.abs(mw).max(initial=0.0)))

    def close(self) -> Changes:
        """The changes of the run."""
        return Changes(**self._found)


def collect(edges_s: Array, mw: Array, found: Array, old: int, steps_mw: Array) -> int:
    """Collect the changes of new rows.

    Args:
        edges_s: Starts of the rows, and the end of the last one [s].
        mw: Power between these times.
        found: Times of the changes before, and power from these times on (two lines); is given the new ones.
        old: Number of changes before.
        steps_mw: Largest step so far; it is raised.

    Returns:
        The number of all changes.
    """
    count = old
    for at in range(len(mw)):
        power = mw[at]
        if count and power == found[1, count - 1]:
            continue
        if count and abs(power - found[1, count - 1]) > steps_mw[0]:
            steps_mw[0] = abs(power - found[1, count - 1])
        found[0, count], found[1, count] = edges_s[at], power
        count += 1
    return count


def sweep(times_s: Array, mw: Array, old: int, window_s: float, span_s: tuple[float, float]) -> float:
    """The largest change over a window, where it was not known before.

    Args:
        times_s: When the power changed.
        mw: Power from these times on.
        old: Number of changes that were known before.
        window_s: The window.
        span_s: End of what was known before, and of what is known now.
    """
    count = len(times_s)
    from_s, until_s = span_s
    largest, since, after = 0.0, 0, 0
    for at in range(count):
        then_s = times_s[at] + (_LATER_S - window_s)
        if at >= old and times_s[at] >= times_s[0] + window_s:
            while since + 1 < count and times_s[since + 1] <= then_s:
                since += 1
            largest = max(largest, abs(mw[at] - mw[since]))
        then_s = times_s[at] + (_LATER_S + window_s)
        if from_s <= then_s < until_s:
            while after + 1 < count and times_s[after + 1] <= then_s:
                after += 1
            largest = max(largest, abs(mw[after] - mw[at]))
    return largest


def changes(edges_s: Array, mw: Array) -> Changes:
    """The largest changes of a recorded power.

    Args:
        edges_s: Starts of the rows, and the end of the last one [s].
        mw: Power between these times.
    """
    book = ChangeBook()
    book.add(edges_s, mw)
    return book.close()
