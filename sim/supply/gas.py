"""The gas turbine: a fleet of units that start, run at part load, burn fuel and fail."""

from __future__ import annotations

from functools import partial
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from sim.bus.account import Reading
from sim.bus.description import Description
from sim.bus.flows import Flow
from sim.contracts.bill import FIXED_COST, bill_line
from sim.contracts.carbon import CARBON_COST, emit, meter_carbon
from sim.plant.commitment import Fleet
from sim.plant.outages import fail_and_repair
from sim.plant.ramp import Ramp
from sim.plant.traits import Traits
from sim.site import Site, Source
from sim.timeseries.series import Array
from sim.units import (
    HIGHEST_MW,
    Fraction,
    Hours,
    KgCo2PerMMBtu,
    Minutes,
    MMBtuPerMW,
    PositiveHours,
    PositiveMW,
    PuPerMinute,
    UnitCount,
    UsdPerMMBtu,
    UsdPerMW,
    UsdPerMWh,
    UsdPerMWYear,
    rounded,
)

VARIABLE = "variable O&M"
_FUEL, _START = "fuel", "start-up"
_LOAD_PU = np.array([0.0, 0.4, 0.6, 0.8, 1.0])
_AT_LOAD = _LOAD_PU[1:] * np.array([13.125, 11.050, 10.188, 9.710])
_HEAT_PU = np.array([_AT_LOAD[0] - 0.4 * (_AT_LOAD[1] - _AT_LOAD[0]) / 0.2, *_AT_LOAD])
"""Fuel of a unit by load [MMBtu/h for each MW of rated power]; extrapolated to no load."""


class GasTurbines(Source):
    """Equal simple-cycle gas turbines.

    While a unit is off, the benefit of running it is added up: the value of the power it would displace less
    its fuel and variable cost, at the part-load heat rate. While it runs, the opposite is added up. Neither
    sum falls below zero. When the sum reaches the cost of one start, the unit is ordered to start, or it
    stops once its minimum run time is over. The start is cancelled at no cost if the unit has no benefit
    when it is ready. Power that a job gives up is valued at the job's price, unserved power at the value of
    lost load. Power that is already starting up, in any fleet, counts as if it were available; of several
    fleets the cheapest decides first. Fuel and carbon follow the part-load heat rate of a
    55 MW aeroderivative turbine: 13,125, 11,050, 10,188 and 9,710 Btu/kWh at 40, 60, 80 and 100 % load
    (RTS-GMLC, unit 113_CT_1), extrapolated linearly below 40 %.
    """

    kind: Literal["gas_turbines"] = "gas_turbines"
    units: UnitCount = 2
    """Number of units."""
    unit_mw: PositiveMW = 55.0
    """Rated power of a unit (RTS-GMLC, 113_CT_1)."""
    minimum_pu: Fraction = 0.4
    """Minimum stable level. Default: 22 MW of 55 MW (RTS-GMLC, 113_CT_1). Power up to this level is offered
    at minus the marginal cost, so that committed units keep running (assumed)."""
    ramp_pu_per_min: PuPerMinute = 0.067
    """Ramp limit of the running units. Default: 3.7 MW/min of 55 MW (RTS-GMLC, 113_CT_1)."""
    start_min: Minutes = 15.0
    """Time from the start order to the first power. Default: hot start (RTS-GMLC, 113_CT_1)."""
    min_up_h: Hours = 2.2
    """Minimum run time (RTS-GMLC, 113_CT_1)."""
    min_down_h: Hours = 2.2
    """Minimum down time (RTS-GMLC, 113_CT_1)."""
    start_usd_per_mw: UsdPerMW = 32.0
    """Cost of a start without its fuel [USD/MW of rated power]. Default: NREL via PowerGenome, in USD of
    2011."""
    start_mmbtu_per_mw: MMBtuPerMW = 3.5
    """Fuel used by a start [MMBtu/MW of rated power]. Default: same source."""
    gas_usd_per_mmbtu: UsdPerMMBtu = 4.0
    """Price of gas (unverified round number; set it to the gas contract)."""
    variable_usd_per_mwh: UsdPerMWh = 5.0
    """Variable operation and maintenance cost (unverified round number)."""
    carbon_kgco2_per_mmbtu: KgCo2PerMMBtu = 53.1
    """Carbon content of the fuel [kgCO2/MMBtu]. Default: 117.03 lb/MMBtu (REopt)."""
    mttf_h: PositiveHours = 969.0
    """Mean time to failure, in calendar time (RTS-GMLC, 113_CT_1)."""
    mttr_h: PositiveHours = 31.0
    """Mean time to repair (RTS-GMLC, 113_CT_1)."""
    fixed_usd_per_mw_year: UsdPerMWYear = 0.0
    """Annual fixed cost per MW of rated power, reported separately from the bill. Default: none."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.units * self.unit_mw > HIGHEST_MW:
            raise self.refuse("unit_mw", f"at most {HIGHEST_MW / self.units:g} MW, for {self.units:,} units")
        return self

    def fleet_size(self) -> int:
        """Number of units."""
        return self.units

    def heat_mmbtu_per_h(self, power_mw: Array, running: Array) -> Array:
        """Fuel use of the running units, which share the load equally [MMBtu/h].

        Args:
            power_mw: Load of all running units together.
            running: Number of running units.
        """
        rating = running * self.unit_mw
        load = np.divide(power_mw, rating, out=np.zeros_like(power_mw), where=rating > 0.0)
        return np.asarray(np.interp(load, _LOAD_PU, _HEAT_PU) * rating)

    def nameplate(self) -> tuple[float, None]:
        """That of all units."""
        return self.units * self.unit_mw, None

    def least_usd_per_mwh(self, carbon_usd_per_kg: float) -> dict[str, float]:
        """Fuel at the best heat rate of any load, without starts; variable cost and carbon."""
        mmbtu_per_mwh = float((_HEAT_PU[1:] / _LOAD_PU[1:]).min())
        return {
            _FUEL: mmbtu_per_mwh * self.gas_usd_per_mmbtu,
            VARIABLE: self.variable_usd_per_mwh,
            CARBON_COST: mmbtu_per_mwh * self.carbon_kgco2_per_mmbtu * carbon_usd_per_kg,
        }

    @property
    def heat_lines(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The lines through the first and the last part of the heat rate, which is nowhere below them.

        Each is the fuel at no load for each MW of rated power [MMBtu/h], and the slope [MMBtu/MWh].
        """
        slopes = np.diff(_HEAT_PU) / np.diff(_LOAD_PU)
        first, last = float(slopes[0]), float(slopes[-1])
        return (float(_HEAT_PU[0]), first), (float(_HEAT_PU[-1]) - last, last)

    def fuel_usd_per_mmbtu(self, carbon_usd_per_kg: float) -> dict[str, float]:
        """Cost of fuel and of its carbon by line."""
        return {
            _FUEL: self.gas_usd_per_mmbtu,
            CARBON_COST: self.carbon_kgco2_per_mmbtu * carbon_usd_per_kg,
        }

    def start_costs_usd(self, carbon_usd_per_kg: float) -> dict[str, float]:
        """Cost of a start of a unit by line, with its fuel and carbon."""
        mmbtu = self.start_mmbtu_per_mw * self.unit_mw
        return {
            _START: self.start_usd_per_mw * self.unit_mw + mmbtu * self.gas_usd_per_mmbtu,
            CARBON_COST: mmbtu * self.carbon_kgco2_per_mmbtu * carbon_usd_per_kg,
        }

    def start(self, site: Site, name: str) -> None:
        """Connect the fleet and start the outages of its units."""
        _Plant(self, site, name)


class _Plant:
    """The fleet during a run: its offers, fuel use and outages."""

    def __init__(self, spec: GasTurbines, site: Site, name: str) -> None:
        self._spec = spec
        self._site = site
        capacity_mw = spec.units * spec.unit_mw
        size = f"{spec.units} x {rounded(spec.unit_mw)} MW"
        self._terminal = terminal = site.terminal(
            name,
            Description(label="gas turbines", size=size, colour="fuel", capacity_mw=capacity_mw),
        )
        terminal.enter(FIXED_COST, spec.fixed_usd_per_mw_year * capacity_mw * site.service_years(name))
        terminal.unit_mw = spec.unit_mw
        traits = self._traits()
        self._ramp = Ramp(
            site.bus,
            terminal,
            rated_mw=capacity_mw,
            pu_per_min=spec.ramp_pu_per_min,
            must_run_usd_per_mwh=-traits.marginal_usd_per_mwh,
            price_usd_per_mwh=traits.marginal_usd_per_mwh,
            rest=Flow.HEADROOM,
        )
        self._running = terminal.gauge("units_running")
        self._meter()
        fleet = Fleet(
            site,
            terminal,
            self._ramp,
            units=spec.units,
            traits=traits,
            changed=lambda running: self._running.show(float(running)),
            started=self._pay_start,
        )
        for number in range(spec.units):
            site.process(
                fail_and_repair(
                    site,
                    site.rng(f"{name}/unit {number + 1}"),
                    mttf_h=spec.mttf_h,
                    mttr_h=spec.mttr_h,
                    fail=partial(fleet.fail, number),
                    repair=partial(fleet.repair, number),
                ),
                unit=number,
            )

    def _traits(self) -> Traits:
        """Parameters of the commitment decision; costs include carbon at the site's carbon price."""
        spec = self._spec
        mmbtu_usd = spec.gas_usd_per_mmbtu + spec.carbon_kgco2_per_mmbtu * self._site.carbon_usd_per_kg
        last_step = (_HEAT_PU[-1] - _HEAT_PU[-2]) / (_LOAD_PU[-1] - _LOAD_PU[-2])
        powers_mw = (_LOAD_PU * spec.unit_mw).tolist()
        costs_usd_per_h = (
            _HEAT_PU * spec.unit_mw * mmbtu_usd + _LOAD_PU * spec.unit_mw * spec.variable_usd_per_mwh
        )
        return Traits(
            unit_mw=spec.unit_mw,
            minimum_pu=spec.minimum_pu,
            start_min=spec.start_min,
            min_up_h=spec.min_up_h,
            min_down_h=spec.min_down_h,
            marginal_usd_per_mwh=float(last_step * mmbtu_usd) + spec.variable_usd_per_mwh,
            start_usd=(spec.start_usd_per_mw + spec.start_mmbtu_per_mw * mmbtu_usd) * spec.unit_mw,
            running=[*zip(powers_mw, costs_usd_per_h.tolist(), strict=True)],
        )

    def _meter(self) -> None:
        spec, terminal = self._spec, self._terminal

        def heat(rows: Reading) -> Array:
            return spec.heat_mmbtu_per_h(self._ramp.level_of(rows), rows.gauge(self._running))

        terminal.meter(bill_line(_FUEL), lambda rows: heat(rows) * spec.gas_usd_per_mmbtu)
        terminal.meter(
            bill_line(VARIABLE), lambda rows: self._ramp.level_of(rows) * spec.variable_usd_per_mwh
        )
        meter_carbon(self._site, terminal, lambda rows: heat(rows) * spec.carbon_kgco2_per_mmbtu)

    def _pay_start(self) -> None:
        """Enter the cost, fuel and carbon of a start."""
        spec, terminal = self._spec, self._terminal
        mmbtu = spec.start_mmbtu_per_mw * spec.unit_mw
        terminal.enter(bill_line(_START), spec.start_costs_usd(self._site.carbon_usd_per_kg)[_START])
        emit(self._site, terminal, mmbtu * spec.carbon_kgco2_per_mmbtu)
