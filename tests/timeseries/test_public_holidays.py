"""Public holidays: days of a country or a part of it, in lieu days, and codes that are refused."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from builders import told

from sim.spec import Spec
from sim.timeseries.public_holidays import Country, are_holidays


class Shop(Spec):
    """A spec with a country."""

    closed_in: Country | None = None
    """Country whose holidays it keeps."""


def off(country: str, *days: str) -> list[bool]:
    """Which dates are holidays."""
    counted = [date.fromisoformat(day).toordinal() - date(1970, 1, 1).toordinal() for day in days]
    found: list[bool] = are_holidays(np.array(counted, dtype=np.int64), country).tolist()
    return found


def test_a_holiday_is_off_and_the_days_around_it_are_not() -> None:
    assert off("US", "2025-07-03", "2025-07-04", "2025-07-05") == [False, True, False]
    assert off("DE", "2025-10-02", "2025-10-03", "2025-10-04") == [False, True, False]


def test_holidays_that_move_are_found_in_each_year() -> None:
    # the fourth Thursday of November
    assert off("US", "2023-11-23", "2024-11-28", "2025-11-27", "2025-11-28") == [True, True, True, False]


def test_the_day_in_lieu_of_a_holiday_at_a_weekend_is_off() -> None:
    # 4 July 2021 was a Sunday and 25 December 2021 a Saturday
    assert off("US", "2021-07-04", "2021-07-05", "2021-12-24") == [True, True, True]


def test_the_day_in_lieu_of_new_year_may_be_in_the_year_before() -> None:
    # 1 January 2022 and 2028 are Saturdays; no day of the new year is asked for
    assert off("US", "2021-12-31") == [True]
    assert off("US", "2027-12-31") == [True]
    assert off("US", "2025-12-31") == [False]


def test_days_before_1970_have_holidays_too() -> None:
    assert off("US", "1969-12-25", "1969-12-26") == [True, False]


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    # Cesar Chavez Day in California, Corpus Christi in Bavaria
    assert (off("US", "2025-03-31"), off("US-CA", "2025-03-31")) == ([False], [True])
    assert (off("DE", "2025-06-19"), off("DE-BY", "2025-06-19")) == ([False], [True])


def test_the_same_days_are_asked_for_in_any_order_and_often() -> None:
    assert off("US", "2025-12-25", "2024-12-24", "2025-12-25") == [True, False, True]
    assert off("US") == []


@pytest.mark.parametrize("code", ["US", "US-CA", "DE", "DE-BY", "JP", "GB-ENG", None])
def test_codes_of_countries_and_of_their_parts_are_allowed(code: str | None) -> None:
    assert Shop(closed_in=code).closed_in == code


@pytest.mark.parametrize(
    ("code", "nearest"),
    [
        ("USA", "; nearest: US, UA, SA"),
        ("us", "; nearest: US, US-WY, US-WV"),
        ("Atlantis", "; nearest: AU-TAS"),
        ("", ""),
        ("@", ""),
    ],
)
def test_another_code_is_refused_with_the_nearest_ones(code: str, nearest: str) -> None:
    assert told(lambda: Shop(closed_in=code)) == (
        f"Shop: closed_in = {code!r}; allowed: the code of a country, such as US or US-CA{nearest}"
    )
