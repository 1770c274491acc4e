"""The table of the jobs that waited: how much of each, and how long."""

from __future__ import annotations

from sim.report.document import Table
from sim.report.numbers import number
from sim.report.phrases import WATT_HOUR, short
from sim.runs.run import Run

_ROWS = 8
_NAME = 24
_HEADS = ("job that waited", "state", "deferred MWh", "outstanding MWh", "late h", "in line h")
_NUMBERS = ("deferred_mwh", "outstanding_mwh", "late_h", "line_h")


def waited(run: Run) -> list[Table]:
    """The jobs with deferred energy, that with most of it first; none if no job has any."""
    jobs = run.jobs[run.jobs["deferred_mwh"].fillna(0.0).round(WATT_HOUR) > 0.0]
    if not len(jobs):
        return []
    ranked = jobs.sort_values(["deferred_mwh", "name"], ascending=[False, True])
    rows = [
        (short(job["name"], _NAME), job["state"], *(number(job[name]) for name in _NUMBERS))
        for job in ranked.head(_ROWS).to_dict("records")
    ]
    rest = ranked.iloc[_ROWS:]
    if len(rest):
        sums = rest[list(_NUMBERS)].sum()
        energy = (number(sums["deferred_mwh"]), number(sums["outstanding_mwh"]))
        rows.append(
            (f"{len(rest)} others", "", *energy, number(rest["late_h"].max()), number(sums["line_h"]))
        )
    return [Table(_HEADS, tuple(rows), words=2)]
