"""Quantities with their units and ranges, and the conversions between them.

Each quantity type contains its unit and its range. Error messages, the JSON schema and the field tables read
both from here. All unit conversions are in this module.
"""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import Field
from pydantic.fields import FieldInfo

SECONDS_PER_MINUTE = 60.0
SECONDS_PER_QUARTER = 15 * SECONDS_PER_MINUTE
SECONDS_PER_HOUR = 3600.0
HOURS_PER_QUARTER = SECONDS_PER_QUARTER / SECONDS_PER_HOUR
QUARTERS_PER_HOUR = SECONDS_PER_HOUR / SECONDS_PER_QUARTER
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
KW_PER_MW = 1000.0
J_PER_MWH = W_PER_MW * SECONDS_PER_HOUR
PERCENT = 100.0
MICROSECONDS_PER_SECOND = 1e6
MILLISECONDS_PER_SECOND = 1000.0
SECONDS_IN = {"ms": 1e-3, "s": 1.0, "min": SECONDS_PER_MINUTE, "h": SECONDS_PER_HOUR}
"""Length of the units of time that a file may use [s]."""

_WORDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
_ENDINGS = {
    "usd_per_mw_month": "USD/MW-month",
    "usd_per_mw_year": "USD/MW-a",
    "usd_per_mwh": "USD/MWh",
    "usd_per_mmbtu": "USD/MMBtu",
    "usd_per_t": "USD/t",
    "kgco2_per_mwh": "kgCO2/MWh",
    "per_year": "1/a",
    "per_s": "1/s",
    "per_h": "1/h",
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
    "per_k": "1/K",
    "m3": "m3",
    "k": "K",
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


# The bounds exclude mistakes (a power in watts, a time in milliseconds), not designs. Above the upper bounds
# sums lose the digits that the energy balance is checked with; below the lower ones events never end.
_A_SECOND_H = 1.0 / SECONDS_PER_HOUR
_A_SECOND_D = 1.0 / SECONDS_PER_DAY
_LONGEST_D = 100 * DAYS_PER_YEAR
_LONGEST_H = _LONGEST_D * HOURS_PER_DAY
LONGEST_S = _LONGEST_D * SECONDS_PER_DAY
"""The longest time in a model: 100 years [s]."""
HIGHEST_MW = 1e6
"""The highest power in a model."""
MOST_GPUS = 100_000_000
"""The most GPUs in a pool."""
LONGEST_RUN_D = 36_525.0
"""The longest run [d]."""
HIGHEST_SEED = 2**63 - 1
"""The highest seed of random draws."""
LEAST_MWH = 1e-9
"""The least energy of a store that is not zero; a smaller one fills and empties within an instant."""
SHORTEST_D = _A_SECOND_D
"""The shortest time that is not zero [d]."""
_HIGHEST_MWH = 1e8
HIGHEST_USD_PER_MWH = 1e6
"""The highest price of energy, also as a negative price."""
MOST_KGCO2_PER_MWH = 1e5
"""The highest carbon intensity."""

MW = Annotated[float, quantity("MW", ge=0, le=HIGHEST_MW)]
PositiveMW = Annotated[float, quantity("MW", ge=1e-9, le=HIGHEST_MW)]
MWh = Annotated[float, quantity("MWh", ge=0, le=_HIGHEST_MWH)]
PositiveMWh = Annotated[float, quantity("MWh", ge=LEAST_MWH, le=_HIGHEST_MWH)]
Watts = Annotated[float, quantity("W", ge=0, le=HIGHEST_MW * W_PER_MW)]
WattHours = Annotated[float, quantity("Wh", ge=0, le=_HIGHEST_MWH * WH_PER_MWH)]
PositiveWatts = Annotated[float, quantity("W", ge=1e-3, le=HIGHEST_MW * W_PER_MW)]
PositiveWattHours = Annotated[float, quantity("Wh", ge=1e-9, le=_HIGHEST_MWH * WH_PER_MWH)]
GpuHours = Annotated[float, quantity("GPU-h", ge=1e-6, le=1e13)]
Seconds = Annotated[float, quantity("s", ge=0, le=LONGEST_S)]
PositiveSeconds = Annotated[float, quantity("s", ge=1e-3, le=LONGEST_S)]
Minutes = Annotated[float, quantity("min", ge=0, le=LONGEST_S / SECONDS_PER_MINUTE)]
Hours = Annotated[float, quantity("h", ge=0, le=_LONGEST_H)]
DurationHours = Annotated[float, quantity("h", ge=_A_SECOND_H, le=_LONGEST_H)]
# up to 1e12 h, for mean times to what does not happen during any run
PositiveHours = Annotated[float, quantity("h", ge=_A_SECOND_H, le=1e12)]
Days = Annotated[float, quantity("d", ge=0, le=_LONGEST_D)]
PositiveDays = Annotated[float, quantity("d", ge=_A_SECOND_D, le=_LONGEST_D)]
RelativeDays = Annotated[float, quantity("d", ge=-_LONGEST_D, le=_LONGEST_D)]
RelativeSeconds = Annotated[float, quantity("s", ge=-LONGEST_S, le=LONGEST_S)]
Fraction = Annotated[float, quantity("pu", ge=0, le=1)]
Efficiency = Annotated[float, quantity("pu", ge=0.01, le=1)]
PuPerMinute = Annotated[float, quantity("pu/min", ge=1e-6, le=1e6)]
UsdPerMWh = Annotated[float, quantity("USD/MWh", ge=-HIGHEST_USD_PER_MWH, le=HIGHEST_USD_PER_MWH)]
Usd = Annotated[float, quantity("USD", ge=0, le=1e12)]
KgCo2PerMWh = Annotated[float, quantity("kgCO2/MWh", ge=0, le=MOST_KGCO2_PER_MWH)]
Degrees = Annotated[float, quantity("deg", ge=-360, le=360)]
Latitude = Annotated[float, quantity("deg", ge=-90, le=90)]
Longitude = Annotated[float, quantity("deg", ge=-180, le=180)]
Celsius = Annotated[float, quantity("degC", ge=-100, le=100)]
Count = Annotated[int, quantity("", ge=0, le=10_000_000)]
PositiveCount = Annotated[int, quantity("", ge=1, le=10_000_000)]
# each unit of a fleet fails by itself: more units have more failures, and more are decided on after each
UnitCount = Annotated[int, quantity("", ge=0, le=1000)]
Seed = Annotated[int, quantity("", ge=0, le=HIGHEST_SEED)]
GpuCount = Annotated[int, quantity("", ge=1, le=MOST_GPUS)]
PerYear = Annotated[float, quantity("1/a", ge=0, le=1e6)]
UsdPerMWYear = Annotated[float, quantity("USD/MW-a", ge=0, le=1e9)]
UsdPerMWMonth = Annotated[float, quantity("USD/MW-month", ge=0, le=1e9)]
UsdPerMMBtu = Annotated[float, quantity("USD/MMBtu", ge=0, le=1e6)]
UsdPerMW = Annotated[float, quantity("USD/MW", ge=0, le=1e9)]
MMBtuPerMW = Annotated[float, quantity("MMBtu/MW", ge=0, le=1e4)]
KgCo2PerMMBtu = Annotated[float, quantity("kgCO2/MMBtu", ge=0, le=1e4)]
UsdPerT = Annotated[float, quantity("USD/t", ge=0, le=1e6)]
# capped at 10; a larger value is probably a percentage
OverheadRatio = Annotated[float, quantity("ratio", ge=1, le=10)]
Ratio = Annotated[float, quantity("ratio", ge=0.01, le=10)]


def marks(field: FieldInfo) -> list[Any]:
    """All annotations of a field, including those inside an optional type such as `MW | None`."""
    parts = get_args(field.annotation) if get_origin(field.annotation) in {Union, UnionType} else ()
    inner = [mark for part in parts for mark in getattr(part, "__metadata__", ())]
    found: list[Any] = [field, *field.metadata]
    for mark in inner:
        found += [mark, *mark.metadata] if isinstance(mark, FieldInfo) else [mark]
    return found


def unit_of(field: FieldInfo | None) -> str:
    """The unit of a field; empty if it has none."""
    for mark in marks(field) if field else ():
        extra = (
            mark.json_schema_extra if isinstance(mark, FieldInfo) else {"unit": getattr(mark, "unit", None)}
        )
        if isinstance(extra, dict) and extra.get("unit"):
            return str(extra["unit"])
    return ""


def allowed(field: FieldInfo) -> str:
    """The range of a field in words, such as `above 0 and at most 1`."""
    message = [
        f"{_WORDS[word]} {getattr(rule, word):g}"
        for rule in marks(field)
        for word in _WORDS
        if getattr(rule, word, None) is not None
    ]
    return " and ".join(message)


def hours(duration_s: float) -> float:
    """Convert seconds to hours."""
    return duration_s / SECONDS_PER_HOUR


def seconds(duration_h: float) -> float:
    """Convert hours to seconds."""
    return duration_h * SECONDS_PER_HOUR


def years(duration_s: float) -> float:
    """Convert seconds to years of 365 days."""
    return duration_s / SECONDS_PER_DAY / DAYS_PER_YEAR


def rounded(value: float) -> str:
    """A size as text: at most four significant digits, no trailing zeros, no power of ten."""
    size = float(f"{abs(value):.4g}")  # 999.96 is 1,000, as 1,000 is
    places = next((places for places, least in enumerate(_LEAST_OF_PLACES) if size >= least), 0)
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if places else text


_LEAST_OF_PLACES = (1000.0, 100.0, 10.0, 1.0, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
"""Size from which a number has so many decimals, from none on."""


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
