"""The draft: a decision of a scheduler in the making, on a copy of the room that the state leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache, partial
from math import fsum, inf

from sim.compute.room import Room
from sim.compute.scheduler import Decision, Racks, Running, Scheduler, Start, State, Waiting

_ROUNDING = 1e-9


class Draft:
    """A decision in the making, which heeds the options that all kinds share.

    Attributes:
        room: GPUs and power that are left.
        started: Jobs that start, with the GPUs they get.

    Raises:
        ValueError: If the scheduler needs a forecast and the state has none.
    """

    def __init__(self, scheduler: Scheduler, state: State) -> None:
        if scheduler.starts_by != "submission" and state.forecast is None:
            wanted = f"a forecast of {scheduler.starts_by}, which starts_by asks for"
            raise ValueError(f"{scheduler.title()}: state.forecast = None; allowed: {wanted}")
        self._now_s = state.now_s
        self._forecast = None if scheduler.starts_by == "submission" else state.forecast
        spare_mw = inf
        if scheduler.power_budget_mw is not None:
            whole_mw = scheduler.power_budget_mw * (1.0 + _ROUNDING)
            spare_mw = whole_mw - fsum(job.power_mw for job in state.running)
        largest = cache(partial(_largest, state)) if scheduler.within_rack else None
        self.room = Room([*state.free], spare_mw, largest)
        self.started: list[tuple[Waiting, Racks]] = []
        self._yields: tuple[int, ...] = ()
        self._again_s = inf

    def is_due(self, job: Waiting) -> bool:
        """Whether a job need not wait for a better window; otherwise the scheduler is asked again then."""
        if self._forecast is None or job.runtime_s == inf:
            return True
        latest_s = min(job.latest_start_s, job.deadline_s - job.runtime_s)
        start_s = self._forecast.best_start_s(self._now_s, latest_s, job.runtime_s)
        if start_s <= self._now_s:
            return True
        self._again_s = min(self._again_s, start_s, self._forecast.renewed_s(self._now_s))
        return False

    def start(self, job: Waiting) -> bool:
        """Start a job if it fits, and tell whether it does."""
        racks = self.room.place(job)
        if racks is None:
            return False
        self.start_in(racks, job)
        return True

    def start_in(self, racks: Racks, job: Waiting) -> None:
        """Start a job in racks that have room for it."""
        self.room.take(racks, job.power_mw)
        self.started.append((job, racks))

    def reclaim(self, job: Waiting, candidates: Iterable[Running]) -> bool:
        """Let running jobs yield, in their order, until a job fits, and start it.

        Returns:
            Whether it starts; if it does not fit even so, nobody yields.
        """
        yielding = self._enough(job, candidates)
        for one in yielding:
            self.room.give(one.racks, one.power_mw)
        self._yields += tuple(one.number for one in yielding)
        return bool(yielding) and self.start(job)

    def needed(self, job: Waiting, candidates: Iterable[Running]) -> list[Running]:
        """Of the first running jobs that suffice, those that have to yield; the last are spared first."""
        yielding = self._enough(job, candidates)
        room = self.room.copy()
        for one in yielding:
            room.give(one.racks, one.power_mw)
        needed = []
        for one in reversed(yielding):
            room.take(one.racks, one.power_mw)
            if room.place(job) is None:
                room.give(one.racks, one.power_mw)
                needed.append(one)
        return needed[::-1]

    def decision(self) -> Decision:
        """What has been decided."""
        starts = tuple(Start(job.number, racks) for job, racks in self.started)
        return Decision(starts, self._yields, self._again_s)

    def _enough(self, job: Waiting, candidates: Iterable[Running]) -> list[Running]:
        """The first running jobs without which a job fits; none if it does not fit even without all."""
        room, yielding = self.room.copy(), []
        for one in candidates:
            room.give(one.racks, one.power_mw)
            yielding.append(one)
            if room.place(job) is not None:
                return yielding
        return []


def _largest(state: State) -> int:
    """GPUs of the largest rack, free or held."""
    size = Counter(dict(enumerate(state.free)))
    for job in state.running:
        for rack, gpus in job.racks:
            size[rack] += gpus
    return max(size.values())
