"""The member: a job in a tier, and what it has had of power and of time."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from math import inf

from sim.units import hours


class State(StrEnum):
    """What a member does."""

    ON = "on"
    """It works, as fast as its power allows."""
    PAUSED = "paused"
    """It lacks the least flexible power with which it works."""
    DOWN = "down"
    """It has lost firm power and has crashed."""
    STARTING = "starting"
    """It loads its data with firm power alone."""


class Sums:
    """Running integrals over time that all members of a tier share [s].

    Attributes:
        run_s: Of speed: the virtual time.
        lag_s: Of what is missing to full speed.
        lag_s2: Of `lag_s` [s2].
        held_s: Of time with less than full speed.
        flexible_s: Of the share of flexible power that those who work receive.
        firm_s: Of the share of firm power, for those who are not down.
        down_s: Of the share of firm power, for those who are down.
        idle_s: Of what is missing to full speed, times the share of idle power received.
    """

    __slots__ = ("down_s", "firm_s", "flexible_s", "held_s", "idle_s", "lag_s", "lag_s2", "run_s")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin again at zero."""
        self.run_s = self.lag_s = self.lag_s2 = self.held_s = 0.0
        self.flexible_s = self.firm_s = self.down_s = self.idle_s = 0.0

    def copy(self, other: Sums) -> None:
        """Take the values of another one."""
        self.run_s, self.lag_s, self.lag_s2 = other.run_s, other.lag_s, other.lag_s2
        self.held_s, self.flexible_s = other.held_s, other.flexible_s
        self.firm_s, self.down_s, self.idle_s = other.firm_s, other.down_s, other.idle_s

    def advance(self, duration_s: float, speed: float, shares: tuple[float, float, float, float]) -> None:
        """Go on for a time at a constant speed.

        Args:
            duration_s: The time.
            speed: The speed.
            shares: Shares of power received: flexible, firm, firm of those who are down, idle.
        """
        flexible_pu, firm_pu, down_pu, idle_pu = shares
        lag = 1.0 - speed
        self.run_s += speed * duration_s
        self.flexible_s += flexible_pu * duration_s
        self.firm_s += firm_pu * duration_s
        self.down_s += down_pu * duration_s
        self.lag_s2 += (self.lag_s + lag * duration_s / 2.0) * duration_s
        if lag:
            self.lag_s += lag * duration_s
            self.held_s += duration_s
            self.idle_s += idle_pu * lag * duration_s


class Member:
    """A job in a tier.

    Its baseline is full speed from the moment at which servers are free for it. The backlog is the work of
    the baseline less the work done, as time at full speed. It grows while the baseline works faster than the
    job, and shrinks once the baseline is done.

    Attributes:
        rank: Its order in the tier; the member with the lowest rank keeps its power longest.
        firm_mw: Firm IT power.
        flexible_mw: Flexible IT power at full speed.
        nominal_mw: Mean flexible IT power at full speed, which its deferred energy is counted in.
        idle_mw: IT power of its GPUs while they are idle.
        state: What it does.
        left_s: Time at full speed that is left until the tier tells it that it is there.
        ends_s: The same as an instant of virtual time, while it works.
        run_s: Time at full speed that it has had.
        held_s: Time with less than full speed.
        firm_mwh: Firm IT energy received.
        flexible_mwh: Flexible IT energy received.
        unserved_mwh: Firm IT energy not received.
        idle_mwh: Idle IT energy received by the share of it that is held back.
        backlog_s: The backlog.
        backlog_s2: Integral of the backlog over time [s2].
        deferred_s: Sum of all rises of the backlog.
        late_s: Time since the baseline was done.
        baseline_s: What is left of the baseline.
        baseline_ends_s: Elapsed second at which it is done, while it goes on.
        has_begun: Whether it has worked yet.
        at_s: Elapsed second up to which all this is counted.
    """

    def __init__(self, rank: tuple[float, int], work_s: float, tell: Callable[[str], None]) -> None:
        """Describe a job that is in no tier yet.

        Args:
            rank: Its order.
            work_s: Its work, as time at full speed.
            tell: Called with what happens to it: one of the words of `tier`.
        """
        self.rank = rank
        self.tell = tell
        self.firm_mw = self.flexible_mw = self.nominal_mw = self.idle_mw = 0.0
        self.state = State.STARTING
        self.left_s, self.ends_s = 0.0, inf
        self.run_s = self.held_s = self.firm_mwh = self.flexible_mwh = self.unserved_mwh = 0.0
        self.idle_mwh = 0.0
        self.backlog_s = self.backlog_s2 = self.deferred_s = self.late_s = 0.0
        self.baseline_s, self.baseline_ends_s = work_s, inf
        self.has_begun = False
        self.at_s = 0.0
        self._marks = Sums()

    def __lt__(self, other: Member) -> bool:
        return self.rank < other.rank

    @property
    def is_behind(self) -> bool:
        """Whether its backlog grows while it works below full speed: its baseline goes on."""
        return self.state is not State.STARTING and self.baseline_s > 0.0

    def mark(self, now_s: float, sums: Sums) -> None:
        """Count from these values of the integrals on."""
        self.at_s = now_s
        self._marks.copy(sums)

    def note(self, now_s: float, sums: Sums) -> None:
        """Count what it has had since the integrals were marked."""
        duration_s, marks = now_s - self.at_s, self._marks
        if duration_s:
            if self.state is State.ON:
                self.run_s += sums.run_s - marks.run_s
                self.held_s += sums.held_s - marks.held_s
                self.flexible_mwh += self.flexible_mw * hours(sums.flexible_s - marks.flexible_s)
                self.idle_mwh += self.idle_mw * hours(sums.idle_s - marks.idle_s)
            is_down = self.state is State.DOWN
            firm_s = sums.down_s - marks.down_s if is_down else sums.firm_s - marks.firm_s
            if self.state in {State.PAUSED, State.DOWN}:
                self.held_s += duration_s
                self.idle_mwh += min(self.firm_mw * hours(firm_s), self.idle_mw * hours(duration_s))
            self.firm_mwh += self.firm_mw * hours(firm_s)
            self.unserved_mwh += self.firm_mw * hours(max(0.0, duration_s - firm_s))
            self._go_on(duration_s, sums)
        self.mark(now_s, sums)

    def wait(self, now_s: float) -> None:
        """Go on to an elapsed second without GPUs: the backlog stays as it is."""
        duration_s = now_s - self.at_s
        self.backlog_s2 += self.backlog_s * duration_s
        if not self.baseline_s:
            self.late_s += duration_s
        self.at_s = now_s

    def lose(self, work_s: float) -> None:
        """Lose work, or time, because power failed: the baseline has it, and the job has it to do again."""
        self.backlog_s += work_s
        self.deferred_s += work_s

    def end_baseline(self) -> None:
        """The work of the baseline is done."""
        self.baseline_s, self.baseline_ends_s = 0.0, inf

    def _go_on(self, duration_s: float, sums: Sums) -> None:
        """Count the backlog over a time at whose end the baseline may end, but not within it."""
        marks = self._marks
        if self.state is State.STARTING:
            self.wait(self.at_s + duration_s)
            return
        lag_s, lag_s2 = duration_s, duration_s**2 / 2.0
        if self.state is State.ON:
            lag_s = sums.lag_s - marks.lag_s
            lag_s2 = max(0.0, sums.lag_s2 - marks.lag_s2 - marks.lag_s * duration_s) if lag_s else 0.0
        self.backlog_s2 += self.backlog_s * duration_s + lag_s2
        self.backlog_s += lag_s
        if self.baseline_s:
            self.deferred_s += lag_s
            self.baseline_s = max(0.0, self.baseline_s - duration_s)
        else:
            self.late_s += duration_s
            self.backlog_s2 -= duration_s**2 / 2.0
            self.backlog_s = max(0.0, self.backlog_s - duration_s)
