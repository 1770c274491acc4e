"""The steady state of a load: waits, losses and requests in service that last while rates and speeds do.

Losses for time-outs and a full queue are those of M/M/k (Boots and Tijms: A multiserver queueing system with
impatient customers, Management Science 45(3), 1999). Waits of several priorities are those of Cobham
(Priority assignment in waiting line problems, 1954). Both take waits scaled by (gap_cv^2 + work_cv^2) / 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

from sim.errors import Problem, SpecError
from sim.queueing.discipline import Discipline, Row
from sim.queueing.waits import LEAST_LOAD, Speeds, Stationary, WaitTail, check, stationary

HIGHEST_RATE_PER_S = 1e9
_HALF = 0.5
"""Least load up to which fluctuations count, whatever the time to settle."""


@dataclass(frozen=True, eq=False)
class Load:
    """What a stream asks, and what serves it.

    Attributes:
        rates_per_s: Arrival rate of each class.
        speeds: Replicas and their speed, under the present power cap.
    """

    rates_per_s: Row
    speeds: Speeds

    def __post_init__(self) -> None:
        for kind, rate in enumerate(self.rates_per_s):
            check("Load", f"rates_per_s.{kind}", rate, least=0, most=HIGHEST_RATE_PER_S, unit="1/s")


@dataclass(frozen=True)
class Steady:
    """The steady state of a load; rates and waits by class.

    Attributes:
        admitted_per_s: Requests that are neither refused nor time out for fluctuations of the queue.
        timed_out_per_s: Requests that time out for fluctuations of the queue.
        refused_per_s: Requests that are refused for fluctuations of the queue.
        calm: Wait while nothing is left over.
        crowded: Wait for fluctuations while all places are taken.
        state: Distribution of the number in service.
        full_share: Share of the time in which all places are taken, on top of that distribution.
        speed: Speed in service, at which the mean time in service is the mean number over the rate (Little).
    """

    admitted_per_s: Row
    timed_out_per_s: Row
    refused_per_s: Row
    calm: tuple[WaitTail, ...]
    crowded: tuple[WaitTail, ...]
    state: Stationary
    full_share: float
    speed: float


@dataclass(frozen=True)
class Settling:
    """How a queue settles.

    Attributes:
        rules: Priorities, time-outs and the limit.
        squares_s2: Mean square of the work of each class.
        gap_cv: Coefficient of variation of the gaps between arrivals.
        settle_s: Fluctuations that need longer than this to build up are left out.
    """

    rules: Discipline
    squares_s2: Row
    gap_cv: float
    settle_s: float

    def steady(self, load: Load) -> Steady:
        """The steady state of a load.

        Raises:
            SpecError: If the load has another number of classes.
        """
        if len(load.rates_per_s) != len(self.squares_s2):
            message = f"has {len(load.rates_per_s)} values; allowed: one for each of the "
            raise SpecError("Load", [Problem(("rates_per_s",), f"{message}{len(self.squares_s2)} classes")])
        if not load.speeds.places or _work(load.rates_per_s, self.rules) < LEAST_LOAD:
            return _idle(load)
        return self._loaded(load)

    def highest_load(self, each_s: float) -> float:
        """The load up to which fluctuations build up within the time to settle.

        Those of M/M/1 take 4 each_s / (1 - load)^2, with the time between two ends of service.
        """
        return max(_HALF, 1.0 - 2.0 * sqrt(each_s / self.settle_s))

    def _loaded(self, load: Load) -> Steady:
        rates, speeds = load.rates_per_s, load.speeds
        total, work = sum(rates), _work(rates, self.rules)
        work_s, each_s = work / total, work / total / speeds.capacity
        square_s2 = sum(rate * each for rate, each in zip(rates, self.squares_s2, strict=True)) / total
        work_cv = sqrt(max(square_s2 / work_s**2 - 1.0, 0.0))
        factor = (self.gap_cv**2 + work_cv**2) / 2.0
        highest = self.highest_load(each_s)

        def state(work_per_s: float) -> Stationary:
            rate = min(work_per_s, highest * speeds.capacity) / work_s
            return stationary(rate, work_s, speeds, gap_cv=self.gap_cv, work_cv=work_cv)

        base, upto = state(work), self._upto(load, highest)
        calm = self._calm(base, factor * each_s, upto)
        full = _lost(base.load, base.wait_probability * _odds_full(self.rules.queue_limit, base.load, factor))
        late = tuple(self._late(kind, calm[kind], upto) for kind in self.rules.kinds)
        admitted = tuple(rate * (1.0 - full) * (1.0 - lost) for rate, lost in zip(rates, late, strict=True))
        kept = _work(admitted, self.rules)
        seen = state(kept) if kept < work else base
        full_share = min(max((kept / speeds.capacity - highest) / (1.0 - highest), 0.0), 1.0)
        return Steady(
            admitted,
            tuple(rate * (1.0 - full) * lost for rate, lost in zip(rates, late, strict=True)),
            tuple(rate * full for rate in rates),
            tuple(self._bounded(tail, base, factor) for tail in calm),
            self._crowded(calm, each_s, upto),
            seen,
            full_share,
            _mean_speed(seen, full_share, speeds),
        )

    def _upto(self, load: Load, highest: float) -> list[float]:
        """Load of each level and of those before it; the last one is that of all."""
        needs = [0.0] * (max(self.rules.level) + 1)
        for kind, rate in enumerate(load.rates_per_s):
            needs[self.rules.level[kind]] += rate * self.rules.work_s[kind] / load.speeds.capacity
        return [min(sum(needs[: level + 1]), highest) for level in range(len(needs))]

    def _free(self, kind: int, upto: Sequence[float]) -> float:
        """Share of the capacity that the levels before that of a class leave."""
        level = self.rules.level[kind]
        return 1.0 - (upto[level - 1] if level else 0.0)

    def _calm(self, base: Stationary, each_s: float, upto: Sequence[float]) -> tuple[WaitTail, ...]:
        """Wait of each class without a limit of the queue."""
        return tuple(
            WaitTail(
                base.wait_probability,
                each_s / self._free(kind, upto) / (1.0 - upto[self.rules.level[kind]]),
                self.rules.timeout_s[kind],
            )
            for kind in self.rules.kinds
        )

    def _late(self, kind: int, tail: WaitTail, upto: Sequence[float]) -> float:
        return _lost(upto[self.rules.level[kind]], tail.above(self.rules.timeout_s[kind]))

    def _bounded(self, tail: WaitTail, base: Stationary, factor: float) -> WaitTail:
        """The wait of those that are not refused: with j < N before them, as in M/M/k with N that wait.

        The mean wait of those that wait is that of (j + 1) x load^j.
        """
        limit, load = self.rules.queue_limit, base.load
        if limit == inf or not factor:
            return tail
        odds, size = _odds_full(limit, load, factor), limit / factor
        if odds == 1.0:
            return WaitTail()
        waits = tail.probability * (1.0 - odds) / (1.0 - tail.probability * odds)
        shorter = 1.0 - size * (1.0 - load) * odds / (1.0 - odds)
        return WaitTail(waits, tail.scale_s * shorter, tail.limit_s)

    def _crowded(
        self, calm: Sequence[WaitTail], each_s: float, upto: Sequence[float]
    ) -> tuple[WaitTail, ...]:
        """The wait for fluctuations while all places are taken: everybody waits, at most for a full queue."""
        tails = []
        for kind, tail in enumerate(calm):
            full_s = self.rules.queue_limit * each_s / self._free(kind, upto)
            tails.append(WaitTail(1.0, tail.scale_s, min(tail.limit_s, full_s)))
        return tuple(tails)


def _work(rates_per_s: Row, rules: Discipline) -> float:
    """Work that arrives in a second."""
    return sum(rate * work_s for rate, work_s in zip(rates_per_s, rules.work_s, strict=True))


def _idle(load: Load) -> Steady:
    """The steady state without arrivals, or without a replica."""
    zeros, tails = (0.0,) * len(load.rates_per_s), (WaitTail(),) * len(load.rates_per_s)
    speed = float(load.speeds.speed(np.ones(1))[0])
    return Steady(load.rates_per_s, zeros, zeros, tails, tails, stationary(0.0, 0.0, load.speeds), 0.0, speed)


def _lost(load: float, beyond: float) -> float:
    """Share of requests lost if a share is beyond the limit in a queue without it."""
    return (1.0 - load) * beyond / (1.0 - load * beyond)


def _odds_full(limit: float, load: float, factor: float) -> float:
    """Share of those that wait that find a number of others waiting, in a queue without a limit."""
    if limit == 0.0:
        return 1.0
    return load ** (limit / factor) if factor and limit < inf else 0.0


def _mean_speed(state: Stationary, full_share: float, speeds: Speeds) -> float:
    """Work done in a second over the number in service."""
    number = (1.0 - full_share) * state.in_service + full_share * speeds.places
    work = (1.0 - full_share) * state.mean_of(speeds.work_per_s) + full_share * speeds.capacity
    return work / number if number else float(speeds.speed(np.ones(1))[0])
