"""The trace: a number that a participant restates whenever it changes, such as a limit."""

from __future__ import annotations

from math import isfinite
from typing import Protocol

import numpy as np

from sim.timeseries.series import StepSeries


class Now(Protocol):
    """What a trace needs of the clock."""

    @property
    def now(self) -> float:
        """Elapsed seconds."""


class Trace:
    """A step function of time, written as the run goes; it costs nothing at a settlement."""

    __slots__ = ("_clock", "_name", "_times_s", "_values")

    def __init__(self, clock: Now, name: str, value: float = 0.0) -> None:
        """Begin a trace.

        Args:
            clock: Says when something is stated.
            name: Whose number it is and which, for messages.
            value: The number until another one is stated.
        """
        self._clock = clock
        self._name = name
        self._times_s = [0.0]
        self._values = [value]

    def state(self, value: float) -> None:
        """State the number from now on; of several at one instant the last one holds.

        Raises:
            ValueError: If it is NaN or infinite.
        """
        if value == self._values[-1]:
            return
        if not isfinite(value):
            raise ValueError(f"{self._name} = {value}; allowed: a finite number")
        now_s = self._clock.now
        if self._times_s[-1] == now_s:
            self._values[-1] = value
        else:
            self._times_s.append(now_s)
            self._values.append(value)

    @property
    def series(self) -> StepSeries:
        """What has been stated so far."""
        return StepSeries(np.array(self._times_s), np.array(self._values))
