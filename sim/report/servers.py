"""The servers in a report: the line for the GPUs of each pool, and what its servers did."""

from __future__ import annotations

from math import isnan

from sim.report.document import Heading, Item, Items, Paragraph, Table
from sim.report.numbers import cell, column, whole
from sim.report.phrases import short
from sim.runs.pools import PoolJobs, pools_with_jobs
from sim.runs.run import Run
from sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

SHOWN = ("server_h",)
"""Accounts that this section tells."""
_NAME = 20
_ROUNDING_H = 1e-6
_HEADS = ("pool", "GPUs", "held", "jobs", "done", "mean wait h", "95 % wait h", "slowdown", "makespan d")
_TERMS = (
    "Held: share of all GPU-hours that jobs had. Wait: from submission to the first start. Slowdown: mean "
    "bounded slowdown of the jobs that ended. Makespan: from the first submission to the last end."
)
_STATES = {
    "active": "at work",
    "idle": "idle",
    "draining": "draining",
    "booting": "starting",
    "failed": "failed",
    "off": "off",
}


def servers(run: Run) -> list[Heading | Table | Paragraph | Items]:
    """The section, where jobs waited in line for GPUs or servers fail."""
    pools, states = pools_with_jobs(run), _states(run)
    if not states and all(pool.line_h < _ROUNDING_H for pool in pools):
        return []
    found: list[Heading | Table | Paragraph | Items] = [Heading("Servers")]
    if pools:
        found += [Table(_HEADS, tuple(map(_row, pools)), words=1), Paragraph(_TERMS)]
    return [*found, Items((Item("Servers", "; ".join(states)),))] if states else found


def _row(pool: PoolJobs) -> tuple[str, ...]:
    line = pool.queueing
    return (
        short(pool.pool, _NAME),
        f"{pool.gpus:,}",
        f"{100.0 * pool.held_pu:.1f} %",
        f"{pool.jobs:,}",
        f"{line.finished:,}",
        _shown(line.mean_wait_s / SECONDS_PER_HOUR),
        _shown(line.p95_wait_s / SECONDS_PER_HOUR),
        cell(line.mean_bounded_slowdown),
        cell(line.makespan_s / SECONDS_PER_DAY),
    )


def _shown(value: float) -> str:
    """A number with one decimal, less than that as such; a dash where there is none."""
    return cell(value) if isnan(value) else column([value], 1)[0]


def _states(run: Run) -> list[str]:
    """For each pool whose servers fail, how many servers were in each state on average."""
    found = []
    hours = run.books.horizon_s / SECONDS_PER_HOUR
    postings = run.books.posted(*SHOWN)
    for name in sorted({one.owner for one in postings}):
        server_h = {one.account.part: one.total for one in postings if one.owner == name}
        means = [
            f"{_shown(server_h[part] / hours)} {word}" for part, word in _STATES.items() if part in server_h
        ]
        total = whole(sum(server_h.values()) / hours)
        found.append(f"{name} {total}, of which on average {', '.join(means)}")
    return found
