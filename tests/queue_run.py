"""A small simulation of a pool that knows nothing but a scheduler: events in a heap, one decision at a time.

At one instant ends come before submissions, and these before starts. A job that yields waits again with its
whole runtime. Every decision is checked.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import fields
from math import inf
from typing import Any

from hypothesis import strategies as st

from sim.compute.scheduler import Decision, Racks, Running, Scheduler, State, Waiting, check
from sim.timeseries.forecast import Forecast

END, SUBMISSION, AGAIN = range(3)


def waiting(number: int = 0, gpus: int = 1, **values: Any) -> Waiting:
    """A job that waits: an hour long, submitted at the start, with nothing else of note."""
    known = {"name": f"job {number}", "submit_s": 0.0, "worth_usd_per_mwh": 100.0, "priority": 0, "team": ""}
    known |= {"runtime_s": 3600.0, "power_mw": 0.0, "deadline_s": inf, "latest_start_s": inf}
    return Waiting(number=number, gpus=gpus, **{**known, **values})


def running(number: int = 0, gpus: int = 1, **values: Any) -> Running:
    """A job that runs in the first rack, from the start for an hour."""
    own = {"start_s": 0.0, "end_s": 3600.0, "is_held_back": False, "is_protected": False}
    own |= {"racks": ((0, gpus),)}
    own |= {name: values.pop(name) for name in [*own] if name in values}
    return started(waiting(number, gpus, **values), **own)


def started(job: Waiting, **own: Any) -> Running:
    """A job that waited, with GPUs."""
    return Running(**{part.name: getattr(job, part.name) for part in fields(Waiting)}, **own)


def state(
    free: tuple[int, ...], waits: list[Waiting], runs: list[Running] | None = None, **values: Any
) -> State:
    """A state at second 0, at a price of 50 USD/MWh."""
    known = {"now_s": 0.0, "price_usd_per_mwh": 50.0, "power_mw": 0.0, "forecast": None, "teams": {}}
    return State(free=free, waiting=waits, running=runs or [], **{**known, **values})


def starts(decision: Decision) -> list[int]:
    """The numbers of the jobs that start, in their order."""
    return [start.number for start in decision.starts]


JOBS = st.lists(
    st.tuples(
        st.integers(0, 8),  # hours after the previous submission, in eighths
        st.integers(1, 8),  # GPUs
        st.integers(1, 24),  # length in eighths of an hour
        st.integers(0, 3),  # priority and worth
        st.sampled_from("ab"),  # team
    ),
    min_size=1,
    max_size=25,
)
"""Random jobs, as numbers."""
RACKS = st.sampled_from([(8,), (4, 4), (6, 3, 2), (3, 3, 3)])
"""Pools in which each of the random jobs fits."""


def jobs_of(numbers: list[tuple[int, int, int, int, str]]) -> list[Waiting]:
    """Random jobs from their numbers; each draws 1 MW for each GPU. All their instants are exact."""
    jobs, now_s = [], 0.0
    for number, (gap, gpus, length, rank, team) in enumerate(numbers):
        now_s += gap * 450.0
        jobs.append(
            waiting(
                number,
                gpus,
                submit_s=now_s,
                runtime_s=length * 450.0,
                priority=rank,
                worth_usd_per_mwh=10.0 * rank,
                team=team,
                power_mw=float(gpus),
            )
        )
    return jobs


class QueueRun:
    """What a scheduler makes of jobs, run to their ends.

    Attributes:
        start_s: When each job started, by number; the last time, if it yielded.
        end_s: When each job ended.
        decisions: Each state that the scheduler was asked about, and its decision.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        racks: tuple[int, ...],
        jobs: list[Waiting],
        forecast: Forecast | None = None,
    ) -> None:
        self.start_s: dict[int, float] = {}
        self.end_s: dict[int, float] = {}
        self.decisions: list[tuple[State, Decision]] = []
        self._scheduler, self._forecast = scheduler, forecast
        self._free = list(racks)
        self._jobs = {job.number: job for job in jobs}
        self._line: dict[int, Waiting] = {}
        self._holders: dict[int, Running] = {}
        self._used_gpu_h: Counter[str] = Counter()
        self._events = [(job.submit_s, SUBMISSION, job.number) for job in jobs]
        heapq.heapify(self._events)
        while self._events:
            self._instant(self._events[0][0])

    def _instant(self, now_s: float) -> None:
        while self._events and self._events[0][0] == now_s:
            _, what, number = heapq.heappop(self._events)
            if what == SUBMISSION:
                self._line[number] = self._jobs[number]
            elif what == END and number in self._holders and self._holders[number].end_s == now_s:
                self.end_s[number] = now_s
                self._release(number, now_s)
        decision = self._decide(now_s)
        while decision.yields:
            decision = self._decide(now_s)
        if decision.again_s < inf:
            heapq.heappush(self._events, (decision.again_s, AGAIN, -1))

    def _decide(self, now_s: float) -> Decision:
        teams = self._used_gpu_h.copy()
        for one in self._holders.values():
            teams[one.team] += one.gpus * (now_s - one.start_s) / 3600.0
        seen = state(
            tuple(self._free),
            [*self._line.values()],
            [*self._holders.values()],
            now_s=now_s,
            forecast=self._forecast,
            teams=teams,
        )
        decision = self._scheduler.decide(seen)
        check(decision, seen, self._scheduler)
        self.decisions.append((seen, decision))
        for number in decision.yields:
            self._release(number, now_s)
            self._line = dict(sorted({**self._line, number: self._jobs[number]}.items()))
        for number, racks in decision.starts:
            self._start(number, racks, now_s)
        return decision

    def _start(self, number: int, racks: Racks, now_s: float) -> None:
        job = self._line.pop(number)
        self._holders[number] = started(
            job,
            start_s=now_s,
            end_s=now_s + job.runtime_s,
            is_held_back=False,
            is_protected=False,
            racks=racks,
        )
        for rack, gpus in racks:
            self._free[rack] -= gpus
        self.start_s[number] = now_s
        heapq.heappush(self._events, (now_s + job.runtime_s, END, number))

    def _release(self, number: int, now_s: float) -> None:
        job = self._holders.pop(number)
        for rack, gpus in job.racks:
            self._free[rack] += gpus
        self._used_gpu_h[job.team] += job.gpus * (now_s - job.start_s) / 3600.0
