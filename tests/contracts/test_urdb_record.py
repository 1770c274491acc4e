"""A record of the Utility Rate Database: what is read, every error word for word, and every doubt."""

from __future__ import annotations

import json
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import DATA, told
from meters import all_year, record

from sim.contracts.urdb_record import Record, is_record, read_record

ENERGY = "energyratestructure"
SHAPE = "12 x 24 numbers of periods"
TWO = [[{"rate": 0.1}], [{"rate": 0.2}]]
"""Two periods of energy."""


def read(folder: Path, **fields: Any) -> Record:
    """The record of these fields; energy costs 0.1 USD/kWh if they do not say otherwise."""
    return read_record(record(folder, **fields))


def refused(folder: Path, **fields: Any) -> str:
    """The problems of a record, without the name of the file."""
    return told(lambda: read(folder, **fields)).replace("tariff rate.json: ", "")


def doubts(folder: Path, **fields: Any) -> tuple[str, ...]:
    """What a reader is told."""
    return read(folder, **fields).doubts


def test_the_least_record_is_one_rate(tmp_path: Path) -> None:
    found = read(tmp_path)
    (period,) = found.energy
    assert (period.tiers.until, period.tiers.usd, period.sell.usd) == ((inf,), (100.0,), (0.0,))
    assert found.title == "rate.json"
    assert (found.demand, found.flat_demand, found.coincident, found.fuel_usd_per_mwh) == ((), (), (), ())
    assert (found.demand_schedule, found.coincident_schedule, found.window_min) == (None, None, None)
    assert (found.fixed_usd, found.least_usd, found.lookback_pu, found.doubts) == (0.0, 0.0, 0.0, ())
    assert not found.energy_schedule.weekday.any()


def test_rates_are_per_megawatt_hour_and_tiers_end_at_megawatt_hours(tmp_path: Path) -> None:
    tiers = [{"rate": 0.1, "adj": 0.02, "sell": 0.05, "max": 20_000, "unit": "kWh"}, {"rate": 0.06}]
    (period,) = read(tmp_path, energyratestructure=[tiers]).energy
    assert period.tiers.until == (20.0, inf)
    assert period.tiers.usd == pytest.approx((120.0, 60.0))
    assert period.sell.usd == pytest.approx((50.0, 0.0))


def test_an_adjustment_without_a_rate_and_a_rate_that_is_null_are_read(tmp_path: Path) -> None:
    first, second = read(
        tmp_path,
        energyratestructure=[[{"adj": 0.01}], [{"rate": None, "adj": 0.03}]],
        energyweekdayschedule=all_year(0),
        energyweekendschedule=all_year(1),
    ).energy
    assert (first.tiers.usd[0], second.tiers.usd[0]) == pytest.approx((10.0, 30.0))


@pytest.mark.parametrize(
    ("unit", "until"), [("kWh", 0.3), ("kWh daily", 0.3), ("kWh/kW", 300.0), ("kWh/kW daily", 300.0)]
)
def test_hours_of_the_peak_are_not_converted(tmp_path: Path, unit: str, until: float) -> None:
    tiers = [{"rate": 0.1, "max": 300, "unit": unit}, {"rate": 0.05, "unit": unit}]
    (period,) = read(tmp_path, energyratestructure=[tiers]).energy
    assert (period.tiers.until, period.unit) == ((until, inf), unit)


def test_a_tier_without_a_unit_has_that_of_the_others_in_its_period(tmp_path: Path) -> None:
    tiers = [{"rate": 0.1, "max": 300, "unit": "kWh/kW"}, {"rate": 0.05}]
    (period,) = read(tmp_path, energyratestructure=[tiers]).energy
    assert (period.tiers.until, period.unit) == ((300.0, inf), "kWh/kW")


def test_a_period_of_one_rate_may_lack_the_unit_of_the_others(tmp_path: Path) -> None:
    tiers = [{"rate": 0.1, "max": 300, "unit": "kWh/kW"}, {"rate": 0.05, "unit": "kWh/kW"}]
    found = read(
        tmp_path,
        energyratestructure=[[{"rate": 0.0}], tiers],
        energyweekdayschedule=all_year(1),
        energyweekendschedule=all_year(1),
    )
    assert [period.tiers.until for period in found.energy] == [(inf,), (300.0, inf)]


def test_demand_is_in_megawatts_and_its_unit_is_of_the_charge_or_of_the_tier(tmp_path: Path) -> None:
    demand = [[{"rate": 10, "max": 100}, {"rate": 20}]]
    (period,) = read(tmp_path, demandratestructure=demand, demandrateunits="kW daily").demand
    assert (period.tiers.until, period.tiers.usd, period.unit) == (
        (0.1, inf),
        (10_000.0, 20_000.0),
        "kW daily",
    )
    (period,) = read(tmp_path, demandratestructure=[[{"rate": 10, "unit": "kVA"}]]).demand
    assert period.unit == "kVA"


def test_names_of_fields_may_be_those_of_the_download(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        energyratestructure="absent",
        energyRateStructure=[[{"rate": 0.2}]],
        utilityName="City Power",
        name="GS-1",
        flatDemandStructure=[[{"rate": 5}]],
        flatDemandUnit="kW daily",
        voltageCategory="Secondary",
    )
    assert (found.title, found.utility, found.about) == (
        "City Power, GS-1",
        "City Power",
        {"voltagecategory": "Secondary"},
    )
    assert found.energy[0].tiers.usd == pytest.approx((200.0,))
    assert found.flat_demand[0].unit == "kW daily"


def test_charges_besides_energy_are_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        fueladjustmentsmonthly=[0.001 * month for month in range(1, 13)],
        flatdemandstructure=[[{"rate": 5}], [{"rate": 7}]],
        flatdemandmonths=[0] * 5 + [1] * 4 + [0] * 3,
        coincidentratestructure=[[{"rate": 3}]],
        demandwindow=30.0,
        fixedchargefirstmeter=12.5,
        fixedchargeunits="$/day",
        mincharge=100,
        minchargeunits="$/year",
    )
    assert found.fuel_usd_per_mwh == pytest.approx(range(1, 13))
    assert found.flat_months == (0,) * 5 + (1,) * 4 + (0,) * 3
    assert found.coincident_schedule is not None
    assert found.window_min == 30
    assert (found.fixed_usd, found.fixed_every) == (12.5, "day")
    assert (found.least_usd, found.least_every) == (100.0, "year")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (0.0, None, None)),
        ({"lookbackpercent": 0.8}, (0.8, None, None)),
        ({"lookbackpercent": 0.8, "lookbackrange": 6}, (0.8, None, 6)),
        ({"lookbackpercent": 0.8, "lookbackrange": 12}, (0.8, None, 11)),
        ({"lookbackpercent": 0.8, "lookbackmonths": [0] * 5 + [1] * 4 + [0] * 3}, (0.8, (6, 7, 8, 9), None)),
        (
            {"lookbackpercent": 0.8, "lookbackrange": 0, "lookbackmonths": [True] + [False] * 11},
            (0.8, (1,), None),
        ),
    ],
)
def test_the_ratchet_is_a_share_of_some_months_or_of_the_last_ones(
    tmp_path: Path, fields: dict[str, Any], expected: tuple[float, Any, Any]
) -> None:
    found = read(tmp_path, **fields)
    assert (found.lookback_pu, found.lookback_months, found.lookback_range) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"mincharge": 10.0}, (10.0, "month")),
        ({"mincharge": 10.0, "minmonthlycharge": 20.0}, (20.0, "month")),
        ({"annualmincharge": 120.0}, (120.0, "year")),
        ({"mincharge": 10.0, "annualmincharge": 120.0}, (10.0, "month")),
    ],
)
def test_the_least_amount_is_of_a_month_or_a_year(
    tmp_path: Path, fields: dict[str, Any], expected: tuple[float, str]
) -> None:
    found = read(tmp_path, **fields)
    assert (found.least_usd, found.least_every) == expected


def test_an_answer_of_the_database_holds_its_records_as_items(tmp_path: Path) -> None:
    first = {"label": "a", "energyratestructure": [[{"rate": 0.1}]]}
    second = {"label": "b", "energyratestructure": [[{"rate": 0.2}]]}
    path = tmp_path / "answer.json"
    path.write_text(json.dumps({"items": [first]}))
    assert read_record(path).energy[0].tiers.usd == (100.0,)
    path.write_text(json.dumps({"items": [first, second]}))
    assert read_record(path, "b").energy[0].tiers.usd == (200.0,)
    assert told(lambda: read_record(path)) == (
        "tariff: file answer.json holds 2 records; choose one by label: a, b"
    )
    assert told(lambda: read_record(path, "c")) == "tariff: label = 'c' is not in answer.json; it holds a, b"


@pytest.mark.parametrize("content", ["[]", "5", '{"items": []}', "null", '["a"]'])
def test_a_file_without_a_record_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "none.json"
    path.write_text(content)
    assert told(lambda: read_record(path)) == "tariff: file none.json holds 0 records"
    assert told(lambda: read_record(path, "a")) == (
        "tariff: label = 'a' is not in none.json; it holds no record"
    )


def test_a_file_that_is_absent_or_a_folder_or_not_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rate.json"
    assert told(lambda: read_record(path)) == f"tariff: file = '{path}' does not exist"
    assert told(lambda: read_record(tmp_path)) == f"tariff: file = '{tmp_path}' is a folder; a file is needed"
    path.write_text('{"energyratestructure": ')
    assert told(lambda: read_record(path)) == (
        f"tariff: file = '{path}' is not JSON: Expecting value: line 1 column 25 (char 24)"
    )
    path.write_bytes(b'{"name": "\xff"}')
    assert told(lambda: read_record(path)) == (
        f"tariff: file = '{path}' is not UTF-8 text: row 1 contains the byte 0xff"
    )


def test_a_file_that_is_nested_without_end_or_holds_endless_digits_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rate.json"
    path.write_text("[" * 200_000)
    assert told(lambda: read_record(path)) == (
        f"tariff: file = '{path}' is nested too deeply; allowed: at most 100 levels"
    )
    path.write_text('{"fixedchargefirstmeter": ' + "1" * 5000 + "}")
    assert told(lambda: read_record(path)) == (
        f"tariff: file = '{path}' contains a whole number of more than 4,300 digits"
    )


NUMBER = "allowed: a finite number in"
UNITS = "allowed: kWh, kWh/kW, kWh daily, kWh/kW daily"
ENDS = "allowed: increasing ends, none for the last"
NEXT = "demandratestructure, energyattrs"
TWELVE = "allowed: 12 values, one per month"
SPLIT = [
    [{"rate": 0.1, "max": 9, "unit": "kWh"}, {"rate": 0.2}],
    [{"rate": 0.1, "max": 9, "unit": "kWh daily"}, {"rate": 0.2}],
]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"energyratestructur": 1},
         f"energyratestructur is not a field of a record; nearest: {ENERGY}, {NEXT}"),
        ({ENERGY: "absent"}, "energyratestructure is missing"),
        ({ENERGY: None}, "energyratestructure is missing"),
        ({ENERGY: []}, "energyratestructure is missing"),
        ({ENERGY: {"rate": 1}},
         "energyratestructure = {'rate': 1}; allowed: a list of periods, each of tiers"),
        ({ENERGY: [[]]}, "energyratestructure[0] has no rate; allowed: at least one tier"),
        ({ENERGY: [[5]]}, "energyratestructure[0][0] = 5; allowed: a table with rate, adj, sell, max, unit"),
        ({ENERGY: [[{"max": 5}]]}, f"energyratestructure[0][0] has no rate; {NUMBER} USD/kWh"),
        ({ENERGY: [[{"rate": 1, "rates": 2}]]},
         "energyratestructure[0][0].rates is not a field of a tier; nearest: rate"),
        ({ENERGY: [[{"rate": nan}]]}, f"energyratestructure[0][0].rate = nan; {NUMBER} USD/kWh"),
        ({ENERGY: [[{"rate": "0.1"}]]}, f"energyratestructure[0][0].rate = '0.1'; {NUMBER} USD/kWh"),
        ({ENERGY: [[{"rate": ""}]]}, f"energyratestructure[0][0].rate = ''; {NUMBER} USD/kWh"),
        ({ENERGY: [[{"rate": True}]]}, f"energyratestructure[0][0].rate = True; {NUMBER} USD/kWh"),
        ({ENERGY: [[{"rate": 1, "adj": inf}]]},
         f"energyratestructure[0][0].adj = inf; {NUMBER} USD/kWh"),
        ({ENERGY: [[{"rate": 1, "sell": -inf}]]},
         f"energyratestructure[0][0].sell = -inf; {NUMBER} USD/kWh"),
        ({"fixedchargefirstmeter": 10**310},
         f"fixedchargefirstmeter = 1{'0' * 76}...; {NUMBER} USD"),
        ({ENERGY: [[{"rate": 1, "unit": "MWh"}]]},
         f"energyratestructure[0][0].unit = 'MWh'; {UNITS}"),
        ({ENERGY: [[{"rate": 1, "unit": 5}]]}, f"energyratestructure[0][0].unit = 5; {UNITS}"),
        ({ENERGY: [[{"rate": 1, "max": 9, "unit": "kWh"}, {"rate": 2, "unit": "kWh/kW"}]]},
         "energyratestructure[0][1].unit = 'kWh/kW'; allowed: kWh, as in other tiers"),
        ({ENERGY: SPLIT, "energyweekdayschedule": all_year(0), "energyweekendschedule": all_year(1)},
         "energyratestructure has periods in kWh and kWh daily; allowed: one unit for all"),
        ({ENERGY: [[{"rate": 1, "max": 9}, {"rate": 2, "max": 9}, {"rate": 3}]]},
         f"energyratestructure[0] has tiers that end at 9, 9, inf kWh; {ENDS}"),
        ({ENERGY: [[{"rate": 1}, {"rate": 2, "max": 9}]]},
         f"energyratestructure[0] has tiers that end at inf, 9 kWh; {ENDS}"),
        ({ENERGY: [[{"rate": 1, "max": 0}, {"rate": 2}]]},
         f"energyratestructure[0] has tiers that end at 0, inf kWh; {ENDS}"),
        ({ENERGY: TWO, "energyweekendschedule": all_year(0)},
         f"energyweekdayschedule is missing; allowed: {SHAPE}"),
        ({ENERGY: TWO, "energyweekdayschedule": all_year(0)},
         f"energyweekendschedule is missing; allowed: {SHAPE}"),
        ({"energyweekdayschedule": all_year(0)[:11]}, f"energyweekdayschedule has 11 rows; allowed: {SHAPE}"),
        ({"energyweekdayschedule": 5}, f"energyweekdayschedule has 5; allowed: {SHAPE}"),
        ({"energyweekdayschedule": [*all_year(0)[:11], [0] * 23]},
         f"energyweekdayschedule[11] has 23 hours; allowed: {SHAPE}"),
        ({"energyweekdayschedule": [*all_year(0)[:11], 7]},
         f"energyweekdayschedule[11] has 7; allowed: {SHAPE}"),
        ({ENERGY: TWO, "energyweekdayschedule": all_year(2), "energyweekendschedule": all_year(1)},
         "energyweekdayschedule[0][0] = 2; allowed: a period that has a rate, 0 to 1"),
        ({"energyweekdayschedule": all_year(-1)},
         "energyweekdayschedule[0][0] = -1; allowed: a period that has a rate, 0 to 0"),
        ({"energyweekdayschedule": [[0.5] * 24] * 12},
         "energyweekdayschedule[0][0] = 0.5; allowed: a period that has a rate, 0 to 0"),
        ({"fueladjustmentsmonthly": [0.0] * 11},
         "fueladjustmentsmonthly = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]; " + TWELVE),
        ({"fueladjustmentsmonthly": [None] + [0.0] * 11}, f"fueladjustmentsmonthly = None; {NUMBER} USD/kWh"),
        ({"demandratestructure": [[{"rate": 1}], [{"rate": 2}]], "demandweekdayschedule": all_year(0)},
         f"demandweekendschedule is missing; allowed: {SHAPE}"),
        ({"demandratestructure": [[{"rate": 1, "unit": "hp"}]]},
         "demandratestructure[0][0].unit = 'hp'; allowed: kW, kVA, kW daily, kVA daily"),
        ({"demandratestructure": [[{"rate": 1}], [{"rate": 2, "unit": "kW daily"}]],
          "demandweekdayschedule": all_year(0), "demandweekendschedule": all_year(0)},
         "demandratestructure has periods in kW and kW daily; allowed: one unit for all"),
        ({"demandrateunits": "hp"}, "demandrateunits = 'hp'; allowed: kW, kVA, kW daily, kVA daily"),
        ({"flatdemandunit": 5}, "flatdemandunit = 5; allowed: kW, kVA, kW daily, kVA daily"),
        ({"demandwindow": 20}, "demandwindow = 20 min; allowed: 15, 30 or 60 min"),
        ({"demandwindow": [15]}, "demandwindow = [15] min; allowed: 15, 30 or 60 min"),
        ({"flatdemandstructure": [[{"rate": 1}], [{"rate": 2}]]},
         "flatdemandmonths is missing; allowed: 12 numbers of flat demand rates"),
        ({"flatdemandstructure": [[{"rate": 1}]], "flatdemandmonths": [0] * 11 + [1]},
         "flatdemandmonths[11] = 1; allowed: the number of a flat demand rate, 0 to 0"),
        ({"flatdemandstructure": [[{"rate": 1}]], "flatdemandmonths": 0}, f"flatdemandmonths = 0; {TWELVE}"),
        ({"coincidentratestructure": [[{"rate": 1}], [{"rate": 2}]]},
         f"coincidentrateschedule is missing; allowed: {SHAPE}"),
        ({"lookbackpercent": 75}, "lookbackpercent = 75; allowed: 0 to 1"),
        ({"lookbackpercent": nan}, f"lookbackpercent = nan; {NUMBER} pu"),
        ({"lookbackmonths": [1]}, f"lookbackmonths = [1]; {TWELVE}"),
        ({"lookbackrange": 13}, "lookbackrange = 13; allowed: a whole number, 0 to 12"),
        ({"lookbackrange": 1.5}, "lookbackrange = 1.5; allowed: a whole number, 0 to 12"),
        ({"fixedchargefirstmeter": "5"}, f"fixedchargefirstmeter = '5'; {NUMBER} USD"),
        ({"fixedchargefirstmeter": 5, "fixedchargeunits": "$/week"},
         "fixedchargeunits = '$/week'; allowed: $/day, $/month, $/year"),
        ({"fixedchargefirstmeter": 5, "fixedchargeunits": ["$/day"]},
         "fixedchargeunits = ['$/day']; allowed: $/day, $/month, $/year"),
        ({"mincharge": nan}, f"mincharge = nan; {NUMBER} USD"),
        ({"minmonthlycharge": "5"}, f"minmonthlycharge = '5'; {NUMBER} USD"),
        ({"annualmincharge": nan}, f"annualmincharge = nan; {NUMBER} USD"),
        ({"demandratchetpercentage": [0.5]}, f"demandratchetpercentage = [0.5]; {TWELVE}"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_an_error(tmp_path: Path, fields: dict[str, Any], message: str) -> None:
    assert refused(tmp_path, **fields) == message


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    found = refused(tmp_path, energyratestructure=TWO, demandwindow=20, colour="red", lookbackrange=-1)
    assert found.splitlines() == [
        "colour is not a field of a record; nearest: country, source, sector",
        "lookbackrange = -1; allowed: a whole number, 0 to 12",
        f"energyweekdayschedule is missing; allowed: {SHAPE}",
        f"energyweekendschedule is missing; allowed: {SHAPE}",
        "demandwindow = 20 min; allowed: 15, 30 or 60 min",
    ]


NET_METERING = "net metering is not billed: exports are paid at the sell rates, if any"
REACTIVE = "the charge on reactive power is not billed: reactive power is not simulated"
KVA = "kVA are billed as kW, at a power factor of 1"


@pytest.mark.parametrize(
    ("fields", "doubt"),
    [
        ({"usenetmetering": True}, NET_METERING),
        ({"dgrules": "Net Metering"}, NET_METERING),
        ({"demandreactpwrcharge": 0.3}, REACTIVE),
        ({"demandreactivepowercharge": 0.3}, REACTIVE),
        ({"demandratchetpercentage": [0.5] * 12},
         "demandratchetpercentage is not billed: its basis is not stated"),
        ({"coincidentratestructure": [[{"rate": 1}]]},
         "the coincident charge is on the highest demand of its period: the hour is not known"),
        ({"fixedchargeeaaddl": 5.0}, "one meter is billed"),
        ({"approved": False}, "the record is not approved"),
        ({"demandratestructure": [[{"rate": 1}]], "demandrateunits": "kVA"}, KVA),
        ({"demandratestructure": [[{"rate": 1, "unit": "kVA"}]]}, KVA),
        ({"flatdemandstructure": [[{"rate": 1}]], "flatdemandunit": "kVA daily"}, KVA),
        ({"energyratestructure": [[{"rate": 0.1, "max": 500}]]},
         "energyratestructure[0] ends at 500 kWh; above that its last rate is billed"),
        ({"annualmincharge": 120.0}, "the least amount of a year is billed by month, in proportion"),
        ({"mincharge": 1.0, "annualmincharge": 120.0},
         "annualmincharge is not billed, because the record has another least amount"),
    ],
)  # fmt: skip
def test_what_is_not_billed_as_the_utility_would_is_a_doubt(
    tmp_path: Path, fields: dict[str, Any], doubt: str
) -> None:
    assert doubts(tmp_path, **fields) == (doubt,)


@pytest.mark.parametrize(
    "fields",
    [
        {"usenetmetering": False},
        {"dgrules": "Buy All Sell All"},
        {"dgrules": "Net Billing Hourly", "usenetmetering": True},
        {"demandratchetpercentage": [0] * 12},
        {"approved": True},
        {"demandrateunits": "kW"},
        {"fixedchargeeaaddl": 0},
        {"energycomments": "free of charge", "startdate": 1_700_000_000},
    ],
)
def test_what_is_billed_or_not_charged_at_all_is_no_doubt(tmp_path: Path, fields: dict[str, Any]) -> None:
    assert doubts(tmp_path, **fields) == ()


def test_a_record_is_known_by_its_energy_rates() -> None:
    assert is_record({"energyRateStructure": []})
    assert is_record({"items": [{}, {"energyratestructure": []}]})
    assert not any(map(is_record, ({"items": []}, {"name": "campus"}, [], 5, None)))


@pytest.mark.parametrize(
    ("name", "periods"),
    [
        ("smud_ci_tod4_secondary", (5, 2, 1)),
        ("sdge_al_tou_secondary", (6, 3, 1)),
        ("tiered_energy_and_demand", (3, 2, 0)),
    ],
)
def test_a_real_record_is_read(name: str, periods: tuple[int, int, int]) -> None:
    path = DATA / "urdb" / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"the record is not at {path}; set DCGRID_DATA to the folder that holds it")
    found = read_record(path)
    assert (len(found.energy), len(found.demand), len(found.flat_demand)) == periods
    assert is_record(json.loads(path.read_text()))
    used = np.unique(np.concatenate([found.energy_schedule.weekday, found.energy_schedule.weekend]))
    assert set(used.tolist()) <= set(range(len(found.energy)))
    assert found.fixed_usd > 0.0
