"""The grid connection: import and export within limits, at prices that vary over time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import inf
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sim import units
from sim.bus.account import Linear
from sim.bus.block import Block
from sim.bus.description import Description
from sim.bus.flows import Flow
from sim.contracts.carbon import MARGINAL, meter_carbon
from sim.contracts.charges import Charges
from sim.contracts.contract import Rung, settle
from sim.contracts.demand_charge import DemandCharge
from sim.contracts.energy_charge import EnergyCharge
from sim.contracts.imports import Connection, Imports
from sim.contracts.peak_target import (
    DISCHARGE_USD_PER_MWH,
    FREE_USD_PER_MWH,
    PeakTarget,
    PeakTargets,
)
from sim.contracts.tariff import AnyTariff
from sim.contracts.tiers import Tiers
from sim.errors import SpecError
from sim.plant.outages import lognormal_h
from sim.site import Site, Source
from sim.spec import Spec
from sim.timeseries.profile import CarbonProfile, FractionProfile, MWProfile, PriceProfile
from sim.timeseries.series import StepSeries, constant

_PRICES = ("import_price_usd_per_mwh", "export_price_usd_per_mwh", "demand_charge_usd_per_mw_month")
EXPORT_LIMIT = "export limit"
"""Reason for curtailment: export is at its limit."""
GRID_OUTAGE = "grid outage"
IMPORT_LIMIT = "import limit"
GRID_ORDER = "grid curtailment order"
"""Reasons for missing import capacity. The import limit is below the highest one so far."""


class CurtailmentOrder(Spec):
    """An order of the grid operator to limit import for a time."""

    start_h: units.Hours
    """Start of the order, in hours after the start of the run."""
    duration_h: units.DurationHours
    """Duration of the order."""
    limit_mw: units.MW
    """Maximum import during the order."""


class GridConnection(Source):
    """A connection to the public grid.

    It offers import at the import price and bids for export at the export price. While the export price is
    above the import price, the bid is lowered to the import price, so that imported power is never exported
    at a profit; on-site power that costs more than imports is then not exported either. Energy is billed at
    these prices. The demand charge applies to the highest 15-minute mean import of each month. A carbon price
    raises the dispatch price of imports and appears as a separate line of the bill. An interruption stops
    both import and export.
    """

    kind: Literal["grid"] = "grid"
    import_limit_mw: MWProfile
    """Maximum import."""
    export_limit_mw: MWProfile = 0.0
    """Maximum export. Default: none."""
    import_price_usd_per_mwh: PriceProfile = 60.0
    """Energy charge (unverified round number; set it to the tariff)."""
    export_price_usd_per_mwh: PriceProfile = 0.0
    """Price paid for exported energy. Default: none. While it is above the import price (including carbon),
    only power that is cheaper than imports is exported. Example: with import at 50 and export at 80 USD/MWh,
    imports are not resold, and on-site gas at 60 USD/MWh does not run for export."""
    demand_charge_usd_per_mw_month: units.UsdPerMWMonth = 0.0
    """Demand charge on the highest 15-minute mean import of each local month; a partial month is charged in
    full. Default: none."""
    tariff: AnyTariff | None = None
    """A tariff with more than these prices, such as a time-of-use demand charge, or one that is read from a
    record of the Utility Rate Database. Its prices take the place of the three above. Default: none."""
    carbon_kgco2_per_mwh: CarbonProfile = 373.0
    """Location-based average carbon intensity. Default: 823 lb/MWh, US average of EPA eGRID 2022."""
    marginal_kgco2_per_mwh: CarbonProfile | None = None
    """Carbon intensity of the plants that react to a change of import or export. Default: not known; marginal
    carbon is then not given."""
    clean_pu: FractionProfile = 0.4
    """Carbon-free share of imports. Default: US generation in 2023 (EIA: nuclear 18.6 %, renewables 21.4
    %)."""
    interruptions_per_year: units.PerYear = 0.0
    """Interruptions per calendar year. Default: none. US distribution customers had a SAIFI of 1.022 in 2023
    without major events (EIA Electric Power Annual, table 11.1); a transmission connection has fewer."""
    interruption_mean_h: units.PositiveHours = 2.02
    """Mean duration of an interruption. Default: CAIDI of 121.3 min in 2023 without major events (EIA, same
    table)."""
    orders: Annotated[tuple[CurtailmentOrder, ...], Field(max_length=10_000)] = ()
    """Curtailment orders of the grid operator."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        for field in _PRICES if self.tariff is not None else ():
            default = type(self).model_fields[field].default
            if getattr(self, field) != default:
                raise self.refuse(field, f"its default, {default:g}, because tariff has the prices")
        if self.interruptions_per_year * self.interruption_mean_h >= units.HOURS_PER_YEAR:
            most = units.HOURS_PER_YEAR / self.interruption_mean_h
            raise self.refuse(
                "interruptions_per_year",
                f"below {most:g} 1/a; more interruptions of {self.interruption_mean_h:g} h fill the year",
            )
        return self

    def charges(self, site: Site) -> Charges:
        """Its charges and dispatch prices for a run."""
        if self.tariff is not None:
            try:
                return self.tariff.charges(site)
            except SpecError as error:
                raise error.within(self.title(), "tariff") from None
        buy, sell = (site.series(self, field) for field in _PRICES[:2])
        energy, usd = EnergyCharge(buy, sell), self.demand_charge_usd_per_mw_month
        return Charges(buy, sell, (energy, DemandCharge((Tiers.flat(usd),))) if usd else (energy,))

    def start(self, site: Site, name: str) -> None:
        """Connect to the bus and follow limits, prices, interruptions and orders."""
        _Connection(self, site, name)


class _Connection:
    """The blocks of a grid connection, and the series that they follow."""

    def __init__(self, spec: GridConnection, site: Site, name: str) -> None:
        def series(field: str) -> StepSeries:
            return site.series(spec, field)

        self._site = site
        self._name = name
        self._split: _Split | None = None
        self._interruptions_h = _drawn(spec, site, name)
        imports = series("import_limit_mw").within(site.horizon_s)
        carbon = series("carbon_kgco2_per_mwh")
        tariff = spec.charges(site)
        size = _size(imports, site.horizon_s)
        described = Description(label="grid", size=size, colour="grid", caveat="; ".join(tariff.doubts))
        self._terminal = terminal = site.terminal(name, described)
        rungs = tariff.ladder()
        self._offers = [terminal.offer(0.0, Flow.IMPORT, Flow.HEADROOM) for _ in rungs]
        self._export = terminal.bid(0.0, Flow.EXPORT, None, EXPORT_LIMIT)
        terminal.clean_pu = series("clean_pu")
        self._meter(carbon)
        if spec.marginal_kgco2_per_mwh is not None:
            self._meter_marginal(series("marginal_kgco2_per_mwh"))
        carbon_cost = carbon.scaled(site.carbon_usd_per_kg)
        ordered = _with_orders(imports, spec.orders)
        exports = series("export_limit_mw").within(site.horizon_s)
        site.common(Imports).add(name, Connection(carbon_cost, carbon, ordered, exports, tariff))
        settle(site, terminal, tariff, self._offers, [self._export], counterparty=tariff.counterparty or name)

        def play() -> None:
            target = site.common(PeakTargets).of(name, tariff)
            if target is not None:
                self._shave(target, tariff, rungs[0].usd_per_mwh + carbon_cost)
            self._price(rungs, tariff.export_usd_per_mwh, carbon_cost)
            self._limit(rungs, imports, ordered, exports)

        site.on_connected(play)  # strategies have asked for their targets by then
        for order in spec.orders:
            detail, at_s = f"limit {order.limit_mw:g} MW", units.seconds(order.start_h)
            site.note(name, "curtailment order", detail, order.limit_mw, at_s=at_s)

    def _meter(self, carbon: StepSeries) -> None:
        meter_carbon(self._site, self._terminal, Linear(((self._offers, 1.0),), carbon), carbon)

    def _meter_marginal(self, carbon: StepSeries) -> None:
        """Meter what imports cause, and exports avoid, at the plants that react."""
        self._terminal.meter(MARGINAL, Linear(((self._offers, 1.0), ([self._export], -1.0)), carbon), carbon)

    def _shave(self, target: PeakTarget, tariff: Charges, usd_per_mwh: StepSeries) -> None:
        """Offer import above what has been reached, and above a target, as blocks of their own."""
        free, above = (self._terminal.offer(0.0, Flow.IMPORT, Flow.HEADROOM) for _ in range(2))
        self._split = _Split(target, self._offers[0], free, above)
        self._offers += [free, above]
        shadow = target.begin(tariff, self._offers, self._split.restate)
        least = constant(2.0 * DISCHARGE_USD_PER_MWH)
        for offer, surcharge in ((free, constant(FREE_USD_PER_MWH)), (above, shadow.higher(least))):
            self._site.play(usd_per_mwh + surcharge, offer.reprice)

    def _price(self, rungs: Sequence[Rung], export: StepSeries, carbon_cost: StepSeries) -> None:
        """Play the dispatch prices; export is never worth more than the cheapest import."""
        cheapest = reduce(StepSeries.lower, [rung.usd_per_mwh for rung in rungs]) + carbon_cost
        for rung, offer in zip(rungs, self._offers, strict=False):
            self._site.play(rung.usd_per_mwh + carbon_cost, offer.reprice)
        self._site.play(export.lower(cheapest), self._export.reprice)

    def _limit(
        self, rungs: Sequence[Rung], planned: StepSeries, ordered: StepSeries, export: StepSeries
    ) -> None:
        """Play available import and export, and the capacity that is missing, by reason."""
        play, terminal, usable = self._site.play, self._terminal, ordered
        if self._interruptions_h:
            up = self._up(planned)
            usable, export = ordered * up, export * up
        left = usable
        for rung, offer in zip(rungs, self._offers, strict=False):
            size = left.capped(rung.power_mw)
            play(size, offer.state if self._split is None else self._split.state)
            left = left - size
        play(export, self._export.state)
        terminal.firm_mw.follow(ordered)
        terminal.limit("at import limit", Flow.IMPORT, none="without import").follow(usable)
        terminal.limit("at export limit", Flow.EXPORT).follow(export)
        missing = {
            IMPORT_LIMIT: planned.below_highest(),
            GRID_OUTAGE: ordered - usable,
            GRID_ORDER: planned - ordered,
        }
        for reason, mw in missing.items():
            terminal.plan_outage(reason, mw)
            play(mw, self._site.bus.renew)  # a reason may change while the usable limit does not

    def _up(self, planned: StepSeries) -> StepSeries:
        """Whether the connection is up over the run, as 1 and 0; interruptions are noted."""
        note, name, service = self._site.note, self._name, self._site.service(self._name)
        at_s = 0.0 if service is None else service.inside_s[0]
        times_s = [0.0]
        for up_h, down_h in self._interruptions_h:
            begin_s = at_s + units.seconds(up_h)
            if begin_s >= self._site.horizon_s:
                break
            at_s = begin_s + units.seconds(down_h)
            times_s += [begin_s, at_s]
            note(name, "interruption", f"{down_h:.1f} h", planned.value_at(begin_s), at_s=begin_s)
            note(name, "restored", at_s=at_s)
        return StepSeries(np.array(times_s), np.resize([1.0, 0.0], len(times_s)))


class _Split:
    """The import of a connection with a target: what has been reached, up to the target, and above it."""

    def __init__(self, target: PeakTarget, *offers: Block) -> None:
        self._target = target
        self._offers = offers
        self._usable_mw = 0.0

    def state(self, usable_mw: float) -> None:
        """State the available import."""
        self._usable_mw = usable_mw
        self.restate()

    def restate(self) -> None:
        """State the blocks anew."""
        left_mw, charge_mw = self._usable_mw, self._target.free_mw
        free_mw = self._target.mw - charge_mw if charge_mw < inf else 0.0
        ends_mw = (charge_mw, free_mw, left_mw)
        for offer, most_mw in zip(self._offers, ends_mw, strict=True):
            mw = min(left_mw, most_mw)
            offer.state(mw)
            left_mw -= mw


def _drawn(spec: GridConnection, site: Site, name: str) -> list[tuple[float, float]]:
    """Interruptions: how long the connection is up before each, and down in it [h]."""
    found: list[tuple[float, float]] = []
    if not spec.interruptions_per_year:
        return found
    rng = site.rng(f"{name}/interruptions")
    up_mean_h = units.HOURS_PER_YEAR / spec.interruptions_per_year - spec.interruption_mean_h
    left_h = units.hours(site.horizon_s)
    while left_h >= 0.0:
        up_h = float(rng.exponential(up_mean_h))
        found.append((up_h, lognormal_h(rng, spec.interruption_mean_h)))
        left_h -= sum(found[-1])
    return found


def _size(limit_mw: StepSeries, horizon_s: float) -> str:
    """The import limit as text."""
    most_mw = limit_mw.highest(0.0, horizon_s)
    return f"{'' if len(limit_mw) == 1 else 'up to '}{units.rounded(most_mw)} MW"


def _with_orders(limit_mw: StepSeries, orders: Sequence[CurtailmentOrder]) -> StepSeries:
    """The import limit as it is planned, with the curtailment orders."""
    if not orders:
        return limit_mw
    begins_s = np.array([units.seconds(order.start_h) for order in orders])
    ends_s = begins_s + np.array([units.seconds(order.duration_h) for order in orders])
    times_s = np.unique(np.concatenate([limit_mw.times_s, begins_s, ends_s]))
    times_s = times_s[times_s < limit_mw.end_s]
    values = limit_mw.values_at(times_s)
    for begin_s, end_s, order in zip(begins_s, ends_s, orders, strict=True):
        within = (begin_s <= times_s) & (times_s < end_s)
        values = np.where(within, np.minimum(values, order.limit_mw), values)
    return StepSeries(times_s, values, limit_mw.end_s)
