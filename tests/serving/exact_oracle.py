"""A plain, slow simulation of a queue with slots: each request has its own remaining work.

It has no virtual time, no heap and no windows. Its arithmetic is that of its inputs: exact with fractions.
At one instant changes come first, then ends, time-outs and arrivals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf
from typing import Any

Number = Any
"""A float, or a fraction."""


@dataclass
class Asked:
    """A request: what is known of it, and what became of it."""

    at_s: Number
    kind: int
    work_s: Number
    lead_s: Number = 0
    left_s: Number = 0
    start_s: Number = None
    first_s: Number = None
    end_s: Number = None
    fate: str = ""


@dataclass(frozen=True)
class Change:
    """From a time on: the slots, the kinds that start, speed and power by number in service; first, a cut."""

    at_s: Number
    limit: int
    open_ranks: int
    speed: Sequence[Number]
    power_w: Sequence[Number]
    cut: int | None = None


@dataclass
class Oracle:
    """The queue.

    Attributes:
        timeout_s: Longest wait of each kind.
        rank: The kinds, the first to start first.
        queue_limit: Most requests that wait.
    """

    timeout_s: Sequence[Number]
    rank: Sequence[int]
    queue_limit: float = inf
    now_s: Number = 0
    dynamic_j: Number = 0
    service_s: Number = 0
    waiting_s: Number = 0
    serving: list[Asked] = field(default_factory=list)
    waiting: list[Asked] = field(default_factory=list)
    times_s: list[Number] = field(default_factory=list)

    def run(self, requests: Sequence[Asked], changes: Sequence[Change], until_s: Number) -> None:
        """Run from the first change, which is at 0, to a time, excluded."""
        coming, later = [*requests], [*changes]
        self._plan = later.pop(0)
        while True:
            speed = self._plan.speed[len(self.serving)]
            ends = [self.now_s + one.left_s / speed for one in self.serving] if speed else []
            outs = [one.at_s + self.timeout_s[one.kind] for one in self.waiting]
            nexts = [
                (later[0].at_s if later else inf, 0),
                (min(ends, default=inf), 1),
                (min(outs, default=inf), 2),
                (coming[0].at_s if coming else inf, 3),
            ]
            next_s, what = min(nexts)
            if next_s >= until_s:
                self._pass(until_s)
                return
            self._pass(next_s)
            self.times_s.append(next_s)
            if what == 0:
                self._change(later.pop(0))
            elif what == 1:
                one = self.serving[ends.index(next_s)]
                self._leave(self.serving, one, "served")
            elif what == 2:
                self._leave(self.waiting, self.waiting[outs.index(next_s)], "timed_out")
            else:
                self._arrive(coming.pop(0))
            self._start()

    def _pass(self, now_s: Number) -> None:
        span_s, number = now_s - self.now_s, len(self.serving)
        for one in self.serving:
            one.left_s -= span_s * self._plan.speed[number]
        self.dynamic_j += span_s * self._plan.power_w[number]
        self.service_s += span_s * number
        self.waiting_s += span_s * len(self.waiting)
        self.now_s = now_s

    def _change(self, change: Change) -> None:
        if change.cut is not None:
            kept = sorted(self.serving, key=lambda one: (self.rank.index(one.kind), one.at_s))[: change.cut]
            for one in [one for one in self.serving if one not in kept]:
                self._leave(self.serving, one, "cut")
        self._plan = change

    def _arrive(self, one: Asked) -> None:
        one.left_s = one.work_s
        self.waiting.append(one)
        self._start()
        if len(self.waiting) > self.queue_limit:
            self._leave(self.waiting, one, "refused")

    def _start(self) -> None:
        for kind in self.rank[: self._plan.open_ranks]:
            for one in [one for one in self.waiting if one.kind == kind]:
                if len(self.serving) < self._plan.limit:
                    self.waiting.remove(one)
                    self.serving.append(one)
                    one.start_s = self.now_s
                    speed = self._plan.speed[len(self.serving)]
                    one.first_s = self.now_s + one.lead_s / speed if speed else inf

    def _leave(self, line: list[Asked], one: Asked, fate: str) -> None:
        line[:] = [other for other in line if other is not one]
        one.end_s, one.fate = self.now_s, fate


def exactly(value: float) -> Fraction | float:
    """A float as a fraction; infinity stays."""
    return inf if value == inf else Fraction(value)
