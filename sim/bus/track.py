"""The track: a series that is played during a run.

Compiled if a C compiler is at hand, like `stretch`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from math import inf

import numpy as np

from sim.timeseries.times import Array

_IS_COMPILED = not __file__.endswith(".py")


class Track:
    """A series during playback: the time of its next change, and what takes the values.

    Attributes:
        next_s: Elapsed second of its next change; infinite after the last one.
        lowest: Lowest of its values; infinite without any.
        act: Called with each value.
        owner: The participant that plays it; empty if that is not known.
    """

    def __init__(self, times_s: Array, values: Array, act: Callable[[float], None], owner: str = "") -> None:
        """Begin before the first change.

        Args:
            times_s: Times of the changes, increasing.
            values: Values from these times on.
            act: Called with each value.
            owner: The participant that plays it.
        """
        self.owner = owner
        self._times_s = times_s if _IS_COMPILED else array("d", times_s.tobytes())
        self._values = values if _IS_COMPILED else array("d", values.tobytes())
        self._at = 0
        self._count = len(times_s)
        self.lowest = float(values.min(initial=inf))
        self.act = act
        self.next_s = times_s[0] if self._count else inf

    def ahead(self) -> tuple[Array, Array]:
        """Times of the changes that are still to come [s], and the values from then on."""
        return np.asarray(self._times_s)[self._at :], np.asarray(self._values)[self._at :]

    def take(self) -> float:
        """Go on to the following change; the value from the present one on."""
        value = self._values[self._at]
        self._at += 1
        if self._at < self._count:
            self.next_s = self._times_s[self._at]
        else:
            self.next_s = inf
            self._times_s = self._values = array("d")  # a long series is not kept
        return value
