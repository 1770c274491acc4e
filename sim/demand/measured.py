"""A measured load: demand follows a recorded profile."""

from __future__ import annotations

from typing import Literal

from sim import units
from sim.bus.description import Description
from sim.demand.hall import Hall, Load
from sim.site import Site
from sim.timeseries.profile import MWProfile


class MeasuredLoad(Load):
    """A firm load connected to the bus, overhead included, such as a measured site."""

    kind: Literal["measured_load"] = "measured_load"
    power_mw: MWProfile
    """Demand, including any overhead."""
    worth_usd_per_mwh: units.UsdPerMWh = 5000.0
    """Value of lost load (unverified; operators of US markets cap prices at 2,000 to 5,000 USD/MWh)."""

    def start(self, site: Site, name: str, hall: Hall) -> None:  # noqa: ARG002 - it is not an IT load
        """Connect to the bus and bid for the power of the profile."""
        series = site.series(self, "power_mw")
        size = f"up to {series.highest(0.0, site.horizon_s):,.4g} MW"
        terminal = site.terminal(name, Description(label="measured", size=size))
        terminal.least_mw = float(series.changes(site.horizon_s)[1].min())
        site.play(series, terminal.bid(self.worth_usd_per_mwh).state)
