"""The small modular reactor: a fleet of modules with staggered refuelling and forced outages."""

from __future__ import annotations

from collections.abc import Generator
from typing import ClassVar, Literal, Self

from pydantic import model_validator
from simpy import Event

from sim import units
from sim.bus.description import Description
from sim.bus.flows import Flow
from sim.contracts.bill import FIXED_COST, bill_line
from sim.economics.asset import Asset
from sim.plant.outages import FORCED_OUTAGE, PLANNED_OUTAGE, fail_and_repair, unit_spans
from sim.plant.ramp import Ramp
from sim.site import Site, Source

_FUEL, _VARIABLE = "fuel", "variable O&M"
REFUELLING = "refuelling"
"""Reason for missing capacity: a module is being refuelled."""


class SmallModularReactor(Source):
    """A plant of equal reactor modules.

    The modules in service share one output, which ramps between their minimum stable level and their rated
    power. Refuelling is staggered evenly over the refuelling interval; modules fail independently of each
    other. Refuelling of a module that enters service during the run is counted from then on. No public data
    on outages of small reactors exist; the defaults are those of large reactors.
    """

    unit_word: ClassVar[str] = "module"
    usual_cost: ClassVar[Asset | None] = Asset(
        capital_usd_per_mw=10_387_000.0, life_years=60.0, fixed_usd_per_mw_year=146_000.0
    )
    """NREL ATB 2024, Nuclear - Small, moderate, 2030: 10,387 USD/kW and 146 USD/kW a year; life assumed."""

    kind: Literal["small_modular_reactor"] = "small_modular_reactor"
    modules: units.UnitCount = 2
    """Number of modules."""
    module_mw: units.PositiveMW = 77.0
    """Electrical rating of a module. Default: NuScale VOYGR, 77 MW gross (IAEA ARIS 2022)."""
    minimum_pu: units.Fraction = 0.2
    """Minimum stable level (unverified; from statements on NuScale load following)."""
    ramp_pu_per_min: units.PuPerMinute = 0.05
    """Ramp limit of the modules in service. Default: the European Utility Requirements specify 3 to 5 %/min
    between 50 and 100 %."""
    refuelling_interval_d: units.PositiveDays = 547.5
    """Time between the starts of two refuellings of a module. Default: 18 months (IAEA ARIS 2022)."""
    refuelling_d: units.Days = 24.0
    """Duration of a refuelling. Default: chosen so that, with the interval and the outage rate, availability
    is 0.93 (NREL ATB 2024); unverified for small reactors, for which 10 days have been claimed."""
    first_refuelling_d: units.Days | None = None
    """Day of the run on which the first refuelling begins, or for modules that enter service during the run,
    days after that; the next module follows by an equal share of the interval. Default: half that share."""
    mttf_h: units.PositiveHours = 3560.0
    """Mean time to a forced outage of a module. Default: gives a forced-outage rate of 3 % (unverified)."""
    mttr_h: units.PositiveHours = 110.0
    """Mean duration of a forced outage. Default: 4.6 days, the mean of the short outages of the US fleet (NRC
    power reactor status, April 2022 to April 2023)."""
    fuel_usd_per_mwh: units.UsdPerMWh = 11.86
    """Fuel cost. Default: NREL ATB 2024, nuclear-small, moderate, 2030."""
    variable_usd_per_mwh: units.UsdPerMWh = 2.80
    """Variable operation and maintenance cost. Default: same source."""
    must_run_usd_per_mwh: units.UsdPerMWh = -200.0
    """Dispatch price of power up to the minimum stable level. It is negative, so that this power is curtailed
    last (assumed)."""
    fixed_usd_per_mw_year: units.UsdPerMWYear = 0.0
    """Annual fixed cost per MW of rated power, reported separately from the bill. Default: none."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.refuelling_d >= self.refuelling_interval_d:
            raise self.refuse(
                "refuelling_d", f"below refuelling_interval_d = {self.refuelling_interval_d:g} d"
            )
        if self.modules * self.module_mw > units.HIGHEST_MW:
            most = f"{units.HIGHEST_MW / self.modules:g} MW, for {self.modules:,} modules"
            raise self.refuse("module_mw", f"at most {most}")
        marginal = self.fuel_usd_per_mwh + self.variable_usd_per_mwh
        if self.must_run_usd_per_mwh > marginal:
            raise self.refuse("must_run_usd_per_mwh", f"at most the marginal cost = {marginal:g} USD/MWh")
        return self

    def fleet_size(self) -> int:
        """Number of modules."""
        return self.modules

    def nameplate(self) -> tuple[float, None]:
        """That of all modules."""
        return self.modules * self.module_mw, None

    def least_usd_per_mwh(self, carbon_usd_per_kg: float) -> dict[str, float]:  # noqa: ARG002 - no carbon
        """Fuel and variable cost, of which power that is dumped costs as much."""
        return {_FUEL: self.fuel_usd_per_mwh, _VARIABLE: self.variable_usd_per_mwh}

    def start(self, site: Site, name: str) -> None:
        """Connect to the bus and start the processes of each module."""
        _Fleet(self, site, name)


class _Fleet:
    """The state of a plant: which modules are out of service, and why."""

    def __init__(self, spec: SmallModularReactor, site: Site, name: str) -> None:
        self._spec = spec
        self._site = site
        self._name = name
        self._failed: set[int] = set()
        self._refuelling: set[int] = set()
        self._spans = unit_spans(site, name, spec.modules)
        capacity_mw = spec.modules * spec.module_mw
        size = f"{spec.modules} x {units.rounded(spec.module_mw)} MW"
        self._terminal = terminal = site.terminal(
            name, Description(label="reactor", size=size, colour="nuclear", capacity_mw=capacity_mw)
        )
        terminal.enter(FIXED_COST, spec.fixed_usd_per_mw_year * capacity_mw * site.service_years(name))
        terminal.clean_pu = 1.0
        terminal.unit_mw = spec.module_mw
        self._ramp = Ramp(
            site.bus,
            terminal,
            rated_mw=capacity_mw,
            pu_per_min=spec.ramp_pu_per_min,
            must_run_usd_per_mwh=spec.must_run_usd_per_mwh,
            price_usd_per_mwh=spec.fuel_usd_per_mwh + spec.variable_usd_per_mwh,
            rest=Flow.CURTAILED,
        )
        terminal.meter(bill_line(_FUEL), lambda rows: self._ramp.level_of(rows) * spec.fuel_usd_per_mwh)
        terminal.meter(
            bill_line(_VARIABLE), lambda rows: self._ramp.level_of(rows) * spec.variable_usd_per_mwh
        )
        self._state()
        site.on_turn(self._state)
        for module in range(spec.modules):
            site.process(self._refuel(module), unit=module)
            site.process(self._fail(module), unit=module)

    def _state(self) -> None:
        """State what is in service; of several reasons a planned outage and then refuelling come first."""
        spec, now_s = self._spec, self._site.env.now
        running_mw = (spec.modules - len(self._out())) * spec.module_mw
        there = {module for module, span in enumerate(self._spans) if span.is_there(now_s)}
        planned = sum(span.is_planned_out(now_s) for span in self._spans)
        refuelling = self._refuelling & there
        failed = (self._failed & there) - refuelling
        self._ramp.limit(
            available_mw=running_mw, minimum_mw=running_mw * spec.minimum_pu, rated_mw=running_mw
        )
        self._terminal.firm_mw.state((len(there) - len(refuelling)) * spec.module_mw)
        self._terminal.declare_outage(PLANNED_OUTAGE, planned * spec.module_mw)
        self._terminal.declare_outage(REFUELLING, len(refuelling) * spec.module_mw)
        self._terminal.declare_outage(FORCED_OUTAGE, len(failed) * spec.module_mw)

    def _out(self) -> set[int]:
        """Modules that give no power, for whatever reason."""
        now_s = self._site.env.now
        away = {module for module, span in enumerate(self._spans) if not span.is_there(now_s)}
        return away | self._failed | self._refuelling

    def _change(self, out: set[int], module: int, event: str) -> None:
        """Take a module out of service or return it to service."""
        out.symmetric_difference_update({module})
        self._site.note(self._name, event, f"module {module + 1}", self._spec.module_mw)
        self._state()

    def _trip(self, module: int) -> None:
        out = self._out()
        if module not in out:
            self._ramp.trip(1.0 / (self._spec.modules - len(out)))
        self._change(self._failed, module, FORCED_OUTAGE)

    def _refuel(self, module: int) -> Generator[Event, None, None]:
        spec = self._spec
        spacing_d = spec.refuelling_interval_d / spec.modules
        first_d = spacing_d / 2.0 if spec.first_refuelling_d is None else spec.first_refuelling_d
        wait_d = first_d + module * spacing_d
        while spec.refuelling_d:
            yield self._site.wait_h(wait_d * units.HOURS_PER_DAY)
            self._change(self._refuelling, module, REFUELLING)
            yield self._site.wait_h(spec.refuelling_d * units.HOURS_PER_DAY)
            self._change(self._refuelling, module, "refuelled")
            wait_d = spec.refuelling_interval_d - spec.refuelling_d

    def _fail(self, module: int) -> Generator[Event, None, None]:
        return fail_and_repair(
            self._site,
            self._site.rng(f"{self._name}/module {module + 1}"),
            mttf_h=self._spec.mttf_h,
            mttr_h=self._spec.mttr_h,
            fail=lambda: self._trip(module),
            repair=lambda: self._change(self._failed, module, "repaired"),
        )
