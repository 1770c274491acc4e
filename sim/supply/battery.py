"""The battery: a store that charges at low prices and discharges at high prices."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nextafter
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from sim import units
from sim.bus.account import Linear
from sim.bus.description import Description
from sim.bus.terminal import Terminal
from sim.contracts.bill import FIXED_COST, bill_line
from sim.contracts.imports import Imports
from sim.economics.asset import Asset
from sim.errors import SpecError
from sim.plant.store import Store
from sim.site import Site, Source
from sim.strategies.strategy import AnyStrategy, Ratings

FIRM_H = 4.0
"""Duration that a store must sustain to count as firm at its full power [h]."""

_ROUNDING_PU = 1e-9
_MARGIN_PU = 0.01
"""Distance of derived prices from those they derive from."""
_SURPLUS_USD_PER_MWH = 1.0
"""Price up to which derived prices take power for surplus at no cost."""
_MOST_SHARE_PU = 0.5
"""Most of a day that a battery counts as charging, or as discharging."""
_WITHOUT_GRID_USD_PER_MWH = 80.0


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
    initial_clean_pu: units.Fraction = 0.0
    """Carbon-free share of the energy stored at the start of the run, for the CFE score. Default: none."""
    standing_loss_mw: units.MW = 0.0
    """Standing loss while the state of charge is above its minimum. Default: none."""
    charge_below_usd_per_mwh: units.UsdPerMWh | None = None
    """Price below which the battery charges. Default: just above the import price, carbon included, of the
    cheapest hours that a full charge a day takes, or 1 USD/MWh for surplus if that is more; without a
    connection there is no such price. In any case 1 % below the price at which a discharge at
    `discharge_above_usd_per_mwh` pays for losses and wear (assumed; set it to suit the tariff)."""
    discharge_above_usd_per_mwh: units.UsdPerMWh | None = None
    """Price above which the battery discharges. Default: 1 % below the import price, carbon included, of the
    dearest hours that a full discharge a day takes; 80 USD/MWh without a connection. In any case enough to
    pay for losses and wear of a charge at `charge_below_usd_per_mwh`, or at 1 USD/MWh (assumed; set it to
    suit the tariff)."""
    reserve_pu: units.Fraction = 0.0
    """Share of the energy capacity kept as a reserve."""
    reserve_above_usd_per_mwh: units.UsdPerMWh = 4000.0
    """Price above which the reserve is discharged. Default: just below the value of lost load of firm
    demand. A reserve that has been used is refilled at any price below this one."""
    strategy: AnyStrategy | None = None
    """When it charges and discharges, in place of the two prices above, such as `peak_shaving`. Default: by
    these prices."""
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
        below, above = self.charge_below_usd_per_mwh, self.discharge_above_usd_per_mwh
        for field, price in (("charge_below_usd_per_mwh", below), ("discharge_above_usd_per_mwh", above)):
            if self.strategy is not None and price is not None:
                raise self.refuse(field, "none with a strategy, which sets the prices")
        if above is not None and not (
            (below is None or below < above) and above <= self.reserve_above_usd_per_mwh
        ):
            least = "" if below is None else f"above charge_below_usd_per_mwh = {below:g} USD/MWh and "
            raise self.refuse(
                "discharge_above_usd_per_mwh",
                f"{least}at most reserve_above_usd_per_mwh = {self.reserve_above_usd_per_mwh:g} USD/MWh",
            )
        if below is not None and below >= self.reserve_above_usd_per_mwh:
            raise self.refuse(
                "charge_below_usd_per_mwh",
                f"below reserve_above_usd_per_mwh = {self.reserve_above_usd_per_mwh:g} USD/MWh",
            )
        return self

    usual_cost: ClassVar[Asset | None] = Asset(
        capital_usd=222_115.0,
        capital_usd_per_mw=968_000.0,
        capital_usd_per_mwh=253_000.0,
        life_years=10.0,
        fixed_pu_per_year=0.025,
    )
    """REopt: 222,115 USD, 968 USD/kW and 253 USD/kWh, 2.5 % of it a year, replaced after 10 years."""

    def nameplate(self) -> tuple[float, float]:
        """Power and energy capacity."""
        return self.power_mw, self.energy_mwh

    @property
    def highest_charge_mw(self) -> float:
        """Maximum charging power."""
        return self.power_mw if self.charge_power_mw is None else self.charge_power_mw

    @property
    def round_trip_pu(self) -> float:
        """Share of the charged energy that is discharged, standing losses apart."""
        return self.charge_efficiency_pu * self.discharge_efficiency_pu

    def pays_above_usd_per_mwh(self, charge_usd_per_mwh: float) -> float:
        """Price of discharged energy that pays for charging at a price, losses and wear included."""
        charged = charge_usd_per_mwh + self.charge_wear_usd_per_mwh
        return charged / self.round_trip_pu + self.wear_usd_per_mwh

    def remarks(self) -> tuple[str, ...]:
        """Whether its prices must lose money."""
        below, above = self.charge_below_usd_per_mwh, self.discharge_above_usd_per_mwh
        return () if below is None or above is None else self._losing(below, above)

    def _losing(self, below: float, above: float) -> tuple[str, ...]:
        """Why a pair of prices must lose money, if it does."""
        pays = self.pays_above_usd_per_mwh(below)
        if pays <= above:
            return ()
        traded = f"charges at just below {below:.4g} and discharges at just above {above:.4g} USD/MWh"
        return (f"loses money when it {traded}: with losses and wear it needs {pays:.4g} USD/MWh",)

    def prices(self, imported: tuple[float, float] | None) -> tuple[float, float]:
        """Price below which it charges and price above which it discharges.

        Args:
            imported: Import price of the cheapest hours of a day that a charge takes, and of the dearest
                that a discharge takes; None without a connection.
        """
        below, above = self.charge_below_usd_per_mwh, self.discharge_above_usd_per_mwh
        if above is None:
            high = _WITHOUT_GRID_USD_PER_MWH if imported is None else _lower(imported[1])
            least = _SURPLUS_USD_PER_MWH if below is None else below
            above = max(high, _higher(self.pays_above_usd_per_mwh(least)), nextafter(least, inf))
            above = min(above, self.reserve_above_usd_per_mwh)
        if below is None:
            pays = (above - self.wear_usd_per_mwh) * self.round_trip_pu - self.charge_wear_usd_per_mwh
            below = min(_lower(pays), nextafter(above, -inf))
            if imported is not None:
                below = min(below, max(_higher(imported[0]), _SURPLUS_USD_PER_MWH))
        return below, above

    def _shares_pu(self) -> tuple[float, float]:
        """Shares of a day in which a full charge and a full discharge take place."""
        traded_mwh = (self.max_soc_pu - self.min_soc_pu - self.reserve_pu) * self.energy_mwh
        full_mwh = (traded_mwh / self.charge_efficiency_pu, traded_mwh * self.discharge_efficiency_pu)
        charging_pu, discharging_pu = (
            min(_MOST_SHARE_PU, mwh / (mw * units.HOURS_PER_DAY)) if mw else _MOST_SHARE_PU
            for mwh, mw in zip(full_mwh, (self.highest_charge_mw, self.power_mw), strict=True)
        )
        return charging_pu, discharging_pu

    def start(self, site: Site, name: str) -> None:
        """Connect the store. It needs no process because the store sets its own alarms."""
        size = f"{units.rounded(self.power_mw)} MW / {units.rounded(self.energy_mwh)} MWh"
        described = Description(label="battery", size=size, colour="store", caveat="; ".join(self.remarks()))
        terminal = site.terminal(name, described)
        terminal.initial_clean_pu = self.initial_clean_pu
        terminal.rated_mw = self.power_mw
        terminal.enter(FIXED_COST, self.fixed_usd_per_mw_year * self.power_mw * site.service_years(name))
        below, above = self.prices(None)
        store = Store(
            site.bus,
            terminal,
            level_mwh=self.initial_soc_pu * self.energy_mwh,
            charge_eff_pu=self.charge_efficiency_pu,
            discharge_eff_pu=self.discharge_efficiency_pu,
            standing_mw=self.standing_loss_mw,
            charge_below_usd_per_mwh=below,
            discharge_above_usd_per_mwh=above,
            reserve_above_usd_per_mwh=self.reserve_above_usd_per_mwh,
        )
        store.limit(
            charge_mw=self.highest_charge_mw,
            discharge_mw=self.power_mw,
            min_mwh=self.min_soc_pu * self.energy_mwh,
            reserve_mwh=(self.min_soc_pu + self.reserve_pu) * self.energy_mwh,
            max_mwh=self.max_soc_pu * self.energy_mwh,
        )
        if self.strategy is None:
            site.on_connected(lambda: self._price(site, store, terminal))
        else:
            self.strategy.ask(site)
            site.on_connected(lambda: self._drive(site, store, terminal))
        usable_mwh = (self.max_soc_pu - self.min_soc_pu) * self.energy_mwh * self.discharge_efficiency_pu
        terminal.firm_mw.state(min(self.power_mw, usable_mwh / FIRM_H))
        if self.wear_usd_per_mwh or self.charge_wear_usd_per_mwh:
            given = [store.discharge, store.reserve], self.wear_usd_per_mwh
            taken = [store.charge, store.refill], self.charge_wear_usd_per_mwh
            terminal.meter(bill_line("wear"), Linear((given, taken)))

    def _drive(self, site: Site, store: Store, terminal: Terminal) -> None:
        """Let the strategy set the prices, and tell what it does."""
        if self.strategy is None:
            return
        ratings = Ratings(
            name=store.name,
            charge_mw=self.highest_charge_mw,
            discharge_mw=self.power_mw,
            min_mwh=self.min_soc_pu * self.energy_mwh,
            reserve_mwh=(self.min_soc_pu + self.reserve_pu) * self.energy_mwh,
            max_mwh=self.max_soc_pu * self.energy_mwh,
            charge_efficiency_pu=self.charge_efficiency_pu,
            discharge_efficiency_pu=self.discharge_efficiency_pu,
            wear_usd_per_mwh=self.wear_usd_per_mwh,
            charge_wear_usd_per_mwh=self.charge_wear_usd_per_mwh,
            reserve_usd_per_mwh=self.reserve_above_usd_per_mwh,
        )
        try:
            caveat = self.strategy.drive(site, store, ratings)
        except SpecError as error:
            raise error.within("", "supply", store.name, "strategy") from None
        terminal.description = replace(terminal.description, caveat=caveat)

    def _price(self, site: Site, store: Store, terminal: Terminal) -> None:
        """Set the prices that derive from those of the connection, and tell them."""
        if None not in (self.charge_below_usd_per_mwh, self.discharge_above_usd_per_mwh):
            return
        series = site.common(Imports).usd_per_mwh(site.horizon_s)
        imported = None
        if series is not None:
            charging_pu, discharging_pu = self._shares_pu()
            low, high = (
                series.quantile(share_pu, 0.0, site.horizon_s)
                for share_pu in (charging_pu, 1.0 - discharging_pu)
            )
            imported = low, high
        below, above = self.prices(imported)
        store.charge.reprice(below)
        store.discharge.reprice(above)
        notes = [
            f"charges below {below:.4g} and discharges above {above:.4g} USD/MWh (derived)",
            *self._losing(below, above),
        ]
        if series is not None:
            least, most = (series.quantile(share_pu, 0.0, site.horizon_s) for share_pu in (0.0, 1.0))
            if below <= least:
                notes.append(f"charges from on-site power only: imports cost at least {least:.4g} USD/MWh")
            if above >= most:
                notes.append(f"does not replace imports: they cost at most {most:.4g} USD/MWh")
        caveat = "; ".join(notes)
        terminal.description = replace(terminal.description, caveat=caveat)


def _lower(usd_per_mwh: float) -> float:
    return usd_per_mwh - _MARGIN_PU * abs(usd_per_mwh)


def _higher(usd_per_mwh: float) -> float:
    return usd_per_mwh + _MARGIN_PU * abs(usd_per_mwh)
