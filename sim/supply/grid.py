"""The grid connection: import and export within limits, at prices that vary over time."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from simpy import Event

from sim import units
from sim.bus.account import Reading
from sim.bus.description import Description
from sim.bus.flows import Flow
from sim.contracts.carbon import meter_carbon
from sim.contracts.contract import settle
from sim.contracts.imports import Imports
from sim.contracts.tariff import Tariff
from sim.plant.outages import lognormal_h
from sim.site import Site, Source
from sim.spec import Spec
from sim.timeseries.profile import CarbonProfile, FractionProfile, MWProfile, PriceProfile
from sim.timeseries.series import Array, StepSeries

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
    carbon_kgco2_per_mwh: CarbonProfile = 373.0
    """Location-based average carbon intensity. Default: 823 lb/MWh, US average of EPA eGRID 2022."""
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
        if self.interruptions_per_year * self.interruption_mean_h >= units.HOURS_PER_YEAR:
            most = units.HOURS_PER_YEAR / self.interruption_mean_h
            raise self.refuse(
                "interruptions_per_year",
                f"below {most:g} 1/a; more interruptions of {self.interruption_mean_h:g} h fill the year",
            )
        return self

    def start(self, site: Site, name: str) -> None:
        """Connect to the bus and follow limits, prices, interruptions and orders."""
        _Connection(self, site, name)


class _Connection:
    """The state of a grid connection."""

    def __init__(self, spec: GridConnection, site: Site, name: str) -> None:
        def series(field: str) -> StepSeries:
            return site.series(spec, field)

        self._site = site
        self._name = name
        self._limit_mw = self._highest_mw = 0.0
        self._ordered_mw: list[float] = []
        self._down = False
        self._export_limit_mw = 0.0
        self._export_price = self._carbon = 0.0
        imports = series("import_limit_mw")
        tariff = Tariff(
            series("import_price_usd_per_mwh"),
            series("export_price_usd_per_mwh"),
            spec.demand_charge_usd_per_mw_month,
        )
        self._terminal = terminal = site.terminal(
            name, Description(label="grid", size=_size(imports, site.horizon_s), colour="grid")
        )
        self._rungs = [(rung, terminal.offer(0.0, Flow.IMPORT, Flow.HEADROOM)) for rung in tariff.ladder()]
        self._prices = [0.0] * len(self._rungs)
        self._export = terminal.bid(0.0, Flow.EXPORT, None, EXPORT_LIMIT)
        self._most_import_mw = terminal.limit("at import limit", Flow.IMPORT, none="without import")
        self._most_export_mw = terminal.limit("at export limit", Flow.EXPORT)
        terminal.clean_pu = series("clean_pu")
        carbon = series("carbon_kgco2_per_mwh")
        self._meter(carbon)
        carbon_cost = carbon.scaled(site.carbon_usd_per_kg)
        limit_mw = _with_orders(imports, spec.orders)
        site.common(Imports).add(tariff.import_usd_per_mwh, carbon_cost, carbon, limit_mw)
        settle(site, terminal, tariff, [offer for _, offer in self._rungs], [self._export])
        for at, (rung, _) in enumerate(self._rungs):
            site.play(rung.usd_per_mwh, partial(self._set_price, at))
        site.play(tariff.export_usd_per_mwh, self._set_export_price)
        site.play(imports, self._set_limit)
        site.play(series("export_limit_mw"), self._set_export_limit)
        if site.carbon_usd_per_kg:
            site.play(carbon, self._set_carbon)
        for order in spec.orders:
            site.process(self._obey(order))
        if spec.interruptions_per_year:
            site.process(self._interrupt(spec))

    def _meter(self, carbon: StepSeries) -> None:
        def kg_per_h(rows: Reading) -> Array:
            drawn = sum((rows.accepted_mw(offer) for _, offer in self._rungs), np.zeros(len(rows.t_s)))
            return drawn * carbon.values_at(rows.t_s)

        meter_carbon(self._site, self._terminal, kg_per_h, carbon)

    def _set_price(self, at: int, usd_per_mwh: float) -> None:
        self._prices[at] = usd_per_mwh
        self._reprice()

    def _set_export_price(self, usd_per_mwh: float) -> None:
        self._export_price = usd_per_mwh
        self._reprice()

    def _set_carbon(self, kgco2_per_mwh: float) -> None:
        self._carbon = kgco2_per_mwh * self._site.carbon_usd_per_kg
        self._reprice()

    def _reprice(self) -> None:
        for (_, offer), price in zip(self._rungs, self._prices, strict=True):
            offer.reprice(price + self._carbon)
        self._export.reprice(min(self._export_price, min(self._prices) + self._carbon))

    def _set_limit(self, mw: float) -> None:
        self._limit_mw = mw
        self._highest_mw = max(self._highest_mw, mw)
        self._state()

    def _set_export_limit(self, mw: float) -> None:
        self._export_limit_mw = mw
        self._state()

    def _state(self) -> None:
        """State available import and export, and missing capacity by reason."""
        ordered_mw = min(self._limit_mw, *self._ordered_mw) if self._ordered_mw else self._limit_mw
        usable_mw = 0.0 if self._down else ordered_mw
        fed_mw = 0.0 if self._down else self._export_limit_mw
        left_mw = usable_mw
        for rung, offer in self._rungs:
            offer.state(min(rung.power_mw, left_mw))
            left_mw -= offer.mw
        self._export.state(fed_mw)
        terminal = self._terminal
        terminal.firm_mw.state(ordered_mw)
        self._most_import_mw.state(usable_mw)
        self._most_export_mw.state(fed_mw)
        terminal.declare_outage(IMPORT_LIMIT, self._highest_mw - self._limit_mw)
        terminal.declare_outage(GRID_OUTAGE, ordered_mw - usable_mw)
        terminal.declare_outage(GRID_ORDER, self._limit_mw - ordered_mw)

    def _obey(self, order: CurtailmentOrder) -> Generator[Event, None, None]:
        yield self._site.wait_h(order.start_h)
        self._site.note(self._name, "curtailment order", f"limit {order.limit_mw:g} MW", order.limit_mw)
        self._ordered_mw.append(order.limit_mw)
        self._state()
        yield self._site.wait_h(order.duration_h)
        self._ordered_mw.remove(order.limit_mw)
        self._state()

    def _interrupt(self, spec: GridConnection) -> Generator[Event, None, None]:
        rng = self._site.rng(f"{self._name}/interruptions")
        up_mean_h = units.HOURS_PER_YEAR / spec.interruptions_per_year - spec.interruption_mean_h
        while True:
            yield self._site.wait_h(float(rng.exponential(up_mean_h)))
            duration_h = lognormal_h(rng, spec.interruption_mean_h)
            self._site.note(self._name, "interruption", f"{duration_h:.1f} h", self._limit_mw)
            self._down = True
            self._state()
            yield self._site.wait_h(duration_h)
            self._down = False
            self._state()
            self._site.note(self._name, "restored")


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
