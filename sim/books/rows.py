"""A stretch of the books: one row per settlement, one column per number stated or given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.bus.block import Block, Gauge
from sim.bus.flows import Flow
from sim.bus.terminal import Terminal
from sim.timeseries.series import Array


@dataclass(frozen=True)
class Column:
    """A recorded flow.

    Attributes:
        owner: Participant, or `site`.
        label: What it is, with its unit.
    """

    owner: str
    label: str

    @property
    def name(self) -> str:
        """The column's name in a frame."""
        return f"{self.owner}.{self.label}"


class Layout:
    """Where each number stands in a row, and how flows are read from it.

    A row holds the time, the price at the margin, the size of each block, what each block gave (a bid
    gives up what it is not served), and the gauges. Every flow is a linear combination of these.

    Attributes:
        columns: The flows, in order.
    """

    def __init__(
        self, terminals: Sequence[Terminal], offers: Sequence[Block], bids: Sequence[Block], gauges: int
    ) -> None:
        self.offers = list(offers)
        self.bids = list(bids)
        self._blocks = len(offers) + len(bids)
        self.width = 2 + 2 * self._blocks + gauges
        self.columns: list[Column] = [Column("site", "price_usd_per_mwh")]
        self._entries: list[tuple[int, int, float]] = [(1, 0, 1.0)]
        for terminal in terminals:
            for block in terminal.blocks:
                self._enter(block)
            for gauge in terminal.gauges:
                if gauge.label:
                    self._entry(self.gauge_at(gauge), Column(terminal.name, gauge.label), 1.0)

    def flows(self, numbers: Array) -> Array:
        """The flows of some rows.

        Args:
            numbers: What stands in the rows, one number of all rows after the other.

        Returns:
            The flows, one flow of all rows after the other.
        """
        flows = np.zeros((len(self.columns), numbers.shape[1]))
        for at, column, factor in self._entries:
            if factor == 1.0:
                flows[column] += numbers[at]
            else:
                flows[column] += factor * numbers[at]
        return flows

    def stated_at(self, block: Block) -> int:
        """Position of a block's size."""
        return 2 + block.at + (0 if block.is_offer else len(self.offers))

    def given_at(self, block: Block) -> int:
        """Position of what a block gave."""
        return self.stated_at(block) + self._blocks

    def gauge_at(self, gauge: Gauge) -> int:
        """Position of a gauge."""
        return 2 + 2 * self._blocks + gauge.at

    def having(self, *labels: str) -> list[int]:
        """Positions of the columns with one of these labels."""
        return [at for at, column in enumerate(self.columns) if column.label in labels]

    def at(self, owner: str, label: str) -> int:
        """Position of a column."""
        return self.columns.index(Column(owner, label))

    def _entry(self, row: int, column: Column, factor: float) -> None:
        if column not in self.columns:
            self.columns.append(column)
        self._entries.append((row, self.columns.index(column), factor))

    def _enter(self, block: Block) -> None:
        stated, given = self.stated_at(block), self.given_at(block)
        accepted = Column(block.owner, block.accepted)
        if block.is_offer:
            self._entry(given, accepted, 1.0)
        else:
            self._entry(stated, accepted, 1.0)
            self._entry(given, accepted, -1.0)
        if block.it_pu:
            self._entry(stated, Column(block.owner, Flow.IT), block.it_pu)
            self._entry(given, Column(block.owner, Flow.IT), -block.it_pu)
        if block.rest:
            rest = Column(block.owner, block.rest)
            if block.is_offer:
                self._entry(stated, rest, 1.0)
                self._entry(given, rest, -1.0)
            else:
                self._entry(given, rest, 1.0)


class Rows:
    """Rows of the books with their layout; what meters read.

    Attributes:
        t_s: Elapsed seconds at which each row begins.
    """

    def __init__(self, layout: Layout, numbers: Array, edges_s: Array, t_s: Array | None = None) -> None:
        """Read rows.

        Args:
            layout: What the numbers are.
            numbers: What stands in the rows, one number of all rows after the other.
            edges_s: Elapsed seconds at which each row begins, and at which the last one ends.
            t_s: Finer times at which the rows are read; each where it begins if not given.
        """
        self._layout = layout
        self._numbers = numbers
        self.t_s = edges_s[:-1] if t_s is None else t_s
        self._at = None if t_s is None else np.searchsorted(edges_s, t_s, side="right") - 1

    def _read(self, number: int) -> Array:
        numbers: Array = self._numbers[number]
        return numbers if self._at is None else numbers.take(self._at)

    def stated_mw(self, block: Block) -> Array:
        """Size of a block [MW]."""
        return self._read(self._layout.stated_at(block))

    def accepted_mw(self, block: Block) -> Array:
        """Accepted power of a block [MW]."""
        given = self._read(self._layout.given_at(block))
        return given if block.is_offer else self.stated_mw(block) - given

    def rest_mw(self, block: Block) -> Array:
        """Power of a block that was not accepted [MW]."""
        given = self._read(self._layout.given_at(block))
        return self.stated_mw(block) - given if block.is_offer else given

    def gauge(self, gauge: Gauge) -> Array:
        """What a gauge showed."""
        return self._read(self._layout.gauge_at(gauge))
