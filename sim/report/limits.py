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
    if run.record_s is None:  # a mean above zero does not tell for how long
        reached += [
            (f"{name.rpartition('.')[0]} held back", _hours(flows, flows[name].to_numpy() > _SLACK_MW))
            for name in run.columns(Flow.HELD_BACK)
        ]
    least = "" if run.record_s is None else "at least "
    return [f"{what} {least}{number(hours)} h" for what, hours in reached if hours > 0.0]


def _bound(run: Run, flows: pd.DataFrame, name: str, bound: Bound) -> list[tuple[str, float]]:
    """Hours in which a flow was all that its bound allowed, and those in which that was nothing."""
    columns = run.columns_of(name, bound.flow)
    if not columns:
        return []
    most_mw, holds = _throughout(run, bound.mw)
    mw = flows[columns].sum(axis=1).to_numpy()
    found = [(bound.label, _hours(flows, holds & (mw >= most_mw - _SLACK_MW) & (mw > _SLACK_MW)))]
    if bound.none:
        found.append((bound.none, _hours(flows, holds & (most_mw <= _SLACK_MW))))
    return found


def _store(run: Run, flows: pd.DataFrame, one: Participant) -> list[tuple[str, float]]:
    """Hours in which a store stood full or empty: its level was so at both ends of a row."""
    columns = run.columns_of(one.name, "stored_mwh")
    if one.lowest_mwh is None or one.highest_mwh is None or not columns:
        return []
    low, low_holds = _throughout(run, one.lowest_mwh)
    high, high_holds = _throughout(run, one.highest_mwh)
    level = flows[columns[0]].to_numpy()
    slack_mwh = _SLACK_PU * high
    moved = flows[run.columns_of(one.name, Flow.CHARGE, Flow.DISCHARGE)].to_numpy()
    idle = np.asarray((moved <= _SLACK_MW).all(axis=1))
    after = np.append(level[1:], level[-1] if idle[-1] else np.nan)
    if run.record_s is not None:  # a mean holds the level of each settlement until the next
        after = np.where(idle, after, np.nan)
    full = (np.minimum(level, after) >= high - slack_mwh) & high_holds & (high > 0.0)
    empty = (np.maximum(level, after) <= low + slack_mwh) & low_holds & (high > 0.0)
    return [(f"{one.name} full", _hours(flows, full)), (f"{one.name} empty", _hours(flows, empty))]


def _throughout(run: Run, series: StepSeries) -> tuple[Array, NDArray[np.bool_]]:
    """The value of a series where each recorded row begins, and whether it holds all through the row."""
    ends_s = np.append(run.t_s[1:], run.days * SECONDS_PER_DAY)
    begun = np.searchsorted(series.times_s, run.t_s, side="right")
    ended = np.searchsorted(series.times_s, ends_s, side="left")
    return series.values_at(run.t_s), begun == ended


def _hours(flows: pd.DataFrame, holds: NDArray[np.bool_]) -> float:
    return float(flows["dt_h"].to_numpy() @ holds.astype(float))
