"""The skies of a run: which years their weather stands for, and whether it differs by seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from recorded_years import weather

from sim.campus import WeatherYears
from sim.supply.solar import SolarPlant, ac_power
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import Array, StepSeries
from sim.weather.skies import Skies
from sim.weather.weather import ClearSky, TypicalYear, Weather

CLOUDS = ClearSky(latitude_deg=40.0, longitude_deg=-105.0)
TYPICAL = "one typical year (TMY), repeated; not a measure of rare years"


def skies(of: Weather | None = None, days: float = 1.0) -> Skies:
    """Skies of a run from New Year 2025; every stream is the same."""
    start = Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC")
    return Skies(of, start, days * 86400.0, lambda _: np.random.default_rng(0))


def told(here: Skies) -> list[tuple[float, str, str, str]]:
    """When which events are entered in a run of 400 days."""
    found: list[tuple[float, str, str, str]] = []
    now_s = [0.0]

    def play(series: StepSeries, act: Callable[[float], None]) -> None:
        for now_s[0], value in zip(*series.changes(400 * 86400.0), strict=True):
            act(value)

    here.tell(play, lambda owner, event, detail: found.append((now_s[0], owner, event, detail)))
    return found


def test_a_run_without_a_plant_under_the_sky_says_nothing_of_it() -> None:
    here = skies()
    assert (here.extents(), here.same_for_all_seeds(), told(here)) == ((), False, [])


def test_one_typical_year_is_told_once_however_many_plants_there_are() -> None:
    here = skies()
    assert here.above("north") is here.above("south")
    assert here.extents() == (f"weather: {TYPICAL}",)
    assert here.same_for_all_seeds()


@pytest.mark.parametrize(
    ("site", "own", "told", "same"),
    [
        (CLOUDS, CLOUDS, (), False),
        (TypicalYear(), CLOUDS, (f"weather: {TYPICAL}",), False),
        (CLOUDS, TypicalYear(), (f"weather of north: {TYPICAL}",), False),
        (TypicalYear(), TypicalYear(), (f"weather: {TYPICAL}", f"weather of north: {TYPICAL}"), True),
    ],
)
def test_weather_is_the_same_for_all_seeds_if_no_sky_differs(
    site: Weather, own: Weather, told: tuple[str, ...], same: bool
) -> None:
    here = skies(site)
    here.above("south")
    here.above("north", own)
    assert (here.extents(), here.same_for_all_seeds()) == (told, same)


def test_a_profile_may_ask_for_the_years_before_any_plant_does(tmp_path: Path) -> None:
    here = skies(WeatherYears(**weather(tmp_path, 2018, 2019, draw="in order")), days=400.0)
    draw = here.years()
    assert draw is not None
    assert draw.said == ("2018 (weather_2018.csv)", "2019 (weather_2019.csv)")
    # 2025 has 365 days
    assert told(here) == [
        (0.0, "site", "weather year", "2018 (weather_2018.csv)"),
        (365 * 86400.0, "site", "weather year", "2019 (weather_2019.csv)"),
    ]
    assert here.above("plant").years is draw


def test_weather_that_is_not_of_several_years_has_none() -> None:
    assert skies(TypicalYear()).years() is None
    assert skies(CLOUDS).years() is None


def test_runs_under_one_weather_share_the_sky_with_its_clouds() -> None:
    assert skies(CLOUDS).above("plant") is skies(CLOUDS).above("plant")
    assert skies().above("plant") is skies().above("plant")  # the typical year that is the default
    assert skies(CLOUDS).above("plant") is not skies(CLOUDS, days=2.0).above("plant")
    alike = ClearSky(latitude_deg=40.0, longitude_deg=-105.0)
    assert skies(CLOUDS).above("plant") is not skies(alike).above("plant")


def test_another_draw_is_another_sky() -> None:
    start = Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC")
    draws = [Skies(CLOUDS, start, 86400.0, lambda _, n=n: np.random.default_rng(n)) for n in (0, 1)]
    assert draws[0].above("plant") is not draws[1].above("plant")


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    of = WeatherYears(**weather(tmp_path, 2018, 2019, draw="in order"))
    before = skies(of).above("plant")
    assert skies(of).above("plant") is before
    for path in tmp_path.glob("*.csv"):
        path.write_text(path.read_text() + "\n")
    assert skies(of).above("plant") is not before


def test_plants_that_differ_in_size_alone_share_their_light() -> None:
    sky = skies(CLOUDS).above("plant")
    small, large = (SolarPlant(capacity_mw=mw) for mw in (1.0, 50.0))
    tilted = SolarPlant(capacity_mw=1.0, mounting="fixed", tilt_deg=60.0)
    assert (50.0 * small.output(sky)[1]).tolist() == large.output(sky)[1].tolist()
    assert large.output(sky)[1].tolist() == ac_power(sky.irradiance, sky.sun, sky.place, large).tolist()
    assert tilted.output(sky)[1].tolist() == ac_power(sky.irradiance, sky.sun, sky.place, tilted).tolist()


def test_a_sky_keeps_few_plants() -> None:
    sky, made = skies(CLOUDS).above("plant"), []

    def make(number: int) -> Array:
        made.append(number)
        return np.full(1, float(number))

    for number in range(20):
        assert sky.under(("kept", number), lambda n=number: make(n))[0] == number
    assert sky.under(("kept", 19), lambda: make(-1))[0] == 19.0
    assert sky.under(("kept", 0), lambda: make(-2))[0] == -2.0
    assert made == [*range(20), -2]
