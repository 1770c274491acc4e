"""The gas turbine: a fleet of units that start, run at part load, burn fuel and fail."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np

from sim.bus.account import Reading
from sim.bus.description import Description
from sim.bus.flows import Flow
from sim.contracts.bill import FIXED_COST, bill_line
from sim.contracts.carbon import emit, meter_carbon
from sim.plant.commitment import Fleet, Traits
from sim.plant.outages import fail_and_repair
from sim.plant.ramp import Ramp
from sim.site import Site, Source
from sim.timeseries.series import Array
from sim.units import (
    Count,
    Fraction,
    Hours,
    KgCo2PerMMBtu,
    Minutes,
    MMBtuPerMW,
    PositiveHours,
    PositiveMW,
    PuPerMinute,
    UsdPerMMBtu,
    UsdPerMW,
    UsdPerMWh,
    UsdPerMWYear,
    years,
)

_LOAD_PU = np.array([0.4, 0.6, 0.8, 1.0])
_HEAT_RATE_MMBTU_PER_MWH = np.array([13.125, 11.050, 10.188, 9.710])
_HEAT_PU = _LOAD_PU * _HEAT_RATE_MMBTU_PER_MWH


class GasTurbines(Source):
    """Equal simple-cycle gas turbines.

    A unit is ordered to start when what it would displace over its shortest run (an hour, if that is
    shorter) is worth more than its fuel and its start; the start is called off, at no cost, if that is
    over before it has power. Power that is on its way already, from whichever fleet, counts as if it were
    there; of several fleets the cheapest decides first. Power a job gives up counts at the job's worth,
    unserved power at the value of lost load. Units stop when they idle at their minimum level while the
    rest of the site can do without them at a price below theirs. Fuel and carbon follow the part-load heat
    rate of an aeroderivative turbine of 55 MW: 13,125, 11,050, 10,188 and 9,710 Btu/kWh at 40, 60, 80 and
    100 % (RTS-GMLC, unit 113_CT_1), and its straight line below 40 %.
    """

    kind: Literal["gas_turbines"] = "gas_turbines"
    units: Count = 2
    """Number of units."""
    unit_mw: PositiveMW = 55.0
    """Rating of a unit (RTS-GMLC, 113_CT_1)."""
    minimum_pu: Fraction = 0.4
    """Minimum stable level; 22 MW of 55 (RTS-GMLC, 113_CT_1). It is offered at minus the marginal cost, so
    that it runs while it must (assumed)."""
    ramp_pu_per_min: PuPerMinute = 0.067
    """Ramp limit of what is running; 3.7 MW/min of 55 (RTS-GMLC, 113_CT_1)."""
    start_min: Minutes = 15.0
    """Time from the order to start to the first power; hot start (RTS-GMLC, 113_CT_1)."""
    min_up_h: Hours = 2.2
    """Shortest run (RTS-GMLC, 113_CT_1)."""
    min_down_h: Hours = 2.2
    """Shortest stop (RTS-GMLC, 113_CT_1)."""
    start_usd_per_mw: UsdPerMW = 32.0
    """Cost of a start beside its fuel [USD/MW of rating]; NREL via PowerGenome, in USD of 2011."""
    start_mmbtu_per_mw: MMBtuPerMW = 3.5
    """Fuel of a start [MMBtu/MW of rating]; same source."""
    gas_usd_per_mmbtu: UsdPerMMBtu = 4.0
    """Price of gas (unverified round figure; the contract is the user's to give)."""
    variable_usd_per_mwh: UsdPerMWh = 5.0
    """Variable operation and maintenance (unverified round figure)."""
    carbon_kgco2_per_mmbtu: KgCo2PerMMBtu = 53.1
    """Carbon of the fuel [kgCO2/MMBtu]; 117.03 lb/MMBtu (REopt)."""
    mttf_h: PositiveHours = 969.0
    """Mean time to failure, by the calendar (RTS-GMLC, 113_CT_1)."""
    mttr_h: PositiveHours = 31.0
    """Mean time to repair (RTS-GMLC, 113_CT_1)."""
    fixed_usd_per_mw_year: UsdPerMWYear = 0.0
    """Fixed cost of a year, kept apart from the bill; not counted unless given."""

    def heat_mmbtu_per_h(self, power_mw: Array, running: Array) -> Array:
        """Fuel burnt by so many running units that share a load equally [MMBtu/h]."""
        rating = running * self.unit_mw
        load = np.divide(power_mw, rating, out=np.zeros_like(power_mw), where=rating > 0.0)
        slope = (_HEAT_PU[1] - _HEAT_PU[0]) / (_LOAD_PU[1] - _LOAD_PU[0])
        below = _HEAT_PU[0] + slope * (load - _LOAD_PU[0])
        heat = np.where(load < _LOAD_PU[0], below, np.interp(load, _LOAD_PU, _HEAT_PU))
        return np.asarray(heat * rating)

    def start(self, site: Site, name: str) -> None:
        """Connect the fleet, and let its units fail."""
        _Plant(self, site, name)


class _Plant:
    """The fleet at work: its offers, its fuel, its failures."""

    def __init__(self, spec: GasTurbines, site: Site, name: str) -> None:
        self._spec = spec
        self._site = site
        capacity_mw = spec.units * spec.unit_mw
        size = f"{spec.units} x {spec.unit_mw:,.6g} MW"
        self._terminal = terminal = site.terminal(
            name,
            Description(label="gas turbines", size=size, colour="fuel", capacity_mw=capacity_mw),
        )
        terminal.firm_mw.state(capacity_mw)
        terminal.enter(FIXED_COST, spec.fixed_usd_per_mw_year * capacity_mw * years(site.horizon_s))
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
                )
            )

    def _traits(self) -> Traits:
        """What decides whether a unit runs, carbon at the site's price included."""
        spec = self._spec
        mmbtu_usd = spec.gas_usd_per_mmbtu + spec.carbon_kgco2_per_mmbtu * self._site.carbon_usd_per_kg
        last_step = (_HEAT_PU[-1] - _HEAT_PU[0]) / (_LOAD_PU[-1] - _LOAD_PU[0])

        def running_usd_per_h(power_mw: float) -> float:
            heat = float(spec.heat_mmbtu_per_h(np.array([power_mw]), np.array([1.0]))[0])
            return heat * mmbtu_usd + power_mw * spec.variable_usd_per_mwh

        return Traits(
            unit_mw=spec.unit_mw,
            minimum_pu=spec.minimum_pu,
            start_min=spec.start_min,
            min_up_h=spec.min_up_h,
            min_down_h=spec.min_down_h,
            marginal_usd_per_mwh=float(last_step * mmbtu_usd) + spec.variable_usd_per_mwh,
            start_usd=(spec.start_usd_per_mw + spec.start_mmbtu_per_mw * mmbtu_usd) * spec.unit_mw,
            running_usd_per_h=running_usd_per_h,
        )

    def _meter(self) -> None:
        spec, terminal = self._spec, self._terminal

        def heat(rows: Reading) -> Array:
            return spec.heat_mmbtu_per_h(self._ramp.level_of(rows), rows.gauge(self._running))

        terminal.meter(bill_line("fuel"), lambda rows: heat(rows) * spec.gas_usd_per_mmbtu)
        terminal.meter(
            bill_line("variable O&M"), lambda rows: self._ramp.level_of(rows) * spec.variable_usd_per_mwh
        )
        meter_carbon(self._site, terminal, lambda rows: heat(rows) * spec.carbon_kgco2_per_mmbtu)

    def _pay_start(self) -> None:
        """Enter what a start costs, its fuel and its carbon."""
        spec, terminal = self._spec, self._terminal
        mmbtu = spec.start_mmbtu_per_mw * spec.unit_mw
        usd = spec.start_usd_per_mw * spec.unit_mw + mmbtu * spec.gas_usd_per_mmbtu
        terminal.enter(bill_line("start-up"), usd)
        emit(self._site, terminal, mmbtu * spec.carbon_kgco2_per_mmbtu)
