"""The draw of years: which recorded year each calendar year of a run has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from sim.timeseries.calendar import Calendar, zone_of
from sim.timeseries.series import Array, StepSeries

if TYPE_CHECKING:
    import numpy.typing as npt

WEATHER_YEAR = "weather year"
"""Event: a calendar year begins; its detail is the recorded year that the weather has in it."""


@dataclass(frozen=True, eq=False)
class YearDraw:
    """Which of several recorded years each calendar year of a run has.

    Calendar years are those of the campus's clock.

    Attributes:
        begins_s: Elapsed seconds at which each calendar year of the run begins; the first is 0.
        chosen: Place of the recorded year that each of them has, counted from 0.
        names: Names of the recorded years.
        offset_s: UTC offset of the standard time in which they are recorded [s].
    """

    begins_s: Array
    chosen: npt.NDArray[np.int64]
    names: tuple[str, ...]
    offset_s: float

    def at(self, t_s: Array) -> npt.NDArray[np.int64]:
        """Place of the recorded year at elapsed seconds; before the start that of the first calendar year."""
        return np.asarray(self.chosen[np.maximum(self.begins_s.searchsorted(t_s, "right") - 1, 0)])

    @property
    def said(self) -> tuple[str, ...]:
        """Name of the recorded year of each calendar year."""
        return tuple(self.names[place] for place in self.chosen)

    @property
    def numbers(self) -> StepSeries:
        """The calendar years of the run, counted from 0, as a step function."""
        return StepSeries(self.begins_s, np.arange(len(self.begins_s), dtype=np.float64))


def year_starts_s(calendar: Calendar, horizon_s: float) -> Array:
    """Starts of the calendar years of a run on the campus's clock [s]; the first is 0.

    Args:
        calendar: Defines the time of elapsed second 0.
        horizon_s: Length of the run [s].
    """
    zone = zone_of(calendar.timezone)
    years = range(calendar.at(0.0).year + 1, calendar.at(horizon_s).year + 1)
    starts_s = [calendar.elapsed_s(datetime(year, 1, 1, tzinfo=zone)) for year in years]
    return np.array([0.0, *(begin_s for begin_s in starts_s if begin_s < horizon_s)])
