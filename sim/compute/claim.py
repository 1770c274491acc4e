"""The claim: a job's claim to GPUs of a pool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simpy import Event

from sim.compute.scheduler import Running

YIELDED, SERVER_FAILED = "yielded", "server failed"
"""Why GPUs are taken back: for another job, or because a server has failed."""


@dataclass(slots=True, eq=False)
class Claim(Running):
    """A job's claim to GPUs of a pool, as its scheduler sees it.

    Attributes:
        refresh: Called before the scheduler is asked, to bring `end_s` and `is_held_back` up to date.
        lose: Called with the reason when the GPUs have been taken back; the job claims them again.
        follow_cap: Called when `cap_pu` has changed.
        floor_pu: Least cap with which it runs.
        above_mw: Power above idle that it wants.
        cap_pu: Share of that power that the power domains of its servers let it draw.
        is_held: Whether the GPUs are allocated to it.
        granted: Succeeds when the GPUs have been allocated.
    """

    refresh: Callable[[], None]
    lose: Callable[[str], None]
    follow_cap: Callable[[], None]
    floor_pu: float
    above_mw: float = 0.0
    cap_pu: float = 1.0
    is_held: bool = False
    granted: Event | None = None

    def __lt__(self, other: Claim) -> bool:
        return self.number < other.number
