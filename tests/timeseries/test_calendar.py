"""The calendar: elapsed seconds inside, local dates at the border."""

from __future__ import annotations

import pickle
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.timeseries.calendar import Calendar

HOUR = 3600
NEW_YEAR = datetime.fromisoformat("2025-01-01T00:00:00-05:00")
ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "UTC",
]


def test_a_start_without_timezone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no timezone") as caught:
        Calendar(datetime(2025, 1, 1))  # noqa: DTZ001 - the mistake under test
    assert str(caught.value) == "calendar: start = 2025-01-01T00:00:00 has no timezone; add an offset"


def test_an_unknown_timezone_is_refused_with_the_nearest_ones() -> None:
    with pytest.raises(ValueError, match="America/New_York") as caught:
        Calendar(NEW_YEAR, "America/NewYork")
    assert str(caught.value).startswith("calendar: timezone = 'America/NewYork' is unknown; nearest: ")


@pytest.mark.parametrize("name", ["", "../etc", "/etc/passwd"])
def test_a_path_is_no_timezone(name: str) -> None:
    with pytest.raises(ValueError, match="is unknown"):
        Calendar(NEW_YEAR, name)


def test_a_moment_without_timezone_is_refused() -> None:
    with pytest.raises(ValueError, match="time 2025-01-01T00:00:00 has no timezone"):
        Calendar(NEW_YEAR).elapsed_s(datetime(2025, 1, 1))  # noqa: DTZ001 - the mistake under test


def test_elapsed_time_runs_on_over_both_clock_changes() -> None:
    calendar = Calendar(datetime.fromisoformat("2025-03-09T00:00:00-05:00"))
    assert calendar.at(2 * HOUR).isoformat() == "2025-03-09T03:00:00-04:00"  # 02:00 is skipped
    november = datetime.fromisoformat("2025-11-02T01:30:00-05:00")
    assert calendar.elapsed_s(november) - calendar.elapsed_s(november - timedelta(hours=1)) == HOUR


@given(
    t_s=st.integers(-(10**9), 10**9),
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
)
def test_dates_and_elapsed_seconds_are_inverse(t_s: int, zone: str, start: datetime) -> None:
    calendar = Calendar(start, zone)
    assert calendar.elapsed_s(calendar.at(t_s)) == t_s


@pytest.mark.parametrize(
    ("start", "into_s"),
    [
        ("2025-01-01T00:00:00+00:00", 0.0),
        ("2025-01-01T23:52:30+05:45", 450.0),
        ("2025-01-01T23:45:00.25-03:30", 0.25),
    ],
)
def test_a_quarter_of_an_hour_begins_by_the_clock(start: str, into_s: float) -> None:
    assert Calendar(datetime.fromisoformat(start), "UTC").into_quarter_s == into_s


def test_a_skipped_hour_is_absent() -> None:
    day = Calendar(datetime.fromisoformat("2025-03-09T00:00:00-05:00")).hour_starts(23 * HOUR)
    assert day.hour.tolist() == [0, 1, *range(3, 24)]
    assert np.diff(day.t_s).tolist() == [HOUR] * 22
    assert set(day.weekday.tolist()) == {6}  # a Sunday


def test_a_repeated_hour_comes_twice() -> None:
    day = Calendar(datetime.fromisoformat("2025-11-02T00:00:00-04:00")).hour_starts(25 * HOUR)
    assert day.hour.tolist() == [0, 1, 1, *range(2, 24)]
    assert day.month.tolist() == [11] * 25


def test_a_year_has_8760_hours_and_a_leap_year_8784() -> None:
    assert len(Calendar(NEW_YEAR).hour_starts(8760 * HOUR).t_s) == 8760
    leap = Calendar(datetime.fromisoformat("2024-01-01T00:00:00-05:00")).hour_starts(8784 * HOUR)
    assert (len(leap.t_s), int(leap.hour[-1]), int(leap.month[-1])) == (8784, 23, 12)


def test_a_start_within_an_hour_makes_the_first_entry_shorter() -> None:
    table = Calendar(datetime.fromisoformat("2025-01-01T00:17:30-05:00")).hour_starts(2 * HOUR)
    assert table.t_s.tolist() == [0, 42.5 * 60, 102.5 * 60]  # 00:17:30, 01:00, 02:00
    assert table.hour.tolist() == [0, 1, 2]


def test_a_horizon_on_the_hour_does_not_begin_the_next_one() -> None:
    assert Calendar(NEW_YEAR).hour_starts(2 * HOUR).t_s.tolist() == [0, HOUR]
    assert Calendar(NEW_YEAR).hour_starts(2 * HOUR + 1).t_s.tolist() == [0, HOUR, 2 * HOUR]


def test_half_an_hour_of_daylight_saving_begins_an_entry_of_its_own() -> None:
    start = datetime.fromisoformat("2025-10-05T00:00:00+10:30")  # Lord Howe goes from 02:00 to 02:30
    table = Calendar(start, "Australia/Lord_Howe").hour_starts(4 * HOUR)
    assert table.t_s.tolist() == [0, HOUR, 2 * HOUR, 2.5 * HOUR, 3.5 * HOUR]
    assert table.hour.tolist() == [0, 1, 2, 3, 4]


@settings(deadline=None)  # pandas warms up in the first example
@given(
    start=st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    days=st.floats(0.001, 400),
    zone=st.sampled_from(ZONES),
)
def test_the_hour_table_agrees_with_pandas(start: datetime, days: float, zone: str) -> None:
    calendar = Calendar(start.replace(microsecond=0), zone)
    table = calendar.hour_starts(days * 24 * HOUR)
    local = calendar.index(table.t_s)
    assert table.t_s[0] == 0.0
    assert (np.diff(table.t_s) > 0).all()
    assert np.diff(table.t_s, append=days * 24 * HOUR).max() <= 1.5 * HOUR  # 1 h 30 min where half repeats
    assert (table.month == local.month).all()
    assert (table.weekday == local.day_of_week).all()
    assert (table.hour == local.hour).all()


@pytest.mark.parametrize("horizon_s", [0.0, -1.0, float("inf"), float("nan")])
def test_a_table_needs_a_finite_horizon(horizon_s: float) -> None:
    with pytest.raises(ValueError, match="allowed: finite and above 0 s"):
        Calendar(NEW_YEAR).hour_starts(horizon_s)


def test_a_year_of_hours_is_made_at_once() -> None:
    calendar = Calendar(NEW_YEAR)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        calendar.hour_starts(8760 * HOUR)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.015


def test_the_index_is_local_and_knows_its_timezone() -> None:
    index = Calendar(NEW_YEAR).index([0, 90, 182 * 24 * HOUR])
    assert [stamp.isoformat() for stamp in index] == [
        "2025-01-01T00:00:00-05:00",
        "2025-01-01T00:01:30-05:00",
        "2025-07-02T01:00:00-04:00",
    ]
    assert str(index.tz) == "America/New_York"
    assert isinstance(Calendar(NEW_YEAR).index([]), pd.DatetimeIndex)


def test_a_calendar_is_frozen_and_pickles() -> None:
    calendar = Calendar(NEW_YEAR)
    assert pickle.loads(pickle.dumps(calendar)) == calendar  # noqa: S301 - our own bytes
    with pytest.raises(AttributeError):
        calendar.timezone = "UTC"  # type: ignore[misc] - it is frozen


def test_a_horizon_on_a_jump_of_the_clock_does_not_begin_the_hour_after_it() -> None:
    start = datetime.fromisoformat("2025-03-09T00:00:00-05:00")
    assert Calendar(start).hour_starts(2 * HOUR).t_s.tolist() == [0, HOUR]


def test_the_same_month_of_another_year_is_another_month() -> None:
    months = Calendar(NEW_YEAR).months([0, 31 * 24 * HOUR, 365 * 24 * HOUR])
    assert np.diff(months).tolist() == [1, 11]


@pytest.mark.parametrize(
    ("start", "zone", "days", "edges_d"),
    [
        ("2025-01-01T00:00:00+00:00", "UTC", 59.0, [0, 31, 59]),
        ("2025-01-01T00:00:00+00:00", "UTC", 60.0, [0, 31, 59, 60]),
        ("2024-02-01T00:00:00+00:00", "UTC", 31.0, [0, 29, 31]),  # a leap year
        ("2100-02-01T00:00:00+00:00", "UTC", 31.0, [0, 28, 31]),  # no leap year
        ("2024-12-31T12:00:00+00:00", "UTC", 1.0, [0, 0.5, 1]),  # a new year
        ("2025-01-15T00:00:00+00:00", "UTC", 3.0, [0, 3]),  # within a month
        ("2025-01-01T00:00:00+00:00", "UTC", 1e-6, [0, 1e-6]),
        # New York: March has an hour less, November one more
        ("2025-03-01T00:00:00-05:00", "America/New_York", 40.0, [0, 31 - 1 / 24, 40]),
        ("2025-11-01T00:00:00-04:00", "America/New_York", 40.0, [0, 30 + 1 / 24, 40]),
        # the last evening of January in New York is February in Greenwich, and the other way round in Tokyo
        ("2025-02-01T03:00:00+00:00", "America/New_York", 1.0, [0, 2 / 24, 1]),
        ("2025-01-31T16:00:00+00:00", "Asia/Tokyo", 1.0, [0, 1]),
        # in Asuncion the clock jumped from midnight of the first to one o'clock
        ("2017-09-30T12:00:00-04:00", "America/Asuncion", 1.0, [0, 0.5, 1]),
    ],
)
def test_months_begin_at_local_midnight_of_the_first(
    start: str, zone: str, days: float, edges_d: list[float]
) -> None:
    edges_s = Calendar(datetime.fromisoformat(start), zone).month_edges(days * 24 * HOUR)
    assert edges_s == pytest.approx(np.array(edges_d) * 24 * HOUR, rel=1e-12)
    assert (edges_s[0], edges_s[-1]) == (0.0, days * 24 * HOUR)


@given(
    st.integers(157766400, 2840140800).map(lambda since_s: datetime.fromtimestamp(since_s, UTC)),
    st.floats(0.001, 900.0),
    st.sampled_from([*ZONES, "America/Asuncion", "America/Havana"]),
)
def test_a_month_begins_where_the_local_date_is_of_another_month(
    start: datetime, days: float, zone: str
) -> None:
    calendar = Calendar(start, zone)
    edges_s = calendar.month_edges(days * 24 * HOUR)
    assert (np.diff(edges_s) > 0.0).all()
    inside = edges_s[1:-1]
    assert (calendar.months(inside) - calendar.months(inside - 1.0) == 1).all()
    last_s = np.maximum(edges_s[1:] - 1.0, edges_s[:-1])
    assert (calendar.months(last_s) == calendar.months(edges_s[:-1])).all()  # none is left out
    assert all(calendar.at(float(t_s)).day == 1 for t_s in inside)


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("new york", "; nearest: America/New_York"),
        ("Berlin", "; nearest: Europe/Berlin"),
        ("america/chicago", "; nearest: America/Chicago"),
        ("Mars", "; for example UTC, America/New_York, Europe/Berlin, Asia/Tokyo"),
    ],
)
def test_an_unknown_timezone_is_refused_with_the_nearest_one_in_any_case(name: str, offered: str) -> None:
    with pytest.raises(ValueError, match="is unknown") as caught:
        Calendar(NEW_YEAR, name)
    found = str(caught.value)
    assert found.startswith(f"calendar: timezone = {name!r} is unknown{offered}")
