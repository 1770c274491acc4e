"""The gas turbine: a fleet of units that start, run at part load, burn fuel and fail."""

from __future__ import annotations

from collections.abc import Generator
from math import ceil
from typing import Literal

import numpy as np
from simpy import Event

from sim.bus.account import Reading
from sim.bus.flows import Flow, Unserved
from sim.plant.outages import fail_and_repair
from sim.plant.ramp import Ramp
from sim.site import Site, Source
from sim.timeseries.series import Array
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
_SHORTEST_RUN_H = 1.0
_ROUNDING = 1e-9


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
        self._mmbtu_usd = spec.gas_usd_per_mmbtu + spec.carbon_kgco2_per_mmbtu * site.carbon_usd_per_kg
        last_step = (_HEAT_PU[-1] - _HEAT_PU[0]) / (_LOAD_PU[-1] - _LOAD_PU[0])
        self._marginal_usd_per_mwh = float(last_step * self._mmbtu_usd) + spec.variable_usd_per_mwh
        self._start_usd_per_h = (
            (spec.start_usd_per_mw + spec.start_mmbtu_per_mw * self._mmbtu_usd)
            * spec.unit_mw
            / max(spec.min_up_h, _SHORTEST_RUN_H)
        )
        full_usd_per_h = self._running_usd_per_h(spec.unit_mw) + self._start_usd_per_h
        self._start_above_usd_per_mwh = full_usd_per_h / spec.unit_mw
        self._pledge = site.bus.pledge()
        self._running_units = 0
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
        self._bus = site.bus
        self._bus.listen(self._decide, rank=self._marginal_usd_per_mwh)
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
        self._running_units = running = sum(unit.on for unit in self._units)
        running_mw = running * spec.unit_mw
        self._running.show(float(running))
        self._ramp.limit(
            available_mw=running_mw, minimum_mw=running_mw * spec.minimum_pu, rated_mw=running_mw
        )
        self._lose()

    def _lose(self) -> None:
        """State what is missing: units under repair, and units that are starting or may not start yet."""
        unit_mw, now_s = self._spec.unit_mw, self._site.env.now
        failed = sum(unit.failed for unit in self._units)
        off = [unit for unit in self._units if not (unit.on or unit.failed)]
        coming = sum(unit.starting or unit.free_at_s > now_s for unit in off)
        self._pledge.ordered_mw = unit_mw * sum(unit.starting and not unit.failed for unit in off)
        self._terminal.lose(Unserved.FORCED_OUTAGE, failed * unit_mw)
        self._terminal.lose(Unserved.START_UP, coming * unit_mw)

    def _decide(self, now_s: float) -> None:
        """Order starts while dearer power runs, and stops while cheaper power idles."""
        self._pledge.ready_mw = self._ramp.beyond_mw
        price = self._bus.price_usd_per_mwh
        if price > self._start_above_usd_per_mwh:
            self._order_starts(now_s)
        elif price < self._marginal_usd_per_mwh and self._running_units:
            self._order_stops(now_s)

    def _running_usd_per_h(self, power_mw: float) -> float:
        """Fuel, its carbon and variable cost of one unit at a power."""
        heat = float(self._spec.heat_mmbtu_per_h(np.array([power_mw]), np.array([1.0]))[0])
        return heat * self._mmbtu_usd + power_mw * self._spec.variable_usd_per_mwh

    def _pays(self, skip_mw: float) -> bool:
        """Whether one more unit is worth its start, beside what is coming already, from whomever.

        Args:
            skip_mw: The dearest power in use, left to others.
        """
        spec = self._spec
        power_mw = worth_usd_per_h = 0.0
        for price, mw in self._bus.used():
            left_mw = max(0.0, mw - skip_mw)
            skip_mw = max(0.0, skip_mw - mw)
            most_mw = spec.unit_mw if price > self._marginal_usd_per_mwh else spec.minimum_pu * spec.unit_mw
            if power_mw >= most_mw:
                break
            taken_mw = min(left_mw, most_mw - power_mw)
            power_mw += taken_mw
            worth_usd_per_h += taken_mw * max(0.0, price)
        power_mw = max(power_mw, spec.minimum_pu * spec.unit_mw)
        return worth_usd_per_h > self._running_usd_per_h(power_mw) + self._start_usd_per_h

    def _order_starts(self, now_s: float) -> None:
        for unit in self._units:
            if unit.on or unit.starting or unit.failed or unit.free_at_s > now_s:
                continue
            if not self._pays(self._bus.coming_mw):
                return
            unit.starting = True
            self._lose()
            self._site.process(self._start(unit))

    def _order_stops(self, now_s: float) -> None:
        """Stop as many units as may stop and as the others can do without."""
        ramp, spec, bus = self._ramp, self._spec, self._bus
        if ramp.flexible.accepted_mw > 0.0 or bus.asked:  # where others move too, look again afterwards
            return
        must_mw = ramp.minimum.mw + ramp.falling.mw
        taken_mw = ramp.minimum.accepted_mw + ramp.falling.accepted_mw
        others_mw = bus.spare_mw(self._marginal_usd_per_mwh) - (must_mw - taken_mw)
        ready = [unit for unit in self._units if unit.on and unit.free_at_s <= now_s]
        needed = ceil((taken_mw - others_mw) / spec.unit_mw - _ROUNDING)
        for unit in ready[: max(0, self._running_units - max(0, needed))]:
            self._site.note(self._name, "stop", mw=spec.unit_mw)
            self._stop(unit)

    def _start(self, unit: _Unit) -> Generator[Event, None, None]:
        spec, site = self._spec, self._site
        yield site.wait_h(spec.start_min * SECONDS_PER_MINUTE / SECONDS_PER_HOUR)
        unit.starting = False
        if unit.failed or not self._pays(self._bus.ready_mw):
            self._lose()
            return
        unit.on = True
        self._pledge.ready_mw += spec.unit_mw
        mmbtu = spec.start_mmbtu_per_mw * spec.unit_mw
        kgco2 = mmbtu * spec.carbon_kgco2_per_mmbtu
        start_usd = spec.start_usd_per_mw * spec.unit_mw + mmbtu * spec.gas_usd_per_mmbtu
        site.ledger.charge(self._name, "start-up", start_usd)
        site.ledger.emit(self._name, kgco2)
        if site.carbon_usd_per_kg:
            site.ledger.charge(self._name, "carbon cost", kgco2 * site.carbon_usd_per_kg)
        site.note(self._name, "start", mw=spec.unit_mw)
        self._bind(unit, spec.min_up_h)

    def _stop(self, unit: _Unit) -> None:
        unit.on = False
        self._bind(unit, self._spec.min_down_h)

    def _bind(self, unit: _Unit, hours: float) -> None:
        """Let a unit neither start nor stop for a while, and look again once it may."""
        unit.free_at_s = self._site.env.now + seconds(hours)
        self._site.bus.call_at(unit.free_at_s, lambda _: self._state())
        self._state()

    def _fail(self, number: int, unit: _Unit) -> Generator[Event, None, None]:
        def fail() -> None:
            """Trip, if it runs; a start that was ordered comes to nothing."""
            unit.failed = True
            if unit.on:
                self._site.note(self._name, "forced outage", f"unit {number + 1}", self._spec.unit_mw)
                self._ramp.trip(1.0 / self._running_units)
                self._stop(unit)
            self._state()

        def repair() -> None:
            """Stand ready again."""
            unit.failed = False
            self._state()

        spec = self._spec
        rng = self._site.rng(f"{self._name}/unit {number + 1}")
        return fail_and_repair(
            self._site, rng, mttf_h=spec.mttf_h, mttr_h=spec.mttr_h, fail=fail, repair=repair
        )
