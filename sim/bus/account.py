"""The meter: what grows with time and power, such as money and carbon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sim.bus.block import Block, Gauge
from sim.timeseries.series import Array, StepSeries


class Reading(Protocol):
    """A stretch of the books, as meters see it: arrays with one element per row."""

    @property
    def t_s(self) -> Array:
        """Elapsed seconds at which each row begins."""

    def accepted_mw(self, block: Block) -> Array:
        """Accepted power of a block [MW]."""

    def stated_mw(self, block: Block) -> Array:
        """Size of a block [MW]."""

    def gauge(self, gauge: Gauge) -> Array:
        """What a gauge showed."""


Rate = Callable[[Reading], Array]


class Meter:
    """A sum that grows with time, such as a cost or a mass of carbon.

    Attributes:
        line: Line of the bill or of the carbon account.
        unit: `USD` or `kgCO2`.
        rate: Rate per hour of each row.
        series: Step functions the rate depends on, whose changes divide rows.
    """

    __slots__ = ("line", "rate", "series", "unit")

    def __init__(self, line: str, unit: str, rate: Rate, series: tuple[StepSeries, ...]) -> None:
        self.line = line
        self.unit = unit
        self.rate = rate
        self.series = series
