"""Timestamps: converts the dated rows of a file or frame to elapsed seconds.

Gaps are not filled and ambiguous local times are not guessed; such rows are refused. The message gives the
file, the row and the value.
"""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.errors import nearest
from sim.files.text import check_file, check_text
from sim.timeseries.calendar import Calendar, zone_of
from sim.units import SECONDS_PER_DAY

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

_HEADER_ROWS = 1
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
    try:
        check_file(path)
    except ValueError as error:
        raise ValueError(f"{path} {error}") from None
    stamps, cells = _text(path, column, time_column)
    moments = _moments(stamps, timezone)
    values = _numbers(cells, f"{path}: {column}", least=1 if steps else 2)
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


def _text(path: Path, column: str, time_column: str | None) -> tuple[pd.Series[str], pd.Series[str]]:
    """The cells of the time column and of the value column, indexed by the row in the file."""
    import pandas as pd
    import pyarrow as pa
    from pyarrow import csv

    rules = csv.ParseOptions(ignore_empty_lines=False)  # so that row numbers are those of the file
    try:
        with csv.open_csv(path, parse_options=rules) as head:
            wanted = _columns(head.schema.names, column, time_column)
        as_text = csv.ConvertOptions(include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()))
        table = csv.read_csv(path, parse_options=rules, convert_options=as_text)
    except (ValueError, OSError) as error:
        raise ValueError(_diagnosis(path, error)) from None
    rows = pd.RangeIndex(1 + _HEADER_ROWS, len(table) + 1 + _HEADER_ROWS)
    stamps, cells = (table[name].to_pandas().set_axis(rows).str.strip() for name in wanted)
    return stamps.rename(f"{path}: {wanted[0]}"), cells


def _diagnosis(path: Path, error: Exception) -> str:
    """Why a file could not be read, with the row where it can be found."""
    from pyarrow import csv

    try:
        check_text(path)
    except ValueError as found:
        return f"{path} {found}"
    wrong: list[Any] = []

    def skip(row: Any) -> str:
        wrong.append(row)
        return "skip"

    rules = csv.ParseOptions(ignore_empty_lines=False, invalid_row_handler=skip)
    with suppress(ValueError, OSError):  # whatever else is wrong has been said by the first reading
        csv.read_csv(path, read_options=csv.ReadOptions(use_threads=False), parse_options=rules)
    if not wrong:
        is_empty = path.stat().st_size == 0
        return f"{path} is empty" if is_empty else f"{path}: {error}"
    row = wrong[0]
    cells = f"{row.actual_columns} cell{'' if row.actual_columns == 1 else 's'}"
    return f"{path}: row {row.number} has {cells}; the first row has {row.expected_columns}"


def _columns(header: list[str], column: str, time_column: str | None) -> tuple[str, str]:
    times = header[0] if time_column is None else time_column
    for role, name in {"time column": times, "column": column}.items():
        if name not in header:
            raise ValueError(f"{role} {name!r} does not exist{nearest(name, header)}")
        if header.count(name) > 1:
            raise ValueError(f"{role} {name!r} appears {header.count(name)} times")
    if column == times:
        raise ValueError(f"column {column!r} is the time column; name a column of values")
    return times, column


def _numbers(cells: pd.Series[Any], name: str, least: int = 2) -> npt.NDArray[np.float64]:
    """The cells as numbers; of two rows the spacing says how long the last one holds."""
    import pandas as pd

    if len(cells) < least:
        raise ValueError(f"{name}: has {len(cells)} rows; at least {least} are needed")
    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    wrong = ~np.isfinite(numbers)
    if wrong.any():
        row = _first(wrong)
        empty = cells[row] == "" or pd.isna(cells[row])
        message = "is empty" if empty else f"= {cells[row]!r} is not a finite number"
        raise ValueError(f"{name}: row {row} {message}")
    return np.asarray(numbers, dtype=np.float64)


def _moments(stamps: pd.Series[str], timezone: str | None) -> pd.Series[Any]:
    """Timezone-aware times of ISO 8601 timestamps."""
    import pandas as pd

    aware = stamps.str.contains(_OFFSET, regex=True)
    moments = pd.to_datetime(stamps, format="ISO8601", errors="coerce", utc=True)
    if moments.isna().any():
        row = _first(moments.isna())
        message = f"= {stamps[row]!r} is not an ISO 8601 time" if stamps[row] else "is empty"
        raise ValueError(f"{stamps.name}: row {row} {message}")
    if aware.all():
        return moments
    if aware.any():
        row = _first(~aware)
        raise ValueError(
            f"{stamps.name}: row {row} = {stamps[row]!r} has no UTC offset, but other rows have one"
        )
    if timezone is None:
        row = int(stamps.index[0])
        raise ValueError(f"{stamps.name}: row {row} = {stamps[row]!r} has no UTC offset; set timezone")
    return _localised(moments.dt.tz_localize(None), stamps, timezone)


def _localised(naive: pd.Series[Any], stamps: pd.Series[str], timezone: str) -> pd.Series[Any]:
    zone = zone_of(timezone)
    moments: pd.Series[Any] = naive.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    if moments.isna().any():
        row = _first(moments.isna())
        there = naive.loc[[row]].dt.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
        message = "is ambiguous" if there.isna().all() else "does not exist"
        raise ValueError(
            f"{stamps.name}: row {row} = {stamps[row]!r} {message} in {timezone}; add a UTC offset"
        )
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
