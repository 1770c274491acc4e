"""A training job that is interrupted every few hours: how much of its time and energy is useful?

Case B8: Llama 3 405B on 16,384 H100 for 54 days, with 419 unexpected and 47 planned interruptions. The time
to write a checkpoint and to start again is not published; two pairs give its effective training time of more
than 90 %, and the simulation is compared with Daly's exact formula.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import sqrt
from statistics import fmean, stdev
from textwrap import fill
from typing import TYPE_CHECKING, Any

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, ServerPool, TrainingJob
from sim.cli import run_scenario
from sim.demand.checkpoints import Checkpoints
from sim.demand.interruptions import Interruptions
from sim.units import (
    HOURS_PER_DAY,
    SECONDS_PER_DAY,
    SECONDS_PER_MINUTE,
    W_PER_MW,
    GpuCount,
    GpuHours,
    Minutes,
    OverheadRatio,
    PositiveDays,
    PositiveSeconds,
    Seconds,
)
from sim.validation.published import Value, agreement, compare, inputs, reference_table, stated

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LLAMA3 = inputs("B8")
DAYS: float = LLAMA3["days"]
SEEDS = 20
WIDTH = 100
"""Columns of a line of the report."""
COSTS: dict[str, tuple[float, float]] = {"fast": (10.0, 600.0), "slow": (30.0, 300.0)}
"""Time to write a checkpoint, and to start again [s]: fast checkpoints or slow ones."""
INTERVALS_MIN = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
_MTBF_GPU_H = LLAMA3["gpus"] * DAYS * HOURS_PER_DAY / LLAMA3["unexpected"]


def long_training(
    *,
    gpus: GpuCount = LLAMA3["gpus"],
    checkpoint_s: PositiveSeconds = COSTS["fast"][0],
    restart_s: Seconds = COSTS["fast"][1],
    checkpoint_every_min: Minutes = 0.0,
    mtbf_gpu_h: GpuHours = _MTBF_GPU_H,
    planned_stops: bool = True,
    work_d: PositiveDays = 100.0,
    pue: OverheadRatio = 1.1,
) -> Campus:
    """Train on thousands of GPUs, any of which stops the job when it fails.

    Args:
        gpus: GPUs of the job, in servers of 8 H100.
        checkpoint_s: Time to write a checkpoint (assumed), during which work stops.
        restart_s: Time from an interruption until work goes on (assumed).
        checkpoint_every_min: Work between checkpoints; 0 for Young's rule.
        mtbf_gpu_h: GPU-hours per failure; that of Llama 3 405B.
        planned_stops: Whether the job is also stopped as often as planned for Llama 3 405B.
        work_d: Length of the job without interruptions; by default longer than the run.
        pue: Facility power over IT power (assumed).
    """
    saves = Checkpoints(
        interval_s=checkpoint_every_min * SECONDS_PER_MINUTE or None, cost_s=checkpoint_s, restart_s=restart_s
    )
    every_h = DAYS * HOURS_PER_DAY / LLAMA3["planned"] if planned_stops else None
    pool = ServerPool(servers=-(-gpus // 8), model="8xh100")
    return Campus(
        name="A long training job",
        facility=Facility(pue=pue),
        servers={"cluster": pool},
        supply={"grid": GridConnection(import_limit_mw=1.5 * pue * pool.servers * pool.busy_w / W_PER_MW)},
        demand={
            "training": TrainingJob(
                pool="cluster",
                gpus=gpus,
                work_gpu_h=gpus * work_d * HOURS_PER_DAY,
                flexible_pu=0.0,
                checkpoints=saves,
                interruptions=Interruptions(mtbf_gpu_h=mtbf_gpu_h, planned_every_h=every_h),
            )
        },
    )


@dataclass(frozen=True)
class Runs:
    """What several seeds of a job gave.

    Attributes:
        interruptions: Mean number of interruptions.
        effective_pct: Mean effective training time.
        spread_pct: Standard deviation of that of one seed.
        wasted_pct: Mean share of the job's energy that went into lost work.
        formula_pct: Effective training time by Daly's exact formula.
    """

    interruptions: float
    effective_pct: float
    spread_pct: float
    wasted_pct: float
    formula_pct: float


@cache
def train(checkpoint_s: float, restart_s: float, every_min: float = 0.0, seeds: int = SEEDS) -> Runs:
    """Run the job with several seeds."""
    campus = long_training(checkpoint_s=checkpoint_s, restart_s=restart_s, checkpoint_every_min=every_min)
    jobs: list[dict[str, Any]] = []
    for seed in range(seeds):
        result = simulate(campus, days=DAYS, seed=seed, record_s=SECONDS_PER_DAY)
        jobs += result.books.jobs
    effective_pct = [100.0 * job["goodput_pu"] for job in jobs]
    return Runs(
        interruptions=fmean(job["attempts"] - 1 for job in jobs),
        effective_pct=fmean(effective_pct),
        spread_pct=stdev(effective_pct),
        wasted_pct=fmean(100.0 * job["lost_work_mwh"] / job["energy_mwh"] for job in jobs),
        formula_pct=100.0 * _formula(campus),
    )


def _formula(campus: Campus) -> float:
    """Effective training time of the job by Daly's exact formula."""
    job: Any = campus.demand["training"]
    stops, planned_s = job.interruptions, job.interruptions.planned_interval_s
    return float(job.checkpoints.effective_pu(job.duration_s, stops.mtbf_s(job.gpus), planned_s))


def _b8() -> dict[str, Value]:
    runs = {name: train(*costs) for name, costs in COSTS.items()}
    found: dict[str, Value] = {"unexpected": runs["fast"].interruptions - LLAMA3["planned"]}
    return found | {name: (one.effective_pct, one.formula_pct) for name, one in runs.items()}


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B8": _b8}
"""Simulated numbers by case."""


def report() -> str:
    """Interruptions and effective training time, and what other intervals of checkpoints would give."""
    rows = compare("B8", _b8())
    fast = train(*COSTS["fast"])
    lines = "\n".join(
        f"| {every:g} | {one.effective_pct:.1f} | {one.formula_pct:.1f} | {one.wasted_pct:.1f} |"
        for every, one in _by_interval("fast").items()
    )
    said = (
        f"Answer: do the interruptions of Llama 3 405B leave the effective training time that is expected? "
        f"{agreement(rows).capitalize()}. It is {fast.effective_pct:.1f} % with checkpoints of "
        f"{COSTS['fast'][0]:g} s and restarts of {COSTS['fast'][1]:g} s, and {fast.wasted_pct:.1f} % of the "
        f"energy goes into work that is lost."
    )
    return f"""# A long training job

{reference_table(rows)}
Means of {SEEDS} seeds; the effective time of one seed scatters by {fast.spread_pct:.1f} points. The report
on Llama 3 says "higher than 90 %", and not how long a checkpoint or a restart takes.

| work between checkpoints, min | effective time, % | by formula, % | energy of lost work, % |
|---:|---:|---:|---:|
{lines}

The table is for checkpoints of {COSTS["fast"][0]:g} s. By Young's rule the interval is
{young_min("fast"):.1f} min; half or twice as much costs little.

{fill(said, WIDTH)}
"""


def young_min(name: str) -> float:
    """Work between checkpoints by Young's rule."""
    cost_s, _ = COSTS[name]
    mtbf_s = DAYS * SECONDS_PER_DAY / stated("B8", "unexpected")
    return sqrt(2.0 * cost_s * mtbf_s) / SECONDS_PER_MINUTE


def _by_interval(name: str) -> dict[float, Runs]:
    """Runs of a few seeds by the work between checkpoints."""
    return {every: train(*COSTS[name], every, seeds=5) for every in INTERVALS_MIN}


def answer(result: Result) -> str:
    """How often the job of a run was interrupted, and how much of its time and energy was useful."""
    (job,) = result.books.jobs
    wasted_pct = 100.0 * job["lost_work_mwh"] / job["energy_mwh"]
    formula = _formula(result.campus)
    return (
        f"In {result.days:g} days the job was interrupted {job['attempts'] - 1} times. It did useful work in "
        f"{100.0 * job['goodput_pu']:.1f} % of the time; {100.0 * formula:.1f} % are expected by Daly's "
        f"formula. {wasted_pct:.1f} % of its {job['energy_mwh']:,.0f} MWh went into work that was lost."
    )


def picture() -> Figure:
    """Effective training time by the work between checkpoints, simulated and by formula."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(9.0, 4.0), layout="constrained")
    axes = figure.subplots()
    for (name, (cost_s, restart_s)), color in zip(COSTS.items(), ("#4477aa", "#ee6677"), strict=True):
        runs = _by_interval(name)
        every, found = [*runs], [*runs.values()]
        label = f"checkpoints of {cost_s:g} s, restarts of {restart_s:g} s"
        axes.plot(every, [one.formula_pct for one in found], color=color, lw=1, label=f"{label}: formula")
        axes.errorbar(
            every,
            [one.effective_pct for one in found],
            yerr=[one.spread_pct for one in found],
            fmt="o",
            ms=4,
            capsize=3,
            color=color,
            label="simulated, with the spread of a seed",
        )
        axes.axvline(young_min(name), color=color, ls=":", lw=1)
    axes.set_xscale("log", base=2)
    axes.set_xticks(INTERVALS_MIN, [f"{every:g}" for every in INTERVALS_MIN])
    axes.set_xlabel("work between checkpoints [min]; dotted: Young's rule")
    axes.set_ylabel("effective training time [%]")
    axes.legend(fontsize=8)
    axes.set_title("Llama 3 405B: 16,384 GPUs, interrupted every 3 hours")
    return figure


if __name__ == "__main__":
    run_scenario(long_training)
