"""The measured source: power from numbers, points and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import recorded_mw, serve, steps

from sim.campus import MeasuredSource
from sim.runs.summary import Summary


def run(load: Any, *, days: float = 1.0, carbon_usd_per_t: float = 0.0, **plants: MeasuredSource) -> Summary:
    return serve(load, plants, days=days, carbon_usd_per_t=carbon_usd_per_t).summary


def test_a_number_is_constant_power() -> None:
    summary = run(3.0, plant=MeasuredSource(power_mw=4.0, cost_usd_per_mwh=20.0))
    assert summary.supplied_mwh == pytest.approx({"plant": 72.0})
    assert summary.curtailed_mwh == pytest.approx(24.0)
    assert summary.cost_lines_usd == pytest.approx({"PPA cost": 72.0 * 20})  # paid as delivered


def test_points_hold_until_the_next_and_the_highest_is_the_capacity() -> None:
    points = {"times_s": [0, 6 * 3600, 18 * 3600], "values": [0.0, 8.0, 2.0]}
    summary = run(100.0, plant=MeasuredSource(power_mw=points))
    assert summary.supplied_mwh["plant"] == pytest.approx(12 * 8 + 6 * 2)
    assert summary.capacity_factor["plant"] == pytest.approx((12 * 8 + 6 * 2) / (24 * 8))


def test_the_cheaper_of_two_goes_first_and_carbon_may_turn_that_round() -> None:
    dirty = MeasuredSource(power_mw=10.0, dispatch_usd_per_mwh=20.0, carbon_kgco2_per_mwh=900.0, clean_pu=0.0)
    clean = MeasuredSource(power_mw=10.0, dispatch_usd_per_mwh=50.0)
    without = run(10.0, dirty=dirty, clean=clean)
    assert without.supplied_mwh == pytest.approx({"clean": 0.0, "dirty": 240.0})
    assert (without.carbon_t, without.cfe_score) == (pytest.approx(240 * 0.9), 0.0)
    priced = run(10.0, carbon_usd_per_t=50.0, dirty=dirty, clean=clean)  # 20 + 0.9 x 50 = 65, above 50
    assert priced.supplied_mwh == pytest.approx({"clean": 240.0, "dirty": 0.0})
    assert (priced.carbon_t, priced.cfe_score) == (0.0, pytest.approx(1.0))


def test_the_capacity_is_the_highest_power_of_the_run_alone() -> None:
    points = {"times_s": [-3600, 0, 3600, 86400], "values": [50.0, 8.0, 2.0, 90.0]}
    summary = run(100.0, plant=MeasuredSource(power_mw=points))
    assert summary.capacity_mw == {"plant": 8.0}
    assert summary.capacity_factor["plant"] == pytest.approx((8 + 23 * 2) / (24 * 8))


def test_power_that_has_a_price_is_headroom_where_it_is_not_taken() -> None:
    diesel = MeasuredSource(power_mw=4.0, dispatch_usd_per_mwh=300.0, carbon_kgco2_per_mwh=700.0)
    sun = MeasuredSource(power_mw=4.0, carbon_kgco2_per_mwh=10.0)
    result = serve(3.0, {"diesel": diesel, "sun": sun})
    assert result.summary.curtailed_by_source_mwh == pytest.approx({"sun": 24.0})
    assert result.flows["diesel.headroom_mw"].tolist() == [4.0]


def test_a_recorded_year_comes_out_as_it_went_in() -> None:
    mw = recorded_mw("pv_kwh").tolist()
    summary = run(max(mw), days=365, plant=MeasuredSource(power_mw=steps(*enumerate(mw))))
    assert summary.supplied_mwh["plant"] == pytest.approx(sum(mw[:8760]), rel=1e-12)


def test_a_column_of_a_file_is_scaled_and_placed_in_time(tmp_path: Path) -> None:
    path = tmp_path / "plant.csv"
    hours = pd.date_range("2024-12-31", periods=72, freq="h")
    kw = 1000.0 * np.arange(72)
    pd.DataFrame({"time": hours.strftime("%Y-%m-%dT%H:%M"), "kw": kw}).to_csv(path, index=False)
    column = {"csv": path, "column": "kw", "timezone": "UTC", "scale": 0.001}
    summary = run(1000.0, plant=MeasuredSource(power_mw=column))
    # the run begins a day into the file: hours 24 to 47
    assert summary.supplied_mwh["plant"] == pytest.approx(sum(range(24, 48)))


@pytest.mark.parametrize(("given", "share"), [({}, 0.0), ({"clean_pu": 0.5}, 0.5)])
def test_a_source_that_emits_carbon_is_not_carbon_free_unless_said(
    given: dict[str, float], share: float
) -> None:
    source = MeasuredSource(power_mw=10.0, carbon_kgco2_per_mwh=900.0, **given)
    summary = serve(10.0, {"plant": source}).summary
    assert (summary.cfe_score, summary.carbon_t) == (share, pytest.approx(216.0))
