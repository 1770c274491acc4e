"""The panels of the picture of a run on its demand, each drawn into given axes: jobs, and the overhead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.books.closed import Flow
from sim.plots.palette import CYCLE, EMPTY, SERVED, SPILT, VALUE
from sim.report.facility import PARTS
from sim.report.numbers import number
from sim.report.phrases import short
from sim.runs.run import JOB_COLUMNS, Run, table
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_DAY

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MOST_JOBS = 14
_FEW_JOBS = 4
_LABEL = 0.2
"""Share of the width of the panel that a label takes."""
_NAME = 20
_MOST_LABELS = 14
_LEAST_H = 0.1
_THOUSAND = 1000.0
_COLOURS = (CYCLE[4], CYCLE[5], CYCLE[3], EMPTY)
"""Colours of the parts of the overhead."""


def has_jobs(run: Run) -> bool:
    """Whether there is something to tell of jobs: one waited in line, or started again."""
    jobs = _jobs(run)
    return bool((jobs["line_h"] > _LEAST_H).any() or (jobs["attempts"] > 1.0).any())


def has_overhead(run: Run) -> bool:
    """Whether the overhead follows weather or load, and there was IT load."""
    return bool(run.columns(Flow.COOLING) and run.summary.it_energy_mwh)


def jobs(axes: Axes, run: Run) -> None:
    """The largest jobs: when each was in line for its first start, when it ran, its restarts and goodput."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    every = _jobs(run)
    shown = every.nlargest(_MOST_JOBS, "work_gpu_h").sort_values(["submit_s", "name"])
    start_d = run.calendar.start.timestamp() / SECONDS_PER_DAY
    horizon_s = run.books.horizon_s
    places = range(len(shown))
    begun_s = shown["start_s"].fillna(horizon_s).to_numpy()
    ended_s = shown["end_s"].fillna(horizon_s).to_numpy()
    for name, since_s, until_s, style in (
        ("in line", shown["submit_s"].to_numpy(), begun_s, dict(SPILT)),
        ("begun", begun_s, ended_s, {"color": VALUE}),
    ):
        left = start_d + since_s / SECONDS_PER_DAY
        axes.barh(places, (until_s - since_s) / SECONDS_PER_DAY, left=left, height=0.7, label=name, **style)
    for place, until_s, job in zip(places, ended_s, shown.to_dict("records"), strict=True):
        if job["attempts"] > 1.0:
            text = f" {job['attempts'] - 1.0:,.0f} restarts, goodput {job['goodput_pu']:.2f} "
            at_s, side = _beside(job["submit_s"], until_s, horizon_s)
            axes.text(start_d + at_s / SECONDS_PER_DAY, place, text, ha=side, va="center", fontsize=8)
    axes.set_yticks(places, [short(name, _NAME) for name in shown["name"]])
    around = max(0.0, 0.5 * (_FEW_JOBS - len(shown)))  # a single bar does not fill the panel
    axes.set_ylim(len(shown) - 0.5 + around, -0.5 - around)
    axes.set_xlim(start_d, start_d + run.days)
    locator = AutoDateLocator(minticks=4, maxticks=10)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    few = "Training jobs" if len(shown) == len(every) else f"The {len(shown)} largest of {len(every):,} jobs"
    axes.set_title(f"{few}: done {number(100.0 * _done(every))} % of the work submitted")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2, frameon=False, fontsize="small")


def _beside(since_s: float, until_s: float, horizon_s: float) -> tuple[float, Literal["left", "right"]]:
    """Where the label of a bar begins or ends: on the side with more room, or inside if there is none."""
    room_s = max(since_s, horizon_s - until_s)
    if room_s < _LABEL * horizon_s:
        return since_s, "left"
    return (since_s, "right") if room_s == since_s else (until_s, "left")


def overhead(axes: Axes, run: Run) -> None:
    """Overhead per IT energy by month, which is the PUE less 1, and the water used."""
    months = run.monthly.index
    it_mwh = _monthly_mwh(run, Flow.IT)
    it_mwh = np.where(it_mwh > 0.0, it_mwh, np.nan)
    bars, top = np.arange(len(months)), np.ones(len(months))
    for (name, flow), colour in zip(PARTS.items(), _COLOURS, strict=True):
        each = np.nan_to_num(_monthly_mwh(run, flow) / it_mwh)
        if each.any():
            axes.bar(bars, each, bottom=top, color=colour, width=0.8, label=name)
            top = top + each
    axes.set_ylim(1.0, 1.0 + 1.1 * (top.max() - 1.0 or 1.0))
    labels = [
        month.strftime("%b\n%Y" if month.month == 1 or not at else "%b") for at, month in enumerate(months)
    ]
    every = -(-len(bars) // _MOST_LABELS)
    axes.set_xticks(bars[::every], labels[::every])
    axes.set_ylabel("PUE")
    axes.set_title(f"PUE by month: {run.summary.pue:.3f} over the run")
    if run.books.posted("water_m3"):
        water = axes.twinx()
        used = run.account("water_m3").sum(axis=1).to_numpy() / _THOUSAND
        water.plot(bars, used, "o-", color=SERVED, linewidth=1.2, markersize=4)
        water.set_ylim(bottom=0.0)
        water.set_ylabel("water, thousand m3")
        axes.plot([], [], "o-", color=SERVED, linewidth=1.2, markersize=4, label="water (right)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=4, frameon=False, fontsize="small")


def _monthly_mwh(run: Run, label: str) -> Array:
    """Energy of the flows with a label in each local month."""
    columns = zip(run.books.columns, run.books.monthly, strict=True)
    return sum((mwh for one, mwh in columns if one.label == label), np.zeros(len(run.monthly)))


def _jobs(run: Run) -> pd.DataFrame:
    """Jobs that were submitted, with elapsed seconds."""
    frame = table(run.books.jobs, JOB_COLUMNS)
    return frame[frame["work_gpu_h"].notna() & (frame["submit_s"] < run.books.horizon_s)]


def _done(jobs: pd.DataFrame) -> float:
    return float(jobs["done_gpu_h"].sum() / jobs["work_gpu_h"].sum())
