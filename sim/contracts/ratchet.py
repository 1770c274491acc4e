"""The ratchet: the billed demand of a month is at least a share of the highest demand of other months."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Field

from sim import units
from sim.spec import Spec
from sim.timeseries.series import Array
from sim.units import MONTHS_PER_YEAR

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_LONGEST = 11
"""Months before the present one in a year."""


def _by_month(peaks_mw: dict[str, float]) -> dict[str, float]:
    """Refuse peaks that are not of a month."""
    if not all(map(_MONTH.fullmatch, peaks_mw)):
        raise ValueError('allowed: a year and a month for each peak, such as "2024-08"')
    return peaks_mw


PeaksBefore = Annotated[dict[str, units.MW], AfterValidator(_by_month)]
"""Highest demand of months before a run, by year and month."""


class Ratchet(Spec):
    """A floor on the billed demand: a share of the highest demand measured in the months before.

    Months before the run count if they are given in `peaks_before_mw`; a bill for a year that repeats has
    that year's own peaks there.
    """

    share_pu: units.Fraction
    """Share of the highest demand that is billed at least, such as 0.75."""
    last_months: Annotated[int, Field(strict=True, ge=1, le=_LONGEST)] = _LONGEST
    """How many months before the present one count. Default: 11, which makes a year with it."""
    months: (
        Annotated[tuple[Annotated[int, Field(strict=True, ge=1, le=12)], ...], Field(min_length=1)] | None
    ) = None
    """Only these months count, 1 for January, such as those of summer. Default: all."""
    peaks_before_mw: PeaksBefore = Field(default_factory=dict)
    """Highest demand of months before the run by month, such as `"2024-08": 71.3`. Default: none, so that the
    first months have no floor."""

    def billed_mw(self, months: list[datetime], measured_mw: Array) -> Array:
        """Billed demand of each month.

        Args:
            months: Local beginning of each month of the run.
            measured_mw: Highest demand measured in each.
        """
        first = _number(months[0])
        known = {first + at: mw for at, mw in enumerate(measured_mw.tolist())}
        for month, mw in self.peaks_before_mw.items():
            year, number = map(int, month.split("-"))
            known.setdefault(year * MONTHS_PER_YEAR + number - 1, mw)
        billed = measured_mw.copy()
        for at in range(len(months)):
            before = [
                known[month]
                for month in range(first + at - self.last_months, first + at)
                if month in known and (self.months is None or month % MONTHS_PER_YEAR + 1 in self.months)
            ]
            billed[at] = max(billed[at], self.share_pu * max(before, default=0.0))
        return np.asarray(billed)


def _number(month: datetime) -> int:
    """A month counted from January of year 0."""
    return month.year * MONTHS_PER_YEAR + month.month - 1
