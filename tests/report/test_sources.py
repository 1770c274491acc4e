"""The sources as a reader knows them."""

from __future__ import annotations

import pytest

from sim import Campus, simulate
from sim.report.sources import firm_mw


def test_firm_capacity_is_that_of_all_units_and_of_the_grid_and_not_of_the_weather() -> None:
    supply = {
        "smr": {"kind": "small_modular_reactor", "modules": 3, "module_mw": 20.0},
        "gas": {"kind": "gas_turbines", "units": 2, "unit_mw": 5.0},
        "grid": {"kind": "grid", "import_limit_mw": 7.0},
        "wind": {"kind": "measured_source", "power_mw": 30.0},
    }
    load = {"kind": "measured_load", "power_mw": 4.0}
    result = simulate(Campus(name="c", supply=supply, demand={"load": load}), days=1)
    assert firm_mw(result) == pytest.approx(3 * 20 + 2 * 5 + 7)
