"""Fixed charges: amounts that do not depend on power or energy, and the least amount of a bill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

import numpy as np

from sim.books.metered import Metered
from sim.contracts.charge import Charge
from sim.contracts.contract import BillLine
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import Array
from sim.units import MONTHS_PER_YEAR

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
    """How many local days, months or years each local month of the run is, as far as the run covers it.

    A day with a change of the clock and a leap year count as one, too.
    """
    at = [_place(metered.calendar, t_s, every) for t_s in metered.month_edges_s.tolist()]
    return np.array([last - first + (until - since) for (first, since), (last, until) in pairwise(at)])


def _place(calendar: Calendar, t_s: float, every: Every) -> tuple[int, float]:
    """Number of the local day, month or year of an elapsed second, and what share of it is over."""
    moment = calendar.at(t_s)
    number, begin, end = _period(moment, every)
    begin_s, end_s = calendar.elapsed_s(begin), calendar.elapsed_s(end)
    return number, (t_s - begin_s) / (end_s - begin_s)


def _period(moment: datetime, every: Every) -> tuple[int, datetime, datetime]:
    """Number, begin and end of the local day, month or year of a moment."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if every == "day":
        return moment.toordinal(), midnight, midnight + timedelta(days=1)
    first = midnight.replace(day=1)
    if every == "year":
        return moment.year, first.replace(month=1), first.replace(year=moment.year + 1, month=1)
    over, month = divmod(moment.month, MONTHS_PER_YEAR)
    number = moment.year * MONTHS_PER_YEAR + moment.month
    return number, first, first.replace(year=moment.year + over, month=month + 1)
