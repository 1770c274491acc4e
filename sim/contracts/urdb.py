"""A tariff of the OpenEI Utility Rate Database, read from a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, cast

import numpy as np
from pydantic import Field

from sim.contracts.charge import Charge
from sim.contracts.charges import Charges
from sim.contracts.demand_charge import DemandCharge
from sim.contracts.energy_charge import ENERGY_CHARGE, EXPORT_REVENUE, TieredEnergyCharge
from sim.contracts.fixed_charge import Every, FixedCharge
from sim.contracts.ratchet import PeaksBefore, Ratchet
from sim.contracts.rates import IntervalMinutes
from sim.contracts.tariff import Tariff
from sim.contracts.tiers import Tiers
from sim.contracts.urdb_fields import Period, Schedule
from sim.contracts.urdb_record import Record, read_record
from sim.site import Site
from sim.timeseries.public_holidays import Country
from sim.timeseries.series import StepSeries, constant
from sim.timeseries.standard_time import StandardTime
from sim.timeseries.time_of_use import with_sundays
from sim.units import MONTHS_PER_YEAR, SECONDS_PER_MINUTE, SECONDS_PER_QUARTER

_SATURDAY = 5
_AT_ANY_TIME = "at any time"
FUEL_ADJUSTMENT = "fuel adjustment"


class UrdbTariff(Tariff):
    """A tariff by a record of the OpenEI Utility Rate Database, version 8.

    Periods are in local standard time, months by the local clock. Energy tiers count in the order of time,
    over all periods of the month or day. Imports are dispatched at the rate of the last tier, exports at the
    sell rate of the first. `dcgrid show FILE` shows a record, and what of it is not billed.
    """

    kind: Literal["urdb"] = "urdb"
    file: Path
    """JSON file with the record, as the database's interface answers."""
    label: str | None = None
    """Label of the record, if the file holds several. Default: it holds one."""
    holidays: Country | None = None
    """Country whose public holidays have the weekend's periods. Default: none."""
    demand_interval_min: IntervalMinutes | None = None
    """Length of a demand interval. Default: as the record says, or 15 minutes."""
    peaks_before_mw: PeaksBefore = Field(default_factory=dict)
    """Highest demand of months before the run, for a ratchet, such as `"2024-08": 71.3`. Default: none."""

    def charges(self, site: Site) -> Charges:
        """The charges and dispatch prices for a run."""
        record = self.record()
        if self.peaks_before_mw and not record.lookback_pu:
            raise self.refuse("peaks_before_mw", "none, because the record has no ratchet")
        schedules = _Schedules(site, self.holidays)
        energy = schedules.series(record.energy_schedule)
        buy = _priced(energy, [period.tiers.usd[-1] for period in record.energy])
        if record.fuel_usd_per_mwh:
            buy = buy + _priced(schedules.months(), [*record.fuel_usd_per_mwh])
        sell = _priced(energy, [period.sell.usd[0] for period in record.energy])
        charges = [*self._energy(record, schedules), *self._demand(record, schedules)]
        if record.fixed_usd:
            charges.append(FixedCharge(record.fixed_usd, cast("Every", record.fixed_every)))
        return Charges(
            buy,
            sell,
            tuple(charges),
            record.least_usd,
            cast("Every", record.least_every),
            self.counterparty or record.utility,
            record.doubts,
        )

    def record(self) -> Record:
        """The record.

        Raises:
            SpecError: If the file cannot be read, or the record cannot be understood.
        """
        return read_record(self.file, self.label)

    def _energy(self, record: Record, schedules: _Schedules) -> Iterator[Charge]:
        periods = schedules.series(record.energy_schedule)
        unit = next((period.unit for period in record.energy if len(period.tiers.until) > 1), "")
        tiers = tuple(period.tiers for period in record.energy)
        daily, per_mw = "daily" in unit, "/" in unit
        interval_s = self._interval_s(record)
        yield TieredEnergyCharge(ENERGY_CHARGE, periods, tiers, daily, per_mw, interval_s)
        if any(any(period.sell.usd) for period in record.energy):
            sold = tuple(period.sell for period in record.energy)
            yield TieredEnergyCharge(EXPORT_REVENUE, periods, sold, daily, per_mw, interval_s, is_sold=True)
        if any(record.fuel_usd_per_mwh):
            flat = tuple(Tiers.flat(usd) for usd in record.fuel_usd_per_mwh)
            yield TieredEnergyCharge(FUEL_ADJUSTMENT, schedules.months(), flat)

    def _demand(self, record: Record, schedules: _Schedules) -> Iterator[Charge]:
        interval_s, ratchet = self._interval_s(record), self._ratchet(record)
        for number, period in enumerate(record.flat_demand):
            months = tuple(at for at, flat in enumerate(record.flat_months, start=1) if flat == number)
            daily = "daily" in period.unit
            yield DemandCharge(
                (period.tiers,),
                None,
                interval_s,
                label=_AT_ANY_TIME,
                months=months,
                ratchet=ratchet,
                is_daily=daily,
            )
        scheduled = (
            (record.demand, record.demand_schedule, "time of use"),
            (record.coincident, record.coincident_schedule, "coincident"),
        )
        for periods, schedule, label in scheduled:
            if schedule is not None:
                yield self._scheduled(periods, schedules.series(schedule), label, interval_s, ratchet)

    def _scheduled(
        self,
        periods: tuple[Period, ...],
        series: StepSeries,
        label: str,
        interval_s: float,
        ratchet: Ratchet | None,
    ) -> DemandCharge:
        """A demand charge by period."""
        tiers = tuple(period.tiers for period in periods)
        daily = any("daily" in period.unit for period in periods if any(period.tiers.usd))
        return DemandCharge(tiers, series, interval_s, label=label, ratchet=ratchet, is_daily=daily)

    def _interval_s(self, record: Record) -> float:
        minutes = self.demand_interval_min or record.window_min
        return SECONDS_PER_QUARTER if minutes is None else minutes * SECONDS_PER_MINUTE

    def _ratchet(self, record: Record) -> Ratchet | None:
        if not record.lookback_pu:
            return None
        last = {} if record.lookback_range is None else {"last_months": record.lookback_range}
        return Ratchet(
            share_pu=record.lookback_pu,
            months=record.lookback_months if record.lookback_range is None else None,
            peaks_before_mw=self.peaks_before_mw,
            **last,
        )


class _Schedules:
    """Periods over a run, by the hour and weekday of local standard time and the month of the local clock.

    By the month of standard time, the first hour of a bill in summer would be in the period of the month
    before, and could be charged for demand in both.
    """

    def __init__(self, site: Site, holidays: str | None) -> None:
        time = StandardTime.of(site.calendar)
        self._horizon_s = site.horizon_s
        self._hours = with_sundays(time.hours(time.hour_starts(site.horizon_s)), holidays)
        self._month = site.calendar.months(self._hours.t_s) % MONTHS_PER_YEAR

    def series(self, schedule: Schedule) -> StepSeries:
        """Number of the period over the run."""
        month, hours = self._month, self._hours
        weekday, weekend = schedule.weekday[month, hours.hour], schedule.weekend[month, hours.hour]
        return self._made(np.where(hours.weekday < _SATURDAY, weekday, weekend).astype(np.float64))

    def months(self) -> StepSeries:
        """Number of the calendar month over the run, 0 for January."""
        return self._made(self._month.astype(np.float64))

    def _made(self, numbers: np.ndarray[tuple[int], np.dtype[np.float64]]) -> StepSeries:
        is_new = np.append(True, numbers[1:] != numbers[:-1])
        return StepSeries(self._hours.t_s[is_new], numbers[is_new], self._horizon_s)


def _priced(periods: StepSeries, usd_per_mwh: list[float]) -> StepSeries:
    """The price of each period over a run."""
    if len(usd_per_mwh) == 1:
        return constant(usd_per_mwh[0])
    return StepSeries(periods.times_s, np.array(usd_per_mwh)[periods.values.astype(np.int64)], periods.end_s)
