"""The trace: a number that a participant states at each change or as a series, such as a limit."""

from __future__ import annotations

from math import inf
from typing import Protocol

import numpy as np

from sim.timeseries.series import StepSeries, constant


class Now(Protocol):
    """What a trace needs of the clock."""

    @property
    def now(self) -> float:
        """Elapsed seconds."""


class Trace:
    """A step function of time, recorded during the run; independent of settlements."""

    __slots__ = ("_clock", "_followed", "_name", "_series", "_times_s", "_values")

    def __init__(self, clock: Now, name: str, value: float = 0.0) -> None:
        """Begin a trace.

        Args:
            clock: Gives the time of each statement.
            name: Owner and name of the number, for messages.
            value: Initial value.
        """
        self._clock = clock
        self._name = name
        self._times_s = [0.0]
        self._values = [value]
        self._series: StepSeries | None = None
        self._followed: StepSeries | None = None

    def follow(self, series: StepSeries) -> None:
        """Take the values of a series, for the whole run.

        Raises:
            ValueError: If one of them is negative.
        """
        lowest = series.extremes[0]
        if lowest < 0.0:
            raise ValueError(f"{self._name} = {lowest}; allowed: a finite number at least 0")
        if series.is_constant:
            self._followed = series
            return
        is_new = np.diff(series.values, prepend=np.nan) != 0.0
        self._followed = StepSeries(series.times_s[is_new], series.values[is_new], series.end_s)

    def state(self, value: float) -> None:
        """State the value from now on; the last of several values at one instant is kept.

        Raises:
            ValueError: If it is NaN or infinite.
        """
        if value == self._values[-1]:
            return
        if not 0.0 <= value < inf:
            raise ValueError(f"{self._name} = {value}; allowed: a finite number at least 0")
        self._series = None
        now_s = self._clock.now
        if self._times_s[-1] == now_s:
            self._values[-1] = value
        else:
            self._times_s.append(now_s)
            self._values.append(value)

    @property
    def value(self) -> float:
        """The value of now."""
        return self._values[-1] if self._followed is None else self._followed.value_at(self._clock.now)

    @property
    def was_stated(self) -> bool:
        """Whether it has ever been above 0."""
        if self._followed is not None:
            return self._followed.extremes[1] > 0.0
        return len(self._values) > 1 or self._values[0] > 0.0

    @property
    def series(self) -> StepSeries:
        """The values stated so far, or the series that it follows."""
        if self._followed is not None:
            return self._followed
        if len(self._values) == 1:
            return constant(self._values[0])
        if self._series is None:
            self._series = StepSeries(np.array(self._times_s), np.array(self._values))
        return self._series
