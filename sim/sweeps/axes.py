"""Axes: the points of a sweep, as a grid, a list or a sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import isfinite
from numbers import Real
from typing import Any

from sim.errors import Problem, SpecError, shortened

Point = dict[str, Any]
Over = Mapping[str, Iterable[Any]] | Sequence[Mapping[str, Any]]
Ranges = Mapping[str, tuple[float, float] | range]


def points_of(over: Over) -> list[Point]:
    """The points that `over` asks for: a grid of axes, or the points of a list.

    Raises:
        SpecError: If there are none, or if the points name different axes.
    """
    if isinstance(over, Mapping):
        return grid(over)
    points = [dict(point) for point in over]
    if not points:
        raise refusal("over", "has no points")
    for place, point in enumerate(points):
        if set(point) != set(points[0]):
            names = f"{', '.join(points[0]) or 'nothing'}"
            raise refusal(
                f"over[{place}]", f"names {', '.join(point) or 'nothing'}; the first point names {names}"
            )
    return points


def grid(axes: Mapping[str, Iterable[Any]]) -> list[Point]:
    """All combinations of the values of some axes; the last axis varies fastest.

    Raises:
        SpecError: If an axis is empty, is not a collection, or has a value twice.
    """
    values = {name: _values(name, axis) for name, axis in axes.items()}
    return [dict(zip(values, combination, strict=True)) for combination in product(*values.values())]


def sobol(ranges: Ranges, *, n: int, seed: int = 0) -> list[Point]:
    """A scrambled Sobol sample: points that fill the space evenly; their number is a power of two.

    Args:
        ranges: Lowest and highest value by name, or a `range` for whole numbers.
        n: Number of points.
        seed: Seed of the scrambling.

    Raises:
        SpecError: For an empty range, or a number that is not a power of two.
    """
    if n < 1 or n & (n - 1):
        near = f"; nearest: {1 << max(0, n.bit_length() - 1)}, {1 << n.bit_length()}" if n > 0 else ""
        raise refusal("sample", f"n = {n}; allowed for Sobol: a power of two{near}")
    from scipy.stats import qmc

    checked = checked_ranges(ranges)
    return _scaled(checked, qmc.Sobol(len(checked), rng=seed).random(n))


def latin_hypercube(ranges: Ranges, *, n: int, seed: int = 0) -> list[Point]:
    """A Latin-hypercube sample: each of n equal slices of every range is sampled exactly once.

    Args:
        ranges: Lowest and highest value by name, or a `range` for whole numbers.
        n: Number of points.
        seed: Seed of the sample.

    Raises:
        SpecError: For an empty range, or a number below one.
    """
    if n < 1:
        raise refusal("sample", f"n = {n}; allowed: a whole number at least 1")
    from scipy.stats import qmc

    checked = checked_ranges(ranges)
    return _scaled(checked, qmc.LatinHypercube(len(checked), rng=seed).random(n))


def refusal(field: str, message: str) -> SpecError:
    """The error for something wrong with the request for a sweep."""
    return SpecError("sweep", [Problem((field,), message)])


def _values(name: str, axis: Iterable[Any]) -> list[Any]:
    if isinstance(axis, str | bytes | Mapping) or not isinstance(axis, Iterable):
        raise refusal("over", f"{name} = {shortened(axis)}; allowed: a list of values")
    values = list(axis)
    if not values:
        raise refusal("over", f"{name} has no values")
    for place, value in enumerate(values):
        if value in values[:place]:
            raise refusal("over", f"{name} has the value {shortened(value)} twice")
    return values


def checked_ranges(ranges: Ranges) -> Ranges:
    """The ranges as they were given.

    Raises:
        SpecError: If there are none, or one is empty, not finite or has its bounds in the wrong order.
    """
    if not ranges:
        raise refusal("over", "has no ranges")
    for name, extent in ranges.items():
        if isinstance(extent, range):
            good = len(extent) > 0
        else:
            good = (
                isinstance(extent, tuple | list)
                and len(extent) == 2  # noqa: PLR2004 - a lowest and a highest value
                and all(isinstance(bound, Real) and isfinite(bound) for bound in extent)
                and extent[0] < extent[1]
            )
        if not good:
            message = f"{name} = {shortened(extent)}; allowed: two numbers, the lower one first, or a range"
            raise refusal("over", message)
    return ranges


def _scaled(ranges: Ranges, sample: Any) -> list[Point]:
    return [
        {name: _at(extent, float(share)) for (name, extent), share in zip(ranges.items(), row, strict=True)}
        for row in sample
    ]


def _at(extent: tuple[float, float] | range, share: float) -> float:
    """The value at a share of a range; a `range` gives its members equal chances."""
    if isinstance(extent, range):
        return extent[min(int(share * len(extent)), len(extent) - 1)]
    low, high = extent
    return low + share * (high - low)
