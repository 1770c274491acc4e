"""An inference stream: requests that replicas of a model serve."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sim import units
from sim.bus.description import Description
from sim.demand.hall import Hall, Load, Placement
from sim.demand.request_books import RequestBooks
from sim.demand.request_feed import Levels, RequestFeed
from sim.errors import Problem, SpecError
from sim.requests.arrivals import RandomArrivals
from sim.requests.request_class import ClassModel, RequestClass, ranked
from sim.requests.request_log import RequestTable
from sim.serving.exact import IS_COMPILED, ExactStream
from sim.serving.fleet import Fleet
from sim.serving.fluid_stream import FluidStream
from sim.serving.models import ReplicaModel
from sim.serving.replica import Replica
from sim.serving.replicas import Autoscaling, Replicas
from sim.site import Site
from sim.timeseries.profile import Profile, Varying

_STEPS = 3
"""Steps in which the clock falls: blocks of firm power of less and less value."""
_NO_ROOM = 0.02
"""Share of its power by which the clock must be able to fall for steps of their own."""
_MOST_EXACT = {True: 3e6, False: 3e5}
"""Requests of a run up to which `auto` is exact: with compiled code, and without."""

ClassName = Annotated[str, Field(min_length=1, max_length=100)]


class InferenceStream(Load):
    """A stream of requests, served by replicas of a model on GPUs reserved for it.

    Requests wait in one queue, in the order of the priority of their class, for a slot of a replica. The more
    requests a replica serves at once, the slower each of them becomes. Power follows the number in service;
    replicas without requests draw idle power.

    Its power is firm, apart from that of classes that may wait (`deadline_h`). If it lacks power, the clock
    falls first, then the number in service; requests then wait longer, and time out. Power above the lowest
    clock is worth less than other firm power, the last megawatt least.
    """

    kind: Literal["inference_stream"] = "inference_stream"
    pool: str
    """Name of the server pool it runs on."""
    replicas: units.PositiveCount
    """Number of replicas."""
    model: ReplicaModel
    """What a replica is: the name of a model on a server, or a table of its curves."""
    gpu_limit_w: units.PositiveWatts | None = None
    """Power limit of a GPU. Default: that at which the model was measured."""
    sleep_w: units.Watts | None = None
    """Power of a replica that `autoscaling` has taken away. Default: that of the model, which is idle power
    where it is not known."""
    requests_per_s: Annotated[Profile, Varying("1/s", ge=0, le=1e9)] | None = None
    """Request rate. Default: none, with `trace`."""
    gap_cv: Annotated[float, units.quantity("ratio", ge=0.05, le=20)] = 1.0
    """Coefficient of variation of the gaps between requests at a constant rate. Default: 1, a Poisson
    process; more makes bursts."""
    trace: RequestTable | None = None
    """A log of requests to replay, in place of a rate. Default: none."""
    classes: dict[ClassName, ClassModel] = Field(min_length=1, max_length=16)
    """Classes of requests by name: each is the name of a known one, or a table. With `trace` exactly one,
    whose tokens are those of the trace."""
    queue_limit: units.Count | None = None
    """Most requests that wait; others are refused. Default: any number."""
    autoscaling: Autoscaling | None = None
    """How the number of replicas follows the requests. Default: all serve at all times."""
    resolution: Literal["auto", "exact", "fluid"] = "auto"
    """Whether every request is simulated (`exact`), or rates and mean waits are computed (`fluid`). Default:
    exact up to 3 million requests in a run (300,000 without compiled code) and with a trace; else fluid."""
    window_s: units.PositiveSeconds = 60.0
    """Power is the mean over windows of this length where every request is simulated. Results of requests do
    not depend on it where power is not short. Default: 60 s."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.requests_per_s is None) is (self.trace is None):
            raise self.refuse("requests_per_s", "either requests_per_s or trace")
        if self.trace is not None and self.resolution == "fluid":
            raise self.refuse("resolution", "'exact' or 'auto', with trace")
        if self.trace is not None and len(self.classes) != 1:
            message = f"has {len(self.classes)} entries; allowed: one class, with trace"
            raise SpecError(self.title(), [Problem(("classes",), message)])
        if self.autoscaling is not None and self.autoscaling.least > self.replicas:
            message = f"= {self.autoscaling.least}; allowed: at most replicas = {self.replicas}"
            raise SpecError(self.title(), [Problem(("autoscaling", "least"), message)])
        for name, one in self.classes.items():
            self._check_timeout(name, one)
        return self

    def _check_timeout(self, name: str, one: RequestClass) -> None:
        """Refuse a time-out before an answer in an empty system."""
        work_s = self._alone_s(one)
        if one.timeout_s is not None and one.timeout_s < work_s:
            least = f"at least {work_s:.4g} s, the time of a mean request in an empty system"
            message = f"= {one.timeout_s:g} s; allowed: {least}"
            raise SpecError(self.title(), [Problem(("classes", name, "timeout_s"), message)])

    @property
    def _replica(self) -> Replica:
        model = self.model if self.gpu_limit_w is None else self.model.at_limit(self.gpu_limit_w)
        return model if self.sleep_w is None else model.model_copy(update={"sleep_w": self.sleep_w})

    def placement(self) -> Placement:
        """Its GPUs, reserved for the whole run."""
        each = self.model.gpus
        return Placement(self.pool, self.replicas * each, permanent=True, field="replicas", each=each)

    def start(self, site: Site, name: str, hall: Hall) -> None:
        """Reserve GPUs, and serve requests."""
        place, replica = self.placement(), self._replica
        hall.pools[self.pool].reserve(place.gpus)
        names = sorted(self.classes)  # their order in a file has no effect
        classes = [self.classes[one] for one in names]
        stream, resolution = self._stream(site, name, classes)
        levels, lower, worths = self._ladder(hall, classes)
        size = f"{self.replicas:,} replica{'s' if self.replicas > 1 else ''}, {place.gpus:,} GPUs"
        description = Description(label="inference stream", size=size, caveat="; ".join(replica.remarks()))
        feed = hall.feed(name, *worths, lower_firm_usd_per_mwh=lower, description=description)
        feed.terminal.rated_mw = feed.drawn_mw(Fleet(replica, self.replicas).most_w / units.W_PER_MW)
        slots = self.replicas * replica.slots
        books = RequestBooks(site, feed.terminal, names, replica, slots=slots, resolution=resolution)
        driver = RequestFeed(
            site.bus,
            feed,
            stream,
            Replicas(replica, self.replicas, self.autoscaling),
            levels,
            window_s=self.window_s if resolution == "exact" else inf,
            edges_s=books.edges_s,
            post=books.post,
            begin=books.begin,
        )
        site.on_close(lambda: driver.close(site.horizon_s))
        site.on_close(lambda: books.close(stream.tally()))

    def _stream(
        self, site: Site, name: str, classes: Sequence[RequestClass]
    ) -> tuple[ExactStream | FluidStream, str]:
        """The requests of the run, and their resolution."""
        replica = self._replica
        if self.trace is not None:
            blocks = self.trace.arrivals(site.horizon_s).blocks()
            return ExactStream(replica, classes, blocks, self.queue_limit), "exact"
        rate_per_s = site.series(self, "requests_per_s")
        expected = rate_per_s.mean(0.0, site.horizon_s) * site.horizon_s
        if self.resolution == "fluid" or (self.resolution == "auto" and expected > _MOST_EXACT[IS_COMPILED]):
            limit = inf if self.queue_limit is None else float(self.queue_limit)
            gap_cv = self.gap_cv
            return FluidStream(replica, classes, rate_per_s, gap_cv=gap_cv, queue_limit=limit), "fluid"
        arrivals = RandomArrivals(site.rng(name), rate_per_s, site.horizon_s, classes, self.gap_cv)
        return ExactStream(replica, classes, arrivals.blocks(), self.queue_limit), "exact"

    def _ladder(self, hall: Hall, classes: Sequence[RequestClass]) -> tuple[Levels, list[float], list[float]]:
        """The order in which it gives power up; worth of its lower firm power, and of its flexible power."""
        order = ranked(classes)
        firm = sum(not one.is_batch for one in classes)
        steps, values = _steps(self._replica)
        waiting = [(rank, kind, classes[kind]) for rank, kind in enumerate(order) if rank >= firm]
        worths = [one.worth_usd_per_mwh or 0.0 for _, _, one in waiting]
        latest_s = tuple((rank, kind, self._latest_s(one)) for rank, kind, one in waiting)
        work_s = tuple(self._alone_s(one) for one in classes)
        levels = Levels(firm, tuple(rank + 1 for rank, _, _ in waiting), latest_s, steps, work_s)
        return levels, [hall.firm_worth_usd_per_mwh * value for value in values], worths

    def _latest_s(self, one: RequestClass) -> float:
        """How long after its arrival a request may wait to end within its deadline, if it then runs alone."""
        return units.seconds(one.deadline_h or 0.0) - self._alone_s(one)

    def _alone_s(self, one: RequestClass) -> float:
        """Time of a mean request in an empty system."""
        return float(self._replica.work_s(one.prompt_tokens.mean, one.output_tokens.mean))


def _steps(replica: Replica) -> tuple[tuple[float, ...], list[float]]:
    """Parts of the power above idle that a falling clock gives up, and the value of each.

    Value is the speed lost per power saved, over the mean value of the power left at the lowest clock.
    """
    response, limit_pu = replica.response, replica.gpu_limit_w / replica.gpu_rated_w
    floor_pu = min(1.0, response.floor_pu / limit_pu)
    clock_pu = np.linspace(1.0, floor_pu, _STEPS + 1)
    speed = np.array([response.speed_pu(pu * limit_pu) for pu in clock_pu]) / response.speed_pu(limit_pu)
    parts = replica.accelerator_pu * (1.0 - floor_pu) / _STEPS
    if floor_pu > 1.0 - _NO_ROOM:
        return (), []
    rest = speed[-1] / (1.0 - parts * _STEPS)
    values = np.minimum.accumulate(np.minimum(1.0, -np.diff(speed)[::-1] / parts / rest))
    return (parts,) * _STEPS, values.tolist()
