"""The start date: drawn once between its earliest and latest date."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from builders import told

from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.instant import INSTANT
from sim.timeseries.start_date import Beginning, StartDate, beginning_s

CLOCK = Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC")
DAY = 86400.0
SKIPPED = "2025-03-30T02:30"
"""A time that the clock of Berlin does not show."""


class Plan(Spec):
    """A spec with a beginning."""

    begins: Beginning


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


@pytest.mark.parametrize(
    "given", [4.0, "2025-01-05", {"earliest": 4.0, "likely": "2025-01-05", "latest": "2025-01-05T00:00Z"}]
)
def test_a_beginning_is_days_or_a_date_or_an_uncertain_one(given: Any) -> None:
    plan = Plan(begins=given)
    assert beginning_s(plan.begins, CLOCK, np.random.default_rng(0)) == 4 * DAY
    assert Plan(**plan.to_dict()) == plan


def test_a_wrong_beginning_is_one_message() -> None:
    assert told(lambda: Plan(begins="")) == (
        f"Plan: begins = ''; allowed: {INSTANT}, or a table of earliest, likely and latest"
    )
    assert told(lambda: Plan(begins={"earliest": 1.0, "likely": 2.0})) == "begins: latest is missing"


def test_a_beginning_that_the_clock_does_not_show_is_refused() -> None:
    clock, rng = Calendar(datetime(2025, 1, 1, tzinfo=UTC), "Europe/Berlin"), np.random.default_rng(0)
    said = "= 2025-03-30T02:30:00 does not exist in Europe/Berlin; add a UTC offset"
    assert told(lambda: beginning_s(Plan(begins=SKIPPED).begins, clock, rng)).endswith(said)
    uncertain = Plan(begins={"earliest": 1.0, "likely": SKIPPED, "latest": "2025-04-01"})
    assert told(lambda: beginning_s(uncertain.begins, clock, rng)) == f"StartDate: likely {said}"
