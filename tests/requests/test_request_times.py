"""Request times: elapsed seconds of the requests of a log, and the signs of a wrong unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.requests.request_columns import RequestColumns
from sim.requests.request_times import times_s
from sim.timeseries.series import Array


def times(cells: Iterable[Any], unit: str, **columns: Any) -> Array:
    texts = [str(cell) for cell in cells]
    column = pd.Series(texts, index=range(2, len(texts) + 2), name="log.csv: t", dtype="str")
    mapping = RequestColumns(time="t", prompt_tokens="p", output_tokens="o", time_unit=unit, **columns)
    return times_s(column, mapping)


def refusal(cells: Iterable[Any], unit: str) -> str:
    with pytest.raises(ValueError, match=r"log\.csv: t: ") as caught:
        times(cells, unit)
    return str(caught.value).removeprefix("log.csv: t: ")


@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=50), st.integers(0, 1000))
def test_times_count_from_the_first_request(counts: list[int], offset: int) -> None:
    counts.sort()
    found = times([count + offset for count in counts], "s")
    assert found.tolist() == [float(count - counts[0]) for count in counts]
    assert times(counts, "ms").tolist() == pytest.approx(found / 1000.0)


def test_times_keep_their_digits_after_1970() -> None:
    # 0.7 microseconds; a double holds seconds after 1970 to 0.24 microseconds
    found = times(["2023-11-16 18:15:46.6805900", "2023-11-16 18:15:46.6805907"], "timestamp")
    assert found.tolist() == [0.0, pytest.approx(7e-7, abs=1e-12)]
    # milliseconds after 1970 are whole numbers, whose differences are exact
    assert times(["1700158546680", "1700158546681"], "ms").tolist() == [0.0, 0.001]


def test_seconds_after_1970_are_allowed() -> None:
    assert times(["1700158546.25", "1700158547.5"], "s").tolist() == [0.0, 1.25]


def test_milliseconds_read_as_seconds_are_noticed_by_their_rate() -> None:
    counts = [3000 * number for number in range(101)]
    # 100 gaps of 3,000 s are 3e5 s
    assert refusal(counts, "s") == (
        "with time_unit = 's' the log lasts 3e+05 s with 0.000333 requests a second; "
        "with 'ms' it lasts 300 s with 0.333 requests a second: set time_unit = 'ms'; "
        "if seconds are meant, write them with decimals"
    )
    assert times(counts, "ms")[-1] == 300.0
    assert times(map(float, counts), "s")[-1] == 300_000.0  # written as 3000.0
    assert len(times(counts[:99], "s")) == 99  # too few to tell
    assert times([100 * count for count in counts], "s")[-1] == 3e7  # in ms as rare: 0.003 a second


def test_seconds_read_as_milliseconds_are_noticed_by_their_rate() -> None:
    counts = [number // 1000 for number in range(2001)]
    # 2,000 gaps in 2 ms are 1e6 a second
    assert refusal(counts, "ms") == (
        "with time_unit = 'ms' the log lasts 0.002 s with 1e+06 requests a second; "
        "with 's' it lasts 2 s with 1e+03 requests a second: set time_unit = 's'"
    )
    assert times(counts, "s")[-1] == 2.0


def test_milliseconds_that_begin_after_1970_or_late_are_told_apart() -> None:
    assert times([999_999_999, 1_000_000_001], "ms").tolist() == [0.0, 0.002]
    assert refusal([1_000_000_000], "ms") == (
        "row 2 = '1000000000' looks like s since 1970 (2001-09-09): set time_unit = 's'"
    )
    assert times([100_000_000_000], "ms").tolist() == [0.0]


@pytest.mark.parametrize("unit", ["s", "ms"])
def test_times_in_smaller_units_are_told(unit: str) -> None:
    assert refusal([1_700_158_546_680_000], unit) == (
        "row 2 = '1700158546680000' looks like us since 1970 (2023-11-16): convert them to s or ms"
    )
    assert refusal([1_700_158_546_680_000_000], unit) == (
        "row 2 = '1700158546680000000' looks like ns since 1970 (2023-11-16): convert them to s or ms"
    )
    assert refusal(["9e99"], unit) == "row 2 = '9e99' looks like ns since 1970: convert them to s or ms"
