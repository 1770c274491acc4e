"""Steps with dates: a profile whose values hold from dates on, in plain data and in a CSV file."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import told

from sim import Campus, simulate
from sim.campus import GridConnection, MeasuredLoad
from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.profile import DatedSteps, MWProfile, as_series, series_of

HOUR = 3600.0
DAY = 24 * HOUR
NEW_YEAR = Calendar(datetime.fromisoformat("2026-01-01T00:00:00-05:00"), "America/New_York")
NAIVE = "2026-07-01T06:00"


class Connection(Spec):
    limit_mw: MWProfile = 100


def limit(dates: Any, values: Any) -> Connection:
    return Connection(limit_mw={"dates": dates, "values": values})


def refusal(spec: Connection, calendar: Calendar = NEW_YEAR) -> str:
    """The words with which a run of a year is refused."""
    return told(lambda: series_of(spec, "limit_mw", calendar, 365 * DAY))


def test_each_value_holds_from_its_date_and_the_last_to_the_end() -> None:
    series = series_of(limit(["2026-01-01", NAIVE], [100, 200]), "limit_mw", NEW_YEAR, 730 * DAY)
    # 181 days of January to June, an hour less since summer time began in March, and 6 hours
    assert list(zip(*series.changes(730 * DAY), strict=True)) == [
        (0.0, 100.0),
        ((181 * 24 - 1 + 6) * HOUR, 200.0),
    ]


def test_a_date_is_midnight_in_the_timezone_of_the_campus() -> None:
    in_utc = Calendar(NEW_YEAR.start, "UTC")  # starts at 05:00
    steps = DatedSteps(dates=["2026-01-01", "2026-01-02"], values=[1, 2])
    assert list(zip(*as_series(steps, in_utc, 3 * DAY).changes(3 * DAY), strict=True)) == [
        (0.0, 1.0),
        (19 * HOUR, 2.0),
    ]


def test_a_date_before_the_start_gives_the_value_at_the_start() -> None:
    steps = DatedSteps(dates=["2019-05-01", "2025-12-31", "2040-01-01"], values=[1, 2, 3])
    assert list(zip(*as_series(steps, NEW_YEAR, DAY).changes(DAY), strict=True)) == [(0.0, 2.0)]


def test_a_time_with_an_offset_is_that_instant() -> None:
    steps = DatedSteps(dates=["2026-01-01", "2026-01-01T11:00:00Z"], values=[1, 2])
    assert list(zip(*as_series(steps, NEW_YEAR, DAY).changes(DAY), strict=True)) == [
        (0.0, 1.0),
        (6 * HOUR, 2.0),
    ]  # 11 - 5 h


def test_a_run_that_starts_before_the_first_date_is_refused() -> None:
    assert refusal(limit(["2026-01-02"], [1])) == (
        "Connection: limit_mw cannot be used: the run starts at 2026-01-01T00:00:00-05:00, "
        "before the first date 2026-01-02"
    )


@pytest.mark.parametrize(
    ("dates", "values", "message"),
    [
        ([], [], "dates = (); allowed: at least one date"),
        (["2026-01-01"], [1, 2], "values = (1.0, 2.0); allowed: as many values as dates, which are 1"),
        (
            ["2026-01-01", date(2026, 1, 1)],
            [1, 2],
            "dates[1] = 2026-01-01; allowed: after dates[0], which is 2026-01-01",
        ),
        (
            ["2026-01-01", NAIVE, "2026-02-01"],
            [1, 2, 3],
            "dates[2] = 2026-02-01; allowed: after dates[1], which is 2026-07-01T06:00:00",
        ),
        (
            ["2026-01-01", "soon"],
            [1, 2],
            (
                "dates[1] = 'soon'; allowed: a date or time such as 2026-01-01 or 2026-07-01T06:00, "
                "local unless it has a UTC offset, in a year from 1900 to 2199"
            ),
        ),
    ],
)
def test_a_mistake_in_the_steps_is_one_message(dates: Any, values: Any, message: str) -> None:
    assert told(lambda: limit(dates, values)) == f"limit_mw: {message}"


def test_a_value_out_of_the_fields_range_is_refused_at_once() -> None:
    assert told(lambda: limit(["2026-01-01", NAIVE], [1, -5])) == (
        "Connection: limit_mw = -5.0 MW in values[1]; "
        "allowed: a finite number at least 0 and at most 1e+06 MW"
    )


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        (
            ["2026-01-01", "2026-03-08T02:30"],
            "dates[1] = 2026-03-08T02:30:00 does not exist in America/New_York; add a UTC offset",
        ),
        (
            ["2026-01-01", "2026-11-01T01:30"],
            "dates[1] = 2026-11-01T01:30:00 is ambiguous in America/New_York; add a UTC offset",
        ),
        (
            ["2026-01-01", "2026-01-01T05:00Z"],  # the same instant
            "dates[1] = 2026-01-01T05:00:00+00:00; allowed: after dates[0], which is 2026-01-01",
        ),
    ],
)
def test_what_only_the_local_clock_knows_is_refused_before_the_run(dates: list[str], message: str) -> None:
    assert refusal(limit(dates, [1, 2])) == f"Connection: limit_mw cannot be used: {message}"


TEXTS = {
    ".toml": (
        "[limit_mw]\ndates = [2026-01-01, 2026-07-01T06:00:00, 2027-01-01T00:00:00Z]\nvalues = [1, 2, 3]\n"
    ),
    ".yaml": (
        "limit_mw:\n  dates: [2026-01-01, 2026-07-01T06:00, 2027-01-01T00:00:00Z]\n  values: [1, 2, 3]\n"
    ),
    ".json": (
        '{"limit_mw": {"values": [1, 2, 3], '
        '"dates": ["2026-01-01", "2026-07-01T06:00", "2027-01-01T00:00Z"]}}'
    ),
}


@pytest.mark.parametrize("ending", list(TEXTS))
def test_dates_are_read_in_each_format_and_come_back(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"connection{ending}"
    path.write_text(TEXTS[ending])
    spec = Connection.load(path)
    assert spec == limit(["2026-01-01", NAIVE, "2027-01-01T00:00+00:00"], [1, 2, 3])
    spec.dump(path)
    assert (Connection.load(path), Connection.load(path).content_hash()) == (spec, spec.content_hash())
    assert spec.to_dict()["limit_mw"]["dates"] == [
        "2026-01-01",
        "2026-07-01T06:00:00",
        "2027-01-01T00:00:00+00:00",
    ]


def test_a_sweep_may_vary_a_date_and_a_value() -> None:
    varied = limit(["2026-01-01", NAIVE], [1, 2]).with_values({"limit_mw.dates.1": "2027-01-01"})
    assert varied == limit(["2026-01-01", "2027-01-01"], [1, 2])
    assert varied.with_values({"limit_mw.values.1": 5}) == limit(["2026-01-01", "2027-01-01"], [1, 5])


def test_a_connection_grows_on_its_date_in_a_run() -> None:
    steps = {"dates": ["2026-01-01", "2026-01-02T06:00"], "values": [100, 20]}
    campus = Campus(
        name="phased",
        start=NEW_YEAR.start,
        timezone="America/New_York",
        supply={"grid": GridConnection(import_limit_mw=steps)},
        demand={"load": MeasuredLoad(power_mw=50.0)},
    )
    # 30 of 50 MW are missing from hour 30 to hour 72
    assert simulate(campus, days=3).summary.unserved_mwh == pytest.approx(30 * 42)


# A file


def written(folder: Path, *rows: str) -> Path:
    path = folder / "limit.csv"
    path.write_text("\n".join(["date,mw", *rows]) + "\n")
    return path


def in_file(path: Path, **options: Any) -> Connection:
    return Connection(limit_mw={"csv": str(path), "column": "mw", "timezone": "America/New_York", **options})


def test_a_file_of_uneven_dates_is_a_list_of_steps_whose_last_value_holds(tmp_path: Path) -> None:
    path = written(tmp_path, "2025-01-01,100", "2026-07-01,200", "2027-01-01,300")
    series = series_of(in_file(path), "limit_mw", NEW_YEAR, 730 * DAY)
    # January to June have 181 days, the year 365; summer time is an hour ahead in July
    assert list(zip(*series.changes(730 * DAY), strict=True)) == [
        (0.0, 100.0),
        ((181 * 24 - 1) * HOUR, 200.0),
        (365 * DAY, 300.0),
    ]


def test_a_file_of_steps_must_say_the_value_at_the_start(tmp_path: Path) -> None:
    path = written(tmp_path, "2026-02-01,100", "2026-07-01,200", "2027-01-01,300")
    assert refusal(in_file(path)) == (
        f"Connection: limit_mw cannot be used: CsvColumn {path} covers 2026-02-01T00:00:00-05:00 onwards; "
        "the run is from 2026-01-01T00:00:00-05:00 to 2027-01-01T00:00:00-05:00"
    )


def test_days_with_one_missing_are_no_steps(tmp_path: Path) -> None:
    rows = [f"2026-01-{day:02},1" for day in (1, 2, 3, 5)]  # two of three spacings are a day
    assert refusal(in_file(written(tmp_path, *rows))).endswith(
        "limit.csv: gap before row 5: from 2026-01-03T00:00:00-05:00 to 2026-01-05T00:00:00-05:00, "
        "usual spacing 86400 s; for steps of any length, set steps = true"
    )


def test_hours_of_uneven_length_are_no_steps_unless_said(tmp_path: Path) -> None:
    path = written(tmp_path, "2026-01-01T00:00,1", "2026-01-01T01:00,2", "2026-01-01T04:00,3")
    assert "gap before row 4" in refusal(in_file(path))
    series = series_of(in_file(path, steps=True), "limit_mw", NEW_YEAR, DAY)
    assert list(zip(*series.changes(DAY), strict=True)) == [(0.0, 1.0), (HOUR, 2.0), (4 * HOUR, 3.0)]


def test_even_steps_hold_on_if_said(tmp_path: Path) -> None:
    path = written(tmp_path, "2025-01-01,100", "2026-01-01,200", "2027-01-01,300")
    long = 3 * 365 * DAY
    assert told(lambda: series_of(in_file(path), "limit_mw", NEW_YEAR, long)).endswith(
        "the run is from 2026-01-01T00:00:00-05:00 to 2028-12-31T00:00:00-05:00; "
        "for steps of any length, set steps = true"
    )
    assert series_of(in_file(path, steps=True), "limit_mw", NEW_YEAR, long).value_at(long) == 300.0


def test_one_row_is_a_step_if_said(tmp_path: Path) -> None:
    series = series_of(in_file(written(tmp_path, "2026-01-01,7"), steps=True), "limit_mw", NEW_YEAR, DAY)
    assert series.value_at(DAY) == 7.0


def test_uneven_dates_may_be_said_to_be_a_series_with_rows_missing(tmp_path: Path) -> None:
    path = written(tmp_path, "2025-01-01,100", "2026-07-01,200", "2027-01-01,300")
    assert "gap before row 3" in refusal(in_file(path, steps=False))
