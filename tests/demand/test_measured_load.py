"""The measured load: firm power as a profile says, overhead included."""

from __future__ import annotations

from typing import Any

import pytest
from builders import recorded_mw, steps

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, MeasuredLoad


def run(power: Any, *, days: float = 1.0, limit_mw: float = 1e4, **values: Any) -> Result:
    campus = Campus(
        name="test",
        facility=Facility(pue=1.5),
        supply={"grid": GridConnection(import_limit_mw=limit_mw)},
        demand={"load": MeasuredLoad(power_mw=power, **values)},
    )
    return simulate(campus, days=days)


def test_a_number_is_a_constant_load_without_further_overhead() -> None:
    summary = run(8.0).summary
    assert summary.energy_mwh == pytest.approx(8 * 24)
    assert (summary.it_energy_mwh, summary.pue) == (0.0, None)


def test_points_have_their_peak_and_their_mean() -> None:
    result = run({"times_s": [0, 6 * 3600, 6 * 3600 + 300], "values": [4.0, 12.0, 6.0]})
    summary = result.summary
    mean = (6 * 4 + 12 / 12 + (18 - 1 / 12) * 6) / 24
    assert (summary.peak_load_mw, summary.peak_load_at_h) == (12.0, 6.0)
    assert summary.peak_demand_15min_mw == pytest.approx((12 * 5 + 6 * 10) / 15)
    assert summary.load_factor == pytest.approx(mean / 12)


def test_what_cannot_be_had_is_unserved() -> None:
    assert run(8.0, limit_mw=5.0).summary.unserved_by_load_mwh == pytest.approx({"load": 3 * 24})


def test_one_worth_less_than_power_costs_goes_without() -> None:
    assert run(8.0, worth_usd_per_mwh=50.0).summary.energy_mwh == 0.0  # the grid asks 60 USD/MWh


def test_a_recorded_year_comes_out_as_it_went_in() -> None:
    mw = recorded_mw("load_kwh").tolist()
    summary = run(steps(*enumerate(mw)), days=365).summary
    assert summary.energy_mwh == pytest.approx(sum(mw[:8760]), rel=1e-12)
    assert summary.peak_load_mw == pytest.approx(max(mw[:8760]))
