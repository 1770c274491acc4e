"""The start date: drawn once between its earliest and latest date."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from builders import told

from sim.timeseries.calendar import Calendar
from sim.timeseries.start_date import StartDate

CLOCK = Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC")
DAY = 86400.0


def test_its_mean_is_that_of_the_triangle() -> None:
    date = StartDate(earliest="2025-01-11", likely="2025-01-21", latest="2025-02-20")
    rng = np.random.default_rng(1)
    drawn_d = np.array([date.drawn_s(CLOCK, rng) for _ in range(4000)]) / DAY
    assert (drawn_d >= 10.0).all()
    assert (drawn_d <= 50.0).all()
    # the mean is (10 + 20 + 50) / 3, the deviation about 8.5, so that of the mean of 4000 is 0.13
    assert drawn_d.mean() == pytest.approx(80 / 3, abs=0.6)


def test_three_equal_dates_are_certain() -> None:
    date = StartDate(earliest=5.0, likely=5.0, latest="2025-01-06")
    assert date.drawn_s(CLOCK, np.random.default_rng(0)) == 5 * DAY


def test_dates_in_the_wrong_order_are_refused() -> None:
    date = StartDate(earliest=5.0, likely="2025-03-01", latest=20.0)
    assert told(lambda: date.drawn_s(CLOCK, np.random.default_rng(0))).endswith(
        "likely = 2025-03-01T00:00:00; allowed: between 5 d and 20 d"
    )
