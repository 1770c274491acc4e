"""The gas turbine: a fleet of units that start, run at part load, burn fuel and fail."""

from __future__ import annotations

from collections.abc import Generator
from typing import Literal

import numpy as np
from simpy import Event

from sim.power.flows import Flow, Unserved
from sim.power.ramp import Ramp
from sim.power.site import Site, Source
from sim.power.terminal import Array, Reading
from sim.supply.outages import fail_and_repair
from sim.units import (
    SECONDS_PER_HOUR,
    SECONDS_PER_MINUTE,
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
    seconds,
)

_LOAD_PU = np.array([0.4, 0.6, 0.8, 1.0])
_HEAT_RATE_MMBTU_PER_MWH = np.array([13.125, 11.050, 10.188, 9.710])
_HEAT_PU = _LOAD_PU * _HEAT_RATE_MMBTU_PER_MWH
_NOTHING_MW = 1e-6


class GasTurbines(Source):
    """Equal simple-cycle gas turbines.

    A unit is ordered to start when the power at the margin is dearer than its own at full load, starts
    included, and what it displaces is worth more than running at its minimum level; the start is called
    off if that is over before it has power. It stops when the fleet idles at its minimum level while
    others that are cheaper could do the unit's work. Fuel and carbon follow the part-load heat rate of an
    aeroderivative turbine of 55 MW: 13,125, 11,050, 10,188 and 9,710 Btu/kWh at 40, 60, 80 and 100 %
    (RTS-GMLC, unit 113_CT_1).
    """

    kind: Literal["gas_turbines"] = "gas_turbines"
    units: Count = 2
    """Number of units."""
    unit_mw: PositiveMW = 55.0
    """Rating of a unit (RTS-GMLC, 113_CT_1)."""
    minimum_pu: Fraction = 0.4
    """Minimum stable level; 22 MW of 55 (RTS-GMLC, 113_CT_1)."""
    ramp_pu_per_min: PuPerMinute = 0.067
    """Ramp limit; 3.7 MW/min of 55 (RTS-GMLC, 113_CT_1)."""
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
        _Fleet(self, site, name)


class _Unit:
    """One turbine.

    Attributes:
        on: Whether it runs.
        starting: Whether it has been ordered to start.
        failed: Whether it is under repair.
        free_at_s: Earliest time at which it may stop (if on) or start (if off).
    """

    def __init__(self) -> None:
        self.on = self.starting = self.failed = False
        self.free_at_s = 0.0


class _Fleet:
    """The state of the fleet, and the decisions to start and stop; see `GasTurbines`."""

    def __init__(self, spec: GasTurbines, site: Site, name: str) -> None:
        self._spec = spec
        self._site = site
        self._name = name
        self._units = [_Unit() for _ in range(spec.units)]
        self._terminal = terminal = site.terminal(name)
        terminal.capacity_mw = spec.units * spec.unit_mw
        terminal.fixed_usd_per_year = spec.fixed_usd_per_mw_year * terminal.capacity_mw
        fuel_usd = spec.gas_usd_per_mmbtu + spec.carbon_kgco2_per_mmbtu * site.carbon_usd_per_kg
        last_step = (_HEAT_PU[-1] - _HEAT_PU[0]) / (_LOAD_PU[-1] - _LOAD_PU[0])
        self._marginal_usd_per_mwh = float(last_step * fuel_usd) + spec.variable_usd_per_mwh
        start_usd_per_mw = spec.start_usd_per_mw + spec.start_mmbtu_per_mw * fuel_usd
        self._start_above_usd_per_mwh = (
            float(_HEAT_PU[-1] * fuel_usd)
            + spec.variable_usd_per_mwh
            + start_usd_per_mw / max(spec.min_up_h, 1.0)
        )
        self._ramp = Ramp(
            site.bus,
            terminal,
            rated_mw=terminal.capacity_mw,
            pu_per_min=spec.ramp_pu_per_min,
            must_run_usd_per_mwh=-self._marginal_usd_per_mwh,
            price_usd_per_mwh=self._marginal_usd_per_mwh,
            rest=Flow.HEADROOM,
        )
        self._running = terminal.gauge("units_running")
        self._meter()
        site.bus.movers.append(self)
        self._state()
        for number, unit in enumerate(self._units):
            site.process(self._fail(number, unit))

    def _meter(self) -> None:
        spec, terminal = self._spec, self._terminal

        def heat(rows: Reading) -> Array:
            return spec.heat_mmbtu_per_h(self._ramp.level_of(rows), rows.gauge(self._running))

        terminal.meter("fuel", "USD", lambda rows: heat(rows) * spec.gas_usd_per_mmbtu)
        terminal.meter(
            "variable O&M", "USD", lambda rows: self._ramp.level_of(rows) * spec.variable_usd_per_mwh
        )
        self._site.meter_carbon(terminal, lambda rows: heat(rows) * spec.carbon_kgco2_per_mmbtu)

    def _state(self) -> None:
        spec = self._spec
        running = sum(unit.on for unit in self._units)
        failed = sum(unit.failed for unit in self._units)
        self._running.show(float(running))
        self._ramp.limit(
            available_mw=running * spec.unit_mw, minimum_mw=running * spec.unit_mw * spec.minimum_pu
        )
        self._terminal.lose(Unserved.FORCED_OUTAGE, failed * spec.unit_mw)
        self._terminal.lose(Unserved.START_UP, (spec.units - running - failed) * spec.unit_mw)

    def advance(self, now_s: float) -> None:
        """Nothing moves by itself but the ramp."""

    def settled(self, now_s: float) -> None:
        """Order starts while dearer power runs, and stops while cheaper power idles."""
        if self._site.bus.asked:
            return  # somebody has reacted to this settlement; the next one shows what is left to do
        price = self._site.bus.price_usd_per_mwh
        if price > self._start_above_usd_per_mwh:
            self._order_starts(now_s)
        elif price < self._marginal_usd_per_mwh and self._running.value:
            self._order_stop(now_s)

    def _order_starts(self, now_s: float) -> None:
        ready = [u for u in self._units if not (u.on or u.starting or u.failed) and u.free_at_s <= now_s]
        if not ready:
            return
        spec = self._spec
        dearer_mw = self._site.bus.dearer_mw(self._start_above_usd_per_mwh)
        coming_mw = sum(unit.starting for unit in self._units) * spec.unit_mw + self._ramp.beyond.mw
        whole, part_mw = divmod(max(0.0, dearer_mw - coming_mw), spec.unit_mw)
        saved_usd_per_h = part_mw * self._site.bus.price_usd_per_mwh
        least_usd_per_h = spec.minimum_pu * spec.unit_mw * self._start_above_usd_per_mwh
        one_more = part_mw > _NOTHING_MW and saved_usd_per_h > least_usd_per_h
        for unit in ready[: int(whole) + one_more]:
            unit.starting = True
            self._site.process(self._start(unit))

    def _order_stop(self, now_s: float) -> None:
        if self._ramp.flexible.accepted_mw > 0.0:
            return
        idle = [unit for unit in self._units if unit.on and unit.free_at_s <= now_s]
        spare_mw = self._site.bus.idle_mw(self._marginal_usd_per_mwh)
        each_mw = self._ramp.level_mw / self._running.value
        replaceable = len(idle) if spare_mw >= len(idle) * each_mw else int(spare_mw / each_mw)
        for unit in idle[:replaceable]:
            self._stop(unit)
            self._site.note(self._name, "stop", mw=self._spec.unit_mw)

    def _decide_again(self, unit: _Unit) -> None:
        """Look again at what a unit should do once it is free to."""
        self._site.bus.call_at(unit.free_at_s, lambda _: self._site.bus.ask(self._name))

    def _start(self, unit: _Unit) -> Generator[Event, None, None]:
        spec = self._spec
        yield self._site.wait_h(spec.start_min * SECONDS_PER_MINUTE / SECONDS_PER_HOUR)
        unit.starting = False
        if unit.failed or self._site.bus.price_usd_per_mwh <= self._start_above_usd_per_mwh:
            return
        unit.on = True
        unit.free_at_s = self._site.env.now + seconds(spec.min_up_h)
        self._decide_again(unit)
        fuel_usd = spec.start_mmbtu_per_mw * spec.unit_mw * spec.gas_usd_per_mmbtu
        ledger = self._site.ledger
        ledger.charge(self._name, "start-up", spec.start_usd_per_mw * spec.unit_mw + fuel_usd)
        ledger.emit(self._name, spec.start_mmbtu_per_mw * spec.unit_mw * spec.carbon_kgco2_per_mmbtu)
        self._site.note(self._name, "start", mw=spec.unit_mw)
        self._state()

    def _stop(self, unit: _Unit) -> None:
        unit.on = False
        unit.free_at_s = self._site.env.now + seconds(self._spec.min_down_h)
        self._decide_again(unit)
        self._state()

    def _fail(self, number: int, unit: _Unit) -> Generator[Event, None, None]:
        def fail() -> None:
            unit.failed = True
            if unit.on:
                self._site.note(self._name, "forced outage", f"unit {number + 1}", self._spec.unit_mw)
                self._stop(unit)
            self._state()

        def repair() -> None:
            unit.failed = False
            self._state()

        spec = self._spec
        rng = self._site.rng(f"{self._name}/unit {number + 1}")
        return fail_and_repair(
            self._site, rng, mttf_h=spec.mttf_h, mttr_h=spec.mttr_h, fail=fail, repair=repair
        )
