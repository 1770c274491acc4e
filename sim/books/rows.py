"""Rows of the books: one row per settlement, one column per number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.bus.block import Block, Gauge
from sim.bus.terminal import Terminal
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_HOUR


@dataclass(frozen=True)
class Column:
    """A recorded flow.

    Attributes:
        owner: Participant, or `site`.
        label: Name of the flow, with its unit.
    """

    owner: str
    label: str

    @property
    def name(self) -> str:
        """The column's name in a frame."""
        return f"{self.owner}.{self.label}"


class Layout:
    """The position of each number in a row, and the flows computed from them.

    A row holds the time, the price at the margin, the size of each block, what was used of it (of a bid the
    demand that was given up), and the gauges. Every flow is a linear combination of these, or the accepted
    power of some bids times a gauge.

    Attributes:
        columns: The flows, in order.
        entries: Position of a number, position of a flow that it is part of, and its factor in it.
    """

    def __init__(
        self, terminals: Sequence[Terminal], offers: Sequence[Block], bids: Sequence[Block], gauges: int
    ) -> None:
        self.offers = list(offers)
        self.bids = list(bids)
        self._blocks = len(offers) + len(bids)
        self.width = 2 + 2 * self._blocks + gauges
        self.columns: list[Column] = [Column("site", "price_usd_per_mwh")]
        self._places = {self.columns[0]: 0}
        self.entries: list[tuple[int, int, float]] = [(1, 0, 1.0)]
        self._shares: dict[tuple[int, int], list[Block]] = {}
        self._labelled: dict[str, list[int]] = {self.columns[0].label: [0]}
        for terminal in terminals:
            for block in terminal.blocks:
                self._enter(block)
            for gauge in terminal.gauges:
                if gauge.label:
                    self._entry(self.gauge_at(gauge), Column(terminal.name, gauge.label), 1.0)

    def flows(self, numbers: Array) -> Array:
        """The flows of some rows.

        Args:
            numbers: The numbers of the rows, one array row per number.

        Returns:
            The flows, one flow of all rows after the other.
        """
        flows = np.zeros((len(self.columns), numbers.shape[1]))
        for at, column, factor in self.entries:
            if factor == 1.0:
                flows[column] += numbers[at]
            else:
                flows[column] += factor * numbers[at]
        for (gauge, column), bids in self._shares.items():
            accepted = np.zeros(numbers.shape[1])
            for bid in bids:
                accepted += numbers[self.stated_at(bid)] - numbers[self.used_at(bid)]
            flows[column] += numbers[gauge] * accepted
        return flows

    def number(self, block: Block) -> int:
        """Number of a block among all: offers, then bids."""
        return block.at + (0 if block.is_offer else len(self.offers))

    def stated_at(self, block: Block) -> int:
        """Position of a block's size."""
        return 2 + self.number(block)

    def used_at(self, block: Block) -> int:
        """Position of what was used of a block."""
        return self.stated_at(block) + self._blocks

    def gauge_at(self, gauge: Gauge) -> int:
        """Position of a gauge."""
        return 2 + 2 * self._blocks + gauge.at

    def having(self, *labels: str) -> list[int]:
        """Positions of the columns with one of these labels."""
        if len(labels) == 1:
            return [*self._labelled.get(labels[0], ())]
        return sorted(at for label in set(labels) for at in self._labelled.get(label, ()))

    def at(self, owner: str, label: str) -> int:
        """Position of a column."""
        return self._places[Column(owner, label)]

    def _entry(self, row: int, column: Column, factor: float) -> None:
        self.entries.append((row, self._place(column), factor))

    def _place(self, column: Column) -> int:
        place = self._places.setdefault(column, len(self.columns))
        if place == len(self.columns):
            self.columns.append(column)
            self._labelled.setdefault(column.label, []).append(place)
        return place

    def _enter(self, block: Block) -> None:
        stated, used = self.stated_at(block), self.used_at(block)
        accepted = Column(block.owner, block.accepted)
        if block.is_offer:
            self._entry(used, accepted, 1.0)
        else:
            self._entry(stated, accepted, 1.0)
            self._entry(used, accepted, -1.0)
        for owner, flow, pu in block.parts:
            if isinstance(pu, Gauge):
                share = self.gauge_at(pu), self._place(Column(owner, flow))
                self._shares.setdefault(share, []).append(block)
            else:
                self._entry(stated, Column(owner, flow), pu)
                self._entry(used, Column(owner, flow), -pu)
        if block.rest:
            rest = Column(block.owner, block.rest)
            if block.is_offer:
                self._entry(stated, rest, 1.0)
                self._entry(used, rest, -1.0)
            else:
                self._entry(used, rest, 1.0)


def sums(flows: Array, groups: Sequence[Sequence[int]]) -> Array:
    """Sums of flows over some rows.

    Args:
        flows: The flows, one array row per flow.
        groups: The flows of which each sum consists.

    Returns:
        The sums, one array row each.
    """
    found: Array = np.empty((len(groups), flows.shape[1]))
    for at, places in enumerate(groups):
        found[at] = flows[places[0]] if places else 0.0
        for place in places[1:]:
            found[at] += flows[place]
    return found


class Rows:
    """Rows of the books with their layout; what accounts read.

    Attributes:
        t_s: Elapsed seconds at which each row begins.
    """

    def __init__(self, layout: Layout, numbers: Array, edges_s: Array, cuts_s: Array | None = None) -> None:
        """Read rows.

        Args:
            layout: Meaning of the numbers.
            numbers: The numbers of the rows, one array row per number.
            edges_s: Starts of the rows, and the end of the last one [s].
            cuts_s: Starts and end of finer rows into which these are split. Default: no split.
        """
        self._layout = layout
        self._numbers = numbers
        edges = edges_s if cuts_s is None else cuts_s
        self.t_s = edges[:-1]
        self._edges_s = edges
        self._at = None if cuts_s is None else np.searchsorted(edges_s, self.t_s, side="right") - 1

    @cached_property
    def hours(self) -> Array:
        """Duration of each row [h]."""
        return np.diff(self._edges_s) / SECONDS_PER_HOUR

    def _read(self, number: int) -> Array:
        numbers: Array = self._numbers[number]
        return numbers if self._at is None else numbers.take(self._at)

    def stated_mw(self, block: Block) -> Array:
        """Size of a block [MW]."""
        return self._read(self._layout.stated_at(block))

    def accepted_mw(self, block: Block) -> Array:
        """Accepted power of a block [MW]."""
        used = self._read(self._layout.used_at(block))
        return used if block.is_offer else self.stated_mw(block) - used

    def rest_mw(self, block: Block) -> Array:
        """Power of a block that was not accepted [MW]."""
        used = self._read(self._layout.used_at(block))
        return self.stated_mw(block) - used if block.is_offer else used

    def gauge(self, gauge: Gauge) -> Array:
        """Value of a gauge."""
        return self._read(self._layout.gauge_at(gauge))
