"""A sweep of a small site for the tests of its page: sun and store varied, two seeds, one point refused."""

from __future__ import annotations

from typing import Any

from sim import Campus, SweepResult, sweep
from sim.campus import Battery, Generators, GridConnection, MeasuredLoad, SolarPlant

SOLAR_MW = (0.0, 10.0, 20.0)
STORED_MWH = (5.0, 20.0)
IMPORTS = (4.0, 6.0)


def site(**more: Any) -> Campus:
    """A load of 8 MW behind a connection, with sun, a store and generators that fail."""
    return Campus(
        name="small site",
        supply={
            "grid": GridConnection(import_limit_mw=6.0, import_price_usd_per_mwh=60.0),
            "solar": SolarPlant(capacity_mw=10.0),
            "store": Battery(power_mw=2.0, energy_mwh=5.0),
            "engine": Generators(unit_mw=1.0, cost_usd_per_mwh=40.0, mttf_h=20.0, mttr_h=10.0),
            **more,
        },
        demand={"hall": MeasuredLoad(power_mw=8.0)},
    )


def small_sweep(out: Any = None) -> SweepResult:
    """12 points of two seeds, and one that is refused."""
    points = [
        {
            "supply.solar.capacity_mw": solar,
            "supply.store.energy_mwh": stored,
            "supply.grid.import_limit_mw": mw,
        }
        for solar in SOLAR_MW
        for stored in STORED_MWH
        for mw in IMPORTS
    ]
    refused = {**points[0], "supply.store.energy_mwh": -1.0}
    return sweep(site(), over=[*points, refused], seeds=2, days=2.0, jobs=1, out=out)
