"""The step series: exact integrals, and files read strictly."""

from __future__ import annotations

import gzip
import math
import pickle
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from operator import add, mul, sub
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.timeseries.calendar import Calendar
from sim.timeseries.series import StepSeries, constant

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600.0
CALENDAR = Calendar(datetime.fromisoformat("2025-01-01T00:00:00-05:00"))
HORIZON = 1000.0


@st.composite
def step_series(draw: st.DrawFn) -> StepSeries:
    """A series that covers 0 to HORIZON."""
    inner = draw(st.lists(st.floats(-100, HORIZON - 1).map(lambda t_s: round(t_s, 3)), max_size=20))
    times_s = sorted({-100.0, *inner})
    some = st.floats(-1e4, 1e4, allow_subnormal=False)
    values = draw(st.lists(some, min_size=len(times_s), max_size=len(times_s)))
    return StepSeries(np.array(times_s), np.array(values), draw(st.sampled_from([HORIZON, math.inf])))


def size(series: StepSeries) -> float:
    """The scale of rounding: the integral of the absolute values."""
    magnitude = StepSeries(series.times_s, np.abs(series.values), series.end_s)
    return magnitude.integral(0.0, HORIZON) + 1e-300


def refusal(make: Any) -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the tests compare the whole message
        make()
    return str(caught.value)


# Construction


@pytest.mark.parametrize(
    ("times_s", "values", "message"),
    [
        ([], [], "series: times_s and values are empty; at least one value is needed"),
        ([0, 1], [1], "series: 2 times_s do not match 1 values"),
        ([0, 2, 1], [1, 2, 3], "series: times_s[2] = 1 s is before times_s[1] = 2 s"),
        ([0, 1, 1], [1, 2, 3], "series: times_s[2] = 1 s repeats times_s[1] = 1 s"),
        ([0, 1], [1, math.nan], "series: values[1] = nan is not a finite number"),
        ([0, math.inf], [1, 2], "series: times_s[1] = inf is not a finite number"),
        ([0], ["x"], "series: values must be numbers"),
        ([[0]], [1], "series: times_s must be one-dimensional; it has 2 dimensions"),
    ],
)
def test_a_series_that_means_nothing_is_refused(times_s: Any, values: Any, message: str) -> None:
    assert refusal(lambda: StepSeries(times_s, values)) == message


@pytest.mark.parametrize("end_s", [1.0, 0.5, math.nan])
def test_a_series_ends_after_its_last_time(end_s: float) -> None:
    assert refusal(lambda: StepSeries([0, 1], [1, 2], end_s)) == (
        f"series: end_s = {end_s:g} s; allowed: above 1 s"
    )


def test_a_series_cannot_be_changed_from_outside() -> None:
    given_values = np.array([1.0, 2.0])
    series = StepSeries(np.array([0.0, 1.0]), given_values)
    given_values[0] = 99.0
    assert series.value_at(0.0) == 1.0
    with pytest.raises(ValueError, match="read-only"):
        series.values[0] = 99.0
    with pytest.raises(AttributeError):
        series.end_s = 3.0  # type: ignore[misc] - it is frozen


def test_a_pickled_series_is_the_same_and_still_frozen() -> None:
    back = pickle.loads(pickle.dumps(StepSeries([0, 1], [1, 2], 5)))  # noqa: S301 - our own bytes
    assert (back.times_s.tolist(), back.values.tolist(), back.end_s) == ([0, 1], [1, 2], 5)
    assert not back.values.flags.writeable
    assert repr(back) == "StepSeries(2 values, 0 s to 5 s)"
    assert len(back) == 2


# Values


def test_a_value_holds_from_its_time_until_the_next() -> None:
    series = StepSeries([-5, 0, 10], [1, 2, 3], 20)
    assert [series.value_at(t_s) for t_s in (-5, -0.1, 0, 9.9, 10, 20)] == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("t_s", [-5.1, 20.1, math.nan])
def test_a_value_is_never_guessed(t_s: float) -> None:
    series = StepSeries([-5, 0, 10], [1, 2, 3], 20)
    assert refusal(lambda: series.value_at(t_s)).startswith("series: covers -5 s to 20 s; requested: ")
    assert refusal(lambda: series.values_at([0, t_s])).startswith("series: covers -5 s to 20 s; requested: ")


@given(series=step_series(), t_s=st.lists(st.floats(0, HORIZON), max_size=20))
def test_one_value_and_many_values_agree(series: StepSeries, t_s: list[float]) -> None:
    assert series.values_at(t_s).tolist() == [series.value_at(instant) for instant in t_s]


def test_the_changes_begin_at_zero_and_merge_equal_values() -> None:
    series = StepSeries([-10, 5, 10, 20, 30], [1, 1, 2, 3, 4])
    changes = list(zip(*series.changes(30.0), strict=True))
    assert changes == [(0.0, 1.0), (10.0, 2.0), (20.0, 3.0)]


@given(series=step_series())
def test_the_changes_tell_the_whole_series(series: StepSeries) -> None:
    changes = list(zip(*series.changes(HORIZON), strict=True))
    told = StepSeries(*zip(*changes, strict=True))
    instants = np.linspace(0, HORIZON, 101)[:-1]
    assert told.values_at(instants).tolist() == series.values_at(instants).tolist()
    assert all(before[1] != after[1] for before, after in pairwise(changes))


def test_runs_at_the_same_time_share_the_changes_which_nobody_can_alter() -> None:
    series = StepSeries([-10, 5, 10, 20], [1, 1, 2, 3])
    times_s, values = series.changes(30.0)
    assert series.changes(30.0)[0] is times_s
    assert series.changes(15.0)[0].tolist() == [0.0, 10.0]  # another horizon
    assert series.changes(30.0)[1].tolist() == values.tolist() == [1.0, 2.0, 3.0]
    for numbers in (times_s, values):
        with pytest.raises(ValueError, match="read-only"):
            numbers[0] = 7.0


def test_changes_beyond_the_end_are_refused() -> None:
    assert refusal(lambda: StepSeries([0], [1], 10).changes(11)) == (
        "series: covers 0 s to 10 s; requested: 0 s to 11 s"
    )


# Integrals


def test_the_highest_value_of_an_interval_is_one_in_force_within_it() -> None:
    series = StepSeries([0.0, 10.0, 20.0, 30.0], [5.0, 1.0, 3.0, 9.0], 40.0)
    assert series.highest(0.0, 40.0) == 9.0
    assert series.highest(10.0, 30.0) == 3.0  # 5 has ended, 9 begins as the interval ends
    assert series.highest(9.0, 10.0) == 5.0
    with pytest.raises(ValueError, match=r"start_s = 10 s; allowed: below end_s = 10 s"):
        series.highest(10.0, 10.0)
    with pytest.raises(ValueError, match="series"):
        series.highest(0.0, 41.0)


def test_the_integral_is_value_times_seconds() -> None:
    series = StepSeries([0, 10, 20], [1, 2, 4])
    assert series.integral(5, 25) == 5 * 1 + 10 * 2 + 5 * 4
    assert series.mean(5, 25) == 45 / 20
    assert series.integral(7, 7) == 0.0


def test_a_short_interval_late_in_a_long_series_is_exact() -> None:
    days = np.arange(365 * 40) * 86_400.0
    series = StepSeries(days, np.where(np.arange(len(days)) % 2, 1e6 / 3, 0.1))
    late = days[-2] + 1.0
    assert series.integral(late, late + 3.0) == 3.0 * 0.1  # a running total would be off by 1e-3


def test_a_reversed_or_empty_interval_is_refused() -> None:
    series = StepSeries([0], [1])
    assert refusal(lambda: series.integral(2, 1)) == "series: the edges of the intervals must increase"
    assert refusal(lambda: series.mean(2, 2)) == "series: the interval from 2 s to 2 s is empty"
    assert refusal(lambda: series.integral(-1, 1)) == "series: covers 0 s to inf s; requested: -1 s to 1 s"
    assert series.integrals([5]).tolist() == []


@given(series=step_series(), cuts=st.lists(st.floats(0, HORIZON), min_size=3, max_size=3).map(sorted))
def test_integrals_over_neighbouring_intervals_add_up(series: StepSeries, cuts: list[float]) -> None:
    first, middle, last = cuts
    parts = series.integral(first, middle) + series.integral(middle, last)
    assert abs(parts - series.integral(first, last)) <= 1e-12 * size(series)


@given(series=step_series(), edges=st.sets(st.floats(0, HORIZON), min_size=2, max_size=30).map(sorted))
def test_many_integrals_agree_with_each_one(series: StepSeries, edges: list[float]) -> None:
    each = [series.integral(first, last) for first, last in pairwise(edges)]
    assert np.allclose(series.integrals(edges), each, rtol=0, atol=1e-12 * size(series))


@given(series=step_series(), interval_s=st.floats(0.5, 2 * HORIZON))
def test_resampling_preserves_energy(series: StepSeries, interval_s: float) -> None:
    coarse = series.resample(interval_s, HORIZON)
    assert coarse.end_s == HORIZON
    difference = coarse.integral(0, HORIZON) - series.integral(0, HORIZON)
    assert abs(difference) <= 1e-12 * size(series)


def test_the_last_interval_of_a_resampling_may_be_shorter() -> None:
    coarse = StepSeries([0, 10], [1, 3]).resample(4, 13)
    assert coarse.times_s.tolist() == [0, 4, 8, 12]
    assert coarse.values.tolist() == [1, 1, (2 * 1 + 2 * 3) / 4, 3]


@pytest.mark.parametrize(("interval_s", "horizon_s"), [(0, 1), (-1, 1), (1, 0), (1, math.inf), (math.nan, 1)])
def test_resampling_needs_intervals(interval_s: float, horizon_s: float) -> None:
    message = refusal(lambda: StepSeries([0], [1]).resample(interval_s, horizon_s))
    assert message.endswith("; allowed: finite and above 0 s")


@given(first=step_series(), second=step_series())
def test_the_integral_of_a_sum_is_the_sum_of_the_integrals(first: StepSeries, second: StepSeries) -> None:
    total = first + second
    assert total.end_s == min(first.end_s, second.end_s)
    difference = total.integral(0, HORIZON) - first.integral(0, HORIZON) - second.integral(0, HORIZON)
    assert abs(difference) <= 1e-12 * (size(first) + size(second))


def test_a_sum_is_known_where_both_are() -> None:
    total = StepSeries([0, 10], [1, 2], 20) + StepSeries([5, 12], [10, 20], 15)
    assert (total.times_s.tolist(), total.values.tolist(), total.end_s) == ([5, 10, 12], [11, 12, 22], 15)
    apart = StepSeries([0], [1], 5), StepSeries([5], [1], 9)
    assert refusal(lambda: apart[0] + apart[1]) == ("series: one ends at 5 s, before the other begins at 5 s")


@given(first=step_series(), second=step_series(), t_s=st.floats(0.0, HORIZON, exclude_max=True))
def test_each_instant_of_two_series_is_computed_from_their_values_then(
    first: StepSeries, second: StepSeries, t_s: float
) -> None:
    one, other = first.value_at(t_s), second.value_at(t_s)
    assert (first - second).value_at(t_s) == one - other
    assert first.lower(second).value_at(t_s) == min(one, other)
    assert first.higher(second).value_at(t_s) == max(one, other)
    assert first.capped(1.5).value_at(t_s) == min(one, 1.5)
    assert first.below_highest().value_at(t_s) == pytest.approx(
        first.highest(0.0, min(t_s + 1e-9, HORIZON)) - one, abs=1e-9
    )


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(-10.0, 10.0))
def test_constants_are_combined_like_any_series(one: float, other: float, factor: float) -> None:
    constants = constant(one), constant(other)
    series = [StepSeries([0.0, 1.0], [value, value]) for value in (one, other)]
    same: list[Callable[[StepSeries, StepSeries], StepSeries]] = [
        add,
        sub,
        mul,
        StepSeries.lower,
        StepSeries.higher,
        lambda a, _: a.scaled(factor),
        lambda a, b: a.capped(float(b.values[0])),
        lambda a, _: a.below_highest(),
        lambda a, _: a.within(9.0),
    ]
    for of in same:
        assert of(*constants).value_at(0.5) == of(series[0], series[1]).value_at(0.5)
        assert of(*constants).is_constant


def test_a_constant_that_ends_or_begins_late_is_none() -> None:
    assert constant(3.0) is constant(3.0)
    assert not StepSeries([0.0], [3.0], 9.0).is_constant
    assert not StepSeries([-1.0], [3.0]).is_constant
    with pytest.raises(ValueError, match="is not a finite number"):
        constant(math.nan)
    with pytest.raises(ValueError, match="is not a finite number"):
        constant(1e308).scaled(10.0)


def test_a_delayed_series_begins_and_ends_later() -> None:
    later = StepSeries([0, 10], [1, 2], 20).delayed(5.0)
    assert (later.times_s.tolist(), later.values.tolist(), later.end_s) == ([5, 15], [1, 2], 25)


def test_what_a_series_was_before_the_start_is_no_highest_value() -> None:
    below = StepSeries([-20, -10, 5, 10], [9, 4, 6, 2]).below_highest()
    assert (below.times_s.tolist(), below.values.tolist()) == ([-10, 5, 10], [0, 0, 4])


@given(series=step_series(), factor=st.floats(-1e3, 1e3))
def test_scaling_scales_every_value(series: StepSeries, factor: float) -> None:
    assert series.scaled(factor).values.tolist() == (series.values * factor).tolist()


def test_the_extremes_are_those_of_all_values_and_a_constant_is_its_own_mean() -> None:
    assert StepSeries([-20, -10, 5], [9, 4, 6]).extremes == (4.0, 9.0)
    assert constant(0.1).mean(0.0, 3.0) == 0.1
    with pytest.raises(ValueError, match="covers 0 s to inf s; requested: -1 s to 3 s"):
        constant(0.1).mean(-1.0, 3.0)


# Files


def test_a_scaled_series_ends_where_it_ended() -> None:
    assert StepSeries(np.zeros(1), np.ones(1), 5.0).scaled(2.0).end_s == 5.0


def written(folder: Path, *rows: str, header: str = "time,price") -> Path:
    path = folder / "prices.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_a_file_with_offsets_is_read_around_the_start(tmp_path: Path) -> None:
    path = written(
        tmp_path, "2024-12-31T23:00:00-05:00,1", "2025-01-01T05:00:00Z,2", "2025-01-01 01:00:00-0500,3.5"
    )
    series = StepSeries.from_csv(path, "price", CALENDAR, scale=2)
    assert series.times_s.tolist() == [-HOUR, 0, HOUR]
    assert series.values.tolist() == [2, 4, 7]
    assert series.end_s == 2 * HOUR


def test_local_times_need_a_timezone_and_follow_daylight_saving(tmp_path: Path) -> None:
    path = written(tmp_path, "2025-03-09T00:00,1", "2025-03-09T01:00,2", "2025-03-09T03:00,3")
    series = StepSeries.from_csv(path, "price", CALENDAR, timezone="America/New_York")
    assert np.diff(series.times_s).tolist() == [HOUR, HOUR]
    assert refusal(lambda: StepSeries.from_csv(path, "price", CALENDAR)) == (
        f"{path}: time: row 2 = '2025-03-09T00:00' has no UTC offset; set timezone"
    )


@pytest.mark.parametrize("stamps", ["2025-11-0{}", "2025-11-0{}T00:00"])
def test_a_day_of_25_hours_is_no_gap(tmp_path: Path, stamps: str) -> None:
    path = written(tmp_path, *(f"{stamps.format(day)},{day}" for day in (1, 2, 3, 4)))
    series = StepSeries.from_csv(path, "price", CALENDAR, timezone="America/New_York")
    assert np.diff(series.times_s).tolist() == [24 * HOUR, 25 * HOUR, 24 * HOUR]


def test_a_day_of_25_hours_is_no_gap_between_stamps_with_offsets(tmp_path: Path) -> None:
    path = written(
        tmp_path, "2025-11-01T00:00-04:00,1", "2025-11-02T00:00-04:00,2", "2025-11-03T00:00-05:00,3",
        "2025-11-04T00:00-05:00,4",
    )  # fmt: skip
    series = StepSeries.from_csv(path, "price", CALENDAR)
    assert np.diff(series.times_s).tolist() == [24 * HOUR, 25 * HOUR, 24 * HOUR]


def test_a_row_between_two_hours_makes_no_gap_of_the_others(tmp_path: Path) -> None:
    stamps = ("00:00", "01:00", "02:00", "02:15", "03:00", "04:00")
    path = written(tmp_path, *(f"2025-01-01T{stamp}-05:00,1" for stamp in stamps))
    series = StepSeries.from_csv(path, "price", CALENDAR)
    assert len(series) == 6
    assert series.end_s == 5 * HOUR


def test_a_compressed_file_and_a_named_time_column_are_read(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write("node,price,when\nA,1,2025-01-01T05:00Z\nA,2,2025-01-01T06:00Z\n")
    series = StepSeries.from_csv(path, "price", CALENDAR, time_column="when")
    assert (series.times_s.tolist(), series.values.tolist()) == ([0, HOUR], [1, 2])


START = "2025-01-01T00:00-05:00,1"
NEXT = "2025-01-01T01:00-05:00,2"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([START], "price: has 1 rows; at least 2 are needed"),
        ([START, "2025-01-01T01:00-05:00,"], "price: row 3 is empty"),
        ([START, "2025-01-01T01:00-05:00,NaN"], "price: row 3 = 'NaN' is not a finite number"),
        ([START, "2025-01-01T01:00-05:00,inf"], "price: row 3 = 'inf' is not a finite number"),
        ([START, '2025-01-01T01:00-05:00,"1,200"'], "price: row 3 = '1,200' is not a finite number"),
        ([START, ",2"], "time: row 3 is empty"),
        ([START, "", NEXT], "time: row 3 is empty"),
        ([START, "01/02/2025 1:00,2"], "time: row 3 = '01/02/2025 1:00' is not an ISO 8601 time"),
        (
            [START, "2025-01-01T01:00,2"],
            "time: row 3 = '2025-01-01T01:00' has no UTC offset, but other rows have one",
        ),
        ([START, START], "row 3 (2025-01-01T05:00:00+00:00) repeats row 2 (2025-01-01T05:00:00+00:00)"),
        (
            [NEXT, START],
            "row 3 (2025-01-01T05:00:00+00:00) is earlier than row 2 (2025-01-01T06:00:00+00:00)",
        ),
        (
            [START, NEXT, "2025-01-01T02:00-05:00,3", "2025-01-01T04:00-05:00,4"],
            (
                "gap before row 5: from 2025-01-01T07:00:00+00:00 to 2025-01-01T09:00:00+00:00, "
                "usual spacing 3600 s; for steps of any length, set steps = true"
            ),
        ),
        ([START, NEXT + ",3"], "row 3 has 3 cells; the first row has 2"),
        ([START, NEXT, "2025-01-01T02:00-05:00"], "row 4 has 1 cell; the first row has 2"),
    ],
)
def test_a_faulty_file_is_refused_naming_the_row(tmp_path: Path, rows: list[str], message: str) -> None:
    path = written(tmp_path, *rows)
    assert refusal(lambda: StepSeries.from_csv(path, "price", CALENDAR)) == f"{path}: {message}"


def test_the_row_with_too_few_cells_is_told_in_a_long_file_too(tmp_path: Path) -> None:
    rows = [f"2025-01-01T{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}Z,1" for at in range(80_000)]
    rows[70_000] = "torn"
    path = written(tmp_path, *rows)
    message = refusal(lambda: StepSeries.from_csv(path, "price", CALENDAR))
    assert (
        message == f"{path}: row 70002 has 1 cell; the first row has 2"
    )  # the header and 70,000 rows before it


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not text: row 3 contains a zero byte"),
        ("a.csv", "time,price\n2025-01-01T00:00Z,1\n".encode("utf-16"),
         "is not text: row 1 contains a zero byte"),
        ("a.csv", "time,süß\n2025-01-01T00:00Z,1\n".encode("latin-1"),
         "is not UTF-8 text: row 1 contains the byte 0xfc"),
        ("a.csv", "time,price\n2025-01-01T00:00Z,1 €\n".encode("cp1252"),
         "is not UTF-8 text: row 2 contains the byte 0x80"),
        ("a.csv.gz", b"time,price\n", "is truncated or not a gzip file"),
        ("a.csv.gz", gzip.compress(b"time,price\n" * 99, mtime=0)[:30], "is truncated or not a gzip file"),
        ("a.csv.gz", gzip.compress(b"\0" * 99, mtime=0), "is not text: row 1 contains a zero byte"),
    ],
    ids=["picture", "utf-16", "latin-1", "cp1252", "no gzip", "torn gzip", "gzip of bytes"],
)  # fmt: skip
def test_a_file_that_is_no_text_is_told_without_its_bytes(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert refusal(lambda: StepSeries.from_csv(path, "price", CALENDAR)) == f"{path} {message}"


def test_a_folder_is_no_csv_file(tmp_path: Path) -> None:
    message = refusal(lambda: StepSeries.from_csv(tmp_path, "price", CALENDAR))
    assert message == f"{tmp_path} is a folder; a file is needed"


@pytest.mark.parametrize(
    ("stamp", "message"),
    [("2025-03-09T02:30", "does not exist"), ("2025-11-02T01:30", "is ambiguous")],
)
def test_a_doubtful_local_time_is_refused(tmp_path: Path, stamp: str, message: str) -> None:
    path = written(tmp_path, "2025-01-01T00:00,1", f"{stamp},2")
    assert (
        refusal(lambda: StepSeries.from_csv(path, "price", CALENDAR, timezone="America/New_York"))
        == f"{path}: time: row 3 = '{stamp}' {message} in America/New_York; add a UTC offset"
    )


def test_a_missing_file_or_column_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, START, NEXT)

    def read(file: Path = path, column: str = "price", **options: Any) -> str:
        return refusal(lambda: StepSeries.from_csv(file, column, CALENDAR, **options))

    assert read(tmp_path / "absent.csv") == f"{tmp_path / 'absent.csv'} does not exist"
    assert read(column="prize") == f"{path}: column 'prize' does not exist; nearest: price"
    assert read(time_column="tim") == f"{path}: time column 'tim' does not exist; nearest: time"
    assert read(column="time") == f"{path}: column 'time' is the time column; name a column of values"
    twice = written(tmp_path, "2025-01-01T00:00Z,1,2", header="time,price,price")
    assert read(twice) == f"{path}: column 'price' appears 2 times"
    path.write_text("")
    assert read() == f"{path} is empty"


# Pandas


def test_a_frame_column_comes_back_as_it_was() -> None:
    index = pd.date_range("2025-11-01", periods=72, freq="h", tz="America/New_York")  # over the clock change
    given_series = pd.Series(np.arange(72.0), index=index, name="load")
    series = StepSeries.from_pandas(given_series, CALENDAR)
    back = series.to_pandas(CALENDAR)
    assert back.tolist() == given_series.tolist()
    assert list(back.index) == list(index)
    assert series.end_s - series.times_s[-1] == HOUR


@pytest.mark.parametrize(
    ("stamps", "values", "message"),
    [
        (["2025-01-01T00:00Z", "2025-01-01T01:00Z"], [1, math.nan], "row 2 is empty"),
        (["2025-01-01T00:00Z", None], [1, 2], "row 2 has no time"),
        (
            ["2025-01-01T01:00Z", "2025-01-01T00:00Z"],
            [1, 2],
            "row 2 (2025-01-01T00:00:00+00:00) is earlier than",
        ),
        (
            ["2025-01-01", "2025-01-02"],
            [1, 2],
            "the index must contain timezone-aware timestamps; it contains datetime64",
        ),
    ],
)
def test_a_faulty_frame_is_refused_like_a_file(stamps: list[Any], values: list[float], message: str) -> None:
    series = pd.Series(values, index=pd.DatetimeIndex(stamps), name="load")
    told = refusal(lambda: StepSeries.from_pandas(series, CALENDAR))
    assert told.startswith(f"series 'load': {message}")


def test_a_frame_without_times_is_refused() -> None:
    assert refusal(lambda: StepSeries.from_pandas(pd.Series([1.0, 2.0], name="load"), CALENDAR)) == (
        "series 'load': the index must contain timezone-aware timestamps; it contains int64"
    )


def test_a_quantile_is_weighted_by_time() -> None:
    series = StepSeries([0.0, 10.0, 30.0], [5.0, 1.0, 9.0])  # from 0 to 40: 1 for 20 s, 5 and 9 for 10 s
    found = [series.quantile(share, 0.0, 40.0) for share in (0.0, 0.5, 0.51, 0.75, 0.76, 1.0)]
    assert found == [1.0, 1.0, 5.0, 5.0, 9.0, 9.0]
    assert series.quantile(1.0, 12.0, 20.0) == 1.0
    with pytest.raises(ValueError, match="is empty"):
        series.quantile(0.5, 3.0, 3.0)
