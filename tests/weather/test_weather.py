"""Weather: typical years laid onto a calendar, clear skies behind clouds, and files that are refused."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from pvlib.solarposition import get_solarposition

from sim.errors import SpecError
from sim.timeseries.calendar import Calendar
from sim.weather.weather import ClearSky, TypicalYear, Weather
from sim.weather.weather_file import COLUMNS, Place, shipped_file

NEW_YORK = ZoneInfo("America/New_York")
DAY_S = 86400.0
YEAR_S = 365 * DAY_S
FREE = np.random.default_rng(0)
COLUMN_LIST = "ghi, dni, dhi, temp_air, wind_speed"


def calendar_from(*date: int, zone: ZoneInfo = NEW_YORK) -> Calendar:
    return Calendar(datetime(*date, tzinfo=zone), str(zone))


def greensboro(start: Calendar, horizon_s: float) -> pd.DataFrame:
    return TypicalYear().irradiance(start, horizon_s, FREE)


def clear_sky(**values: object) -> ClearSky:
    return ClearSky(**{"latitude_deg": 40.0, "longitude_deg": -105.0, **values})


@pytest.fixture
def csv_rows() -> pd.DataFrame:
    """An hourly year at 105 W; the irradiance counts the hours of the year so that rows can be recognised."""
    stamps = pd.date_range("2023-01-01T00:00", periods=8760, freq="h", tz="Etc/GMT+7")
    hour = np.arange(8760.0)
    frame = pd.DataFrame(
        {"ghi": hour / 10, "dni": hour / 10, "dhi": hour / 10, "temp_air": 5.0, "wind_speed": 2.0}
    )
    frame.index = pd.Index([stamp.isoformat() for stamp in stamps], name="time")
    return frame


def written(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path)
    return path


def csv_year(path: Path) -> TypicalYear:
    return TypicalYear(file=path, latitude_deg=39.74, longitude_deg=-105.18, altitude_m=1829.0)


def refusal(path: Path) -> str:
    with pytest.raises(SpecError) as caught:
        csv_year(path)
    return str(caught.value).replace(str(path), "FILE")


# --- the typical year on the calendar ---------------------------------------------------------------------


def test_the_shipped_year_is_that_of_greensboro() -> None:
    assert TypicalYear().place() == Place(36.1, -79.95, 273.0)
    year = greensboro(calendar_from(2023, 1, 1), YEAR_S)
    assert len(year) == 8760
    # NREL's file holds 1,566 kWh/m2 of global horizontal irradiance: 4.291 kWh/m2 a day
    assert year["ghi"].sum() / 365 / 1000 == pytest.approx(4.291, abs=0.001)


def test_a_row_of_the_file_is_used_in_the_hour_that_ends_at_its_stamp() -> None:
    # 1 January, stamped 12:00: GHI 261 W/m2, DHI 260 W/m2; it is the light between 11:00 and 12:00
    year = greensboro(calendar_from(2023, 1, 1), YEAR_S)
    row = year[year["start_s"] == 11 * 3600].iloc[0]
    assert (row["ghi"], row["dhi"]) == (261.0, 260.0)
    assert row.name == pd.Timestamp("2023-01-01T11:30-05:00")


def test_the_frame_says_where_the_sun_is_to_be_evaluated() -> None:
    year = greensboro(calendar_from(2023, 1, 1), DAY_S)
    assert list(year.columns) == ["start_s", *COLUMNS, "relative_humidity"]
    assert str(year.index.tz) == "UTC"
    start = pd.Timestamp("2023-01-01T00:00-05:00")
    assert list((year.index - start).total_seconds() - year["start_s"]) == [1800.0] * 24


def test_daylight_saving_does_not_move_the_sun() -> None:
    # In July clocks in New York are an hour ahead: what the file stamps 12:00 is over at 13:00 local time.
    summer = greensboro(calendar_from(2023, 7, 1), DAY_S)
    standard = greensboro(Calendar(datetime(2023, 7, 1, 1, tzinfo=NEW_YORK), "UTC"), DAY_S)
    assert summer["start_s"].iloc[0] == 0.0
    assert list(summer["ghi"].iloc[1:]) == list(standard["ghi"].iloc[:-1])
    year = greensboro(calendar_from(2023, 1, 1), YEAR_S)
    zenith_deg = get_solarposition(year.index, 36.1, -79.95)["apparent_zenith"].to_numpy()
    assert year["ghi"][zenith_deg > 97].max() == 0.0, "no light deep in the night, summer or winter"
    assert year["ghi"][zenith_deg < 80].min() > 0.0, "and always some by day"


@pytest.mark.parametrize("days", [1, 7.5, 365, 400])
def test_a_horizon_of_any_length_is_covered(days: float) -> None:
    year = greensboro(calendar_from(2023, 5, 17), days * DAY_S)
    assert year["start_s"].iloc[0] <= 0.0
    assert year["start_s"].iloc[-1] < days * DAY_S <= year["start_s"].iloc[-1] + 3600
    assert set(np.diff(year["start_s"])) == {3600.0}
    assert not year.isna().any().any()


def test_a_start_within_an_hour_begins_in_the_past() -> None:
    year = greensboro(calendar_from(2023, 6, 1, 9, 20, 30), 3600.0)
    assert list(year["start_s"]) == [-1230.0, 2370.0]
    assert year.index[0] == pd.Timestamp("2023-06-01T09:30-04:00")


def test_a_start_within_a_second_reads_the_same_rows() -> None:
    whole = greensboro(Calendar(datetime(2023, 6, 1, 9, tzinfo=NEW_YORK), "UTC"), DAY_S)
    odd = greensboro(Calendar(datetime(2023, 6, 1, 9, 0, 0, 123457, tzinfo=NEW_YORK), "UTC"), DAY_S)
    assert odd["start_s"].iloc[0] == pytest.approx(-0.123457)
    assert list(odd["ghi"].iloc[:24]) == list(whole["ghi"])


def test_a_second_year_repeats_the_first() -> None:
    two = greensboro(calendar_from(2022, 3, 1), 2 * YEAR_S)
    assert list(two["ghi"].iloc[:8760]) == list(two["ghi"].iloc[8760:])


def test_29_february_is_that_of_the_28th_and_march_is_not_shifted() -> None:
    leap = greensboro(calendar_from(2024, 2, 28), 3 * DAY_S)
    ordinary = greensboro(calendar_from(2023, 2, 28), 2 * DAY_S)
    assert list(leap["ghi"].iloc[24:48]) == list(leap["ghi"].iloc[:24])
    assert list(leap["ghi"].iloc[:24]) == list(ordinary["ghi"].iloc[:24])
    assert list(leap["ghi"].iloc[48:]) == list(ordinary["ghi"].iloc[24:])


def test_a_leap_year_ends_with_the_last_day_of_the_file() -> None:
    leap, ordinary = (greensboro(calendar_from(year, 12, 31), DAY_S) for year in (2024, 2023))
    assert list(leap["temp_air"]) == list(ordinary["temp_air"])


# --- other files ------------------------------------------------------------------------------------------


def test_a_csv_file_stamps_the_beginning_of_its_intervals(csv_rows: pd.DataFrame, tmp_path: Path) -> None:
    weather = csv_year(written(csv_rows, tmp_path / "year.csv"))
    day = weather.irradiance(Calendar(datetime(2023, 1, 1, 7, tzinfo=UTC), "UTC"), DAY_S, FREE)
    assert list(day["ghi"]) == [hour / 10 for hour in range(24)]
    assert weather.place() == Place(39.74, -105.18, 1829.0)


@pytest.mark.parametrize("zone", ["Z", "+00", "+0000", "+00:00"])
def test_a_csv_file_may_write_its_zone_in_any_iso_way(
    csv_rows: pd.DataFrame, tmp_path: Path, zone: str
) -> None:
    csv_rows.index = [stamp.replace("-07:00", zone) for stamp in csv_rows.index]
    weather = csv_year(written(csv_rows, tmp_path / "year.csv"))
    day = weather.irradiance(Calendar(datetime(2023, 1, 1, tzinfo=UTC), "UTC"), DAY_S, FREE)
    assert list(day["ghi"]) == [hour / 10 for hour in range(24)]


def test_a_csv_file_may_be_finer_than_an_hour_and_hold_a_leap_day(tmp_path: Path) -> None:
    stamps = pd.date_range("2024-01-01T00:00", "2025-01-01T00:00", freq="15min", inclusive="left", tz="UTC")
    frame = pd.DataFrame(1.0, columns=list(COLUMNS), index=[stamp.isoformat() for stamp in stamps])
    frame["ghi"] = np.asarray(stamps.month * 100 + stamps.day)
    weather = csv_year(written(frame, tmp_path / "year.csv"))
    days = weather.irradiance(Calendar(datetime(2023, 2, 28, tzinfo=UTC), "UTC"), 2 * DAY_S, FREE)
    assert list(days["start_s"].iloc[:3]) == [0.0, 900.0, 1800.0]
    assert list(days["ghi"].iloc[[0, 95, 96]]) == [228.0, 228.0, 301.0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_an_epw_file_gives_the_same_light_in_the_same_hour_as_the_tmy3_file(
    tmp_path: Path, encoding: str
) -> None:
    tmy3 = greensboro(calendar_from(2023, 1, 1), YEAR_S)
    header = ["LOCATION,Greensboró,NC,USA,TMY3,723170,36.1,-79.95,-5.0,273.0", *["-"] * 7]
    rows = []
    for k, (_, row) in enumerate(tmy3.iterrows()):
        moment = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(hours=k)
        cells = ["0"] * 35
        cells[:5] = [f"{moment:%Y}", f"{moment.month}", f"{moment.day}", f"{moment.hour + 1}", "0"]
        cells[6], cells[13], cells[14], cells[15], cells[21] = (
            str(row[name]) for name in ("temp_air", "ghi", "dni", "dhi", "wind_speed")
        )
        cells[8] = str(row["relative_humidity"])
        rows.append(",".join(cells))
    path = tmp_path / "greensboro.epw"
    path.write_text("\n".join([*header, *rows]) + "\n", encoding=encoding)
    weather = TypicalYear(file=path)
    assert weather.place() == TypicalYear().place()
    pd.testing.assert_frame_equal(weather.irradiance(calendar_from(2023, 1, 1), YEAR_S, FREE), tmy3)


def test_a_csv_year_may_begin_in_any_month(csv_rows: pd.DataFrame, tmp_path: Path) -> None:
    january, july = csv_rows.iloc[:4344], csv_rows.iloc[4344:]
    before = july.set_axis(july.index.str.replace("2023-", "2022-"))
    turned = csv_year(written(pd.concat([before, january]), tmp_path / "turned.csv"))
    usual = csv_year(written(csv_rows, tmp_path / "usual.csv"))
    here = calendar_from(2025, 5, 1)
    assert turned.irradiance(here, YEAR_S, FREE).equals(usual.irradiance(here, YEAR_S, FREE))


def test_a_changed_file_is_read_again(csv_rows: pd.DataFrame, tmp_path: Path) -> None:
    path = written(csv_rows, tmp_path / "year.csv")
    weather = csv_year(path)
    csv_rows["temp_air"] = 30.0
    written(csv_rows, path)
    os.utime(path, ns=(1, 1))
    assert weather.irradiance(calendar_from(2023, 1, 1), DAY_S, FREE)["temp_air"].iloc[0] == 30.0


# --- the clear sky and its clouds -------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_clouds_and_another_seed_others() -> None:
    sky = clear_sky()
    first, again, other = (
        sky.irradiance(calendar_from(2023, 6, 1), DAY_S, np.random.default_rng(seed)) for seed in (7, 7, 8)
    )
    pd.testing.assert_frame_equal(first, again)
    assert not np.allclose(first["ghi"], other["ghi"])


def test_clouds_never_brighten_the_sky_and_less_of_them_dims_it_less() -> None:
    start = calendar_from(2023, 6, 1)
    clear, some, overcast = (
        clear_sky(cloudiness=cover).irradiance(start, 30 * DAY_S, np.random.default_rng(1))
        for cover in (0.0, 0.5, 1.0)
    )
    assert (some["ghi"] <= clear["ghi"] + 1e-9).all()
    assert (some["dni"] <= clear["dni"] + 1e-9).all()
    assert clear["ghi"].sum() > some["ghi"].sum() > overcast["ghi"].sum()
    # Kasten and Czeplak: a full cover leaves 1 - 0.75 of the clear sky's global irradiance
    assert overcast["ghi"].sum() == pytest.approx(0.25 * clear["ghi"].sum())


def test_the_three_irradiances_close() -> None:
    sky = clear_sky().irradiance(calendar_from(2023, 6, 1), 10 * DAY_S, np.random.default_rng(1))
    zenith_deg = get_solarposition(sky.index, 40.0, -105.0, 0.0)["apparent_zenith"]
    closed = sky["dhi"] + sky["dni"] * np.cos(np.radians(zenith_deg)).clip(lower=0)
    assert np.allclose(closed, sky["ghi"], atol=0.5)
    assert (sky[["ghi", "dni", "dhi"]] >= 0).all().all()


def test_cloud_cover_has_the_stated_mean_and_memory() -> None:
    sky = clear_sky(step_min=60, cloudiness=0.48, correlation_h=14.0)
    cover = sky.cloud_cover(200_000, np.random.default_rng(3))
    assert cover.min() >= 0.0
    assert cover.max() <= 1.0
    assert cover.mean() == pytest.approx(0.48, abs=0.01)
    # mean x (1 - mean) / (concentration + 1) = 0.48 x 0.52 / 1.49 = 0.1675, as observed in Greensboro
    assert cover.var() == pytest.approx(0.1675, abs=0.003)
    # observed in Greensboro: 0.889 from one hour to the next, 0.753 over three
    assert np.corrcoef(cover[:-1], cover[1:])[0, 1] == pytest.approx(0.889, abs=0.02)
    assert np.corrcoef(cover[:-3], cover[3:])[0, 1] == pytest.approx(0.753, abs=0.03)


def test_the_first_hours_are_as_uncertain_as_any_other() -> None:
    covers = [clear_sky().cloud_cover(4, np.random.default_rng(seed))[0] for seed in range(1000)]
    # variance 0.168 by the default concentration, 0.48 x 0.52 / (1 + 0.49)
    assert np.var(covers) == pytest.approx(0.168, rel=0.1)
    assert np.mean(covers) == pytest.approx(0.48, abs=3 * np.sqrt(0.168 / 1000))


def test_the_memory_of_clouds_does_not_depend_on_the_step() -> None:
    fine, coarse = (
        clear_sky(step_min=step).cloud_cover(count, np.random.default_rng(3))
        for step, count in ((15, 400_000), (60, 100_000))
    )
    over_an_hour = np.corrcoef(fine[:-4], fine[4:])[0, 1]
    assert over_an_hour == pytest.approx(np.corrcoef(coarse[:-1], coarse[1:])[0, 1], abs=0.02)


def test_default_clouds_over_greensboro_give_nearly_the_light_of_its_typical_year() -> None:
    sky = ClearSky(latitude_deg=36.1, longitude_deg=-79.95, altitude_m=273.0)
    light = sky.irradiance(calendar_from(2023, 1, 1), 3 * YEAR_S, np.random.default_rng(5))["ghi"].mean()
    # the file: 4.291 kWh/m2 a day; the process was fitted to its cloud cover only, not to its irradiance
    assert light * 24 / 1000 == pytest.approx(4.291, rel=0.10)


def test_the_clear_sky_peaks_when_the_sun_does() -> None:
    # At 105 W the mean sun culminates at 12:00 UTC-7 = 19:00 UTC; on 15 April the equation of time is 0 min
    day = clear_sky(cloudiness=0.0, step_min=5).irradiance(
        calendar_from(2023, 4, 15, zone=ZoneInfo("Etc/GMT+7")), DAY_S, FREE
    )
    assert abs(day["ghi"].idxmax() - pd.Timestamp("2023-04-15T19:00Z")) <= pd.Timedelta(minutes=5)


def test_another_latitude_has_another_day_and_a_polar_night_is_dark() -> None:
    start = calendar_from(2023, 12, 21, zone=ZoneInfo("UTC"))
    north, south, pole = (
        clear_sky(latitude_deg=latitude).irradiance(start, DAY_S, np.random.default_rng(1))
        for latitude in (40.0, -40.0, 85.0)
    )
    assert (south["ghi"] > 0).sum() > (north["ghi"] > 0).sum() > 0
    assert pole["ghi"].max() == 0.0


def test_haze_can_be_stated() -> None:
    clean, hazy = (
        clear_sky(cloudiness=0.0, linke_turbidity=turbidity).irradiance(
            calendar_from(2023, 6, 1), DAY_S, FREE
        )
        for turbidity in (2.0, 6.0)
    )
    assert clean["dni"].max() > hazy["dni"].max() + 200


def test_a_sky_begins_at_whole_steps_of_the_clock() -> None:
    sky = clear_sky().irradiance(calendar_from(2023, 6, 1, 9, 20), 3600.0, FREE)
    assert list(sky["start_s"]) == [-300.0, 600.0, 1500.0, 2400.0, 3300.0]


# --- plain data -------------------------------------------------------------------------------------------


def test_weather_is_built_from_plain_data_by_its_kind() -> None:
    sky = clear_sky(cloudiness=0.1)
    assert Weather.build(sky.to_dict()) == sky
    assert Weather.build({"kind": "typical_year"}) == TypicalYear()


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SpecError) as caught:
        TypicalYear(file=Path("nowhere.csv"))
    assert str(caught.value) == "typical_year: file = 'nowhere.csv' does not exist"


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("sunny\nall day\n", encoding="utf-8")
    assert refusal(path) == (
        "typical_year: file = 'FILE' has an unknown format; allowed: a TMY3 file, an EPW file, "
        f"or a CSV file with UTC offsets and the columns {COLUMN_LIST}"
    )


def test_times_without_a_zone_are_refused(csv_rows: pd.DataFrame, tmp_path: Path) -> None:
    csv_rows.index = [stamp[:19] for stamp in csv_rows.index]
    assert refusal(written(csv_rows, tmp_path / "year.csv")) == (
        "typical_year: file = 'FILE' has a time without a UTC offset in row 2: '2023-01-01T00:00:00'; "
        "allowed: a time such as 2023-01-01T00:00-05:00"
    )


def test_dates_alone_are_no_times(csv_rows: pd.DataFrame, tmp_path: Path) -> None:
    csv_rows.index = [stamp[:10] for stamp in csv_rows.index]
    assert "has a time without a UTC offset in row 2: '2023-01-01'" in refusal(
        written(csv_rows, tmp_path / "year.csv")
    )


def test_a_gap_is_refused(csv_rows: pd.DataFrame, tmp_path: Path) -> None:
    holed = csv_rows.drop(csv_rows.index[[1000, 1001]])
    # hour 1000 = 41 days and 16 h: 11 February 16:00
    assert refusal(written(holed, tmp_path / "year.csv")) == (
        "typical_year: file = 'FILE' is incomplete: 2 missing, the first at 11 February 16:00; "
        "allowed: each of the 8760 intervals of one year exactly once"
    )


def test_a_repeated_interval_is_refused(csv_rows: pd.DataFrame, tmp_path: Path) -> None:
    doubled = pd.concat([csv_rows, csv_rows.iloc[[24]]])
    assert refusal(written(doubled, tmp_path / "year.csv")) == (
        "typical_year: file = 'FILE' has more than one interval at 02 January 00:00; "
        "allowed: each of the 8760 intervals of one year exactly once"
    )


def test_an_impossible_value_is_refused(csv_rows: pd.DataFrame, tmp_path: Path) -> None:
    csv_rows.iloc[12, 0] = 9999.0  # the mark of EPW for a missing irradiance
    assert refusal(written(csv_rows, tmp_path / "year.csv")) == (
        "typical_year: file = 'FILE' has ghi = 9999 W/m2 at 01 January 12:00; allowed: 0 to 2000 W/m2"
    )


def test_an_empty_cell_is_refused(csv_rows: pd.DataFrame, tmp_path: Path) -> None:
    csv_rows.iloc[12, 3] = np.nan
    message = refusal(written(csv_rows, tmp_path / "year.csv"))
    assert (
        message == "typical_year: file = 'FILE' has no temp_air in row 14"
    )  # the first row names the columns


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{time},0,0,0", "has 4 cells in row 14; the first row has 6"),
        ("{time}", "has 1 cell in row 14; the first row has 6"),
        ("{time},0,0,0,10,2,", "has 7 cells in row 14; the first row has 6"),
        ("{time},0,0,0,warm,2", "has temp_air = 'warm', which is not a number, in row 14"),
        ("noon-05:00,0,0,0,10,2", "has a time without a UTC offset in row 14: 'noon-05:00'"),
        ("32:00:00-05:00,0,0,0,10,2", "has a time that cannot be read in row 14: '32:00:00-05:00'"),
        ("{time},0,0,0,10\0,2", "is not text: row 14 contains a zero byte"),
        ("{time},0,0,0,10\xff,2", "is not UTF-8 text: row 14 contains the byte 0xff"),
    ],
)
def test_a_faulty_row_of_a_csv_is_refused_by_its_number(
    csv_rows: pd.DataFrame, tmp_path: Path, row: str, message: str
) -> None:
    path = written(csv_rows, tmp_path / "year.csv")
    rows = path.read_text(encoding="latin-1").splitlines()
    rows[13] = row.format(time=rows[13].partition(",")[0])
    path.write_text("\n".join(rows) + "\n", encoding="latin-1")
    assert refusal(path).partition("; allowed")[0] == f"typical_year: file = 'FILE' {message}"


def test_a_folder_is_no_weather(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "typical_year: file = 'FILE' is a folder; a file is needed"


def test_crooked_intervals_are_refused(csv_rows: pd.DataFrame, tmp_path: Path) -> None:
    csv_rows.index = [stamp.replace("T05:00", "T05:10") for stamp in csv_rows.index]
    assert refusal(written(csv_rows, tmp_path / "year.csv")) == (
        "typical_year: file = 'FILE' has an interval that begins at 01 January 05:10; "
        "allowed: multiples of the interval length"
    )


def test_a_file_with_a_header_only_is_refused(csv_rows: pd.DataFrame, tmp_path: Path) -> None:
    assert (
        refusal(written(csv_rows.iloc[:0], tmp_path / "year.csv"))
        == "typical_year: file = 'FILE' has no rows"
    )


def test_a_truncated_tmy3_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text(
        "".join(shipped_file().read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8"
    )
    with pytest.raises(SpecError) as caught:
        TypicalYear(file=path)
    assert str(caught.value).replace(str(path), "FILE") == (
        "typical_year: file = 'FILE' is incomplete: 1 missing, the first at 31 December 23:00; "
        "allowed: each of the 8760 intervals of one year exactly once"
    )


def test_a_csv_file_needs_its_place(csv_rows: pd.DataFrame, tmp_path: Path) -> None:
    path = written(csv_rows, tmp_path / "year.csv")
    with pytest.raises(SpecError) as caught:
        TypicalYear(file=path, latitude_deg=39.74)
    assert str(caught.value).replace(str(path), "FILE") == (
        "typical_year: longitude_deg is missing [deg]; the file 'FILE' does not give it"
    )


def test_a_place_is_refused_where_the_file_has_its_own() -> None:
    with pytest.raises(SpecError) as caught:
        TypicalYear(latitude_deg=39.74)
    assert str(caught.value) == (
        "typical_year: latitude_deg = 39.74 deg; allowed: only with a CSV file; this file contains it"
    )


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("latitude_deg", 95.0, "= 95.0 deg; allowed: a finite number at least -90 and at most 90 deg"),
        ("longitude_deg", 200.0, "= 200.0 deg; allowed: a finite number at least -180 and at most 180 deg"),
        ("cloudiness", 1.2, "= 1.2 pu; allowed: a finite number at least 0 and at most 1 pu"),
        ("correlation_h", 0.0, "= 0.0 h; allowed: a finite number at least 0.000277778 and at most 876000 h"),
        ("linke_turbidity", 0.5, "= 0.5; allowed: a finite number at least 1 and at most 10"),
        ("step_min", 90.0, "= 90.0 min; allowed: a finite number at least 1 and at most 60 min"),
    ],
)
def test_a_sky_out_of_range_is_refused(field: str, value: float, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        clear_sky(**{field: value})
    assert str(caught.value) == f"clear_sky: {field} {message}"
