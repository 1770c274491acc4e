"""The sky: one weather over one run, each part of it computed once, and where it is from in words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from sim.site import Site
from sim.timeseries.calendar import Calendar
from sim.weather.sky import Sky
from sim.weather.sun import sun_at, sun_on_grid
from sim.weather.weather import ClearSky, TypicalYear, Weather
from sim.weather.weather_file import Place

DAY_S = 86400.0
DENVER = ClearSky(latitude_deg=39.7, longitude_deg=-105.0, altitude_m=1820.0, step_min=1.0)


def calendar(zone: str = "America/Denver") -> Calendar:
    return Calendar(datetime(2027, 6, 1, tzinfo=ZoneInfo(zone)), zone)


def sky(weather: Weather, zone: str = "America/Denver", seed: int = 1) -> Sky:
    return Sky(weather, calendar(zone), 3 * DAY_S, np.random.default_rng(seed))


# --- computed once ----------------------------------------------------------------------------------------


def test_a_sky_has_the_light_of_its_weather_and_the_sun_of_its_place() -> None:
    over = sky(DENVER)
    light = DENVER.irradiance(calendar(), 3 * DAY_S, np.random.default_rng(1))
    pd.testing.assert_frame_equal(over.irradiance, light)
    assert over.place == Place(39.7, -105.0, 1820.0)
    sun = sun_at(over.place, pd.DatetimeIndex(light.index))
    assert np.array_equal(over.sun.zenith_deg, sun.zenith_deg)


def test_the_clouds_of_a_sky_are_drawn_once() -> None:
    over = sky(DENVER)
    assert over.irradiance is over.irradiance
    assert over.sun is over.sun


def test_light_and_plant_and_the_other_runs_of_a_sweep_use_one_sun() -> None:
    over = sky(DENVER.with_values({"longitude_deg": -104.9}))
    before = sun_on_grid.cache_info()
    assert over.irradiance["ghi"].max() > 0.0
    assert len(over.sun.rows) > 0
    again = sky(DENVER.with_values({"longitude_deg": -104.9, "cloudiness": 0.1}), seed=2)
    assert again.sun is over.sun
    after = sun_on_grid.cache_info()
    # each of two skies asks once for its light and once for its sun: 4 times, of which the first computes
    assert after.misses - before.misses == 1
    assert after.hits - before.hits == 3


# --- the sky of a site ------------------------------------------------------------------------------------


def test_participants_see_the_sky_of_their_site_unless_they_have_their_own() -> None:
    site = Site(calendar(), DAY_S, seed=3, weather=DENVER)
    assert site.sky("north") is site.sky("south")
    own = site.sky("north", DENVER)
    assert own is not site.sky("north")
    assert not np.array_equal(own.irradiance["ghi"], site.sky("north").irradiance["ghi"])


def test_the_clouds_of_a_site_depend_on_its_seed_and_those_of_ones_own_sky_on_its_name_too() -> None:
    def first(seed: int, name: str, own: Weather | None) -> float:
        site = Site(calendar(), DAY_S, seed=seed, weather=DENVER)
        return float(site.sky(name, own).irradiance["ghi"].sum())

    assert first(3, "north", None) == first(3, "south", None) != first(4, "north", None)
    assert first(3, "north", DENVER) == first(3, "north", DENVER)
    assert first(3, "north", DENVER) != first(3, "south", DENVER)


def test_a_site_without_weather_has_the_typical_year_of_a_campus() -> None:
    assert Site(calendar(), DAY_S).sky("plant").place == TypicalYear().place()


# --- where it is from -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weather", "zone", "message"),
    [
        (TypicalYear(), "America/New_York", "weather at 36.1 N 80.0 W (default)"),
        # 80 W is 5.3 h behind UTC
        (TypicalYear(), "UTC",
         "weather at 36.1 N 80.0 W (default), where solar time is 5 h behind the site's clock"),
        (DENVER, "America/Denver", "weather at 39.7 N 105.0 W"),
        # 151.2 E is 10.1 h ahead of UTC
        (ClearSky(latitude_deg=-33.9, longitude_deg=151.2), "UTC",
         "weather at 33.9 S 151.2 E, where solar time is 10 h ahead of the site's clock"),
    ],
)  # fmt: skip
def test_a_sky_says_where_it_is_from_and_how_far_its_sun_is_from_the_clock(
    weather: Weather, zone: str, message: str
) -> None:
    assert sky(weather, zone).caveat() == message
