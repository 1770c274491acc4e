"""The ratchet: a share of the peaks of earlier months, by hand and as in a published year."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from builders import told
from hypothesis import given
from hypothesis import strategies as st

from sim.contracts.ratchet import Ratchet

PEAKS = (200.0, 100.0, 100.0, 400.0, 100.0, 500.0, *[100.0] * 5, 300.0)
"""Highest demand of each month of a load of 100 with a peak in January, April, June and December."""
SAME_YEAR = {f"2024-{month:02d}": peak for month, peak in enumerate(PEAKS, start=1)}
"""The same peaks in the year before, as if the year repeated itself."""


def months(count: int, year: int = 2025, month: int = 1) -> list[datetime]:
    """The beginnings of so many months."""
    first = year * 12 + month - 1
    return [datetime(at // 12, at % 12 + 1, 1, tzinfo=UTC) for at in range(first, first + count)]


def billed(ratchet: Ratchet, measured: tuple[float, ...] = PEAKS, month: int = 1) -> list[float]:
    """Billed demand of the months from one of 2025 on."""
    found: list[float] = ratchet.billed_mw(months(len(measured), month=month), np.array(measured)).tolist()
    return found


def test_a_month_is_billed_a_share_of_the_highest_month_before_it() -> None:
    # 0.8 x 50 = 40 until the peak of 60; then 48
    assert billed(Ratchet(share_pu=0.8), (50.0, 10.0, 60.0, 20.0)) == [50.0, 40.0, 60.0, 48.0]


def test_without_peaks_before_the_first_month_has_no_floor() -> None:
    assert billed(Ratchet(share_pu=1.0), (10.0,)) == [10.0]


def test_only_the_last_months_count() -> None:
    # 0.5 x 100 for two months, then nothing is left of it
    assert billed(Ratchet(share_pu=0.5, last_months=2), (100.0, 1.0, 1.0, 1.0)) == [
        100.0,
        50.0,
        50.0,
        1.0,
    ]


def test_by_default_a_peak_counts_for_eleven_months() -> None:
    found = billed(Ratchet(share_pu=0.5), (100.0, *[1.0] * 12))
    assert found == [100.0, *[50.0] * 11, 1.0]


def test_only_some_months_count() -> None:
    # the peak of July counts, that of January does not
    measured = (90.0, 10.0, 10.0, 10.0, 10.0, 10.0, 60.0, 10.0)
    assert billed(Ratchet(share_pu=0.5, months=(6, 7, 8)), measured) == [*measured[:-1], 30.0]


def test_the_floor_is_of_what_was_measured_and_not_of_what_was_billed() -> None:
    # 100, then at least 90; were it of the billed demand, it would be 81 in the third month
    assert billed(Ratchet(share_pu=0.9, last_months=1), (100.0, 10.0, 10.0)) == [100.0, 90.0, 10.0]


def test_peaks_before_the_run_count_by_their_month() -> None:
    ratchet = Ratchet(share_pu=0.5, last_months=3, peaks_before_mw={"2024-12": 40.0, "2024-11": 80.0})
    # January and February are within three months of November, March is within three of December
    assert billed(ratchet, (10.0, 10.0, 10.0, 10.0)) == [40.0, 40.0, 20.0, 10.0]


def test_a_peak_that_is_too_old_or_within_the_run_does_not_count() -> None:
    ratchet = Ratchet(share_pu=1.0, peaks_before_mw={"2024-01": 80.0, "2025-02": 90.0, "2023-12": 95.0})
    assert billed(ratchet, (10.0, 10.0, 10.0)) == [10.0, 10.0, 10.0]


def test_a_run_may_begin_in_any_month_and_pass_the_turn_of_the_year() -> None:
    found = billed(Ratchet(share_pu=0.5, months=(12,)), (20.0, 80.0, 10.0, 10.0), month=11)
    assert found == [20.0, 80.0, 40.0, 40.0]


def test_a_year_with_the_peaks_of_january_april_and_december_is_billed_as_published() -> None:
    """The case of REopt (its tests of lookback demand charges): the year before is like the year."""
    ratchet = Ratchet(share_pu=0.75, months=(1, 4, 12), peaks_before_mw=SAME_YEAR)
    # 0.75 x 400 of April, the year before or the same; the peak of June does not count
    assert billed(ratchet) == [300.0, 300.0, 300.0, 400.0, 300.0, 500.0, *[300.0] * 6]


def test_a_year_with_the_peaks_of_six_months_is_billed_as_published() -> None:
    """The other case of REopt: January to March have 0.75 x 300 of the December before."""
    ratchet = Ratchet(share_pu=0.75, last_months=6, peaks_before_mw=SAME_YEAR)
    assert billed(ratchet) == [225.0, 225.0, 225.0, 400.0, 300.0, 500.0, *[375.0] * 6]


def test_the_measured_peaks_are_left_as_they_are() -> None:
    measured = np.array([50.0, 10.0])
    Ratchet(share_pu=0.8).billed_mw(months(2), measured)
    assert measured.tolist() == [50.0, 10.0]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"share_pu": 1.5},
            "Ratchet: share_pu = 1.5 pu; allowed: a finite number at least 0 and at most 1 pu",
        ),
        ({"last_months": 12}, "Ratchet: last_months = 12; allowed: a whole number at least 1 and at most 11"),
        ({"months": [13]}, "Ratchet: months[0] = 13; allowed: a whole number at least 1 and at most 12"),
        (
            {"peaks_before_mw": {"2024-13": 1.0}},
            (
                "Ratchet: peaks_before_mw = {'2024-13': 1.0}; allowed: a year and a month for each peak, "
                'such as "2024-08"'
            ),
        ),
        (
            {"peaks_before_mw": {"2024-08": -1.0}},
            "peaks_before_mw: 2024-08 = -1.0 MW; allowed: a finite number at least 0 and at most 1e+06 MW",
        ),
    ],
)
def test_what_a_ratchet_cannot_be_is_refused(fields: dict[str, object], message: str) -> None:
    assert told(lambda: Ratchet(**{"share_pu": 0.5, **fields})) == message


@given(
    st.lists(st.floats(0.0, 500.0), min_size=1, max_size=30),
    st.floats(0.0, 1.0),
    st.integers(1, 11),
    st.one_of(st.none(), st.lists(st.integers(1, 12), min_size=1, max_size=4)),
)
def test_billed_demand_is_at_least_the_measured_one_and_no_more_than_the_highest(
    measured: list[float], share_pu: float, last_months: int, some: list[int] | None
) -> None:
    ratchet = Ratchet(
        share_pu=share_pu, last_months=last_months, months=None if some is None else tuple(some)
    )
    found = ratchet.billed_mw(months(len(measured)), np.array(measured))
    assert (found >= np.array(measured)).all()
    assert (found <= max(measured)).all()
