"""What held a run back: for how long each limit was reached, read from the recorded flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.bus.flows import Flow
from sim.report.numbers import number
from sim.report.sources import columns_of, generators, stores
from sim.results.result import Result
from sim.supply.grid import GridConnection
from sim.timeseries.profile import series_of
from sim.units import SECONDS_PER_DAY

if TYPE_CHECKING:
    import pandas as pd

_SLACK_MW = 1e-6
_SLACK_PU = 1e-6


def limits(result: Result) -> list[str]:
    """A clause for each limit that was reached.

    A row counts if the limit held all through it; where means are recorded, the hours are therefore a lower
    bound, and said to be one.
    """
    flows = result.flows
    reached = [limit for name in generators(result) for limit in _connection(result, flows, name)]
    reached += [limit for name in stores(result) for limit in _store(result, flows, name)]
    reached += [
        (f"{name.rpartition('.')[0]} deferred", _hours(flows, flows[name] > _SLACK_MW))
        for name in result.columns(Flow.DEFERRED)
    ]
    bound = "" if result.record_s is None else "at least "
    return [f"{what} {bound}{number(hours)} h" for what, hours in reached if hours > 0.0]


def _connection(result: Result, flows: pd.DataFrame, name: str) -> list[tuple[str, float]]:
    """Hours in which a grid connection gave all it may, or nothing."""
    if not columns_of(result, name, Flow.IMPORT):
        return []
    drawn, spare = flows[f"{name}.{Flow.IMPORT}"], flows[f"{name}.{Flow.HEADROOM}"]
    bound = spare <= _SLACK_MW
    reached = [
        (f"{name} at import limit", _hours(flows, bound & (drawn > _SLACK_MW))),
        (f"{name} without import", _hours(flows, bound & (drawn <= _SLACK_MW))),
    ]
    source = result.campus.supply[name]
    if isinstance(source, GridConnection):
        calendar, horizon_s = result.campus.calendar, result.days * SECONDS_PER_DAY
        most = series_of(source, "export_limit_mw", calendar, horizon_s).values_at(result.t_s)
        fed = flows[f"{name}.{Flow.EXPORT}"]
        full = (fed >= most - _SLACK_MW) & (fed > _SLACK_MW)
        reached.append((f"{name} at export limit", _hours(flows, full)))
    return reached


def _store(result: Result, flows: pd.DataFrame, name: str) -> list[tuple[str, float]]:
    """Hours in which a store stood full or empty."""
    spec = result.campus.supply[name].to_dict()
    size_mwh = spec.get("energy_mwh")
    if not size_mwh:
        return []
    idle = (flows[f"{name}.{Flow.CHARGE}"] <= _SLACK_MW) & (flows[f"{name}.{Flow.DISCHARGE}"] <= _SLACK_MW)
    level = flows[f"{name}.stored_mwh"] / size_mwh
    full = level >= spec.get("max_soc_pu", 1.0) - _SLACK_PU
    empty = level <= spec.get("min_soc_pu", 0.0) + _SLACK_PU
    return [(f"{name} full", _hours(flows, idle & full)), (f"{name} empty", _hours(flows, idle & empty))]


def _hours(flows: pd.DataFrame, holds: pd.Series[bool]) -> float:
    return float(flows["dt_h"].to_numpy() @ holds.to_numpy(dtype=float))
