"""An instant is a date, a local time or days after the start, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from sim import SpecError
from sim.timeseries.calendar import Calendar
from sim.timeseries.instant import INSTANT, as_instant, elapsed_s

DAY = 86400.0
NEW_YORK = Calendar(datetime(2025, 1, 1, 5, tzinfo=UTC), "America/New_York")  # local midnight


@pytest.mark.parametrize(
    ("given", "days"),
    [
        (10, 10.0),
        (-2.5, -2.5),
        ("2025-01-11", 10.0),
        (date(2025, 1, 11), 10.0),
        ("2025-01-11T06:00", 10.25),
        (datetime(2025, 1, 11, 6), 10.25),  # noqa: DTZ001 - a local time
        ("2025-01-11T06:00:00+00:00", 10.0 + 1 / 24),  # 01:00 in New York
        ("2025-01-11T05:00:00Z", 10.0),
        (datetime(2025, 1, 11, 7, tzinfo=timezone(timedelta(hours=2))), 10.0),
        ("2025-07-01", 181.0 - 1 / 24),  # 181 days, less the hour that the clock was put forward
        ("2024-12-31", -1.0),
    ],
)
def test_an_instant_is_elapsed_time(given: Any, days: float) -> None:
    assert elapsed_s(as_instant(given), NEW_YORK) == pytest.approx(days * DAY, abs=1e-6)


@pytest.mark.parametrize(
    "given",
    [
        "soon",
        "12",
        "",
        True,
        None,
        float("nan"),
        float("inf"),
        36_501.0,
        "1899-12-31",
        date(2200, 1, 1),
        [1.0],
    ],
)
def test_what_is_no_instant_is_refused_with_what_one_is(given: Any) -> None:
    with pytest.raises(SpecError) as refused:
        as_instant(given)
    assert str(refused.value).endswith(f"; allowed: {INSTANT}")


@pytest.mark.parametrize(
    ("local", "trouble"),
    [("2025-03-09T02:30", "does not exist"), ("2025-11-02T01:30", "is ambiguous")],
)
def test_a_local_time_that_is_skipped_or_repeated_needs_its_offset(local: str, trouble: str) -> None:
    with pytest.raises(ValueError, match=f"= {local}:00 {trouble} in America/New_York; add a UTC offset"):
        elapsed_s(as_instant(local), NEW_YORK)
    assert elapsed_s(as_instant(f"{local}-05:00"), NEW_YORK) > 0.0


def test_a_date_without_a_midnight_begins_at_its_first_instant() -> None:
    beirut = Calendar(
        datetime(2025, 3, 29, 22, tzinfo=UTC), "Asia/Beirut"
    )  # the clock goes from 0:00 to 1:00
    assert elapsed_s(as_instant("2025-03-30"), beirut) == 0.0
