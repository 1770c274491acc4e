"""The interruptions of a training job: failures of its GPUs, and planned stops."""

from __future__ import annotations

from math import inf

from sim.spec import Spec
from sim.units import HOURS_PER_DAY, GpuHours, PositiveHours, seconds


class Interruptions(Spec):
    """How often a job is interrupted. A failure of any of its GPUs stops the whole gang."""

    mtbf_gpu_h: GpuHours | None = None
    """GPU-hours per failure; the job's mean time between failures is this divided by its GPUs. Default: no
    failures."""
    planned_every_h: PositiveHours | None = None
    """Mean time between planned stops of the job. Default: none."""

    def mtbf_s(self, gpus: int) -> float:
        """Mean time between failures of a job; infinite if nothing fails."""
        return inf if self.mtbf_gpu_h is None else seconds(self.mtbf_gpu_h / gpus)

    @property
    def planned_interval_s(self) -> float:
        """Mean time between planned stops; infinite if there are none."""
        return inf if self.planned_every_h is None else seconds(self.planned_every_h)


_LLAMA3_H = 54 * HOURS_PER_DAY

PRESETS: dict[str, Interruptions] = {
    "llama3_405b": Interruptions(
        mtbf_gpu_h=16_384 * _LLAMA3_H / 419,
        planned_every_h=_LLAMA3_H / 47,
    ),
}
"""Interruptions of jobs that were published.

- `llama3_405b`: Llama 3 405B on 16,384 H100 for 54 days, with 419 unexpected and 47 planned stops (Llama team
  2024, The Llama 3 herd of models): a failure in 50,677 GPU-hours, which is every 11,135 s.
"""
