"""Clouds: random cloud cover with a given distribution and autocorrelation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_MANY = 65_536
"""Number of values above which a table is faster than the function."""
_FARTHEST = 6.0
_PER_UNIT = 256
_TOLERANCE = 1e-8


def drift(count: int, kept: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """A standard normal process that reverts to its mean (Ornstein-Uhlenbeck, exact at any step).

    Args:
        count: Number of values.
        kept: Correlation between successive values.
        rng: Random stream.
    """
    from scipy.signal import lfilter

    noise = rng.standard_normal(count)
    noise[1:] *= math.sqrt(1.0 - kept**2)
    return np.asarray(lfilter([1.0], [1.0, -kept], noise))


def cover(normal: npt.NDArray[np.float64], mean: float, concentration: float) -> npt.NDArray[np.float64]:
    """Transform standard normal values to values of a beta distribution with the same quantiles.

    For more than 65,536 values a cubic spline through 3,073 exact values is used. If the spline differs from
    the exact value by more than 1e-8 midway between any two of them, all values are computed exactly. Values
    beyond six standard deviations are always computed exactly.

    Args:
        normal: Standard normal values.
        mean: Mean of the distribution, 0 to 1.
        concentration: Sum of its two parameters.

    Returns:
        Shares of the sky that are covered, 0 to 1.
    """
    if mean in (0.0, 1.0):
        return np.full(len(normal), mean)
    if len(normal) <= _MANY:
        return _exact(normal, mean, concentration)
    return _tabulated(normal, mean, concentration)


def _exact(normal: npt.NDArray[np.float64], mean: float, concentration: float) -> npt.NDArray[np.float64]:
    from scipy.special import betaincinv, ndtr

    covered = mean * concentration
    return np.asarray(betaincinv(covered, concentration - covered, ndtr(normal)))


def _tabulated(normal: npt.NDArray[np.float64], mean: float, concentration: float) -> npt.NDArray[np.float64]:
    from scipy.interpolate import CubicSpline

    at = np.arange(-_FARTHEST * _PER_UNIT, _FARTHEST * _PER_UNIT + 1) / _PER_UNIT
    table = CubicSpline(at, _exact(at, mean, concentration))
    midway = (at[1:] + at[:-1]) / 2.0
    if not np.abs(table(midway) - _exact(midway, mean, concentration)).max() < _TOLERANCE:
        return _exact(normal, mean, concentration)
    found = np.clip(table(normal), 0.0, 1.0)
    far = np.flatnonzero(np.abs(normal) > _FARTHEST)
    found[far] = _exact(normal[far], mean, concentration)
    return np.asarray(found)
