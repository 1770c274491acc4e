"""The jobs as a Gantt chart: when each waited in line and when it ran, its restarts, goodput and deadline."""

from __future__ import annotations

from math import isnan
from typing import Any

from sim.plots.palette import CURTAILED, VALUE
from sim.report.document import Document, Paragraph
from sim.report.html import Html, element, joined, to_html
from sim.report.numbers import number
from sim.report.phrases import counted
from sim.runs.run import JOB_COLUMNS, Run, table
from sim.units import PERCENT

MOST_JOBS = 100
_WAITED, _BEGUN = "waited", "begun"
_LEAST_H = 0.1


def jobs(run: Run, *, most: int = MOST_JOBS) -> Html:
    """The largest jobs, by submission; a name moves the dispatch chart to the job's start.

    Args:
        run: The run.
        most: Most jobs.
    """
    every = table(run.books.jobs, JOB_COLUMNS)
    every = every[every["work_gpu_h"].notna() & (every["submit_s"] < run.books.horizon_s)]
    if every.empty:
        return to_html(Document("", (Paragraph("No jobs."),)))
    shown = every.nlargest(most, "work_gpu_h").sort_values(["submit_s", "name"])
    few = (
        counted(len(every), "job")
        if len(shown) == len(every)
        else f"the {len(shown)} largest of {len(every):,} jobs"
    )
    begin, end = (f"{run.calendar.at(t_s):%Y-%m-%d %H:%M}" for t_s in (0.0, run.books.horizon_s))
    about = (
        f"{few[0].upper()}{few[1:]}, from {begin} to {end}: in line (hatched), begun (blue), deadline (line)."
    )
    rows = (_row(run, job) for job in shown.to_dict("records"))
    return joined(element("p", about), element("ol", *rows, class_="gantt"))


def _row(run: Run, job: dict[Any, Any]) -> Html:
    """A job: its name, its bars, and how it went."""
    horizon_s = run.books.horizon_s
    begun_s, ended_s = (horizon_s if isnan(job[name]) else job[name] for name in ("start_s", "end_s"))
    bars = [
        _bar(_WAITED, job["submit_s"], begun_s, horizon_s, CURTAILED),
        _bar(_BEGUN, begun_s, ended_s, horizon_s, VALUE),
    ]
    if job["deadline_s"] <= horizon_s:
        bars.append(_bar("deadline", job["deadline_s"], job["deadline_s"], horizon_s, CURTAILED))
    name = element("button", str(job["name"]), data_at=f"{min(begun_s, horizon_s):.12g}")
    return element(
        "li", name, element("span", *bars, class_="track"), element("span", _told(job), class_="note")
    )


def _bar(kind: str, since_s: float, until_s: float, horizon_s: float, colour: str) -> Html:
    left, width = PERCENT * since_s / horizon_s, PERCENT * max(until_s - since_s, 0.0) / horizon_s
    return element(
        "span", "", class_=f"bar {kind}", style=f"left: {left:.3f}%; width: {width:.3f}%; --colour: {colour}"
    )


def _told(job: dict[Any, Any]) -> str:
    """State, work done, and what went wrong."""
    done = f"{job['state']}, {number(job['done_gpu_h'])} of {number(job['work_gpu_h'])} GPU-h"
    parts = [done]
    if job["line_h"] > _LEAST_H:
        parts.append(f"{number(job['line_h'])} h in line")
    if job["attempts"] > 1:
        parts.append(f"{counted(int(job['attempts']) - 1, 'restart')}, goodput {job['goodput_pu']:.2f}")
    if job["deferred_mwh"] > _LEAST_H:
        parts.append(f"{number(job['deferred_mwh'])} MWh deferred")
    return "; ".join(parts)
