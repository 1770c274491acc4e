"""A measured source: power that comes as a recorded profile says."""

from __future__ import annotations

from typing import Literal

from sim import units
from sim.bus.flows import Flow
from sim.site import Site, Source
from sim.timeseries.profile import MWProfile, series_of


class MeasuredSource(Source):
    """A source whose available power is known, such as a recorded plant."""

    kind: Literal["measured_source"] = "measured_source"
    power_mw: MWProfile
    """Available power; its highest value in the run counts as the capacity."""
    dispatch_usd_per_mwh: units.UsdPerMWh = 0.0
    """Dispatch price, to which the site's price of carbon is added; none by default, as of the sun. What is
    not taken of power that has a price is headroom, of other power curtailed."""
    cost_usd_per_mwh: units.UsdPerMWh = 0.0
    """Paid per MWh delivered."""
    carbon_kgco2_per_mwh: units.KgCo2PerMWh = 0.0
    """Carbon per MWh delivered."""
    clean_pu: units.Fraction = 1.0
    """Carbon-free share."""

    def start(self, site: Site, name: str) -> None:
        """Connect, and offer what the profile says."""
        series = series_of(self, "power_mw", site.calendar, site.horizon_s)
        terminal = site.terminal(name)
        terminal.clean_pu = self.clean_pu
        terminal.capacity_mw = series.highest(0.0, site.horizon_s)
        carbon_usd_per_mwh = self.carbon_kgco2_per_mwh * site.carbon_usd_per_kg
        rest = Flow.HEADROOM if self.dispatch_usd_per_mwh > 0.0 else Flow.CURTAILED
        offer = terminal.offer(self.dispatch_usd_per_mwh + carbon_usd_per_mwh, rest=rest)
        if self.cost_usd_per_mwh:
            terminal.meter("PPA", "USD", lambda rows: rows.accepted_mw(offer) * self.cost_usd_per_mwh)
        if self.carbon_kgco2_per_mwh:
            site.meter_carbon(terminal, lambda rows: rows.accepted_mw(offer) * self.carbon_kgco2_per_mwh)
        site.play(series, offer.state)
