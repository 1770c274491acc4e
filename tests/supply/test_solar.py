"""The solar plant: PVWatts reproduced, the sun in the right place, limits kept, wrong input refused."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from builders import DATA
from hypothesis import given, settings
from hypothesis import strategies as st
from pvlib.solarposition import get_solarposition, sun_rise_set_transit_spa

from sim import Campus, simulate
from sim.campus import MeasuredLoad
from sim.errors import SpecError
from sim.supply.solar import SolarPlant, ac_power
from sim.timeseries.calendar import Calendar
from sim.weather.sky import Sky
from sim.weather.sun import sun_at
from sim.weather.weather import ClearSky, TypicalYear
from sim.weather.weather_file import Place

DENVER = Place(39.73, -105.18, 1819.6)
DENVER_ZONE = ZoneInfo("Etc/GMT+7")  # the sign of these names is reversed: seven hours behind UTC
YEAR_S = 365 * 86400.0
NEW_YEAR = Calendar(datetime(2023, 1, 1, tzinfo=ZoneInfo("America/New_York")), "America/New_York")
CLEAR_DENVER = ClearSky(latitude_deg=39.73, longitude_deg=-105.0, altitude_m=1820.0, cloudiness=0.0)


def plant(**values: object) -> SolarPlant:
    return SolarPlant(**{"capacity_mw": 100.0, **values})


def output(
    of: SolarPlant, calendar: Calendar = NEW_YEAR, horizon_s: float = YEAR_S, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """What a plant could deliver under its own weather, or under the typical year of a campus."""
    return of.output(Sky(of.weather or TypicalYear(), calendar, horizon_s, np.random.default_rng(seed)))


def capacity_factor(of: SolarPlant) -> float:
    return float(output(of)[1].mean() / of.capacity_mw)


# --- B11: NREL's PVWatts, driven by its own irradiance ------------------------------------------------------


@pytest.fixture
def pvwatts() -> pd.DataFrame:
    path = DATA / "pvwatts" / "pvwatts_8760_rackmount.csv"
    if not path.is_file():
        pytest.skip(
            f"the PVWatts year of Denver is not at {path}; set DCGRID_DATA to the folder that holds it"
        )
    frame = pd.read_csv(path, skiprows=17, nrows=8760)
    frame.columns = [
        "month",
        "day",
        "hour",
        "dni",
        "dhi",
        "temp_air",
        "wind_speed",
        "poa",
        "cell_c",
        "dc_w",
        "ac_w",
    ]
    middle = pd.date_range("2023-01-01T00:30", periods=8760, freq="h", tz=DENVER_ZONE)
    frame.index = middle.tz_convert("UTC")
    zenith = np.radians(get_solarposition(frame.index, *vars(DENVER).values())["apparent_zenith"])
    frame["ghi"] = frame["dhi"] + frame["dni"] * np.cos(zenith).clip(lower=0)
    return frame


# from the header of the file: 4 kW DC, DC to AC ratio 1.2, fixed open rack, tilt 20, azimuth 180,
# losses 14.08 %, inverter 96 %; and PVWatts 5 for its standard module: -0.47 %/K, no coating
DENVER_RACK = SolarPlant(
    capacity_mw=4e-3 / 1.2,
    dc_ac_ratio=1.2,
    mounting="fixed",
    tilt_deg=20.0,
    azimuth_deg=180.0,
    losses=0.1408,
    inverter_efficiency=0.96,
    temperature_coefficient_per_k=-0.0047,
    antireflective_glass=False,
)


def rms(error: np.ndarray) -> float:
    return float(np.sqrt((error**2).mean()))


def denver_w(weather: pd.DataFrame) -> np.ndarray:
    """Power of the rack in Denver [W]."""
    sun = sun_at(DENVER, pd.DatetimeIndex(weather.index))
    return 1e6 * ac_power(weather, sun, DENVER, DENVER_RACK)


def test_pvwatts_is_reproduced_from_its_own_irradiance(pvwatts: pd.DataFrame) -> None:
    power_w = denver_w(pvwatts)
    assert pvwatts["ac_w"].sum() / 1000 == pytest.approx(6023.67, abs=0.01)
    assert power_w.sum() / 1000 == pytest.approx(6023.67, rel=0.01)
    # of the mean power of all hours, the sterner of the usual two (0.5 % of the peak)
    assert rms(power_w - pvwatts["ac_w"].to_numpy()) < 0.03 * pvwatts["ac_w"].mean()


@pytest.mark.parametrize("minutes", [-30, 30])
def test_the_sun_at_either_end_of_the_hour_would_be_far_worse(pvwatts: pd.DataFrame, minutes: int) -> None:
    measured_w = pvwatts["ac_w"].to_numpy()
    middle = rms(denver_w(pvwatts) - measured_w)
    shifted = pvwatts.set_index(pvwatts.index + pd.Timedelta(minutes=minutes))
    assert rms(denver_w(shifted) - measured_w) > 5 * middle


# --- a year in Greensboro -----------------------------------------------------------------------------------


def test_the_typical_year_gives_a_capacity_factor_that_such_plants_have() -> None:
    # EIA (Today in Energy, June 2019), utility-scale plants of 2014-2017 per AC capacity: about 16 % in
    # Massachusetts and New Jersey, 28 to 29 % in California, Utah and Arizona, North Carolina between
    fixed, tracker = capacity_factor(plant(mounting="fixed")), capacity_factor(plant())
    assert 0.16 < fixed < tracker < 0.28


def test_a_tracker_beats_a_fixed_rack_and_gains_in_the_morning_and_evening() -> None:
    (_, fixed_mw), (_, tracker_mw) = output(plant(mounting="fixed")), output(plant())
    assert tracker_mw.sum() > 1.08 * fixed_mw.sum()
    by_hour = (tracker_mw - fixed_mw).reshape(365, 24).mean(axis=0)
    assert by_hour[8] > by_hour[12] < by_hour[16]


def test_a_steeper_rack_gives_more_in_winter_and_less_in_summer() -> None:
    (_, flat), (_, steep) = (output(plant(mounting="fixed", tilt_deg=tilt)) for tilt in (5.0, 50.0))
    assert steep[: 31 * 24].sum() > flat[: 31 * 24].sum()
    assert steep[151 * 24 : 181 * 24].sum() < flat[151 * 24 : 181 * 24].sum()


def test_nothing_is_produced_in_an_hour_without_sun() -> None:
    times_s, power_mw = output(plant())
    begin = pd.Timestamp(NEW_YEAR.start).tz_convert("UTC") + pd.to_timedelta(times_s, unit="s")
    sun = sun_rise_set_transit_spa(pd.DatetimeIndex(begin[::24]), 36.1, -79.95)
    sunrise, sunset = (np.repeat(sun[name].to_numpy(), 24) for name in ("sunrise", "sunset"))
    end = (begin + pd.Timedelta(hours=1)).to_numpy()
    assert power_mw[end <= sunrise].max() == 0.0, "before sunrise"
    assert power_mw[begin.to_numpy() >= sunset].max() == 0.0, "after sunset"
    assert power_mw[(begin.to_numpy() > sunrise) & (end < sunset)].mean() > 0.0


def test_a_higher_dc_rating_is_clipped_at_the_inverters() -> None:
    assert output(plant(dc_ac_ratio=2.0))[1].max() == 100.0
    assert output(plant(dc_ac_ratio=1.0))[1].max() < 100.0
    assert capacity_factor(plant(dc_ac_ratio=2.0)) < 2 * capacity_factor(plant(dc_ac_ratio=1.0))


def test_availability_scales_and_losses_reduce_the_output() -> None:
    full, half = output(plant())[1], output(plant(availability=0.5))[1]
    assert np.allclose(half, full / 2)
    assert capacity_factor(plant(losses=0.3)) < capacity_factor(plant())


def test_a_plant_of_no_capacity_produces_nothing() -> None:
    assert output(plant(capacity_mw=0.0))[1].max() == 0.0


def test_a_year_is_computed_in_well_under_a_second() -> None:
    output(plant(), horizon_s=86400.0)  # imports pvlib and reads the file
    begin = time.perf_counter()
    output(plant())
    assert time.perf_counter() - begin < 0.5


# --- the sun in the right place -----------------------------------------------------------------------------


@pytest.mark.parametrize("mounting", ["tracker", "fixed"])
@pytest.mark.parametrize("zone", ["Etc/GMT+7", "America/Denver", "UTC"])
def test_a_clear_day_is_symmetric_about_noon_whatever_the_clock_says(mounting: str, zone: str) -> None:
    # at 105 W the mean sun culminates at 19:00 UTC; on 15 April the equation of time is nil
    start = datetime(2023, 4, 15, 6, tzinfo=DENVER_ZONE).astimezone(ZoneInfo(zone))
    low_ratio = plant(weather=CLEAR_DENVER, mounting=mounting, dc_ac_ratio=1.0)
    _, power_mw = output(low_ratio, Calendar(start, zone), 12 * 3600.0)
    forward, backward = power_mw, power_mw[::-1]
    assert len(power_mw) == 48
    assert np.abs(forward - backward).max() < 1.0, "MW of 100: mirrored about noon"
    assert np.abs(forward[1:] - backward[:-1]).max() > 3.0, "one interval off would show"


def test_the_south_faces_north() -> None:
    southern = ClearSky(latitude_deg=-30.0, longitude_deg=150.0, cloudiness=0.0)
    default, north, south = (
        capacity_factor(plant(weather=southern, mounting="fixed", azimuth_deg=azimuth))
        for azimuth in (None, 0.0, 180.0)
    )
    assert default == north > south


def test_the_same_seed_gives_the_same_power() -> None:
    cloudy = plant(weather=CLEAR_DENVER.with_values({"cloudiness": 0.5}))
    first, again, other = (output(cloudy, horizon_s=5 * 86400.0, seed=seed)[1] for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_another_latitude_gives_another_year() -> None:
    north = CLEAR_DENVER.with_values({"latitude_deg": 55.0})
    assert capacity_factor(plant(weather=north)) < capacity_factor(plant(weather=CLEAR_DENVER)) - 0.02


def test_a_polar_night_is_dark() -> None:
    _, power_mw = output(plant(weather=ClearSky(latitude_deg=85.0, longitude_deg=0.0)), horizon_s=86400.0)
    assert power_mw.max() == 0.0


# --- any start, any horizon ---------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    start=st.datetimes(
        datetime(1995, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
        datetime(2060, 1, 1),  # noqa: DTZ001 - as above
        timezones=st.just(ZoneInfo("Europe/London")),
    ),
    days=st.floats(0.01, 400),
    mounting=st.sampled_from(["tracker", "fixed"]),
)
def test_output_covers_any_horizon_within_the_limits(start: datetime, days: float, mounting: str) -> None:
    times_s, power_mw = output(plant(mounting=mounting), Calendar(start, "Europe/London"), days * 86400)
    assert times_s[0] <= 0.0 < times_s[0] + 3600
    assert times_s[-1] < days * 86400 <= times_s[-1] + 3600 + 1e-6
    assert len(times_s) == len(power_mw)
    assert (np.diff(times_s) > 0).all()
    assert power_mw.min() >= 0.0, "and so no number is missing"
    assert power_mw.max() <= 100.0


# --- plain data ---------------------------------------------------------------------------------------------


def test_a_plant_survives_the_way_through_plain_data() -> None:
    before = plant(weather=CLEAR_DENVER, mounting="fixed", tilt_deg=30.0)
    assert SolarPlant(**before.to_dict()) == before
    assert before.with_values({"weather.cloudiness": 0.3}).weather == CLEAR_DENVER.with_values(
        {"cloudiness": 0.3}
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"capacity_mw": -1.0},
            "capacity_mw = -1.0 MW; allowed: a finite number at least 0 and at most 1e+06 MW",
        ),
        (
            {"dc_ac_ratio": 0.0},
            "dc_ac_ratio = 0.0 ratio; allowed: a finite number at least 0.01 and at most 10 ratio",
        ),
        ({"tilt_deg": 30.0}, "tilt_deg = 30.0 deg; allowed: only with mounting = 'fixed'"),
        ({"azimuth_deg": 90.0}, "azimuth_deg = 90.0 deg; allowed: only with mounting = 'fixed'"),
        (
            {"mounting": "fixed", "tilt_deg": 95.0},
            "tilt_deg = 95.0 deg; allowed: a finite number at least 0 and at most 90 deg",
        ),
        ({"gcr": 0.0}, "gcr = 0.0 pu; allowed: a finite number at least 0.01 and at most 1 pu"),
        ({"losses": 1.0}, "losses = 1.0 pu; allowed: a finite number at least 0 and below 1 pu"),
        ({"albedo": 1.5}, "albedo = 1.5 pu; allowed: a finite number at least 0 and at most 1 pu"),
        ({"mounting": "roof"}, "mounting = 'roof'; allowed: 'tracker' or 'fixed'"),
        ({"tilt": 30.0}, "tilt is unknown; nearest: tilt_deg"),
    ],
)
def test_a_plant_that_cannot_be_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        plant(**values)
    assert str(caught.value) == f"solar: {message}"


def test_wrong_weather_is_named_within_the_plant() -> None:
    with pytest.raises(SpecError) as caught:
        plant(weather={"kind": "clear_sky", "latitude_deg": 95.0, "longitude_deg": 0.0})
    assert str(caught.value) == (
        "weather: latitude_deg = 95.0 deg; allowed: a finite number at least -90 and at most 90 deg"
    )


# --- on a campus --------------------------------------------------------------------------------------------


def test_on_a_campus_it_delivers_what_is_wanted_and_the_rest_is_curtailed() -> None:
    sun = plant(weather=CLEAR_DENVER, fixed_usd_per_mw_year=365.0)
    load = MeasuredLoad(power_mw=30.0)
    summary = simulate(
        Campus(name="test", start=NEW_YEAR.start, supply={"sun": sun}, demand={"load": load}), days=10, seed=4
    ).summary
    calendar = Calendar(NEW_YEAR.start, "UTC")
    # its clouds come from the random stream of its name, here of a sky without any
    times_s, ac_mw = output(sun, calendar, 10 * 86400.0)
    hours = np.diff(times_s, append=10 * 86400.0) / 3600.0
    assert summary.supplied_mwh["sun"] == pytest.approx(hours @ np.minimum(ac_mw, 30.0))
    assert summary.curtailed_by_source_mwh["sun"] == pytest.approx(hours @ np.maximum(ac_mw - 30.0, 0.0))
    assert summary.curtailed_by_source_mwh["sun"] > 0.0
    assert summary.unserved_mwh == pytest.approx(30.0 * 240 - summary.supplied_mwh["sun"])
    assert summary.fixed_cost_usd == pytest.approx(365.0 * 100 * 10 / 365)
    assert summary.carbon_t == 0.0


def test_brighter_ground_lights_a_tilted_rack_and_not_a_flat_one() -> None:
    def share(tilt_deg: float, albedo: float) -> float:
        fixed = plant(mounting="fixed", weather=CLEAR_DENVER, tilt_deg=tilt_deg, albedo=albedo)
        return capacity_factor(fixed)

    assert share(60.0, 0.6) > 1.02 * share(60.0, 0.2)
    assert share(0.0, 0.6) == pytest.approx(share(0.0, 0.2))


# --- under the sky of the campus ----------------------------------------------------------------------------

CLOUDY = CLEAR_DENVER.with_values({"cloudiness": 0.5})


def made_mw(campus: Campus) -> list[np.ndarray]:
    """What two plants deliver at every instant, where all is wanted."""
    load = MeasuredLoad(power_mw=1000.0)
    flows = simulate(campus.with_values({"demand": {"load": load}}), days=5, seed=4).flows
    return [flows[f"{name}.delivered_mw"].to_numpy() for name in ("north", "south")]


def two(*weathers: ClearSky | None) -> Campus:
    """Two equal plants, with weather of their own or without, on a campus under cloudy Denver."""
    supply = {
        name: plant(weather=weather) for name, weather in zip(("north", "south"), weathers, strict=True)
    }
    return Campus(name="two", start=NEW_YEAR.start, weather=CLOUDY, supply=supply)


def test_two_equal_plants_under_the_sky_of_the_campus_give_the_same_at_every_instant() -> None:
    north_mw, south_mw = made_mw(two(None, None))
    assert north_mw.max() > 0.0
    assert np.array_equal(north_mw, south_mw)


@pytest.mark.parametrize("north", [None, CLOUDY])
def test_a_plant_with_a_sky_of_its_own_has_clouds_of_its_own(north: ClearSky | None) -> None:
    north_mw, south_mw = made_mw(two(north, CLOUDY))
    assert north_mw.max() > 0.0 < south_mw.max()
    assert not np.array_equal(north_mw, south_mw)


def test_a_plant_without_weather_sees_the_typical_year_by_default() -> None:
    by_default = Campus(name="a", start=NEW_YEAR.start, supply={"sun": plant()})
    stated = by_default.with_values({"supply.sun.weather": {"kind": "typical_year"}})
    flows = [simulate(campus, days=5).flows for campus in (by_default, stated)]
    assert flows[0]["sun.curtailed_mw"].max() > 0.0
    pd.testing.assert_frame_equal(*flows)
