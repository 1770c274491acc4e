"""A year of weather read from a TMY3, EPW or CSV file into one common form."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.files.text import check_text
from sim.timeseries.recorded_year import RecordedYear, recorded_year, shown
from sim.units import hours, seconds

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

COLUMNS = ("ghi", "dni", "dhi", "temp_air", "wind_speed")
"""Column names in pvlib's nomenclature: global horizontal, direct normal and diffuse horizontal irradiance
[W/m2], air temperature [degC] and wind speed at 10 m above ground [m/s]."""

HUMIDITY = "relative_humidity"
"""A further column, for files that have it: relative humidity [%]. NaN where a file does not hold it."""

_UNITS = ("W/m2", "W/m2", "W/m2", "degC", "m/s")
_LOWEST = (0.0, 0.0, 0.0, -100.0, 0.0)
_HIGHEST = (2000.0, 2000.0, 2000.0, 70.0, 100.0)
_SATURATED = 110.0
"""Highest plausible relative humidity, supersaturation and sensor error included [%]."""

FORMATS = f"a TMY3 file, an EPW file, or a CSV file with UTC offsets and the columns {', '.join(COLUMNS)}"

_ZONE = re.compile(r"\d:\d\d.*(Z|[+-]\d{2}(:?\d{2})?)$")


@dataclass(frozen=True)
class Place:
    """Location of the weather.

    Attributes:
        latitude_deg: Latitude, north positive [deg].
        longitude_deg: Longitude, east positive [deg].
        altitude_m: Altitude above sea level [m].
    """

    latitude_deg: float
    longitude_deg: float
    altitude_m: float


@dataclass(frozen=True)
class WeatherYear:
    """A year of weather in the standard time of its location.

    Attributes:
        place: Location; None if the file does not contain it.
        offset_s: UTC offset of the standard time of the location [s].
        recorded: The year, with one column per name in `COLUMNS`, and relative humidity.
    """

    place: Place | None
    offset_s: float
    recorded: RecordedYear

    def name(self, path: Path) -> str:
        """The calendar year that a file is from, unless it is of various years, and the name of the file."""
        return f"{self.recorded.said} ({path.name})" if self.recorded.said else path.name

    def alone(self, path: Path) -> str:
        """That a run has the weather of one file only."""
        which = f"one year, {self.name(path)}" if self.recorded.said else "one typical year (TMY)"
        return f"{which}, repeated; not a measure of rare years"


def read_year(path: Path) -> WeatherYear:
    """Read a weather file in any of the known formats; the result is cached until the file changes.

    Raises:
        ValueError: If the format is unknown or the file does not contain exactly one year; the message is
            worded to follow the name of the file.
    """
    status = path.stat()
    return _read_year(path, status.st_mtime_ns, status.st_size)


def shipped_file() -> Path:
    """The TMY3 file of Greensboro, North Carolina (station 723170), included in pvlib."""
    import pvlib

    return Path(pvlib.__file__).parent / "data" / "723170TYA.CSV"


@lru_cache(maxsize=64)
def _read_year(path: Path, _changed_ns: int, _size: int) -> WeatherYear:
    check_text(path, encoding="latin-1")
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        first, second = lines.readline(), lines.readline()
    try:
        if first.startswith("LOCATION,"):
            return _read_epw(path)
        if second.startswith("Date (MM/DD/YYYY),"):
            return _read_tmy3(path)
    except KeyError as error:
        raise ValueError(f"has no column {error}") from None
    if set(COLUMNS) <= {name.strip() for name in first.split(",")}:
        check_text(path)
        return _read_csv(path)
    raise ValueError(f"has an unknown format; allowed: {FORMATS}")


def _read_tmy3(path: Path) -> WeatherYear:
    """TMY3 (Wilcox and Marion 2008, NREL/TP-581-43156) stamps the end of each hour."""
    from pvlib.iotools import read_tmy3

    frame, about = read_tmy3(_text(path), map_variables=True)
    return _standard_year(frame, frame.index, about["TZ"], _place(about), hours_early=1)


def _read_epw(path: Path) -> WeatherYear:
    """EPW also stamps the end of each hour, but pvlib's reader moves the timestamps to the beginning."""
    from pvlib.iotools import read_epw

    frame, about = read_epw(_text(path))
    return _standard_year(frame, frame.index, about["TZ"], _place(about))


def _text(path: Path) -> io.StringIO:
    """The text of a weather file; some older files contain the name of the location in Latin-1."""
    data = path.read_bytes()
    try:
        return io.StringIO(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return io.StringIO(data.decode("latin-1"))


def _read_csv(path: Path) -> WeatherYear:
    """A CSV file stamps the beginning of each interval; a row holds until the next one."""
    import pandas as pd

    rows = _rows_of(path)
    frame = pd.read_csv(path, index_col=0, skipinitialspace=True)
    stamps = [str(stamp) for stamp in frame.index]
    if not stamps:
        raise ValueError("has no rows")
    naive = [(row, stamp) for row, stamp in zip(rows, stamps, strict=True) if not _ZONE.search(stamp)]
    if naive:
        row, stamp = naive[0]
        message = f"has a time without a UTC offset in row {row}: {stamp!r}"
        raise ValueError(f"{message}; allowed: a time such as 2023-01-01T00:00-05:00")
    utc = pd.to_datetime(stamps, utc=True, format="ISO8601", errors="coerce")
    if utc.hasnans:
        at = int(utc.isna().argmax())
        raise ValueError(f"has a time that cannot be read in row {rows[at]}: {stamps[at]!r}")
    _check_numbers(frame, rows)
    offset = pd.Timestamp(stamps[0]).utcoffset()
    offset_h = hours(offset.total_seconds()) if offset else 0.0
    return _standard_year(frame, utc + pd.Timedelta(hours=offset_h), offset_h, None)


def _rows_of(path: Path) -> list[int]:
    """The numbers of the non-blank rows after the first row; each must have as many cells as the first.

    Raises:
        ValueError: If a row has a different number of cells; the message gives the first such row.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        wanted = len(next(reader))
        rows = []
        for cells in reader:
            if len(cells) not in {0, wanted}:
                count = f"{len(cells)} cell{'' if len(cells) == 1 else 's'}"
                raise ValueError(f"has {count} in row {reader.line_num}; the first row has {wanted}")
            if cells:
                rows.append(reader.line_num)
    return rows


def _check_numbers(frame: pd.DataFrame, rows: list[int]) -> None:
    """Refuse a cell of weather that is not a number."""
    import pandas as pd

    for name in COLUMNS:
        wrong = pd.to_numeric(frame[name], errors="coerce").isna().to_numpy()
        if wrong.any():
            at = int(wrong.argmax())
            cell = frame[name].iloc[at]
            message = f"no {name}" if pd.isna(cell) else f"{name} = {cell!r}, which is not a number,"
            raise ValueError(f"has {message} in row {rows[at]}")


def _place(about: dict[str, Any]) -> Place:
    return Place(about["latitude"], about["longitude"], about["altitude"])


def _standard_year(
    frame: pd.DataFrame, stamps: pd.DatetimeIndex, offset_h: float, place: Place | None, hours_early: int = 0
) -> WeatherYear:
    """Sort the rows into one year by month, day and hour, regardless of the year they come from."""
    values = np.column_stack([frame[list(COLUMNS)].to_numpy(dtype=np.float64), _humidity(frame)])
    year, hour = recorded_year(stamps, values, hours_early=hours_early)
    _check_values(hour, year.values[:, : len(COLUMNS)])
    return WeatherYear(place, seconds(offset_h), year)


def _humidity(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Relative humidity [%]; NaN without the column and at the missing-value marks of the formats."""
    import pandas as pd

    if HUMIDITY not in frame:
        return np.full(len(frame), np.nan)
    humidity = pd.to_numeric(frame[HUMIDITY], errors="coerce").to_numpy(dtype=np.float64)
    return np.where((humidity > 0.0) & (humidity <= _SATURATED), np.minimum(humidity, 100.0), np.nan)


def _check_values(hour: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> None:
    """Refuse implausible values, including the missing-value marks of these formats (9999, -9900)."""
    wrong = np.argwhere(~((values >= _LOWEST) & (values <= _HIGHEST)))
    if wrong.size:
        row, column = wrong[0]
        raise ValueError(
            f"has {COLUMNS[column]} = {values[row, column]:g} {_UNITS[column]} at {shown(hour[row])}; "
            f"allowed: {_LOWEST[column]:g} to {_HIGHEST[column]:g} {_UNITS[column]}"
        )
