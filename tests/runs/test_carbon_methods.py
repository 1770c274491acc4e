"""The carbon of a run by each method, computed by hand."""

from __future__ import annotations

from typing import Any

import pytest

from sim import Campus, Result, simulate
from sim.campus import (
    Asset,
    Economics,
    GridConnection,
    MeasuredLoad,
    MeasuredSource,
    SleevedAgreement,
    VirtualAgreement,
)


def run(**values: Any) -> Result:
    """Ten days of 20 MW: 5 MW of an engine with 500 kg/MWh, the rest from a grid with 400 kg/MWh."""
    engine = MeasuredSource(power_mw=5.0, carbon_kgco2_per_mwh=500.0)
    grid = GridConnection(import_limit_mw=50.0, carbon_kgco2_per_mwh=400.0, **values.pop("grid", {}))
    campus = Campus(
        **{
            "name": "x",
            "supply": {"grid": grid, "engine": engine},
            "demand": {"load": MeasuredLoad(power_mw=20.0)},
            **values,
        }
    )
    return simulate(campus, days=10.0)


BURNT_T, IMPORTED_T = 5 * 240 * 0.5, 15 * 240 * 0.4


def test_location_based_carbon_is_that_of_imports_and_fuel() -> None:
    summary = run().summary
    assert summary.carbon_t == pytest.approx(BURNT_T + IMPORTED_T)
    assert summary.carbon_market_t == pytest.approx(summary.carbon_t)
    assert summary.carbon_marginal_t is None
    assert summary.carbon_embodied_t == 0.0


def test_certified_energy_takes_its_share_of_the_imports() -> None:
    wind = SleevedAgreement(connection="grid", contracted_mw=6.0, price_usd_per_mwh=40.0)
    summary = run(agreements={"wind": wind}).summary
    assert summary.carbon_market_t == pytest.approx(BURNT_T + IMPORTED_T * (1 - 6 / 15))
    assert summary.carbon_t == pytest.approx(BURNT_T + IMPORTED_T)


def test_more_certificates_than_imports_cover_the_imports_and_no_more() -> None:
    index = {"index_usd_per_mwh": 30.0, "price_usd_per_mwh": 40.0}
    reactor = VirtualAgreement(contracted_mw=60.0, carbon_kgco2_per_mwh=12.0, **index)
    summary = run(agreements={"reactor": reactor}).summary
    assert summary.carbon_market_t == pytest.approx(BURNT_T + 15 * 240 * 0.012)
    without = VirtualAgreement(contracted_mw=60.0, has_certificates=False, **index)
    assert run(agreements={"reactor": without}).summary.carbon_market_t == pytest.approx(BURNT_T + IMPORTED_T)


def test_marginal_carbon_is_that_of_the_plants_that_react() -> None:
    result = run(grid={"marginal_kgco2_per_mwh": 700.0})
    assert result.summary.carbon_marginal_t == pytest.approx(BURNT_T + 15 * 240 * 0.7)
    assert "t marginal (plants that react)" in result.report()


def test_exports_avoid_marginal_carbon() -> None:
    grid = {"marginal_kgco2_per_mwh": 700.0, "export_limit_mw": 9.0, "export_price_usd_per_mwh": 5.0}
    sun = {"sun": MeasuredSource(power_mw=23.0)}
    connection = GridConnection(import_limit_mw=50.0, **grid)
    summary = run(supply={"grid": connection, **sun}).summary
    assert summary.carbon_marginal_t == pytest.approx(-3 * 240 * 0.7)


def test_embodied_carbon_is_spread_over_the_life_and_in_no_other_figure() -> None:
    asset = Asset(capital_usd=1.0, life_years=20.0, embodied_kgco2=7_300_000.0)
    summary = run(economics=Economics(assets={"engine": asset})).summary
    assert summary.carbon_embodied_t == pytest.approx(7300.0 / 20.0 * 10.0 / 365.0)
    assert summary.carbon_t == pytest.approx(BURNT_T + IMPORTED_T)
