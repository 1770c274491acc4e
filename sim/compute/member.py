"""The member: a job in a tier, and what it has had of power and of time.

Compiled if a C compiler is at hand, like `bus.stretch`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from math import inf

from sim.compute.sums import (
    BUS,
    BUS_DOWN,
    BUS_FIRM,
    BUS_FLEXIBLE,
    DOWN,
    FLEXIBLE,
    HELD,
    IDLE,
    IDLE_ALL,
    LAG,
    LAG2,
    PAUSED,
    RUN,
    zeros,
)
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
    RESTARTING = "restarting"
    """The same after a crash for lack of firm power; its baseline goes on."""


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
        rate: Its speed over that of the tier while it works; below 1 while a power domain caps it.
        state: What it does.
        left_s: Time at full speed that is left until the tier tells it that it is there.
        ends_s: The same as an instant of virtual time, while it works.
        run_s: Time at full speed that it has had.
        held_s: Time with less than full speed.
        capped_s: Time for which a power domain capped it while it worked.
        energy_mwh: Energy received, with the overhead.
        unserved_mwh: Firm energy not received, with the overhead.
        flexible_mwh: Flexible IT energy received.
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
        self.rate = 1.0
        self.state = State.STARTING
        self.left_s, self.ends_s = 0.0, inf
        self.run_s = self.held_s = self.energy_mwh = self.unserved_mwh = self.flexible_mwh = 0.0
        self.idle_mwh = self.capped_s = 0.0
        self.backlog_s = self.backlog_s2 = self.deferred_s = self.late_s = 0.0
        self.baseline_s, self.baseline_ends_s = work_s, inf
        self.has_begun = False
        self.at_s = 0.0
        self._marks = zeros()

    def __lt__(self, other: Member) -> bool:
        return self.rank < other.rank

    def __hash__(self) -> int:  # that of any object; in compiled code an order would leave none
        return id(self) >> 4

    @property
    def is_behind(self) -> bool:
        """Whether its backlog grows while it works below full speed: its baseline goes on."""
        return self.state is not State.STARTING and self.baseline_s > 0.0

    def mark(self, now_s: float, sums: list[float]) -> None:
        """Count from these values of the sums on."""
        self.at_s = now_s
        self._marks = [*sums]

    def note(self, now_s: float, sums: list[float]) -> None:
        """Count what it has had since the sums were marked."""
        duration_s = now_s - self.at_s
        if duration_s:
            had = [now - then for now, then in zip(sums, self._marks, strict=True)]
            state = self.state
            is_down = state is State.DOWN
            firm_mwh = hours(self.idle_mw * had[BUS_DOWN] if is_down else self.firm_mw * had[BUS_FIRM])
            self.energy_mwh += firm_mwh
            self.unserved_mwh += max(0.0, self.firm_mw * hours(had[BUS]) - firm_mwh)
            if state is State.ON:
                rate = self.rate
                self.run_s += rate * had[RUN]
                self.held_s += had[HELD] if rate == 1.0 else duration_s
                self.capped_s += 0.0 if rate == 1.0 else duration_s
                self.energy_mwh += self.flexible_mw * hours(had[BUS_FLEXIBLE])
                self.flexible_mwh += self.flexible_mw * hours(had[FLEXIBLE])
                self.idle_mwh += self.idle_mw * hours(rate * had[IDLE] + (1.0 - rate) * had[IDLE_ALL])
            elif is_down or state is State.PAUSED:
                self.held_s += duration_s
                self.idle_mwh += self.idle_mw * hours(had[DOWN if is_down else PAUSED])
            self._go_on(duration_s, had)
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

    def _go_on(self, duration_s: float, had: list[float]) -> None:
        """Count the backlog over a time at whose end the baseline may end, but not within it."""
        if self.state is State.STARTING:
            self.wait(self.at_s + duration_s)
            return
        lag_s, lag_s2 = duration_s, duration_s**2 / 2.0
        if self.state is State.ON:
            rate, slack = self.rate, 1.0 - self.rate
            tier_s2 = max(0.0, had[LAG2] - self._marks[LAG] * duration_s) if had[LAG] else 0.0
            lag_s, lag_s2 = rate * had[LAG] + slack * lag_s, rate * tier_s2 + slack * lag_s2
        self.backlog_s2 += self.backlog_s * duration_s + lag_s2
        self.backlog_s += lag_s
        if self.baseline_s:
            self.deferred_s += lag_s
            self.baseline_s = max(0.0, self.baseline_s - duration_s)
        else:
            self.late_s += duration_s
            self.backlog_s2 -= duration_s**2 / 2.0
            self.backlog_s = max(0.0, self.backlog_s - duration_s)
