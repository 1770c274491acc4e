"""Losses of conversion: their curves, and what they take of power that passes through."""

from __future__ import annotations

import pytest
from builders import told
from hypothesis import given
from hypothesis import strategies as st

from sim.demand.draw import Draw
from sim.demand.losses import Losses, Transformer, Ups

IT = Draw(1.0)


def efficiency(equipment: Losses, load_pu: float) -> float:
    """Output over input, for equipment rated 1 MW."""
    return load_pu / (load_pu + equipment.draw(IT, load_pu).at(load_pu))


@pytest.mark.parametrize(("load_pu", "percent"), [(0.25, 97.0), (0.5, 97.3), (0.75, 97.0), (1.0, 96.4)])
def test_the_double_conversion_of_the_eaton_9395xr_has_the_efficiency_of_its_data_sheet(
    load_pu: float, percent: float
) -> None:
    assert 100.0 * efficiency(Ups(rated_mw=1.0), load_pu) == pytest.approx(percent, abs=0.1)


@pytest.mark.parametrize(("load_pu", "percent"), [(0.25, 98.4), (0.5, 99.0), (0.75, 99.2), (1.0, 99.2)])
def test_its_eco_mode_too(load_pu: float, percent: float) -> None:
    assert 100.0 * efficiency(Ups(rated_mw=1.0, model="Eaton 9395XR eco"), load_pu) == pytest.approx(
        percent, abs=0.13
    )


@pytest.mark.parametrize(
    ("model", "percents"),
    [
        ("160 MVA 380/110 kV", (99.79, 99.80, 99.76, 99.71)),
        ("63 MVA 110/20 kV", (99.78, 99.77, 99.71, 99.65)),
        ("25 MVA 110/20 kV", (99.67, 99.68, 99.62, 99.53)),
        ("0.63 MVA 20/0.4 kV", (98.65, 98.87, 98.75, 98.53)),
    ],
)
def test_transformers_have_the_efficiency_of_pandapower(model: str, percents: tuple[float, ...]) -> None:
    found = [
        100.0 * efficiency(Transformer(rated_mw=1.0, model=model), load) for load in (0.25, 0.5, 0.75, 1.0)
    ]
    assert found == pytest.approx(list(percents), abs=0.025)


def test_two_sets_carry_half_the_load_each() -> None:
    curve = {"rated_mw": 10.0, "no_load_pu": 0.01, "linear_pu": 0.0, "quadratic_pu": 0.04}
    # one set: 10 x (0.01 + 0.04 x 0.8^2); two: 20 x (0.01 + 0.04 x 0.4^2)
    assert Ups(**curve).draw(IT, 8.0).at(8.0) == pytest.approx(0.1 + 0.256)
    assert Ups(**curve, redundancy="2N").draw(IT, 8.0).at(8.0) == pytest.approx(0.2 + 0.128)


@given(
    it_mw=st.floats(0.0, 50.0),
    through=st.builds(Draw, st.floats(1.0, 2.0), st.floats(0.0, 5.0)),
    curve=st.tuples(st.floats(0.0, 0.1), st.floats(0.0, 0.1), st.floats(0.0, 0.1)),
)
def test_the_draw_is_the_curve_at_its_it_power(
    it_mw: float, through: Draw, curve: tuple[float, float, float]
) -> None:
    no_load, linear, quadratic = curve
    losses = Ups(rated_mw=10.0, no_load_pu=no_load, linear_pu=linear, quadratic_pu=quadratic)
    load = through.at(it_mw) / 10.0
    expected = 10.0 * (no_load + linear * load + quadratic * load**2)
    assert losses.draw(through, it_mw).at(it_mw) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_what_remains_without_load_does_not_depend_on_it() -> None:
    ups = Ups(rated_mw=10.0)
    assert {ups.draw(IT, it_mw).fixed_mw for it_mw in (0.0, 3.0, 12.0)} == {0.006 * 10.0}


def test_a_curve_that_is_negative_somewhere_is_refused() -> None:
    assert told(lambda: Ups(rated_mw=1.0, no_load_pu=0.01, linear_pu=-0.05, quadratic_pu=0.04)) == (
        "Ups: linear_pu = -0.05 pu; allowed: at least -0.04 pu, below which losses are negative"
    )


def test_a_model_nobody_knows_is_refused() -> None:
    assert told(lambda: Ups(rated_mw=1.0, model="Eaton")).startswith("Ups: model = 'Eaton'; allowed: ")


def test_equipment_needs_a_rating() -> None:
    assert told(Transformer).startswith("Transformer: rated_mw is missing")
