"""The fitted response: from a table, from two caps, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import SpecError
from sim.campus import PowerResponse, fit_response, relative_curve, response_from_caps

TRUE = PowerResponse(dead_pu=0.31, bend=5.4, floor_pu=0.5)
POWERS = [0.6, 0.7, 0.8, 0.9, 1.0]


def speeds(response: PowerResponse, powers: list[float]) -> list[float]:
    return [response.speed_pu(power) for power in powers]


@st.composite
def shapes(draw: st.DrawFn) -> PowerResponse:
    """Responses whose curve is far from a straight line and from saturation, so that caps tell them apart."""
    dead = draw(st.floats(0.0, 0.45))
    bend = draw(st.floats(1.0, 8.0)) / (1.0 - dead)
    return PowerResponse(dead_pu=dead, bend=bend, floor_pu=0.5)


def test_runs_become_power_and_speed_over_those_of_the_uncapped_run() -> None:
    table = {"power_limit_w": [300, 200], "time_s": [60.0, 75.0], "mean_power_w": [280.0, 196.0]}
    assert relative_curve(table) == ([196 / 280, 1.0], [60 / 75, 1.0])
    assert relative_curve(pd.DataFrame(table)) == relative_curve(table)


@given(shapes())
def test_a_fit_finds_the_curve_that_gave_the_points(true: PowerResponse) -> None:
    found = fit_response(POWERS, speeds(true, POWERS))
    assert found.floor_pu == 0.6
    assert speeds(found, POWERS) == pytest.approx(speeds(true, POWERS), abs=2e-4)


@given(shapes(), st.floats(0.5, 0.7), st.floats(0.05, 0.25))
def test_two_caps_give_their_curve_exactly(true: PowerResponse, low: float, apart: float) -> None:
    caps = (low, low + apart)
    found = response_from_caps(caps, (true.speed_pu(low), true.speed_pu(low + apart)))
    assert (found.dead_pu, found.bend) == pytest.approx((true.dead_pu, true.bend), rel=1e-6, abs=1e-6)
    assert speeds(found, [*caps]) == pytest.approx(speeds(true, [*caps]), rel=1e-9)
    assert found.floor_pu == low
    assert found.speed_pu(0.999 * low) == 0.0


@given(st.floats(0.3, 0.8), st.floats(0.05, 0.95), st.floats(0.01, 0.95), st.floats(0.05, 0.95))
def test_any_two_rising_caps_give_a_response(low: float, further: float, slow: float, faster: float) -> None:
    high = low + (1 - low) * further
    fast = slow + (1 - slow) * faster
    found = response_from_caps((low, high), (slow, fast))
    assert found.floor_pu == low
    assert 0.0 < found.speed_pu(low) <= found.speed_pu(high) <= 1.0


def test_two_caps_on_a_curve_of_no_such_shape_give_the_closest_one() -> None:
    # speed rises by 0.0001 up to the upper cap and by 0.0999 above it, which is not concave
    found = response_from_caps((0.6, 0.8), (0.9, 0.9001))
    assert speeds(found, [0.6, 0.8]) == pytest.approx([0.9, 0.9], abs=0.06)
    assert found.dead_pu == pytest.approx(0.0, abs=1e-6)


def test_scatter_is_no_reason_to_refuse_a_table_of_which_it_is_said() -> None:
    rng = np.random.default_rng(1)
    noisy = [found + rng.normal(0.0, 0.02) for found in speeds(TRUE, POWERS[:-1])]
    found = fit_response(POWERS, [*noisy, 1.0], scatter_pu=0.05)
    assert speeds(found, POWERS) == pytest.approx(speeds(TRUE, POWERS), abs=0.04)


def test_a_fall_of_speed_is_refused_by_as_much_as_it_exceeds_the_scatter() -> None:
    powers, falling = [0.6, 0.7, 0.8, 1.0], [0.8, 0.9, 0.8, 1.0]
    with pytest.raises(SpecError) as caught:
        fit_response(powers, falling, owner="job")
    assert str(caught.value) == (
        "job: speed_pu = 0.8 pu at a power of 0.8 pu is not increasing; allowed: above 0.8 pu at the highest "
        "power, and not below the speed at any lower power"
    )
    with pytest.raises(
        SpecError, match=r"and at most scatter_pu = 0.09 pu below the speed at any lower power"
    ):
        fit_response(powers, falling, scatter_pu=0.09)
    assert fit_response(powers, falling, scatter_pu=0.11).floor_pu == 0.6


def test_points_below_a_power_are_left_out_and_the_order_does_not_matter() -> None:
    wild = fit_response([1.0, 0.5, 0.8, 0.7], [1.0, 0.1, *speeds(TRUE, [0.8, 0.7])], above_pu=0.6)
    assert wild == fit_response([0.7, 0.8, 1.0], speeds(TRUE, [0.7, 0.8, 1.0]))
    assert wild.floor_pu == 0.7


@pytest.mark.parametrize(
    ("powers", "found", "message"),
    [
        ([0.7, 1.0], [0.9, 1.0], r"job: power_pu = \[0.7, 1.0\] pu; allowed: at least two different caps"),
        ([0.7, 0.7, 1.0], [0.9, 0.9, 1.0], r"at least two different caps below 1 pu"),
        ([0.6, 0.8, 1.0], [0.9, 0.7, 1.0], r"speed_pu = 0.7 pu at a power of 0.8 pu is not increasing"),
        ([0.6, 0.8, 1.0], [1.0, 1.0, 1.0], r"speed_pu = 1 pu at a power of 1 pu is not increasing"),
        ([0.6, 0.8], [0.9], r"speed_pu has 1 entries; allowed: 2, as power_pu has"),
        ([0.6, 0.8, 180.0], [0.8, 0.9, 1.0], r"power_pu = 180.0 pu; allowed: above 0.05 and at most 1.5 pu"),
        ([0.6, 0.8], [0.8, -0.9], r"speed_pu = -0.9 pu; allowed: above 0"),
        ([0.6, 0.8], [0.8, float("nan")], r"speed_pu = nan pu; allowed: above 0"),
    ],
)
def test_a_table_that_says_nothing_is_refused(powers: list[float], found: list[float], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        fit_response(powers, found, owner="job")


@pytest.mark.parametrize(
    ("powers", "found", "message"),
    [
        ((0.7,), (0.9,), r"job: power_pu = \[0.7\] pu; allowed: two caps"),
        ((0.7, 0.7), (0.8, 0.9), r"power_pu = \[0.7, 0.7\] pu by rising power is not increasing"),
        ((0.6, 1.0), (0.8, 0.9), r"power_pu = \[0.6, 1.0\] pu by rising power is not increasing"),
        ((0.6, 0.8), (0.9, 0.8), r"speed_pu = \[0.9, 0.8\] pu by rising power is not increasing"),
        ((0.6, 0.8), (0.9, 1.0), r"speed_pu = \[0.9, 1.0\] pu .* allowed: lower cap < upper cap < 1 pu"),
    ],
)
def test_two_caps_that_do_not_rise_are_refused(powers: Any, found: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        response_from_caps(powers, found, owner="job")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time_s": None}, r"runs: time_s is missing; .*time_h"),
        ({"time_s": [60.0, -75.0]}, r"runs: time_s = -75.0 in row 2; allowed: a finite number above 0 s"),
        (
            {"mean_power_w": [280.0, "196"]},
            r"mean_power_w = '196' in row 2; allowed: a finite number above 0 W",
        ),
        ({"mean_power_w": [280.0]}, r"power_limit_w has rows: power_limit_w 2, time_s 2, mean_power_w 1"),
        (
            {"power_limit_w": [300], "time_s": [60.0], "mean_power_w": [280.0]},
            r"allowed: as many in each, at least two",
        ),
    ],
)
def test_a_table_with_a_wrong_column_is_refused(change: dict[str, Any], message: str) -> None:
    table = {"power_limit_w": [300, 200], "time_s": [60.0, 75.0], "mean_power_w": [280.0, 196.0], **change}
    with pytest.raises(SpecError, match=message):
        relative_curve(
            {name: column for name, column in (table | {"time_h": []}).items() if column is not None}, "runs"
        )
