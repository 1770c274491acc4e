"""The cost of each block over the rows of a batch; it changes with tariffs and carbon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.timeseries.series import Array


@dataclass(frozen=True, eq=False)
class Costs:
    """Costs of the blocks of a batch.

    Attributes:
        rows: The rows with which they change, the first one of the batch first.
        usd_per_mwh: Cost of each block, offers then bids (lines), from each of these rows on (columns).
    """

    rows: NDArray[np.int64]
    usd_per_mwh: Array

    def take(self, rows: int) -> Array:
        """Cost of each block (lines) in each row of the batch (columns) [USD/MWh]."""
        at = np.searchsorted(self.rows, np.arange(rows), side="right") - 1
        return np.take(self.usd_per_mwh, at, axis=1)
