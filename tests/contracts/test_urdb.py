"""A tariff by a record of the Utility Rate Database: small records in runs, and bills of another program."""

from __future__ import annotations

import csv
from math import pi, sin
from pathlib import Path
from typing import Any

import pytest
from builders import DATA, steps, told
from meters import all_year, bill, billed, hourly, quantities, record, urdb
from sites import HOUR, site

from sim import Campus, Result, SpecError, simulate
from sim.campus import GridConnection, MeasuredLoad, MeasuredSource, UrdbTariff
from sim.timeseries.calendar import Calendar

ENERGY, DEMAND = "energy charge", "demand charge"
JULY = "2025-07-01T00:00:00-04:00"
LATE_JANUARY = "2025-01-31T00:00:00-05:00"
TWO = [[{"rate": 0.1}], [{"rate": 0.3}]]
"""Energy at 100 USD/MWh in period 0, and at 300 USD/MWh in period 1."""
EVENING = [[0] * 16 + [1] * 5 + [0] * 3] * 12
"""Period 1 from 16:00 to 21:00."""
SUMMER = [[0] * 24] * 5 + [[1] * 24] * 4 + [[0] * 24] * 3
"""Period 1 from June to September."""


def both(schedule: list[list[int]], charge: str = "energy") -> dict[str, Any]:
    """The same schedule on working days and at weekends."""
    return {f"{charge}weekdayschedule": schedule, f"{charge}weekendschedule": schedule}


def test_energy_is_billed_by_period_in_standard_time(tmp_path: Path) -> None:
    fields = {"energyratestructure": TWO, **both(EVENING)}
    # in January 16:00 to 21:00 is on the clock what it is in the record; 20 MW are drawn from 21:00 on
    load = steps((0.0, 10.0), (16.0, 30.0), (21.0, 20.0))
    found = bill(billed(urdb(tmp_path, fields), load))["2025-01"]
    assert found == pytest.approx(
        {f"{ENERGY}: period 0": (160 + 60) * 100.0, f"{ENERGY}: period 1": 150 * 300.0}
    )


def test_in_summer_periods_are_an_hour_later_on_the_clock(tmp_path: Path) -> None:
    fields = {"energyratestructure": TWO, **both(EVENING)}
    # 16:00 to 21:00 of standard time is 17:00 to 22:00; 30 MW are drawn from 16:00 to 17:00 and to 22:00
    load = steps((0.0, 10.0), (16.0, 30.0), (17.0, 7.0), (21.0, 40.0), (22.0, 10.0))
    found = quantities(billed(urdb(tmp_path, fields), load, start=JULY))["2025-07"]
    assert found[f"{ENERGY}: period 1"] == pytest.approx(4 * 7.0 + 40.0)


def test_on_the_day_of_the_change_each_period_has_its_hours(tmp_path: Path) -> None:
    fields = {"energyratestructure": TWO, **both(EVENING)}
    for start, hours in (("2025-03-09T00:00:00-05:00", 23), ("2025-11-02T00:00:00-04:00", 25)):
        found = quantities(billed(urdb(tmp_path, fields), 1.0, days=hours / 24, start=start))
        (month,) = found.values()
        assert month == pytest.approx({f"{ENERGY}: period 0": hours - 5.0, f"{ENERGY}: period 1": 5.0})


def test_a_season_begins_with_the_month_of_the_bill(tmp_path: Path) -> None:
    """In standard time the first hour of June is in May; nothing of May may stand in the bill of June."""
    demand = [[{"rate": 10}], [{"rate": 20}]]
    fields = {
        "energyratestructure": TWO,
        **both(SUMMER),
        "demandratestructure": demand,
        **both(SUMMER, "demand"),
        "fueladjustmentsmonthly": [0.001 * month for month in range(1, 13)],
    }
    found = bill(billed(urdb(tmp_path, fields), 10.0, days=2, start="2025-05-31T00:00:00-04:00"))
    assert found == {
        "2025-05": pytest.approx(
            {
                f"{ENERGY}: period 0": 240 * 100.0,
                f"{DEMAND}: time of use, period 0": 100_000.0,
                "fuel adjustment: period 4": 240 * 5.0,
            }
        ),
        "2025-06": pytest.approx(
            {
                f"{ENERGY}: period 1": 240 * 300.0,
                f"{DEMAND}: time of use, period 1": 200_000.0,
                "fuel adjustment: period 5": 240 * 6.0,
            }
        ),
    }


def test_weekends_have_periods_of_their_own(tmp_path: Path) -> None:
    fields = {
        "energyratestructure": TWO,
        "energyweekdayschedule": all_year(1),
        "energyweekendschedule": all_year(0),
    }
    # from Thursday 2 January for 4 days: 2 working days and a weekend
    result = billed(urdb(tmp_path, fields), days=4, start="2025-01-02T00:00:00-05:00")
    assert quantities(result)["2025-01"] == pytest.approx(
        {f"{ENERGY}: period 0": 480.0, f"{ENERGY}: period 1": 480.0}
    )


def test_public_holidays_have_the_periods_of_the_weekend_if_a_country_is_given(tmp_path: Path) -> None:
    fields = {
        "energyratestructure": TWO,
        "energyweekdayschedule": all_year(1),
        "energyweekendschedule": all_year(0),
    }
    # Wednesday 1 January is a holiday, Thursday is not
    plain = quantities(billed(urdb(tmp_path, fields), days=2))["2025-01"]
    assert plain == pytest.approx({f"{ENERGY}: period 1": 480.0})
    told_of = quantities(billed(urdb(tmp_path, fields, holidays="US"), days=2))["2025-01"]
    assert told_of == pytest.approx({f"{ENERGY}: period 0": 240.0, f"{ENERGY}: period 1": 240.0})


def test_tiers_count_over_the_periods_of_a_month_in_the_order_of_time(tmp_path: Path) -> None:
    tiers = [
        [{"rate": 0.1, "max": 200_000, "unit": "kWh"}, {"rate": 0.05, "unit": "kWh"}],
        [{"rate": 0.3, "max": 200_000, "unit": "kWh"}, {"rate": 0.2, "unit": "kWh"}],
    ]
    fields = {"energyratestructure": tiers, **both(EVENING)}
    # 10 MW: 160 MWh by 16:00, 40 of the 50 MWh until 21:00 are below 200 MWh
    found = quantities(billed(urdb(tmp_path, fields)))["2025-01"]
    assert found == pytest.approx(
        {
            f"{ENERGY}: period 0, tier 1": 160.0,
            f"{ENERGY}: period 0, tier 2": 30.0,
            f"{ENERGY}: period 1, tier 1": 40.0,
            f"{ENERGY}: period 1, tier 2": 10.0,
        }
    )


@pytest.mark.parametrize(
    ("unit", "most", "first_mwh"),
    [
        ("kWh", 100_000, (100.0, 100.0)),
        ("kWh daily", 100_000, (200.0, 100.0)),
        ("kWh/kW", 10, (300.0, 100.0)),  # 10 h of 30 MW in January, of 10 MW in February
        ("kWh/kW daily", 2, (120.0, 20.0)),  # 2 h of the month's peak on each day
    ],
)
def test_tiers_are_of_a_month_or_a_day_and_may_grow_with_the_peak(
    tmp_path: Path, unit: str, most: float, first_mwh: tuple[float, float]
) -> None:
    tiers = [[{"rate": 0.1, "max": most, "unit": unit}, {"rate": 0.05, "unit": unit}]]
    # 30 MW in the first hour, then 10 MW: 260 and 240 MWh in January, 240 MWh in February
    found = quantities(
        billed(
            urdb(tmp_path, {"energyratestructure": tiers}),
            steps((0.0, 30.0), (1.0, 10.0)),
            days=3,
            start="2025-01-30T00:00:00-05:00",
        )
    )
    for month, first, whole in zip(found.values(), first_mwh, (500.0, 240.0), strict=True):
        assert month == pytest.approx({f"{ENERGY}: tier 1": first, f"{ENERGY}: tier 2": whole - first})


def test_a_period_without_tiers_does_not_determine_what_the_tiers_of_others_count(tmp_path: Path) -> None:
    tiers = [
        [{"rate": 0.1}],
        [{"rate": 0.3, "max": 2, "unit": "kWh/kW"}, {"rate": 0.2, "unit": "kWh/kW"}],
    ]
    found = quantities(billed(urdb(tmp_path, {"energyratestructure": tiers, **both(all_year(1))})))
    # 2 h of the peak of 10 MW
    assert found["2025-01"] == pytest.approx(
        {f"{ENERGY}: period 1, tier 1": 20.0, f"{ENERGY}: period 1, tier 2": 220.0}
    )


def test_adjustments_are_added_to_rates_and_fuel_is_a_line_of_each_month(tmp_path: Path) -> None:
    fields = {
        "energyratestructure": [[{"rate": 0.1, "adj": 0.02}]],
        "fueladjustmentsmonthly": [0.003, -0.004] + [0.0] * 10,
    }
    found = bill(billed(urdb(tmp_path, fields), days=2, start=LATE_JANUARY))
    assert found["2025-01"] == pytest.approx({ENERGY: 240 * 120.0, "fuel adjustment: period 0": 240 * 3.0})
    assert found["2025-02"] == pytest.approx({ENERGY: 240 * 120.0, "fuel adjustment: period 1": -240 * 4.0})


def with_wind(tariff: dict[str, Any]) -> Result:
    """For 12 hours 10 MW are drawn; then 6 MW of a wind of 16 MW are fed."""
    grid = GridConnection(import_limit_mw=100.0, export_limit_mw=100.0, tariff=tariff)
    campus = Campus(
        name="test",
        start="2025-01-01T00:00:00-05:00",
        timezone="America/New_York",
        supply={"grid": grid, "wind": MeasuredSource(power_mw=steps((0.0, 0.0), (12.0, 16.0)))},
        demand={"load": MeasuredLoad(power_mw=10.0)},
    )
    return simulate(campus, days=1)


def test_exports_are_paid_at_the_sell_rates_of_their_period_and_tier(tmp_path: Path) -> None:
    tiers = [
        [{"rate": 0.1, "sell": 0.04, "max": 30_000}, {"rate": 0.1, "sell": 0.01}],
        [{"rate": 0.3, "sell": 0.09, "max": 30_000}, {"rate": 0.3, "sell": 0.02}],
    ]
    found = bill(with_wind(urdb(tmp_path, {"energyratestructure": tiers, **both(EVENING)})))["2025-01"]
    sold = {line: usd for line, usd in found.items() if line.startswith("export")}
    # 6 MW: 24 MWh until 16:00; then 30 MWh until 21:00, of which 6 are below 30 MWh; then 18 MWh
    assert sold == pytest.approx(
        {
            "export revenue: period 0, tier 1": -24 * 40.0,
            "export revenue: period 0, tier 2": -18 * 10.0,
            "export revenue: period 1, tier 1": -6 * 90.0,
            "export revenue: period 1, tier 2": -24 * 20.0,
        }
    )


def test_without_sell_rates_there_is_no_line_of_exports(tmp_path: Path) -> None:
    assert set(bill(with_wind(urdb(tmp_path, {})))["2025-01"]) == {ENERGY}


def test_demand_is_billed_by_period_and_at_any_time_in_tiers(tmp_path: Path) -> None:
    fields = {
        "demandratestructure": [[{"rate": 0}], [{"rate": 20, "max": 8_000}, {"rate": 15}]],
        **both(EVENING, "demand"),
        "flatdemandstructure": [[{"rate": 5}]],
    }
    load = steps((0.0, 40.0), (16.0, 12.0), (21.0, 30.0))
    found = bill(billed(urdb(tmp_path, fields), load))["2025-01"]
    del found[ENERGY]
    assert found == pytest.approx(
        {
            f"{DEMAND}: at any time": 40 * 5000.0,
            f"{DEMAND}: time of use, period 1, tier 1": 8 * 20_000.0,
            f"{DEMAND}: time of use, period 1, tier 2": 4 * 15_000.0,
        }
    )


def test_flat_demand_has_the_rate_of_the_calendar_month(tmp_path: Path) -> None:
    fields = {
        "flatdemandstructure": [[{"rate": 5}], [{"rate": 7}]],
        "flatdemandmonths": [1] + [0] * 11,
    }
    found = bill(billed(urdb(tmp_path, fields), days=2, start=LATE_JANUARY))
    line = f"{DEMAND}: at any time"
    assert (found["2025-01"][line], found["2025-02"][line]) == pytest.approx((70_000.0, 50_000.0))


def test_daily_demand_is_billed_for_each_day(tmp_path: Path) -> None:
    fields = {
        "demandratestructure": [[{"rate": 0}], [{"rate": 1, "unit": "kW daily"}]],
        **both(EVENING, "demand"),
        "flatdemandstructure": [[{"rate": 2}]],
        "flatdemandunits": "kW daily",
    }
    load = steps((0.0, 40.0), (16.0, 12.0), (24.0, 20.0), (40.0, 30.0))
    found = bill(billed(urdb(tmp_path, fields), load, days=2))["2025-01"]
    assert found[f"{DEMAND}: at any time, sum of daily peaks"] == pytest.approx((40 + 30) * 2000.0)
    assert found[f"{DEMAND}: time of use, period 1, sum of daily peaks"] == pytest.approx((12 + 30) * 1000.0)


def test_a_coincident_charge_is_on_the_highest_demand_of_its_period(tmp_path: Path) -> None:
    fields = {"coincidentratestructure": [[{"rate": 0}], [{"rate": 3}]], "coincidentrateschedule": EVENING}
    found = bill(billed(urdb(tmp_path, fields), steps((0.0, 40.0), (16.0, 12.0), (21.0, 30.0))))
    assert found["2025-01"][f"{DEMAND}: coincident, period 1"] == pytest.approx(12 * 3000.0)


@pytest.mark.parametrize(
    ("window", "chosen", "peak_mw"),
    [(None, None, 30.0), (60, None, 15.0), (30, None, 20.0), (60, 15, 30.0), (None, 30, 20.0)],
)
def test_the_demand_interval_is_that_of_the_tariff_or_of_the_record_or_a_quarter(
    tmp_path: Path, window: int | None, chosen: int | None, peak_mw: float
) -> None:
    # 30 MW for a quarter of an hour from 1:00, 10 MW before and after
    load = {"times_s": [0.0, 3600.0, 4500.0], "values": [10.0, 30.0, 10.0]}
    fields = {"flatdemandstructure": [[{"rate": 1}]], "demandwindow": window}
    found = bill(billed(urdb(tmp_path, fields, demand_interval_min=chosen), load))
    assert found["2025-01"][f"{DEMAND}: at any time"] == pytest.approx(1000.0 * peak_mw)


def test_the_ratchet_of_a_record_counts_its_months_and_the_peaks_before(tmp_path: Path) -> None:
    fields = {"flatdemandstructure": [[{"rate": 1}]], "lookbackpercent": 0.5}
    load = steps((0.0, 40.0), (1.0, 10.0))  # 40 MW in January, 10 MW in February
    before = {"2024-08": 90.0, "2024-12": 60.0}
    line = f"{DEMAND}: at any time"
    for of_record, expected in (
        ({}, (45.0, 45.0)),  # 0.5 x 90 MW of August
        ({"lookbackrange": 1}, (40.0, 20.0)),  # 0.5 x 60 is below 40; 0.5 x 40
        ({"lookbackmonths": [0] * 11 + [1]}, (40.0, 30.0)),  # December alone
    ):
        tariff = urdb(tmp_path, {**fields, **of_record}, peaks_before_mw=before)
        found = quantities(billed(tariff, load, days=2, start=LATE_JANUARY))
        assert (found["2025-01"][line], found["2025-02"][line]) == pytest.approx(expected)


def test_peaks_before_the_run_that_have_no_month_are_refused(tmp_path: Path) -> None:
    assert told(lambda: billed(urdb(tmp_path, {}, peaks_before_mw={"August": 1.0}))) == (
        "tariff: peaks_before_mw = {'August': 1.0}; allowed: a year and a month for each peak, such as "
        '"2024-08"'
    )


def test_peaks_before_the_run_without_a_ratchet_are_refused(tmp_path: Path) -> None:
    assert told(lambda: billed(urdb(tmp_path, {}, peaks_before_mw={"2024-12": 1.0}))) == (
        "supply.grid.tariff: peaks_before_mw = {'2024-12': 1.0}; allowed: none, because the record has no "
        "ratchet"
    )


def test_the_notes_of_a_run_repeat_what_is_not_billed(tmp_path: Path) -> None:
    result = billed(urdb(tmp_path, {"usenetmetering": True}))
    message = "net metering is not billed: exports are paid at the sell rates, if any"
    assert f"grid: {message}" in " ".join(result.report().split())


@pytest.mark.parametrize(
    ("every", "usd"), [("$/day", 62.0), ("$/month", 31.0 * (1 / 31 + 1 / 28)), ("$/year", 31.0 * 2 / 365)]
)
def test_the_fixed_charge_is_of_a_day_a_month_or_a_year(tmp_path: Path, every: str, usd: float) -> None:
    fields = {"fixedchargefirstmeter": 31.0, "fixedchargeunits": every}
    found = bill(billed(urdb(tmp_path, fields), days=2, start=LATE_JANUARY))
    assert sum(month["fixed charge"] for month in found.values()) == pytest.approx(usd)


@pytest.mark.parametrize(
    ("least", "usd"),
    [
        ({"mincharge": 3100.0 * 31}, 3100.0),
        ({"minmonthlycharge": 3100.0 * 31}, 3100.0),
        ({"annualmincharge": 3100.0 * 365}, 3100.0),
        ({"mincharge": 3100.0, "minchargeunits": "$/day"}, 3100.0),
        ({"mincharge": 100.0}, 2400.0),
    ],
)
def test_a_bill_is_at_least_the_least_amount(tmp_path: Path, least: dict[str, Any], usd: float) -> None:
    # 1 MW for a day of January: 24 MWh x 100 USD/MWh
    result = billed(urdb(tmp_path, least), 1.0)
    assert result.summary.cost_usd == pytest.approx(usd)
    assert sum(bill(result)["2025-01"].values()) == pytest.approx(usd)


def test_the_utility_sends_the_bill_unless_another_one_is_named(tmp_path: Path) -> None:
    fields = {"utility": "City Power"}
    assert set(billed(urdb(tmp_path, fields)).bill["counterparty"]) == {"City Power"}
    named = billed(urdb(tmp_path, fields, counterparty="The broker"))
    assert set(named.bill["counterparty"]) == {"The broker"}
    assert set(billed(urdb(tmp_path, {})).bill["counterparty"]) == {"grid"}


def test_imports_are_dispatched_at_the_last_tier_with_fuel_and_exports_at_the_first(tmp_path: Path) -> None:
    tiers = [
        [{"rate": 0.1, "sell": 0.04, "max": 30_000}, {"rate": 0.2, "sell": 0.01}],
        [{"rate": 0.3, "sell": 0.09, "max": 30_000}, {"rate": 0.4, "sell": 0.02}],
    ]
    fields = {"energyratestructure": tiers, **both(EVENING), "fueladjustmentsmonthly": [0.005] * 12}
    here = site(24.0, calendar=Calendar(billed(None).calendar.start, "America/New_York"))
    charges = UrdbTariff(file=record(tmp_path, **fields)).charges(here)
    noon_s, evening_s = 12 * HOUR, 17 * HOUR
    assert charges.import_usd_per_mwh.value_at(noon_s) == pytest.approx(205.0)
    assert charges.import_usd_per_mwh.value_at(evening_s) == pytest.approx(405.0)
    assert charges.export_usd_per_mwh.value_at(noon_s) == pytest.approx(40.0)
    assert charges.export_usd_per_mwh.value_at(evening_s) == pytest.approx(90.0)
    (rung,) = charges.ladder()
    assert rung.usd_per_mwh.value_at(evening_s) == pytest.approx(405.0)


def test_a_record_of_several_is_chosen_by_its_label(tmp_path: Path) -> None:
    first = {"label": "a", "energyratestructure": [[{"rate": 0.1}]]}
    second = {"label": "b", "energyratestructure": [[{"rate": 0.2}]]}
    tariff = urdb(tmp_path, {"energyratestructure": "absent", "items": [first, second]}, label="b")
    assert bill(billed(tariff))["2025-01"] == {ENERGY: pytest.approx(240 * 200.0)}


def test_a_file_that_cannot_be_read_is_refused_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        billed({"kind": "urdb", "file": str(tmp_path / "none.json")})
    path = tmp_path / "none.json"
    assert str(caught.value) == f"supply.grid.tariff: file = '{path}' does not exist"
    assert told(lambda: billed(urdb(tmp_path, {"energyratestructure": []}))) == (
        "supply.grid.tariff: energyratestructure is missing"
    )
    assert told(lambda: UrdbTariff(file=path, demand_interval_min=5)) == (
        "urdb: demand_interval_min = 5; allowed: 15 or 30 or 60"
    )


def load_of_the_reference() -> list[float]:
    """The load of the reference bills [MW], hour by hour; see SOURCES.md beside them."""
    return [
        40.0 + 8.0 * sin(2 * pi * (hour % 24 - 9) / 24) + 4.0 * sin(2 * pi * (hour // 24) / 365)
        for hour in range(8760)
    ]


@pytest.mark.parametrize("name", ["smud_ci_tod4_secondary", "sdge_al_tou_secondary"])
def test_a_year_under_a_real_record_costs_what_another_program_says(name: str) -> None:
    """Monthly bill lines by NREL's SAM (PySAM 7.1.1, Utilityrate5), to the digits that are given."""
    folder = DATA / "urdb"
    if not (folder / "reference_bills.csv").is_file():
        pytest.skip(f"the reference bills are not in {folder}; set DCGRID_DATA to the folder that holds it")
    with (folder / "reference_bills.csv").open() as file:
        expected = [row for row in csv.DictReader(file) if row["tariff"] == name]
    assert len(expected) == 12
    tariff = {"kind": "urdb", "file": str(folder / f"{name}.json"), "demand_interval_min": 60}
    found = bill(
        billed(
            tariff,
            hourly(load_of_the_reference()),
            days=365,
            start="2018-01-01T00:00:00+00:00",
            timezone="UTC",
        )
    )
    for row, lines in zip(expected, found.values(), strict=True):
        parts = {
            "energy_usd": ENERGY,
            "tou_demand_usd": f"{DEMAND}: time of use",
            "flat_demand_usd": f"{DEMAND}: at any time",
            "fixed_usd": "fixed charge",
        }
        for column, begin in parts.items():
            usd = sum(amount for line, amount in lines.items() if line.startswith(begin))
            assert usd == pytest.approx(float(row[column]), rel=1e-9, abs=1e-5)
        assert sum(lines.values()) == pytest.approx(float(row["total_usd"]), rel=1e-9)
