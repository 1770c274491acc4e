"""Runs to compare: a sunny campus of 20 days whose load rises through each day, and more of it."""

from __future__ import annotations

from typing import Any

from sim import Campus, Result, simulate
from sim.campus import Battery, GridConnection, MeasuredLoad, SolarPlant


def sunny(
    name: str = "sunny", *, import_mw: float = 6.0, solar_mw: float = 8.0, days: float = 20.0, **more: Any
) -> Result:
    """A load of 5 to 10 MW behind a connection, with sun; what is named beside is added to the supply."""
    load = {
        "times_s": [3600.0 * at for at in range(480)],
        "values": [5.0 + at % 24 / 4.6 for at in range(480)],
    }
    campus = Campus(
        name=name,
        start="2025-10-28T00:00:00-04:00",
        timezone="America/New_York",
        supply={
            "grid": GridConnection(
                import_limit_mw=import_mw, export_limit_mw=1.0, import_price_usd_per_mwh=50.0
            ),
            "solar": SolarPlant(capacity_mw=solar_mw),
            **more,
        },
        demand={"hall": MeasuredLoad(power_mw=load)},
    )
    return simulate(campus, days=days)


def stored(**changes: Any) -> Result:
    """The same with a battery and another sun, so that colours would move if each run chose its own."""
    plants = {"afar": SolarPlant(capacity_mw=2.0), "battery": Battery(power_mw=2.0, energy_mwh=8.0)}
    return sunny("stored", **plants, **changes)
