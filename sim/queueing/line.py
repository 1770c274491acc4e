"""The line: requests that wait, on an axis of arrival times, as a fluid.

Waiting requests lie on the axis at a density for each class. Each level of priority has a head, the arrival
time of the requests it serves now; the head moves on as they are served.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from sim.queueing.discipline import Discipline, Row

_TINY = 1e-12
"""Tolerance of instants, over the length of the time axis."""
_FULL = 1e-9
"""A queue is full within this share of its limit, and this number of requests."""
_LESS, _REOPENED, _A_HALF = 0.98, 0.95, 0.5
"""While requests time out in a full queue, arrivals are held at 98 % of what leaves it, until it is full
again or down to 95 % of its limit, and at least half a request below. Every time-out would else change what
is admitted, and so what times out later, without an end."""
_ALIKE = 1e-11
"""Arrivals that change by less than this share go on as before."""
_MOST_STEPS = 100


@dataclass(frozen=True)
class Backlog:
    """What waits, on the axis of arrival times with zero for now.

    Attributes:
        starts_s: Where each stretch of constant density starts, increasing; the last one ends now.
        densities: Requests per second of arrival time in each stretch, by class.
        heads_s: Head of each level; zero if nothing waits.
        held: Share of arrivals that is admitted while requests time out in a full queue; else one.
    """

    starts_s: tuple[float, ...]
    densities: tuple[Row, ...]
    heads_s: tuple[float, ...]
    held: float = 1.0


@dataclass
class Flow:
    """Rates at an instant, by class, and how fast the head of each level moves along the axis."""

    served: list[float]
    timed_out: list[float]
    speeds: list[float]
    admitted: Row
    full: bool

    def growth_per_s(self) -> float:
        """Growth of the number of requests that wait."""
        return sum(self.admitted) - sum(self.served) - sum(self.timed_out)


class Line:
    """The axis of arrival times while a span is passed; zero is its start."""

    def __init__(self, before: Backlog, rules: Discipline) -> None:
        self.rules = rules
        self.now_s = 0.0
        self._starts = list(before.starts_s)
        self._densities = list(before.densities)
        self._heads = list(before.heads_s)
        self._held = before.held
        self._members = [rules.members(level) for level in range(len(before.heads_s))]

    # Where things are

    def _tolerance_s(self) -> float:
        return _TINY * max(self.now_s - self._starts[0], 1.0)

    def _place(self, at_s: float) -> int:
        """The stretch that begins at an arrival time or contains it."""
        return max(bisect_right(self._starts, at_s + self._tolerance_s()) - 1, 0)

    def _left(self, kind: int) -> float:
        """Arrival time of the oldest request of a class that waits."""
        head = self._heads[self.rules.level[kind]]
        return max(head, self.now_s - self.rules.timeout_s[kind])

    def ages(self) -> Row:
        """Wait of those that are served now, by class."""
        return tuple(
            max(0.0, min(self.now_s - self._heads[self.rules.level[kind]], self.rules.timeout_s[kind]))
            for kind in self.rules.kinds
        )

    def waiting(self) -> Row:
        """Number of requests of each class that wait."""
        return tuple(self._waiting_of(kind) for kind in self.rules.kinds)

    def _waiting_of(self, kind: int) -> float:
        left, ends = self._left(kind), [*self._starts[1:], self.now_s]
        return sum(
            self._densities[place][kind] * max(0.0, end - max(start, left))
            for place, (start, end) in enumerate(zip(self._starts, ends, strict=True))
        )

    def saved(self) -> Backlog:
        """The backlog with zero for now, without stretches in which nobody waits any longer."""
        oldest = min(self._left(kind) for kind in self.rules.kinds)
        first = self._place(oldest)
        starts = tuple(max(start, oldest) - self.now_s for start in self._starts[first:])
        heads = tuple(head - self.now_s for head in self._heads)
        return Backlog(starts, tuple(self._densities[first:]), heads, self._held)

    # What flows

    def flow(self, rates: Row, capacity: float) -> Flow:
        """The rates from now on, with arrivals refused while the queue is full."""
        self._skip_gaps()
        flow = self._flow(rates, capacity)
        if self.rules.queue_limit < inf:
            flow = self._bounded(flow, rates, capacity)
        self._arrive(flow.admitted)
        return flow

    def _bounded(self, flow: Flow, rates: Row, capacity: float) -> Flow:
        """The flow with arrivals refused, if the queue is full or has been so."""
        if flow.growth_per_s() <= 0.0 or not any(flow.timed_out) or self._room() >= self._opening():
            self._held = 1.0
        if self._held < 1.0:
            flow = self._flow(tuple(rate * self._held for rate in rates), capacity)
        if flow.growth_per_s() <= 0.0 or self._room() > 0.0:
            return flow
        share = self._limited(rates, capacity)
        if any(flow.timed_out):
            share = self._held = share * _LESS
        admitted, last = tuple(rate * share for rate in rates), self._densities[-1]
        alike = all(abs(new - old) <= _ALIKE * new for new, old in zip(admitted, last, strict=True))
        return self._flow(last if alike else admitted, capacity)

    def _opening(self) -> float:
        """Room from which on all arrivals are admitted again."""
        return max((1.0 - _REOPENED) * self.rules.queue_limit, _A_HALF)

    def _growth_per_s(self, share: float, rates: Row, capacity: float) -> float:
        return self._flow(tuple(rate * share for rate in rates), capacity).growth_per_s()

    def _room(self) -> float:
        """Number of requests until the queue is full within its tolerance; below zero if it is."""
        return self.rules.queue_limit - self._margin() - sum(self.waiting())

    def _margin(self) -> float:
        return _FULL * (self.rules.queue_limit + 1.0) if self.rules.queue_limit < inf else 0.0

    def _limited(self, rates: Row, capacity: float) -> float:
        """The largest share of the arrivals, the same of all classes, with which the queue does not grow.

        The growth rises with the share that is admitted, in straight pieces, and is not above zero for none.
        """
        low, high = 0.0, 1.0
        below, above = (self._growth_per_s(share, rates, capacity) for share in (low, high))
        for step in range(_MOST_STEPS):
            share = low + (high - low) * (below / (below - above) if step % 2 else 0.5)
            growth = self._growth_per_s(share, rates, capacity)
            if growth > _TINY * sum(rates) * share:
                high, above = share, growth
            else:
                low, below = share, min(growth, 0.0)
            if high - low <= _TINY * high:
                break
        return low

    def _arrive(self, admitted: Row) -> None:
        """Begin a stretch if the density of arrivals changes."""
        if self._starts[-1] >= self.now_s:
            self._densities[-1] = admitted
        elif self._densities[-1] != admitted:
            self._starts.append(self.now_s)
            self._densities.append(admitted)

    def _skip_gaps(self) -> None:
        """Move heads past stretches in which nobody of their level waits, and over what is rounding."""
        for level, members in enumerate(self._members):
            if self.now_s - self._heads[level] <= self._tolerance_s():
                self._heads[level] = self.now_s
            while self._heads[level] < self.now_s:
                place = self._place(self._heads[level])
                age_s = self.now_s - self._heads[level]
                if any(
                    self._densities[place][kind] and self.rules.timeout_s[kind] >= age_s - self._tolerance_s()
                    for kind in members
                ):
                    break
                later = self._starts[place + 1] if place + 1 < len(self._starts) else self.now_s
                soonest = min(later, *(self._leaving(kind, age_s) for kind in members))
                self._heads[level] = max(soonest, self._heads[level])

    def _leaving(self, kind: int, age_s: float) -> float:
        """Arrival time from which a class that has timed out at the head still waits; now, if it has not."""
        timeout_s = self.rules.timeout_s[kind]
        return self.now_s - timeout_s if timeout_s < age_s - self._tolerance_s() else self.now_s

    def _flow(self, admitted: Row, capacity: float) -> Flow:
        """The rates if these arrivals are admitted: each level gets what those before it leave."""
        flow = Flow([0.0] * len(admitted), [0.0] * len(admitted), [], admitted, full=False)
        for level, members in enumerate(self._members):
            if self._heads[level] >= self.now_s:
                need = sum(admitted[kind] * self.rules.work_s[kind] for kind in members)
                speed = 1.0 if need <= capacity else capacity / need
                for kind in members:
                    flow.served[kind] = admitted[kind] * speed
                flow.speeds.append(speed)
                flow.full |= speed < 1.0
                capacity = max(capacity - need, 0.0)
            else:
                flow.full = True
                flow.speeds.append(self._serve(level, capacity, flow))
                capacity = 0.0
        return flow

    def _serve(self, level: int, capacity: float, flow: Flow) -> float:
        """Serve the head of a level with all that is left, and give the speed of the head.

        A class whose time-out is just reached at the head is served with what the others of its level leave.
        """
        head = self._heads[level]
        age_s, density = self.now_s - head, self._densities[self._place(head)]
        normal, due = [], []
        for kind in self._members[level]:
            timeout_s = self.rules.timeout_s[kind]
            if timeout_s > age_s + self._tolerance_s():
                normal.append(kind)
                continue
            leaving = self._densities[self._place(self.now_s - timeout_s)][kind]
            flow.timed_out[kind] = leaving
            if timeout_s >= age_s - self._tolerance_s():
                due.append(kind)
        need = sum(density[kind] * self.rules.work_s[kind] for kind in normal)
        need_due = sum(density[kind] * self.rules.work_s[kind] for kind in due)
        if need + need_due <= capacity or not need_due:
            share, speed = 1.0, capacity / (need + need_due)
        elif need > 0.0 and need >= capacity:
            share, speed = 0.0, capacity / need
        else:
            share, speed = (capacity - need) / need_due, 1.0
        for kind in normal:
            flow.served[kind] = density[kind] * speed
        for kind in due:
            flow.served[kind] = density[kind] * share * speed
            flow.timed_out[kind] = density[kind] * (1.0 - share)
        return speed

    # What changes next

    def next_change_s(self, flow: Flow) -> float:
        """Time to the next change of a rate."""
        soonest = min(time_s for level in range(len(self._heads)) for time_s in self._changes(level, flow))
        growth, room, opening = flow.growth_per_s(), self._room(), self._opening()
        if abs(growth) <= _TINY * (sum(flow.admitted) + sum(flow.timed_out)) or room == inf:
            return soonest
        if growth > 0.0 and room > 0.0:
            return min(soonest, (room + self._margin()) / growth)
        if growth < 0.0 and self._held < 1.0 and room < opening:
            return min(soonest, (opening - room + self._margin()) / -growth)
        return soonest

    def _changes(self, level: int, flow: Flow) -> Iterator[float]:
        """Times to the changes of a level, as far as they lie ahead."""
        head, speed = self._heads[level], flow.speeds[level]
        age_s, slack_s = self.now_s - head, self._tolerance_s()
        yield inf
        if age_s > 0.0:
            place = self._place(head)
            if place + 1 < len(self._starts):
                yield (self._starts[place + 1] - head) / speed if speed > 0.0 else inf
            elif speed > 1.0:
                yield age_s / (speed - 1.0)
        for kind in self._members[level]:
            over_s = age_s - self.rules.timeout_s[kind]
            if over_s < -slack_s and speed < 1.0:
                yield -over_s / (1.0 - speed)
            elif over_s > slack_s and speed > 1.0:
                yield over_s / (speed - 1.0)
            if over_s >= -slack_s:
                left = self.now_s - self.rules.timeout_s[kind]
                place = self._place(left)
                if place + 1 < len(self._starts):
                    yield self._starts[place + 1] - left

    def move(self, flow: Flow, duration_s: float, until_s: float) -> None:
        """Move the heads on; one that reaches a change within rounding is set to it."""
        slack_s, since_s = self._tolerance_s(), self.now_s
        self.now_s = until_s
        for level, speed in enumerate(flow.speeds):
            if self._heads[level] >= since_s and speed >= 1.0:
                self._heads[level] = until_s
                continue
            head = self._heads[level] + speed * duration_s
            ages_s = (0.0, *(self.rules.timeout_s[kind] for kind in self._members[level]))
            marks = [*self._starts, *(until_s - age_s for age_s in ages_s)]
            near = min(marks, key=lambda mark: abs(mark - head))
            self._heads[level] = min(near if abs(near - head) <= slack_s else head, until_s)
