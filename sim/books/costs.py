"""The cost of each block over the rows of a batch; it changes with tariffs and carbon."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.timeseries.series import Array


class Costs:
    """Costs of the blocks, noted when they change."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._costs: list[Sequence[float]] = []

    def change(self, row: int, usd_per_mwh: Sequence[float]) -> None:
        """Note the cost of each block, offers then bids, from a row of the batch on."""
        if self._rows and self._rows[-1] == row:
            self._costs[-1] = usd_per_mwh
            return
        self._rows.append(row)
        self._costs.append(usd_per_mwh)

    def begin(self) -> None:
        """Begin another batch, with the costs that hold at the end of this one."""
        self._rows, self._costs = [0], self._costs[-1:]

    def take(self, rows: int) -> Array:
        """Cost of each block (lines) in each row of the batch (columns) [USD/MWh]."""
        at = np.searchsorted(self._rows, np.arange(rows), side="right") - 1
        return np.ascontiguousarray(np.array(self._costs, dtype=np.float64)[at].T)
