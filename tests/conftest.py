"""What all tests share: where recorded traces are, hypothesis profiles, and two runs.

Traces are looked for in the folder `DCGRID_DATA`, by default in `../shared/data`; hypothesis is reproducible
by default and wider on request (`HYPOTHESIS_PROFILE=search`).

The paper campus, one day in UTC, a constant load of 10 MW behind a grid connection of 6 MW:
    0 to 6 h    6 MW from the grid, the battery is empty: 4 MW x 6 h = 24 MWh unserved
    6 to 12 h   wind of 20 MW: 10 MW serve the load, 4 MW charge 10 MWh in 2.5 h, the rest is curtailed:
                6 MW x 2.5 h = 15 MWh while the battery charges, 10 MW x 3.5 h = 35 MWh while it is full,
                of which 4 MW x 3.5 h = 14 MWh it could have taken
    12 to 14 h  6 MW from the grid, 4 MW from the battery: 10 MWh x 0.8 = 8 MWh last 2 h
    14 to 24 h  6 MW from the grid: 4 MW x 10 h = 40 MWh unserved
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sim import Campus, Result, simulate
from sim.campus import (
    Battery,
    FusionPlant,
    GasTurbines,
    GridConnection,
    InferenceStream,
    MeasuredLoad,
    MeasuredSource,
    ServerPool,
    SmallModularReactor,
    SolarPlant,
    TrainingJob,
)

_TRACES = Path(__file__).parents[1] / ".." / "shared" / "data"
if _TRACES.is_dir():
    os.environ.setdefault("DCGRID_DATA", str(_TRACES.resolve()))

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True, suppress_health_check=_SLOW)
settings.register_profile(
    "search", derandomize=False, deadline=None, print_blob=True, suppress_health_check=_SLOW
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def paper_campus() -> Campus:
    return Campus(
        name="Paper",
        supply={
            "grid": GridConnection(
                import_limit_mw=6.0, import_price_usd_per_mwh=50.0, carbon_kgco2_per_mwh=400.0, clean_pu=0.25
            ),
            "wind": MeasuredSource(
                power_mw={"times_s": [0.0, 21600.0, 43200.0], "values": [0.0, 20.0, 0.0]},
                cost_usd_per_mwh=30.0,
            ),
            "bess": Battery(
                power_mw=4.0,
                energy_mwh=10.0,
                charge_efficiency_pu=1.0,
                discharge_efficiency_pu=0.8,
                min_soc_pu=0.0,
                initial_soc_pu=0.0,
            ),
        },
        demand={"hall": MeasuredLoad(power_mw=10.0)},
    )


@pytest.fixture(scope="session")
def paper(paper_campus: Campus) -> Result:
    return simulate(paper_campus, days=1)


@pytest.fixture(scope="session")
def full_campus() -> Campus:
    """A campus with every kind of source and load, short of power now and then, in New York."""
    return Campus(
        name="Full",
        start="2025-03-05T00:00:00-05:00",
        timezone="America/New_York",
        servers={"h100": ServerPool(servers=1200)},
        supply={
            "grid": GridConnection(
                import_limit_mw=3.0, export_limit_mw=1.0, demand_charge_usd_per_mw_month=8000.0
            ),
            "smr": SmallModularReactor(modules=1, module_mw=5.0, mttf_h=200.0),
            "fusion": FusionPlant(capacity_mw=2.0, start_day=-200.0),
            "solar": SolarPlant(capacity_mw=8.0),
            "gas": GasTurbines(units=1, unit_mw=2.0),
            "bess": Battery(power_mw=2.0, energy_mwh=8.0),
        },
        demand={
            "train": TrainingJob(pool="h100", gpus=6400, work_gpu_h=6400 * 240.0),
            "chat": InferenceStream(
                pool="h100",
                replicas=375,
                model="llama2_70b_8xh200",
                requests_per_s={"mean": 1300.0, "hourly": [1.0] * 6 + [3.0] * 12 + [2.0] * 6},
                classes={"chat": "chat"},
                resolution="fluid",
            ),
        },
    )


@pytest.fixture(scope="session")
def full(full_campus: Campus) -> Result:
    return simulate(full_campus, days=12, seed=7)
