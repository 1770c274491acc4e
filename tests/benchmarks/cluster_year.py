"""A year of a cluster of 100,000 GPUs whose servers fail, with as many jobs as one likes.

Run as a script it simulates the year and prints processor time, job events and peak memory as JSON, so that
the memory is that of a process of its own.
"""

from __future__ import annotations

import json
import resource
import sys
from time import process_time
from typing import Any

from sim import Campus, simulate
from sim.campus import GridConnection, ServerPool, Workload

YEAR_H = 8760.0
SERVERS = 12_500
UTILISATION = 0.7
SIZES = (8, 16, 32, 64, 128, 256, 512, 1024, 2048)
FREQUENCY = (20, 15, 15, 15, 12, 10, 7, 4, 2)
MEAN_GPUS = sum(size * each for size, each in zip(SIZES, FREQUENCY, strict=True)) / sum(FREQUENCY)


def cluster(jobs: int) -> Campus:
    """The cluster: the more jobs, the shorter they are, for the same work."""
    mean_h = UTILISATION * SERVERS * 8 * YEAR_H / (jobs * MEAN_GPUS)
    return Campus(
        name=f"cluster with {jobs} jobs",
        servers={
            "hall": ServerPool(
                servers=SERVERS, model="8xh100", mttf_h=50_677.0 / 8, scheduler={"kind": "first_come"}
            )
        },
        supply={"grid": GridConnection(import_limit_mw=200.0)},
        demand={
            "jobs": Workload(
                pool="hall",
                jobs={
                    "arrivals_per_h": jobs / YEAR_H,
                    "gpus": SIZES,
                    "gpu_weights": FREQUENCY,
                    "duration": {"mean_h": mean_h, "cv": 1.0},
                },
                checkpoints={"cost_s": 30.0, "restart_s": 600.0},
            )
        },
    )


def year(jobs: int) -> dict[str, Any]:
    """Processor time and job events of a year, what share of the GPUs worked, and peak memory."""
    simulate(cluster(jobs), days=1.0)  # imports everything
    began = process_time()
    result = simulate(cluster(jobs), record_s=YEAR_H * 3600.0)
    cpu_s = process_time() - began
    table = result.jobs
    starts = int(table["attempts"].sum())
    failures = starts - int((table["attempts"] > 0).sum())  # each start but the first follows a failure
    return {
        "cpu_s": cpu_s,
        "jobs": len(table),
        "events": len(table) + starts + int(table["end"].notna().sum()) + failures,
        "failures": failures,
        "utilisation": float(table["done_gpu_h"].sum()) / (SERVERS * 8 * YEAR_H),
        "settlements": result.summary.settlements,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    }


if __name__ == "__main__":
    print(json.dumps(year(int(sys.argv[1]))))
