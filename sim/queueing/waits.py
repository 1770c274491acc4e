"""The waits: closed forms of the stationary queue of requests.

Requests come at a rate; each has work, the time it would take alone. At most k are in service, all at one
speed that depends on their number; the others wait. Erlang: Solutions of some problems in the theory of
probabilities (1917). Allen and Cunneen: Allen, Probability, Statistics and Queueing Theory (1990).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, expm1, inf, isfinite, log, sqrt

import numpy as np

from sim.errors import Problem, SpecError, shortened
from sim.timeseries.series import Array

MOST_PLACES = 10**9
"""Most requests that may be in service at once."""
_DENSE, _COARSE = 2048, 2048
"""States from zero on that are always counted one by one, and points of the grid above them."""
_NEGLIGIBLE = 50.0
"""States whose probability is below exp(-50) of the most likely one are left out."""
_ZOOMS = 6
_SIGMAS = 10.0
LEAST_LOAD = 1e-200
"""Less work a second is none."""
_UNDERFLOW = 745.0
"""exp(-745) is the smallest number above zero."""


def check(owner: str, field: str, value: float, *, least: float, most: float = inf, unit: str = "") -> None:
    """Refuse a number out of its range.

    Args:
        owner: Whose field it is.
        field: The field.
        value: The number; it must also be finite, unless the highest allowed value is infinite.
        least: Lowest value allowed.
        most: Highest value allowed.
        unit: The unit.

    Raises:
        SpecError: If the number is out of range or not a number.
    """
    if least <= value <= most and (isfinite(value) or most == inf):
        return
    bounds = f"at least {least:g}" if most == inf else f"{least:g} to {most:g}"
    given, allowed = f"{shortened(value)} {unit}".rstrip(), f"{bounds} {unit}".rstrip()
    raise SpecError(owner, [Problem((field,), f"= {given}; allowed: {allowed}")])


def erlang_b(places: int, load: float) -> float:
    """Erlang's loss formula: the share of requests that find all places taken when none may wait.

    1 / B is the sum over j of k (k - 1) ... (k - j + 1) / a^j. Terms below exp(-50) of the sum are left out,
    so that a million places take under a millisecond. The relative error is below 1e-11.

    Args:
        places: Most requests in service, k.
        load: Arrival rate x mean work, a.
    """
    check("erlang_b", "places", places, least=0, most=MOST_PLACES)
    check("erlang_b", "load", load, least=0, most=1e12)
    if load == 0.0 or places == 0:
        return 0.0 if places else 1.0
    if load < places and places * (load / places - 1.0 - log(load / places)) > _UNDERFLOW:
        return 0.0
    reach = max(places - load, 0.0) + _SIGMAS * sqrt(min(load, places)) + _NEGLIGIBLE
    down = places - np.arange(min(places, int(reach)), dtype=float)
    with np.errstate(over="ignore"):
        return float(1.0 / (1.0 + np.cumprod(down / load).sum()))


def erlang_c(places: int, load: float) -> float:
    """Erlang's delay formula: the share of requests that wait; one if the load is not below the places.

    Args:
        places: Most requests in service, k.
        load: Arrival rate x mean work, a.
    """
    lost = erlang_b(places, load)
    return 1.0 if load >= places else lost / (1.0 - load / places * (1.0 - lost))


@dataclass(frozen=True)
class Speeds:
    """How fast requests in service progress, by their number.

    Replicas are loaded alike: with n in service each serves n / replicas. Between the points the step time is
    linear; below the first point it is that of the first, beyond the last that of the last.

    Attributes:
        replicas: Replicas that serve; none is allowed.
        slots: Most requests that a replica serves at once.
        points: Requests served by one replica at each point, increasing, at least 1.
        step_pu: Step time at each point over the time in which work is counted. It is 1 at the first point
            without a power cap, and more with one.
    """

    replicas: int
    slots: int = 1
    points: Sequence[float] = (1.0,)
    step_pu: Sequence[float] = (1.0,)

    def __post_init__(self) -> None:
        check("Speeds", "replicas", self.replicas, least=0, most=MOST_PLACES)
        check("Speeds", "slots", self.slots, least=1, most=MOST_PLACES)
        check("Speeds", "places", self.places, least=0, most=MOST_PLACES)
        if len(self.points) != len(self.step_pu) or not len(self.points):
            message = f"has {len(self.points)} values; allowed: as many as step_pu, {len(self.step_pu)}"
            raise SpecError("Speeds", [Problem(("points",), message)])
        for place, (point, step) in enumerate(zip(self.points, self.step_pu, strict=True)):
            check("Speeds", f"points.{place}", point, least=1, most=MOST_PLACES)
            check("Speeds", f"step_pu.{place}", step, least=1e-9, most=1e12, unit="pu")
            if place and point <= self.points[place - 1]:
                message = f"= {point:g}; allowed: above points.{place - 1} = {self.points[place - 1]:g}"
                raise SpecError("Speeds", [Problem((f"points.{place}",), message)])

    @property
    def places(self) -> int:
        """Most requests in service at once, k."""
        return self.replicas * self.slots

    @cached_property
    def capacity(self) -> float:
        """Work done in a second with all places taken, k v(k)."""
        return self.places * self.full_speed

    @property
    def full_speed(self) -> float:
        """Speed with all places taken, v(k)."""
        return float(self.speed(np.array([float(self.places)]))[0])

    def speed(self, in_service: Array) -> Array:
        """Speed of each request, v(n), for numbers of requests in service."""
        return np.asarray(1.0 / np.interp(in_service / max(self.replicas, 1), self.points, self.step_pu))

    def work_per_s(self, in_service: Array) -> Array:
        """Work done in a second, n v(n), for numbers of requests in service."""
        return in_service * self.speed(in_service)


@dataclass(frozen=True)
class WaitTail:
    """The distribution of a wait: zero for some, exponential for the others, none above a limit.

    Attributes:
        probability: Share of requests that wait, before the limit.
        scale_s: Mean wait of those that wait, before the limit.
        limit_s: Longest wait; longer ones are not in the distribution.
    """

    probability: float = 0.0
    scale_s: float = 0.0
    limit_s: float = inf

    def above(self, wait_s: float) -> float:
        """Share of requests that wait longer, before the limit."""
        return self.probability * exp(-wait_s / self.scale_s) if self.scale_s > 0.0 else 0.0

    def cdf(self, wait_s: Array) -> Array:
        """Share of requests whose wait is at most this, for each of several waits."""
        if self.scale_s <= 0.0 or self.limit_s <= 0.0:
            return np.asarray(wait_s >= 0.0, dtype=float)
        none, held_s = 1.0 - self.probability, np.clip(wait_s, 0.0, self.limit_s)
        below = none - self.probability * np.expm1(-held_s / self.scale_s)
        within = none - self.probability * expm1(-self.limit_s / self.scale_s)
        return np.where(wait_s >= 0.0, below / within, 0.0)

    def mean_with(self, from_s: float, to_s: float) -> float:
        """Mean of the larger of this wait and one that is uniform between two values.

        The integral of 1 - cdf above a value v is (p scale (exp(-v / scale) - exp(-limit / scale))
        - P(limit) (limit - v)) / (1 - P(limit)), which is averaged over v. A limit below 1e-4 of the scale is
        taken for none to wait.
        """
        middle_s = (from_s + to_s) / 2.0
        if self.scale_s <= 0.0 or from_s >= self.limit_s or self.limit_s <= _STRAIGHT * self.scale_s:
            return middle_s
        beyond = self.above(self.limit_s)
        left_s = self.limit_s - middle_s if beyond > 0.0 else 0.0
        width = (to_s - from_s) / self.scale_s
        share = -expm1(-width) / width if width > _STRAIGHT else exp(-width / 2.0)
        excess_s = self.scale_s * (self.above(from_s) * share - beyond) - beyond * left_s
        return middle_s + max(excess_s, 0.0) / (1.0 - beyond)


_STRAIGHT = 1e-4
"""Below this x, (1 - exp(-x)) / x is exp(-x / 2) to 1e-9."""


@dataclass(frozen=True)
class Stationary:
    """The stationary state of the queue without time-outs and without a limit of the queue.

    The number of requests is that of a birth-death process with the rates n v(n) / mean work. Up to k
    requests this holds for any distribution of work if arrivals are Poisson (processor sharing is
    insensitive); beyond, waits are multiplied by (gap_cv^2 + work_cv^2) / 2 (Allen and Cunneen). So it is
    exact for M/M/k, with any speeds, and the mean wait for M/G/1 (Pollaczek and Khinchine).

    Attributes:
        load: Arrival rate x mean work / capacity.
        in_service: Mean number of requests in service.
        tail: Distribution of the wait; exponential, which is exact for M/M/k.
        states: Numbers of requests in service, with their probability. States far apart stand for those
            between them.
        probability: Probability of each of the states.
    """

    load: float
    in_service: float
    tail: WaitTail
    states: Array
    probability: Array

    @property
    def wait_probability(self) -> float:
        """Share of requests that wait."""
        return self.tail.probability

    @property
    def mean_wait_s(self) -> float:
        """Mean wait of all requests [s]."""
        return self.tail.probability * self.tail.scale_s

    def mean_of(self, values: Callable[[Array], Array]) -> float:
        """Mean of a function of the number of requests in service, such as power.

        Args:
            values: The function; it takes an array of numbers, some of which may not be whole.
        """
        return float(self.probability @ values(self.states))


def stationary(
    rate_per_s: float, work_s: float, speeds: Speeds, *, gap_cv: float = 1.0, work_cv: float = 1.0
) -> Stationary:
    """The stationary state of a queue.

    Up to 4,096 states within exp(-50) of the most likely one are summed one by one. More are summed on a
    grid: against the full sum, with 6,448 to 2,000,000 places and loads up to 0.99999, the mean in service
    differs by less than 1e-7 of its value and the share that waits by less than 1e-5 of it.

    Args:
        rate_per_s: Arrival rate.
        work_s: Mean work of a request.
        speeds: Replicas and their speed.
        gap_cv: Coefficient of variation of the gaps between arrivals.
        work_cv: Coefficient of variation of work.

    Raises:
        SpecError: If a value is out of range, or if the load is not below one.
    """
    check("stationary", "rate_per_s", rate_per_s, least=0, most=1e12, unit="1/s")
    check("stationary", "work_s", work_s, least=0, most=1e12, unit="s")
    check("stationary", "gap_cv", gap_cv, least=0, most=1e3)
    check("stationary", "work_cv", work_cv, least=0, most=1e3)
    offered = rate_per_s * work_s
    if offered < LEAST_LOAD:
        return Stationary(0.0, 0.0, WaitTail(), np.zeros(1), np.ones(1))
    load = offered / speeds.capacity if speeds.places else inf
    if not load < 1.0:
        message = f"= {load:g} (rate x work / capacity); allowed: below 1"
        raise SpecError("stationary", [Problem(("load",), message)])
    states, weights = _weights(offered, speeds)
    waiting = float(weights[-1] / (1.0 - load)) if states[-1] == speeds.places else 0.0
    weights = weights * _counted(states)
    if waiting:
        weights[-1] += waiting * load
    total = float(weights.sum())
    factor = (gap_cv * gap_cv + work_cv * work_cv) / 2.0
    scale_s = work_s / speeds.capacity / (1.0 - load) * factor
    probability = weights / total
    in_service = float(probability @ states)
    return Stationary(load, in_service, WaitTail(waiting / total, scale_s), states, probability)


def _weights(offered: float, speeds: Speeds) -> tuple[Array, Array]:
    """States that matter, and the weight of each; the first and the last state may be the bounds."""
    low, high = 0, speeds.places
    for _ in range(_ZOOMS):
        states = _grid(low, high)
        logs = _log_weights(states, offered, speeds)
        near = np.flatnonzero(logs > logs.max() - _NEGLIGIBLE)
        first, last = max(int(near[0]) - 1, 0), min(int(near[-1]) + 1, len(states) - 1)
        width, low, high = high - low, int(states[first]), int(states[last])
        if len(states) == width + 1 or 2 * (high - low) > width:
            break
    states, logs = states[first : last + 1], logs[first : last + 1]
    return states, np.exp(logs - logs.max())


def _grid(low: int, high: int) -> Array:
    """Whole numbers between two bounds: all of them, or the lowest and others evenly above."""
    if high - low < _DENSE + _COARSE:
        return np.arange(low, high + 1, dtype=float)
    dense = np.arange(low, _DENSE, dtype=float)
    return np.concatenate((dense, np.rint(np.linspace(max(low, _DENSE), high, _COARSE))))


def _log_weights(states: Array, offered: float, speeds: Speeds) -> Array:
    """Logarithm of the weight of each state, over that of the first.

    It is the sum of log(a / (i v(i))). Over a step from m to n it is the trapezoid (n - m) (f(m) + f(n)) / 2
    + (f(n) - f(m)) / 2, which is exact for neighbours.
    """
    slope = np.log(offered / speeds.work_per_s(np.maximum(states, 1.0)))
    before, after = slope[:-1], slope[1:]
    steps = np.diff(states) * (before + after) / 2.0 + (after - before) / 2.0
    return np.concatenate((np.zeros(1), np.cumsum(steps)))


def _counted(states: Array) -> Array:
    """The number of states that each one stands for; one for neighbours."""
    half = np.diff(states) / 2.0
    return np.concatenate((half, [0.5])) + np.concatenate(([0.5], half))
