"""Cooling: its power over wet-bulb temperature and load, and the water it takes."""

from __future__ import annotations

import numpy as np
import pytest
from builders import told
from hypothesis import given
from hypothesis import strategies as st

from sim.demand.cooling import ChillerCooling, Cooling, WetBulbCooling
from sim.demand.draw import Draw
from sim.weather.humidity import wet_bulb_c

IT = Draw(1.0)
AIR_C = (0.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0)
LEI_AND_MASANET = {
    0.3: (1.088, 1.088, 1.089, 1.089, 1.089, 1.168, 1.280, 1.331),
    0.6: (1.088, 1.088, 1.089, 1.104, 1.213, 1.317, 1.365, 1.401),
    0.9: (1.088, 1.088, 1.089, 1.195, 1.316, 1.369, 1.405, 1.401),
}
"""PUE with a water-side economizer, by relative humidity and air temperature."""
COOLINGS: tuple[Cooling, ...] = (WetBulbCooling(), ChillerCooling(rated_mw=10.0))
WET_BULB_C = st.floats(-40.0, 45.0)


def test_the_wet_bulb_model_is_as_near_to_its_source_as_its_docstring_says() -> None:
    cooling = WetBulbCooling()
    errors = []
    for humidity_pu, pues in LEI_AND_MASANET.items():
        wet_bulbs_c = wet_bulb_c(np.array(AIR_C), np.full(len(AIR_C), humidity_pu))
        found = [1.0 + cooling.draw(IT, 1.0, float(c)).per_it for c in wet_bulbs_c]
        errors += [ours - theirs for ours, theirs in zip(found, pues, strict=True)]
    assert max(map(abs, errors)) < 0.028
    assert np.sqrt(np.mean(np.square(errors))) < 0.012


def test_its_power_is_flat_rises_and_is_flat_again() -> None:
    cooling = WetBulbCooling(floor_pu=0.1, knee_c=17.0, slope_per_k=0.03, ceiling_pu=0.4)
    found = [cooling.draw(IT, 5.0, c).at(5.0) for c in (-10.0, 17.0, 20.0, 35.0)]
    assert found == pytest.approx([0.5, 0.5, 5.0 * (0.1 + 3.0 * 0.03), 2.0])


@pytest.mark.parametrize("cooling", COOLINGS, ids=lambda one: one.kind)
@given(wet_bulb_c=WET_BULB_C, hotter_c=WET_BULB_C, it_mw=st.floats(0.0, 20.0))
def test_hotter_air_never_lowers_cooling(
    cooling: Cooling, wet_bulb_c: float, hotter_c: float, it_mw: float
) -> None:
    low, high = (cooling.draw(IT, it_mw, c).at(it_mw) for c in sorted((wet_bulb_c, hotter_c)))
    assert 0.0 <= low <= high * (1.0 + 1e-12)


@pytest.mark.parametrize("cooling", COOLINGS, ids=lambda one: one.kind)
@given(wet_bulb_c=WET_BULB_C, hotter_c=WET_BULB_C, it_mw=st.floats(0.0, 20.0))
def test_its_least_power_is_below_that_at_any_load_and_in_hotter_air(
    cooling: Cooling, wet_bulb_c: float, hotter_c: float, it_mw: float
) -> None:
    low_c, high_c = sorted((wet_bulb_c, hotter_c))
    least = cooling.least_pu(low_c)
    assert least is not None
    assert least * it_mw <= cooling.draw(IT, it_mw, high_c).at(it_mw) * (1.0 + 1e-12)


def test_the_least_power_of_a_chiller_is_that_of_its_best_load() -> None:
    chiller = ChillerCooling(rated_mw=10.0)
    best = max(chiller.cop(load, 16.0) for load in np.linspace(0.1, 1.0, 10_001).tolist())
    assert chiller.least_pu(16.0) == pytest.approx(1.0 / best + 0.05, rel=2e-4)


def test_a_chiller_has_the_efficiency_of_the_regression() -> None:
    chiller = ChillerCooling(rated_mw=10.0, approach_k=4.0)
    # load 0.8, water of 16 + 4 = 20 degC: 16.80 + 3.536 - 5.45856 + 7.908 - 15.212 + 1.3536
    cop = 8.92704
    assert chiller.cop(0.8, 16.0) == pytest.approx(cop)
    assert chiller.draw(IT, 8.0, 16.0).at(8.0) == pytest.approx(8.0 / cop + 0.05 * 8.0)


def test_its_water_is_never_colder_than_it_accepts() -> None:
    chiller = ChillerCooling(rated_mw=10.0, coldest_water_c=13.0, approach_k=4.0)
    assert chiller.cop(0.5, -20.0) == chiller.cop(0.5, 9.0) > chiller.cop(0.5, 10.0)


def test_heat_of_losses_without_load_is_removed_too() -> None:
    chiller = ChillerCooling(rated_mw=10.0)
    idle = chiller.draw(Draw(1.0, 0.5), 0.0, 20.0)
    assert idle.fixed_mw == pytest.approx(0.5 / chiller.cop(0.0, 20.0) + 0.05 * 0.5)


def test_water_is_what_evaporates_and_what_is_drained() -> None:
    # 1 MWh = 3.6e9 J; 0.8 of it over 2.45e6 J/kg evaporate; of 4 parts 3 evaporate and 1 is drained
    assert WetBulbCooling().water_m3_per_mwh == pytest.approx(0.8 * 3.6e9 / 2.45e6 / 1000.0 * 4 / 3)
    assert WetBulbCooling(evaporative_pu=0.0).water_m3_per_mwh == 0.0


def test_a_ceiling_below_the_floor_is_refused() -> None:
    assert told(lambda: WetBulbCooling(floor_pu=0.2, ceiling_pu=0.1)) == (
        "wet_bulb: ceiling_pu = 0.1 pu; allowed: at least floor_pu = 0.2 pu"
    )
