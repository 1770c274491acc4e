"""The backlog: a queue of requests as a fluid, exact for rates that are constant between changes.

Waiting requests lie on an line of arrival times, at a density for each class. Each level of priority has a
head, the arrival time of the requests it serves now; the head moves on as they are served. All classes of a
level are served in the order of arrival. Between two changes everything is linear in time, so that the
evolution is exact and does not depend on how a span is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.queueing.discipline import Discipline, Row
from sim.queueing.line import Backlog, Line

_MOST_CHANGES = 100_000


def empty(rules: Discipline) -> Backlog:
    """The backlog of an empty queue."""
    return Backlog((0.0,), ((0.0,) * len(rules.level),), (0.0,) * (max(rules.level) + 1))


@dataclass(frozen=True)
class Stretch:
    """A time in which all rates are constant.

    Attributes:
        duration_s: Its length.
        served_per_s: Requests that begin to be served, by class.
        timed_out_per_s: Requests that leave the queue for a time-out, by class.
        refused_per_s: Requests that are refused because the queue is full, by class.
        age_from_s: Wait of those that are served at its start, by class.
        age_to_s: Wait of those that are served at its end.
        full: Whether all places are taken.
    """

    duration_s: float
    served_per_s: Row
    timed_out_per_s: Row
    refused_per_s: Row
    age_from_s: Row
    age_to_s: Row
    full: bool


@dataclass(frozen=True)
class Advance:
    """What came of a span.

    Attributes:
        stretches: Times of constant rates, in order; together they last as long as the span.
        after: The backlog at the end.
        next_change_s: Time from the end to the next change, if the same rates go on; infinite for none.
    """

    stretches: tuple[Stretch, ...]
    after: Backlog
    next_change_s: float


def advance(
    before: Backlog, rules: Discipline, rates_per_s: Sequence[float], capacity: float, span_s: float
) -> Advance:
    """Go on for a span with constant arrival rates and capacity.

    Args:
        before: The backlog at the start.
        rules: Priorities, time-outs and the limit.
        rates_per_s: Arrival rate of each class.
        capacity: Work done in a second with all places taken.
        span_s: Length of the span.
    """
    line = Line(before, rules)
    rates = tuple(rates_per_s)
    stretches: list[Stretch] = []
    for _ in range(_MOST_CHANGES):
        flow = line.flow(rates, capacity)
        change_s = line.next_change_s(flow)
        left_s = span_s - line.now_s
        if left_s <= 0.0:
            return Advance(tuple(stretches), line.saved(), change_s)
        duration_s = min(change_s, left_s)
        age_from = line.ages()
        line.move(flow, duration_s, span_s if change_s >= left_s else line.now_s + duration_s)
        refused = tuple(rate - taken for rate, taken in zip(rates, flow.admitted, strict=True))
        counts = (tuple(flow.served), tuple(flow.timed_out), refused)
        stretches.append(Stretch(duration_s, *counts, age_from, line.ages(), flow.full))
    raise RuntimeError(f"the backlog changes more than {_MOST_CHANGES:,} times in a span of {span_s:g} s")
