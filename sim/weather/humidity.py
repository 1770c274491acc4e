"""Humidity: the wet-bulb temperature of the air."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.units import PERCENT

if TYPE_CHECKING:
    import numpy.typing as npt

_DRIEST, _DAMPEST = 5.0, 99.0


def wet_bulb_c(
    air_c: npt.NDArray[np.float64], humidity_pu: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Wet-bulb temperature of air at sea level [degC].

    Stull, "Wet-bulb temperature from relative humidity and air temperature", J. Appl. Meteorol. Climatol. 50,
    2011, equation 1. It is stated for 5 to 99 % relative humidity and -20 to 50 degC, where it is off by -1
    to +0.65 K, in the mean by less than 0.3 K. Humidity outside that range counts as its nearest end. Colder
    air is extrapolated; no cooling depends on it. The result is never above the air temperature.

    Args:
        air_c: Air temperature [degC].
        humidity_pu: Relative humidity, 0 to 1.
    """
    percent = np.clip(humidity_pu * PERCENT, _DRIEST, _DAMPEST)
    found = (
        air_c * np.arctan(0.151977 * np.sqrt(percent + 8.313659))
        + np.arctan(air_c + percent)
        - np.arctan(percent - 1.676331)
        + 0.00391838 * percent**1.5 * np.arctan(0.023101 * percent)
        - 4.686035
    )
    return np.asarray(np.minimum(found, air_c))
