"""The order of priority, with preemption."""

from __future__ import annotations

from operator import attrgetter
from typing import ClassVar, Literal

from sim.compute.draft import Draft
from sim.compute.scheduler import Decision, Scheduler, State


class PriorityOrder(Scheduler):
    """The highest priority first, then the first submitted; the head of the line blocks those behind."""

    kind: Literal["priority"] = "priority"
    is_checked: ClassVar[bool] = False
    follows_power: ClassVar[bool] = False
    preempts: bool = False
    """Whether running jobs of a lower priority that are not protected yield to the head of the line, if
    enough GPUs come free: the lowest priority first, of equal priority the last started."""

    def decide(self, state: State) -> Decision:
        """Start jobs along the line; stop after a job that others yield to, for they wait again."""
        draft = Draft(self, state)
        if not self.preempts and not draft.room.gpus:
            return draft.decision()
        for job in sorted(state.waiting, key=attrgetter("priority"), reverse=True):
            if not draft.is_due(job) or draft.start(job):
                continue
            if self.preempts:
                lower = [one for one in state.running if one.priority < job.priority and not one.is_protected]
                lower.sort(key=lambda one: (one.priority, -one.start_s, -one.number))
                draft.reclaim(job, draft.needed(job, lower))
            break
        return draft.decision()
