"""The behaviour of jobs: how their speed follows the power that they receive."""

from __future__ import annotations

from dataclasses import dataclass


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

    def speed_pu(self, firm_pu: float, flexible_pu: float) -> float:
        """Speed at these shares of firm and flexible power."""
        short = self.firm_ratio * (1.0 - firm_pu) + self.flexible_ratio * (1.0 - flexible_pu)
        return max(0.0, 1.0 - short)
