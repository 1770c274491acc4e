"""The power swings of a training job: iterations, evaluations and checkpoints, each phase on the bus.

Case B1: GPT-3 175B on 512 H100. The phases are those of one measured run; they predict the wall power of
another one. Case B16: OLMo on H100, its power in training and while a checkpoint is written.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from math import nan
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from sim import Campus, Result, SpecError, simulate
from sim.campus import Facility, GridConnection, ServerPool, TrainingJob
from sim.cli import run_scenario
from sim.demand.checkpoints import Checkpoints
from sim.demand.phases import PRESETS
from sim.errors import Problem, nearest
from sim.runs.swings import SAMPLE_S, lines_of, power_of, samples_of, spectrum, swings_of
from sim.timeseries.series import Array, StepSeries
from sim.units import (
    KW_PER_MW,
    SECONDS_PER_MINUTE,
    W_PER_MW,
    GpuCount,
    Minutes,
    OverheadRatio,
    PositiveCount,
    PositiveSeconds,
    hours,
)
from sim.validation.published import (
    ReferenceMissingError,
    Value,
    agreement,
    compare,
    data_file,
    inputs,
    reference_table,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GPT3, OLMO = inputs("B1"), inputs("B16")
DAYS = 0.05
"""Enough for the default job."""
WIDTH = 100
"""Columns of a line of the report."""
_SHOWN_MIN = 8.0
_LONGEST_S = 300.0
_NAMED = 2


def power_swings(
    *,
    phases: str = GPT3["phases"],
    gpus: GpuCount = GPT3["gpus"],
    steps: PositiveCount = GPT3["iterations"],
    checkpoint_every_min: Minutes = 0.0,
    checkpoint_s: PositiveSeconds = 60.0,
    pue: OverheadRatio = 1.0,
) -> Campus:
    """Run one training job whose every phase is on the bus.

    Args:
        phases: Preset of the job's phases: gpt3_512xh100 or olmo_h100.
        gpus: GPUs of the job, in servers of 8 H100; all of them swing together.
        steps: Iterations of the job.
        checkpoint_every_min: Work between checkpoints; 0 for none.
        checkpoint_s: Time to write a checkpoint.
        pue: Facility power over IT power; with 1, the power is that at the servers, as it was measured.
    """
    if phases not in PRESETS:
        message = f"= {phases!r} is unknown{nearest(phases, PRESETS)}"
        raise SpecError("power_swings", [Problem(("phases",), message)])
    saves = None
    if checkpoint_every_min:
        saves = Checkpoints(interval_s=checkpoint_every_min * SECONDS_PER_MINUTE, cost_s=checkpoint_s)
    pool = ServerPool(servers=-(-gpus // 8), model="8xh100")
    most_w = max(pool.busy_w_per_gpu, PRESETS[phases].compute_w)
    return Campus(
        name="Power swings of a training job",
        facility=Facility(pue=pue),
        servers={"cluster": pool},
        supply={"grid": GridConnection(import_limit_mw=2.0 * pue * gpus * most_w / W_PER_MW)},
        demand={
            "training": TrainingJob(
                pool="cluster",
                gpus=gpus,
                work_steps=steps,
                phases=phases,
                resolution="phases",
                flexible_pu=0.0,
                checkpoints=saves,
            )
        },
    )


@cache
def gpt3() -> Result:
    """The run of GPT-3, from its start-up to its end."""
    return simulate(power_swings(), days=DAYS)


@cache
def olmo() -> Result:
    """An hour of OLMo and its checkpoints."""
    job = {name: OLMO[name] for name in ("phases", "gpus", "checkpoint_every_min", "checkpoint_s")}
    return simulate(power_swings(steps=OLMO["iterations"], **job), days=DAYS)


def training_part(result: Result) -> StepSeries:
    """The load of a run from the first step of its job to the end of the job, or of the run [MW]."""
    (job,) = result.books.jobs
    power = power_of(result)
    start_s, end_s = job["start_s"] or 0.0, job["end_s"] or power.end_s
    within = (power.times_s > start_s) & (power.times_s < end_s)
    times_s = np.concatenate([[start_s], power.times_s[within]])
    return StepSeries(times_s, power.values_at(times_s), end_s)


def _quantile_mw(power: StepSeries, percent: float) -> float:
    """Power that is not exceeded for a share of the time."""
    return power.quantile(percent / 100.0, power.start_s, power.end_s)


def _b1() -> dict[str, Value]:
    power = training_part(gpt3())
    lines = {line.period_s: line.amplitude_mw * KW_PER_MW for line in lines_of(samples_of(power))}
    found: dict[str, Value] = {
        "energy": hours(power.integral(power.start_s, power.end_s)) * KW_PER_MW,
        "mean": power.mean(power.start_s, power.end_s) * KW_PER_MW,
    }
    for percent in (5, 50, 99):
        found[f"p{percent}"] = _quantile_mw(power, percent) * KW_PER_MW
    for rhythm, near_s in GPT3["rhythms_s"].items():
        period_s = min(lines, key=lambda period_s: abs(period_s - near_s), default=nan)
        found[f"{rhythm}_period"], found[f"{rhythm}_amplitude"] = period_s, lines.get(period_s, nan)
    return found


def _b16() -> dict[str, Value]:
    power, host_w = training_part(olmo()), PRESETS[OLMO["phases"]].host_w
    gpu_w = {percent: _quantile_mw(power, percent) * W_PER_MW / OLMO["gpus"] - host_w for percent in (0, 100)}
    return {
        "training": 100.0 * gpu_w[100] / OLMO["rated_w"],
        "checkpointing": 100.0 * gpu_w[0] / OLMO["rated_w"],
    }


CASES: dict[str, Callable[[], dict[str, Value]]] = {"B1": _b1, "B16": _b16}
"""Simulated numbers by case."""


def report() -> str:
    """Published and simulated power of both jobs, and what the grid sees of one."""
    rows = compare("B1", _b1()) + compare("B16", _b16())
    said = (
        "Answer: do the phases of one measured run predict the power of another? "
        f"{agreement(rows).capitalize()}. {answer(gpt3())}"
    )
    return f"""# Power swings of a training job

{reference_table(rows)}
The phases of GPT-3 were measured in run 5848_2. Seven numbers describe them: length of an iteration,
its share of communication, three powers, length and interval of evaluations. The simulation predicts
run 5849_3 with them. The time from the first step to the end is compared: the power of the start-up,
{PRESETS[GPT3["phases"]].startup_s:.0f} s before it, was not recorded.

Each phase has one level. The measured power scatters within a phase, so the highest percentile is too
low and the median too high. The preset of OLMo is its published power: case B16 shows that the levels
reach the bus. How often it writes checkpoints is assumed.

No measurement of the swings of more than {GPT3["gpus"]} GPUs is published.

{fill(said, WIDTH)}
"""


def answer(result: Result) -> str:
    """How far and in which rhythm the power of a run swings while its job works."""
    power = training_part(result)
    found = swings_of(power)
    low, high = (_quantile_mw(power, percent) * KW_PER_MW for percent in (0, 100))
    rhythms = " and ".join(
        f"{line.amplitude_mw * KW_PER_MW:.1f} kW every {line.period_s:.1f} s" for line in found.lines[:_NAMED]
    )
    return (
        f"From the first step on, the power is {low:,.0f} to {high:,.0f} kW, "
        f"{power.mean(power.start_s, power.end_s) * KW_PER_MW:,.1f} kW on average. Its largest step is "
        f"{found.changes.step_mw * KW_PER_MW:,.1f} kW. "
        + (f"The strongest lines of its spectrum are {rhythms}." if rhythms else "It has no rhythm.")
    )


def measured_kw(file: str) -> Array:
    """Measured power of GPT-3, means over 2 s; empty where the file is not available."""
    try:
        path = data_file(file)
    except ReferenceMissingError:
        return np.zeros(0)
    with path.open(encoding="utf-8", newline="") as table:
        watts = [float(row["total_W"]) for row in csv.DictReader(table)]
    return np.array(watts) / KW_PER_MW


def picture() -> Figure:
    """Some minutes of GPT-3, its spectrum, and an hour of OLMo."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(12.0, 4.0), layout="constrained")
    minutes, lines, checkpoints = figure.subplots(1, 3, width_ratios=(3, 2, 2))
    power = training_part(gpt3())
    measured = measured_kw(GPT3["trace"])
    _draw(minutes, power, until_min=_SHOWN_MIN)
    _spectrum(lines, samples_of(power) * KW_PER_MW, "#223355", "simulated")
    if len(measured):
        at_min = np.arange(len(measured)) * SAMPLE_S / SECONDS_PER_MINUTE
        shown = at_min < _SHOWN_MIN
        minutes.plot(at_min[shown], measured[shown], color="#ee6677", lw=1, label="measured, run 5849_3")
        _spectrum(lines, measured, "#ee6677", "measured")
    minutes.set_title("GPT-3 on 512 H100", fontsize=10)
    minutes.set_ylim(300.0, 500.0)
    minutes.legend(loc="lower right", fontsize=8)
    lines.set_title("Its rhythms", fontsize=10)
    lines.set_xlabel("period [s]")
    lines.set_ylabel("amplitude [kW]")
    lines.set_xscale("log")
    lines.legend(fontsize=8)
    _draw(checkpoints, training_part(olmo()))
    checkpoints.set_title(f"OLMo on {OLMO['gpus']} H100, with checkpoints", fontsize=10)
    checkpoints.set_ylim(bottom=0.0)
    return figure


def _draw(axes: Axes, power: StepSeries, until_min: float | None = None) -> None:
    """Power over the minutes since the first step."""
    edges_s = np.append(power.times_s, power.end_s) - power.start_s
    axes.stairs(
        power.values * KW_PER_MW,
        edges_s / SECONDS_PER_MINUTE,
        baseline=None,
        color="#223355",
        lw=1,
        label="simulated",
    )
    axes.set_xlim(0.0, until_min or float(edges_s[-1]) / SECONDS_PER_MINUTE)
    axes.set_xlabel("minutes since the first step")
    axes.set_ylabel("power of the servers [kW]")


def _spectrum(axes: Axes, samples_kw: Array, color: str, label: str) -> None:
    frequency_hz, amplitude_kw = spectrum(samples_kw)
    shown = frequency_hz >= 1.0 / _LONGEST_S
    axes.plot(1.0 / frequency_hz[shown], amplitude_kw[shown], color=color, lw=1, label=label)


if __name__ == "__main__":
    run_scenario(power_swings)
