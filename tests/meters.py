"""Meters and bills for tests of tariffs: mean powers by interval, and the bill of a load."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from sim import Campus, Result, simulate
from sim.books.metered import Metered
from sim.campus import GridConnection, MeasuredLoad
from sim.contracts.contract import BillLine
from sim.timeseries.calendar import Calendar

QUARTER = 900.0
HOUR = 3600.0
NEW_YEAR = "2025-01-01T00:00:00+00:00"
WINTER_MORNING = "2025-01-01T00:00:00-05:00"
"""New Year in New York."""

Row = tuple[str, str, list[float], float | None, list[float]]


def meter(
    drawn_mw: Sequence[float],
    *,
    step_s: float = QUARTER,
    fed_mw: Sequence[float] | None = None,
    start: str = NEW_YEAR,
    timezone: str = "UTC",
) -> Metered:
    """A meter of even intervals of whole quarters, with a mean power each."""
    calendar = Calendar(datetime.fromisoformat(start), timezone)
    parts = round(step_s / QUARTER)
    drawn_mwh = np.repeat(np.array(drawn_mw, dtype=float), parts) / 4
    fed_mwh = np.zeros(len(drawn_mwh)) if fed_mw is None else np.repeat(np.array(fed_mw), parts) / 4
    edges_s = np.arange(len(drawn_mwh) + 1) * QUARTER
    months_s = calendar.month_edges(float(edges_s[-1]))
    return Metered(edges_s, drawn_mwh, fed_mwh, edges_s, months_s, calendar)


def rows(lines: Iterable[BillLine]) -> list[Row]:
    """Name, detail, quantity of each month, rate and amount of each month."""
    return [
        (
            line.name,
            line.detail,
            [] if line.quantity is None else line.quantity.tolist(),
            line.usd_per_unit,
            line.usd.tolist(),
        )
        for line in lines
    ]


def billed(
    tariff: Any,
    load_mw: Any = 10.0,
    *,
    days: float = 1.0,
    start: str = WINTER_MORNING,
    timezone: str = "America/New_York",
    record_s: float | None = None,
    **grid: Any,
) -> Result:
    """A run of one load, by default 10 MW, behind a connection of 1,000 MW with a tariff."""
    connection = GridConnection(**{"import_limit_mw": 1000.0, "tariff": tariff, **grid})
    demand = {"load": MeasuredLoad(power_mw=load_mw)}
    campus = Campus(name="test", start=start, timezone=timezone, supply={"grid": connection}, demand=demand)
    return simulate(campus, days=days, record_s=record_s)


def hourly(values: Sequence[float]) -> dict[str, Any]:
    """A profile with a value for each hour."""
    return {"times_s": [hour * HOUR for hour in range(len(values))], "values": list(map(float, values))}


def bill(result: Result) -> dict[str, dict[str, float]]:
    """Amounts of a run by month, and by line with its detail."""
    found: dict[str, dict[str, float]] = {}
    frame = result.bill
    for month, line, detail, usd in zip(
        frame["month"], frame["line"], frame["detail"], frame["usd"], strict=True
    ):
        found.setdefault(str(month), {})[f"{line}: {detail}" if detail else line] = usd
    return found


def quantities(result: Result) -> dict[str, dict[str, float]]:
    """Quantities of a run by month, and by line with its detail."""
    found: dict[str, dict[str, float]] = {}
    frame = result.bill
    for month, line, detail, quantity in zip(
        frame["month"], frame["line"], frame["detail"], frame["quantity"], strict=True
    ):
        found.setdefault(str(month), {})[f"{line}: {detail}" if detail else line] = quantity
    return found


def all_year(period: int) -> list[list[int]]:
    """A schedule with one period."""
    return [[period] * 24 for _ in range(12)]


def record(folder: Path, **fields: Any) -> Path:
    """A file with a record of the Utility Rate Database: by default energy at 0.1 USD/kWh."""
    content = {"energyratestructure": [[{"rate": 0.1}]], **fields}
    path = folder / "rate.json"
    path.write_text(json.dumps({name: value for name, value in content.items() if value != "absent"}))
    return path


def urdb(folder: Path, fields: dict[str, Any], **traits: Any) -> dict[str, Any]:
    """A tariff by such a record."""
    return {"kind": "urdb", "file": str(record(folder, **fields)), **traits}
