"""Rates: a tariff written down by its prices and charges."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import inf
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sim import units
from sim.contracts.charge import Charge
from sim.contracts.charges import Charges
from sim.contracts.demand_charge import DEMAND_CHARGE, EVERY_MONTH, CoincidentCharge, DemandCharge
from sim.contracts.energy_charge import EnergyCharge
from sim.contracts.fixed_charge import FixedCharge
from sim.contracts.ratchet import Ratchet
from sim.contracts.tariff import Tariff
from sim.contracts.tiers import Tiers
from sim.errors import Problem, SpecError
from sim.site import Site
from sim.spec import Spec
from sim.timeseries.instant import Instant, elapsed_s
from sim.timeseries.profile import PriceProfile
from sim.timeseries.public_holidays import Country
from sim.timeseries.series import StepSeries
from sim.timeseries.time_of_use import LocalHours, with_sundays
from sim.units import SECONDS_PER_MINUTE

_MOST = 1000
Month = Annotated[int, Field(strict=True, ge=1, le=12)]
IntervalMinutes = Literal[15, 30, 60]


class DemandTier(Spec):
    """A rate for the demand above that of the tier before."""

    up_to_mw: units.MW | None = None
    """Demand at which the tier ends. Default: none; it is the last one."""
    usd_per_mw_month: units.UsdPerMWMonth
    """Charge on the demand in the tier."""


class Demand(Spec):
    """A charge on the highest mean import over a demand interval of each local month.

    A partial month is charged in full.
    """

    name: Annotated[str, Field(min_length=1, max_length=80)] = DEMAND_CHARGE
    """Name of its line of the bill, such as `facility charge`."""
    usd_per_mw_month: units.UsdPerMWMonth | None = None
    """Charge on each megawatt of demand. Default: that of `tiers`."""
    tiers: Annotated[tuple[DemandTier, ...], Field(max_length=_MOST)] = ()
    """Rates by demand, lowest first. Default: one rate."""
    windows: Annotated[tuple[LocalHours, ...], Field(max_length=_MOST)] = ()
    """Local hours in which demand counts, also for the ratchet. Default: all hours."""
    months: Annotated[tuple[Month, ...], Field(min_length=1)] = EVERY_MONTH
    """Months in which it is charged, 1 for January; the ratchet looks at all months. Default: all."""
    holidays: Country | None = None
    """Country whose public holidays count as Sundays for `windows`. Default: none."""
    interval_min: IntervalMinutes = 15
    """Length of a demand interval."""
    contracted_mw: units.MW = 0.0
    """Contracted capacity, for the minimum take."""
    least_pu: units.Fraction = 0.0
    """Share of the contracted capacity that is billed at least, such as 0.85. Default: none."""
    ratchet: Ratchet | None = None
    """Share of the peaks of earlier months that is billed at least. Default: none."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.usd_per_mw_month is None) == (not self.tiers):
            raise self.refuse("usd_per_mw_month", "a rate or tiers, and not both")
        ends = [inf if tier.up_to_mw is None else tier.up_to_mw for tier in self.tiers]
        if self.tiers and not (ends[-1] == inf and all(low < high for low, high in pairwise([0.0, *ends]))):
            raise self.refuse("tiers", "increasing up_to_mw; the last tier has none")
        if self.least_pu and not self.contracted_mw:
            raise self.refuse("contracted_mw", "above 0 MW, because least_pu is a share of it")
        return self

    def charge(self, site: Site) -> DemandCharge:
        """The charge for a run."""
        tiers = Tiers.flat(self.usd_per_mw_month or 0.0)
        if self.tiers:
            tiers = Tiers(
                tuple(inf if tier.up_to_mw is None else tier.up_to_mw for tier in self.tiers),
                tuple(tier.usd_per_mw_month for tier in self.tiers),
            )
        periods = self._periods(site) if self.windows else None
        return DemandCharge(
            (tiers,) if periods is None else (Tiers.flat(0.0), tiers),
            periods,
            self.interval_min * SECONDS_PER_MINUTE,
            self.name,
            months=self.months,
            least_mw=self.contracted_mw * self.least_pu,
            ratchet=self.ratchet,
        )

    def _periods(self, site: Site) -> StepSeries:
        """1 in the windows, 0 outside."""
        hours = with_sundays(site.calendar.hour_starts(site.horizon_s), self.holidays)
        inside = np.zeros(len(hours.t_s), dtype=bool)
        for window in self.windows:
            inside |= window.applies(hours)
        return StepSeries(hours.t_s, inside.astype(np.float64), site.horizon_s)


class CoincidentPeak(Spec):
    """A charge on the highest demand at given hours, charged once, in the month of that demand."""

    usd_per_mw: units.UsdPerMWMonth
    """The charge."""
    hours: Annotated[tuple[Instant, ...], Field(min_length=1, max_length=_MOST)]
    """When each hour begins: a local time, or days after the start of the run."""

    def charge(self, site: Site) -> CoincidentCharge:
        """The charge for a run."""
        try:
            hours_s = [elapsed_s(hour, site.calendar) for hour in self.hours]
        except ValueError as error:
            raise SpecError(self.title(), [Problem(("hours",), str(error))]) from None
        return CoincidentCharge(self.usd_per_mw, np.array(hours_s))


class Fixed(Spec):
    """An amount that does not depend on power or energy, such as a facility or reactive charge."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    """Name of its line of the bill."""
    usd: units.Usd
    """The amount."""
    every: Literal["day", "month", "year"] = "month"
    """What it is for; of a part of it the share that the run covers."""


class Rates(Tariff):
    """A tariff written down by its prices and charges."""

    kind: Literal["rates"] = "rates"
    import_price_usd_per_mwh: PriceProfile
    """Energy charge."""
    export_price_usd_per_mwh: PriceProfile = 0.0
    """Price paid for exported energy. Default: none."""
    demand: Annotated[tuple[Demand, ...], Field(max_length=_MOST)] = ()
    """Demand charges."""
    coincident: Annotated[tuple[CoincidentPeak, ...], Field(max_length=_MOST)] = ()
    """Charges on the demand at the hours of the grid's peak."""
    fixed: Annotated[tuple[Fixed, ...], Field(max_length=_MOST)] = ()
    """Fixed lines."""
    least_usd_per_month: units.Usd = 0.0
    """Least amount of a month's bill. Default: none."""

    def charges(self, site: Site) -> Charges:
        """The charges and dispatch prices for a run."""
        buy, sell = (
            site.series(self, field) for field in ("import_price_usd_per_mwh", "export_price_usd_per_mwh")
        )
        return Charges(
            buy,
            sell,
            (EnergyCharge(buy, sell), *self._others(site)),
            self.least_usd_per_month,
            counterparty=self.counterparty,
        )

    def _others(self, site: Site) -> Iterable[Charge]:
        for demand in self.demand:
            yield demand.charge(site)
        for peak in self.coincident:
            yield peak.charge(site)
        for line in self.fixed:
            yield FixedCharge(line.usd, line.every, line.name)
