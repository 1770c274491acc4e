"""Times: increasing arrays of elapsed seconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Places = NDArray[np.int64]
"""Numbers of elements of an array."""


def union(first: Array, second: Array) -> Array:
    """The sorted times of two increasing arrays, without duplicates; the first one if it has them all."""
    at = first.searchsorted(second)
    if not len(second) or (at[-1] < len(first) and (first[at] == second).all()):
        return first
    merged: Array = np.concatenate([first, second])
    merged.sort(kind="stable")  # two runs in order: this merges them in linear time
    is_new = np.ones(len(merged), dtype=bool)
    np.greater(merged[1:], merged[:-1], out=is_new[1:])
    return merged[is_new]


def within(times_s: Array, begin_s: float, end_s: float) -> Array:
    """The increasing times from an instant to another, both included; a view."""
    first, last = times_s.searchsorted(begin_s, "left"), times_s.searchsorted(end_s, "right")
    return times_s[first:last]


def frozen(name: str, given: ArrayLike) -> Array:
    """A read-only copy of one-dimensional, finite numbers."""
    try:
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"series: {name} must be numbers") from None
    if array.ndim != 1:
        raise ValueError(f"series: {name} must be one-dimensional; it has {array.ndim} dimensions")
    finite = np.isfinite(array)
    if not finite.all():
        at = int(finite.argmin())
        raise ValueError(f"series: {name}[{at}] = {array[at]} is not a finite number")
    array.setflags(write=False)
    return array
