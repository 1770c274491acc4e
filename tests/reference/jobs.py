"""The jobs of a pool: they draw power while they have work left."""

from __future__ import annotations

from typing import Any

from reference.market import Block


class Job:
    """A training job: its progress is proportional to its power above idle.

    Attributes:
        gpus: GPUs that it occupies.
        left_gpu_h: Work left.
        part: Share of the step in which it has work.
        was_limited: Whether it ends in this step.
    """

    def __init__(self, name: str, spec: dict[str, Any], pool: dict[str, Any], pue: float) -> None:
        self.name, self._spec = name, spec
        self.gpus = spec["gpus"]
        idle, busy = (
            pool[of] / pool["gpus_per_server"] / 1e6 * self.gpus * pue for of in ("idle_w", "busy_w")
        )
        self.above_idle_mw = busy - idle
        self._flexible_mw = self.above_idle_mw * spec["flexible_pu"]
        self._firm_mw = busy - self._flexible_mw
        self.left_gpu_h = spec["work_gpu_h"]
        self.part = 0.0
        self.was_limited = False
        self.deferred_gpu_h = self.late_gpu_h = 0.0
        self._on_time_left_gpu_h = spec["work_gpu_h"]
        self._has_begun = False

    @property
    def full_mw(self) -> float:
        """Its power at full speed."""
        return self._firm_mw + self._flexible_mw

    def plan(self, t_s: float) -> None:
        """Begin a step."""
        has_begun = t_s >= self._spec["submit_h"] * 3600.0 - 1e-6
        self._has_begun = has_begun
        self.part = 1.0 if has_begun and self.left_gpu_h > 1e-9 * self._spec["work_gpu_h"] else 0.0
        self.was_limited = False

    def blocks(self, firm_worth: float) -> list[Block]:
        """What it buys."""
        firm = Block(self.name, False, firm_worth, self._firm_mw * self.part, "served", "unserved")
        mw = self._flexible_mw * self.part
        return [firm, Block(self.name, False, self._spec["worth_usd_per_mwh"], mw, "served", "held_back")]

    def _work(self, blocks: list[Block], step_h: float) -> float:
        if not self.part:
            return 0.0
        short = sum(block.rest_mw for block in blocks if block.owner == self.name) / self.part
        return self.gpus * max(0.0, 1.0 - short / self.above_idle_mw) * step_h * self.part

    def limit(self, blocks: list[Block], step_h: float) -> bool:
        """Limit its time to the work left; whether that changes the trade."""
        work = self._work(blocks, step_h)
        if work <= self.left_gpu_h * (1.0 + 1e-9):
            return False
        self.part *= self.left_gpu_h / work
        self.was_limited = True
        return True

    def settle(self, blocks: list[Block], step_h: float) -> None:
        """End the step."""
        self.left_gpu_h = max(0.0, self.left_gpu_h - self._work(blocks, step_h))
        if self._has_begun:
            self._on_time_left_gpu_h = max(0.0, self._on_time_left_gpu_h - self.gpus * step_h)
            late_gpu_h = self.left_gpu_h - self._on_time_left_gpu_h
            self.deferred_gpu_h += max(0.0, late_gpu_h - self.late_gpu_h)
            self.late_gpu_h = late_gpu_h

    def flexible_mwh(self, gpu_h: float) -> float:
        """Flexible energy of work at full speed."""
        return gpu_h * self._flexible_mw / self.gpus
