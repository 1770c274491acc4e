"""A month of one plant and one connection with agreements, and its bill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim import Campus, Result, simulate
from sim.campus import GridConnection, MeasuredLoad, MeasuredSource


def month(
    agreements: Mapping[str, Any],
    *,
    plant_mw: Any = 10.0,
    load_mw: Any = 10.0,
    days: float = 31.0,
    seed: int = 0,
    grid: Mapping[str, Any] | None = None,
    **campus: Any,
) -> Result:
    """January 2025 with a plant, a load and a grid connection at 60 USD/MWh."""
    made = Campus(
        name="test",
        supply={
            "plant": MeasuredSource(power_mw=plant_mw),
            "grid": GridConnection(**{"import_limit_mw": 100.0, **(grid or {})}),
        },
        demand={"load": MeasuredLoad(power_mw=load_mw)},
        agreements=dict(agreements),
        **campus,
    )
    return simulate(made, days=days, seed=seed)


def lines(result: Result, owner: str = "ppa") -> dict[str, float]:
    """Amount of each line of an agreement over the run, by its detail."""
    bill = result.bill[result.bill["owner"] == owner]
    return {str(detail): float(usd) for detail, usd in bill.groupby("detail")["usd"].sum().items()}


def quantities(result: Result, owner: str = "ppa") -> dict[str, float]:
    """Quantity of each line of an agreement over the run, by its detail."""
    bill = result.bill[result.bill["owner"] == owner]
    return {str(detail): float(mwh) for detail, mwh in bill.groupby("detail")["quantity"].sum().items()}
