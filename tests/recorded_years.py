"""Small recorded years: weather and load files whose values tell the year that they are from."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

EASTERN = "Etc/GMT+5"
PLACE = {"latitude_deg": 36.0, "longitude_deg": -79.0}


def stamps(year: int, zone: str = EASTERN, step: str = "h") -> pd.DatetimeIndex:
    """The interval starts of a calendar year in a standard time."""
    return pd.date_range(f"{year}-01-01", f"{year + 1}-01-01", freq=step, inclusive="left", tz=zone)


def weather_file(folder: Path, year: int, *, zone: str = EASTERN, step: str = "h") -> Path:
    """A year of weather; the wind is the year less 2000, in m/s, and the air has the day of the month."""
    return _written(folder / f"weather_{year}.csv", _weather(year, zone, step))


def load_file(folder: Path, year: int, *, zone: str = EASTERN, step: str = "h") -> Path:
    """A year of load: the year less 2000, and a hundredth for each day of the month [MW]."""
    return _written(folder / f"load_{year}.csv", _load(year, zone, step))


def weather(folder: Path, *years: int, **values: Any) -> dict[str, Any]:
    """Weather of several years, as plain data."""
    files = [str(weather_file(folder, year)) for year in years]
    return {"kind": "weather_years", "files": files, **PLACE, **values}


def loads(folder: Path, *years: int) -> dict[str, Any]:
    """A profile of several years."""
    return {"years": [{"csv": str(load_file(folder, year)), "column": "mw"} for year in years]}


@lru_cache
def _weather(year: int, zone: str, step: str) -> str:
    times = stamps(year, zone, step)
    light = 10.0 * (times.day % 7) + 20.0 * (year % 10)
    columns = {"ghi": light, "dni": light, "dhi": light}
    return _text(pd.DataFrame({**columns, "temp_air": times.day, "wind_speed": year - 2000.0}), times)


@lru_cache
def _load(year: int, zone: str, step: str) -> str:
    times = stamps(year, zone, step)
    return _text(pd.DataFrame({"mw": year - 2000.0 + np.asarray(times.day) / 100.0}), times)


def _text(frame: pd.DataFrame, times: pd.DatetimeIndex) -> str:
    frame.index = pd.Index([stamp.isoformat() for stamp in times], name="time")
    return str(frame.to_csv())


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
