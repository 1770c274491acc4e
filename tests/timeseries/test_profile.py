"""Profiles: varying quantities as plain data in a spec."""

from __future__ import annotations

import math
import pickle
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import SpecError
from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.profile import (
    CsvColumn,
    DailyShape,
    DatedSteps,
    FractionProfile,
    MWProfile,
    Points,
    PriceProfile,
    Profile,
    TimeOfUse,
    Varying,
    Window,
    as_series,
    series_of,
)
from sim.units import allowed, unit_of

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600.0
DAY = 24 * HOUR
MONDAY = Calendar(datetime.fromisoformat("2025-01-06T00:00:00-05:00"))


class Connection(Spec):
    price: PriceProfile = 60.0
    limit_mw: MWProfile = 100
    export_mw: Annotated[Profile, Varying("MW", gt=0, lt=50)] | None = None
    available_pu: FractionProfile = 1.0
    bare: Profile = 0


def refusal(make: Any) -> str:
    with pytest.raises(SpecError) as caught:
        make()
    return str(caught.value)


# Declared in a spec


def test_a_profile_field_carries_its_unit_and_range() -> None:
    fields = Connection.model_fields
    units = [unit_of(fields[name]) for name in ("price", "limit_mw", "export_mw", "bare")]
    assert units == ["USD/MWh", "MW", "MW", ""]
    assert allowed(fields["available_pu"]) == "at least 0 and at most 1"
    assert allowed(fields["export_mw"]) == "above 0 and below 50"


def test_the_json_schema_offers_every_form_and_states_the_unit() -> None:
    schema = Connection.model_json_schema()
    price = schema["properties"]["price"]
    assert price["unit"] == "USD/MWh"
    assert [form.get("type") or form["$ref"].split("/")[-1] for form in price["anyOf"]] == [
        "number",
        "TimeOfUse",
        "DailyShape",
        "CsvColumn",
        "Points",
        "DatedSteps",
        "RecordedYears",
    ]


def test_the_keys_tell_the_form() -> None:
    shaped = {"mean": 3, "hourly": [1] * 24}
    assert Connection(price={"base": 1, "windows": []}).price == TimeOfUse(base=1, windows=())
    assert Connection(price=shaped).price == DailyShape(**shaped)
    assert Connection(price={"csv": "a.csv", "column": "b"}).price == CsvColumn(csv="a.csv", column="b")
    assert Connection(price={"times_s": [0], "values": [1]}).price == Points(times_s=(0,), values=(1,))
    dated = {"dates": ["2025-01-01"], "values": [1]}
    assert Connection(price=dated).price == DatedSteps(**dated)
    assert Connection(price=7).price == 7.0
    assert type(Connection(price=7).price) is float


FORMS_SAID = "a finite number or a table with the key windows, hourly, csv, times_s, dates or years"


@pytest.mark.parametrize("value", [{}, {"base": 1}])
def test_a_table_without_a_known_key_is_refused_in_one_sentence(value: Any) -> None:
    assert refusal(lambda: Connection(price=value)) == (
        f"Connection: price = {value!r}; allowed: {FORMS_SAID}"
    )


@pytest.mark.parametrize("value", [True, "60", math.nan, math.inf, None, [1, 2]])
def test_what_is_no_number_is_refused_with_unit_and_range(value: Any) -> None:
    unit = "MWh" if isinstance(value, float) else ""  # what is no number has none
    table = "or a table with the key windows, hourly, csv, times_s, dates or years"
    assert refusal(lambda: Connection(price=value)) == (
        f"Connection: price = {value!r}{unit and f' USD/{unit}'}; "
        f"allowed: a finite number at least -1e+06 and at most 1e+06 USD/MWh, {table}"
    )
    if value is not None:
        bounds = "above 0 and below 50 MW"
        assert refusal(lambda: Connection(export_mw=value)) == (
            f"Connection: export_mw = {value!r}{unit and ' MW'}; allowed: a finite number {bounds}, {table}"
        )


def test_a_misspelt_form_is_refused_with_the_nearest_key() -> None:
    assert refusal(lambda: Connection(price={"mean": 3, "hourl": 1})) == (
        f"Connection: price = {{'mean': 3, 'hourl': 1}}; allowed: {FORMS_SAID}; "
        "unknown key 'hourl'; nearest: hourly"
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"bas": 1, "windows": []}, "price: base is missing\nprice: bas is unknown; nearest: base"),
        (
            {"base": 1, "windows": [{"value": 2, "from_hours": 3}]},
            "price.windows[0]: from_hours is unknown; nearest: from_hour, to_hour",
        ),
        (
            {"base": 1, "windows": [{"value": 2, "from_hour": 24}]},
            "price.windows[0]: from_hour = 24; allowed: a whole number at least 0 and at most 23",
        ),
        (
            {"base": 1, "windows": [{"value": 2, "from_hour": 7, "to_hour": 7}]},
            "price.windows[0]: to_hour = 7; allowed: an hour other than from_hour; the whole day is 0 to 24",
        ),
        (
            {"base": 1, "windows": [{"value": 2, "months": [13]}]},
            "price.windows[0]: months[0] = 13; allowed: a whole number at least 1 and at most 12",
        ),
        (
            {"mean": 3, "hourly": [0] * 3},
            (
                "price: hourly = (0.0, 0.0, 0.0); allowed: 24 numbers, one per hour, "
                "at least one of 1e-09 or more"
            ),
        ),
        ({"csv": "a.csv"}, "price: column is missing"),
        (
            {"csv": "a.csv", "column": "b", "timezone": "Mars"},
            (
                "price: timezone = 'Mars'; allowed: an IANA name; "
                "for example UTC, America/New_York, Europe/Berlin, Asia/Tokyo"
            ),
        ),
        (
            {"times_s": [0, 0], "values": [1, 2]},
            "price: times_s is invalid: times_s[1] = 0 s repeats times_s[0] = 0 s",
        ),
    ],
)
def test_a_mistake_inside_a_form_is_told_for_this_form_only(value: Any, message: str) -> None:
    assert refusal(lambda: Connection(price=value)) == message


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-1, "-1.0 MW"),
        (1e10, "10000000000.0 MW"),
        ({"base": -2, "windows": []}, "-2.0 MW in base"),
        ({"base": 1, "windows": [{"value": 2}, {"value": 1e300}]}, "1e+300 MW in windows[1]"),
        ({"mean": -4, "hourly": [1] * 24}, "-4.0 MW in hour 0 of a working day"),
        ({"mean": 1e6, "hourly": [0, 1] * 12}, "2000000.0 MW in hour 1 of a working day"),
        # 5 + 2 x 4 = 13 working days a week: 7 / 13 x 6.5e5 = 3.5e5, and four times that
        ({"mean": 6.5e5, "hourly": [1] * 24, "weekend": 4}, "1400000.0 MW in hour 0 of a weekend day"),
        ({"mean": 1e308, "hourly": [0] * 23 + [1]}, "inf MW in hour 23 of a working day"),
        ({"times_s": [0, 1], "values": [1, -5]}, "-5.0 MW in values[1]"),
    ],
)
def test_a_known_value_out_of_bounds_is_refused_at_once(value: Any, shown: str) -> None:
    assert refusal(lambda: Connection(limit_mw=value)) == (
        f"Connection: limit_mw = {shown}; allowed: a finite number at least 0 and at most 1e+06 MW"
    )


def test_the_bounds_may_be_open_and_the_field_optional() -> None:
    assert Connection(export_mw=49.9).export_mw == 49.9
    for value in (0.0, 50.0):
        assert refusal(lambda value=value: Connection(export_mw=value)) == (
            f"Connection: export_mw = {value} MW; allowed: a finite number above 0 and below 50 MW"
        )


# Time of use


def test_a_window_follows_the_local_clock() -> None:
    tariff = TimeOfUse(base=40, windows=[Window(value=120, from_hour=14, to_hour=20)])
    assert list(zip(*as_series(tariff, MONDAY, 2 * DAY).changes(DAY + 15 * HOUR), strict=True)) == [
        (0.0, 40.0),
        (14 * HOUR, 120.0),
        (20 * HOUR, 40.0),
        (38 * HOUR, 120.0),
    ]


def test_a_window_may_run_over_midnight() -> None:
    tariff = TimeOfUse(base=40, windows=[Window(value=20, from_hour=22, to_hour=6)])
    assert list(zip(*as_series(tariff, MONDAY, DAY).changes(DAY), strict=True)) == [
        (0.0, 20.0),
        (6 * HOUR, 40.0),
        (22 * HOUR, 20.0),
    ]


def test_a_window_knows_weekdays_and_months_and_the_last_one_counts() -> None:
    tariff = TimeOfUse(
        base=1,
        windows=[Window(value=2, months=[1]), Window(value=3, weekdays=[5, 6]), Window(value=4, months=[7])],
    )
    year = as_series(tariff, MONDAY, 200 * DAY)
    assert year.value_at(0) == 2  # a Monday in January
    assert year.value_at(5 * DAY) == 3  # a Saturday in January
    assert year.value_at(28 * DAY) == 1  # Monday 3 February
    assert year.value_at(180 * DAY) == 4  # Saturday 5 July


def test_a_window_keeps_its_hours_over_daylight_saving() -> None:
    sunday = Calendar(datetime.fromisoformat("2025-03-09T00:00:00-05:00"))
    tariff = TimeOfUse(base=0, windows=[Window(value=1, from_hour=14, to_hour=20)])
    series = as_series(tariff, sunday, 47 * HOUR)
    assert series.changes(47 * HOUR)[0][1] == 13 * HOUR  # 14:00 comes an hour earlier
    assert series.integral(0, 23 * HOUR) == 6 * HOUR


# Daily shape


@given(
    mean=st.floats(-1e3, 1e3),
    hourly=st.lists(st.floats(0, 1e3), min_size=24, max_size=24).filter(lambda hourly: max(hourly) > 1e-3),
    weekend=st.floats(0, 5),
)
def test_the_mean_of_a_daily_shape_is_its_mean_over_a_week(
    mean: float, hourly: list[float], weekend: float
) -> None:
    shape = DailyShape(mean=mean, hourly=hourly, weekend=weekend)
    assert math.isclose(as_series(shape, MONDAY, 7 * DAY).mean(0, 7 * DAY), mean, rel_tol=1e-12)


def test_a_daily_shape_has_its_ratios() -> None:
    shape = DailyShape(mean=10, hourly=[1] * 12 + [3] * 12, weekend=0.5)
    week = as_series(shape, MONDAY, 7 * DAY)
    assert week.value_at(12 * HOUR) == pytest.approx(3 * week.value_at(0))
    assert week.value_at(5 * DAY) == pytest.approx(0.5 * week.value_at(0))
    assert week.value_at(0) == pytest.approx(10 * (1 / 2) * 7 / 6)  # mean of the hours 2; 5 + 2 x 0.5 days
    assert set(np.unique(week.values)) == set(shape.levels())


# Series


def test_a_number_holds_for_good() -> None:
    series = as_series(60.0, MONDAY, DAY)
    assert (series.value_at(0), series.end_s) == (60, math.inf)


def test_points_must_cover_the_start() -> None:
    assert refusal(
        lambda: series_of(Connection(price=Points(times_s=[5], values=[1])), "price", MONDAY, DAY)
    ) == (
        "Connection: price cannot be used: Points covers 2025-01-06T00:00:05-05:00 onwards; "
        "the run is from 2025-01-06T00:00:00-05:00 to 2025-01-07T00:00:00-05:00"
    )


def day_of_prices(folder: Path, *values: float) -> Path:
    path = folder / "prices.csv"
    rows = [f"2025-01-06T{hour:02d}:00-05:00,{value}" for hour, value in enumerate(values)]
    path.write_text("\n".join(["time,price", *rows]) + "\n")
    return path


def test_each_number_of_a_long_list_counts_in_the_hash() -> None:
    def hash_of(numbers: int, **changed: float) -> str:
        values = np.random.default_rng(1).random(numbers)
        for at, value in changed.items():
            values[int(at.lstrip("v"))] = value
        points = Points(times_s=np.arange(numbers).tolist(), values=values.tolist())
        return Connection(price=points).content_hash()

    for numbers in (3, 5000):
        assert hash_of(numbers) == hash_of(numbers)
        others = [{}, {"v0": 0.5}, {"v2": 0.5}, {f"v{numbers - 1}": 0.25}]
        assert len({hash_of(numbers, **one) for one in others}) == 4
    assert hash_of(5000) != hash_of(5001)


def test_a_file_is_read_when_the_run_is_built(tmp_path: Path) -> None:
    spec = Connection(price={"csv": str(tmp_path / "prices.csv"), "column": "price", "scale": 2})
    assert refusal(lambda: series_of(spec, "price", MONDAY, DAY)) == (
        f"Connection: price cannot be used: {tmp_path / 'prices.csv'} does not exist"
    )
    absent = spec.content_hash()
    day_of_prices(tmp_path, 10, -20)
    assert list(zip(*series_of(spec, "price", MONDAY, 2 * HOUR).changes(2 * HOUR), strict=True)) == [
        (0, 20),
        (HOUR, -40),
    ]
    first = spec.content_hash()
    day_of_prices(tmp_path, 10, -21)
    assert len({absent, first, spec.content_hash()}) == 3


def test_a_file_that_ends_early_is_refused(tmp_path: Path) -> None:
    profile = CsvColumn(csv=day_of_prices(tmp_path, 10, 20), column="price")
    with pytest.raises(ValueError, match=r"CsvColumn .* covers") as caught:
        as_series(profile, MONDAY, 3 * HOUR)
    assert str(caught.value) == (
        f"CsvColumn {profile.csv} covers 2025-01-06T00:00:00-05:00 to 2025-01-06T02:00:00-05:00; "
        "the run is from 2025-01-06T00:00:00-05:00 to 2025-01-06T03:00:00-05:00"
    )


def test_a_value_of_a_file_out_of_bounds_is_refused_with_its_time(tmp_path: Path) -> None:
    spec = Connection(limit_mw={"csv": str(day_of_prices(tmp_path, 10, 20, -1)), "column": "price"})
    assert refusal(lambda: series_of(spec, "limit_mw", MONDAY, 3 * HOUR)) == (
        "Connection: limit_mw = -1.0 MW at 2025-01-06T02:00:00-05:00; "
        "allowed: a finite number at least 0 and at most 1e+06 MW"
    )
    assert series_of(spec, "limit_mw", MONDAY, 2 * HOUR).value_at(0) == 10  # the run ends before it


def test_the_value_in_force_at_the_start_is_checked_though_its_row_came_before(tmp_path: Path) -> None:
    path = day_of_prices(tmp_path, 30, -1, 10, 20)
    half_past_one = Calendar(datetime.fromisoformat("2025-01-06T01:30:00-05:00"))
    spec = Connection(limit_mw={"csv": str(path), "column": "price"})
    assert refusal(lambda: series_of(spec, "limit_mw", half_past_one, HOUR)) == (
        "Connection: limit_mw = -1.0 MW at 2025-01-06T01:00:00-05:00; "
        "allowed: a finite number at least 0 and at most 1e+06 MW"
    )


# Files


numbers = st.floats(-1e6, 1e6)
hours = st.lists(st.floats(0, 1e6), min_size=24, max_size=24).map(lambda hourly: [1.0, *hourly[1:]])
windows = st.builds(
    Window,
    value=numbers,
    months=st.none() | st.lists(st.integers(1, 12), max_size=3),
    weekdays=st.none() | st.lists(st.integers(0, 6), max_size=3),
    from_hour=st.integers(0, 11),
    to_hour=st.integers(12, 24),
)
profiles = st.one_of(
    numbers,
    st.builds(TimeOfUse, base=numbers, windows=st.lists(windows, max_size=3)),
    st.builds(DailyShape, mean=st.floats(-1e4, 1e4), hourly=hours, weekend=st.floats(0, 2)),
    st.builds(
        CsvColumn,
        csv=st.just("/a/prices.csv.gz"),
        column=st.just("LBMP ($/MWh)"),
        timezone=st.none() | st.just("UTC"),
        time_column=st.none() | st.just("Time Stamp"),
        scale=numbers,
    ),
    st.dictionaries(numbers, numbers, min_size=1, max_size=4).map(
        lambda points: Points(times_s=sorted(points), values=tuple(points.values()))
    ),
    st.dictionaries(st.dates(date(1900, 1, 1), date(2199, 1, 1)), numbers, min_size=1, max_size=4).map(
        lambda steps: DatedSteps(dates=sorted(steps), values=tuple(steps.values()))
    ),
)


@settings(deadline=None)  # the disk takes its time
@pytest.mark.parametrize("ending", [".toml", ".yaml", ".json"])
@given(profile=profiles)
def test_a_profile_comes_back_from_a_file_exactly(
    ending: str, profile: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("profile") / f"connection{ending}"
    spec = Connection(price=profile)
    spec.dump(path)
    assert Connection.load(path) == spec
    assert Connection.load(path).content_hash() == spec.content_hash()


@given(profile=profiles)
def test_a_profile_is_copied_pickled_and_hashed(profile: Any) -> None:
    spec = Connection(price=profile)
    assert spec.with_values({}) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec  # noqa: S301 - our own bytes
    assert hash(spec) == hash(Connection(price=profile))


def test_a_sweep_may_vary_a_value_inside_a_profile() -> None:
    spec = Connection(price=TimeOfUse(base=40, windows=[Window(value=120, from_hour=14)]))
    varied = spec.with_values({"price.windows.0.value": 200, "price.base": 50})
    assert varied.price == TimeOfUse(base=50, windows=[Window(value=200, from_hour=14)])
    assert spec.with_values({"price": 60}).price == 60.0


def test_the_time_column_of_a_file_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("node,price,when\nA,10,2025-01-06T00:00-05:00\nA,20,2025-01-06T01:00-05:00\n")
    profile = CsvColumn(csv=path, column="price", time_column="when")
    assert list(zip(*as_series(profile, MONDAY, 2 * HOUR).changes(2 * HOUR), strict=True)) == [
        (0, 10),
        (HOUR, 20),
    ]


def test_a_file_is_read_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    profile = CsvColumn(csv=day_of_prices(tmp_path, 10, 20), column="price")
    calendar = MONDAY
    first = profile.series(calendar, HOUR)
    assert profile.series(calendar, HOUR) is first
    assert CsvColumn(csv=profile.csv, column="price", scale=2.0).series(calendar, HOUR) is not first
    assert first.values.tolist() == [10.0, 20.0]
    day_of_prices(tmp_path, 10, 20, 30)
    assert profile.series(calendar, HOUR).values.tolist() == [10.0, 20.0, 30.0]
    (tmp_path / "prices.csv").unlink()
    with pytest.raises(ValueError, match="does not exist"):
        profile.series(calendar, HOUR)
