"""The commitments: what the fleets of a site have committed, for consideration by each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import fsum

from sim.bus.band import Band

_ROUNDING = 1e-9


@dataclass
class Commitment:
    """What a fleet has committed, for consideration by other fleets.

    Attributes:
        minimum_mw: Minimum level of a unit.
        full_usd_per_mwh: Cost of its power at full load.
        ready_mw: Tells the power in service that the ramp limit does not yet allow.
        band: What the fleet waits for.
        ordered_mw: Power that has been ordered into service.
        running: Units that run.
    """

    minimum_mw: float
    full_usd_per_mwh: float
    ready_mw: Callable[[], float]
    band: Band
    ordered_mw: float = 0.0
    running: int = 0


class Commitments:
    """The commitments of all fleets of a site."""

    def __init__(self) -> None:
        self._all: list[Commitment] = []

    def add(self, commitment: Commitment) -> None:
        """Add the commitment of a fleet, which keeps it up to date."""
        self._all.append(commitment)

    def run(self, own: Commitment, running: int) -> None:
        """State how many units of a fleet run; where that changes, all fleets look at the next settlement."""
        if running != own.running:
            own.running = running
            for one in self._all:
                one.band.open()

    def stoppable(
        self, besides: Commitment, unit_mw: float, above_usd_per_mwh: float
    ) -> list[tuple[float, float]]:
        """Cost and minimum power of the dearer units that one unit could replace as a whole."""
        if len(self._all) == 1:
            return []
        found = []
        for one in self._all:
            if one.running and one.full_usd_per_mwh > above_usd_per_mwh and one is not besides:
                most = int(unit_mw / one.minimum_mw * (1.0 + _ROUNDING)) if one.minimum_mw else 0
                found.append((one.full_usd_per_mwh, min(one.running, most) * one.minimum_mw))
        return [(usd_per_mwh, mw) for usd_per_mwh, mw in found if mw]

    def ready_mw(self, besides: Commitment) -> float:
        """Power in service that ramp limits do not yet allow, of all other fleets."""
        return fsum([one.ready_mw() for one in self._all if one is not besides])

    def coming_mw(self, besides: Commitment) -> float:
        """`ready_mw` plus the power that has been ordered into service."""
        return fsum([one.ready_mw() + one.ordered_mw for one in self._all if one is not besides])
