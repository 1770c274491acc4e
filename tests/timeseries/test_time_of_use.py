"""Time of use: local hours by month and weekday, holidays as Sundays, and what is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest
from builders import told
from hypothesis import given
from hypothesis import strategies as st

from sim.timeseries.calendar import Calendar, HourTable
from sim.timeseries.time_of_use import LocalHours, TimeOfUse, Window, with_sundays

HOUR = 3600.0
DAY = 24 * HOUR
NEW_YEAR = "2025-01-01T00:00:00-05:00"
"""A Wednesday."""
WORKDAYS = (0, 1, 2, 3, 4)


def hours(days: float = 1.0, start: str = NEW_YEAR, timezone: str = "America/New_York") -> HourTable:
    """The local hours of a run."""
    return Calendar(datetime.fromisoformat(start), timezone).hour_starts(days * DAY)


def inside(days: float = 1.0, start: str = NEW_YEAR, **fields: Any) -> list[int]:
    """Numbers of the hours of a run that are among some local hours."""
    found: list[int] = np.flatnonzero(LocalHours(**fields).applies(hours(days, start))).tolist()
    return found


def test_by_default_all_hours_belong() -> None:
    assert inside(2.0) == list(range(48))


def test_hours_are_from_one_to_before_another() -> None:
    assert inside(from_hour=16, to_hour=21) == [16, 17, 18, 19, 20]
    assert inside(from_hour=23) == [23]
    assert inside(to_hour=2) == [0, 1]


def test_hours_may_continue_past_midnight_or_end_with_it() -> None:
    assert inside(from_hour=22, to_hour=2) == [0, 1, 22, 23]
    assert inside(from_hour=22, to_hour=0) == [22, 23]


def test_months_are_those_of_the_local_clock() -> None:
    # from noon on 31 January
    assert inside(1.0, "2025-01-31T12:00:00-05:00", months=(2,)) == list(range(12, 24))
    assert inside(1.0, "2025-01-31T12:00:00-05:00", months=(1, 3)) == list(range(12))
    assert inside(months=()) == []


def test_an_hour_past_midnight_is_of_its_own_weekday() -> None:
    # from Wednesday: 22:00 to 2:00 on Thursdays is 0:00, 1:00, 22:00 and 23:00 of Thursday
    assert inside(3.0, weekdays=(3,), from_hour=22, to_hour=2) == [24, 25, 46, 47]


def test_an_hour_that_the_clock_shows_twice_belongs_twice_and_one_that_it_skips_never() -> None:
    assert inside(25 / 24, "2025-11-02T00:00:00-04:00", from_hour=1, to_hour=2) == [1, 2]
    assert inside(23 / 24, "2025-03-09T00:00:00-05:00", from_hour=2, to_hour=3) == []


def test_without_a_country_days_are_as_they_are() -> None:
    some = hours()
    assert with_sundays(some, None) is some


def test_holidays_count_as_sundays_and_other_days_stay() -> None:
    some = hours(3.0)  # Wednesday, New Year's Day, to Friday
    found = with_sundays(some, "US")
    assert found.weekday.tolist() == [6] * 24 + [3] * 24 + [4] * 24
    assert some.weekday.tolist() == [2] * 24 + [3] * 24 + [4] * 24
    for name in ("t_s", "day", "month", "hour"):
        assert getattr(found, name) is getattr(some, name)


def test_a_holiday_is_a_day_of_the_local_clock() -> None:
    # from 22:00 on Christmas Eve; in UTC it is Christmas already
    found = with_sundays(hours(0.25, "2025-12-24T22:00:00-05:00"), "US")
    assert found.weekday.tolist() == [2, 2, 6, 6, 6, 6]


def tariff(**fields: Any) -> TimeOfUse:
    """40, and 120 on working days from 16:00 to 21:00, if nothing else is given."""
    window = Window(value=120.0, weekdays=WORKDAYS, from_hour=16, to_hour=21)
    return TimeOfUse(**{"base": 40.0, "windows": [window], **fields})


def mean(of: TimeOfUse, start: str = NEW_YEAR) -> float:
    """The mean of a day."""
    series = of.series(Calendar(datetime.fromisoformat(start), "America/New_York"), DAY)
    return series.integral(0.0, DAY) / DAY


def test_windows_of_working_days_leave_out_the_holidays_of_a_country() -> None:
    # 5 of 24 hours at 120 instead of 40
    assert mean(tariff()) == pytest.approx(40.0 + 80.0 * 5 / 24)
    assert mean(tariff(holidays="US")) == pytest.approx(40.0)
    assert mean(tariff(holidays="US"), "2025-01-02T00:00:00-05:00") == pytest.approx(40.0 + 80.0 * 5 / 24)


def test_windows_of_sundays_have_the_holidays_of_a_country() -> None:
    sundays = [Window(value=10.0, weekdays=(6,))]
    assert mean(tariff(windows=sundays)) == 40.0
    assert mean(tariff(windows=sundays, holidays="US")) == 10.0


def test_holidays_of_a_part_of_a_country_are_its_own() -> None:
    chavez = "2025-03-31T00:00:00-04:00"  # a Monday
    assert mean(tariff(holidays="US"), chavez) == pytest.approx(40.0 + 80.0 * 5 / 24)
    assert mean(tariff(holidays="US-CA"), chavez) == 40.0


def test_of_several_windows_the_last_one_applies() -> None:
    windows = [Window(value=1.0, to_hour=12), Window(value=2.0, from_hour=6, to_hour=18)]
    # 0 to 6: 1; 6 to 18: 2; then the base
    assert mean(tariff(windows=windows)) == pytest.approx((6 * 1.0 + 12 * 2.0 + 6 * 40.0) / 24)


def test_its_levels_and_where_they_stand() -> None:
    some = tariff(windows=[Window(value=1.0), Window(value=2.0)])
    assert some.levels() == (40.0, 1.0, 2.0)
    assert [some.place_of(number) for number in range(3)] == ["base", "windows[0]", "windows[1]"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"from_hour": 3, "to_hour": 3},
            "LocalHours: to_hour = 3; allowed: an hour other than from_hour; the whole day is 0 to 24",
        ),
        ({"from_hour": 24}, "LocalHours: from_hour = 24; allowed: a whole number at least 0 and at most 23"),
        ({"to_hour": 25}, "LocalHours: to_hour = 25; allowed: a whole number at least 0 and at most 24"),
        ({"months": [0]}, "LocalHours: months[0] = 0; allowed: a whole number at least 1 and at most 12"),
        ({"weekdays": [7]}, "LocalHours: weekdays[0] = 7; allowed: a whole number at least 0 and at most 6"),
    ],
)
def test_hours_that_no_clock_shows_are_refused(fields: dict[str, Any], message: str) -> None:
    assert told(lambda: LocalHours(**fields)) == message


def test_an_unknown_country_is_refused() -> None:
    message = "TimeOfUse: holidays = 'XX'; allowed: the code of a country, such as US or US-CA; nearest: "
    assert told(lambda: tariff(holidays="XX")).startswith(message)  # which are near depends on the package


@given(st.integers(0, 23), st.integers(0, 24), st.integers(0, 400))
def test_hours_and_the_other_hours_are_the_whole_day(first: int, last: int, day: int) -> None:
    """A window and the one from its end to its begin divide a day, whatever its length."""
    if first == last % 24:
        return
    start = datetime.fromisoformat(NEW_YEAR).timestamp() + day * DAY
    calendar = Calendar(datetime.fromtimestamp(start).astimezone(), "America/New_York")
    some = calendar.hour_starts(3 * DAY)
    one = LocalHours(from_hour=first, to_hour=last).applies(some)
    rest = LocalHours(from_hour=last % 24, to_hour=first or 24).applies(some)
    assert (one ^ rest).all()
