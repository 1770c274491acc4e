"""The sun: pvlib's at coarse steps, within a stated bound of pvlib's at fine ones, and computed once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pvlib.solarposition import get_solarposition

from sim.weather.sun import Sun, sun_at, sun_on_grid
from sim.weather.weather_file import Place

GREENWICH = Place(51.48, 0.0, 45.0)
SUMMER, WINTER = "2025-06-20", "2025-12-20"


def moments(first: str, count: int, step: str) -> pd.DatetimeIndex:
    return pd.date_range(first, periods=count, freq=step, tz="UTC")


def pvlibs(place: Place, at: pd.DatetimeIndex) -> pd.DataFrame:
    return get_solarposition(at, place.latitude_deg, place.longitude_deg, place.altitude_m)


def turned_deg(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Angle between two azimuths [deg]."""
    return np.abs((one - other + 180.0) % 360.0 - 180.0)


# --- against pvlib ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["10min", "15min", "1h"])
def test_at_coarse_steps_it_is_pvlibs_bit_for_bit(step: str) -> None:
    at = moments(SUMMER, 100, step)
    sun, expected = sun_at(GREENWICH, at), pvlibs(GREENWICH, at)
    by_day = expected[expected["apparent_zenith"] < 90.0]
    assert list(at[sun.rows]) == list(by_day.index)
    assert np.array_equal(sun.zenith_deg, by_day["apparent_zenith"])
    assert np.array_equal(sun.azimuth_deg, by_day["azimuth"])


@pytest.mark.parametrize("first", [SUMMER, WINTER, "1900-03-19", "2199-09-21"])
@pytest.mark.parametrize("longitude_deg", [-180.0, -105.0, 0.0, 151.2])
@pytest.mark.parametrize(
    "latitude_deg", [-90.0, -78.0, -66.6, -33.9, 0.0, 23.4, 39.7, 66.6, 69.6, 80.0, 89.9, 90.0]
)
def test_at_one_minute_it_is_within_its_bound_of_pvlibs(
    latitude_deg: float, longitude_deg: float, first: str
) -> None:
    # the circles at 66.6 deg and the places beyond have days without night, and nights without day
    place, at = Place(latitude_deg, longitude_deg, 300.0), moments(first, 2 * 1440, "1min")
    sun, expected = sun_at(place, at), pvlibs(place, at)
    zenith_deg = expected["apparent_zenith"].to_numpy()
    differing = np.setxor1d(np.flatnonzero(zenith_deg < 90.0), sun.rows)
    assert (np.abs(zenith_deg[differing] - 90.0) < 1e-4).all(), "up or down only within the bound"
    assert np.abs(sun.zenith_deg - zenith_deg[sun.rows]).max(initial=0.0) < 1e-5, "stated: 1e-4 deg"
    away = sun.zenith_deg > 1.0
    error_deg = turned_deg(sun.azimuth_deg, expected["azimuth"].to_numpy()[sun.rows])[away]
    assert error_deg.max(initial=0.0) < 1e-5, "stated: 1e-3 deg"


@pytest.mark.parametrize("step", ["1s", "90s", "7min", "9min59s"])
@pytest.mark.parametrize("count", [2, 3, 500])
def test_the_bound_holds_at_any_fine_step_and_for_few_moments(step: str, count: int) -> None:
    at = moments("2025-04-01T09:00:30", count, step)
    sun, expected = sun_at(GREENWICH, at), pvlibs(GREENWICH, at)
    assert sun.rows[0] == 0
    assert sun.zenith_deg == pytest.approx(expected["apparent_zenith"].to_numpy()[sun.rows], abs=1e-5)
    assert sun.azimuth_deg == pytest.approx(expected["azimuth"].to_numpy()[sun.rows], abs=1e-5)


def test_a_year_of_minutes_stays_within_the_bound() -> None:
    at = moments("2025-01-01T00:00:30", 525_600, "1min")
    sun = sun_at(GREENWICH, at)
    some = np.arange(0, len(sun.rows), 97)
    expected = pvlibs(GREENWICH, at[sun.rows[some]])
    assert np.abs(sun.zenith_deg[some] - expected["apparent_zenith"].to_numpy()).max() < 1e-5
    assert turned_deg(sun.azimuth_deg[some], expected["azimuth"].to_numpy()).max() < 1e-5


def test_azimuth_is_counted_from_north_over_east() -> None:
    sun = sun_at(GREENWICH, moments("2025-03-20T00:00", 1440, "1min"))
    assert sun.azimuth_deg.min() == pytest.approx(90.0, abs=2.0), "at the equinox it rises in the east"
    assert sun.azimuth_deg.max() == pytest.approx(270.0, abs=2.0), "and sets in the west"


# --- day and night ----------------------------------------------------------------------------------------


def test_only_moments_with_the_sun_above_the_horizon_are_listed() -> None:
    sun = sun_at(GREENWICH, moments(SUMMER, 1440, "1min"))
    assert sun.zenith_deg.max() < 90.0
    # almanac: 16 h 38 min from sunrise to sunset in London at the solstice, the sun's rim and not its centre
    assert len(sun.rows) == pytest.approx(16 * 60 + 38, abs=10)


def test_a_day_without_night_and_a_night_without_day() -> None:
    tromso = Place(69.65, 18.96, 0.0)
    assert len(sun_at(tromso, moments(SUMMER, 1440, "1min")).rows) == 1440
    assert len(sun_at(tromso, moments(WINTER, 1440, "1min")).rows) == 0
    assert len(sun_at(tromso, moments(WINTER, 24, "1h")).rows) == 0


def test_moments_may_be_none_or_one_or_unequally_far_apart() -> None:
    at = moments(SUMMER, 1440, "1min")
    assert len(sun_at(GREENWICH, at[:0]).rows) == 0
    assert list(sun_at(GREENWICH, at[720:721]).rows) == [0]
    odd = at[[300, 600, 601, 900]]
    expected = pvlibs(GREENWICH, odd)["apparent_zenith"]
    assert np.array_equal(sun_at(GREENWICH, odd).zenith_deg, expected)


# --- once -------------------------------------------------------------------------------------------------


def test_the_same_moments_at_the_same_place_are_computed_once() -> None:
    at = moments("2031-01-01", 500, "1min")
    before = sun_on_grid.cache_info().misses
    first, again = sun_at(GREENWICH, at), sun_at(GREENWICH, at.tz_convert("America/New_York"))
    assert first is again
    assert sun_on_grid.cache_info().misses == before + 1
    sun_at(GREENWICH, at[1:])
    sun_at(Place(51.48, 0.0, 46.0), at)
    assert sun_on_grid.cache_info().misses == before + 3


def test_what_is_shared_cannot_be_written_to() -> None:
    sun: Sun = sun_at(GREENWICH, moments(SUMMER, 1440, "1min"))
    with pytest.raises(ValueError, match="read-only"):
        sun.zenith_deg[0] = 0.0
