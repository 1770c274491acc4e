"""Humidity: the wet-bulb temperature of the air, and of a sky."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from air import Air
from hypothesis import given
from hypothesis import strategies as st

from sim.site import Site
from sim.timeseries.calendar import Calendar
from sim.weather.humidity import wet_bulb_c
from sim.weather.sky import Sky
from sim.weather.weather import TypicalYear, Weather
from sim.weather.weather_file import read_year, shipped_file

AIR = st.floats(-60.0, 50.0)
HUMIDITY = st.floats(0.0, 1.0)


def wet_bulb(air_c: float, humidity_pu: float) -> float:
    return float(wet_bulb_c(np.array([air_c]), np.array([humidity_pu]))[0])


def sky(weather: Weather, days: float = 1.0) -> Sky:
    calendar = Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC")
    return Site(calendar, days * 86400.0, weather=weather).sky("hall")


def test_air_of_20_degrees_at_half_humidity_has_the_wet_bulb_that_stull_gives() -> None:
    assert wet_bulb(20.0, 0.5) == pytest.approx(13.7, abs=0.05)  # his example, after equation 1


@given(air_c=AIR, hotter_c=AIR, humidity_pu=HUMIDITY)
def test_hotter_air_never_has_a_lower_wet_bulb(air_c: float, hotter_c: float, humidity_pu: float) -> None:
    low, high = sorted((air_c, hotter_c))
    assert wet_bulb(low, humidity_pu) <= wet_bulb(high, humidity_pu) <= high


def test_humidity_outside_the_range_of_the_formula_counts_as_its_nearest_end() -> None:
    assert wet_bulb(30.0, 0.0) == wet_bulb(30.0, 0.05)
    assert wet_bulb(30.0, 1.0) == wet_bulb(30.0, 0.99)


def test_the_shipped_year_holds_humidity_and_its_wet_bulb_is_never_above_the_air() -> None:
    above = sky(TypicalYear(), 365.0)
    assert above.has_humidity
    assert (above.wet_bulb(0.5).values <= above.irradiance["temp_air"].to_numpy()).all()


def test_weather_without_humidity_takes_the_one_assumed() -> None:
    above = sky(Air(air_c=(20.0,)))
    assert not above.has_humidity
    assert above.wet_bulb(0.5).value_at(0.0) == wet_bulb(20.0, 0.5)


def test_a_missing_value_mark_is_no_humidity(tmp_path: Path) -> None:
    lines = shipped_file().read_text(encoding="utf-8").splitlines()
    at = lines[1].split(",").index("RHum (%)")
    cells = lines[2].split(",")
    cells[at] = "-9900"
    path = tmp_path / "year.csv"
    path.write_text("\n".join([*lines[:2], ",".join(cells), *lines[3:]]) + "\n", encoding="utf-8")
    held = read_year(path).recorded
    assert np.isnan(held.values[:, -1]).sum() == 1
