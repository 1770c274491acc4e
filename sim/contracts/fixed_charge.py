"""Fixed charges: amounts that do not depend on power or energy, and the least amount of a bill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.books.metered import Metered
from sim.contracts.charge import Charge
from sim.contracts.contract import BillLine
from sim.timeseries.series import Array
from sim.units import DAYS_PER_YEAR, HOURS_PER_DAY, MONTHS_PER_YEAR, SECONDS_PER_HOUR

FIXED_CHARGE = "fixed charge"
MINIMUM_CHARGE = "minimum charge"
Every = Literal["day", "month", "year"]


@dataclass(frozen=True)
class FixedCharge(Charge):
    """An amount for each day, month or year; of a partial month the share that the run covers.

    Attributes:
        usd: The amount.
        every: What it is for.
        name: Name of its line.
    """

    usd: float
    every: Every = "month"
    name: str = FIXED_CHARGE

    def lines(self, metered: Metered) -> list[BillLine]:
        """Its line."""
        quantity = counted(metered, self.every)
        return [BillLine(self.name, self.usd * quantity, "", self.every, quantity, self.usd)]


def counted(metered: Metered, every: Every) -> Array:
    """How many days, months or years each local month of the run is, as far as the run covers it."""
    if every == "day":
        return metered.month_h / HOURS_PER_DAY
    if every == "year":
        return metered.month_h / (HOURS_PER_DAY * DAYS_PER_YEAR)
    return whole_months(metered)


def whole_months(metered: Metered) -> Array:
    """Share of each local month that the run covers."""
    elapsed_s, whole_s = metered.calendar.elapsed_s, []
    for begin in metered.months:
        first = begin.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        over, month = divmod(first.month, MONTHS_PER_YEAR)
        end = first.replace(year=first.year + over, month=month + 1)
        whole_s.append(elapsed_s(end) - elapsed_s(first))
    return np.asarray(np.minimum(metered.month_h * SECONDS_PER_HOUR / np.array(whole_s), 1.0))
