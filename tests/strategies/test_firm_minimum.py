"""The firm minimum: targets of import that no dispatch can keep."""

from __future__ import annotations

from typing import Any

import pytest
from builders import serve, steps, told

from sim import Result
from sim.campus import Battery, GridConnection, MeasuredSource, PeakShaving, RollingOptimiser, SolarPlant

LOAD = steps((0.0, 100.0), (8.0, 60.0))
"""60 MW at least."""


def run(strategy: Any, load: Any = LOAD, **supply: Any) -> Result:
    battery = Battery(power_mw=20.0, energy_mwh=80.0, strategy=strategy)
    return serve(load, {"battery": battery, "grid": GridConnection(import_limit_mw=200.0), **supply})


@pytest.mark.parametrize("kind", [PeakShaving, RollingOptimiser])
def test_a_target_below_what_the_battery_leaves_of_the_least_load_is_refused(kind: Any) -> None:
    # 60 - 20 = 40 MW
    assert told(lambda: run(kind(target_mw=39.0))) == (
        "supply.battery.strategy: target_mw = 39.0 MW; allowed: 0 for none, or at least 40 MW, because loads "
        "take at least 60 MW at any time and all sources but grid give at most 20 MW"
    )
    assert run(kind(target_mw=40.0)).summary.unserved_mwh == 0.0


def test_sources_and_other_connections_count_with_their_highest_power() -> None:
    # 60 - 20 - 12 - 10 = 18 MW; the sun gives at most its capacity
    plant = MeasuredSource(power_mw=steps((0.0, 0.0), (3.0, 12.0)))
    more = {"plant": plant, "feeder": GridConnection(import_limit_mw=10.0)}
    strategy = PeakShaving(target_mw=17.0, connection="grid")
    assert "at least 18 MW, because loads take at least 60 MW" in told(lambda: run(strategy, **more))
    assert run(strategy, **more, sun=SolarPlant(capacity_mw=1.0)).summary.unserved_mwh == 0.0


def test_without_measured_load_any_target_is_allowed() -> None:
    assert run(PeakShaving(target_mw=0.1), steps((0.0, 0.0), (8.0, 60.0))).summary.peak_import_mw > 0.1


def test_a_connection_counts_with_the_highest_of_its_limits() -> None:
    # 60 - 20 - 15 = 25 MW; the feeder gives 10 MW at first and 15 MW later
    feeder = GridConnection(import_limit_mw=steps((0.0, 10.0), (12.0, 15.0)))
    strategy = PeakShaving(target_mw=24.0, connection="grid")
    assert "at least 25 MW, because" in told(lambda: run(strategy, feeder=feeder))
