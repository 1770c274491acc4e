"""A variable: a size that is searched, and its values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, isfinite, log10
from typing import Any

from sim.errors import shortened
from sim.sizing.refusals import as_size, refused
from sim.sweeps.axes import Ranges, checked_ranges
from sim.sweeps.run import TAKEN

_PARTS = 1000.0
"""A number is searched in steps of the power of ten at or below this part of its range."""

_MOST_DIGITS = 300
_MARGIN = 0.05
"""Part of a range by which the search goes beyond either end."""


@dataclass(frozen=True)
class Variable:
    """A size that is searched.

    Attributes:
        name: Name of a parameter, or dotted path of the campus.
        extent: Lowest and highest value, or a `range` of whole numbers.
    """

    name: str
    extent: tuple[float, float] | range

    @property
    def is_whole(self) -> bool:
        """Whether only members of a `range` are taken."""
        return isinstance(self.extent, range)

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest coordinate: places in a `range`, or numbers.

        Those of numbers reach a little beyond the ends, and mean the ends there: the best size is often none
        or all, which a search that moves by differences would seldom meet otherwise.
        """
        if isinstance(self.extent, range):
            return 0.0, float(len(self.extent) - 1)
        low, high = map(float, self.extent)
        margin = _MARGIN * (high - low)
        return low - margin, high + margin

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest value."""
        if isinstance(self.extent, range):
            return min(self.extent), max(self.extent)
        return float(self.extent[0]), float(self.extent[1])

    def coordinate(self, value: float) -> float:
        """The coordinate of a value."""
        return float(self.extent.index(int(value))) if isinstance(self.extent, range) else float(value)

    def at(self, share: float) -> float:
        """The value at a share of the way from the lowest to the highest one."""
        if isinstance(self.extent, range):
            return self.extent[min(int(share * len(self.extent)), len(self.extent) - 1)]
        low, high = self.ends
        return self.value(low + share * (high - low))

    def value(self, coordinate: float) -> float:
        """The value at a coordinate: a member of the `range`, or a number rounded to a step of the search."""
        if isinstance(self.extent, range):
            return self.extent[min(max(round(coordinate), 0), len(self.extent) - 1)]
        low, high = self.ends
        step = 10.0**-self.digits
        if coordinate < low + step / 2.0:
            return low
        return high if coordinate > high - step / 2.0 else float(round(coordinate, self.digits))

    @property
    def digits(self) -> int:
        """Decimals of the values that are searched; negative for steps of ten and more."""
        low, high = self.ends
        return min(max(ceil(log10(_PARTS) - log10(high - low)), -_MOST_DIGITS), _MOST_DIGITS)


def variables_of(ranges: Ranges, is_whole: Callable[[str], bool]) -> tuple[Variable, ...]:
    """Read the variables.

    Args:
        ranges: Lowest and highest value by name, or a `range` for whole numbers.
        is_whole: Whether a name takes whole numbers only.

    Raises:
        SpecError: If there are none, or a range is refused.
    """
    given: Any = ranges
    if not isinstance(given, dict) and not hasattr(given, "items"):
        raise refused("variables", f"= {shortened(given)}; allowed: a range by name")
    with as_size():
        checked_ranges(ranges)
    for name, extent in ranges.items():
        if isinstance(extent, range) and len(extent) == 1:
            raise refused("variables", f"{name} has the one value {extent[0]}; hold it with fixed instead")
        if not isinstance(extent, range) and not isfinite(extent[1] - extent[0]):
            raise refused("variables", f"{name} = {shortened(extent)} is too wide to be searched")
        if name in TAKEN:
            raise refused("variables", f"{name} is the name of a metric or a column of the result; rename it")
    return tuple(Variable(name, _extent(extent, whole=is_whole(name))) for name, extent in ranges.items())


def _extent(extent: Any, *, whole: bool) -> tuple[float, float] | range:
    """The range, in whole numbers if only these are taken."""
    if isinstance(extent, range):
        return extent
    low, high = extent
    if whole and float(low).is_integer() and float(high).is_integer():
        return range(int(low), int(high) + 1)
    return low, high
