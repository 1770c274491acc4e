"""The levels of a job: the power of one of its GPUs along the time that it runs at full speed."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, inf

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
        mtbf_s: Mean time between failures of the job and its servers.
        planned_s: Run time between planned stops.
    """

    busy_w: float
    writing_w: float
    cycle: Cycle | None
    schedule: Schedule
    mtbf_s: float = inf
    planned_s: float = inf

    def mean_w(self, work_s: float) -> float:
        """Mean power of a job from its first step to its last, or to an interruption.

        Without interruptions it is exact. With them it is expected: run times are exponentially distributed,
        or end at a planned stop, and a part of them is too short for the checkpoint at their end.

        Args:
            work_s: Its work, as time without checkpoints.
        """
        busy_w = self.busy_w if self.cycle is None else self.cycle.energy_j(work_s) / work_s
        schedule, mtbf_s = self.schedule, self.mtbf_s
        run_s = min(schedule.time_for(work_s), self.planned_s)
        written_s = run_s - schedule.performed_s(run_s) if run_s < inf else 0.0
        if not written_s:
            return busy_w
        writing_pu = written_s / run_s
        if mtbf_s < inf:
            cost_s, piece_s = schedule.cost_s, schedule.interval_s + schedule.cost_s
            pieces = written_s / cost_s
            often = expm1(-pieces * piece_s / mtbf_s) / expm1(-piece_s / mtbf_s)
            first = -exp(-schedule.interval_s / mtbf_s) * expm1(-cost_s / mtbf_s)
            writing_pu = first * often / -expm1(-run_s / mtbf_s)
        return busy_w + (self.writing_w - busy_w) * writing_pu

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
        while run_s + (self.cycle.start_s(number + 1) - at_s) <= run_s:  # it has ended, rounding apart
            number += 1
        ahead_s = self.cycle.start_s(number + 1) - at_s
        return self.cycle.level_w(number), min(turn_s, run_s + ahead_s)
