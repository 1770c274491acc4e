"""The books of the reference: energies, money and reasons of a run, and how far they may be off."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from reference.market import Block

Sums = defaultdict[str, float]


@dataclass
class Books:
    """What a run comes to.

    Attributes:
        mwh: Energy by participant and flow.
        usd: Lines of the bill.
        curtailed_mwh: Curtailed energy by reason.
        unserved_mwh: Unserved energy by reason.
        stored_mwh: Energy in stores at the end less that at the start.
        jobs: Of each job by name, the work done, the rises of its backlog, and its backlog at the end.
        error_mwh: Sum of the errors of all changes.
        bend_mwh: Sum of the errors of reasons within steps in which a ramp moves.
        unsure_mwh: Unserved energy of steps in which a store that charges could be asked to discharge.
        is_close: Whether a decision cannot be told from its neighbours within the step error.
        changes: Number of changes with an error.
    """

    mwh: Sums = field(default_factory=lambda: defaultdict(float))
    usd: Sums = field(default_factory=lambda: defaultdict(float))
    curtailed_mwh: Sums = field(default_factory=lambda: defaultdict(float))
    unserved_mwh: Sums = field(default_factory=lambda: defaultdict(float))
    stored_mwh: float = 0.0
    jobs: dict[str, dict[str, float]] = field(default_factory=dict)
    error_mwh: float = 0.0
    bend_mwh: float = 0.0
    unsure_mwh: float = 0.0
    is_close: bool = False
    changes: int = 0

    def add_flows(self, blocks: list[Block], step_h: float) -> None:
        """Add the power of a step."""
        for block in blocks:
            self.mwh[f"{block.owner}.{block.flow}"] += block.traded_mw * step_h
            if block.rest:
                self.mwh[f"{block.owner}.{block.rest}"] += block.rest_mw * step_h

    def add_error(self, mwh: float) -> None:
        """Add the error of a change, if there is any."""
        if mwh > 0.0:
            self.error_mwh += mwh
            self.changes += 1


def add(sums: Sums, mw: dict[str, float], step_h: float) -> None:
    """Add power by reason."""
    for reason, power in mw.items():
        sums[reason] += power * step_h


class DemandCharge:
    """Mean imports over quarters of an hour, and the highest of each month."""

    def __init__(self) -> None:
        self._mwh: Sums = defaultdict(float)
        self._month: dict[str, str] = {}

    def add(self, quarter: str, month: str, mwh: float) -> None:
        """Add energy drawn within a quarter of an hour."""
        self._mwh[quarter] += mwh
        self._month[quarter] = month

    def peaks_mw(self) -> float:
        """Sum of the highest means of all months."""
        highest: Sums = defaultdict(float)
        for quarter, mwh in self._mwh.items():
            month = self._month[quarter]
            highest[month] = max(highest[month], mwh / 0.25)
        return sum(highest.values())
