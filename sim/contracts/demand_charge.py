"""Demand charges: the highest mean power of a month, of a period of time, or at given hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sim.books.metered import Metered
from sim.contracts.charge import Charge
from sim.contracts.contract import BillLine
from sim.contracts.ratchet import Ratchet
from sim.contracts.tiers import Tiers, joined
from sim.timeseries.series import Array, StepSeries
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_QUARTER

DEMAND_CHARGE = "demand charge"
EVERY_MONTH = tuple(range(1, 13))


@dataclass(frozen=True)
class DemandCharge(Charge):
    """A charge on the highest demand of each month in each period of time; a partial month is charged whole.

    Attributes:
        tiers: Rates of each period by demand [USD/MW].
        periods: Number of the period over time; None if there is one, all the time.
        interval_s: Length of a demand interval: a quarter, half or whole hour.
        name: Name of its lines.
        label: What it is, for its lines; may be empty.
        months: Calendar months in which it is charged, 1 for January; the ratchet looks at all months.
        least_mw: Demand billed at least: the minimum take.
        ratchet: Another floor on the billed demand; None without one.
        is_daily: Whether the peak of each day is charged, not that of the month.
    """

    tiers: tuple[Tiers, ...]
    periods: StepSeries | None = None
    interval_s: float = SECONDS_PER_QUARTER
    name: str = DEMAND_CHARGE
    label: str = ""
    months: tuple[int, ...] = EVERY_MONTH
    least_mw: float = 0.0
    ratchet: Ratchet | None = None
    is_daily: bool = False

    @property
    def highest_usd(self) -> float:
        """Highest rate of its periods and tiers [USD/MW]."""
        return max((usd for tiers in self.tiers for usd in tiers.usd), default=0.0)

    def floor_mw(self, months: list[datetime], peaks_mw: list[float]) -> float:
        """Demand that is billed in the last of some months, whatever is drawn in it [MW].

        Args:
            months: Local beginning of each month so far.
            peaks_mw: Highest demand of each; that of the last one does not count.
        """
        measured = np.array([*peaks_mw[:-1], 0.0])
        billed = measured if self.ratchet is None else self.ratchet.billed_mw(months, measured)
        return max(self.least_mw, float(billed[-1]))

    def lines(self, metered: Metered) -> list[BillLine]:
        """A line for each period and tier that has a rate."""
        begins_s = metered.demand_edges_s(self.interval_s)[:-1]
        mw = metered.demand_mw(self.interval_s)
        period = self._period(begins_s)
        month = metered.month_of(begins_s)
        lines = []
        for number, tiers in enumerate(self.tiers):
            if not any(tiers.usd):
                continue
            here = period == number
            label = joined(self.label, f"period {number}" if self.periods is not None else "")
            if self.is_daily:
                here &= self._charged(metered)[month]
                lines += self._daily(metered, begins_s[here], mw[here], tiers, label)
            else:
                lines += self._monthly(metered, month[here], mw[here], tiers, label)
        return lines

    def _period(self, begins_s: Array) -> NDArray[np.int64]:
        """Number of the period of each demand interval."""
        if self.periods is None:
            return np.zeros(len(begins_s), dtype=np.int64)
        return self.periods.values_at(begins_s).astype(np.int64)

    def _charged(self, metered: Metered) -> NDArray[np.bool_]:
        """Whether each month of the run is charged."""
        return np.array([begin.month in self.months for begin in metered.months])

    def _monthly(
        self, metered: Metered, month: NDArray[np.int64], mw: Array, tiers: Tiers, label: str
    ) -> list[BillLine]:
        """The lines of a charge on the peak of each month that is charged."""
        measured = np.zeros(len(metered.month_edges_s) - 1)
        np.maximum.at(measured, month, mw)
        billed = measured if self.ratchet is None else self.ratchet.billed_mw(metered.months, measured)
        is_there = self._charged(metered) & np.isin(np.arange(len(measured)), month)
        billed = np.where(is_there, np.maximum(billed, self.least_mw), 0.0)
        return self._tiered(tiers, label, billed, measured)

    def _daily(
        self, metered: Metered, begins_s: Array, mw: Array, tiers: Tiers, label: str
    ) -> list[BillLine]:
        """The lines of a charge on the peak of each local day."""
        hours = metered.calendar.hour_starts(float(metered.edges_s[-1]))
        day = hours.day[np.searchsorted(hours.t_s, begins_s, side="right") - 1]
        days, place = np.unique(day, return_inverse=True)
        peaks = np.zeros(len(days))
        np.maximum.at(peaks, place, mw)
        month = np.zeros(len(days), dtype=np.int64)
        month[place] = metered.month_of(begins_s)
        parts = tiers.parts(np.zeros(len(days)), np.maximum(peaks, self.least_mw))
        months = len(metered.month_edges_s) - 1
        lines = []
        for tier, (part, usd) in enumerate(zip(parts, tiers.usd, strict=True)):
            quantity = np.bincount(month, weights=part, minlength=months).astype(np.float64)
            detail = joined(label, "sum of daily peaks", tiers.label(tier))
            lines.append(BillLine(self.name, usd * quantity, detail, "MW", quantity, usd))
        return lines

    def _tiered(self, tiers: Tiers, label: str, billed: Array, measured: Array) -> list[BillLine]:
        parts = tiers.parts(np.zeros(len(billed)), billed)
        return [
            BillLine(
                self.name,
                usd * part,
                joined(label, tiers.label(tier)),
                "MW",
                part,
                usd,
                measured if len(tiers.usd) == 1 else None,
            )
            for tier, (part, usd) in enumerate(zip(parts, tiers.usd, strict=True))
        ]


@dataclass(frozen=True)
class CoincidentCharge(Charge):
    """A charge on the highest demand at given hours, such as those of the grid's peak.

    It is charged once, in the month of that demand.

    Attributes:
        usd_per_mw: The rate.
        hours_s: Elapsed seconds at which each of these hours begins.
        interval_s: Length of a demand interval.
    """

    usd_per_mw: float
    hours_s: Array
    interval_s: float = SECONDS_PER_QUARTER

    def lines(self, metered: Metered) -> list[BillLine]:
        """Its line, if any of the hours lies in the run."""
        begins_s, mw = metered.demand_edges_s(self.interval_s)[:-1], metered.demand_mw(self.interval_s)
        inside = np.zeros(len(begins_s), dtype=bool)
        for hour_s in self.hours_s.tolist():
            inside |= (begins_s >= hour_s) & (begins_s < hour_s + SECONDS_PER_HOUR)
        if not inside.any():
            return []
        at = int(np.flatnonzero(inside)[mw[inside].argmax()])
        quantity = np.zeros(len(metered.month_edges_s) - 1)
        quantity[metered.month_of(begins_s[at : at + 1])[0]] = mw[at]
        rate = self.usd_per_mw
        return [BillLine(DEMAND_CHARGE, rate * quantity, "coincident peak", "MW", quantity, rate)]
