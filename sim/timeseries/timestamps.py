"""Timestamps: converts the dated rows of a file or frame to elapsed seconds.

Gaps are not filled and ambiguous local times are not guessed; such rows are refused. The message gives the
file, the row and the value.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.files.csv_cells import check_column, numbers_of, read_cells
from sim.timeseries.calendar import Calendar, zone_of
from sim.units import SECONDS_PER_DAY

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

_OFFSET = r":\d\d.*(?:Z|[+-]\d\d(?::?\d\d)?)$"


class TimedRows(NamedTuple):
    """Checked rows: elapsed seconds, values, and the end of the last row [s]."""

    times_s: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    end_s: float


def rows_of_csv(
    path: Path | str,
    column: str,
    calendar: Calendar,
    timezone: str | None,
    time_column: str | None,
    *,
    steps: bool | None = None,
) -> TimedRows:
    """The rows of one column of a CSV file, which may be compressed (`.csv.gz`).

    Args:
        path: The file; its first row names the columns.
        column: Name of the column of values.
        calendar: Defines the time of elapsed second 0.
        timezone: IANA name of the timezone of timestamps without a UTC offset.
        time_column: Name of the column of ISO 8601 timestamps. Default: the first column.
        steps: Whether the rows are steps of any length, the last of which never ends. Other rows are evenly
            spaced. Default: they are steps if all are at least a day apart and no spacing makes up more than
            half of them.

    Raises:
        ValueError: If the file is invalid; the message gives the file and the row (the header is row 1).
    """
    path = Path(path)
    found = read_cells(path, lambda header: _columns(header, column, time_column))
    times = next(iter(found))
    moments = moments_of(found[times], timezone, f"{path}: {times}")
    values = _numbers(found[column], f"{path}: {column}", least=1 if steps else 2)
    return _rows(moments, values, calendar, str(path), steps=steps)


def rows_of_pandas(series: pd.Series[Any], calendar: Calendar) -> TimedRows:
    """The rows of a pandas series with timezone-aware timestamps as its index.

    Raises:
        ValueError: If the series is invalid; the message gives its name and the row (the first is row 1).
    """
    import pandas as pd

    name = f"series {series.name!r}"
    index = series.index
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        raise ValueError(
            f"{name}: the index must contain timezone-aware timestamps; it contains {index.dtype}"
        )
    if index.hasnans:
        raise ValueError(f"{name}: row {_first(index.isna())} has no time")
    cells = series.set_axis(pd.RangeIndex(1, len(series) + 1))
    return _rows(pd.Series(index, index=cells.index), _numbers(cells, name), calendar, name)


def _columns(header: list[str], column: str, time_column: str | None) -> tuple[str, str]:
    times = header[0] if time_column is None else time_column
    check_column("time column", times, header)
    check_column("column", column, header)
    if column == times:
        raise ValueError(f"column {column!r} is the time column; name a column of values")
    return times, column


def _numbers(cells: pd.Series[Any], name: str, least: int = 2) -> npt.NDArray[np.float64]:
    """The cells as numbers; of two rows the spacing says how long the last one holds."""
    if len(cells) < least:
        raise ValueError(f"{name}: has {len(cells)} rows; at least {least} are needed")
    return numbers_of(cells, name)


def moments_of(stamps: pd.Series[str], timezone: str | None, name: str) -> pd.Series[Any]:
    """Timezone-aware times of ISO 8601 timestamps.

    Args:
        stamps: The timestamps, indexed by row.
        timezone: IANA name of the timezone of timestamps without a UTC offset.
        name: File and column, for messages.

    Raises:
        ValueError: If a timestamp is invalid, or if its time is ambiguous or does not exist in the timezone.
    """
    import pandas as pd

    aware = stamps.str.contains(_OFFSET, regex=True)
    moments = pd.to_datetime(stamps, format="ISO8601", errors="coerce", utc=True)
    if moments.isna().any():
        row = _first(moments.isna())
        message = f"= {stamps[row]!r} is not an ISO 8601 time" if stamps[row] else "is empty"
        raise ValueError(f"{name}: row {row} {message}")
    if aware.all():
        return moments
    if aware.any():
        row = _first(~aware)
        raise ValueError(f"{name}: row {row} = {stamps[row]!r} has no UTC offset, but other rows have one")
    if timezone is None:
        row = int(stamps.index[0])
        raise ValueError(f"{name}: row {row} = {stamps[row]!r} has no UTC offset; set timezone")
    return _localised(moments.dt.tz_localize(None), stamps, timezone, name)


def _localised(naive: pd.Series[Any], stamps: pd.Series[str], timezone: str, name: str) -> pd.Series[Any]:
    zone = zone_of(timezone)
    moments: pd.Series[Any] = naive.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    if moments.isna().any():
        row = _first(moments.isna())
        there = naive.loc[[row]].dt.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
        message = "is ambiguous" if there.isna().all() else "does not exist"
        raise ValueError(f"{name}: row {row} = {stamps[row]!r} {message} in {timezone}; add a UTC offset")
    return moments


def _rows(
    moments: pd.Series[Any],
    values: npt.NDArray[np.float64],
    calendar: Calendar,
    name: str,
    *,
    steps: bool | None = None,
) -> TimedRows:
    """Elapsed seconds, after the order and spacing of the rows were checked."""
    import pandas as pd

    elapsed_s = (moments - pd.Timestamp(calendar.start)).dt.total_seconds()
    times_s = np.asarray(elapsed_s, dtype=np.float64)
    spacing_s = np.diff(times_s)
    if (spacing_s <= 0).any():
        first, second = _pair(moments, spacing_s <= 0)
        message = "repeats" if first[1] == second[1] else "is earlier than"
        raise ValueError(f"{name}: row {second[0]} ({second[1]}) {message} row {first[0]} ({first[1]})")
    if steps:
        return TimedRows(times_s, values, math.inf)
    wall_s = _wall_s(moments, calendar)
    lengths_s, counts = np.unique(spacing_s, return_counts=True)
    usual_s = float(lengths_s[counts.argmax()])
    if steps is None and _are_steps(wall_s):
        return TimedRows(times_s, values, math.inf)
    if usual_s >= SECONDS_PER_DAY:  # days are counted on the local clock: one has 25 hours
        spacing_s = np.minimum(spacing_s, wall_s)
    if (spacing_s > usual_s).any():
        first, second = _pair(moments, spacing_s > usual_s)
        raise ValueError(
            f"{name}: gap before row {second[0]}: from {first[1]} to {second[1]}, usual spacing {usual_s:g} s"
            "; for steps of any length, set steps = true"
        )
    return TimedRows(times_s, values, float(times_s[-1]) + usual_s)


def _wall_s(moments: pd.Series[Any], calendar: Calendar) -> npt.NDArray[np.float64]:
    """The spacing of rows on the local clock [s], on which each day has 24 hours."""
    local = moments.dt.tz_convert(calendar.timezone) if str(moments.dt.tz) == "UTC" else moments
    return np.asarray(local.dt.tz_localize(None).diff().dt.total_seconds().to_numpy()[1:], dtype=np.float64)


def _are_steps(wall_s: npt.NDArray[np.float64]) -> bool:
    """Whether rows are steps by their spacing: of days, none of which is usual."""
    _, counts = np.unique(wall_s, return_counts=True)
    return bool(wall_s.min() >= SECONDS_PER_DAY and counts.max() <= len(wall_s) / 2)


def _pair(moments: pd.Series[Any], wrong: npt.NDArray[np.bool_]) -> tuple[tuple[int, str], tuple[int, str]]:
    """Row number and timestamp of the two rows at the first wrong spacing."""
    at = int(wrong.argmax())
    first, second = ((int(moments.index[k]), moments.iloc[k].isoformat()) for k in (at, at + 1))
    return first, second


def _first(wrong: Any) -> int:
    """The row number of the first wrong row, or its place counted from 1."""
    at = int(np.asarray(wrong).argmax())
    index = getattr(wrong, "index", None)
    return at + 1 if index is None else int(index[at])
