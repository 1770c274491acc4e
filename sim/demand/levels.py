"""The levels of a job: the power of one of its GPUs along the time that it runs at full speed."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from sim.demand.checkpoints import Schedule
from sim.demand.cycle import Cycle


@dataclass(frozen=True)
class Levels:
    """Power per GPU, the share of its server included, of a job that works and saves its work in turn.

    Attributes:
        busy_w: Mean power while it works.
        writing_w: Power while it writes a checkpoint.
        cycle: Power over the time that it works; None if it is `busy_w` at any time.
        schedule: When it works and when it writes.
    """

    busy_w: float
    writing_w: float
    cycle: Cycle | None
    schedule: Schedule

    def mean_w(self, work_s: float) -> float:
        """Mean power of a job that is not interrupted, from its first step to its last.

        Args:
            work_s: Its work, as time without checkpoints.
        """
        busy_w = self.busy_w if self.cycle is None else self.cycle.energy_j(work_s) / work_s
        run_s = self.schedule.time_for(work_s)
        if run_s == work_s:
            return busy_w
        return (busy_w * work_s + self.writing_w * (run_s - work_s)) / run_s

    def turn(self, done_s: float, run_s: float) -> tuple[float, float]:
        """The power now, and the time at which it changes.

        Args:
            done_s: Work that was saved when it started last.
            run_s: Time at full speed since then.

        Returns:
            Power [W], and the time since it started at which the next level begins.
        """
        schedule = self.schedule
        turn_s = schedule.next_turn_s(run_s)
        performed_s = schedule.performed_s(run_s)
        if turn_s < inf and schedule.performed_s(turn_s) == performed_s:  # nothing is done until then
            return self.writing_w, turn_s
        if self.cycle is None:
            return self.busy_w, turn_s
        at_s = done_s + performed_s
        number = self.cycle.number_at(at_s)
        ahead_s = self.cycle.start_s(number + 1) - at_s
        return self.cycle.level_w(number), min(turn_s, run_s + ahead_s)
