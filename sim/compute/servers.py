"""A pool of servers: equal machines that jobs occupy, GPU by GPU."""

from __future__ import annotations

from typing import Protocol, Self

from pydantic import model_validator
from simpy import Container, Event

from sim.site import Site
from sim.spec import Spec
from sim.units import W_PER_MW, PositiveCount, PositiveWatts, Watts


class ServerPool(Spec):
    """A number of equal servers.

    Servers that nobody occupies draw their idle power; what an occupied one draws is the business of
    the job or stream on it. Jobs that do not fit wait in line, first come, first served; those of one
    instant stand in line by name.
    """

    servers: PositiveCount
    """Number of servers."""
    gpus_per_server: PositiveCount = 8
    """GPUs in a server."""
    idle_w: Watts = 2490.0
    """Power of an idle server; measured, 8 x H200 (MLPerf Inference 4.1, wall power)."""
    busy_w: PositiveWatts = 6850.0
    """Mean power of a server in training; measured, 8 x H100 on GPT-3 175B: 438.6 kW for 64 nodes
    (MLPerf Training 4.0, wall power)."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.busy_w < self.idle_w:
            raise self.refuse("busy_w", f"at least idle_w = {self.idle_w:g} W")
        return self

    @property
    def gpus(self) -> int:
        """GPUs of the pool."""
        return self.servers * self.gpus_per_server

    @property
    def busy_mw_per_gpu(self) -> float:
        """Power of a busy GPU with its share of the server."""
        return self.busy_w / self.gpus_per_server / W_PER_MW

    @property
    def idle_mw_per_gpu(self) -> float:
        """Power of an idle GPU with its share of the server."""
        return self.idle_w / self.gpus_per_server / W_PER_MW


class Draw(Protocol):
    """Where a pool asks for the power of its idle servers."""

    def want(self, firm_mw: float) -> None:
        """Ask for IT power from now on [MW]."""


class Pool:
    """A pool at work.

    Attributes:
        spec: What it is.
    """

    def __init__(self, spec: ServerPool, site: Site, draw: Draw) -> None:
        self.spec = spec
        self._draw = draw
        self._free = Container(site.env, capacity=spec.gpus, init=spec.gpus)
        self._draw_idle()

    def acquire(self, gpus: int) -> Event:
        """An event that succeeds once so many GPUs are free; they are then the caller's."""
        request = self._free.get(gpus)
        request.callbacks.append(lambda _: self._draw_idle())
        return request

    def release(self, gpus: int) -> None:
        """Give GPUs back."""
        self._free.put(gpus)
        self._draw_idle()

    def _draw_idle(self) -> None:
        self._draw.want(self._free.level * self.spec.idle_mw_per_gpu)
