"""Limits of a run: for how long each was reached, from the recorded flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.books.closed import Bound, Flow, Participant
from sim.report.numbers import number
from sim.runs.run import Run
from sim.timeseries.series import Array, StepSeries
from sim.units import SECONDS_PER_DAY

if TYPE_CHECKING:
    import pandas as pd

_SLACK_MW = 1e-6
_SLACK_PU = 1e-6


def limits(run: Run) -> list[str]:
    """A clause for each limit that was reached.

    A row counts if the limit was reached throughout it. If means are recorded, the hours are a lower
    bound, and marked as one.
    """
    flows = run.flows
    reached = [
        (f"{one.name} {label}", hours)
        for one in run.books.participants
        for bound in one.bounds
        for label, hours in _bound(run, flows, one.name, bound)
    ]
    reached += [limit for one in run.books.participants for limit in _store(run, flows, one)]
    reached += [
        (f"{name.rpartition('.')[0]} deferred", _hours(flows, flows[name].to_numpy() > _SLACK_MW))
        for name in run.columns(Flow.DEFERRED)
    ]
    least = "" if run.record_s is None else "at least "
    return [f"{what} {least}{number(hours)} h" for what, hours in reached if hours > 0.0]


def _bound(run: Run, flows: pd.DataFrame, name: str, bound: Bound) -> list[tuple[str, float]]:
    """Hours in which a flow was at its bound, and hours in which the bound was zero."""
    columns = run.columns_of(name, bound.flow)
    if not columns:
        return []
    most_mw, mw = _means(run, bound.mw), flows[columns].sum(axis=1).to_numpy()
    found = [(bound.label, _hours(flows, (mw >= most_mw - _SLACK_MW) & (mw > _SLACK_MW)))]
    if bound.none:
        found.append((bound.none, _hours(flows, most_mw <= _SLACK_MW)))
    return found


def _store(run: Run, flows: pd.DataFrame, one: Participant) -> list[tuple[str, float]]:
    """Hours in which a store stood full or empty."""
    columns = run.columns_of(one.name, "stored_mwh")
    if one.lowest_mwh is None or one.highest_mwh is None or not columns:
        return []
    moved = flows[run.columns_of(one.name, Flow.CHARGE, Flow.DISCHARGE)].to_numpy()
    idle = (moved <= _SLACK_MW).all(axis=1)
    low, high, level = _means(run, one.lowest_mwh), _means(run, one.highest_mwh), flows[columns[0]].to_numpy()
    slack_mwh = _SLACK_PU * high
    return [
        (f"{one.name} full", _hours(flows, idle & (level >= high - slack_mwh) & (high > 0.0))),
        (f"{one.name} empty", _hours(flows, idle & (level <= low + slack_mwh) & (high > 0.0))),
    ]


def _means(run: Run, series: StepSeries) -> Array:
    """Means of a series over the recorded rows."""
    edges_s = np.append(run.t_s, run.days * SECONDS_PER_DAY)
    return series.integrals(edges_s) / np.diff(edges_s)


def _hours(flows: pd.DataFrame, holds: NDArray[np.bool_]) -> float:
    return float(flows["dt_h"].to_numpy() @ holds.astype(float))
