"""The fixed charge: days, months and years of the local calendar, in whole and in part."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from meters import HOUR, meter, rows

from sim.books.metered import Metered
from sim.contracts.fixed_charge import FixedCharge, counted

DAY_H = 24
NEW_YORK = "America/New_York"
MIDNIGHTS = {1: "2025-01-01T00:00:00-05:00", 3: "2025-03-01T00:00:00-05:00", 11: "2025-11-01T00:00:00-04:00"}
"""Local beginnings of months in New York."""


def idle(hours: int, start: str, timezone: str = "UTC") -> Metered:
    """A meter without power."""
    return meter([0.0] * hours, step_s=HOUR, start=start, timezone=timezone)


def test_a_partial_month_is_charged_for_the_days_and_the_share_that_the_run_covers() -> None:
    # from 16 January for 20 days: 16 of 31 days, and 4 of 28 days
    metered = idle(20 * DAY_H, "2025-01-16T00:00:00+00:00")
    assert counted(metered, "day") == pytest.approx([16.0, 4.0])
    assert counted(metered, "month") == pytest.approx([16 / 31, 4 / 28])
    assert counted(metered, "year") == pytest.approx([16 / 365, 4 / 365])


def test_the_line_has_the_amount_as_its_rate() -> None:
    metered = idle(20 * DAY_H, "2025-01-16T00:00:00+00:00")
    assert rows(FixedCharge(10.0, "day", "meter").lines(metered)) == [
        ("meter", "", [16.0, 4.0], 10.0, [160.0, 40.0])
    ]
    (line,) = FixedCharge(310.0).lines(metered)
    assert (line.name, line.unit) == ("fixed charge", "month")
    assert line.usd == pytest.approx([160.0, 310.0 * 4 / 28])


@pytest.mark.parametrize(("month", "days", "hours"), [(1, 31, 744), (3, 31, 743), (11, 30, 721)])
def test_a_month_with_a_change_of_the_clock_has_its_days_like_any_other(
    month: int, days: int, hours: int
) -> None:
    """In New York the clock is put forward on 9 March and back on 2 November 2025."""
    metered = idle(hours, MIDNIGHTS[month], NEW_YORK)
    assert counted(metered, "day").tolist() == [days]
    assert counted(metered, "month").tolist() == [1.0]
    assert counted(metered, "year") == pytest.approx([hours / 8760])


def test_a_day_of_23_hours_is_a_day_and_half_of_it_is_half_a_day() -> None:
    assert counted(idle(23, "2025-03-09T00:00:00-05:00", NEW_YORK), "day") == pytest.approx([1.0])
    assert counted(idle(25, "2025-11-02T00:00:00-04:00", NEW_YORK), "day") == pytest.approx([1.0])
    assert counted(idle(5, "2025-11-02T00:00:00-04:00", NEW_YORK), "day") == pytest.approx([5 / 25])


@pytest.mark.parametrize(("year", "hours"), [(2024, 8784), (2025, 8760)])
def test_a_leap_year_is_a_year(year: int, hours: int) -> None:
    metered = idle(hours, f"{year}-01-01T00:00:00+00:00")
    assert counted(metered, "year").sum() == pytest.approx(1.0)
    assert counted(metered, "month").tolist() == [1.0] * 12
    assert counted(metered, "day").tolist()[1] == (29.0 if year == 2024 else 28.0)


def test_a_run_within_an_hour_is_charged_for_a_part_of_a_day() -> None:
    metered = meter([0.0, 0.0], start="2025-01-01T12:15:00+00:00")  # half an hour
    assert counted(metered, "day") == pytest.approx([0.5 / 24])
    assert counted(metered, "month") == pytest.approx([0.5 / 744])


@given(
    st.sampled_from(sorted(MIDNIGHTS.values())),
    st.tuples(st.integers(0, 800), st.integers(1, 1500), st.integers(1, 1500)),
    st.sampled_from(["day", "month", "year"]),
    st.sampled_from([NEW_YORK, "UTC", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu"]),
)
def test_two_runs_one_after_the_other_are_charged_like_one(
    start: str,
    hours: tuple[int, int, int],
    every: Literal["day", "month", "year"],
    timezone: str,
) -> None:
    """Also where a day, a change of the clock or an hour that comes twice is cut in two."""

    def total(begin: int, length: int) -> float:
        moment = datetime.fromisoformat(start) + timedelta(hours=begin)
        return float(counted(idle(length, moment.isoformat(), timezone), every).sum())

    first, second, third = hours
    whole = total(first, second + third)
    assert whole == pytest.approx(total(first, second) + total(first + second, third), rel=1e-9)
    assert whole > 0.0
