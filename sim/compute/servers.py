"""A pool of servers: equal machines, allocated to jobs by GPU."""

from __future__ import annotations

from typing import Protocol, Self

from pydantic import model_validator
from simpy import Container, Event

from sim.site import Site
from sim.spec import Spec
from sim.units import HIGHEST_MW, MOST_GPUS, W_PER_MW, PositiveCount, PositiveWatts, Watts


class ServerPool(Spec):
    """A pool of equal servers.

    Unoccupied servers draw idle power. The power of occupied servers is part of the demand of the job or
    stream that occupies them. Jobs wait in a first-come, first-served queue until enough GPUs are free; jobs
    submitted at the same instant queue in the order of their names.
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

    @property
    def gpus(self) -> int:
        """Number of GPUs in the pool."""
        return self.servers * self.gpus_per_server

    @property
    def busy_mw_per_gpu(self) -> float:
        """Power of a busy GPU, including its share of the server."""
        return self.busy_w / self.gpus_per_server / W_PER_MW

    @property
    def idle_mw_per_gpu(self) -> float:
        """Power of an idle GPU, including its share of the server."""
        return self.idle_w / self.gpus_per_server / W_PER_MW


class Draw(Protocol):
    """The feed through which a pool requests power for its idle servers."""

    def want(self, firm_mw: float) -> None:
        """Request IT power from now on [MW]."""


class Pool:
    """A pool during a run.

    Attributes:
        spec: Its specification.
    """

    def __init__(self, spec: ServerPool, site: Site, draw: Draw) -> None:
        self.spec = spec
        self._draw = draw
        self._free = Container(site.env, capacity=spec.gpus, init=spec.gpus)
        self._draw_idle()

    def acquire(self, gpus: int) -> Event:
        """An event that succeeds when the GPUs have been allocated to the caller."""
        request = self._free.get(gpus)
        request.callbacks.append(lambda _: self._draw_idle())
        return request

    def release(self, gpus: int) -> None:
        """Return GPUs to the pool."""
        self._free.put(gpus)
        self._draw_idle()

    def _draw_idle(self) -> None:
        self._draw.want(self._free.level * self.spec.idle_mw_per_gpu)
