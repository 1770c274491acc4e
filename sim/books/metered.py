"""The metered energy of a contract by interval, from which its bill is computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sim.timeseries import segments
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import Array
from sim.timeseries.standard_time import StandardTime
from sim.timeseries.times import Places
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_QUARTER


@dataclass(frozen=True, eq=False)
class Metered:
    """Energy of one meter. Intervals are split at changes of price, month and quarter of an hour.

    Attributes:
        edges_s: Starts of the intervals, and the end of the last one.
        drawn_mwh: Energy imported, or delivered under an agreement, in each interval.
        fed_mwh: Energy exported in each interval.
        quarters_s: Starts of the quarters of an hour on the clock, and the end of the last one.
        month_edges_s: Starts of the local months, and the end of the last one.
        calendar: The calendar of the run.
        offered_mwh: Energy that was offered in each interval, whether it was taken or not; None unless the
            contract asks for it.
    """

    edges_s: Array
    drawn_mwh: Array
    fed_mwh: Array
    quarters_s: Array
    month_edges_s: Array
    calendar: Calendar
    offered_mwh: Array | None = None

    def demand_edges_s(self, interval_s: float) -> Array:
        """Starts of the demand intervals on the clock of standard time, and the end of the last one [s].

        Args:
            interval_s: Length of a demand interval: a quarter, half or whole hour.
        """
        every = round(interval_s / SECONDS_PER_QUARTER)
        offset_s = StandardTime.of(self.calendar).offset.total_seconds()
        into_s = (self.calendar.start.timestamp() + offset_s) % interval_s
        places = np.arange(len(self.quarters_s) - 1) + int(into_s // SECONDS_PER_QUARTER)
        begins = places % every == 0
        begins[0] = True
        return np.append(self.quarters_s[:-1][begins], self.quarters_s[-1])

    def demand_mw(self, interval_s: float) -> Array:
        """Mean power drawn in each demand interval.

        An interval that the run covers in part counts as a whole one, with no power outside the run.

        Args:
            interval_s: Length of a demand interval: a quarter, half or whole hour.
        """
        begins = segments.begins(self.edges_s, self.demand_edges_s(interval_s)[:-1])
        return np.asarray(np.add.reduceat(self.drawn_mwh, begins) / (interval_s / SECONDS_PER_HOUR))

    def highest_mw(self, interval_s: float) -> Array:
        """Highest mean power over the demand intervals that begin in each local month [MW].

        Args:
            interval_s: Length of a demand interval: a quarter, half or whole hour.
        """
        peaks = np.zeros(len(self.month_edges_s) - 1)
        month = self.month_of(self.demand_edges_s(interval_s)[:-1])
        np.maximum.at(peaks, month, self.demand_mw(interval_s))
        return peaks

    @property
    def months(self) -> list[datetime]:
        """Local time at which each month of the run begins."""
        return [self.calendar.at(begin_s) for begin_s in self.month_edges_s[:-1].tolist()]

    @property
    def month_h(self) -> Array:
        """Hours of the run in each local month."""
        return np.diff(self.month_edges_s) / SECONDS_PER_HOUR

    @property
    def month_begins(self) -> Places:
        """Number of the interval with which each local month begins, and the number of all intervals."""
        return self.edges_s.searchsorted(self.month_edges_s)

    def by_month(self, amounts: Array) -> Array:
        """Sums of the amounts of the intervals over local months."""
        return segments.sums(amounts, self.month_begins)

    def month_of(self, t_s: Array) -> NDArray[np.int64]:
        """Number of the local month of each elapsed second; 0 is the month of the start."""
        return np.asarray(np.searchsorted(self.month_edges_s, t_s, side="right") - 1, dtype=np.int64)
