"""The table of a campus: every value is shown as a person would say it, none as a bare class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim import Campus
from sim.campus import GridConnection, MeasuredLoad, SolarPlant
from sim.contracts.tariff import Tariff
from sim.report.tables import campus_table, holdings, kind_table
from sim.timeseries.profile import CsvColumn, DailyShape, Points, TimeOfUse, Window
from sim.weather.weather import ClearSky, TypicalYear
from sim.weather.weather_file import shipped_file


def last_line(campus: Campus) -> str:
    return campus_table(campus, 200).splitlines()[-1].strip()


@pytest.mark.parametrize(
    ("profile", "shown"),
    [
        (6.5, "6.5 MW"),
        (TimeOfUse(base=1.0, windows=(Window(value=5.0, from_hour=8),)), "1 to 5 MW"),
        (DailyShape(mean=3.0, hourly=(0.0, *[1.0] * 23)), "0 to 3.13043 MW"),  # 3 x 24 / 23
        (DailyShape(mean=3.0, hourly=(1.0,) * 24), "3 MW"),
        (Points(times_s=(0.0, 60.0), values=(2.0, 4.0)), "2 to 4 MW"),
        (CsvColumn(csv=Path("data/load.csv"), column="mw"), "column mw of load.csv [MW]"),
        (CsvColumn(csv=Path("a.csv.gz"), column="kw", scale=0.001), "column kw of a.csv.gz times 0.001 [MW]"),
    ],
)  # fmt: skip
def test_a_profile_is_shown_by_its_range_or_its_file(profile: Any, shown: str) -> None:
    campus = Campus(name="a", demand={"load": MeasuredLoad(power_mw=profile)})
    assert last_line(campus) == f"power_mw = {shown}"


@pytest.mark.parametrize(
    ("weather", "shown"),
    [
        (TypicalYear(file=shipped_file()), "typical_year (file = 723170TYA.CSV)"),
        (ClearSky(latitude_deg=10.0, longitude_deg=20.0),
         "clear_sky (latitude_deg = 10 deg, longitude_deg = 20 deg)"),
        (ClearSky(latitude_deg=10.0, longitude_deg=20.0, cloudiness=0.0),
         "clear_sky (latitude_deg = 10 deg, longitude_deg = 20 deg, cloudiness = 0 pu)"),
    ],
)  # fmt: skip
def test_weather_is_shown_by_its_kind_and_what_was_said_of_it(weather: Any, shown: str) -> None:
    campus = Campus(name="a", supply={"solar": SolarPlant(capacity_mw=3.0, weather=weather)})
    assert last_line(campus) == f"capacity_mw = 3 MW; weather = {shown}"


def test_default_weather_is_not_worth_a_word() -> None:
    assert last_line(Campus(name="a", supply={"solar": SolarPlant(capacity_mw=3.0)})) == "capacity_mw = 3 MW"


def test_the_weather_of_a_campus_is_shown_first() -> None:
    sky = ClearSky(latitude_deg=10.0, longitude_deg=20.0)
    shown = campus_table(Campus(name="a", weather=sky), 80).splitlines()[2:4]
    assert shown == ["weather  clear_sky", "    latitude_deg = 10 deg; longitude_deg = 20 deg"]
    assert campus_table(Campus(name="a"), 80).splitlines()[2:4] == ["weather  typical_year", "    defaults"]


def test_a_short_list_is_shown_whole_and_a_long_one_by_its_length() -> None:
    orders: Any = [{"start_h": 1.0, "duration_h": 2.0, "limit_mw": 1.0}] * 7
    grid = GridConnection(import_limit_mw=3.0, orders=orders)
    assert last_line(Campus(name="a", supply={"grid": grid})) == "import_limit_mw = 3 MW; orders = 7 entries"
    grid = GridConnection(import_limit_mw=3.0, orders=orders[:1])
    told = "orders = [CurtailmentOrder (start_h = 1 h, duration_h = 2 h, limit_mw = 1 MW)]"
    assert campus_table(Campus(name="a", supply={"grid": grid}), 120).endswith(told)


def test_agreements_and_economics_of_a_campus_are_shown() -> None:
    campus = Campus(
        name="a",
        supply={"solar": SolarPlant(capacity_mw=3.0)},
        agreements={"sun": {"kind": "physical", "source": "solar", "price_usd_per_mwh": 30.0}},
        economics={"assets": {"solar": {"capital_usd_per_mw": 1e6, "life_years": 30}}},
    )
    shown = campus_table(campus, 80).splitlines()
    assert shown[-6:] == [
        "agreements.sun  physical",
        "    price_usd_per_mwh = 30 USD/MWh; source = 'solar'",
        "economics",
        "    horizon_years = 20 a; assets = solar",
        "economics.assets.solar",
        "    capital_usd_per_mw = 1000000 USD/MW; life_years = 30 a",
    ]
    assert holdings(campus, 80).splitlines()[-2:] == [
        "agreements  sun",
        "economics   horizon_years = 20 a; assets = solar",
    ]
    assert "agreements" not in holdings(Campus(name="a"), 80)


def test_a_family_is_shown_by_its_kinds() -> None:
    lines = kind_table("tariff", Tariff, 80).splitlines()
    assert lines[0] == "[tariff]"
    at = lines.index("urdb")
    assert lines[at + 1] == "    A tariff by a record of the OpenEI Utility Rate Database, version 8."
    assert lines[-1] == "dcgrid schema KIND prints the fields of a kind."
