"""Recorded years: a profile whose years follow those of the campus's weather."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from builders import DATA, told
from recorded_years import load_file, loads, weather, weather_file

from sim import Campus, SpecError, simulate
from sim.campus import GridConnection, MeasuredLoad
from sim.simulation import prepare

NEW_YEAR = {"start": "2025-12-31T00:00:00-05:00", "timezone": "America/New_York"}


def campus(power_mw: Any, **values: Any) -> Campus:
    return Campus(name="test", **NEW_YEAR, demand={"load": MeasuredLoad(power_mw=power_mw)}, **values)


def wanted_mw(model: Campus, days: float, **run: Any) -> list[float]:
    """Demand at each change."""
    flows = simulate(model, days=days, **run).flows
    return flows["load.unserved_mw"].round(9).tolist()


def test_the_load_has_the_year_of_the_weather(tmp_path: Path) -> None:
    model = campus(loads(tmp_path, 2019, 2021), weather=weather(tmp_path, 2019, 2021, draw="in order"))
    # 31 December of 2019, then 1 January of 2021
    assert wanted_mw(model, 2.0) == [19.31, 21.01]


def test_load_and_weather_are_drawn_together(tmp_path: Path) -> None:
    years = (2018, 2019, 2021)
    model = campus(loads(tmp_path, *years), weather=weather(tmp_path, *years))
    for seed in range(6):
        result = simulate(model, days=367.0, seed=seed, record_s=3600.0)
        drawn = [int(said[:4]) - 2000 for said in result.events.query("event == 'weather year'")["detail"]]
        mw = result.hourly["load.unserved_mw"]
        # 31 December 2025, 1 January 2026 and 1 January 2027
        assert [int(mw.iloc[hour]) for hour in (0, 24, 366 * 24)] == drawn


def test_a_load_that_is_written_in_utc_meets_the_weather_of_its_instant(tmp_path: Path) -> None:
    by_hour = load_file(tmp_path, 2019, zone="UTC")  # begins at 19:00 on 31 December in the weather's time
    years = {"years": [{"csv": str(by_hour), "column": "mw"}]}
    model = campus(years, weather=weather(tmp_path, 2019))
    assert wanted_mw(model, 1.0) == [19.31, 19.01]
    assert simulate(model, days=1.0).flows["dt_h"].tolist() == [19.0, 5.0]


def test_a_load_may_be_finer_than_the_weather(tmp_path: Path) -> None:
    fine = load_file(tmp_path, 2019, step="15min")
    model = campus({"years": [{"csv": str(fine), "column": "mw"}]}, weather=weather(tmp_path, 2019))
    assert wanted_mw(model, 2.0) == [19.31, 19.01]


def test_values_are_scaled_and_checked_as_in_any_profile(tmp_path: Path) -> None:
    column = {"csv": str(load_file(tmp_path, 2019)), "column": "mw", "scale": -1.0}
    model = campus({"years": [column]}, weather=weather(tmp_path, 2019))
    assert told(lambda: prepare(model)) == (
        "demand.load: power_mw = -19.31 MW at 2025-12-31T00:00:00-05:00; "
        "allowed: a finite number at least 0 and at most 1e+06 MW"
    )


def test_years_without_years_of_weather_are_refused(tmp_path: Path) -> None:
    assert told(lambda: prepare(campus(loads(tmp_path, 2019)))) == (
        "demand.load: power_mw cannot be used: years follow the campus's weather; "
        "allowed: with weather of kind 'weather_years'"
    )


def test_more_years_than_the_weather_has_are_refused(tmp_path: Path) -> None:
    model = campus(loads(tmp_path, 2019, 2020, 2021), weather=weather(tmp_path, 2019, 2020))
    assert told(lambda: prepare(model)) == (
        "demand.load: power_mw cannot be used: years has 3 entries; "
        "allowed: 2, one for each file of the campus's weather"
    )


def test_a_column_of_less_than_a_year_is_refused_though_it_is_not_drawn(tmp_path: Path) -> None:
    model = campus(loads(tmp_path, 2019, 2021), weather=weather(tmp_path, 2019, 2021, draw="in order"))
    short = tmp_path / "load_2021.csv"
    short.write_text("\n".join(short.read_text(encoding="utf-8").splitlines()[:-3]) + "\n", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        prepare(model, days=1.0)
    assert str(caught.value).replace(str(tmp_path), "DIR") == (
        "demand.load: power_mw cannot be used: years[1] DIR/load_2021.csv is incomplete: 3 missing, "
        "the first at 31 December 21:00; allowed: each of the 8760 intervals of one year exactly once"
    )


def test_no_years_are_refused_at_once() -> None:
    assert told(lambda: MeasuredLoad(power_mw={"years": []})) == (
        "power_mw: years = []; allowed: a list of at least 1 entry and at most 200 entries"
    )


def test_recorded_prices_of_texas_cost_in_each_year_what_they_cost_then(tmp_path: Path) -> None:
    path = DATA / "ercot" / "US-TEX-ERCO_hourly_2020_2024.csv.gz"
    if not path.is_file():
        pytest.skip(f"the recorded prices are not at {path}; set DCGRID_DATA to the folder that holds them")
    prices = pd.read_csv(path, index_col=0)["price_usd_mwh"]
    stamps = pd.to_datetime(prices.index, utc=True)
    columns, mean_usd_per_mwh = [], []
    for year in (2021, 2022):
        of_year = prices[stamps.year == year]
        of_year.to_csv(tmp_path / f"{year}.csv")
        columns.append({"csv": str(tmp_path / f"{year}.csv"), "column": "price_usd_mwh"})
        mean_usd_per_mwh.append(of_year.mean())
    files = [str(weather_file(tmp_path, year, zone="Etc/GMT+6")) for year in (2021, 2022)]
    place = {"latitude_deg": 31.0, "longitude_deg": -98.0}
    model = Campus(
        name="texas",
        start="2025-01-01T00:00-06:00",
        timezone="America/Chicago",
        weather={"kind": "weather_years", "files": files, "draw": "in order", **place},
        supply={"grid": GridConnection(import_limit_mw=10.0, import_price_usd_per_mwh={"years": columns})},
        demand={"load": MeasuredLoad(power_mw=1.0, worth_usd_per_mwh=20_000.0)},  # 9,000 in February 2021
    )
    # 1 MW takes 8,760 MWh in each of 2025 and 2026
    cost_usd = simulate(model, days=730.0, record_s=3600.0).summary.cost_usd
    assert cost_usd == pytest.approx(8760 * sum(mean_usd_per_mwh))
