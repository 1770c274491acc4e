"""The progress of a job: work performed, saved and lost."""

from __future__ import annotations

from sim.demand.checkpoints import Schedule


class Progress:
    """The progress of a job, as time at full speed.

    Work performed is work done and work lost. A crash loses what was performed since the last checkpoint.

    Attributes:
        left_s: Work left, counted from the last save.
        performed_s: Work performed until the job was last interrupted.
        lost_s: Work lost.
    """

    def __init__(self, work_s: float, schedule: Schedule) -> None:
        self.left_s = self._work_s = work_s
        self.performed_s = self.lost_s = 0.0
        self._schedule = schedule
        self._base_s = 0.0

    def begin(self, run_s: float) -> float:
        """Begin from the last save, at a reading of the job's virtual time; the run time that is left."""
        self._base_s = run_s
        return self._schedule.time_for(self.left_s)

    def run_s(self, run_s: float) -> float:
        """Run time since it began last."""
        return run_s - self._base_s

    def unsaved_s(self, run_s: float) -> float:
        """Work performed since it began last, at a reading of virtual time."""
        return min(self.left_s, self._schedule.performed_s(self.run_s(run_s)))

    def save(self, run_s: float) -> None:
        """Save all work."""
        performed_s = self.unsaved_s(run_s)
        self.performed_s += performed_s
        self.left_s = max(0.0, self.left_s - performed_s)
        self._base_s = run_s

    def crash(self, run_s: float) -> None:
        """Fall back to the last checkpoint."""
        performed_s = self.unsaved_s(run_s)
        kept_s = min(performed_s, self._schedule.kept_s(self.run_s(run_s)))
        self.performed_s += performed_s
        self.lost_s += performed_s - kept_s
        self.left_s = max(0.0, self.left_s - kept_s)
        self._base_s = run_s

    def finish(self) -> None:
        """The work is done: what is left is rounding."""
        self.performed_s += self.left_s
        self.left_s = 0.0

    def time_left_s(self) -> float:
        """Run time from the last save to the end."""
        return self._schedule.time_for(self.left_s) if self.left_s else 0.0

    @property
    def done_s(self) -> float:
        """Work that is saved."""
        return self._work_s - self.left_s
