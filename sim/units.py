"""Quantities with their units and ranges, and the conversions between them.

Each quantity type contains its unit and its range. Error messages, the JSON schema and the field tables read
both from here. All unit conversions are in this module.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

SECONDS_PER_MINUTE = 60.0
SECONDS_PER_QUARTER = 15 * SECONDS_PER_MINUTE
SECONDS_PER_HOUR = 3600.0
HOURS_PER_DAY = 24.0
SECONDS_PER_DAY = HOURS_PER_DAY * SECONDS_PER_HOUR
DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365.0
MONTHS_PER_YEAR = 12
HOURS_PER_YEAR = DAYS_PER_YEAR * HOURS_PER_DAY
W_PER_MW = 1e6
WH_PER_MWH = 1e6
DEG_PER_HOUR = 15.0
KG_PER_T = 1000.0
MICROSECONDS_PER_SECOND = 1e6

_ENDINGS = {
    "usd_per_mw_month": "USD/MW-month",
    "usd_per_mw_year": "USD/MW-a",
    "usd_per_mwh": "USD/MWh",
    "usd_per_mmbtu": "USD/MMBtu",
    "usd_per_t": "USD/t",
    "kgco2_per_mwh": "kgCO2/MWh",
    "per_year": "1/a",
    "per_s": "1/s",
    "mwh": "MWh",
    "kwh": "kWh",
    "wh": "Wh",
    "mw": "MW",
    "kw": "kW",
    "w": "W",
    "pu": "pu",
    "frac": "pu",
    "usd": "USD",
    "t": "t",
    "deg": "deg",
    "c": "degC",
    "gpu_h": "GPU-h",
    "days": "d",
    "day": "d",
    "d": "d",
    "h": "h",
    "min": "min",
    "s": "s",
}
"""The unit for each suffix of a name."""


def quantity(unit: str, **bounds: Any) -> Any:
    """A pydantic field for finite numbers with a unit.

    Args:
        unit: Unit as shown in messages and schemas.
        **bounds: Bounds `ge`, `gt`, `le`, `lt`, as in pydantic.
    """
    return Field(json_schema_extra={"unit": unit}, strict=True, allow_inf_nan=False, **bounds)


MW = Annotated[float, quantity("MW", ge=0)]
PositiveMW = Annotated[float, quantity("MW", gt=0)]
MWh = Annotated[float, quantity("MWh", ge=0)]
PositiveMWh = Annotated[float, quantity("MWh", gt=0)]
Watts = Annotated[float, quantity("W", ge=0)]
WattHours = Annotated[float, quantity("Wh", ge=0)]
PositiveWatts = Annotated[float, quantity("W", gt=0)]
PositiveWattHours = Annotated[float, quantity("Wh", gt=0)]
GpuHours = Annotated[float, quantity("GPU-h", gt=0)]
Seconds = Annotated[float, quantity("s", ge=0)]
Minutes = Annotated[float, quantity("min", ge=0)]
Hours = Annotated[float, quantity("h", ge=0)]
PositiveHours = Annotated[float, quantity("h", gt=0)]
Days = Annotated[float, quantity("d", ge=0)]
PositiveDays = Annotated[float, quantity("d", gt=0)]
Fraction = Annotated[float, quantity("pu", ge=0, le=1)]
Efficiency = Annotated[float, quantity("pu", gt=0, le=1)]
PuPerMinute = Annotated[float, quantity("pu/min", gt=0)]
UsdPerMWh = Annotated[float, quantity("USD/MWh")]
Usd = Annotated[float, quantity("USD", ge=0)]
KgCo2PerMWh = Annotated[float, quantity("kgCO2/MWh", ge=0)]
Degrees = Annotated[float, quantity("deg")]
Latitude = Annotated[float, quantity("deg", ge=-90, le=90)]
Longitude = Annotated[float, quantity("deg", ge=-180, le=180)]
Celsius = Annotated[float, quantity("degC", ge=-100, le=100)]
Count = Annotated[int, quantity("", ge=0)]
PositiveCount = Annotated[int, quantity("", ge=1)]
PerYear = Annotated[float, quantity("1/a", ge=0)]
UsdPerMWYear = Annotated[float, quantity("USD/MW-a", ge=0)]
UsdPerMMBtu = Annotated[float, quantity("USD/MMBtu", ge=0)]
UsdPerMW = Annotated[float, quantity("USD/MW", ge=0)]
MMBtuPerMW = Annotated[float, quantity("MMBtu/MW", ge=0)]
KgCo2PerMMBtu = Annotated[float, quantity("kgCO2/MMBtu", ge=0)]
UsdPerT = Annotated[float, quantity("USD/t", ge=0)]
# capped at 10; a larger value is probably a percentage
OverheadRatio = Annotated[float, quantity("ratio", ge=1, le=10)]
Ratio = Annotated[float, quantity("ratio", gt=0, le=10)]


def hours(duration_s: float) -> float:
    """Convert seconds to hours."""
    return duration_s / SECONDS_PER_HOUR


def seconds(duration_h: float) -> float:
    """Convert hours to seconds."""
    return duration_h * SECONDS_PER_HOUR


def years(duration_s: float) -> float:
    """Convert seconds to years of 365 days."""
    return duration_s / SECONDS_PER_DAY / DAYS_PER_YEAR


def unit_in(name: str) -> str:
    """The unit given by the suffix of a name, such as MW for `solar_mw`; empty if there is none."""
    return _ENDINGS.get(_ending(name), "")


def without_unit(name: str) -> str:
    """A name without its unit suffix: `solar` for `solar_mw`, empty for `mw`."""
    return name.removesuffix(_ending(name)).removesuffix("_") if _ending(name) else name


def _ending(name: str) -> str:
    """The longest suffix of a name that is a unit; empty if there is none."""
    words = name.split("_")
    endings = ("_".join(words[first:]) for first in range(len(words)))
    return next((ending for ending in endings if ending in _ENDINGS), "")
