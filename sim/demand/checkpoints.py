"""The checkpoints of a training job: how often work is saved, what that costs, and what a crash loses.

Sources: J. W. Young, A first order approximation to the optimum checkpoint interval, Communications of the
ACM 17 (1974); J. T. Daly, A higher order estimate of the optimum checkpoint interval for restart dumps,
Future Generation Computer Systems 22 (2006). Both take failures as a Poisson process.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, expm1, floor, inf, isfinite, sqrt
from typing import Literal, Self

from pydantic import model_validator

from sim.spec import Spec
from sim.units import PositiveSeconds, Seconds, Watts

_ROUNDING = 1e-9
"""Share of an interval below which a rest of work is rounding error."""


def young_interval_s(cost_s: float, mtbf_s: float) -> float:
    """Work between checkpoints that wastes the least time, to first order (Young 1974): sqrt(2 C M)."""
    return sqrt(2.0 * cost_s * mtbf_s)


def daly_interval_s(cost_s: float, mtbf_s: float) -> float:
    """The same to higher order (Daly 2006)."""
    if cost_s >= 2.0 * mtbf_s:
        return mtbf_s
    part = cost_s / (2.0 * mtbf_s)
    return young_interval_s(cost_s, mtbf_s) * (1.0 + sqrt(part) / 3.0 + part / 9.0) - cost_s


def expected_wall_s(
    work_s: float, interval_s: float, cost_s: float, restart_s: float, mtbf_s: float
) -> float:
    """Expected time that work takes with checkpoints, failures and restarts.

    T = M e^(R/M) (e^((tau + C)/M) - 1) Ts/tau (Daly 2006, exact for Poisson failures). A failure during a
    checkpoint or a restart counts too.

    Args:
        work_s: Time that the work takes without interruption (Ts).
        interval_s: Work between checkpoints (tau).
        cost_s: Time to write a checkpoint (C).
        restart_s: Time from a failure until work goes on (R).
        mtbf_s: Mean time between failures (M); infinite if nothing fails.
    """
    if interval_s == inf:
        interval_s, cost_s = work_s, 0.0
    piece_s = interval_s + cost_s
    if mtbf_s < inf:
        try:
            piece_s = mtbf_s * exp(restart_s / mtbf_s) * expm1(piece_s / mtbf_s)
        except OverflowError:
            return inf
    return piece_s * work_s / interval_s


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work and writing in turn: an interval of work, a checkpoint, and so on.

    A time `run_s` is counted at full speed from the start, or from the restart at a checkpoint; writing is
    included. All is arithmetic on that number, at constant cost.

    Attributes:
        interval_s: Work between checkpoints; infinite if there are none.
        cost_s: Time to write a checkpoint.
    """

    interval_s: float
    cost_s: float

    def kept_s(self, run_s: float) -> float:
        """Work that completed checkpoints have saved."""
        return self._times(self._written(run_s), self.interval_s)

    def performed_s(self, run_s: float) -> float:
        """Work done, saved or not."""
        written = self._written(run_s)
        since_s = max(0.0, run_s - self._times(written, self.interval_s + self.cost_s))
        return self._times(written, self.interval_s) + min(since_s, self.interval_s)

    def lost_s(self, run_s: float) -> float:
        """Work that a crash at that time loses."""
        return self.performed_s(run_s) - self.kept_s(run_s)

    def time_for(self, work_s: float) -> float:
        """Time until an amount of work is done; the last piece needs no checkpoint."""
        pieces = ceil(work_s / self.interval_s - _ROUNDING)
        return work_s + max(0, pieces - 1) * self.cost_s

    def next_turn_s(self, run_s: float) -> float:
        """When the work or the writing of that time ends; later than `run_s`."""
        written = self._written(run_s)
        start_s = self._times(written, self.interval_s + self.cost_s)
        if run_s < start_s + self.interval_s:
            return start_s + self.interval_s
        return (written + 1) * (self.interval_s + self.cost_s)

    def _written(self, run_s: float) -> int:
        """Checkpoints completed: the most of which the whole pieces, as computed, have passed."""
        piece_s = self.interval_s + self.cost_s
        if piece_s == inf:
            return 0
        count = floor(run_s / piece_s)
        return count + 1 if (count + 1) * piece_s <= run_s else count

    @staticmethod
    def _times(count: int, each_s: float) -> float:
        return count * each_s if count else 0.0


NEVER = Schedule(inf, 0.0)
"""No checkpoints."""


class Checkpoints(Spec):
    """How a job saves its work. It stops work while it writes."""

    interval_s: PositiveSeconds | None = None
    """Work between checkpoints, in seconds at full speed. Default: by `rule`, from the mean time between the
    failures of the job; none where nothing fails."""
    rule: Literal["young", "daly"] = "young"
    """Rule of the interval where none is given: Young's (1974) or Daly's of higher order (2006)."""
    cost_s: Seconds
    """Time to write a checkpoint, during which work stops."""
    write_w: Watts | None = None
    """Power per GPU while a checkpoint is written. Default: that of the job's phases."""
    restart_s: Seconds = 0.0
    """Time from a failure until work goes on from the last checkpoint."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.interval_s is None and not self.cost_s:
            raise self.refuse("cost_s", "above 0 s where no interval_s is given")
        if self.interval_s is not None and self.cost_s > self.interval_s:
            raise self.refuse("cost_s", f"at most interval_s = {self.interval_s:g} s")
        return self

    def schedule(self, mtbf_s: float) -> Schedule:
        """Its intervals, for a job that fails at random.

        Args:
            mtbf_s: Mean time between failures of the job; infinite if nothing fails.

        Raises:
            SpecError: If a checkpoint takes longer than the interval that the rule gives.
        """
        if self.interval_s is not None:
            return Schedule(self.interval_s, self.cost_s)
        if not isfinite(mtbf_s):
            return Schedule(inf, self.cost_s)
        found_s = {"young": young_interval_s, "daly": daly_interval_s}[self.rule](self.cost_s, mtbf_s)
        if self.cost_s > found_s:
            given = f"the interval of rule {self.rule!r} for a mean time between failures of {mtbf_s:g} s"
            raise self.refuse("cost_s", f"at most {found_s:g} s, {given}")
        return Schedule(found_s, self.cost_s)

    def expected_wall_s(self, work_s: float, mtbf_s: float) -> float:
        """Expected time that work takes, by Daly's exact formula."""
        plan = self.schedule(mtbf_s)
        return expected_wall_s(work_s, plan.interval_s, plan.cost_s, self.restart_s, mtbf_s)

    def effective_pu(self, work_s: float, mtbf_s: float, planned_interval_s: float = inf) -> float:
        """Expected effective training time: useful time over wall time.

        Args:
            work_s: Time that the work takes without interruption.
            mtbf_s: Mean time between failures of the job.
            planned_interval_s: Mean time between planned stops. Each loses no work and costs a restart.
        """
        useful_pu = work_s / self.expected_wall_s(work_s, mtbf_s)
        return useful_pu * max(0.0, 1.0 - self.restart_s / planned_interval_s)
