"""What tests of whole runs are built of: profiles, small campuses, refusals and recorded traces."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim import Campus, Result, SpecError, simulate
from sim.campus import Facility, GridConnection, MeasuredLoad, ServerPool
from sim.units import SECONDS_PER_HOUR

DATA = Path(os.environ.get("DCGRID_DATA", Path(__file__).parents[1] / "../shared/data"))
"""The folder of recorded traces."""
NEVER_H = 1e12
"""A mean time to a failure that does not come."""


def steps(*pairs: tuple[float, float]) -> dict[str, Any]:
    """A profile from (hour, value) pairs."""
    return {
        "times_s": [hour * SECONDS_PER_HOUR for hour, _ in pairs],
        "values": [value for _, value in pairs],
    }


def serve(
    load: Any, supply: Mapping[str, Any], *, days: float = 1.0, record_s: float | None = None, **campus: Any
) -> Result:
    """A run of these sources with one measured load, called `load`."""
    demand = {"load": MeasuredLoad(power_mw=load)}
    made = Campus(name="test", supply=dict(supply), demand=demand, **campus)
    return simulate(made, days=days, record_s=record_s)


def compute(
    pool: ServerPool,
    demand: Mapping[str, Any],
    *,
    days: float = 1.0,
    facility: Facility | None = None,
    **grid: Any,
) -> Result:
    """A run of workloads on one pool, called `hall`, behind a grid connection of 10 MW, without overhead."""
    made = Campus(
        name="test",
        facility=facility or Facility(pue=1.0),
        servers={"hall": pool},
        supply={"grid": GridConnection(**{"import_limit_mw": 10.0, **grid})},
        demand=dict(demand),
    )
    return simulate(made, days=days)


def elapsed_h(result: Result, moment: datetime) -> float:
    """Hours from the start of a run to a moment."""
    return (moment - result.campus.start).total_seconds() / SECONDS_PER_HOUR


def told(call: Callable[[], Any]) -> str:
    """The words with which a call is refused."""
    with pytest.raises(SpecError) as caught:
        call()
    return str(caught.value)


def recorded_mw(column: str) -> np.ndarray:
    """A column of the recorded year, in hours; the test is skipped where it is not at hand."""
    path = DATA / "pymgrid" / "series_8760h.csv.gz"
    if not path.is_file():
        pytest.skip(f"the recorded year is not at {path}; set DCGRID_DATA to the folder that holds it")
    kw = pd.read_csv(path)[column].to_numpy()  # energy of an hour is its mean power
    return kw / 1000.0
