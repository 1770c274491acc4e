"""Moments: dates and times as users write them, and the instants that they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from builders import told
from hypothesis import given
from hypothesis import strategies as st

from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.moment import Moment, moment_s, moment_said

HOUR = 3600.0
NEW_YEAR = Calendar(datetime.fromisoformat("2026-01-01T00:00:00-05:00"), "America/New_York")
NAIVE = datetime(2026, 7, 1, 6)  # noqa: DTZ001 - local time is the point


class Plan(Spec):
    since: Moment


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-07-01T06:00", NAIVE),
        ("2026-07-01 06:00:00", NAIVE),
        (NAIVE, NAIVE),
        ("2026-07-01", datetime(2026, 7, 1)),  # noqa: DTZ001
        (date(2026, 7, 1), datetime(2026, 7, 1)),  # noqa: DTZ001
        ("2026-07-01T06:00Z", datetime(2026, 7, 1, 6, tzinfo=UTC)),
        ("2026-07-01T06:00:30.5-0500", datetime(2026, 7, 1, 11, 0, 30, 500_000, tzinfo=UTC)),
    ],
)
def test_a_moment_is_a_date_a_time_or_a_text(value: Any, moment: datetime) -> None:
    assert Plan(since=value).since == moment


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2026, "2026"),
        (True, "True"),
        (None, "None"),
        ("2026", "'2026'"),
        ("20260701", "'20260701'"),
        ("2026-W27-3", "'2026-W27-3'"),
        ("2026-02-30", "'2026-02-30'"),
        ("next year", "'next year'"),
        ("1899-12-31", "'1899-12-31'"),
        (date(2200, 1, 1), "2200-01-01"),
    ],
)
def test_what_is_no_moment_is_refused_with_an_example(value: Any, shown: str) -> None:
    assert told(lambda: Plan(since=value)) == (
        f"Plan: since = {shown}; allowed: a date or time such as 2026-01-01 or 2026-07-01T06:00, "
        "local unless it has a UTC offset, in a year from 1900 to 2199"
    )


def test_a_moment_without_an_offset_is_on_the_local_clock() -> None:
    assert moment_s(datetime(2026, 1, 2), NEW_YEAR) == 24 * HOUR  # noqa: DTZ001
    # 181 days of January to June, and an hour less since summer time began in March
    assert moment_s(NAIVE, NEW_YEAR) == (181 * 24 - 1 + 6) * HOUR
    assert moment_s(datetime(2026, 1, 2, tzinfo=UTC), NEW_YEAR) == (24 - 5) * HOUR


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-03-08T02:30", "= 2026-03-08T02:30:00 does not exist in America/New_York; add a UTC offset"),
        ("2026-11-01T01:30", "= 2026-11-01T01:30:00 is ambiguous in America/New_York; add a UTC offset"),
    ],
)
def test_a_time_that_the_local_clock_skips_or_repeats_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="add a UTC offset") as caught:
        moment_s(Plan(since=text).since, NEW_YEAR)
    assert str(caught.value) == message


@given(
    moment=st.datetimes(
        datetime(1900, 1, 1),  # noqa: DTZ001
        datetime(2199, 12, 31),  # noqa: DTZ001
        timezones=st.none() | st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours))),
    )
)
def test_a_moment_comes_back_from_what_is_said_of_it(moment: datetime) -> None:
    assert Plan(since=moment_said(moment)).since == moment
