"""Means over intervals of the clock: the four series of the site, and the recorded flows."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from sim.books.closed import SERIES
from sim.runs.run import Run
from sim.timeseries.series import Array, StepSeries
from sim.timeseries.standard_time import StandardTime
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_QUARTER

if TYPE_CHECKING:
    import pandas as pd

_POWER = "_mw"


def means(run: Run, time: StandardTime, interval_s: float) -> pd.DataFrame:
    """A row for each interval: its beginning, the hours of the run in it, and means over the whole interval.

    A mean of power times the length of the interval is the energy of the run in it; what lies outside the run
    counts as no power. Prices and levels are means over the part that the run covers.

    Args:
        run: The run.
        time: The time of the stamps.
        interval_s: Length of an interval, which divides the hours of the clock or is one.
    """
    import pandas as pd

    edges_s = clock_edges(run, interval_s)
    inside_s = np.clip(edges_s, 0.0, run.books.horizon_s)
    whole_h, covered_h = np.diff(edges_s) / SECONDS_PER_HOUR, np.diff(inside_s) / SECONDS_PER_HOUR
    columns = {time.head("begins"): time.stamps(edges_s[:-1]), "dt_h": covered_h}
    quarters_s = clock_edges(run, SECONDS_PER_QUARTER)
    for name in SERIES:
        columns[f"site.{name}_mw"] = _mean(quarters_s, run.books.power.means_mw[name], edges_s)
    if are_known(run, interval_s):
        for column, values in zip(run.books.columns, run.books.flows, strict=True):
            hours = whole_h if column.label.endswith(_POWER) else covered_h
            columns[column.name] = StepSeries(run.t_s, values).integrals(inside_s) / SECONDS_PER_HOUR / hours
    return pd.DataFrame(columns)


def clock_edges(run: Run, interval_s: float) -> Array:
    """Starts of the intervals of the clock that a run reaches into, and the end of the last one [s]."""
    begin_s = -(run.calendar.start.timestamp() % interval_s)
    count = ceil((run.books.horizon_s - begin_s) / interval_s)
    return np.asarray(begin_s + interval_s * np.arange(count + 1), dtype=np.float64)


def are_known(run: Run, interval_s: float) -> bool:
    """Whether means over intervals of the clock follow from what was recorded: no recorded mean spans two."""
    if run.record_s is None:
        return True
    within_s = clock_edges(run, interval_s)[1:-1]
    return bool((within_s % run.record_s == 0.0).all())


def _mean(quarters_s: Array, quarter_mw: Array, edges_s: Array) -> Array:
    """Means of quarters of an hour over intervals that they divide."""
    interval = np.searchsorted(edges_s, quarters_s[:-1], side="right") - 1
    sums = np.bincount(interval, weights=quarter_mw * np.diff(quarters_s), minlength=len(edges_s) - 1)
    return np.asarray(sums / np.diff(edges_s), dtype=np.float64)
