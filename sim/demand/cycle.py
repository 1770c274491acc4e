"""A cycle: power that repeats itself, as a list of steps, and what follows from the list exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

_HARMONICS_PER_STEP = 8
"""Harmonics among which lines are looked for, for each step of the cycle."""
_ROUNDING = 1e-9
"""Share of the highest level below which an amplitude is rounding error."""


class Line(NamedTuple):
    """A line of the spectrum: a period and the amplitude of its sine."""

    period_s: float
    amplitude_w: float


@dataclass(frozen=True)
class Cycle:
    """Steps of constant power that repeat without end.

    Attributes:
        steps: Duration [s] and power [W] of each step.

    Raises:
        ValueError: If there is no step, a duration is not above 0 s, or a power is below 0 W.
    """

    steps: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError("Cycle: steps = (); allowed: at least one step")
        for number, (duration_s, power_w) in enumerate(self.steps):
            if not (isfinite(duration_s) and duration_s > 0.0):
                raise ValueError(f"Cycle: duration of step {number} = {duration_s:g} s; allowed: above 0 s")
            if not (isfinite(power_w) and power_w >= 0.0):
                raise ValueError(f"Cycle: power of step {number} = {power_w:g} W; allowed: at least 0 W")

    @cached_property
    def _durations_s(self) -> NDArray[np.float64]:
        return np.array([duration_s for duration_s, _ in self.steps])

    @cached_property
    def _levels_w(self) -> NDArray[np.float64]:
        return np.array([power_w for _, power_w in self.steps])

    @cached_property
    def _edges_s(self) -> NDArray[np.float64]:
        return np.concatenate([[0.0], np.cumsum(self._durations_s)])

    @cached_property
    def _energies_j(self) -> NDArray[np.float64]:
        return np.concatenate([[0.0], np.cumsum(self._durations_s * self._levels_w)])

    @property
    def duration_s(self) -> float:
        """Length of the cycle."""
        return float(self._edges_s[-1])

    @property
    def mean_w(self) -> float:
        """Mean power, weighted by duration."""
        return float(self._energies_j[-1]) / self.duration_s

    @property
    def least_w(self) -> float:
        """Lowest level."""
        return float(self._levels_w.min())

    @property
    def most_w(self) -> float:
        """Highest level."""
        return float(self._levels_w.max())

    @property
    def rms_w(self) -> float:
        """Root mean square of the deviation from the mean, weighted by duration."""
        squares = (self._levels_w - self.mean_w) ** 2
        return float(np.sqrt(squares @ self._durations_s / self.duration_s))

    @property
    def largest_step_w(self) -> float:
        """Largest change from one step to the next, from the last to the first included."""
        return float(np.abs(self._levels_w - np.roll(self._levels_w, 1)).max())

    def quantile_w(self, share_pu: float) -> float:
        """The lowest level that power does not exceed for a share of the time.

        Args:
            share_pu: The share, 0 to 1.
        """
        order = np.argsort(self._levels_w, kind="stable")
        within_s = np.cumsum(self._durations_s[order])
        place = int(np.searchsorted(within_s, share_pu * within_s[-1] * (1.0 - _ROUNDING)))
        return float(self._levels_w[order][place])

    def amplitudes_w(self, harmonics: int) -> NDArray[np.float64]:
        """Amplitudes of the harmonics 1, 2, ... of the cycle: its exact Fourier coefficients.

        Harmonic k is a sine of period `duration_s / k`. The squares of all amplitudes, halved, add up to the
        square of `rms_w` (Parseval).

        Args:
            harmonics: How many.
        """
        numbers = np.arange(1, harmonics + 1)
        turns = np.exp(-2j * np.pi * np.outer(numbers, self._edges_s / self.duration_s))
        sums = (turns[:, :-1] - turns[:, 1:]) @ (self._levels_w - self.mean_w)
        amplitudes: NDArray[np.float64] = np.abs(sums) / (np.pi * numbers)
        return amplitudes

    def lines(self, most: int = 4) -> tuple[Line, ...]:
        """The strongest lines of the spectrum, the strongest first.

        A line is a harmonic that is stronger than those beside it.

        Args:
            most: How many at most.
        """
        found = self.amplitudes_w(_HARMONICS_PER_STEP * len(self.steps))
        beside = np.concatenate([[0.0], found, [0.0]])
        peaks = (found > beside[:-2]) & (found >= beside[2:]) & (found > _ROUNDING * self.most_w)
        places = np.flatnonzero(peaks)
        strongest = places[np.argsort(-found[places], kind="stable")][:most]
        return tuple(Line(self.duration_s / (place + 1), float(found[place])) for place in strongest.tolist())

    def energy_j(self, time_s: float) -> float:
        """Energy from the beginning of the first cycle until a time."""
        whole, rest_s = divmod(time_s, self.duration_s)
        within_j = np.interp(rest_s, self._edges_s, self._energies_j)
        return whole * float(self._energies_j[-1]) + float(within_j)

    def number_at(self, time_s: float) -> int:
        """Number of the step that holds from a time on, counted through all cycles from 0."""
        whole, rest_s = divmod(time_s, self.duration_s)
        number = int(whole) * len(self.steps) + int(np.searchsorted(self._edges_s[1:], rest_s, side="right"))
        return number + 1 if self.start_s(number + 1) <= time_s else number

    def start_s(self, number: int) -> float:
        """When a step begins, by its number through all cycles."""
        cycle, place = divmod(number, len(self.steps))
        return cycle * self.duration_s + float(self._edges_s[place])

    def level_w(self, number: int) -> float:
        """Power of a step, by its number through all cycles."""
        return self.steps[number % len(self.steps)][1]

    def scaled(self, speed_pu: float, power_pu: float, fixed_w: float = 0.0) -> Self:
        """The cycle at another speed and power.

        Args:
            speed_pu: Speed; durations are divided by it. Above 0.
            power_pu: Share of the power above `fixed_w` that is drawn.
            fixed_w: Part of each level that stays.
        """
        return type(self)(
            tuple((length_s / speed_pu, fixed_w + power_pu * (w - fixed_w)) for length_s, w in self.steps)
        )

    def times(self, count: float) -> Self:
        """The cycle of several that run in step, such as the GPUs of a gang."""
        return type(self)(tuple((length_s, count * w) for length_s, w in self.steps))

    def with_pauses(self, pause_pu: float, pause_w: float) -> Self:
        """The cycle with its share of pauses that come at intervals of their own, such as checkpoints.

        The pauses of a cycle are put at its end. Mean, rms, quantiles, least and most are those of the long
        run, whatever the interval; amplitudes are not: the lines of the work are those without pauses.

        Args:
            pause_pu: Seconds of pause for each second of the cycle.
            pause_w: Power in a pause.
        """
        pause_s = pause_pu * self.duration_s
        return type(self)((*self.steps, (pause_s, pause_w))) if pause_s else self
