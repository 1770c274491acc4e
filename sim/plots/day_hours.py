"""The day-hours: power, price or level by hour of the day and day of the run, by the clock on the wall."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.runs.run import Run
from sim.timeseries.series import Array
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR


def day_hours(run: Run, columns: list[str]) -> tuple[Any, Array]:
    """The sum of some flows by local hour and day: the first day, and means.

    An hour that comes twice a day is one mean. An hour that the run does not reach, or that is left out when
    clocks are put forward, is NaN.

    Args:
        run: The run.
        columns: Names of the flows.

    Returns:
        The first day as a date of numpy, and the means: an array row for each hour of the day, a column for
        each day.
    """
    import pandas as pd

    hourly = run.hourly
    local = pd.DatetimeIndex(hourly.index).tz_localize(None)
    days = local.normalize().to_numpy()
    day = ((days - days[0]) / np.timedelta64(1, "D")).astype(int)
    ends_s = np.append(np.arange(1, len(hourly)) * SECONDS_PER_HOUR, run.books.horizon_s)
    spans_s = np.diff(ends_s, prepend=0.0)
    cells = np.zeros((2, int(HOURS_PER_DAY), day[-1] + 1))
    place = local.hour.to_numpy(), day
    np.add.at(cells[0], place, hourly[columns].sum(axis=1).to_numpy() * spans_s)
    np.add.at(cells[1], place, spans_s)
    means = np.full_like(cells[0], np.nan)
    return days[0], np.divide(cells[0], cells[1], out=means, where=cells[1] > 0.0)
