"""The draw of years: which recorded year each calendar year of a run has."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from sim.timeseries.calendar import Calendar
from sim.timeseries.year_draw import YearDraw, year_starts_s

DAY = 86400.0
NEW_YORK = Calendar(datetime.fromisoformat("2025-12-30T00:00:00-05:00"), "America/New_York")
DRAW = YearDraw(np.array([0.0, 2 * DAY, 367 * DAY]), np.array([1, 0, 1]), ("2019", "2020"), -18000.0)


@pytest.mark.parametrize(
    ("days", "starts_d"),
    # 30 and 31 December, then 365 days of 2026
    [(1.0, [0.0]), (2.0, [0.0]), (2.5, [0.0, 2.0]), (367.0, [0.0, 2.0]), (368.0, [0.0, 2.0, 367.0])],
)
def test_calendar_years_begin_at_new_year_on_the_campus_clock(days: float, starts_d: list[float]) -> None:
    assert list(year_starts_s(NEW_YORK, days * DAY)) == [DAY * start_d for start_d in starts_d]


def test_the_clock_of_the_campus_decides_not_that_of_its_start() -> None:
    in_utc = Calendar(NEW_YORK.start, "UTC")  # starts at 05:00; New Year is 19 + 24 hours later
    assert list(year_starts_s(in_utc, 3 * DAY)) == [0.0, 43 * 3600.0]


def test_each_calendar_year_has_its_recorded_year() -> None:
    assert list(DRAW.at(np.array([-10.0, 0.0, 2 * DAY - 1, 2 * DAY, 400 * DAY]))) == [1, 1, 1, 0, 1]
    assert DRAW.said == ("2020", "2019", "2020")
    assert list(zip(*DRAW.numbers.changes(400 * DAY), strict=True)) == [
        (0.0, 0.0),
        (2 * DAY, 1.0),
        (367 * DAY, 2.0),
    ]
