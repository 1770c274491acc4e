"""The response to power: its curve, its inverse, its optimum, its presets and what it refuses."""

from __future__ import annotations

from math import exp, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sim import SpecError
from sim.campus import PowerResponse
from sim.compute.response import HIGHEST_DEAD_PU, MOST_CURVATURE, PRESETS, Response, speed
from sim.spec import Spec

RTX = PRESETS["rtx6000"]
UNIT = st.floats(0.0, 1.0)


class Job(Spec):
    """A spec with a response as a field."""

    response: Response = RTX
    """How it responds to power. Default: the preset rtx6000."""


@st.composite
def responses(draw: st.DrawFn) -> PowerResponse:
    dead = draw(st.floats(0.0, HIGHEST_DEAD_PU))
    bend = draw(st.floats(1e-3, MOST_CURVATURE * 0.999)) / (1.0 - dead)
    floor = dead + 0.02 + draw(UNIT) * (0.98 - dead)
    return PowerResponse(dead_pu=dead, bend=bend, floor_pu=min(floor, 1.0))


def between(response: PowerResponse, share: float) -> float:
    """A power from the floor to the uncapped mean."""
    return min(1.0, response.floor_pu + share * (1.0 - response.floor_pu))


def test_the_speed_is_that_of_the_curve() -> None:
    # (1 - exp(-5.4 x 0.4)) / (1 - exp(-5.4 x 0.69)) at x = 0.71
    assert RTX.speed_pu(0.71) == pytest.approx((1 - exp(-2.16)) / (1 - exp(-3.726)), rel=1e-14)
    assert speed(0.31, 0.31, 5.4) == 0.0


def test_a_job_pauses_below_its_floor_and_gains_nothing_above_its_uncapped_power() -> None:
    assert (RTX.speed_pu(0.6499), RTX.speed_pu(0.65) > 0.8) == (0.0, True)
    assert (RTX.speed_pu(1.0), RTX.speed_pu(1.3)) == (1.0, 1.0)
    assert (RTX.energy_pu(0.6499), RTX.energy_pu(1.0), RTX.energy_pu(1.3)) == (inf, 1.0, 1.0)
    assert (RTX.slope(0.6499), RTX.slope(1.0001)) == (0.0, 0.0)


def test_the_optima_are_those_of_the_measured_processors() -> None:
    a40 = PowerResponse(dead_pu=0.47, bend=8.9, floor_pu=0.48)
    rtx = PowerResponse(dead_pu=0.31, bend=5.4, floor_pu=0.32)
    assert (a40.optimum_pu, a40.energy_pu(a40.optimum_pu)) == pytest.approx((0.70, 0.79), abs=0.012)
    assert (rtx.optimum_pu, rtx.energy_pu(rtx.optimum_pu)) == pytest.approx((0.57, 0.74), abs=0.005)
    assert a40.energy_pu(0.57) < 1.0 < a40.energy_pu(0.56)  # below that, a cap costs energy
    assert rtx.energy_pu(0.41) < 1.0 < rtx.energy_pu(0.40)


@given(responses(), UNIT, UNIT)
def test_more_power_never_slows_a_job_and_a_cap_never_speeds_it_up(
    response: PowerResponse, one: float, other: float
) -> None:
    low, high = sorted((1.2 * one, 1.2 * other))
    assert response.speed_pu(low) <= response.speed_pu(high) + 1e-15
    assert 0.0 <= response.speed_pu(low) <= 1.0 == response.speed_pu(1.0)


@given(responses(), UNIT, UNIT, UNIT)
def test_the_curve_is_concave(response: PowerResponse, one: float, other: float, share: float) -> None:
    low, high = sorted((between(response, one), between(response, other)))
    middle = min(max(low + share * (high - low), low), high)
    chord = (1.0 - share) * response.speed_pu(low) + share * response.speed_pu(high)
    assert response.speed_pu(middle) >= chord - 1e-12
    assert response.slope(low) >= response.slope(high) > 0.0


@given(responses(), UNIT)
def test_the_inverse_gives_the_speed_back(response: PowerResponse, share: float) -> None:
    slowest = response.speed_pu(response.floor_pu)
    wanted = slowest + share * (1.0 - slowest)
    assert response.speed_pu(response.power_pu(wanted)) == pytest.approx(wanted, rel=1e-12)


@given(responses(), UNIT)
def test_a_speed_below_that_of_the_floor_takes_the_power_of_the_floor(
    response: PowerResponse, share: float
) -> None:
    slower = share * response.speed_pu(response.floor_pu)
    assert response.power_pu(slower) == pytest.approx(response.floor_pu if slower else 0.0)


@given(responses(), UNIT)
def test_the_slope_is_the_derivative(response: PowerResponse, share: float) -> None:
    at, by = between(response, share), 1e-6
    left, right = (speed(power, response.dead_pu, response.bend) for power in (at - by, at + by))
    assert response.slope(at) == pytest.approx((right - left) / (2 * by), rel=1e-4, abs=1e-7)


@given(responses(), UNIT, UNIT)
def test_energy_per_unit_of_work_falls_down_to_the_optimum_and_rises_below(
    response: PowerResponse, one: float, other: float
) -> None:
    low, high = sorted((between(response, one), between(response, other)))
    less, more = response.energy_pu(low), response.energy_pu(high)
    if low >= response.optimum_pu:
        assert less <= more * (1 + 1e-9)
        assert less <= 1.0 + 1e-9
    if high <= response.optimum_pu:
        assert less >= more * (1 - 1e-9)


@given(responses())
def test_at_an_optimum_between_its_ends_speed_over_power_is_the_slope(response: PowerResponse) -> None:
    best = response.optimum_pu
    if response.floor_pu <= best < 1.0:
        assert response.slope(best) == pytest.approx(response.speed_pu(best) / best, rel=1e-6)


def test_a_job_that_wastes_energy_under_every_cap_says_so() -> None:
    stiff = PowerResponse(dead_pu=0.5, bend=0.002, floor_pu=0.6)  # s(x) = (x - 0.5) / 0.5, nearly
    assert stiff.optimum_pu == 1.0
    assert stiff.remarks() == (
        "at its floor a job takes 3.00 times the accelerator energy of an uncapped one",
    )


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_never_takes_more_energy_than_without_a_cap(name: str) -> None:
    assert PRESETS[name].energy_pu(PRESETS[name].floor_pu) <= 1.0
    assert PRESETS[name].remarks() == ()


def test_the_preset_of_language_models_has_the_speed_that_was_measured() -> None:
    assert 0.79 <= PRESETS["h200_llm"].speed_pu(500 / 700) <= 0.81


def test_a_field_takes_the_name_of_a_preset_or_a_table_and_keeps_the_table() -> None:
    table = {"dead_pu": 0.3, "bend": 5.0, "floor_pu": 0.6}
    assert Job(response="a40").response is PRESETS["a40"]
    assert Job(response=table).to_dict() == {"response": table}
    assert Job(**Job(response="a40").to_dict()) == Job(response="a40")


def test_the_schema_of_a_field_has_the_names_and_the_table() -> None:
    field = TypeAdapter(Job).json_schema()["properties"]["response"]
    assert field["anyOf"][0] == {"enum": sorted(PRESETS)}
    assert field["anyOf"][1] == {"$ref": "#/$defs/PowerResponse"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("a4o", "Job: response = 'a4o'; allowed: a preset or a table of fields; nearest: a40"),
        (0.7, "Job: response = 0.7; allowed: a preset or a table of fields; known: a40, a40_bert"),
        ({"dead_pu": 0.3, "bend": 5.0}, "response: floor_pu is missing [pu]"),
        (
            {"dead_pu": 31, "bend": 5.0, "floor_pu": 0.6},
            "response: dead_pu = 31 pu; allowed: a finite number",
        ),
    ],
)
def test_a_wrong_response_is_one_clear_error(wrong: object, message: str) -> None:
    with pytest.raises(SpecError) as refusal:
        Job(response=wrong)
    assert str(refusal.value).startswith(message)
    assert len(refusal.value.problems) == 1


def test_a_floor_where_no_work_is_done_is_refused() -> None:
    with pytest.raises(
        SpecError, match=r"floor_pu = 0.31 pu; allowed: at least 0.01 above dead_pu = 0.31 pu"
    ):
        PowerResponse(dead_pu=0.31, bend=5.4, floor_pu=0.31)


def test_a_curve_that_is_flat_to_rounding_is_refused() -> None:
    with pytest.raises(SpecError, match=r"bend = 50.0; allowed: at most 40, for dead_pu = 0.5 pu"):
        PowerResponse(dead_pu=0.5, bend=50.0, floor_pu=0.7)
