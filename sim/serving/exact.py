"""The exact stream: every request by itself, in windows that are proposed, settled and committed."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from sim.requests.arrivals import Requests
from sim.requests.request_class import RequestClass, levels, ranked
from sim.serving import queue
from sim.serving.fleet import Fleet, Plan
from sim.serving.queue import Queue
from sim.serving.replica import Replica
from sim.serving.request_sums import FIELDS, MEASURES, RequestSums
from sim.serving.tally import BINS, Tally
from sim.timeseries.series import Array

IS_COMPILED = not (queue.__file__ or "").endswith(".py")
"""Whether the queue is compiled."""
_ENDLESS = 2**62


@dataclass(frozen=True, eq=False)
class _Block:
    """Requests as the queue takes them."""

    at_s: array[float]
    kind: array[int]
    work_s: array[float]
    lead_s: array[float]
    prompt: array[float]
    output: array[float]


class ExactStream:
    """The requests of a stream, each by itself.

    A window is computed from the committed state, first as if power were plenty (`propose`), then, if the
    stream receives less, under a cap (`under`). `commit` makes one of them the state, up to any time within
    the window.

    Attributes:
        now_s: Time up to which it is committed.
        kinds: Number of kinds of request.
    """

    def __init__(
        self,
        replica: Replica,
        classes: Sequence[RequestClass],
        requests: Iterator[Requests],
        queue_limit: int | None = None,
    ) -> None:
        """Begin at time 0, without replicas.

        Args:
            replica: What each replica is.
            classes: The kinds of request.
            requests: The requests, in order of arrival.
            queue_limit: Most requests that wait. Default: any number.
        """
        self.now_s = 0.0
        self._replica = replica
        self.kinds = len(classes)
        self._requests = requests
        self._blocks: deque[_Block] = deque()
        self._first = 0
        limit = _ENDLESS if queue_limit is None else queue_limit
        self._state, self._trial = (_queue(classes, limit) for _ in range(2))
        fleet = Fleet(replica, 0)
        self._others_w = 0.0
        self._wanted_w = 0.0
        self._idle_j = 0.0
        self._until_s = 0.0
        self._fleet = fleet
        self._plan = self._trial_plan = Plan.free(fleet, len(classes), 0.0)
        self._serve(self._state, self._plan)
        self._consumed = (0, 0)

    def scale(self, serving: int, others_w: float) -> None:
        """Change the replicas that serve, from `now_s` on.

        Args:
            serving: Number of replicas that serve. Requests in service move to them; those that find no slot
                are cut off.
            others_w: Power of replicas that do not serve: they boot or sleep.
        """
        self._others_w = others_w
        if serving != self._fleet.replicas:
            self._fleet = Fleet(self._replica, serving)
            self._state.cut(self._fleet.slots)

    @property
    def serving(self) -> int:
        """Replicas that serve at `now_s`."""
        return self._fleet.replicas

    def next_s(self) -> float:
        """When its power may change by itself: at no particular time."""
        return inf

    def propose(self, until_s: float, open_ranks: int) -> float:
        """Mean power that it wants from `now_s` to a time, as if power were plenty [W].

        Args:
            until_s: End of the window.
            open_ranks: Number of kinds, in the order of their rank, of which requests start.
        """
        plan = Plan.free(self._fleet, open_ranks, self._others_w)
        power_w = self._try(plan, until_s)
        self._wanted_w = power_w - plan.idle_w
        return power_w

    def under(self, power_w: float, open_ranks: int) -> float:
        """Mean power in the window that was proposed, under a cap [W]; not above the cap.

        Replicas that serve are kept idle first, then come requests, then replicas that do not serve. Replicas
        that this power cannot keep idle fail, and with them the requests for which the others have no slot.
        """
        plan = Plan.capped(self._fleet, power_w, open_ranks, self._others_w, self._wanted_w)
        return min(power_w, self._try(plan, self._until_s))

    def commit(self, to_s: float) -> None:
        """Go on to a time within the window, as it was last computed."""
        if to_s != self._until_s:
            self._try(self._trial_plan, to_s)
        self._idle_j += (to_s - self.now_s) * self._trial_plan.idle_w
        self._state, self._trial, self._plan = self._trial, self._state, self._trial_plan
        self._fleet = self._plan.fleet
        blocks, self._first = self._consumed
        for _ in range(blocks):
            self._blocks.popleft()
        self.now_s = to_s

    def skip(self, to_s: float) -> None:
        """Let requests before a time pass by, and drop those in the system."""
        self._state.clear()
        self._state.run(to_s, *_NOTHING, 0, False)
        while self._blocks or self._read():
            at_s = self._blocks[0].at_s
            if at_s[-1] >= to_s:
                self._first = bisect_left(at_s, to_s, self._first)
                break
            self._blocks.popleft()
            self._first = 0
        self.now_s = to_s

    def oldest_s(self, kind: int) -> float:
        """When the first of the requests of a kind that wait arrived; infinite if none waits."""
        return self._state.oldest_s(kind)

    def tally(self) -> Tally:
        """What has happened up to `now_s`."""
        state = self._state
        sums = np.frombuffer(state.sums.values, dtype=np.float64).reshape(self.kinds, len(FIELDS))
        waited_s = np.frombuffer(state.waited_s, dtype=np.float64)
        bins = np.frombuffer(state.sums.bins, dtype=np.int64).reshape(self.kinds, len(MEASURES), BINS)
        return Tally(
            np.column_stack((sums, waited_s)),
            bins.astype(np.float64),
            self._idle_j,
            state.dynamic_j,
            state.service_s,
            state.waiting_s,
        )

    @property
    def others_w(self) -> float:
        """Power that replicas which do not serve had in the window that was committed last."""
        return self._plan.others_w

    @property
    def energy_j(self) -> float:
        """Energy up to `now_s`, idle energy included."""
        return self._idle_j + self._state.dynamic_j

    @property
    def in_service(self) -> int:
        """Requests in service at `now_s`."""
        return self._state.slots.count

    @property
    def waiting(self) -> int:
        """Requests that wait at `now_s`."""
        return self._state.waiting

    def _try(self, plan: Plan, until_s: float) -> float:
        """Run from the committed state to a time, and return the mean power."""
        state, trial = self._state, self._trial
        trial.copy(state)
        trial.cut(plan.fleet.slots)
        if not plan.serves_as(self._plan):
            self._serve(trial, plan)
        self._trial_plan, self._until_s = plan, until_s
        self._consumed = self._run(trial, until_s)
        span_s = until_s - self.now_s
        return plan.idle_w + ((trial.dynamic_j - state.dynamic_j) / span_s if span_s else 0.0)

    def _run(self, queue: Queue, until_s: float) -> tuple[int, int]:
        """Run to a time; return how many blocks are used up, and the next request of the one after."""
        used, first = 0, self._first
        while used < len(self._blocks) or self._read():
            one = self._blocks[used]
            follows = used + 1 < len(self._blocks) or self._read()
            columns = (one.at_s, one.kind, one.work_s, one.lead_s, one.prompt, one.output)
            first = queue.run(until_s, *columns, first, follows)
            if first < len(one.at_s) or not follows:
                return used, first
            used, first = used + 1, 0
        queue.run(until_s, *_NOTHING, 0, False)
        return used, 0

    def _read(self) -> bool:
        """Draw or read another block of requests, if there is one."""
        found = next(self._requests, None)
        if found is None:
            return False
        replica, step_s = self._replica, float(self._replica.step_s(1.0))
        work_s = replica.work_s(found.prompt_tokens, found.output_tokens)
        lead_s = np.minimum(replica.work_s(found.prompt_tokens, 0.0) + step_s, work_s)
        columns = (work_s, lead_s, found.prompt_tokens, found.output_tokens)
        self._blocks.append(
            _Block(_floats(found.at_s), array("q", found.kind.tobytes()), *(_floats(one) for one in columns))
        )
        return True

    def _serve(self, queue: Queue, plan: Plan) -> None:
        pace = plan.pace
        queue.serve(pace.limit, plan.open_ranks, _floats(pace.speed), _floats(pace.power_w))


def _floats(values: Array) -> array[float]:
    return array("d", np.ascontiguousarray(values, dtype=np.float64).tobytes())


_NOTHING = (array("d"), array("q"), array("d"), array("d"), array("d"), array("d"))


def _queue(classes: Sequence[RequestClass], queue_limit: int) -> Queue:
    """An empty queue for these kinds of request."""
    ranks = ranked(classes)

    def each(field: str) -> array[float]:
        found = [getattr(one, field) for one in classes]
        return array("d", [inf if value is None else value for value in found])

    sums = RequestSums(each("ttft_objective_s"), each("tpot_objective_s"))
    level = array("q", levels(classes))
    return Queue(each("timeout_s"), array("q", ranks), level, queue_limit, sums)
