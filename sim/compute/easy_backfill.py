"""EASY backfill: short or small jobs go ahead where that delays nobody at the head of the line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from math import inf
from typing import ClassVar, Literal

from sim.compute.draft import Draft
from sim.compute.room import Room
from sim.compute.scheduler import Decision, Racks, Scheduler, State, Waiting


class EasyBackfill(Scheduler):
    """The order of submission, with one reservation for the head of the line (Lifka 1995, "EASY").

    The head is reserved the first instant at which enough GPUs come free if running jobs end as expected. A
    job behind it starts if it fits now and either ends by then or fits into what the head leaves over then.
    Runtimes have to be known: if the head cannot be given an instant, nothing is reserved for it.
    """

    kind: Literal["easy_backfill"] = "easy_backfill"
    is_checked: ClassVar[bool] = False
    follows_power: ClassVar[bool] = False

    def decide(self, state: State) -> Decision:
        """Start jobs from the head of the line as long as they fit; then those that delay no reservation."""
        draft = Draft(self, state)
        line = iter(state.waiting)
        for job in line:
            if draft.is_due(job) and not draft.start(job):
                _backfill(draft, state, job, line)
                break
        return draft.decision()


def _backfill(draft: Draft, state: State, head: Waiting, line: Iterator[Waiting]) -> None:
    """Start jobs behind the head of the line that do not delay it."""
    free = draft.room.gpus
    if not free:
        return
    reserved_s, over = _reserve(draft, state, head)
    both = draft.room.meet(over)
    for job in line:
        if job.gpus > free:
            continue
        ends_by_then = state.now_s + job.runtime_s <= reserved_s
        racks = (draft.room if ends_by_then else both).place(job)
        if racks is None or not draft.is_due(job):
            continue
        draft.start_in(racks, job)
        if not ends_by_then:
            over.take(racks, job.power_mw)
        free = draft.room.gpus
        if not free:
            return
        both = draft.room.meet(over)


def _reserve(draft: Draft, state: State, head: Waiting) -> tuple[float, Room]:
    """The instant that the head is reserved, and the room that it leaves over then."""
    room = draft.room.copy()
    ends: list[tuple[float, Racks, float]] = [(job.end_s, job.racks, job.power_mw) for job in state.running]
    ends += [(state.now_s + job.runtime_s, racks, job.power_mw) for job, racks in draft.started]
    ends.sort(key=lambda end: end[0])
    for end_s, group in groupby(ends, key=lambda end: end[0]):
        if end_s == inf:
            break
        for _, racks, power_mw in group:
            room.give(racks, power_mw)
        placed = room.place(head)
        if placed is not None:
            room.take(placed, head.power_mw)
            return end_s, room
    return inf, room
