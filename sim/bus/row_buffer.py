"""The row buffer: rows of numbers that are posted in batches.

Compiled if a C compiler is at hand, like `stretch`.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from sim.bus.numbers import IS_LIST, Flat, Numbers


class RowBuffer:
    """Rows of equal width, one for each instant with a settlement.

    A row holds the time, the price at the margin, the size of each block, what was used of it, and the
    gauges. Compiled code keeps each number of all rows together, as the books read it; Python writes a row at
    once.

    Costs of the blocks are noted apart, from the rows on with which they change.

    Attributes:
        rows: The rows, as the compiled settlement writes them: one line per number.
        most: Most rows that are posted together.
        at: Number of the current row; -1 before the first one.
        row_s: Time of the current row.
    """

    def __init__(self, blocks: int, gauges: int, most: int, post: Callable[[float], None]) -> None:
        """Begin without a row.

        Args:
            blocks: Number of blocks.
            gauges: Number of gauges.
            most: Most rows that are posted together.
            post: Called with the time at which the last row ends, once all rows are full.
        """
        width = 2 + 2 * blocks + gauges
        self._numbers = np.empty((most, width) if IS_LIST else (width, most))
        self.rows = self._numbers.T if IS_LIST else self._numbers
        self.at = -1
        self.row_s = -1.0
        self.most = most
        self._post = post
        self._costs = self._cost = np.empty((blocks, most))
        self._cost_rows = self._cost_row = np.empty(most, dtype=np.int64)
        self._changes = 0
        row = Struct(f"{width}d")
        self._pack = row.pack_into
        self._size = row.size

    def begin(self, now_s: float) -> None:
        """Begin a row, unless the current one has begun at the same instant: it is written again."""
        if now_s != self.row_s:
            self.row_s = now_s
            if self.at + 1 == self.most:
                self._post(now_s)
                self.at = -1
                if self._changes:
                    self._costs[:, 0] = self._costs[:, self._changes - 1]
                    self._cost_rows[0], self._changes = 0, 1
            self.at += 1

    def reprice(self, numbers: Numbers) -> None:
        """Note the costs of the blocks from the current row on."""
        change = self._changes
        if change and self._cost_row[change - 1] == self.at:
            change -= 1
        self._cost_row[change] = self.at
        for block in range(numbers.blocks):
            self._cost[block, change] = numbers.costs[block]
        self._changes = change + 1

    def costs(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The rows with which costs change, and the costs of each block from each of them on [USD/MWh]."""
        return self._cost_rows[: self._changes], self._costs[:, : self._changes]

    def written(self) -> NDArray[np.float64]:
        """The rows that have been written, one line per number; it is valid until the next row."""
        count = self.at + 1
        return np.ascontiguousarray(self._numbers[:count].T) if IS_LIST else self._numbers[:, :count]

    def release(self) -> None:
        """Give the memory of the rows back, once all are posted; no row follows."""
        self._numbers = self.rows = self._costs = self._cost = np.empty((0, 0))
        self.at = -1

    def write(self, now_s: float, price: float, mw: Flat, used_mw: Flat, gauges: Flat) -> None:
        """Write the current row."""
        if IS_LIST:
            self._pack(self._numbers.data, self.at * self._size, now_s, price, *mw, *used_mw, *gauges)
        else:
            self._numbers[:, self.at] = (now_s, price, *mw, *used_mw, *gauges)
