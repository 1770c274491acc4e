"""The recorded year: rows sorted into one year, told by its calendar year, and laid onto other years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from recorded_years import stamps

from sim.timeseries.recorded_year import recorded_year, shown

HOURS = np.arange(8760.0)


def laid(start: str, count: int) -> np.ndarray:
    """Hours of a recorded year that has the hour of the year as its value."""
    year, _ = recorded_year(stamps(2023, "UTC"), HOURS)
    return year.rows(np.datetime64(start, "us") + np.arange(count) * np.timedelta64(1, "h"))


def test_a_row_is_used_at_the_same_month_day_and_hour_of_any_year() -> None:
    assert list(laid("2031-01-01T00:00", 3)) == [0.0, 1.0, 2.0]
    assert list(laid("2031-03-01T05:00", 1)) == [(31 + 28) * 24 + 5.0]


def test_29_february_is_that_of_the_28th() -> None:
    feb_28 = (31 + 27) * 24.0
    assert list(laid("2028-02-28T00:00", 72)) == [
        *(feb_28 + HOURS[:24]), *(feb_28 + HOURS[:24]), *(feb_28 + HOURS[24:48])
    ]  # fmt: skip


def test_a_recorded_leap_day_is_left_out() -> None:
    times = stamps(2024, "UTC")
    year, hour = recorded_year(times, np.asarray(times.day, dtype=np.float64))
    assert len(year.values) == len(hour) == 8760
    assert not (year.values[(31 + 28) * 24 :][:24] == 29.0).any()


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (stamps(2019), "2019"),
        (stamps(2019) + pd.Timedelta(hours=5), "2019-2020"),
        (stamps(2019)[:4000].append(stamps(2007)[4000:]), ""),  # as in a typical year
    ],
)
def test_a_year_says_where_it_is_from(times: pd.DatetimeIndex, said: str) -> None:
    assert recorded_year(times, HOURS)[0].said == said


def test_stamps_of_the_ends_of_intervals_are_told_and_placed_by_their_begin() -> None:
    year, hour = recorded_year(stamps(2019) + pd.Timedelta(hours=1), HOURS, hours_early=1)
    assert year.said == "2019"
    assert list(hour) == list(year.values) == list(HOURS)


def test_an_incomplete_year_is_refused() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are compared
        recorded_year(stamps(2019)[:-2], HOURS[:-2])
    assert str(caught.value) == (
        "is incomplete: 2 missing, the first at 31 December 22:00; "
        "allowed: each of the 8760 intervals of one year exactly once"
    )
    assert shown(8758.0) == "31 December 22:00"
