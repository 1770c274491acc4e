"""The metered energy of a contract by interval, from which its bill is computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.timeseries import segments
from sim.timeseries.series import Array
from sim.timeseries.times import Places
from sim.units import HOURS_PER_QUARTER


@dataclass(frozen=True, eq=False)
class Metered:
    """Energy of one meter. Intervals are split at changes of price, month and demand interval.

    Attributes:
        edges_s: Starts of the intervals, and the end of the last one.
        drawn_mwh: Energy imported, or delivered under an agreement, in each interval.
        fed_mwh: Energy exported in each interval.
        demand_edges_s: Starts of the demand intervals, and the end of the last one.
        month_edges_s: Starts of the local months, and the end of the last one.
    """

    edges_s: Array
    drawn_mwh: Array
    fed_mwh: Array
    demand_edges_s: Array
    month_edges_s: Array

    @property
    def demand_mw(self) -> Array:
        """Mean power drawn in each demand interval.

        An interval that the run covers in part counts as a whole one, with no power outside the run.
        """
        begins = segments.begins(self.edges_s, self.demand_edges_s[:-1])
        return np.asarray(np.add.reduceat(self.drawn_mwh, begins) / HOURS_PER_QUARTER)

    @property
    def month_begins(self) -> Places:
        """Number of the interval with which each local month begins, and the number of all intervals."""
        return self.edges_s.searchsorted(self.month_edges_s)

    def month_of(self, t_s: Array) -> NDArray[np.int64]:
        """Number of the local month of each elapsed second; 0 is the month of the start."""
        return np.asarray(np.searchsorted(self.month_edges_s, t_s, side="right") - 1, dtype=np.int64)
