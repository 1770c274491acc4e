"""The weeks that a reader looks at first, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sim.books.closed import Flow
from sim.plots.week import Week, heaviest_week, week_around
from sim.runs.run import Run
from sim.units import SECONDS_PER_HOUR

_LEAST_MWH = 1e-6
_HEAVIEST = {
    "most unserved": (Flow.UNSERVED,),
    "most held back": (Flow.HELD_BACK,),
    "most curtailed": (Flow.CURTAILED,),
    "most import": (Flow.IMPORT,),
    "most demand": (Flow.SERVED, Flow.UNSERVED, Flow.HELD_BACK),
}
_PEAK, _MARGIN = "peak demand", "least reserve margin"
REASONS = (*_HEAVIEST, _PEAK, _MARGIN)
"""Why a week may be one of the worst, the worst reason first."""


def weeks(run: Run) -> list[Week]:
    """The worst weeks, each once, with all reasons; a run of a week or less is one."""
    found: dict[int, Week] = {}
    for week in worst_weeks(run):
        before = found.get(week.first)
        found[week.first] = week if before is None else replace(week, why=f"{before.why}, {week.why}")
    whole = whole_run(run)
    is_long = any(week.last - week.first < whole.last for week in found.values())
    return list(found.values()) if is_long else [whole]


def whole_run(run: Run) -> Week:
    """All hours of a run."""
    return Week(0, len(run.hourly), "whole run")


def worst_weeks(run: Run) -> Iterator[Week]:
    """The worst week by each reason that the run has, the worst first."""
    for why, labels in _HEAVIEST.items():
        energy = np.asarray(run.hourly[run.columns(*labels)].sum(axis=1), dtype=np.float64)
        if energy.sum() > _LEAST_MWH:
            yield heaviest_week(energy, why)
    if run.summary.peak_demand_mw:
        yield week_around(run, run.summary.peak_demand_at_h, _PEAK)
    tightest = run.books.adequacy.tightest("all")
    if tightest is not None:
        yield week_around(run, tightest.at_s / SECONDS_PER_HOUR, _MARGIN)
