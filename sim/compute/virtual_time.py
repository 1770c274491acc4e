"""Virtual time: the time at full speed that the jobs of a tier have had, and what is counted along it.

It is the running integral of speed. Other integrals beside it give the energy, idle time and backlog of a
member as differences of two notes. A member that works is done when virtual time reaches a number that is
known when it begins.

Compiled if a C compiler is at hand, like `bus.stretch`.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from math import inf, nextafter

from sim.compute.group import Group
from sim.compute.member import Member, State
from sim.compute.sums import LAG, RUN, advance, zeros
from sim.units import hours

_NEVER = inf
_LAST_MOMENT_S = 1e-7
"""Virtual time within which an instant is reached."""


class VirtualTime:
    """The virtual time of a tier.

    Attributes:
        at_s: Elapsed second up to which it is counted.
        speed: Speed of the members that work, from now on.
        firm_pu: Share of firm power received by those that are not down.
        flexible_pu: Share of flexible power received by those that work.
        down_pu: Share of idle power received by those that are down.
        overhead: Facility power per unit of IT power, from now on.
        groups: The members by state, added up.
        month_ends_s: Ends of the months.
        month: Number of the present month of the run, from 0.
        deferred_mwh: Rises of the backlog by month, in nominal IT energy.
        idle_mwh: Idle IT energy by month of the share of jobs that is held back.
    """

    def __init__(self, month_ends_s: Iterable[float]) -> None:
        """Begin at zero.

        Args:
            month_ends_s: Ends of the months of the run, in order.
        """
        self.at_s = 0.0
        self.speed = self.firm_pu = self.flexible_pu = self.down_pu = 0.0
        self.overhead = 1.0
        self.groups = {state: Group() for state in State}
        self._on, self._paused = self.groups[State.ON], self.groups[State.PAUSED]
        self._down, self._restarting = self.groups[State.DOWN], self.groups[State.RESTARTING]
        self.month_ends_s = [*month_ends_s]
        self.deferred_mwh, self.idle_mwh = ([0.0] * (len(self.month_ends_s) + 1) for _ in range(2))
        self._sums = zeros()
        self._ends: list[tuple[float, Member]] = []
        self._baselines: list[tuple[float, Member]] = []
        self._punctual: list[Member] = []  # their baselines end when they do, as long as nothing lags
        self.month = 0
        self._bus_s = self._occupied_s = 0.0

    @property
    def lag_s(self) -> float:
        """Integral of what is missing to full speed."""
        return self._sums[LAG]

    def clear(self) -> None:
        """Begin again at zero, once there are no members: differences of small numbers are the most exact."""
        self._sums = zeros()
        self._ends.clear()
        self._baselines.clear()
        self._punctual.clear()

    def mark(self, member: Member) -> None:
        """Let a member count from now on."""
        member.mark(self.at_s, self._sums)

    def note(self, member: Member) -> None:
        """Let a member count what it has had until now."""
        member.note(self.at_s, self._sums)
        if member.ends_s < _NEVER:
            member.left_s = max(0.0, member.ends_s - self._sums[RUN]) * member.rate

    def exit(self, member: Member) -> None:
        """Take a member out of its group."""
        self.note(member)
        member.ends_s = _NEVER
        group = self.groups[member.state]
        if member.baseline_ends_s < _NEVER:
            group.follow(member, -1)
            member.baseline_ends_s = _NEVER
        group.remove(member)

    def enter(self, member: Member, state: State) -> None:
        """Put a member into a group from now on."""
        member.state = state
        group = self.groups[state]
        group.add(member)
        if state is State.ON and member.left_s < _NEVER and member.rate:
            member.ends_s = self._sums[RUN] + member.left_s / member.rate
            heappush(self._ends, (member.ends_s, member))
        if member.is_behind:
            member.baseline_ends_s = self.at_s + member.baseline_s
            group.follow(member, 1)
            if state is State.ON and not member.backlog_s and member.rate == 1.0:
                self._punctual.append(member)
            else:
                heappush(self._baselines, (member.baseline_ends_s, member))

    def advance(self, now_s: float) -> None:
        """Go on to an elapsed second; baselines and months may end before."""
        if self._punctual and self.speed < 1.0 and self.at_s < now_s:
            self._fall_behind()
        while self.at_s < now_s:
            while self._baselines and self._baselines[0][0] != self._baselines[0][1].baseline_ends_s:
                heappop(self._baselines)
            baseline_s = self._baselines[0][0] if self._baselines else _NEVER
            month_ends_s = self.month_ends_s[self.month] if self.month < len(self.month_ends_s) else _NEVER
            until_s = min(now_s, month_ends_s, baseline_s)
            if until_s > self.at_s:
                self._integrate(until_s - self.at_s)
                self.at_s = until_s
            if baseline_s <= until_s:
                self._end_baseline(heappop(self._baselines)[1])
            if month_ends_s <= until_s:
                self.month += 1

    def mean_overhead(self) -> float:
        """Mean of the overhead over the time with members."""
        return self._bus_s / self._occupied_s if self._occupied_s else self.overhead

    def due_s(self) -> float:
        """Elapsed second at which the next member is done at the present speed; infinite if none will be."""
        ends = self._ends
        while ends and ends[0][0] != ends[0][1].ends_s:
            heappop(ends)
        if not (ends and self.speed):
            return _NEVER
        due_s = self.at_s + max(0.0, ends[0][0] - self._sums[RUN]) / self.speed
        return due_s if due_s > self.at_s else nextafter(self.at_s, _NEVER)

    def done(self) -> list[Member]:
        """The members that are done now."""
        found = []
        ends = self._ends
        while ends and ends[0][0] <= self._sums[RUN] + _LAST_MOMENT_S:
            end_s, member = heappop(ends)
            if end_s == member.ends_s:
                member.ends_s, member.left_s = _NEVER, 0.0
                found.append(member)
        return found

    def _fall_behind(self) -> None:
        """Watch the ends of baselines from now on: members are slower than they."""
        for member in self._punctual:
            heappush(self._baselines, (member.baseline_ends_s, member))
        self._punctual.clear()

    def _integrate(self, duration_s: float) -> None:
        """Go on for a time within which nothing changes."""
        on, paused, down, restarting = self._on, self._paused, self._down, self._restarting
        firm_pu, down_pu, lag = self.firm_pu, self.down_pu, 1.0 - self.speed
        idle_pu = min(1.0, on.firm_mw * firm_pu / on.idle_mw) if on.idle_mw else 0.0
        paused_pu = min(1.0, paused.firm_mw * firm_pu / paused.idle_mw) if paused.idle_mw else 0.0
        shares = (self.flexible_pu, firm_pu, idle_pu, paused_pu, down_pu, self.overhead)
        advance(self._sums, duration_s, self.speed, shares)
        if on.count or paused.count or down.count or restarting.count:
            self._bus_s += self.overhead * duration_s
            self._occupied_s += duration_s
        if lag or paused.count or down.count or restarting.count or on.capped:
            behind_mw = (on.behind_mw - on.slack_mw) * lag + on.slack_mw
            behind_mw += paused.behind_mw + down.behind_mw + restarting.behind_mw
            idle_mw = ((on.idle_mw - on.idle_slack_mw) * lag + on.idle_slack_mw) * idle_pu
            idle_mw += paused.idle_mw * paused_pu + down.idle_mw * down_pu
            self.deferred_mwh[self.month] += behind_mw * hours(duration_s)
            self.idle_mwh[self.month] += idle_mw * hours(duration_s)

    def _end_baseline(self, member: Member) -> None:
        self.note(member)
        member.end_baseline()
        self.groups[member.state].follow(member, -1)
