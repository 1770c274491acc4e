"""An oracle of the request queue: one event after the other, written to be read, not to be fast."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass
class Request:
    """A request, and what became of it."""

    at_s: float
    work_s: float
    kind: int = 0
    priority: int = 0
    timeout_s: float = math.inf
    began_s: float = math.nan
    ended_s: float = math.nan
    fate: str = ""

    @property
    def wait_s(self) -> float:
        return self.began_s - self.at_s


@dataclass
class Oracle:
    """A queue with a number of places.

    All requests in service have done the same work since they began, up to where they began. So a single
    counter of work per place says who ends next: the one whose mark is lowest.
    """

    places: int
    speed: Callable[[int], float] = lambda _: 1.0
    queue_limit: float = math.inf
    now_s: float = 0.0
    done_s: float = 0.0
    serving: list[tuple[float, int, Request]] = field(default_factory=list)
    waiting: dict[int, deque[Request]] = field(default_factory=dict)
    leaving: list[tuple[float, int, Request]] = field(default_factory=list)
    queued: int = 0
    number_s: float = 0.0
    queue_s: float = 0.0
    begun: int = 0

    def run(self, requests: Sequence[Request], horizon_s: float = math.inf) -> Sequence[Request]:
        """Serve requests given in order of arrival, until the horizon or until all are gone."""
        for request in requests:
            self._pass(min(request.at_s, horizon_s))
            if request.at_s >= horizon_s:
                return requests
            self._arrive(request)
        self._pass(horizon_s)
        return requests

    def _arrive(self, request: Request) -> None:
        if len(self.serving) < self.places:
            self._begin(request)
        elif self.queued >= self.queue_limit:
            request.fate = "queue full"
        else:
            self.queued += 1
            self.waiting.setdefault(request.priority, deque()).append(request)
            if request.timeout_s < math.inf:
                heapq.heappush(self.leaving, (request.at_s + request.timeout_s, id(request), request))

    def _begin(self, request: Request) -> None:
        request.began_s, request.fate = self.now_s, "served"
        self.begun += 1
        heapq.heappush(self.serving, (self.done_s + request.work_s, self.begun, request))

    def _pass(self, until_s: float) -> None:
        """Let everything happen that happens before an instant."""
        while True:
            number = len(self.serving)
            end_s = math.inf
            if number:
                end_s = self.now_s + (self.serving[0][0] - self.done_s) / self.speed(number)
            while self.leaving and self.leaving[0][2].fate:
                heapq.heappop(self.leaving)  # is served already
            leave_s = self.leaving[0][0] if self.leaving else math.inf
            next_s = min(end_s, leave_s, until_s)
            if math.isinf(next_s):
                return
            if number:
                self.done_s += (next_s - self.now_s) * self.speed(number)
            self.number_s += number * (next_s - self.now_s)
            self.queue_s += self.queued * (next_s - self.now_s)
            self.now_s = next_s
            if next_s == end_s:
                self.done_s, _, ended = heapq.heappop(self.serving)
                ended.ended_s = next_s
                if self.queued:
                    self._begin(self._next())
            elif next_s == leave_s:
                self.leaving[0][2].fate = "time-out"
                self.queued -= 1
            else:
                return

    def _next(self) -> Request:
        """The one that waits longest among those of the highest priority."""
        self.queued -= 1
        for priority in sorted(self.waiting, reverse=True):
            while self.waiting[priority]:
                first = self.waiting[priority].popleft()
                if not first.fate:
                    return first
        raise AssertionError("nobody waits")
