"""The terms of an agreement in a run: when it holds, its price, and its power."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from sim.books.metered import Metered
from sim.site import Site
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import Array, StepSeries
from sim.units import SECONDS_PER_HOUR

_FEBRUARY_29 = (2, 29)


@dataclass(frozen=True)
class Terms:
    """What an agreement says of each instant of a run.

    Attributes:
        is_on: Whether it holds, as 1 and 0.
        usd_per_mwh: Its price, escalation included.
        contracted_mw: Its power, ramp-in included; 0 while it does not hold.
    """

    is_on: StepSeries
    usd_per_mwh: StepSeries
    contracted_mw: StepSeries

    def cuts(self) -> tuple[StepSeries, ...]:
        """Series at whose changes metered intervals are split."""
        return self.is_on, self.usd_per_mwh, self.contracted_mw

    def contracted_mwh(self, metered: Metered) -> Array:
        """Contracted energy of each interval."""
        return self.contracted_mw.integrals(metered.edges_s) / SECONDS_PER_HOUR

    def within(self, metered: Metered, mwh: Array) -> Array:
        """Energy of the intervals in which it holds; 0 in others."""
        return mwh * self.is_on.values_at(metered.edges_s[:-1])


def spans(site: Site, begin_s: float, end_s: float) -> StepSeries:
    """1 between two elapsed seconds, 0 outside, over a run."""
    begin_s, end_s = max(begin_s, 0.0), min(end_s, site.horizon_s)
    if begin_s >= end_s:
        return StepSeries(np.zeros(1), np.zeros(1))
    steps = {0.0: 0.0, end_s: 0.0, begin_s: 1.0}
    times_s = sorted(steps)
    return StepSeries(np.array(times_s), np.array([steps[t_s] for t_s in times_s]))


def escalated(site: Site, begin_s: float, pu_per_year: float) -> StepSeries:
    """The factor on a price that rises at each anniversary of its beginning, over a run.

    Args:
        site: The site.
        begin_s: Elapsed second of the beginning.
        pu_per_year: Rise in a year.
    """
    begin, times_s, factors = site.calendar.at(begin_s), [], []
    year = 0
    while (at_s := anniversary_s(site.calendar, begin, year)) < site.horizon_s:
        if at_s <= 0.0:
            times_s, factors = [0.0], [(1.0 + pu_per_year) ** year]
        else:
            times_s.append(at_s)
            factors.append((1.0 + pu_per_year) ** year)
        year += 1
    if not times_s or times_s[0] > 0.0:
        times_s, factors = [0.0, *times_s], [1.0, *factors]
    return StepSeries(np.array(times_s), np.array(factors))


def anniversary_s(calendar: Calendar, begin: datetime, years: int) -> float:
    """Elapsed second of an anniversary; that of 29 February is 1 March."""
    if (begin.month, begin.day) == _FEBRUARY_29:
        begin = begin.replace(month=3, day=1)
    return calendar.elapsed_s(begin.replace(year=begin.year + years))
