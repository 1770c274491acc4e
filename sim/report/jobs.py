"""Training jobs in a report: how far they came, which of them waited, and which lost work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.report.document import Table
from sim.report.numbers import column, large, number
from sim.report.phrases import WATT_HOUR, counted, listed
from sim.runs.run import JOB_COLUMNS, Run, table
from sim.units import hours

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 8
_NAME, _END = 20, 8
_NAMED = 3
_WAITED = ("job that waited", "state", "deferred MWh", "outstanding MWh", "late h", "in line h")
_NUMBERS = ("deferred_mwh", "outstanding_mwh", "late_h", "line_h")
_LOST = ("job that lost work", "state", "restarts", "lost GPU-h", "lost MWh", "goodput")
_STATES = ("finished", "running", "starting", "held back", "waiting for GPUs", "not yet submitted")


def training(run: Run) -> str:
    """Progress of the jobs that were submitted in the run."""
    jobs = _jobs(run)
    if not len(jobs):
        return "none"
    counts = jobs["state"].value_counts()
    known = [state for state in _STATES if state in counts]
    states = listed(f"{counts[state]:,} {state}" for state in [*known, *sorted({*counts.index} - {*_STATES})])
    work_gpu_h = float(jobs.loc[jobs["state"] != _STATES[-1], "work_gpu_h"].sum())
    done = f"{large(run.summary.gpu_h_done)} of {large(work_gpu_h)} GPU-h done; jobs: {states}"
    in_line_h, restarts = float(jobs["line_h"].sum()), _restarts(jobs)
    in_line = [f"{number(in_line_h)} h in line for GPUs"] if round(in_line_h, 1) else []
    again = [counted(restarts, "restart")] if restarts else []
    return "; ".join([done, *in_line, *again, *_lost(jobs)])


def waited(run: Run) -> list[Table]:
    """The jobs with deferred energy, that with most of it first; none if no job has any."""
    jobs = run.jobs[run.jobs["deferred_mwh"].fillna(0.0).round(WATT_HOUR) > 0.0]
    if not len(jobs):
        return []
    ranked = jobs.sort_values(["deferred_mwh", "name"], ascending=[False, True])
    rows = [
        (_short(job["name"]), job["state"], *(number(job[name]) for name in _NUMBERS))
        for job in ranked.head(_ROWS).to_dict("records")
    ]
    rest = ranked.iloc[_ROWS:]
    if len(rest):
        sums = rest[list(_NUMBERS)].sum()
        energy = (number(sums["deferred_mwh"]), number(sums["outstanding_mwh"]))
        rows.append(
            (f"{len(rest)} others", "", *energy, number(rest["late_h"].max()), number(sums["line_h"]))
        )
    return [Table(_WAITED, tuple(rows), words=2)]


def interrupted(run: Run) -> list[Table]:
    """The jobs that lost work, that with most of it first; none if no job lost any."""
    jobs = _losers(_jobs(run))
    if not len(jobs):
        return []
    ranked = jobs.sort_values(["lost_gpu_h", "name"], ascending=[False, True])
    groups = [ranked.iloc[at : at + 1] for at in range(min(_ROWS, len(ranked)))]
    labels = [(_short(one["name"].iloc[0]), one["state"].iloc[0]) for one in groups]
    if len(ranked) > _ROWS:
        groups.append(ranked.iloc[_ROWS:])
        labels.append((f"{len(groups[-1])} others", ""))
    rows = (
        (
            *label,
            f"{_restarts(some):,}",
            number(some["lost_gpu_h"].sum()),
            number(some["lost_work_mwh"].sum()),
            _goodput(some),
        )
        for label, some in zip(labels, groups, strict=True)
    )
    return [Table(_LOST, tuple(rows), words=2)]


def _jobs(run: Run) -> pd.DataFrame:
    """The jobs that have an end, with elapsed seconds and the GPU-hours that they took since they began."""
    jobs = table(run.books.jobs, JOB_COLUMNS)
    taken_s = jobs["end_s"].fillna(run.books.horizon_s) - jobs["start_s"]
    jobs["taken_gpu_h"] = jobs["gpus"].astype(float) * hours(1.0) * taken_s
    return jobs[jobs["work_gpu_h"].notna()]


def _short(name: str) -> str:
    """A name that fits the tables; jobs of a workload differ at its end."""
    return name if len(name) <= _NAME else f"{name[: _NAME - _END - 1]}…{name[-_END:]}"


def _losers(jobs: pd.DataFrame) -> pd.DataFrame:
    return jobs[jobs["lost_gpu_h"] > 0.0]


def _restarts(jobs: pd.DataFrame) -> int:
    return int((jobs["attempts"] - 1.0).clip(lower=0.0).sum())


def _lost(jobs: pd.DataFrame) -> list[str]:
    """What was lost, and the goodput of the jobs that lost it."""
    losers = _losers(jobs)
    if not len(losers):
        return []
    lost = f"{large(losers['lost_gpu_h'].sum())} GPU-h and {number(losers['lost_work_mwh'].sum())} MWh"
    return [f"{counted(len(losers), 'job')} lost {lost} of work, goodput {_goodput(losers)}"]


def _goodput(jobs: pd.DataFrame) -> str:
    """Work done at full speed over the GPU-hours since the jobs began."""
    return column([jobs["done_gpu_h"].sum() / jobs["taken_gpu_h"].sum()], 3)[0]
