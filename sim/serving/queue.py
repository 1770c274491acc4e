"""The queue: requests that wait for slots and are served together, each request by itself.

This module is compiled if a C compiler is at hand (`queue.pxd` gives the types), and gives the same bits as
plain Python if not. It knows no clock, bus or random number: `Queue.run` is called with arrays of requests
and the time to go to.

All requests in service progress at one speed, which depends on their number. The queue therefore keeps one
running integral of the speed, its virtual time. A request that starts at virtual time V with work w ends
when virtual time reaches V + w, so its end does not have to be computed again when the speed changes.

At one instant ends come first, then time-outs, then arrivals. Of the requests that wait, those of the lowest
level start first, and within a level the first to arrive.
"""

from __future__ import annotations

from array import array
from math import inf

from sim.serving.request_sums import RequestSums
from sim.serving.slots import Slots

_NONE = -1
_TIMED_OUT, _REFUSED, _CUT = 3, 4, 5
# what is kept of a request, side by side: a request is one line of the cache
_AT_S, _WORK_S, _LEAD_S, _FIRST_S, _PROMPT, _OUTPUT, _KIND = range(7)
_RECORD = 8
_LEAST = 64


class Queue:
    """Requests in service and waiting.

    Attributes:
        now_s: Time up to which it has run.
        sums: What has happened to the requests.
        slots: The requests in service.
        waiting: Number of requests that wait.
        dynamic_j: Integral of the power that depends on the number in service.
        service_s: Integral of the number in service.
        waiting_s: Integral of the number that wait; `waited_s` is that of each kind.
    """

    def __init__(
        self,
        timeout_s: array[float],
        rank: array[int],
        level: array[int],
        queue_limit: int,
        sums: RequestSums,
    ) -> None:
        """Begin with an empty queue at time 0.

        Args:
            timeout_s: Longest wait of each kind.
            rank: The kinds in the order of their level.
            level: Level of each kind; those of the lowest start first.
            queue_limit: Most requests that wait.
            sums: Counts what happens to the requests.
        """
        kinds = len(timeout_s)
        self._kinds = kinds
        self._timeout_s = timeout_s
        self._rank, self._level = rank, level
        self._place = array("q", [list(rank).index(kind) for kind in range(kinds)])
        self._queue_limit = queue_limit
        self._limit, self._open_ranks = 0, kinds
        self._speed = array("d", [1.0])
        self._power = array("d", [0.0])
        self.now_s = self._anchor_s = self._virtual_s = 0.0
        self.sums = sums
        self.slots = Slots()
        self.waiting = 0
        self.dynamic_j = self.service_s = self.waiting_s = 0.0
        self._head = array("q", [_NONE] * kinds)
        self._tail = array("q", [_NONE] * kinds)
        self._waits = array("q", bytes(8 * kinds))
        self.waited_s = array("d", bytes(8 * kinds))
        self._size = 0
        self._free = _NONE
        self._held = array("d")
        self._next = array("q")
        self._grow(_LEAST)

    def serve(self, limit: int, open_ranks: int, speed: array[float], power: array[float]) -> None:
        """Serve with these from now on.

        Args:
            limit: Most requests in service. Requests beyond it stay in service, but none starts.
            open_ranks: Number of kinds, in the order of their rank, of which requests start.
            speed: Speed by number in service, up to the highest that may occur.
            power: Power that depends on the number in service, likewise [W].
        """
        self._anchor()
        self._limit, self._open_ranks = limit, open_ranks
        self._speed, self._power = speed, power
        self._start_waiting()

    def run(
        self,
        until_s: float,
        at_s: array[float],
        kind: array[int],
        work_s: array[float],
        lead_s: array[float],
        prompt: array[float],
        output: array[float],
        first: int,
        follows: bool,
    ) -> int:
        """Run to a time, and return the number of the first request that arrives then or later.

        If other requests follow these, it goes no further than the last of them arrives.

        Args:
            until_s: The time to go to, not before `now_s`.
            at_s: Times of arrival, rising.
            kind: Kind of each request.
            work_s: Work of each request, as the time that it takes alone.
            lead_s: The part of the work that it takes until the first token.
            prompt: Prompt tokens of each request.
            output: Output tokens of each request.
            first: Number of the first request to take.
            follows: Whether other requests follow these.
        """
        count = len(at_s)
        at = first
        arrival_s = at_s[at] if at < count else inf
        while at < count or not follows:
            end_s = self._end_s()
            out_s = self._next_timeout_s() if self.waiting else inf
            next_s = end_s if end_s <= out_s else out_s
            if next_s > arrival_s:
                next_s = arrival_s
            if next_s >= until_s:
                self._pass(until_s)
                break
            self._pass(next_s)
            if end_s == next_s:
                self._end(next_s)
            elif out_s == next_s:
                self._time_out(next_s)
            else:
                self._arrive(next_s, kind[at], work_s[at], lead_s[at], prompt[at], output[at])
                at += 1
                arrival_s = at_s[at] if at < count else inf
        return at

    def clear(self) -> None:
        """Drop all requests, those that wait included."""
        self.cut(0)
        for kind in range(self._kinds):
            while self._head[kind] != _NONE:
                self._drop(self._pop(kind), _CUT)

    def cut(self, most: int) -> None:
        """Drop requests in service until a number are left: lowest rank and last arrival first."""
        if self.slots.count <= most:
            return
        self._anchor()
        order = sorted(self.slots.all(), key=self._importance)
        for _, one in order[most:]:
            self._drop(one, _CUT)
        self.slots.refill(order[:most])

    def oldest_s(self, kind: int) -> float:
        """When the first of the requests of a kind that wait arrived; infinite if none waits."""
        head = self._head[kind]
        return inf if head == _NONE else self._held[head * _RECORD + _AT_S]

    def copy(self, other: Queue) -> None:
        """Become as another queue of the same kinds."""
        self._limit, self._open_ranks = other._limit, other._open_ranks
        self._speed, self._power = other._speed, other._power
        self.now_s, self._anchor_s, self._virtual_s = other.now_s, other._anchor_s, other._virtual_s
        self.sums.copy(other.sums)
        self.slots.copy(other.slots)
        self.waiting = other.waiting
        self.dynamic_j, self.service_s, self.waiting_s = other.dynamic_j, other.service_s, other.waiting_s
        self._head[:] = other._head
        self._tail[:] = other._tail
        self._waits[:] = other._waits
        self.waited_s[:] = other.waited_s
        self._free = other._free
        if self._size == other._size:
            self._held[:] = other._held
            self._next[:] = other._next
        else:
            self._held = array("d", bytes(other._held))
            self._next = array("q", bytes(other._next))
            self._size = other._size

    def _importance(self, request: tuple[float, int]) -> tuple[int, float, int]:
        """The order in which requests stay in service."""
        record = request[1] * _RECORD
        level = self._level[int(self._held[record + _KIND])]
        return level, self._held[record + _AT_S], request[1]

    def _end_s(self) -> float:
        """When the next request in service ends."""
        number = self.slots.count
        if number == 0 or self._speed[number] <= 0.0:
            return inf
        return self._anchor_s + (self.slots.first_v() - self._virtual_s) / self._speed[number]

    def _next_timeout_s(self) -> float:
        """When the next request that waits times out."""
        due_s = inf
        for kind in range(self._kinds):
            head = self._head[kind]
            if head != _NONE:
                each_s = self._held[head * _RECORD + _AT_S] + self._timeout_s[kind]
                if each_s < due_s:
                    due_s = each_s
        return due_s

    def _pass(self, now_s: float) -> None:
        """Add the time from the last event on to the integrals."""
        span_s = now_s - self.now_s
        number = self.slots.count
        self.dynamic_j += span_s * self._power[number]
        self.service_s += span_s * number
        if self.waiting:
            self.waiting_s += span_s * self.waiting
            for kind in range(self._kinds):
                self.waited_s[kind] += span_s * self._waits[kind]
        self.now_s = now_s

    def _anchor(self) -> None:
        """Bring virtual time up to now: the number in service, and with it the speed, is about to change."""
        self._virtual_s += (self.now_s - self._anchor_s) * self._speed[self.slots.count]
        self._anchor_s = self.now_s

    def _arrive(
        self, now_s: float, kind: int, work_s: float, lead_s: float, prompt: float, output: float
    ) -> None:
        """Take a request in: into service, into the queue, or not at all."""
        self.sums.arrive(kind)
        starts = self.slots.count < self._limit and self._place[kind] < self._open_ranks
        if not starts and self.waiting >= self._queue_limit:
            self.sums.drop(kind, _REFUSED, prompt, output)
            return
        if self._free == _NONE:
            self._grow(2 * self._size)
        one = self._free
        self._free = self._next[one]
        record = one * _RECORD
        self._held[record + _AT_S] = now_s
        self._held[record + _KIND] = kind
        self._held[record + _WORK_S] = work_s
        self._held[record + _LEAD_S] = lead_s
        self._held[record + _PROMPT] = prompt
        self._held[record + _OUTPUT] = output
        if starts:
            self._anchor()
            self._start(one)
        else:
            self._push(kind, one)

    def _push(self, kind: int, one: int) -> None:
        """Let a request wait."""
        self._next[one] = _NONE
        if self._head[kind] == _NONE:
            self._head[kind] = one
        else:
            self._next[self._tail[kind]] = one
        self._tail[kind] = one
        self._waits[kind] += 1
        self.waiting += 1

    def _pop(self, kind: int) -> int:
        """The first request of a kind that waits; it waits no longer."""
        one = self._head[kind]
        self._head[kind] = self._next[one]
        self._waits[kind] -= 1
        self.waiting -= 1
        return one

    def _start(self, one: int) -> None:
        """Put a request into service; virtual time is that of now."""
        record = one * _RECORD
        speed = self._speed[self.slots.count + 1]
        lead_s = self._held[record + _LEAD_S] / speed if speed > 0.0 else inf
        self.sums.start(int(self._held[record + _KIND]), self.now_s - self._held[record + _AT_S])
        self._held[record + _FIRST_S] = self.now_s + lead_s
        self.slots.put(self._virtual_s + self._held[record + _WORK_S], one)

    def _end(self, now_s: float) -> None:
        """End the request that is due, and start one that waits."""
        self._virtual_s = self.slots.first_v()
        self._anchor_s = now_s
        one = self.slots.take()
        record = one * _RECORD
        latency_s = now_s - self._held[record + _AT_S]
        ttft_s = self._held[record + _FIRST_S] - self._held[record + _AT_S]
        if ttft_s > latency_s:
            ttft_s = latency_s
        kind = int(self._held[record + _KIND])
        self.sums.serve(kind, ttft_s, latency_s, self._held[record + _PROMPT], self._held[record + _OUTPUT])
        self._next[one] = self._free
        self._free = one
        if self.waiting:
            self._start_waiting()

    def _start_waiting(self) -> None:
        """Start requests that wait, while there are slots; virtual time is that of now."""
        while self.waiting and self.slots.count < self._limit:
            kind = self._next_kind()
            if kind == _NONE:
                break
            self._start(self._pop(kind))

    def _next_kind(self) -> int:
        """The kind of the request that starts next; -1 if none may start."""
        best, best_s = _NONE, inf
        for place in range(self._open_ranks):
            kind = self._rank[place]
            if best != _NONE and self._level[kind] > self._level[best]:
                break
            head = self._head[kind]
            if head != _NONE and self._held[head * _RECORD + _AT_S] < best_s:
                best, best_s = kind, self._held[head * _RECORD + _AT_S]
        return best

    def _time_out(self, now_s: float) -> None:
        """Drop the requests whose time in the queue has run out."""
        for kind in range(self._kinds):
            while self._head[kind] != _NONE:
                if self._held[self._head[kind] * _RECORD + _AT_S] + self._timeout_s[kind] > now_s:
                    break
                self._drop(self._pop(kind), _TIMED_OUT)

    def _drop(self, one: int, reason: int) -> None:
        """Let a request go without an answer."""
        record = one * _RECORD
        kind = int(self._held[record + _KIND])
        self.sums.drop(kind, reason, self._held[record + _PROMPT], self._held[record + _OUTPUT])
        self._next[one] = self._free
        self._free = one

    def _grow(self, size: int) -> None:
        """Make room for a number of requests."""
        more = size - self._size
        self._held = array("d", bytes(self._held) + bytes(8 * _RECORD * more))
        self._next = array("q", bytes(self._next) + bytes(8 * more))
        self.slots.grow(size)
        for one in range(size - 1, self._size - 1, -1):
            self._next[one] = self._free
            self._free = one
        self._size = size
