"""The order of worth: the job to which power is worth most goes first."""

from __future__ import annotations

from operator import attrgetter
from typing import ClassVar, Literal

from sim.compute.draft import Draft
from sim.compute.scheduler import Decision, Scheduler, State


class WorthOrder(Scheduler):
    """The highest price of power first, then the first submitted; the head of the line blocks those behind.

    A job that is held back for lack of power yields its GPUs to a head that is worth more and whose power is
    to be had at the last price, if enough come free: the least worth first, then the last submitted.
    """

    kind: Literal["worth"] = "worth"
    is_checked: ClassVar[bool] = False

    def decide(self, state: State) -> Decision:
        """Start jobs along the line; stop after a job that others yield to, for they wait again."""
        draft = Draft(self, state)
        held_back = [job for job in state.running if job.is_held_back and not job.is_protected]
        if not held_back and not draft.room.gpus:
            return draft.decision()
        held_back.sort(key=lambda job: (job.worth_usd_per_mwh, -job.number))
        for job in sorted(state.waiting, key=attrgetter("worth_usd_per_mwh"), reverse=True):
            if not draft.is_due(job) or draft.start(job):
                continue
            worth = job.worth_usd_per_mwh
            if state.price_usd_per_mwh <= worth:
                draft.reclaim(job, (one for one in held_back if one.worth_usd_per_mwh < worth))
            break
        return draft.decision()
