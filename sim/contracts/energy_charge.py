"""Energy charges: energy drawn or fed, at a price that varies with time or with the amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.books.metered import Metered
from sim.contracts.charge import Charge
from sim.contracts.contract import BillLine
from sim.contracts.tiers import Tiers, joined
from sim.timeseries.series import Array, StepSeries
from sim.timeseries.times import Places
from sim.units import SECONDS_PER_QUARTER

ENERGY_CHARGE = "energy charge"
EXPORT_REVENUE = "export revenue"
_MOST_PRICES = 24
"""Most prices of a run of which each has a line of its own."""


def energy_lines(
    name: str, metered: Metered, mwh: Array, usd_per_mwh: StepSeries, *, sign: float = 1.0, what: str = ""
) -> list[BillLine]:
    """Energy at a price: a line for each price, or one with the mean of the month where they are many.

    Args:
        name: Name of the lines.
        metered: Gives the intervals.
        mwh: Energy of each interval.
        usd_per_mwh: The price.
        sign: -1 for revenue.
        what: What energy it is, for the lines; may be empty.
    """
    if usd_per_mwh.is_constant:
        prices = levels = usd_per_mwh.values
    else:
        prices = usd_per_mwh.values_at(metered.edges_s[:-1])
        levels = np.unique(prices)
    if len(levels) > _MOST_PRICES or len(levels) == 1:
        usd, quantity = sign * metered.by_month(mwh * prices), metered.by_month(mwh)
        rate = sign * float(levels[0]) if len(levels) == 1 else None
        return [
            BillLine(
                name, usd, what if rate is not None else joined(what, "mean rate"), "MWh", quantity, rate
            )
        ]
    lines = []
    for level in levels.tolist():
        quantity = metered.by_month(np.where(prices == level, mwh, 0.0))
        detail, rate = joined(what, f"at {level:g} USD/MWh"), sign * level
        lines.append(BillLine(name, rate * quantity, detail, "MWh", quantity, rate))
    return lines


@dataclass(frozen=True)
class EnergyCharge(Charge):
    """Energy drawn at a price, and energy fed at another.

    Attributes:
        import_usd_per_mwh: Price of energy drawn.
        export_usd_per_mwh: Price paid for energy fed.
    """

    import_usd_per_mwh: StepSeries
    export_usd_per_mwh: StepSeries

    @property
    def needs_demand(self) -> bool:
        """No."""
        return False

    def cuts(self) -> Sequence[StepSeries]:
        """Both prices."""
        return self.import_usd_per_mwh, self.export_usd_per_mwh

    def lines(self, metered: Metered) -> list[BillLine]:
        """The energy charge, and the revenue of exports."""
        return [
            *energy_lines(ENERGY_CHARGE, metered, metered.drawn_mwh, self.import_usd_per_mwh),
            *energy_lines(EXPORT_REVENUE, metered, metered.fed_mwh, self.export_usd_per_mwh, sign=-1.0),
        ]


@dataclass(frozen=True)
class TieredEnergyCharge(Charge):
    """Energy at rates that depend on a period of time and on how much came before.

    Energy counts in the order of time, over all periods, from the start of each local month or day; a run
    that begins within one begins with nothing.

    Attributes:
        name: Name of its lines.
        periods: Number of the period over time.
        tiers: Rates of each period; their ends are in MWh, or in MWh for each MW of the month's peak.
        is_daily: Whether energy is counted by day, not by month.
        is_per_mw: Whether the ends of the tiers are for each MW of the month's highest demand.
        demand_interval_s: Interval of that demand [s].
        is_sold: Whether the energy is that fed, and the amounts are revenue.
    """

    name: str
    periods: StepSeries
    tiers: tuple[Tiers, ...]
    is_daily: bool = False
    is_per_mw: bool = False
    demand_interval_s: float = SECONDS_PER_QUARTER
    is_sold: bool = False

    def cuts(self) -> Sequence[StepSeries]:
        """The periods."""
        return (self.periods,)

    def lines(self, metered: Metered) -> list[BillLine]:
        """A line for each period and tier."""
        mwh = metered.fed_mwh if self.is_sold else metered.drawn_mwh
        sign = -1.0 if self.is_sold else 1.0
        starts_s = metered.edges_s[:-1]
        period = self.periods.values_at(starts_s).astype(np.int64)
        before, scale = self._before(metered, mwh), self._scale(metered)
        lines = []
        for number, tiers in enumerate(self.tiers):
            here = np.flatnonzero(period == number)
            if not len(here):
                continue
            scale_here = scale[here] if isinstance(scale, np.ndarray) else scale
            parts = tiers.parts(before[here], mwh[here], scale_here)
            for tier, (part, usd) in enumerate(zip(parts, tiers.usd, strict=True)):
                whole = np.zeros(len(mwh))
                whole[here] = part
                quantity = metered.by_month(whole)
                detail = joined(f"period {number}" if len(self.tiers) > 1 else "", tiers.label(tier))
                lines.append(BillLine(self.name, sign * usd * quantity, detail, "MWh", quantity, sign * usd))
        return lines

    def _before(self, metered: Metered, mwh: Array) -> Array:
        """Energy before each interval in its month or day."""
        running = np.append(0.0, np.cumsum(mwh))[:-1]
        begins = self._day_begins(metered) if self.is_daily else metered.month_begins[:-1]
        first = begins[np.searchsorted(begins, np.arange(len(mwh)), side="right") - 1]
        return np.asarray(np.maximum(running - running[first], 0.0))

    def _day_begins(self, metered: Metered) -> Places:
        """Number of the interval with which each local day begins."""
        hours = metered.calendar.hour_starts(float(metered.edges_s[-1]))
        at = np.searchsorted(hours.t_s, metered.edges_s[:-1], side="right") - 1
        day = hours.day[at]
        return np.append(0, np.flatnonzero(np.diff(day)) + 1)

    def _scale(self, metered: Metered) -> Array | float:
        """Factor on the ends of the tiers, for each interval."""
        if not self.is_per_mw:
            return 1.0
        peaks = metered.highest_mw(self.demand_interval_s)
        return np.asarray(peaks[metered.month_of(metered.edges_s[:-1])])
