"""The request feed: a stream of requests on the bus, in windows that are proposed, settled and committed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, inf
from typing import Protocol

import numpy as np

from sim.bus.band import Band
from sim.bus.bus import Bus
from sim.bus.clock import Alarm
from sim.demand.feed import Feed
from sim.serving.replicas import Replicas
from sim.serving.tally import Tally
from sim.units import W_PER_MW

_ROUNDING = 1e-9
_CLEARING_S = 600.0
"""Time within which replicas that are added serve the requests that wait (assumed)."""
_NOTHING = 1e-11
_SETTLING_S = 60.0
"""Shortest time in which a debt is settled, or `window_s` if that is shorter; a window may be cut short."""


class Stream(Protocol):
    """The requests of a stream, exact or fluid, as the feed drives them."""

    now_s: float

    @property
    def serving(self) -> int:
        """Replicas that serve."""

    @property
    def others_w(self) -> float:
        """Power that replicas which do not serve had in the window that was committed last."""

    @property
    def energy_j(self) -> float:
        """Energy that it has taken, idle energy included."""

    @property
    def in_service(self) -> int:
        """Requests in service."""

    def scale(self, serving: int, others_w: float) -> None:
        """Change the replicas that serve, and the power of the others [W]."""

    def next_s(self) -> float:
        """When its power changes by itself."""

    def propose(self, until_s: float, open_ranks: int) -> float:
        """Mean power that it wants until a time [W]."""

    def under(self, power_w: float, open_ranks: int) -> float:
        """Mean power under a cap in the window that was proposed [W]."""

    def commit(self, to_s: float) -> None:
        """Go on to a time within the window, as it was last computed."""

    def skip(self, to_s: float) -> None:
        """Let requests before a time pass by, and those in the system with them."""

    def oldest_s(self, kind: int) -> float:
        """When the first of the requests of a kind that wait arrived."""

    def tally(self) -> Tally:
        """What has happened so far."""


@dataclass(frozen=True)
class Levels:
    """The order in which a stream gives power up, the last one first.

    Attributes:
        firm_ranks: Number of kinds, in the order of their rank, that are served whatever power costs.
        ranks: For each block of flexible power, the number of kinds that are served with it.
        latest_s: For each kind that may wait for power: its rank, its number, and how long after its arrival.
        steps_pu: Parts of the power above idle of the kinds served whatever power costs that are given up one
            after the other as the clock falls, the last one first.
        work_s: Mean work of each kind, as the time that it takes alone.
    """

    firm_ranks: int
    ranks: tuple[int, ...] = ()
    latest_s: tuple[tuple[int, int, float], ...] = ()
    steps_pu: tuple[float, ...] = ()
    work_s: tuple[float, ...] = ()

    def work_per_s(self, tally: Tally, span_s: float) -> float:
        """Work that replicas have to do in a second: that of requests which came, and of those that wait.

        Of kinds that may wait for power only those count which started.
        """
        batch = {kind for _, kind, _ in self.latest_s}
        arrived, started, waiting_s = (tally.of(field) for field in ("arrived", "started", "waiting_s"))
        came = [started[kind] if kind in batch else arrived[kind] for kind in range(len(self.work_s))]
        left = [0.0 if kind in batch else waiting_s[kind] / _CLEARING_S for kind in range(len(self.work_s))]
        return float((np.array(came) + left) @ np.array(self.work_s)) / span_s

    def urgent_ranks(self, stream: Stream, by_s: float) -> int:
        """Number of kinds that are served whatever power costs, those included whose time to wait ends."""
        now_s = stream.now_s  # a request that arrives at once may be urgent too
        urgent = [
            rank + 1
            for rank, kind, wait_s in self.latest_s
            if min(stream.oldest_s(kind), now_s) + wait_s <= by_s
        ]
        return max([self.firm_ranks, *urgent])


class RequestFeed:
    """A stream of requests on the bus.

    1. At the start of a window it computes the requests as if power were plenty, and bids their mean power.
    2. If it receives less, it computes them again under a cap, and draws what they then take.
    3. At the end of the window they are committed. If the power that is to be had changes before, the window
       is cut: the requests are committed up to now, and a new window begins.

    The energy of a window that was cut differs from what the bus has delivered until then, as power in a
    window is its mean. The next windows settle the difference.

    Attributes:
        owed_j: Energy that the requests have taken and the bus has not delivered yet.
    """

    def __init__(
        self,
        bus: Bus,
        feed: Feed,
        stream: Stream,
        replicas: Replicas,
        levels: Levels,
        *,
        window_s: float,
        edges_s: Sequence[float],
        post: Callable[[Tally, float], None],
        begin: Callable[[float], None],
    ) -> None:
        """Connect a stream.

        Args:
            bus: The bus.
            feed: Its feed, with a lower block for each step of the clock and for each block of the levels.
            stream: Its requests.
            replicas: Its replicas.
            levels: The order in which it gives power up.
            window_s: Length of a window.
            edges_s: Ends of the hours of the run; the last one is the end of the run.
            post: Called at the end of each hour and of the run, with what happened since the last call, and
                the time.
            begin: Called with the time at which the stream enters service.
        """
        self._begin = begin
        self.owed_j = 0.0
        self._bus, self._feed, self._stream, self._replicas = bus, feed, stream, replicas
        self._levels, self._window_s, self._edges_s, self._post = levels, window_s, edges_s, post
        self._edge_s = edges_s[0]
        self._alarm = Alarm(bus.env, lambda _: bus.ask(feed.terminal.name))
        self._blocks = (feed.firm, *feed.flexible)
        self._until_s = inf if feed.terminal.name in bus.aside else 0.0
        self._drawn_w = self._received_w = self._owed_w = 0.0
        self._received_j = self._received_to_s = 0.0
        self._bids_w: tuple[float, ...] = ()
        self._cap_w = inf
        self._ranks: tuple[int, ...] = (levels.firm_ranks,)
        self._is_cut = False
        self._posted = self._looked = stream.tally()
        self._looked_s = 0.0
        self._band = Band(bus, self._blocks)
        self._places: list[int] = []
        bus.add_mover(self, feed.terminal.name, self._band)
        for block in self._blocks:
            bus.add_fit(block, self._fit)

    def advance(self, now_s: float) -> None:
        """Begin a window, if it is time."""
        if now_s >= self._until_s or self._is_cut:
            self._commit(now_s)
            if now_s < self._edges_s[-1]:
                self._propose(now_s)

    def settled(self, now_s: float) -> None:
        """Compare the power received with what the window takes."""
        self._count_received(now_s)
        self._received_w = fsum(self._band.powers_mw()) / self._feed.settled_factor * W_PER_MW
        if self._is_cut or not _equal(self._received_w, self._drawn_w):
            self._is_cut = True
            self._bus.ask(self._feed.terminal.name)

    def pause(self, now_s: float) -> None:
        """Out of service: requests in the system are dropped, and others pass by."""
        self._commit(now_s)
        self._until_s = inf
        self._received_w = self.owed_j = 0.0
        self._stream.skip(now_s)
        if now_s > 0.0:
            self._enter(now_s)

    def resume(self, now_s: float) -> None:
        """In service from now on: all replicas serve, and earlier requests have passed by."""
        self._stream.skip(now_s)
        self._replicas.begin(now_s)
        self._posted = self._looked = self._stream.tally()
        self._looked_s = self._received_to_s = self._until_s = now_s
        self._received_j = 0.0
        self._edge_s = self._next_edge_s(now_s)
        self._begin(now_s)

    def close(self, now_s: float) -> None:
        """Bring the requests up to the end of the run."""
        if self._until_s < inf:
            self._commit(now_s)

    def _commit(self, now_s: float) -> None:
        """Make what has happened since the last commit final."""
        stream = self._stream
        if now_s > stream.now_s:
            before_j = stream.energy_j
            stream.commit(now_s)
            self._count_received(now_s)
            owed_j = stream.energy_j - before_j - self._received_j
            if abs(owed_j) > _NOTHING * self._received_j:  # rounding would make equal hours differ
                self.owed_j += owed_j
            self._received_j = 0.0
            self._replicas.keep(stream.serving, now_s, stream.others_w)
            if now_s >= self._edge_s:
                self._enter(now_s)
        self._is_cut = False

    def _count_received(self, now_s: float) -> None:
        """Add up the energy received at the power of the last settlement."""
        self._received_j += self._received_w * (now_s - self._received_to_s)
        self._received_to_s = now_s

    def _enter(self, now_s: float) -> None:
        tally = self._stream.tally()
        self._post(tally - self._posted, now_s)
        self._posted, self._edge_s = tally, self._next_edge_s(now_s)

    def _propose(self, now_s: float) -> None:
        """Begin a window, and bid what it takes if power is plenty."""
        stream, replicas = self._stream, self._replicas
        if now_s >= replicas.next_s:
            tally = stream.tally()
            looked = tally - self._looked
            span_s = now_s - self._looked_s
            load = self._levels.work_per_s(looked, span_s) if span_s else 0.0
            replicas.update(now_s, load, stream.in_service)
            if replicas.looked_s == now_s:
                self._looked, self._looked_s = tally, now_s
        stream.scale(replicas.serving, replicas.others_w)
        ends_s = (now_s + self._window_s, self._edge_s, replicas.next_s, stream.next_s())
        self._until_s = until_s = min(ends_s)
        firm_ranks = self._levels.urgent_ranks(stream, until_s)
        self._ranks = (firm_ranks, *(max(firm_ranks, ranks) for ranks in self._levels.ranks))
        totals_w = [stream.propose(until_s, self._ranks[0])]
        for before, ranks in pairwise(self._ranks):
            totals_w.append(totals_w[-1] if ranks == before else stream.propose(until_s, ranks))
        self._owed_w = self.owed_j / max(until_s - now_s, min(self._window_s, _SETTLING_S))
        self._drawn_w, self._cap_w = self._bid(totals_w), inf
        self._band.open()
        self._alarm.set(until_s)

    def _bid(self, totals_w: list[float]) -> float:
        """Bid for the power with which each number of kinds is served; return the sum of the bids."""
        idle_w = min(self._replicas.idle_w, totals_w[0])
        steps_w = [(totals_w[0] - idle_w) * step for step in self._levels.steps_pu]
        firm_w = max(0.0, totals_w[0] - fsum(steps_w) + self._owed_w)
        levels_w = [max(0.0, after - before) for before, after in pairwise(totals_w)]
        self._bids_w = (firm_w, *steps_w, *levels_w)
        self._feed.want(*(watts / W_PER_MW for watts in self._bids_w))
        return fsum(self._bids_w)

    def _fit(self, mw: Sequence[float], used_mw: Sequence[float]) -> list[tuple[int, float]]:
        """What it can use of the power offered: at the start of a window that of a window under this cap."""
        if not self._places:
            first_bid = len(self._bus.offered)
            self._places = [first_bid + block.at for block in self._blocks]
        places = self._places
        taken_mw = [mw[at] - used_mw[at] for at in places]
        per_w = self._feed.drawn_mw(1.0) / W_PER_MW
        offered_w = fsum(taken_mw) / per_w
        if _equal(offered_w, self._drawn_w):
            return []
        self._band.open()
        if self._bus.env.now == self._stream.now_s:
            self._drawn_w, self._cap_w = self._under(offered_w, taken_mw), offered_w
        elif not _equal(offered_w, self._cap_w):
            self._is_cut = True
        left_mw = min(self._drawn_w, offered_w) * per_w
        trims = []
        for at, taken in zip(places, taken_mw, strict=True):
            size_mw = min(taken, left_mw)
            left_mw -= size_mw
            trims.append((at, size_mw))
        return trims if self._drawn_w < offered_w * (1.0 - _ROUNDING) else []

    def _under(self, offered_w: float, taken_mw: list[float]) -> float:
        """The power that the window takes under a cap."""
        firm = len(self._levels.steps_pu) + 1
        ranks, wanted_w = self._ranks[0], fsum(self._bids_w[:firm])
        for number, taken, bid_w in zip(self._ranks[1:], taken_mw[firm:], self._bids_w[firm:], strict=True):
            if taken > 0.0:
                ranks, wanted_w = number, wanted_w + bid_w
        if _equal(offered_w, wanted_w):  # enough for these kinds: only others wait
            self._stream.propose(self._until_s, ranks)
            return offered_w
        owed_w = min(self._owed_w, max(0.0, offered_w - self._replicas.idle_w))
        drawn_w = self._stream.under(offered_w - max(0.0, owed_w), ranks)
        return min(offered_w, max(0.0, drawn_w + owed_w))

    def _next_edge_s(self, now_s: float) -> float:
        return self._edges_s[min(bisect_right(self._edges_s, now_s), len(self._edges_s) - 1)]


def _equal(one_w: float, other_w: float) -> bool:
    return abs(one_w - other_w) <= _ROUNDING * (one_w + other_w + 1.0)
