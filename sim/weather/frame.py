"""The frame: the weather of a run as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.timeseries.recorded_year import microseconds
from sim.weather.weather_file import COLUMNS, HUMIDITY

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd


def frame_of(
    start_s: npt.NDArray[np.float64], middles: pd.DatetimeIndex, values: npt.NDArray[np.float64]
) -> pd.DataFrame:
    """The frame of intervals, as `Weather.irradiance` returns it.

    Args:
        start_s: Elapsed seconds at which they begin.
        middles: Their middles.
        values: One row per interval, one column per name in `COLUMNS`, and relative humidity if it is known.
    """
    import pandas as pd

    names = [*COLUMNS, HUMIDITY][: values.shape[1]]
    frame = pd.DataFrame(values, columns=names, index=middles)
    frame.insert(0, "start_s", start_s)
    return frame


def middles_of(utc: npt.NDArray[np.datetime64], step_s: float) -> pd.DatetimeIndex:
    """The middles of intervals that begin at given times."""
    import pandas as pd

    return pd.DatetimeIndex(utc + microseconds(step_s / 2), name="middle").tz_localize("UTC")
