"""Generators that are up or down: outages are drawn at the start and played."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from sim.bus.account import Linear
from sim.bus.description import Description
from sim.bus.flows import Flow
from sim.contracts.bill import FIXED_COST, bill_line
from sim.contracts.carbon import CARBON_COST, meter_carbon
from sim.plant.outages import FORCED_OUTAGE
from sim.site import Site, Source
from sim.timeseries.series import Array, StepSeries, constant
from sim.units import (
    HIGHEST_MW,
    SECONDS_PER_HOUR,
    Fraction,
    KgCo2PerMWh,
    PositiveHours,
    PositiveMW,
    UnitCount,
    UsdPerMWh,
    UsdPerMWYear,
    rounded,
)

_RUNNING = "fuel and maintenance"
_PAIRS = 64
"""Failures that are drawn together; it has no effect on what is drawn."""


class Generators(Source):
    """Equal generators, each of which is up or down: the two-state units of adequacy studies.

    A unit that is up follows at once and has no minimum level and no start (`gas_turbines` have both). Times
    to failure and to repair are exponential. At the start of the run each unit is down with the probability
    of its forced outage rate, as in the long run; one that enters service later begins up. What a unit draws
    does not depend on anything else. Dates of service and planned outages hold for all units together.
    """

    kind: Literal["generators"] = "generators"
    units: UnitCount = 1
    """Number of units."""
    unit_mw: PositiveMW
    """Power of a unit."""
    cost_usd_per_mwh: UsdPerMWh
    """Cost of fuel and maintenance per MWh delivered; with the cost of carbon it is the dispatch price."""
    carbon_kgco2_per_mwh: KgCo2PerMWh = 0.0
    """Carbon emitted for each MWh delivered. Default: none."""
    clean_pu: Fraction = 0.0
    """Carbon-free share of the energy delivered. Default: none of it, whatever carbon is given."""
    mttf_h: PositiveHours
    """Mean time to failure of a unit."""
    mttr_h: PositiveHours
    """Mean time to repair of a unit. The forced outage rate is this over the sum of both times."""
    fixed_usd_per_mw_year: UsdPerMWYear = 0.0
    """Annual fixed cost per MW of capacity, reported separately from the bill. Default: none."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.units * self.unit_mw > HIGHEST_MW:
            raise self.refuse("unit_mw", f"at most {HIGHEST_MW / self.units:g} MW, for {self.units:,} units")
        return self

    def nameplate(self) -> tuple[float, None]:
        """That of all units."""
        return self.units * self.unit_mw, None

    def least_usd_per_mwh(self, carbon_usd_per_kg: float) -> dict[str, float]:
        """Its cost, and its carbon."""
        return {_RUNNING: self.cost_usd_per_mwh, CARBON_COST: self.carbon_kgco2_per_mwh * carbon_usd_per_kg}

    def start(self, site: Site, name: str) -> None:
        """Connect to the bus, draw the outages and play what is available."""
        capacity_mw = self.units * self.unit_mw
        size = f"{self.units} x {rounded(self.unit_mw)} MW"
        terminal = site.terminal(
            name, Description(label="generators", size=size, colour="fuel", capacity_mw=capacity_mw)
        )
        terminal.enter(FIXED_COST, self.fixed_usd_per_mw_year * capacity_mw * site.service_years(name))
        terminal.clean_pu = self.clean_pu
        terminal.unit_mw = self.unit_mw
        terminal.firm_mw.state(capacity_mw)
        price = self.cost_usd_per_mwh + self.carbon_kgco2_per_mwh * site.carbon_usd_per_kg
        offer = terminal.offer(price, rest=Flow.HEADROOM)
        up = self._up(site, name)
        site.play(up.scaled(self.unit_mw), offer.state)
        terminal.plan_outage(FORCED_OUTAGE, (constant(float(self.units)) - up).scaled(self.unit_mw))
        if self.cost_usd_per_mwh:
            terminal.meter(bill_line(_RUNNING), Linear((([offer], self.cost_usd_per_mwh),)))
        if self.carbon_kgco2_per_mwh:
            meter_carbon(site, terminal, Linear((([offer], self.carbon_kgco2_per_mwh),)))

    def _up(self, site: Site, name: str) -> StepSeries:
        """Number of units that are up, over the run."""
        times_s, changes = [np.zeros(1)], [np.zeros(1)]
        for number in range(1, self.units + 1):
            is_up, turns_s = self._turns(site, name, number)
            times_s.append(turns_s)
            changes[0] += is_up
            changes.append(np.resize([-1.0, 1.0] if is_up else [1.0, -1.0], len(turns_s)))
            for at_s, change in zip(turns_s.tolist(), changes[-1], strict=True):
                site.note(
                    name, "repaired" if change > 0.0 else "failure", f"unit {number}", self.unit_mw, at_s=at_s
                )
        joined_s = np.concatenate(times_s)
        order = np.argsort(joined_s, kind="stable")
        up = np.cumsum(np.concatenate(changes)[order])
        last = np.flatnonzero(np.diff(joined_s[order], append=np.inf) > 0.0)
        return StepSeries(joined_s[order][last], up[last])

    def _turns(self, site: Site, name: str, number: int) -> tuple[bool, Array]:
        """Whether a unit is up at first, and the elapsed seconds of the run at which that turns."""
        service = site.service(name)
        begin_s, end_s = (0.0, site.horizon_s) if service is None else service.inside_s
        rng = site.rng(f"{name}/unit {number}")
        means_s = SECONDS_PER_HOUR * np.array([self.mttf_h, self.mttr_h])
        is_up = bool(rng.random() * means_s.sum() < means_s[0]) or begin_s > 0.0
        turns_s = np.array([begin_s])
        while turns_s[-1] < end_s:
            drawn_s = rng.standard_exponential((_PAIRS, 2)) * (means_s if is_up else means_s[::-1])
            turns_s = np.append(turns_s, turns_s[-1] + np.cumsum(drawn_s))
        return is_up, turns_s[1 : turns_s.searchsorted(end_s)]
