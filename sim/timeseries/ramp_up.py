"""The ramp-up: power that rises linearly over some days, as the mean of each day of the run."""

from __future__ import annotations

import numpy as np

from sim.timeseries.series import StepSeries
from sim.units import SECONDS_PER_DAY


def ramp_up(horizon_s: float, start_d: float, duration_d: float, mw: float) -> StepSeries:
    """Power over a run [MW].

    A day in which the rise begins or ends is split at that time, so the energy is that of the straight line.

    Args:
        horizon_s: Length of the run [s].
        start_d: Day of the run on which the rise begins; negative if it began before the run.
        duration_d: Its duration; 0 for a step.
        mw: Power at its end [MW].
    """
    last_d = horizon_s / SECONDS_PER_DAY
    turns_d = np.array([start_d, start_d + duration_d])
    inside = turns_d[(turns_d > 0.0) & (turns_d < last_d)]
    days_d = np.arange(0.0, last_d) if duration_d else np.zeros(1)
    edges_d = np.unique(np.concatenate([days_d, inside, [last_d]]))
    middle_d = (edges_d[:-1] + edges_d[1:]) / 2.0 - start_d
    share = np.clip(middle_d / duration_d, 0.0, 1.0) if duration_d else middle_d > 0.0
    return StepSeries(edges_d[:-1] * SECONDS_PER_DAY, share * mw)
