"""Quantities: ranges, units and conversions."""

from __future__ import annotations

import math
from typing import Annotated, Any, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim import units


def accepts(quantity: Any, value: Any) -> bool:
    try:
        TypeAdapter(quantity).validate_python(value)
    except ValidationError:
        return False
    return True


def test_an_hour_has_3600_seconds_and_a_year_8760_hours() -> None:
    assert units.seconds(2.0) == 7200.0
    assert units.hours(1800.0) == 0.5
    assert units.HOURS_PER_YEAR == 365 * 24 == 8760
    assert units.SECONDS_PER_DAY == 86_400


@given(st.floats(-1e12, 1e12))
def test_hours_and_seconds_are_inverse(duration_h: float) -> None:
    assert math.isclose(units.hours(units.seconds(duration_h)), duration_h, rel_tol=1e-15)


@pytest.mark.parametrize(
    ("quantity", "inside", "outside"),
    [
        (units.MW, [0, 0.0, 300], [-0.001]),
        (units.PositiveMW, [0.001], [0, -1]),
        (units.Fraction, [0, 1, 0.5], [-0.01, 1.01, 95]),
        (units.Efficiency, [0.01, 1], [0, 95]),
        (units.UsdPerMWh, [-40, 0, 60], []),
        (units.Latitude, [-90, 90], [91]),
        (units.Celsius, [-100, 35], [300]),
        (units.Count, [0, 7], [-1, 1.5, True]),
        (units.PositiveCount, [1], [0]),
        (units.Ratio, [0.1, 3], [0]),
    ],
)
def test_a_quantity_accepts_its_range_and_nothing_else(
    quantity: Any, inside: list[Any], outside: list[Any]
) -> None:
    assert all(accepts(quantity, value) for value in inside)
    assert not any(accepts(quantity, value) for value in outside)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "3", None, True])
@pytest.mark.parametrize("quantity", [units.MW, units.UsdPerMWh, units.Celsius, units.Hours])
def test_no_quantity_is_nan_infinite_text_or_truth(quantity: Any, value: Any) -> None:
    assert not accepts(quantity, value)


def test_the_json_schema_of_a_quantity_states_its_unit() -> None:
    assert TypeAdapter(units.PuPerMinute).json_schema() == {
        "type": "number",
        "minimum": 1e-6,
        "maximum": 1e6,
        "unit": "pu/min",
    }


@pytest.mark.parametrize(
    ("name", "left", "unit"),
    [
        ("solar_mw", "solar", "MW"),
        ("battery_mwh", "battery", "MWh"),
        ("peak_usd_per_mwh", "peak", "USD/MWh"),  # the longest ending, not MWh
        ("demand_charge_usd_per_mw_month", "demand_charge", "USD/MW-month"),
        ("fixed_usd_per_mw_year", "fixed", "USD/MW-a"),
        ("outages_per_year", "outages", "1/a"),
        ("share_pu", "share", "pu"),
        ("share_frac", "share", "pu"),
        ("work_gpu_h", "work", "GPU-h"),
        ("carbon_t", "carbon", "t"),
        ("start_day", "start", "d"),
        ("mttr_h", "mttr", "h"),
        ("mw", "", "MW"),
        ("usd_per_mwh", "", "USD/MWh"),
        ("modules", "modules", ""),
        ("glass", "glass", ""),
        ("gpu_h_done", "gpu_h_done", ""),
        ("", "", ""),
    ],
)
def test_the_ending_of_a_name_tells_the_unit(name: str, left: str, unit: str) -> None:
    assert (units.without_unit(name), units.unit_in(name)) == (left, unit)


HIGHEST = {
    "MW": 1e6,
    "MWh": 1e8,
    "W": 1e12,  # 1e6 MW
    "Wh": 1e14,  # 1e8 MWh
    "USD/MWh": 1e6,
    "GPU-h": 1e13,
    "s": 3.1536e9,  # 100 x 365 x 86,400
    "min": 5.256e7,
    "d": 36_500,
}


def quantities() -> dict[str, Any]:
    """All quantities of the room, by name."""
    return {name: thing for name, thing in vars(units).items() if get_origin(thing) is Annotated}


@pytest.mark.parametrize("name", list(quantities()))
def test_every_quantity_has_a_lowest_and_a_highest_value_in_the_schema(name: str) -> None:
    schema = TypeAdapter(quantities()[name]).json_schema()
    assert math.isfinite(schema["minimum"])
    assert math.isfinite(schema["maximum"])
    if schema["unit"] in HIGHEST:
        assert schema["maximum"] == HIGHEST[schema["unit"]]


@pytest.mark.parametrize(
    ("quantity", "lowest", "below"),
    [
        (units.PositiveMW, 1e-9, 1e-300),  # a milliwatt
        (units.PositiveHours, 1 / 3600, 1e-5),  # a second
        (units.PositiveDays, 1 / 86_400, 1e-6),
        (units.GpuHours, 1e-6, 1e-9),
        (units.Efficiency, 0.01, 1e-300),
        (units.PuPerMinute, 1e-6, 1e-300),
    ],
)
def test_a_positive_quantity_is_not_arbitrarily_small(quantity: Any, lowest: float, below: float) -> None:
    assert accepts(quantity, lowest)
    assert not accepts(quantity, below)


@pytest.mark.parametrize(
    ("quantity", "most"),
    [
        (units.Count, 10**7),
        (units.PositiveCount, 10**7),
        (units.GpuCount, 10**8),
        (units.UnitCount, 1000),
        (units.PositiveHours, 1e12),
        (units.DurationHours, 876_000),  # 100 years
    ],
)
def test_a_count_and_a_mean_time_have_a_highest_value(quantity: Any, most: float) -> None:
    assert accepts(quantity, most)
    assert not accepts(quantity, most + 1)
    assert not accepts(quantity, 2**63)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (835.0 / 11.0, "75.91"),  # 75.9091
        (77.0, "77"),
        (1117.0, "1,117"),
        (12_345.6, "12,346"),
        (999.96, "1,000"),
        (2.1, "2.1"),
        (0.363, "0.363"),
        (1e-9, "0.000000001"),
        (0.0, "0"),
        (-5.25, "-5.25"),
    ],
)
def test_a_size_has_at_most_four_digits_and_no_power_of_ten(value: float, text: str) -> None:
    assert units.rounded(value) == text
