"""Queueing: how long jobs waited for GPUs, and how well the GPUs were used."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import ArrayLike

SHORTEST_RUN_S = 10.0
"""Least length with which a job counts in its slowdown [s]. Source: Feitelson et al. (1997), "Theory and
practice in parallel job scheduling": 10 s keep jobs of next to no length from dominating the mean."""
_LONG_WAIT_PU = 0.95


@dataclass(frozen=True)
class Queueing:
    """Measures of the line of jobs that wait for GPUs. Those of no jobs are not a number.

    Attributes:
        started: Number of jobs that started.
        finished: Number of jobs that ended.
        mean_wait_s: Mean time from submission to start, of jobs that started.
        p95_wait_s: The shortest wait that 95 % of these jobs do not exceed.
        mean_bounded_slowdown: Mean of max(1, (wait + run) / max(run, 10 s)), of jobs that ended.
        makespan_s: From the first submission to the last end.
        utilisation_pu: GPU-seconds of the jobs that ended, as a share of all GPUs over the makespan.
    """

    started: int
    finished: int
    mean_wait_s: float
    p95_wait_s: float
    mean_bounded_slowdown: float
    makespan_s: float
    utilisation_pu: float


def queueing(
    submit_s: ArrayLike, start_s: ArrayLike, end_s: ArrayLike, gpus: ArrayLike, pool_gpus: float
) -> Queueing:
    """Measures of jobs from their records.

    A run is the time from the first start to the end, pauses included.

    Args:
        submit_s: When each job was submitted.
        start_s: When it first started; not a number if it did not.
        end_s: When it ended; not a number if it did not.
        gpus: Number of its GPUs.
        pool_gpus: Number of GPUs of the pool.
    """
    submit, start, end, size = (np.asarray(x, dtype=np.float64) for x in (submit_s, start_s, end_s, gpus))
    waits = (start - submit)[np.isfinite(start)]
    ended = np.isfinite(end)
    run, stay = (end - start)[ended], (end - submit)[ended]
    makespan_s = float(end[ended].max() - submit.min()) if ended.any() else nan
    slowdown = np.maximum(1.0, stay / np.maximum(run, SHORTEST_RUN_S))
    return Queueing(
        started=len(waits),
        finished=int(ended.sum()),
        mean_wait_s=float(waits.mean()) if len(waits) else nan,
        p95_wait_s=float(np.quantile(waits, _LONG_WAIT_PU, method="inverted_cdf")) if len(waits) else nan,
        mean_bounded_slowdown=float(slowdown.mean()) if len(run) else nan,
        makespan_s=makespan_s,
        utilisation_pu=float(size[ended] @ run) / (pool_gpus * makespan_s) if len(run) else nan,
    )
