"""Years of weather: several files of one place, drawn by the seed or played in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import told
from recorded_years import PLACE, loads, weather, weather_file

from sim import Campus, Result, simulate
from sim.campus import GridConnection, MeasuredLoad, SolarPlant, WeatherYears
from sim.timeseries.calendar import Calendar
from sim.weather.weather import TypicalYear
from sim.weather.weather_file import Place, shipped_file

DAY_S = 86400.0
ZONE = "America/New_York"
YEARS = (2018, 2019, 2021)


def calendar(*date: int) -> Calendar:
    return Calendar(datetime(*date, 5, tzinfo=UTC), ZONE)


def light(of: WeatherYears | TypicalYear, begin: Calendar, days: float, seed: int = 0) -> pd.DataFrame:
    return of.irradiance(begin, days * DAY_S, np.random.default_rng(seed))


def years_of(folder: Path, *years: int, **values: Any) -> WeatherYears:
    return WeatherYears(**weather(folder, *years, **values))


def drawn(of: WeatherYears, seed: int, days: float = 3 * 365.0) -> list[int]:
    draw = of.years(calendar(2025, 1, 1), days * DAY_S, np.random.default_rng(seed))
    return draw.chosen.tolist()


def campus(folder: Path, start: str = "2025-12-30T00:00-05:00", **values: Any) -> Campus:
    """Solar and grid for a load; weather and load of three recorded years."""
    years = {"weather": weather(folder, *YEARS, draw="in order"), **values}
    supply = {"sun": SolarPlant(capacity_mw=40.0), "grid": GridConnection(import_limit_mw=100.0)}
    demand = {"load": MeasuredLoad(power_mw=loads(folder, *YEARS))}
    return Campus(
        **{"name": "c", "start": start, "timezone": ZONE, "supply": supply, "demand": demand, **years}
    )


def told_years(result: Result) -> list[tuple[str, str]]:
    """Instant and year of each event that tells a year."""
    events = result.events.query("event == 'weather year'")
    rows = zip(events["time"], events["detail"], strict=True)
    return [(f"{time:%Y-%m-%d %H:%M}", str(said)[:4]) for time, said in rows]


# --- in order ---------------------------------------------------------------------------------------------


def test_years_in_order_are_the_years_one_after_the_other(tmp_path: Path) -> None:
    of = years_of(tmp_path, *YEARS, draw="in order")
    whole = light(of, calendar(2023, 1, 1), 4 * 365 + 1)  # 2024 has a leap day
    parts = []
    for number, year in enumerate((2018, 2019, 2021, 2018)):  # the first again after the last
        alone = TypicalYear(file=tmp_path / f"weather_{year}.csv", **PLACE)
        parts.append(light(alone, calendar(2023 + number, 1, 1), 366 if number == 1 else 365))
    one_after_the_other = pd.concat(parts)
    assert list(whole.index) == list(one_after_the_other.index)
    columns = [name for name in whole.columns if name != "start_s"]
    assert whole[columns].equals(one_after_the_other[columns])
    assert sorted(set(whole["wind_speed"])) == [18.0, 19.0, 21.0]


def test_a_run_in_order_is_the_runs_of_each_year_one_after_the_other(tmp_path: Path) -> None:
    both = simulate(campus(tmp_path), days=4.0)
    alone = [
        simulate(
            campus(
                tmp_path,
                start,
                weather=weather(tmp_path, year),
                demand={"load": MeasuredLoad(power_mw=loads(tmp_path, year))},
            ),
            days=2.0,
        )
        for start, year in (("2025-12-30T00:00-05:00", 2018), ("2026-01-01T00:00-05:00", 2019))
    ]
    apart = pd.concat([one.hourly for one in alone])
    pd.testing.assert_frame_equal(both.hourly, apart, check_freq=False, rtol=1e-12)
    assert both.summary.cost_usd == pytest.approx(sum(one.summary.cost_usd for one in alone))
    # 18 MW and a hundredth for the day, of 30 and 31 December; 19 MW and that of 1 and 2 January
    mwh = 24 * (18.30 + 18.31 + 19.01 + 19.02)
    assert both.summary.energy_mwh == pytest.approx(mwh)


def test_the_file_changes_at_new_year_on_the_campus_clock(tmp_path: Path) -> None:
    of = years_of(tmp_path, 2018, 2019, draw="in order")
    in_utc = Calendar(datetime(2025, 12, 31, tzinfo=UTC), "UTC")
    rows = light(of, in_utc, 2.0)
    # until 00:00 UTC it is 31 December 2018; then, at 19:00 of 31 December in the files' time, that of 2019
    assert list(rows["wind_speed"]) == [18.0] * 24 + [19.0] * 24
    assert list(rows["temp_air"]) == [30.0] * 5 + [31.0] * 24 + [1.0] * 19  # days of the month


def test_an_interval_across_new_year_is_of_the_year_in_which_it_begins(tmp_path: Path) -> None:
    of = years_of(tmp_path, 2018, 2019, draw="in order")
    nepal = Calendar(datetime(2025, 12, 31, 17, tzinfo=UTC), "Asia/Kathmandu")  # New Year at 18:15 UTC
    assert list(light(of, nepal, 4 / 24)["wind_speed"]) == [18.0, 18.0, 19.0, 19.0]


# --- drawn by the seed ------------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_years_and_seeds_differ(tmp_path: Path) -> None:
    of = years_of(tmp_path, *YEARS)
    draws = [drawn(of, seed) for seed in range(20)]
    assert draws == [drawn(of, seed) for seed in range(20)]
    assert {place for draw in draws for place in draw} == {0, 1, 2}
    assert len(set(map(tuple, draws))) > 10  # of 3 x 3 x 3 = 27


def test_every_file_is_as_likely(tmp_path: Path) -> None:
    of = years_of(tmp_path, *YEARS)
    counts = np.bincount([drawn(of, seed, days=365.0)[0] for seed in range(900)])
    # 300 expected; standard deviation sqrt(900 x 1/3 x 2/3) = 14
    assert (np.abs(counts - 300) < 4 * 14).all()


def test_a_longer_run_begins_with_the_years_of_a_shorter_one(tmp_path: Path) -> None:
    of = years_of(tmp_path, *YEARS)
    assert all(drawn(of, seed, 20 * 365.0)[:3] == drawn(of, seed)[:3] for seed in range(10))


def test_the_rows_are_those_of_the_years_that_are_told(tmp_path: Path) -> None:
    of = years_of(tmp_path, *YEARS)
    for seed in range(5):
        rows = light(of, calendar(2025, 1, 1), 3 * 365.0, seed)
        wind = [rows["wind_speed"].iloc[k * 8760] + 2000 for k in range(3)]
        assert wind == [YEARS[place] for place in drawn(of, seed)]


def test_the_draw_does_not_depend_on_what_else_is_on_the_campus(tmp_path: Path) -> None:
    bare = campus(tmp_path, weather=weather(tmp_path, *YEARS), supply={})
    full = campus(
        tmp_path,
        weather=weather(tmp_path, *YEARS),
        supply={
            "another": SolarPlant(capacity_mw=5.0),
            "grid": GridConnection(import_limit_mw=9.0, interruptions_per_year=300.0),
        },
    )
    drawn_years = [
        [told_years(simulate(model, days=3.0, seed=seed)) for seed in range(8)] for model in (bare, full)
    ]
    assert drawn_years[0] == drawn_years[1]
    assert len({str(years) for years in drawn_years[0]}) > 1


# --- what is told -----------------------------------------------------------------------------------------


def test_each_start_of_a_year_is_an_event_that_names_the_year_and_its_file(tmp_path: Path) -> None:
    result = simulate(campus(tmp_path), days=4.0)
    assert told_years(result) == [("2025-12-30 00:00", "2018"), ("2026-01-01 00:00", "2019")]
    event = result.events.query("event == 'weather year'").iloc[0]
    assert (event["owner"], event["detail"]) == ("site", "2018 (weather_2018.csv)")


def test_a_plant_with_years_of_its_own_tells_them_under_its_name(tmp_path: Path) -> None:
    own = SolarPlant(capacity_mw=1.0, weather=weather(tmp_path, 2019, 2021, draw="in order"))
    model = Campus(name="c", start="2025-12-31T00:00-05:00", timezone=ZONE, supply={"far": own})
    result = simulate(model, days=2.0)
    assert list(result.events.query("event == 'weather year'")["owner"]) == ["far", "far"]
    assert result.books.remarks == (
        "weather of far: years 2019 (weather_2019.csv), 2021 (weather_2021.csv), in order",
    )


def test_many_years_are_counted(tmp_path: Path) -> None:
    of = years_of(tmp_path, 2018, 2019, draw="in order")
    draw = of.years(calendar(2025, 1, 1), 20 * 365.25 * DAY_S, np.random.default_rng(0))
    pair = "2018 (weather_2018.csv), 2019 (weather_2019.csv), "
    assert of.extent(draw) == f"years {6 * pair}and 8 more, in order"


def test_weather_that_nobody_uses_is_not_told(tmp_path: Path) -> None:
    result = simulate(Campus(name="c", weather=weather(tmp_path, 2018)), days=1.0)
    assert result.books.remarks == ()
    assert not result.books.same_weather


@pytest.mark.parametrize(
    ("values", "same"),
    [({"draw": "seed"}, False), ({"draw": "in order"}, True)],
)
def test_only_years_that_the_seed_draws_differ_by_seed(
    tmp_path: Path, values: dict[str, str], same: bool
) -> None:
    model = campus(tmp_path, weather=weather(tmp_path, *YEARS, **values))
    assert simulate(model, days=1.0).books.same_weather == same


def test_one_file_is_one_year_however_it_is_drawn(tmp_path: Path) -> None:
    of = years_of(tmp_path, 2019)
    assert not of.differs_by_seed()
    one_year = "one year, 2019 (weather_2019.csv), repeated; not a measure of rare years"
    assert of.extent(None) == one_year
    assert TypicalYear(file=of.files[0], **PLACE).extent(None) == one_year


def test_a_typical_year_says_that_it_is_one() -> None:
    said = "one typical year (TMY), repeated; not a measure of rare years"
    assert TypicalYear().extent(None) == TypicalYear(file=shipped_file()).extent(None) == said


# --- files ------------------------------------------------------------------------------------------------


def refusal(tmp_path: Path, **values: Any) -> str:
    return told(lambda: WeatherYears(**values)).replace(str(tmp_path), "DIR")


def epw(path: Path, latitude_deg: float) -> Path:
    """A year of dark weather at 79.95 W, in a format that gives its place."""
    header = [f"LOCATION,X,NC,USA,TMY3,723170,{latitude_deg},-79.95,-5.0,273.0", *["-"] * 7]
    begin, rows = datetime(2019, 1, 1, tzinfo=UTC), []
    for hour in range(8760):
        moment = begin + timedelta(hours=hour)
        cells = ["0"] * 35
        cells[:5] = [f"{moment:%Y}", f"{moment.month}", f"{moment.day}", f"{moment.hour + 1}", "0"]
        rows.append(",".join(cells))
    path.write_text("\n".join([*header, *rows]) + "\n", encoding="utf-8")
    return path


def test_files_of_one_place_may_round_it_differently(tmp_path: Path) -> None:
    files = [shipped_file(), epw(tmp_path / "a.epw", 36.06)]  # 36.1 in the first
    assert WeatherYears(files=files).place() == Place(36.1, -79.95, 273.0)


def test_a_file_of_another_place_is_refused(tmp_path: Path) -> None:
    files = [shipped_file(), epw(tmp_path / "a.epw", 36.2), epw(tmp_path / "b.epw", 41.0)]
    assert refusal(tmp_path, files=files) == (
        "weather_years: files[1] = 'DIR/a.epw' is of 36.2 deg north, -79.95 deg east; "
        "allowed: the place of files[0], 36.1 deg north, -79.95 deg east"
    )


def test_a_file_with_other_intervals_is_refused(tmp_path: Path) -> None:
    files = [weather_file(tmp_path, 2018), weather_file(tmp_path, 2019, step="30min")]
    assert refusal(tmp_path, files=files, **PLACE) == (
        "weather_years: files[1] = 'DIR/weather_2019.csv' has intervals of 30 min; "
        "allowed: 60 min, as in files[0]"
    )


def test_a_file_in_another_standard_time_is_refused(tmp_path: Path) -> None:
    files = [weather_file(tmp_path, 2018), weather_file(tmp_path, 2019, zone="UTC")]
    assert refusal(tmp_path, files=files, **PLACE) == (
        "weather_years: files[1] = 'DIR/weather_2019.csv' has a UTC offset of 0 h; "
        "allowed: -5 h, as in files[0]"
    )


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    files = [tmp_path / "a.csv", weather_file(tmp_path, 2019), tmp_path]
    assert refusal(tmp_path, files=files, **PLACE).splitlines() == [
        "weather_years: files[0] = 'DIR/a.csv' does not exist",
        "weather_years: files[2] = 'DIR' is a folder; a file is needed",
    ]


def test_csv_files_need_a_place_and_others_have_it(tmp_path: Path) -> None:
    files = [weather_file(tmp_path, 2018)]
    assert refusal(tmp_path, files=files, longitude_deg=-79.0) == (
        "weather_years: latitude_deg is missing [deg]; the file 'DIR/weather_2018.csv' does not give it"
    )
    assert refusal(tmp_path, files=[shipped_file()], altitude_m=3.0) == (
        "weather_years: altitude_m = 3.0 m; allowed: only with a CSV file; these files contain it"
    )


def test_no_files_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, files=[]) == (
        "weather_years: files = []; allowed: a list of at least 1 entry and at most 200 entries"
    )


# --- plain data -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["toml", "yaml", "json"])
def test_relative_files_are_those_beside_the_campus_file(tmp_path: Path, suffix: str) -> None:
    model = campus(tmp_path)
    model.dump(tmp_path / f"absolute.{suffix}")
    text = (tmp_path / f"absolute.{suffix}").read_text(encoding="utf-8")
    assert str(tmp_path) in text
    relative = tmp_path / f"relative.{suffix}"
    relative.write_text(text.replace(f"{tmp_path}/", ""), encoding="utf-8")
    for path in (tmp_path / f"absolute.{suffix}", relative):
        again = Campus.load(path)
        assert again == model
        assert again.content_hash() == model.content_hash()


def test_the_hash_follows_the_bytes_of_every_file(tmp_path: Path) -> None:
    model = campus(tmp_path)
    before = model.content_hash()
    for path in (tmp_path / "weather_2021.csv", tmp_path / "load_2021.csv"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("21.0", "21.5", 1), encoding="utf-8")
        assert model.content_hash() != before
        path.write_text(text, encoding="utf-8")
    assert model.content_hash() == before
