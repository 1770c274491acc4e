"""Standard time: the winter offset of a place, its hours, and its clock all year round."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.timeseries.calendar import Calendar
from sim.timeseries.standard_time import StandardTime

HOUR = 3600.0
ZONES = [
    "America/New_York",
    "America/Phoenix",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Dublin",
    "UTC",
]


def standard(start: str, timezone: str = "America/New_York") -> StandardTime:
    """The standard time of a run."""
    return StandardTime.of(Calendar(datetime.fromisoformat(start), timezone))


@pytest.mark.parametrize(
    ("timezone", "name"),
    [
        ("America/New_York", "UTC-05:00"),
        ("America/Phoenix", "UTC-07:00"),
        ("Asia/Kathmandu", "UTC+05:45"),
        ("America/St_Johns", "UTC-03:30"),
        ("Australia/Sydney", "UTC+10:00"),
        ("Australia/Lord_Howe", "UTC+10:30"),
        ("Europe/Dublin", "UTC+00:00"),
        ("UTC", "UTC+00:00"),
    ],
)
@pytest.mark.parametrize("start", ["2025-01-15T00:00:00+00:00", "2025-07-15T00:00:00+00:00"])
def test_it_is_the_winter_offset_in_summer_too_north_and_south(start: str, timezone: str, name: str) -> None:
    time = standard(start, timezone)
    assert time.name == name
    assert time.head("begins") == f"begins ({name})"


def test_in_summer_its_clock_is_an_hour_behind() -> None:
    time = standard("2025-07-01T00:00:00-04:00")
    hours = time.hours(np.array([0.0, 1.0, 24.0]) * HOUR)
    assert hours.hour.tolist() == [23, 0, 23]
    assert hours.month.tolist() == [6, 7, 7]
    assert hours.weekday.tolist() == [0, 1, 1]  # Monday 30 June and Tuesday 1 July 2025
    day = datetime(2025, 7, 1, tzinfo=UTC).toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal()
    assert hours.day.tolist() == [day - 1, day, day]


def test_on_the_day_of_the_change_it_has_24_hours_without_a_gap_or_a_repeat() -> None:
    for start in ("2025-03-09T00:00:00-05:00", "2025-11-02T00:00:00-05:00"):
        time = standard(start)
        hours = time.hours(time.hour_starts(24 * HOUR))
        assert hours.hour.tolist() == list(range(24))
        assert set(hours.weekday.tolist()) == {6}


def test_hours_begin_by_its_clock_and_the_first_one_with_the_run() -> None:
    time = standard("2025-07-01T00:20:00-04:00")
    assert time.hour_starts(2 * HOUR).tolist() == [0.0, 2400.0, 6000.0]
    # at half past the hour of UTC, where the offset is half an hour in winter
    india = standard("2025-01-01T00:00:00+00:00", "Asia/Kolkata")
    assert india.hour_starts(1.5 * HOUR).tolist() == [0.0, 1800.0]
    assert india.hours(np.array([0.0, 1800.0])).hour.tolist() == [5, 6]


def test_a_run_that_ends_with_an_hour_does_not_begin_another() -> None:
    assert standard("2025-01-01T00:00:00-05:00").hour_starts(2 * HOUR).tolist() == [0.0, HOUR]


def test_an_instant_that_rounding_put_just_before_the_hour_is_in_the_hour() -> None:
    time = standard("2025-01-01T00:00:00-05:00")
    assert time.hours(np.array([5 * HOUR - 5e-7, 5 * HOUR - 1e-3])).hour.tolist() == [5, 4]


def test_stamps_are_to_the_second_and_missing_ones_stay_missing() -> None:
    stamps = standard("2025-07-01T00:00:00-04:00").stamps(np.array([0.0, 90.0, np.nan]))
    assert [str(stamp) for stamp in stamps] == ["2025-06-30 23:00:00", "2025-06-30 23:01:30", "NaT"]


@given(
    st.sampled_from(ZONES),
    st.integers(315_532_800, 2_114_380_800).map(
        lambda utc_s: datetime.fromtimestamp(utc_s, UTC)
    ),  # 1980 to 2036
    st.integers(1, 100 * 3600),
)
def test_hours_of_the_clock_follow_each_other_whatever_the_zone(
    timezone: str, start: datetime, horizon_s: int
) -> None:
    time = StandardTime.of(Calendar(start, timezone))
    starts_s = time.hour_starts(float(horizon_s))
    hours = time.hours(starts_s)
    assert starts_s[0] == 0.0
    assert (starts_s < horizon_s).all()
    assert (np.diff(starts_s)[1:] == HOUR).all()
    assert (np.diff(hours.hour) % 24 == 1).all()
    local = start + time.offset
    assert (hours.hour[0], hours.month[0], hours.weekday[0]) == (local.hour, local.month, local.weekday())
    assert timedelta(0) <= timedelta(hours=len(starts_s)) - timedelta(seconds=horizon_s) < timedelta(hours=2)
