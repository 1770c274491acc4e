"""First come, first served."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.compute.draft import Draft
from sim.compute.scheduler import Decision, Scheduler, State


class FirstCome(Scheduler):
    """Jobs start strictly in the order of submission; the head of the line blocks those behind."""

    kind: Literal["first_come"] = "first_come"
    is_checked: ClassVar[bool] = False
    follows_power: ClassVar[bool] = False

    def decide(self, state: State) -> Decision:
        """Start jobs from the head of the line as long as they fit."""
        draft = Draft(self, state)
        for job in state.waiting:
            if draft.is_due(job) and not draft.start(job):
                break
        return draft.decision()
