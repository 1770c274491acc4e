"""An inference stream: requests that must be served at once."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from sim import units
from sim.bus.account import Account, Reading
from sim.bus.description import Description
from sim.demand.hall import Hall, Load, Placement
from sim.site import Site
from sim.timeseries.profile import Profile, Varying
from sim.timeseries.series import Array

REQUESTS = Account("requests_wanted", "requests", "Requests wanted")
"""Requests that arrived."""
DROPPED = "requests_dropped"


def dropped(lack: str) -> Account:
    """The account of dropped requests by cause, such as `servers` or `power`."""
    return Account(DROPPED, "requests", "Requests dropped", part=lack)


class InferenceStream(Load):
    """A stream of requests served by GPUs reserved for it.

    Its power is firm: request rate times energy per request, limited to the busy power of its GPUs. Energy
    per request includes idle energy, so GPUs without requests draw no additional power. Requests that exceed
    the GPUs or the power available are dropped and counted; there is no queue. The stream begins when its
    pool enters service; requests before are not wanted.
    """

    kind: Literal["inference_stream"] = "inference_stream"
    pool: str
    """Name of the server pool it runs on."""
    gpus: units.GpuCount
    """Number of GPUs reserved for it."""
    requests_per_s: Annotated[Profile, Varying("1/s", ge=0, le=1e12)]
    """Request rate."""
    energy_per_request_wh: units.PositiveWattHours = 0.4622
    """IT energy per request, idle energy included. Default: 18.72 GWh per month for 270 million visits per
    day with 5 requests each (LatePost's estimate for ChatGPT, from a secondary source)."""

    def placement(self) -> Placement:
        """Its GPUs, reserved for the whole run."""
        return Placement(self.pool, self.gpus, permanent=True)

    def start(self, site: Site, name: str, hall: Hall) -> None:
        """Reserve GPUs and request power in proportion to the request rate."""
        pool = hall.pools[self.pool]
        pool.reserve(self.gpus)
        most_mw = self.gpus * pool.spec.busy_mw_per_gpu
        mw_per_rate = self.energy_per_request_wh * units.SECONDS_PER_HOUR / units.WH_PER_MWH
        most_per_s = most_mw / mw_per_rate
        rate = site.series(self, "requests_per_s")
        size = f"{self.gpus:,} GPUs"
        feed = hall.feed(name, description=Description(label="inference stream", size=size))
        firm = feed.firm

        def wanted(rows: Reading) -> Array:
            return rate.values_at(rows.t_s) * units.SECONDS_PER_HOUR

        def without_servers(rows: Reading) -> Array:
            return np.maximum(0.0, rate.values_at(rows.t_s) - most_per_s) * units.SECONDS_PER_HOUR

        def without_power(rows: Reading) -> Array:
            stated = rows.stated_mw(firm)
            short = stated - rows.accepted_mw(firm)
            share = np.divide(short, stated, out=np.zeros_like(stated), where=stated > 0.0)
            return np.minimum(rate.values_at(rows.t_s), most_per_s) * units.SECONDS_PER_HOUR * share

        meter = feed.terminal.meter
        meter(REQUESTS, wanted, rate)
        meter(dropped("servers"), without_servers, rate)
        meter(dropped("power"), without_power, rate)
        site.play(rate, lambda per_s: feed.want(min(per_s, most_per_s) * mw_per_rate))
        service = site.service(name)
        first_s = 0.0 if service is None else service.first_s
        site.jobs.append(
            {
                "name": name,
                "kind": self.kind,
                "pool": self.pool,
                "gpus": self.gpus,
                "submit_s": first_s,
                "start_s": first_s,
            }
        )
