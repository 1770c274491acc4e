"""A pool of servers: equal machines, allocated to jobs by GPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Protocol, Self

from pydantic import model_validator
from simpy import Event

from sim.site import Site
from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.instant import Instant
from sim.timeseries.service import Service, spans
from sim.units import HIGHEST_MW, MOST_GPUS, W_PER_MW, PositiveCount, PositiveWatts, Watts


class ServerPool(Spec):
    """A pool of equal servers.

    Unoccupied servers draw idle power. The power of occupied servers is part of the demand of the job or
    stream that occupies them. Jobs wait in line until enough GPUs are free: the one with the highest price
    of power first, then the one submitted first; jobs submitted at the same instant wait in the order of
    their names. A job that is held back for lack of power yields its GPUs to a job of a higher price that
    waits and whose power is to be had.
    """

    servers: PositiveCount
    """Number of servers."""
    gpus_per_server: PositiveCount = 8
    """Number of GPUs per server."""
    idle_w: Watts = 2490.0
    """Power of an idle server. Default: measured on 8 x H200 (MLPerf Inference 4.1, wall power)."""
    busy_w: PositiveWatts = 6850.0
    """Mean power of a server during training. Default: measured on 8 x H100 with GPT-3 175B, 438.6 kW for 64
    nodes (MLPerf Training 4.0, wall power)."""
    in_service: Instant | None = None
    """When it enters service: a date, a local time, or days after the start of the run. Before, its servers
    draw nothing, jobs wait, and a stream that keeps GPUs of it has not begun. Default: before the start."""
    retired: Instant | None = None
    """When it retires, given like `in_service`. Its jobs lose their GPUs then; their remaining work stays
    undone. Default: after the end."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.busy_w < self.idle_w:
            raise self.refuse("busy_w", f"at least idle_w = {self.idle_w:g} W")
        if self.gpus > MOST_GPUS:
            most = f"{MOST_GPUS // self.servers:,}, for {self.servers:,} servers"
            raise self.refuse("gpus_per_server", f"at most {most}")
        most_w = HIGHEST_MW * W_PER_MW / self.servers
        if self.busy_w > most_w:
            raise self.refuse("busy_w", f"at most {most_w:g} W, for {self.servers:,} servers")
        return self

    def service_in(self, calendar: Calendar, horizon_s: float) -> Service | None:
        """When it is in service during a run; None if it is for the whole run.

        Raises:
            SpecError: If a local time does not exist, or it retires before it is in service.
        """
        found = spans(self, calendar, horizon_s, None)
        return None if found is None else Service(found, "", horizon_s)

    @property
    def gpus(self) -> int:
        """Number of GPUs in the pool."""
        return self.servers * self.gpus_per_server

    @property
    def busy_w_per_gpu(self) -> float:
        """Power of a busy GPU, including its share of the server."""
        return self.busy_w / self.gpus_per_server

    @property
    def idle_w_per_gpu(self) -> float:
        """Power of an idle GPU, including its share of the server."""
        return self.idle_w / self.gpus_per_server

    @property
    def busy_mw_per_gpu(self) -> float:
        """Power of a busy GPU, including its share of the server."""
        return self.busy_w_per_gpu / W_PER_MW

    @property
    def idle_mw_per_gpu(self) -> float:
        """Power of an idle GPU, including its share of the server."""
        return self.idle_w_per_gpu / W_PER_MW


class Draw(Protocol):
    """The feed through which a pool requests power for its idle servers."""

    def want(self, firm_mw: float) -> None:
        """Request IT power from now on [MW]."""


def _never() -> bool:
    return False


def _nothing(_why: str) -> None:
    """Tell nobody."""


YIELDED, SERVER_FAILED = "yielded", "server failed"
"""Why GPUs are taken back: for another claim, or because a server has failed."""


@dataclass(eq=False)
class Claim:
    """A claim to GPUs of a pool.

    Attributes:
        gpus: Number of GPUs.
        worth_usd_per_mwh: What power is worth to the claimant; the line is ordered by it. Infinite for a
            claim that is allocated at once and never yields.
        is_held_back: Tells whether the claimant has less power than it wants.
        lose: Called with the reason when the GPUs have been taken back; it claims them again if it still
            needs them.
        is_held: Whether the GPUs are allocated to it.
        number: Its number in the order of submission, given by the pool.
    """

    gpus: int
    worth_usd_per_mwh: float = inf
    is_held_back: Callable[[], bool] = _never
    lose: Callable[[str], None] = _nothing
    is_held: bool = False
    number: int = -1


class Pool:
    """A pool during a run.

    Attributes:
        spec: Its specification.
        is_in_service: Whether it is in service; otherwise jobs wait for it.
    """

    def __init__(self, spec: ServerPool, name: str, site: Site, draw: Draw) -> None:
        self.spec = spec
        self._name = name
        self.is_in_service = site.is_in_service(name)
        site.on_turn(self._turn)
        self._site = site
        self._draw = draw
        self._free = spec.gpus
        self._line: list[tuple[Claim, Event]] = []
        self._holders: list[Claim] = []
        self._claims = 0
        self._draw_idle()

    def acquire(self, claim: Claim) -> Event:
        """An event that succeeds when the GPUs have been allocated.

        GPUs are allocated at the end of an instant, so that claims of one instant are compared.
        """
        granted = self._site.env.event()
        if claim.number < 0:
            claim.number = self._claims
            self._claims += 1
        if claim.worth_usd_per_mwh == inf and claim.gpus <= self._free and self.is_in_service:
            self._grant(claim, granted)
            return granted
        if not self._line:
            self._site.bus.watches.append(self)
        self._line.append((claim, granted))
        self._line.sort(key=lambda waiting: (-waiting[0].worth_usd_per_mwh, waiting[0].number))
        self._site.bus.ask("servers")
        return granted

    def release(self, claim: Claim) -> None:
        """Return GPUs to the pool."""
        if claim.is_held:
            claim.is_held = False
            self._holders.remove(claim)
            self._free += claim.gpus
            self._draw_idle()

    def _grant(self, claim: Claim, granted: Event) -> None:
        claim.is_held = True
        self._holders.append(claim)
        self._free -= claim.gpus
        self._draw_idle()
        granted.succeed()

    def look(self) -> None:
        """Allocate GPUs along the line; called after each settlement while some wait."""
        while self._line and self.is_in_service:
            claim, granted = self._line[0]
            yielded = claim.gpus > self._free and self._take_back(claim)
            if claim.gpus > self._free:
                return
            del self._line[0]
            self._grant(claim, granted)
            if yielded and self._line:
                return  # those that yielded claim again at this instant, before others of the line are served
        if not self._line:
            self._site.bus.watches.remove(self)

    def _turn(self) -> None:
        """Enter service, or retire: jobs lose their GPUs then."""
        self.is_in_service = self._site.is_in_service(self._name)
        if not self.is_in_service:
            for claim in [*self._holders]:
                self.release(claim)
                claim.lose(YIELDED)

    def _take_back(self, claim: Claim) -> bool:
        """Take GPUs from jobs that are held back and worth less than a claim; the least worth yield first."""
        worth = claim.worth_usd_per_mwh
        if self._site.bus.price_usd_per_mwh > worth:
            return False
        yielding = [one for one in self._holders if one.worth_usd_per_mwh < worth and one.is_held_back()]
        if self._free + sum(one.gpus for one in yielding) < claim.gpus:
            return False
        for one in sorted(yielding, key=lambda one: (one.worth_usd_per_mwh, -one.number)):
            if claim.gpus <= self._free:
                break
            self.release(one)
            one.lose(YIELDED)
        return True

    def _draw_idle(self) -> None:
        self._draw.want(self._free * self.spec.idle_mw_per_gpu)
