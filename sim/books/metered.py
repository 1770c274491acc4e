"""The metered energy of a contract, interval by interval, as its bill is drawn up from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.timeseries.series import Array
from sim.units import SECONDS_PER_HOUR


@dataclass(frozen=True, eq=False)
class Metered:
    """Energy through one meter. No interval holds a change of price, of month or of demand interval.

    Attributes:
        edges_s: Where intervals begin, and where the last one ends.
        drawn_mwh: Energy drawn, or delivered under an agreement, in each interval.
        fed_mwh: Energy fed in, in each interval.
        demand_edges_s: Where demand intervals begin, and where the last one ends.
        month_edges_s: Where local months begin, and where the last one ends.
    """

    edges_s: Array
    drawn_mwh: Array
    fed_mwh: Array
    demand_edges_s: Array
    month_edges_s: Array

    @property
    def demand_mw(self) -> Array:
        """Mean power drawn in each demand interval."""
        begins = np.searchsorted(self.edges_s, self.demand_edges_s[:-1])
        hours = np.diff(self.demand_edges_s) / SECONDS_PER_HOUR
        return np.asarray(np.add.reduceat(self.drawn_mwh, begins) / hours)

    def month_of(self, t_s: Array) -> NDArray[np.int64]:
        """Number of the local month that each elapsed second lies in, 0 for the one of the start."""
        return np.asarray(np.searchsorted(self.month_edges_s, t_s, side="right") - 1, dtype=np.int64)
