"""Smoothing: what a battery and a limited rise can do, against physics and conservation."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest
from builders import told
from hypothesis import given
from hypothesis import strategies as st

from sim.runs.smoothing import least_ramp, smoothed_by_battery, with_slow_rise
from sim.timeseries.series import StepSeries

STEP_H = 2.0 / 3600.0


def steps(*pairs: tuple[float, float], end_s: float) -> StepSeries:
    """A power from (second, MW) pairs."""
    return StepSeries(np.array([t for t, _ in pairs]), np.array([mw for _, mw in pairs]), end_s)


def battery(**changed: float) -> dict[str, Any]:
    return {"power_mw": 10.0, "energy_mwh": 5.0, "efficiency_pu": 1.0, **changed}


STEP = steps((0.0, 20.0), (600.0, 30.0), end_s=3600.0)
"""10 MW more at once: at a limit of 1 MW/min they take 10 min, and 10^2 / (2 x 60 MW/h) = 0.833 MWh."""


def test_a_battery_bridges_a_step_at_the_ramp_limit() -> None:
    found = smoothed_by_battery(STEP, **battery(), ramp_mw_per_min=1.0)
    assert found.is_kept
    assert found.steepest_mw_per_min == pytest.approx(1.0)
    assert found.net.value_at(599.0) == 20.0
    assert found.net.value_at(900.0) == pytest.approx(25.0, abs=0.04)  # 5 min later, but for a sample
    assert found.level_mwh.min() == pytest.approx(2.5 - 10.0**2 / (2 * 60.0), abs=0.006)


def test_a_battery_too_small_follows_the_load_and_says_so() -> None:
    # 4 MW of power: the net power is 26 MW at once, a rise of 6 MW in 2 s
    weak = smoothed_by_battery(STEP, **battery(power_mw=4.0), ramp_mw_per_min=1.0)
    assert not weak.is_kept
    assert weak.steepest_mw_per_min == pytest.approx(6.0 * 30)
    # 1 MWh, of which half is there: less than 0.833 MWh
    small = smoothed_by_battery(STEP, **battery(energy_mwh=1.0), ramp_mw_per_min=1.0)
    assert not small.is_kept
    assert small.level_mwh.min() == pytest.approx(0.0, abs=1e-9)


def test_the_least_ramp_is_what_half_the_energy_gives() -> None:
    # S^2 / (2 r) = E / 2: r = 10^2 / 2 MWh = 50 MW/h from 2 MWh, for the step that comes last
    late = steps((0.0, 20.0), (600.0, 30.0), end_s=1800.0)
    found = least_ramp(late, **battery(energy_mwh=2.0))
    assert found is not None
    assert found.is_kept
    assert found.ramp_limit_mw_per_min == pytest.approx(50.0 / 60.0, rel=0.1)  # to 300 / 4,096 MW/min
    assert least_ramp(steps((0.0, 5.0), end_s=60.0), **battery()) is None


@pytest.mark.parametrize("energy_mwh", [1.0, 2.0, 5.0])
def test_a_larger_battery_keeps_a_lower_ramp_over_a_day_of_steps_also_with_losses(energy_mwh: float) -> None:
    # 20 MW up or down each hour, with losses of 15 % in between: about 20^2 / 2 r = E / 2
    day = steps(*((3600.0 * hour, 40.0 + 20.0 * (hour % 2)) for hour in range(24)), end_s=86400.0)
    found = least_ramp(day, **battery(power_mw=40.0, energy_mwh=energy_mwh, efficiency_pu=0.85))
    assert found is not None
    assert found.is_kept
    assert found.ramp_limit_mw_per_min == pytest.approx(20.0**2 / energy_mwh / 60.0, rel=0.25)
    assert found.lost_mwh > 0.0


def test_a_battery_without_energy_changes_nothing() -> None:
    found = smoothed_by_battery(STEP, **battery(energy_mwh=0.0), ramp_mw_per_min=1.0)
    assert found.net.values.tolist() == [20.0] * 300 + [30.0] * 1500
    assert not found.is_kept


loads = st.lists(st.tuples(st.floats(1.0, 900.0), st.floats(0.0, 50.0)), min_size=1, max_size=12)


def series(rows: list[tuple[float, float]]) -> StepSeries:
    times_s = np.cumsum([0.0, *(lasts_s for lasts_s, _ in rows)])
    return StepSeries(times_s[:-1], np.array([mw for _, mw in rows]), float(times_s[-1]) + 2.0)


@given(loads, st.floats(0.0, 30.0), st.floats(0.0, 10.0), st.floats(0.05, 1.0), st.floats(0.01, 1000.0))
def test_a_battery_keeps_energy_and_its_bounds(
    rows: list[tuple[float, float]], power_mw: float, energy_mwh: float, efficiency_pu: float, ramp: float
) -> None:
    load = series(rows)
    found = smoothed_by_battery(
        load,
        power_mw=power_mw,
        energy_mwh=energy_mwh,
        efficiency_pu=efficiency_pu,
        ramp_mw_per_min=ramp,
    )
    wanted = load.resample(2.0, float(found.net.end_s)).values
    into = found.net.values - wanted
    assert np.abs(into).max() <= power_mw + 1e-9
    assert found.level_mwh.min() >= 0.0
    assert found.level_mwh.max() <= energy_mwh
    assert found.net.values.min() >= -1e-9  # no export
    # net = load + charge - discharge; what is stored is what came in less losses
    assert into.sum() * STEP_H == pytest.approx(found.charged_mwh - found.discharged_mwh, abs=1e-9)
    stored = found.level_mwh[-1] - found.level_mwh[0]
    half = sqrt(efficiency_pu)
    assert stored == pytest.approx(half * found.charged_mwh - found.discharged_mwh / half, abs=1e-8)
    assert found.lost_mwh >= -1e-8


@given(loads, st.floats(0.01, 1000.0))
def test_a_slow_rise_never_rises_faster_nor_gives_more_than_is_wanted(
    rows: list[tuple[float, float]], rise: float
) -> None:
    wanted = series(rows)
    found = with_slow_rise(wanted, rise_mw_per_min=rise)
    want = wanted.resample(2.0, float(found.given.end_s)).values
    assert (found.given.values <= want).all()
    assert np.diff(found.given.values).max(initial=0.0) <= rise * 2.0 / 60.0 + 1e-7
    assert found.shifted_mwh == pytest.approx((want - found.given.values).sum() * STEP_H, abs=1e-9)
    # it gives as much as it may: all that is wanted, or a whole step more than before
    risen = found.given.values[:-1] + rise * 2.0 / 60.0
    assert found.given.values[1:] == pytest.approx(np.minimum(want[1:], risen), abs=1e-7)


def test_jobs_that_want_10_mw_at_once_wait_while_they_rise() -> None:
    # 10 MW more at 600 s, at 1 MW/min: on average 5 MW less for 10 min; they fall at once at 2,400 s
    wanted = steps((0.0, 10.0), (600.0, 20.0), (2400.0, 10.0), end_s=3600.0)
    found = with_slow_rise(wanted, rise_mw_per_min=1.0)
    assert found.shifted_mwh == pytest.approx(5.0 * 10 / 60, rel=0.01)
    assert found.held_h == pytest.approx(10 / 60, rel=0.01)
    assert found.lost_h == pytest.approx(5.0 / 20.0 * 10 / 60, rel=0.01)
    assert found.given.value_at(2400.0) == 10.0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"power_mw": -1.0}, "battery: power_mw = -1 MW; allowed: at least 0, finite MW"),
        ({"energy_mwh": float("nan")}, "battery: energy_mwh = nan MWh; allowed: at least 0, finite MWh"),
        ({"efficiency_pu": 1.5}, "battery: efficiency_pu = 1.5 pu; allowed: above 0 and at most 1 pu"),
    ],
)
def test_a_battery_out_of_range_is_refused(changed: dict[str, float], message: str) -> None:
    assert told(lambda: smoothed_by_battery(STEP, **battery(**changed), ramp_mw_per_min=1.0)) == message


def test_a_limit_of_nothing_and_a_power_of_an_instant_are_refused() -> None:
    said = told(lambda: with_slow_rise(STEP, rise_mw_per_min=0.0))
    assert said == "jobs: rise_mw_per_min = 0 MW/min; allowed: above 0, finite MW/min"
    short = steps((0.0, 5.0), end_s=1.0)
    said = told(lambda: with_slow_rise(short, rise_mw_per_min=1.0))
    assert said == "smoothing: power lasts 1 s; allowed: at least 2 s"
