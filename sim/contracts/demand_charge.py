"""Contracts: metered energy and power to money."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def demand_charge_usd(
    mean_mw: NDArray[np.float64], month: NDArray[np.int64], usd_per_mw_month: float
) -> float:
    """What the highest demand interval of each month costs.

    Args:
        mean_mw: Mean power of each demand interval.
        month: Number of the calendar month each interval begins in, counted without a break.
        usd_per_mw_month: Price of a month's peak.
    """
    peaks = [float(mean_mw[month == number].max()) for number in np.unique(month)]
    return usd_per_mw_month * sum(peaks)
