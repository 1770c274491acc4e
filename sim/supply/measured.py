"""A measured source: available power follows a recorded profile."""

from __future__ import annotations

from typing import Literal

from sim import units
from sim.bus.account import Linear
from sim.bus.description import Description
from sim.bus.flows import Flow
from sim.contracts.agreement import PPA_COST
from sim.contracts.carbon import CARBON_COST, meter_carbon
from sim.contracts.contract import settle
from sim.contracts.purchase import PurchaseAgreement
from sim.site import Site, Source
from sim.timeseries.profile import MWProfile
from sim.timeseries.series import constant


class MeasuredSource(Source):
    """A source whose available power is given as a profile, such as a measured plant."""

    kind: Literal["measured_source"] = "measured_source"
    power_mw: MWProfile
    """Available power. Its highest value in service during the run is taken as the capacity."""
    dispatch_usd_per_mwh: units.UsdPerMWh = 0.0
    """Dispatch price; the cost of carbon is added to it. Default: none, as for solar. If it is above 0,
    available power that is not used counts as headroom, otherwise as curtailed."""
    cost_usd_per_mwh: units.UsdPerMWh = 0.0
    """Price per MWh delivered."""
    carbon_kgco2_per_mwh: units.KgCo2PerMWh = 0.0
    """Carbon emitted per MWh delivered."""
    clean_pu: units.Fraction | None = None
    """Carbon-free share of the energy delivered. Default: all of it, or none if the source emits carbon."""

    def least_usd_per_mwh(self, carbon_usd_per_kg: float) -> dict[str, float]:
        """Its price, and its carbon."""
        return {PPA_COST: self.cost_usd_per_mwh, CARBON_COST: self.carbon_kgco2_per_mwh * carbon_usd_per_kg}

    def start(self, site: Site, name: str) -> None:
        """Connect to the bus and offer the power of the profile."""
        service = site.service(name)
        series = site.series(self, "power_mw")
        capacity_mw = series.highest(*(service.inside_s if service else (0.0, site.horizon_s)))
        terminal = site.terminal(
            name,
            Description(
                label="measured",
                size=f"up to {capacity_mw:,.4g} MW",
                colour="measured",
                capacity_mw=capacity_mw,
            ),
        )
        emits = self.carbon_kgco2_per_mwh > 0.0
        terminal.clean_pu = (0.0 if emits else 1.0) if self.clean_pu is None else self.clean_pu
        carbon_usd_per_mwh = self.carbon_kgco2_per_mwh * site.carbon_usd_per_kg
        rest = Flow.HEADROOM if self.dispatch_usd_per_mwh > 0.0 else Flow.CURTAILED
        offer = terminal.offer(self.dispatch_usd_per_mwh + carbon_usd_per_mwh, rest=rest)
        if self.cost_usd_per_mwh:
            paid, dispatch = constant(self.cost_usd_per_mwh), constant(self.dispatch_usd_per_mwh)
            settle(site, terminal, PurchaseAgreement(paid, dispatch), [offer])
        if self.carbon_kgco2_per_mwh:
            meter_carbon(site, terminal, Linear((([offer], self.carbon_kgco2_per_mwh),)))
        site.play(series, offer.state)
