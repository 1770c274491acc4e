"""The report of a tariff: each rate with its period, tier and hours, within 80 columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tariff_records import hours, record, write

from sim.contracts.urdb_record import read_record
from sim.report.document import Document, Heading, Items, Paragraph, Part, Table
from sim.report.hour_table import hour_table, months_text
from sim.report.lines import barred, columns, one_line
from sim.report.tariff import document
from sim.report.terminal import to_terminal
from sim.validation.published import ReferenceMissingError, data_file

WINTER, SUMMER = hours((6, 1), (22, 0), (24, 1)), hours((6, 1), (14, 0), (20, 2), (24, 1))
SEASONS = [SUMMER if month in {6, 7, 8} else WINTER for month in range(1, 13)]
THREE = [[{"rate": 0.09, "adj": 0.01}], [{"rate": 0.05}], [{"rate": 0.20}]]


@pytest.fixture
def shown(tmp_path: Path) -> Any:
    """The document of a record with the fields given."""
    return lambda **fields: document(read_record(write(tmp_path / "one.json", record(**fields))))


def section(found: Document, heading: str) -> list[Part]:
    """The parts below a heading."""
    parts = found.parts[found.parts.index(Heading(heading)) + 1 :]
    ends = [at for at, part in enumerate(parts) if isinstance(part, Heading)]
    return list(parts[: ends[0]] if ends else parts)


def lines(found: Document, heading: str) -> dict[str, str]:
    """The items below a heading."""
    (items,) = section(found, heading)
    assert isinstance(items, Items)
    return {item.label: item.text for item in items.items}


def test_a_record_says_first_whose_it_is(shown: Any) -> None:
    found = shown(voltagecategory="Primary")
    assert found.title == "Valley Power, Large"
    items = [(item.label, item.text) for item in found.parts[0].items]
    assert items == [
        ("utility", "Valley Power"),
        ("label", "a1"),
        ("sector", "Industrial"),
        ("voltage", "Primary"),
    ]


def test_one_rate_needs_no_hours_and_no_tiers(shown: Any) -> None:
    assert section(shown(), "Energy") == [
        Table(("period", "USD/MWh"), (("0", "80"),), words=1),
        Paragraph("Adjustments are included. Exports are not paid."),
    ]


def test_a_rate_contains_its_adjustment_and_the_rates_have_equal_decimals(shown: Any) -> None:
    """(0.01874 + 0.20968) USD/kWh = 228.42 USD/MWh."""
    rates = [[{"rate": 0.01874, "adj": 0.20968}], [{"rate": 0.1}]]
    table, *_ = section(shown(energyratestructure=rates, energyweekdayschedule=[hours((24, 1))] * 12,
                              energyweekendschedule=[hours((24, 0))] * 12), "Energy")  # fmt: skip
    assert table.rows == (("0", "228.42"), ("1", "100.00"))


def test_tiers_have_a_row_each_and_the_last_one_has_no_end(shown: Any) -> None:
    tiers = [[{"rate": 0.08, "max": 20_000, "sell": 0.03}, {"rate": 0.06, "sell": 0.02}]]
    table, note = section(shown(energyratestructure=tiers), "Energy")
    assert table == Table(
        ("period", "tier", "until MWh per month", "USD/MWh", "sell, USD/MWh"),
        (("0", "1", "20", "80", "30"), ("0", "2", "no end", "60", "20")),
        words=1,
    )
    assert note == Paragraph("Adjustments are included.")


@pytest.mark.parametrize(
    ("unit", "end", "head"),
    [
        ("kWh", "0.5", "until MWh per month"),
        ("kWh daily", "0.5", "until MWh per day"),
        ("kWh/kW", "500", "until MWh per MW of the peak and month"),
        ("kWh/kW daily", "500", "until MWh per MW of the peak and day"),
    ],
)
def test_the_end_of_a_tier_is_in_the_unit_of_the_record(shown: Any, unit: str, end: str, head: str) -> None:
    tiers = [[{"rate": 0.08, "max": 500, "unit": unit}, {"rate": 0.06, "unit": unit}]]
    table, *_ = section(shown(energyratestructure=tiers), "Energy")
    assert table.heads[2] == head
    assert [row[2] for row in table.rows] == [end, "no end"]


def test_hours_and_months_with_equal_periods_are_merged(shown: Any) -> None:
    found = shown(
        energyratestructure=THREE, energyweekdayschedule=SEASONS, energyweekendschedule=[hours((24, 1))] * 12
    )
    assert section(found, "Energy")[2:] == [
        Paragraph("Period on working days, by hours of local standard time:"),
        Table(
            ("hours", "Sep-May", "Jun-Aug"),
            (
                ("0-6", "1", "1"),
                ("6-14", "0", "0"),
                ("14-20", "0", "2"),
                ("20-22", "0", "1"),
                ("22-24", "1", "1"),
            ),
            words=1,
        ),
        Paragraph("Period at weekends: 1 in all hours."),
    ]  # fmt: skip


def test_days_that_are_all_alike_have_one_table(shown: Any) -> None:
    found = shown(energyratestructure=THREE, energyweekdayschedule=SEASONS, energyweekendschedule=SEASONS)
    texts = [part.text for part in section(found, "Energy") if isinstance(part, Paragraph)]
    assert texts[1:] == ["Period every day, by hours of local standard time:"]


def test_a_fuel_adjustment_is_shown_by_month(shown: Any) -> None:
    *_, said, table = section(shown(fueladjustmentsmonthly=[0.01] * 5 + [0.025] * 7), "Energy")
    assert said == Paragraph("Fuel adjustment, in addition to the rates:")
    assert table == Table(("months", "USD/MWh"), (("Jan-May", "10"), ("Jun-Dec", "25")), words=1)


def test_demand_is_shown_by_time_of_use_at_any_time_and_at_the_peak_of_the_grid(shown: Any) -> None:
    found = shown(
        demandratestructure=[[{"rate": 0}], [{"rate": 24.368, "max": 100}, {"rate": 17.031}]],
        demandweekdayschedule=[hours((16, 0), (21, 1), (24, 0))] * 12,
        demandweekendschedule=[hours((24, 0))] * 12,
        flatdemandstructure=[[{"rate": 5}], [{"rate": 7.5}], [{"rate": 3, "unit": "kW daily"}]],
        flatdemandmonths=[0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 2, 0],
        coincidentratestructure=[[{"rate": 0}], [{"rate": 12}]],
        coincidentrateschedule=[hours((17, 0), (18, 1), (24, 0))] * 12,
    )
    rates, *_ = section(found, "Demand, time of use")
    assert rates == Table(
        ("period", "tier", "until MW", "USD/MW per month"),
        (("0", "1", "no end", "0"), ("1", "1", "0.1", "24,368"), ("1", "2", "no end", "17,031")),
        words=1,
    )
    by_month, by_day = section(found, "Demand, at any time")
    assert by_month == Table(
        ("months", "USD/MW per month"), (("Oct, Dec-May", "5,000"), ("Jun-Sep", "7,500")), words=1
    )
    assert by_day == Table(("months", "USD/MW per day"), (("Nov", "3,000"),), words=1)
    rates, said, when = section(found, "Demand, coincident")
    assert rates.rows == (("0", "0"), ("1", "12,000"))
    assert said == Paragraph("Period every day, by hours of local standard time:")
    assert when.rows == (("0-17", "0"), ("17-18", "1"), ("18-24", "0"))


def test_what_a_record_does_not_have_is_said(shown: Any) -> None:
    found = shown()
    for heading in ("Demand, time of use", "Demand, at any time", "Demand, coincident"):
        assert section(found, heading) == [Paragraph("none")]
    assert lines(found, "Other terms") == {
        "demand interval": "15 min; the record does not say it",
        "ratchet": "none",
        "fixed charge": "none",
        "least amount of a bill": "none",
    }
    assert isinstance(found.parts[-2], Heading)
    assert found.parts[-2:] == (Heading("Not billed as the utility would"), Paragraph("none"))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "at least 75 % of the highest demand of the 11 months before"),
        ({"lookbackrange": 1}, "at least 75 % of the highest demand of the 1 month before"),
        ({"lookbackmonths": [1, 0, 0, 1] + [0] * 7 + [1]},
         "at least 75 % of the highest demand of the 11 months before, of which Apr, Dec-Jan count"),
    ],
)  # fmt: skip
def test_a_ratchet_says_which_share_of_which_months_it_is(
    shown: Any, fields: dict[str, Any], text: str
) -> None:
    assert lines(shown(lookbackpercent=0.75, **fields), "Other terms")["ratchet"] == text


def test_amounts_have_their_cents_and_no_digit_is_lost(shown: Any) -> None:
    found = lines(
        shown(
            fixedchargefirstmeter=1234.5,
            mincharge=3.298,
            minchargeunits="$/day",
            demandwindow=30,
        ),
        "Other terms",
    )
    assert found["fixed charge"] == "1,234.50 USD per month"
    assert found["least amount of a bill"] == "3.298 USD per day"
    assert found["demand interval"] == "30 min"


def test_what_is_not_billed_as_the_utility_would_is_said_last(shown: Any) -> None:
    found = shown(dgrules="Net Metering", approved=False)
    assert lines(found, "Not billed as the utility would") == {
        "1": "net metering is not billed: exports are paid at the sell rates, if any",
        "2": "the record is not approved",
    }
    assert found.parts[-2] == Heading("Not billed as the utility would")


@pytest.mark.parametrize(
    ("months", "text"),
    [
        (range(1, 13), "Jan-Dec"),
        ([3], "Mar"),
        ([1, 2], "Jan-Feb"),
        ([12, 1], "Dec-Jan"),
        ([1, 3, 5], "Jan, Mar, May"),
        ([1, 2, 5, 11, 12], "May, Nov-Feb"),
        ([1, 12, 2, 3, 4, 5, 6, 8, 9, 10, 11], "Aug-Jun"),
    ],
)
def test_months_are_named_in_ranges_over_the_end_of_the_year(months: Any, text: str) -> None:
    assert months_text(months) == text


NUMBERS = st.integers(0, 999)


def expanded(table: Table) -> list[list[int]]:
    """The numbers of an hour table by month and hour, read back from its text."""
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    found = np.full((12, 24), -1)
    for column, head in enumerate(table.heads[1:], start=1):
        for part in head.split(", "):
            first, _, last = part.partition("-")
            begin, end = names.index(first), names.index(last or first)
            months = [(begin + at) % 12 for at in range((end - begin) % 12 + 1)]
            for row in table.rows:
                since, until = map(int, row[0].split("-"))
                for month in months:
                    found[month, since:until] = int(row[column])
    return found.tolist()


@given(st.lists(st.lists(NUMBERS, min_size=24, max_size=24), min_size=1, max_size=12), st.data())
def test_an_hour_table_holds_every_hour_and_fits_81_columns(
    rows: list[list[int]], data: st.DataObject
) -> None:
    places = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=12, max_size=12))
    numbers = [rows[place] for place in places]
    table = hour_table(numbers)
    assert expanded(table) == numbers
    assert max(map(len, barred(columns(table, one_line), table.words))) <= 81
    assert max(map(len, to_terminal(Document("", (table,)), 80).splitlines())) <= 80
    assert len(to_terminal(Document("", (table,)), 80).splitlines()) <= len(table.rows) + 2


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize(
    "name", ["sdge_al_tou_secondary", "smud_ci_tod4_secondary", "tiered_energy_and_demand"]
)
def test_a_recorded_tariff_is_shown_without_a_divided_table(name: str, width: int) -> None:
    try:
        found = document(read_record(data_file(f"urdb/{name}.json")))
    except ReferenceMissingError as missing:
        pytest.skip(str(missing))
    shown = to_terminal(found, width).splitlines()
    assert max(map(len, shown)) <= width
    tables = [part for part in found.parts if isinstance(part, Table)]
    assert sum(line.startswith("| ") for line in shown) == sum(len(table.rows) + 2 for table in tables)
