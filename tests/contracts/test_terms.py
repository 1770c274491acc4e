"""The terms: when an agreement holds, and how its price rises."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites import site

from sim.contracts.terms import anniversary_s, escalated, spans
from sim.timeseries.calendar import Calendar

DAY = 86400.0


@pytest.mark.parametrize(
    ("begin_d", "end_d", "on_d"),
    [(0.0, 3.0, 3.0), (-5.0, 9.0, 3.0), (1.0, 2.0, 1.0), (-5.0, 0.5, 0.5), (2.5, 9.0, 0.5)],
)
def test_it_holds_between_two_instants(begin_d: float, end_d: float, on_d: float) -> None:
    made = spans(site(72.0), begin_d * DAY, end_d * DAY)
    assert made.integral(0.0, 3 * DAY) == pytest.approx(on_d * DAY)
    assert set(made.values.tolist()) <= {0.0, 1.0}


@pytest.mark.parametrize(
    ("begin_d", "end_d"), [(3.0, 9.0), (-5.0, 0.0), (-5.0, -1.0), (2.0, 2.0), (2.0, 1.0)]
)
def test_one_that_is_over_or_has_not_begun_never_holds(begin_d: float, end_d: float) -> None:
    made = spans(site(72.0), begin_d * DAY, end_d * DAY)
    assert made.integral(0.0, 3 * DAY) == 0.0


def test_the_anniversary_of_29_february_is_1_march_even_in_a_leap_year() -> None:
    clock = Calendar(datetime(2024, 1, 1, tzinfo=UTC), "UTC")
    begin = datetime(2024, 2, 29, 6, tzinfo=UTC)
    for years in (1, 2, 3, 4):
        expected = datetime(2024 + years, 3, 1, 6, tzinfo=UTC) - clock.start
        assert anniversary_s(clock, begin, years) == expected.total_seconds()


def test_an_anniversary_has_the_hour_of_the_local_clock() -> None:
    """One of midsummer midnight is an hour earlier by the sun than one in winter."""
    berlin = ZoneInfo("Europe/Berlin")
    clock = Calendar(datetime(2025, 1, 1, tzinfo=berlin), "Europe/Berlin")
    begin = datetime(2025, 7, 1, tzinfo=berlin)
    expected = datetime(2026, 6, 30, 22, tzinfo=UTC) - clock.start
    assert anniversary_s(clock, begin, 1) == expected.total_seconds()


def test_the_factor_of_a_price_rises_year_by_year() -> None:
    made = escalated(site(24.0 * 730), -400 * DAY, 0.1)
    # begun on 28 November 2023: the second year at the start, the third from 28 November 2025
    assert made.values.tolist() == pytest.approx([1.1, 1.21, 1.331])
    assert made.times_s.tolist() == [0.0, (730 - 399) * DAY - 0.0 * DAY, (730 - 34) * DAY]


@given(st.floats(-40_000.0, 1000.0), st.floats(0.1, 4000.0), st.floats(-0.5, 0.5))
def test_the_factor_is_one_until_the_first_anniversary(begin_d: float, days: float, rise: float) -> None:
    made = escalated(site(24.0 * days), begin_d * DAY, rise)
    years = int(max(-begin_d, 0.0) // 366)
    least, most = sorted([(1 + rise) ** years, (1 + rise) ** (years + 1 + years // 300)])
    assert least * (1 - 1e-9) <= made.value_at(0.0) <= most * (1 + 1e-9)
    assert made.times_s[0] == 0.0
    if begin_d >= 0.0:
        assert made.value_at(0.0) == 1.0
