"""Jobs in line for GPUs: how long they wait, in the order of submission and with backfilling.

Case B19: 6,203 jobs of a published log on 40 GPUs. Mean wait and last end are known to a microsecond for both
orders, from a program written for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import accumulate
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, RunPlan, ServerPool, Workload
from sim.cli import run_scenario
from sim.runs.queueing import Queueing, queueing
from sim.units import (
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    W_PER_MW,
    OverheadRatio,
    PositiveCount,
    PositiveWatts,
    Watts,
)
from sim.validation.published import Value, agreement, compare, data_file, inputs, reference_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOG = inputs("B19")
DAYS = 30.0
WIDTH = 100
"""Columns of a line of the report."""
SCHEDULERS = {"first_come": "in the order of submission", "easy_backfill": "with EASY backfilling"}
SIZES = (40, 50)
"""Numbers of GPUs that are compared."""


def gpu_queue(
    *,
    gpus: PositiveCount = LOG["gpus"],
    scheduler: str = "easy_backfill",
    log: str = "",
    arrivals_per_h: float = 5.0,
    gpu_w: PositiveWatts = 538.0,
    idle_gpu_w: Watts = 189.0,
    pue: OverheadRatio = 1.2,
) -> Campus:
    """Let jobs wait for the GPUs of a pool.

    Args:
        gpus: GPUs of the pool.
        scheduler: Which waiting job starts: first_come, easy_backfill, fair_share, priority or worth.
        log: Job log of Alibaba 2023, as CSV. Default: jobs are drawn; most of them need one GPU, half of them
            for less than an hour (assumed).
        arrivals_per_h: Jobs that are submitted in an hour, if they are drawn.
        gpu_w: Power of a busy GPU and its share of the server; that of 8 x A100 in training (AcmeTrace).
        idle_gpu_w: The same of an idle GPU.
        pue: Facility power over IT power (assumed).
    """
    drawn = {
        "arrivals_per_h": arrivals_per_h,
        "gpus": (1, 2, 4, 8),
        "gpu_weights": (7.0, 1.0, 1.0, 1.0),
        "duration": {"median_h": 1.0, "p95_h": 12.0},
    }
    jobs: Any = {"file": Path(log), "trace": "alibaba_2023"} if log else drawn
    return Campus(
        name="Jobs in line for GPUs",
        facility=Facility(pue=pue),
        servers={
            "hall": ServerPool(
                servers=gpus,
                gpus_per_server=1,
                idle_w=idle_gpu_w,
                busy_w=gpu_w,
                scheduler={"kind": scheduler},
            )
        },
        supply={"grid": GridConnection(import_limit_mw=2.0 * pue * gpus * gpu_w / W_PER_MW)},
        demand={"jobs": Workload(pool="hall", jobs=jobs, flexible_pu=0.0)},
        run=RunPlan(days=LOG["days"]) if log else RunPlan(),
    )


@cache
def replayed(scheduler: str, gpus: int = LOG["gpus"]) -> Result:
    """The published log on GPUs of a pool."""
    campus = gpu_queue(gpus=gpus, scheduler=scheduler, log=str(data_file(LOG["file"])))
    return simulate(campus, record_s=SECONDS_PER_DAY)


def line(result: Result) -> Queueing:
    """Measures of the line of a run."""
    jobs, pool = result.books.jobs, result.campus.servers["hall"]
    submit_s, start_s, end_s, gpus = (
        np.array([job.get(name) for job in jobs], dtype=float)
        for name in ("submit_s", "start_s", "end_s", "gpus")
    )
    return queueing(submit_s, start_s, end_s, gpus, pool.gpus)


def _b19() -> dict[str, Value]:
    found: dict[str, Value] = {}
    for scheduler in SCHEDULERS:
        result = replayed(scheduler)
        found[f"{scheduler}_wait"] = line(result).mean_wait_s
        found[f"{scheduler}_end"] = max(job["end_s"] for job in result.books.jobs)
    return found


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B19": _b19}
"""Simulated numbers by case."""


def report() -> str:
    """Waits in either order, and with more GPUs."""
    rows = compare("B19", _b19())
    lines = "\n".join(_row(gpus, scheduler) for gpus in SIZES for scheduler in SCHEDULERS)
    first, easy = (line(replayed(scheduler)).mean_wait_s / SECONDS_PER_HOUR for scheduler in SCHEDULERS)
    said = (
        f"Answer: do jobs wait as long as they must? {agreement(rows).capitalize()}. On {LOG['gpus']} GPUs "
        f"a job waits {first:.1f} h on average in the order of submission and {easy:.1f} h with backfilling."
    )
    return f"""# Jobs in line for GPUs

{reference_table(rows)}
The log has {len(replayed("first_come").books.jobs):,} jobs of Alibaba, with the lengths that they had in 2023
on other GPUs than these. Schedulers know how long a job takes.

| GPUs | order | mean wait, h | 95 % wait, h | bounded slowdown | GPUs in use, % | IT energy, MWh |
|---:|---|---:|---:|---:|---:|---:|
{lines}

The jobs take the same energy in each row; GPUs that are idle take the rest. {SIZES[1] - SIZES[0]} more GPUs
shorten the line by more than backfilling does.

{fill(said, WIDTH)}
"""


def _row(gpus: int, scheduler: str) -> str:
    result = replayed(scheduler, gpus)
    found = line(result)
    return (
        f"| {gpus} | {SCHEDULERS[scheduler]} | {found.mean_wait_s / SECONDS_PER_HOUR:.1f} "
        f"| {found.p95_wait_s / SECONDS_PER_HOUR:.1f} | {found.mean_bounded_slowdown:,.0f} "
        f"| {100.0 * found.utilisation_pu:.1f} | {result.summary.it_energy_mwh:.1f} |"
    )


def answer(result: Result) -> str:
    """How long the jobs of a run waited."""
    found = line(result)
    if not found.started:
        return f"No job has started after {result.days:g} days."
    return (
        f"{found.started:,} of {len(result.books.jobs):,} jobs started. They waited "
        f"{found.mean_wait_s / SECONDS_PER_HOUR:.1f} h on average; 95 % waited at most "
        f"{found.p95_wait_s / SECONDS_PER_HOUR:.1f} h. The GPUs were in use for "
        f"{100.0 * found.utilisation_pu:.0f} % of the time from the first submission to the last end."
    )


def picture() -> Figure:
    """Jobs in line over the months, and how many waited how long."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(11.0, 4.0), layout="constrained")
    lengths, waits = figure.subplots(1, 2, width_ratios=(3, 2))
    for (scheduler, label), color in zip(SCHEDULERS.items(), ("#ee6677", "#4477aa"), strict=True):
        jobs = replayed(scheduler).books.jobs
        changes = sorted([(job["submit_s"], 1) for job in jobs] + [(job["start_s"], -1) for job in jobs])
        days = [at_s / SECONDS_PER_DAY for at_s, _ in changes]
        lengths.step(
            days, [*accumulate(change for _, change in changes)], where="post", color=color, lw=1, label=label
        )
        waited_h = sorted((job["start_s"] - job["submit_s"]) / SECONDS_PER_HOUR for job in jobs)
        shares = [100.0 * (number + 1) / len(jobs) for number in range(len(jobs))]
        waits.plot(waited_h, shares, color=color, label=label)
    lengths.set_xlabel("days since the first job")
    lengths.set_ylabel("jobs in line")
    lengths.legend(fontsize=8)
    waits.set_xlabel("wait [h]")
    waits.set_ylabel("jobs that waited no longer [%]")
    waits.set_xscale("symlog", linthresh=1.0)
    waits.set_xlim(left=0.0)
    figure.suptitle(f"A job log of 2023 on {LOG['gpus']} GPUs")
    return figure


if __name__ == "__main__":
    run_scenario(gpu_queue)
