"""The behaviour of jobs: how their speed follows the power that they receive."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np

from sim.compute.response import PowerResponse

_STEPS = 4
"""Blocks of the ladder above the power of the least energy per unit of work."""
_TANGENTS = 3
"""Tangents to the speed above that power: nowhere more than 4 points above it with any preset."""
_HAIR = 1e-9


class Behaviour(Protocol):
    """How the jobs of a tier react to power; equal behaviours share a tier."""

    @property
    def widths_pu(self) -> tuple[float, ...]:
        """Width of each flexible block, as a share of a job's flexible power; they add up to 1."""

    @property
    def values_pu(self) -> tuple[float, ...]:
        """Value of a megawatt of each block over the mean value of the job's power; it never rises."""

    @property
    def floor_pu(self) -> float:
        """Width of the first block if a job needs it whole, and pauses otherwise; 0 if it takes any part."""

    @property
    def crashes(self) -> bool:
        """Whether a job that loses firm power crashes; otherwise all jobs slow down."""

    @property
    def corners_pu(self) -> tuple[tuple[float, float], ...]:
        """Shares of power above idle, and speeds: their convex hull with no power holds any mean of both."""

    def speed_pu(self, firm_pu: float, flexible_pu: float) -> float:
        """Speed at these shares of firm and flexible power, 0 to 1."""


@dataclass(frozen=True)
class Proportional:
    """The speed of a job is the share that it receives of its power above idle.

    Measured GPUs lose less speed than power, so this is pessimistic for the job.

    Attributes:
        firm_ratio: Firm power over the power above idle.
        flexible_ratio: Flexible power over the power above idle.
        crashes: Whether a job that loses firm power crashes.
    """

    firm_ratio: float
    flexible_ratio: float
    crashes: bool = False

    @property
    def widths_pu(self) -> tuple[float, ...]:
        """One block of flexible power, or none."""
        return (1.0,) if self.flexible_ratio else ()

    @property
    def values_pu(self) -> tuple[float, ...]:
        """Value of a megawatt of each block over the mean value of the job's power."""
        return self.widths_pu

    @property
    def floor_pu(self) -> float:
        """It runs with any power."""
        return 0.0

    @property
    def corners_pu(self) -> tuple[tuple[float, float], ...]:
        """Full power and full speed: work is in proportion to power."""
        return ((1.0, 1.0),)

    def speed_pu(self, firm_pu: float, flexible_pu: float) -> float:
        """Speed at these shares of firm and flexible power."""
        short = self.firm_ratio * (1.0 - firm_pu) + self.flexible_ratio * (1.0 - flexible_pu)
        return max(0.0, 1.0 - short)


@dataclass(frozen=True)
class Capped:
    """The speed of a job follows the power of its accelerators along a measured response.

    Power taken from the job is taken from its accelerators, down to the floor of the response, below which
    the job pauses and its servers are idle. The ladder of bids is the concave envelope of speed over power:
    below the power of the least energy per unit of work, all megawatts have the same value, that of work at
    this power for a part of the time; above, the value of each further megawatt falls with the slope.

    Attributes:
        response: Speed over accelerator power.
        accelerator_ratio: Flexible power over the uncapped mean power of the accelerators.
        crashes: Whether a job that loses firm power crashes.
        firm_ratio: Firm power over the power above idle, for jobs that do not crash.
    """

    response: PowerResponse
    accelerator_ratio: float
    crashes: bool = False
    firm_ratio: float = 0.0

    @cached_property
    def floor_pu(self) -> float:
        """Share of flexible power with which it runs at the floor of the response."""
        return self._flexible_pu(self.response.floor_pu)

    @property
    def widths_pu(self) -> tuple[float, ...]:
        """The power of the floor, from there to the least energy per unit of work, and equal parts above."""
        return tuple(width for width, _ in self._ladder)

    @property
    def values_pu(self) -> tuple[float, ...]:
        """Value of a megawatt of each block over the mean value of the job's power; it never rises."""
        return tuple(value for _, value in self._ladder)

    @cached_property
    def _ladder(self) -> tuple[tuple[float, float], ...]:
        floor_pu, optimum_pu = self.floor_pu, self._optimum_pu
        blocks = []
        if optimum_pu:
            run_value = self._speed(optimum_pu) / optimum_pu
            blocks = [(floor_pu, run_value)] if floor_pu else []
            if optimum_pu > floor_pu:  # a hair's breadth less, so that the power of the floor comes first
                blocks.append((optimum_pu - floor_pu, run_value * (1.0 - _HAIR)))
        width = (1.0 - optimum_pu) / _STEPS
        for number in range(_STEPS if width > _HAIR else 0):
            low_pu = optimum_pu + number * width
            blocks.append((width, (self._speed(low_pu + width) - self._speed(low_pu)) / width))
        return tuple(blocks)

    @cached_property
    def corners_pu(self) -> tuple[tuple[float, float], ...]:
        """The least energy per unit of work, and where tangents from there on meet.

        Speed is concave there, so it is nowhere above its tangents.
        """
        shares = np.linspace(self._optimum_pu, 1.0, _TANGENTS)
        speeds = [self._speed(share) for share in shares]
        slopes = [self._slope(share) for share in shares]
        corners = [(float(shares[0]), speeds[0])]
        for (x, y, steep), (x2, y2, flat) in pairwise(zip(shares, speeds, slopes, strict=True)):
            at = (y2 - y + steep * x - flat * x2) / (steep - flat) if steep - flat > _HAIR else x2
            corners.append((float(at), float(y + steep * (at - x))))
        return (*corners, (1.0, 1.0))

    @property
    def _optimum_pu(self) -> float:
        """Share of flexible power at which speed over flexible power is highest, not below the floor."""
        power_pu = self.response.optimum_above(1.0 - self.accelerator_ratio)
        return max(self.floor_pu, self._flexible_pu(power_pu))

    def _flexible_pu(self, power_pu: float) -> float:
        """Share of flexible power with which the accelerators have this power."""
        share_pu = 1.0 - (1.0 - power_pu) / self.accelerator_ratio
        return share_pu if share_pu > _HAIR else 0.0  # what rounding leaves is not a block

    def _speed(self, flexible_pu: float) -> float:
        return self.response.speed_pu(self._power_pu(flexible_pu))

    def _slope(self, flexible_pu: float) -> float:
        """Speed gained per share of flexible power."""
        return self.response.slope(self._power_pu(flexible_pu)) * self.accelerator_ratio

    def _power_pu(self, flexible_pu: float) -> float:
        """Power of the accelerators with this share of flexible power."""
        return max(self.response.floor_pu, 1.0 - (1.0 - flexible_pu) * self.accelerator_ratio)

    def speed_pu(self, firm_pu: float, flexible_pu: float) -> float:
        """Speed at these shares of firm and flexible power."""
        if flexible_pu < self.floor_pu * (1.0 - _HAIR):
            return 0.0
        return max(0.0, self._speed(flexible_pu) - self.firm_ratio * (1.0 - firm_pu))
