"""The fluid stream: requests as flows, in windows that are proposed, settled and committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from sim.queueing.fluid import FluidQueue, Span
from sim.queueing.latency import Served
from sim.queueing.line import Backlog
from sim.queueing.steady import Load
from sim.queueing.waits import Speeds
from sim.requests.request_class import RequestClass, levels, ranked
from sim.serving.fleet import Fleet, Pace, Plan
from sim.serving.fluid_counts import counted, fluid_class
from sim.serving.replica import Replica
from sim.serving.tally import Tally
from sim.timeseries.series import StepSeries

_MOST_KEPT = 1000
_POINTS = 128
_SLOWEST = 1e-9
_DUST = 1e-12
_LEAST_S = 1e-3
"""Least length of a window."""


@dataclass(frozen=True)
class _Waited:
    """Requests of a kind that wait for power, as they arrived."""

    begin_s: float
    end_s: float
    per_s: float

    @property
    def count(self) -> float:
        """Their number."""
        return self.per_s * (self.end_s - self.begin_s)


@dataclass(frozen=True, eq=False)
class _Window:
    """A window as computed.

    Attributes:
        load: What arrives, and what serves it.
        span: What came of it; None where the load is known and leaves nothing over.
        power_w: Mean power above idle.
        in_service: Mean number of requests in service.
        per_s: What happens in a second of a load that leaves nothing over.
    """

    load: Load
    span: Span | None
    power_w: float
    in_service: float
    per_s: Tally | None = None


class FluidStream:
    """The requests of a stream as flows: rates and mean waits (see `fluid`).

    It is driven like an `ExactStream`, and counts the same things; its requests are expected numbers. Batch
    requests that waited for power are served evenly over the next window in which they are served.

    Attributes:
        now_s: Time up to which it is committed.
    """

    def __init__(
        self,
        replica: Replica,
        classes: Sequence[RequestClass],
        rate_per_s: StepSeries,
        *,
        gap_cv: float = 1.0,
        queue_limit: float = inf,
    ) -> None:
        """Begin at time 0, without replicas.

        Args:
            replica: What each replica is.
            classes: The kinds of request.
            rate_per_s: Mean number of requests in a second.
            gap_cv: Coefficient of variation of the gaps between requests.
            queue_limit: Most requests that wait.
        """
        total = sum(one.share for one in classes)
        order = ranked(classes)
        self.now_s = 0.0
        self._replica = replica
        self._classes = classes
        self._shares = [one.share / total for one in classes]
        self._places = [order.index(kind) for kind in range(len(classes))]
        self._rate_per_s = rate_per_s
        fluid = [
            fluid_class(replica, one, -level) for one, level in zip(classes, levels(classes), strict=True)
        ]
        self._queue = FluidQueue(fluid, queue_limit=queue_limit, gap_cv=gap_cv)
        self._work_s = [float(one.work_s.mean()) for one in fluid]
        self._leave(self._queue.empty())
        self._held: list[tuple[_Waited, ...]] = [() for _ in classes]
        fleet = Fleet(replica, 0)
        self._plan = self._trial_plan = Plan.free(fleet, len(classes), 0.0)
        self._until_s = 0.0
        self._others_w = 0.0
        self._wanted_w = 0.0
        self._tally = Tally.none(len(classes))
        self._in_service = 0.0
        self._loads: dict[tuple[float | Pace, ...], Load] = {}
        self._steady: dict[Load, _Window] = {}
        self._trial = _Window(self._load(self._plan, 0.0), None, 0.0, 0.0)

    def scale(self, serving: int, others_w: float) -> None:
        """Change the replicas that serve, from `now_s` on; see `ExactStream.scale`."""
        self._others_w = others_w
        if serving != self._plan.fleet.replicas:
            fleet = Fleet(self._replica, serving)
            self._plan = Plan.free(fleet, self._plan.open_ranks, others_w)
            self._forget()

    @property
    def serving(self) -> int:
        """Replicas that serve at `now_s`."""
        return self._plan.fleet.replicas

    @property
    def others_w(self) -> float:
        """Power that replicas which do not serve had in the window that was committed last."""
        return self._plan.others_w

    @property
    def energy_j(self) -> float:
        """Energy up to `now_s`, idle energy included."""
        return self._tally.idle_j + self._tally.dynamic_j

    @property
    def in_service(self) -> int:
        """Requests in service, as a mean of the last window."""
        return round(self._in_service)

    def next_s(self) -> float:
        """When its power changes by itself: the rate changes, or a backlog begins, ends or times out."""
        times_s = self._rate_per_s.times_s
        at = int(times_s.searchsorted(self.now_s, "right"))
        rate_s = float(times_s[at]) if at < len(times_s) else inf
        load = self._load(self._plan, 0.0)
        work = sum(rate * mean_s for rate, mean_s in zip(load.rates_per_s, self._work_s, strict=True))
        if work < load.speeds.capacity and not self._waits:
            return rate_s
        change_s = self._queue.advance(self._backlog, load, 0.0).next_change_s
        return min(rate_s, self.now_s + max(change_s, _LEAST_S))

    def propose(self, until_s: float, open_ranks: int) -> float:
        """Mean power that it wants from `now_s` to a time, as if power were plenty [W]."""
        plan = Plan.free(self._plan.fleet, open_ranks, self._others_w)
        power_w = self._try(plan, until_s)
        self._wanted_w = power_w - plan.idle_w
        return power_w

    def under(self, power_w: float, open_ranks: int) -> float:
        """Mean power in the window that was proposed, under a cap [W]; see `ExactStream.under`."""
        plan = Plan.capped(self._plan.fleet, power_w, open_ranks, self._others_w, self._wanted_w)
        return min(power_w, self._try(plan, self._until_s))

    def commit(self, to_s: float) -> None:
        """Go on to a time within the window, as it was last computed."""
        if to_s != self._until_s:
            self._try(self._trial_plan, to_s)
        window, plan, span_s = self._trial, self._trial_plan, to_s - self.now_s
        self._tally += replace(self._counted(window, span_s), idle_j=span_s * plan.idle_w)
        if plan.fleet is not self._plan.fleet:
            self._cut(plan.fleet.slots)
        self._plan, self._in_service = plan, window.in_service
        if window.span is not None:
            self._leave(window.span.after)
        self._hold(to_s)
        self.now_s = to_s

    def skip(self, to_s: float) -> None:
        """Let requests before a time pass by, and those that wait with them."""
        self._leave(self._queue.empty())
        self._held = [() for _ in self._classes]
        self._in_service = 0.0
        self.now_s = to_s

    def oldest_s(self, kind: int) -> float:
        """When the first of the requests of a kind that wait for power arrived; infinite if none waits."""
        return min((one.begin_s for one in self._held[kind]), default=inf)

    def tally(self) -> Tally:
        """What has happened up to `now_s`."""
        return self._tally

    def _try(self, plan: Plan, until_s: float) -> float:
        """Compute a window, and return its mean power."""
        span_s = until_s - self.now_s
        load = self._load(plan, span_s)
        self._trial_plan, self._until_s = plan, until_s
        if self._is_steady(load):
            self._trial = self._steady[load]
        else:
            span = self._queue.advance(self._backlog, load, span_s)
            power_w = span.mean_of(plan.pace.power_at)
            self._trial = _Window(load, span, power_w, span.in_service)
            is_left = span.waiting_before.any() or span.waiting_after.any() or any(self._held)
            if span_s and not is_left and plan.open_ranks == len(self._classes):
                per_s = self._counted(self._trial, span_s) * (1.0 / span_s)
                self._trial = self._steady[load] = replace(self._trial, span=None, per_s=per_s)
        return plan.idle_w + self._trial.power_w

    def _is_steady(self, load: Load) -> bool:
        """Whether this load is known to leave nothing over, and nothing is."""
        return load in self._steady and not (self._waits or any(self._held))

    def _load(self, plan: Plan, span_s: float) -> Load:
        """What arrives in a window, and what serves it."""
        rate = self._rate_per_s.value_at(self.now_s)
        rates = []
        for kind, share in enumerate(self._shares):
            is_open = self._places[kind] < plan.open_ranks
            held = sum(one.count for one in self._held[kind]) / span_s if span_s and is_open else 0.0
            rates.append(rate * share + held if is_open else 0.0)
        # the pace itself: the id of one that is gone is given to another
        key: tuple[float | Pace, ...] = (*rates, plan.pace)
        if key not in self._loads:
            if len(self._loads) >= _MOST_KEPT:
                self._forget()
            self._loads[key] = Load(tuple(rates), _speeds(plan.pace))
        return self._loads[key]

    def _leave(self, backlog: Backlog) -> None:
        """Note what waits from now on."""
        self._backlog = backlog
        self._waits = bool(self._queue.waiting(backlog).any())

    def _hold(self, to_s: float) -> None:
        """Note the requests that arrived and wait for power; those that were let in wait no longer."""
        rate = self._rate_per_s.value_at(self.now_s)
        for kind, share in enumerate(self._shares):
            if self._places[kind] < self._plan.open_ranks:
                self._held[kind] = ()
            elif rate * share:
                self._held[kind] = (*self._held[kind], _Waited(self.now_s, to_s, rate * share))

    def _counted(self, window: _Window, span_s: float) -> Tally:
        """What happened in a window, idle energy apart."""
        if window.span is None:
            return window.per_s * span_s if window.per_s is not None else Tally.none(len(self._classes))
        tally = Tally.none(len(self._classes))
        for kind in range(len(self._classes)):
            self._count(tally, window.span, kind, span_s)
        waiting_s = float(tally.of("waiting_s").sum())
        return replace(
            tally,
            dynamic_j=window.power_w * span_s,
            service_s=window.in_service * span_s,
            waiting_s=waiting_s,
        )

    def _count(self, tally: Tally, span: Span, kind: int, span_s: float) -> None:
        """Count the requests of a kind."""
        flows = [part for flow in span.flows if flow.kind == kind for part in self._aged(flow, span_s)]
        arrived = self._arrived(kind, span_s)
        amounts = {
            "arrived": arrived,
            "served": span.served[kind],
            "timed_out": _without_dust(span.timed_out[kind], arrived),
            "refused": _without_dust(span.refused[kind], arrived),
            "waiting_s": self._waiting_s(span, kind, span_s),
        }
        one, fluid = self._classes[kind], self._queue.classes[kind]
        tally.sums[kind], tally.bins[kind] = counted(one, fluid, kind, amounts, flows)

    def _waiting_s(self, span: Span, kind: int, span_s: float) -> float:
        """Integral of the number of a kind that wait: for power, in the backlog, and for fluctuations."""
        held = sum(one.count for one in self._held[kind])
        is_open = self._places[kind] < self._trial_plan.open_ranks
        held_s = (
            held * span_s / 2.0 if is_open else held * span_s + self._arrived(kind, span_s) * span_s / 2.0
        )
        backlog_s = (span.waiting_before[kind] + span.waiting_after[kind]) / 2.0 * span_s
        calm_s = sum(flow.count * flow.tail.mean_with(0.0, 0.0) for flow in span.flows if flow.kind == kind)
        return float(held_s + backlog_s + calm_s)

    def _arrived(self, kind: int, span_s: float) -> float:
        """Requests of a kind that arrive in a window."""
        return self._rate_per_s.value_at(self.now_s) * self._shares[kind] * span_s

    def _aged(self, flow: Served, span_s: float) -> list[Served]:
        """Requests served alike; those that waited for power are apart, the first to arrive first."""
        held = self._held[flow.kind]
        if not held:
            return [flow]
        count = sum(one.count for one in held)
        share = count / (count + self._arrived(flow.kind, span_s))
        first_s, last_s = self.now_s - held[0].begin_s, self.now_s + span_s - held[-1].end_s
        waited = replace(
            flow,
            count=flow.count * share,
            age_from_s=flow.age_from_s + first_s,
            age_to_s=flow.age_to_s + last_s,
        )
        return [waited, replace(flow, count=flow.count * (1.0 - share))]

    def _cut(self, slots: int) -> None:
        """Drop the requests in service for which the replicas that are left have no slot."""
        lost = max(0.0, self._in_service - slots)
        tally = Tally.none(len(self._classes))
        for kind, one in enumerate(self._classes):
            count = lost * self._shares[kind]
            prompt, output = count * one.prompt_tokens.mean, count * one.output_tokens.mean
            for field, amount in (("cut", count), ("prompt_dropped", prompt), ("output_dropped", output)):
                tally.of(field)[kind] = amount
            for field, amount in (("served", count), ("prompt_served", prompt), ("output_served", output)):
                tally.of(field)[kind] = -amount  # they counted as served when they began
        self._tally += tally

    def _forget(self) -> None:
        self._loads.clear()
        self._steady.clear()


def _without_dust(amount: float, arrived: float) -> float:
    """An amount, or none where it is rounding."""
    return float(amount) if amount > _DUST * arrived else 0.0


def _speeds(pace: Pace) -> Speeds:
    """The speeds of a pace, as those of one large replica."""
    if not pace.limit:
        return Speeds(0)
    number = np.unique(np.geomspace(1.0, pace.limit, _POINTS).round())
    step_pu = 1.0 / np.maximum(pace.speed_at(number), _SLOWEST)
    return Speeds(1, pace.limit, tuple(number.tolist()), tuple(step_pu.tolist()))
