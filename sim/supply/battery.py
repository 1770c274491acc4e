"""The battery: a store that charges at low prices and discharges at high prices."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from sim import units
from sim.bus.account import Reading
from sim.bus.description import Description
from sim.contracts.bill import FIXED_COST, bill_line
from sim.plant.store import Store
from sim.site import Site, Source
from sim.timeseries.series import Array

FIRM_H = 4.0
"""Duration that a store must sustain to count as firm at its full power [h]."""

_ROUNDING_PU = 1e-9


class Battery(Source):
    """A battery with losses. It charges below one price and discharges above another.

    Part of its energy can be kept as a reserve, offered at a price just below the value of lost load.
    """

    kind: Literal["battery"] = "battery"
    power_mw: units.MW
    """Maximum power in either direction, measured at the bus."""
    charge_power_mw: units.MW | None = None
    """Maximum charging power, measured at the bus. Default: `power_mw`."""
    energy_mwh: units.MWh
    """Energy capacity. Typical batteries last 2 to 4 hours at full power (Megapack 2 XL: 1.93 MW with
    3.85 MWh, or 0.98 MW with 3.92 MWh)."""
    charge_efficiency_pu: units.Efficiency = 0.948
    """Charging efficiency. Default: rectifier 0.96, inverter 0.96 and battery 0.975 give a round trip of
    0.899, split evenly between charging and discharging (REopt)."""
    discharge_efficiency_pu: units.Efficiency = 0.948
    """Discharging efficiency. Default: as for charging."""
    min_soc_pu: units.Fraction = 0.2
    """Minimum state of charge; below it the battery does not discharge (REopt)."""
    max_soc_pu: units.Fraction = 1.0
    """Maximum state of charge; above it the battery does not charge."""
    initial_soc_pu: units.Fraction = 0.5
    """State of charge at the start of the run; the energy balance includes this energy (assumed)."""
    standing_loss_mw: units.MW = 0.0
    """Standing loss while the state of charge is above its minimum. Default: none."""
    charge_below_usd_per_mwh: units.UsdPerMWh = 40.0
    """Price below which the battery charges (assumed; set it to suit the tariff)."""
    discharge_above_usd_per_mwh: units.UsdPerMWh = 80.0
    """Price above which the battery discharges (assumed; set it to suit the tariff)."""
    reserve_pu: units.Fraction = 0.0
    """Share of the energy capacity kept as a reserve."""
    reserve_above_usd_per_mwh: units.UsdPerMWh = 4000.0
    """Price above which the reserve is discharged. Default: just below the value of lost load of firm
    demand."""
    wear_usd_per_mwh: units.UsdPerMWh = 0.0
    """Wear cost per MWh discharged. Default: none (HOPP uses 26.5 USD/MWh)."""
    charge_wear_usd_per_mwh: units.UsdPerMWh = 0.0
    """Wear cost per MWh charged, for models that count wear in both directions. Default: none."""
    fixed_usd_per_mw_year: units.UsdPerMWYear = 0.0
    """Annual fixed cost per MW of `power_mw`, reported separately from the bill. Default: none."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if 0.0 < self.energy_mwh < units.LEAST_MWH:
            raise self.refuse("energy_mwh", f"0, or at least {units.LEAST_MWH:g} MWh")
        if not self.min_soc_pu <= self.initial_soc_pu <= self.max_soc_pu:
            raise self.refuse(
                "initial_soc_pu",
                f"min_soc_pu to max_soc_pu, here {self.min_soc_pu:g} to {self.max_soc_pu:g} pu",
            )
        if self.reserve_pu > self.max_soc_pu - self.min_soc_pu + _ROUNDING_PU:
            raise self.refuse(
                "reserve_pu",
                f"at most max_soc_pu less min_soc_pu, here {self.max_soc_pu - self.min_soc_pu:g} pu",
            )
        if not (
            self.charge_below_usd_per_mwh < self.discharge_above_usd_per_mwh <= self.reserve_above_usd_per_mwh
        ):
            raise self.refuse(
                "discharge_above_usd_per_mwh",
                f"above charge_below_usd_per_mwh = {self.charge_below_usd_per_mwh:g} USD/MWh and at most "
                f"reserve_above_usd_per_mwh = {self.reserve_above_usd_per_mwh:g} USD/MWh",
            )
        return self

    def start(self, site: Site, name: str) -> None:
        """Connect the store. It needs no process because the store sets its own alarms."""
        size = f"{self.power_mw:,.6g} MW / {self.energy_mwh:,.6g} MWh"
        terminal = site.terminal(name, Description(label="battery", size=size, colour="store"))
        terminal.enter(FIXED_COST, self.fixed_usd_per_mw_year * self.power_mw * units.years(site.horizon_s))
        store = Store(
            site.bus,
            terminal,
            level_mwh=self.initial_soc_pu * self.energy_mwh,
            charge_eff_pu=self.charge_efficiency_pu,
            discharge_eff_pu=self.discharge_efficiency_pu,
            standing_mw=self.standing_loss_mw,
            charge_below_usd_per_mwh=self.charge_below_usd_per_mwh,
            discharge_above_usd_per_mwh=self.discharge_above_usd_per_mwh,
            reserve_above_usd_per_mwh=self.reserve_above_usd_per_mwh,
        )
        store.limit(
            charge_mw=self.power_mw if self.charge_power_mw is None else self.charge_power_mw,
            discharge_mw=self.power_mw,
            min_mwh=self.min_soc_pu * self.energy_mwh,
            reserve_mwh=(self.min_soc_pu + self.reserve_pu) * self.energy_mwh,
            max_mwh=self.max_soc_pu * self.energy_mwh,
        )
        usable_mwh = (self.max_soc_pu - self.min_soc_pu) * self.energy_mwh * self.discharge_efficiency_pu
        terminal.firm_mw.state(min(self.power_mw, usable_mwh / FIRM_H))
        if self.wear_usd_per_mwh or self.charge_wear_usd_per_mwh:
            terminal.meter(bill_line("wear"), lambda rows: self._wear(store, rows))

    def _wear(self, store: Store, rows: Reading) -> Array:
        """Wear cost of each row [USD/h]."""
        out = rows.accepted_mw(store.discharge) + rows.accepted_mw(store.reserve)
        return self.wear_usd_per_mwh * out + self.charge_wear_usd_per_mwh * rows.accepted_mw(store.charge)
