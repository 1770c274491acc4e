"""Server pools: equal machines, allocated to jobs by GPU."""

from __future__ import annotations

from typing import Any, Self

from pydantic import SerializationInfo, SerializerFunctionWrapHandler, model_serializer, model_validator

from sim.compute.domains import PowerDomain, check_names, oversubscriptions
from sim.compute.scheduler import AnyScheduler
from sim.compute.server import MODELS, SERVERS, Server, ServerModel
from sim.compute.worth import WorthOrder
from sim.errors import Problem, SpecError
from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.instant import Instant
from sim.timeseries.service import Service, spans
from sim.units import (
    HIGHEST_MW,
    MOST_GPUS,
    W_PER_MW,
    Count,
    DurationHours,
    Hours,
    Minutes,
    PositiveCount,
    PositiveWatts,
    Watts,
)

_USUAL = "8xh100"
"""Model whose components divide the power of a pool that has none."""


def _figures(server: Server) -> dict[str, float]:
    """The fields of a pool that a model gives."""
    return {
        "gpus_per_server": server.allocation_units,
        "idle_w": server.idle_w,
        "busy_w": server.active_w,
    }


class ServerPool(Spec):
    """A pool of equal servers.

    Unoccupied servers draw idle power. The power of occupied servers is part of the demand of the job or
    stream that occupies them. Jobs wait in line until enough GPUs are free; the scheduler says which one is
    next. Jobs submitted at the same instant wait in the order of their names.

    Servers fail independently. A failure stops the job that has the server; it starts again from its last
    checkpoint once enough GPUs are free. Failed servers draw no power. GPUs that a stream reserves do not
    fail.

    With power domains, jobs are capped where their power would exceed the limit of a rack, row or busway. A
    cap takes a share of all power above idle, firm or flexible, and slows the whole job down. It holds
    whatever power costs. A job whose cap would be below the floor of its response pauses, the one of lowest
    priority first, then the last that started. Idle power of all servers and busy power of reserved GPUs are
    kept free below each limit. Job power at average resolution is its mean: peaks of phases are not capped.
    """

    servers: PositiveCount
    """Number of servers."""
    model: ServerModel | None = None
    """Model of the servers: `8xh100`, `8xh200`, `8xa100`, `gb200_nvl72`, `two_socket`, or a table of figures
    (see `Server`). Default: none; the powers below hold."""
    gpus_per_server: PositiveCount = 8
    """Number of GPUs per server. Default: that of the model, or 8."""
    idle_w: Watts = 2490.0
    """Power of an idle server. Default: that of the model, or measured on 8 x H200
    (MLPerf Inference 4.1, wall power)."""
    busy_w: PositiveWatts = 6850.0
    """Mean power of a server during training. Default: that of the model, or measured on
    8 x H100 with GPT-3 175B, 438.6 kW for 64 nodes (MLPerf Training 4.0, wall power)."""
    in_service: Instant | None = None
    """When it enters service: a date, a local time, or days after the start of the run. Before, its servers
    draw nothing, jobs wait, and a stream that keeps GPUs of it has not begun. Default: before the start."""
    retired: Instant | None = None
    """When it retires, given like `in_service`. Its jobs lose their GPUs then; their remaining work stays
    undone. Default: after the end."""
    drain_h: Hours = 0.0
    """Time before it retires in which no further job starts."""

    scheduler: AnyScheduler = WorthOrder()
    """Which waiting jobs start, and which running ones yield. Default: by the price of power."""
    mttf_h: DurationHours | None = None
    """Mean time to failure of a server. Default: none fails."""
    mttr_h: DurationHours = 24.0
    """Mean time to repair of a server (assumed)."""
    boot_min: Minutes = 10.0
    """Time in which a repaired server starts, at idle power (assumed)."""
    spares: Count = 0
    """Number of servers kept free to replace failed ones."""
    domains: tuple[PowerDomain, ...] = ()
    """Racks, rows and busways with power limits of their own. The innermost are the racks, which hold all
    servers of the pool in their order. Default: none; the pool counts as one rack without a limit."""

    @model_validator(mode="before")
    @classmethod
    def _take_model(cls, data: Any) -> Any:
        """Take from the model what is not given."""
        if not isinstance(data, dict) or data.get("model") is None:
            return data
        try:
            server = MODELS.build(data["model"])
        except SpecError as error:
            raise error.within(cls.title(), "model") from None
        figures = _figures(server)
        given = {name: value for name, value in data.items() if name not in figures or value is not None}
        return figures | given | {"model": server}

    @model_serializer(mode="wrap")
    def _without_model(
        self, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        """Leave empty what is the model's, so that it follows another model."""
        data: dict[str, Any] = handler(self)
        for name in self._of_model(data):
            data[name] = None
            if info.exclude_none:
                del data[name]
        return data

    def contents(self) -> dict[str, Any]:
        """Its fields by name, those of the model empty."""
        data = super().contents()
        return data | dict.fromkeys(self._of_model(data))

    def _of_model(self, data: dict[str, Any]) -> list[str]:
        """Names of the values that are those of the model."""
        figures = _figures(self.model) if self.model else {}
        return [name for name, value in figures.items() if data.get(name) == value]

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
        if self.spares >= self.servers:
            raise self.refuse("spares", f"less than servers = {self.servers:,}")
        return self

    @model_validator(mode="after")
    def _divide(self) -> Self:
        if not self.domains:
            return self
        check_names(self, self.domains)
        inside = sum(domain.copies * domain.size for domain in self.domains)
        if inside != self.servers:
            raise self.refuse("servers", f"{inside:,}, those of its domains")
        waiting = [*self.domains]
        while waiting:
            domain = waiting.pop()
            waiting += domain.domains
            idle_mw = domain.size * self.idle_w / W_PER_MW
            if domain.limit_mw < idle_mw:
                least = f"= {domain.limit_mw:g} MW; allowed: at least {idle_mw:g} MW, its idle power"
                raise SpecError(self.title(), [Problem(("domains", domain.name, "limit_mw"), least)])
        return self

    def remarks(self) -> tuple[str, ...]:
        """That domains are oversubscribed; without a model, servers count with their busy power."""
        nameplate_w = self.busy_w if self.model is None else max(self.busy_w, self.model.nameplate_w)
        return tuple(oversubscriptions(self.domains, nameplate_w))

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
    def gpus_by_rack(self) -> list[int]:
        """Number of GPUs in each rack."""
        racks = [size for domain in self.domains for size in domain.rack_sizes()] or [self.servers]
        return [servers * self.gpus_per_server for servers in racks]

    @property
    def gpus_for_jobs(self) -> int:
        """Number of GPUs that jobs may have at a time."""
        return (self.servers - self.spares) * self.gpus_per_server

    @property
    def most_w_per_gpu(self) -> float | None:
        """Highest power of a GPU, with its share of the server; None without a model."""
        return None if self.model is None else self.model.max_w / self.gpus_per_server

    @property
    def accelerator_w_per_gpu(self) -> float:
        """Mean power of an accelerator in training, which power caps act on; without losses of the host.

        Without a model it is that share of a busy server which it has in 8 x H100.
        """
        server: Server = self.model or SERVERS[_USUAL]
        share = server.accelerators * server.accelerator_active_w / server.active_w
        return share * self.busy_w_per_gpu

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
