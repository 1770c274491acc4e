"""The group: the members of a tier that do the same, added up.

Compiled if a C compiler is at hand, like `bus.stretch`.
"""

from __future__ import annotations

from sim.compute.member import Member

_ROUNDING = 1e-12
"""Share of a power below which a difference is rounding error."""


def _less(mw: float, part_mw: float) -> float:
    left_mw = mw - part_mw
    return left_mw if left_mw > _ROUNDING * mw else 0.0


class Group:
    """The members of a tier in one state, added up.

    Attributes:
        count: Their number.
        firm_mw: Firm IT power.
        flexible_mw: Flexible IT power at full speed.
        idle_mw: IT power of their GPUs while idle.
        behind_mw: Flexible IT power of those whose baseline goes on.
        slack_mw: The part of it that power domains hold back, as a share of speed.
        capped: Number of members that power domains cap.
        idle_slack_mw: The same part of the idle power of all.
    """

    def __init__(self) -> None:
        self.count = self.capped = 0
        self.firm_mw = self.flexible_mw = self.idle_mw = self.behind_mw = 0.0
        self.slack_mw = self.idle_slack_mw = 0.0

    def add(self, member: Member) -> None:
        """Add a member."""
        self.count += 1
        self.firm_mw += member.firm_mw
        self.flexible_mw += member.flexible_mw
        self.idle_mw += member.idle_mw
        if member.rate < 1.0:
            self._cap(member, 1)

    def remove(self, member: Member) -> None:
        """Remove a member."""
        self.count -= 1
        self.firm_mw = _less(self.firm_mw, member.firm_mw)
        self.flexible_mw = _less(self.flexible_mw, member.flexible_mw)
        self.idle_mw = _less(self.idle_mw, member.idle_mw)
        if member.rate < 1.0:
            self._cap(member, -1)
        if not self.count:  # no rounding is left behind
            self.firm_mw = self.flexible_mw = self.idle_mw = self.behind_mw = 0.0

    def follow(self, member: Member, sign: int) -> None:
        """Count a member whose baseline goes on (1), or count it no longer (-1)."""
        self.behind_mw += sign * member.nominal_mw
        if member.rate < 1.0:
            self.slack_mw += sign * member.nominal_mw * (1.0 - member.rate)

    def _cap(self, member: Member, sign: int) -> None:
        self.capped += sign
        self.idle_slack_mw += sign * member.idle_mw * (1.0 - member.rate)
        if not self.capped:
            self.slack_mw = self.idle_slack_mw = 0.0
