"""The sheets of a run: standard time, means over the clock, texts that are no formulas, foreign files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from sim import Campus, Result, SpecError, simulate
from sim.campus import GridConnection, MeasuredLoad
from sim.sheets import workbook
from sim.sheets.csv_folder import write_csv
from sim.sheets.intervals import means
from sim.sheets.run_book import NAMES, book
from sim.sheets.sheet import guarded
from sim.sheets.workbook import write_workbook
from sim.timeseries.calendar import Calendar
from sim.timeseries.standard_time import StandardTime
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_QUARTER


def run(start: str, timezone: str, *, days: float, record_s: float | None = None, **power: Any) -> Result:
    """A load behind a grid connection of 50 MW, in a hall whose name is a formula."""
    campus = Campus(
        name="=1+1",
        start=start,
        timezone=timezone,
        supply={"grid": GridConnection(import_limit_mw=50.0, import_price_usd_per_mwh=10.0)},
        demand={"@hall": MeasuredLoad(power_mw=power or 20.0)},
    )
    return simulate(campus, days=days, record_s=record_s)


def frame(result: Result, name: str) -> pd.DataFrame:
    return next(sheet.frame for sheet in book(result).sheets if sheet.name == name)


@pytest.mark.parametrize(
    ("timezone", "name"),
    [
        ("America/New_York", "UTC-05:00"),
        ("Europe/Dublin", "UTC+00:00"),  # its law calls summer time the standard
        ("Australia/Sydney", "UTC+10:00"),  # winter is in July
        ("Asia/Kolkata", "UTC+05:30"),
        ("UTC", "UTC+00:00"),
    ],
)
def test_standard_time_is_the_winter_time_of_the_place(timezone: str, name: str) -> None:
    calendar = Calendar(datetime.fromisoformat("2025-07-01T00:00:00+00:00"), timezone)
    assert StandardTime.of(calendar).name == name


def test_the_night_on_which_clocks_go_back_has_each_hour_once() -> None:
    hours = frame(run("2025-11-02T00:00:00-04:00", "America/New_York", days=1.0), "hours")
    stamps = hours["begins (UTC-05:00)"]
    # midnight of daylight saving time is 23:00 of the day before in standard time
    assert stamps.iloc[0] == pd.Timestamp("2025-11-01 23:00:00")
    assert (stamps.diff().dropna() == pd.Timedelta(hours=1)).all()
    assert len(hours) == 24


def test_a_mean_times_its_length_is_energy_also_where_the_run_covers_a_part() -> None:
    power = {"times_s": [0.0, 600.0], "values": [60.0, 30.0]}
    result = run("2025-01-01T00:10:00+00:00", "UTC", days=1 / 24, **power)
    quarters = frame(result, "quarter_hours")
    # 0:10 to 0:20 60 MW wanted and 50 MW served, then 30 MW until 1:10
    assert quarters["begins (UTC+00:00)"].iloc[0] == pd.Timestamp("2025-01-01 00:00:00")
    assert quarters["dt_h"].tolist() == pytest.approx([1 / 12, 0.25, 0.25, 0.25, 1 / 6])
    demand = [60 * 5 / 15, (60 * 5 + 30 * 10) / 15, 30.0, 30.0, 30 * 10 / 15]
    assert quarters["site.demand_mw"].tolist() == pytest.approx(demand)
    assert quarters["site.load_mw"].tolist() == pytest.approx([50 / 3, (50 * 5 + 30 * 10) / 15, 30, 30, 20])
    assert quarters["grid.import_mw"].tolist() == pytest.approx(quarters["site.import_mw"].tolist())
    hours = frame(result, "hours")
    # 50 MW for 10 min and 30 MW for 40 min in the first hour of the clock, 30 MW for 10 min in the second
    assert hours["grid.import_mw"].tolist() == pytest.approx([(500 + 1200) / 60, 300 / 60])
    assert hours["site.import_mw"].tolist() == pytest.approx(hours["grid.import_mw"].tolist())
    assert hours["site.price_usd_per_mwh"].iloc[1] == pytest.approx(
        10.0
    )  # a price is a mean over the ten minutes alone
    assert hours["grid.import_mw"].sum() == pytest.approx(result.summary.import_mwh)


@pytest.mark.parametrize(
    ("start", "record_s", "known"),
    [
        ("2025-01-01T00:00:00+00:00", 300.0, True),  # three means fill a quarter
        ("2025-01-01T00:10:00+00:00", 300.0, True),
        ("2025-01-01T00:10:00+00:00", 900.0, False),  # each mean reaches over a quarter's end
        ("2025-01-01T00:00:00+00:00", 3600.0, False),
    ],
)
def test_flows_have_quarter_hours_only_if_their_means_divide_them(
    start: str, record_s: float, known: bool
) -> None:
    result = run(start, "UTC", days=0.5, record_s=record_s)
    quarters = means(result, StandardTime.of(result.calendar), SECONDS_PER_QUARTER)
    assert ("grid.import_mw" in quarters) == known
    assert quarters["site.import_mw"].max() == pytest.approx(20.0)  # kept whatever is recorded
    about = next(sheet.about for sheet in book(result).sheets if sheet.name == "quarter_hours")
    assert ("of the site only" in about) == (not known)


def test_hours_are_known_from_hourly_means() -> None:
    result = run("2025-01-01T00:00:00+00:00", "UTC", days=0.5, record_s=SECONDS_PER_HOUR)
    assert frame(result, "hours")["grid.import_mw"].tolist() == pytest.approx([20.0] * 12)


def test_the_bill_has_a_row_for_each_line_of_each_month_and_their_total() -> None:
    bill = frame(run("2025-01-31T00:00:00+00:00", "UTC", days=2.0), "bill")
    assert bill["month"].tolist() == ["2025-01", "2025-02", "total"]
    assert bill["line"].tolist()[:2] == ["energy charge", "energy charge"]
    # 24 h x 20 MW x 10 USD/MWh a day
    assert bill["quantity"].tolist()[:2] == pytest.approx([480.0, 480.0])
    assert bill["usd_per_unit"].tolist()[:2] == [10.0, 10.0]
    assert bill["usd"].tolist() == pytest.approx([4800.0, 4800.0, 9600.0])


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_begins_like_a_formula_is_guarded(sign: str) -> None:
    assert guarded(f"{sign}1") == f"'{sign}1"
    assert guarded(f"a{sign}1") == f"a{sign}1"


def test_csv_guards_texts_and_heads_and_leaves_numbers_alone(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_csv(pd.DataFrame({"@axis": ["=cmd|' /C calc'!A0", "b"], "-x_mw": [-1.5, 2.0]}), path)
    assert path.read_text().splitlines() == [
        '"\'@axis","\'-x_mw"',
        "\"'=cmd|' /C calc'!A0\",-1.5",
        '"b",2',
    ]


def test_a_folder_has_a_file_for_each_sheet_and_one_that_says_how_to_read_them(
    paper: Result, tmp_path: Path
) -> None:
    folder = paper.save_csv(tmp_path / "deep" / "csv")
    assert {path.name for path in folder.iterdir()} == {"README.txt", *(f"{name}.csv" for name in NAMES)}
    text = (folder / "README.txt").read_text()
    assert "Times are in UTC+00:00" in text
    assert "A time is the beginning of its interval" in text
    flows = pd.read_csv(folder / "flows.csv")
    assert (flows["grid.import_mw"] * flows["dt_h"]).sum() == pytest.approx(paper.summary.import_mwh)
    assert flows["begins (UTC+00:00)"].iloc[0] == "2025-01-01 00:00:00"
    months = pd.read_csv(folder / "months.csv")
    assert months["unserved_mwh"].tolist() == pytest.approx([64.0])  # 24 and 40 MWh, as in conftest.py
    assert len(pd.read_csv(folder / "events.csv")) == len(paper.events)
    assert len(pd.read_csv(folder / "quarter_hours.csv")) == 96


def test_the_sheets_of_another_run_are_replaced(paper: Result, full: Result, tmp_path: Path) -> None:
    full.save_csv(tmp_path / "csv")
    paper.save_csv(tmp_path / "csv")
    assert "Paper: 1 day" in (tmp_path / "csv" / "README.txt").read_text()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("notes.txt", "holds notes.txt, which is not a sheet of a run; allowed: a new or empty folder"),
        ("jobs.csv", "holds jobs.csv but not the README.txt of the sheets of a run"),
    ],
)
def test_a_folder_with_foreign_files_is_refused_and_left_alone(
    name: str, message: str, paper: Result, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(SpecError, match=message):
        paper.save_csv(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_workbook_has_the_same_sheets_behind_one_that_says_how_to_read_them(
    full: Result, tmp_path: Path
) -> None:
    path = tmp_path / "full.xlsx"
    assert full.save_excel(path) == []
    written = openpyxl.load_workbook(path)
    assert written.sheetnames == ["README", *NAMES]
    lines = [row[0] for row in written["README"].values]
    assert any(line and line.startswith("Times are in UTC-05:00") for line in lines)
    for sheet in book(full).sheets:
        head, *rows = written[sheet.name].values
        assert list(head) == list(sheet.frame.columns)
        assert len(rows) == len(sheet.frame)
    head, first, *_ = written["months"].values
    found = dict(zip(head, first, strict=True))
    assert found["month"] == "2025-03"
    assert found["begins (UTC-05:00)"] == datetime(2025, 3, 5)  # noqa: DTZ001 - a cell has no timezone
    assert found["energy_mwh"] == pytest.approx(full.summary.energy_mwh)


def test_columns_of_a_workbook_are_wide_enough_for_times_and_heads(paper: Result, tmp_path: Path) -> None:
    path = tmp_path / "paper.xlsx"
    paper.save_excel(path)
    widths = openpyxl.load_workbook(path)["months"].column_dimensions
    assert widths["B"].width >= len("2025-01-01 00:00:00")  # a narrower cell shows ####
    assert widths["D"].width >= len("peak_demand_mw")


def test_a_workbook_takes_no_text_for_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "formula.xlsx"
    run("2025-01-01T00:00:00+00:00", "UTC", days=0.1).save_excel(path)
    found = openpyxl.load_workbook(path)
    kinds = {
        str(cell.value): cell.data_type
        for sheet in found
        for row in sheet.iter_rows()
        for cell in row
        if str(cell.value)[:1] in {"=", "@"}
    }
    assert set(kinds.values()) == {"s"}
    assert {"@hall.served_mw", "@hall.unserved_mw"} <= kinds.keys()
    assert any(name.startswith("=1+1: ") for name in kinds)


def test_equal_runs_give_equal_workbooks(paper: Result, tmp_path: Path) -> None:
    paper.save_excel(tmp_path / "a.xlsx")
    paper.save_excel(tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_sheet_with_more_rows_than_a_workbook_can_hold_is_left_out_and_said_to_be(
    paper: Result, tmp_path: Path
) -> None:
    path = tmp_path / "small.xlsx"
    left_out = write_workbook(book(paper), path, most_rows=96)
    # 96 quarters of an hour and a head are 97 rows
    (line,) = left_out
    assert line.startswith("quarter_hours is left out: 96 rows and a head are more than the 96 of a sheet")
    written = openpyxl.load_workbook(path)
    assert "quarter_hours" not in written.sheetnames
    assert (line,) in written["README"].values


@pytest.mark.parametrize("name", ["run.xls", "run.csv", "folder.xlsx"])
def test_what_cannot_be_a_workbook_is_refused(name: str, paper: Result, tmp_path: Path) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(SpecError, match=r"show: --excel = .*allowed: a file that ends in \.xlsx"):
        paper.save_excel(tmp_path / name)


def test_a_workbook_without_its_writer_says_how_to_install_it(
    paper: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "find_spec", lambda _: None)
    with pytest.raises(SpecError, match=r"--excel needs XlsxWriter; install it with pip .*dcgrid\[excel\]"):
        paper.save_excel(tmp_path / "run.xlsx")
