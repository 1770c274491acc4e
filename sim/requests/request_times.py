"""Request times: elapsed seconds of the requests of a log, and the signs of a wrong unit.

A number that counts from anything is in seconds or milliseconds. A wrong unit would change the rate of a
stream by a factor of 1,000, so the signs of one are refused:

- Seconds from 1e11 on, which would be after the year 5100, are milliseconds since 1970 (1e11 is in 1973);
  milliseconds from 1e14 on are microseconds.
- Milliseconds that begin from 1e9 to 1e11 are seconds since 1970 (1e9 is in 2001).
- Whole numbers of seconds with fewer than 0.01 requests a second, in a log of 100 requests or more, are
  milliseconds if these give a rate of at least 0.1 a second. Decimals show that seconds are meant.
- Milliseconds with more than 100,000 requests a second, in a log of 100 requests or more, are seconds.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from sim import units
from sim.errors import shortened
from sim.files.csv_cells import numbers_of
from sim.requests.request_columns import RequestColumns
from sim.timeseries.series import Array
from sim.timeseries.timestamps import moments_of

if TYPE_CHECKING:
    import pandas as pd

_SINCE_1970 = {"ns": 1e17, "us": 1e14, "ms": 1e11, "s": 1e9}
"""Number from which on a time after 1970 is likely in a unit; it is in 1973, or in 2001 for seconds."""
_HIGHEST = {"s": _SINCE_1970["ms"], "ms": _SINCE_1970["us"]}
"""Number from which on a time is in a smaller unit; it would be after the year 5100."""
_ENOUGH = 100
"""Requests from which on a rate tells of the unit."""
_LOWEST_PER_S = 0.01
_HIGHEST_PER_S = 1e5
_LIKELY_PER_S = 0.1
_DATE = r"\d{4}-\d\d-\d\d"
_NUMBER = r"-?\d+(\.\d*)?"


def times_s(cells: pd.Series[str], columns: RequestColumns) -> Array:
    """The times of requests after the first one [s].

    Args:
        cells: The times, indexed by row; the name gives file and column.
        columns: Their unit.

    Raises:
        ValueError: If a time is invalid, out of order or appears to have another unit; the message gives
            file, column, row and value.
    """
    stamped = columns.time_unit == "timestamp"
    at_s = _after_first_s(cells, columns.timezone) if stamped else _counted_s(cells, columns.time_unit)
    late = np.diff(at_s) < 0.0
    if late.any():
        at = int(late.argmax()) + 1
        before = f"row {cells.index[at - 1]} = {shortened(cells.iloc[at - 1])}"
        raise ValueError(f"{_place(cells, at)} is before {before}; allowed: rows in the order of time")
    if at_s[-1] > units.LONGEST_S:
        allowed = f"allowed: at most {units.LONGEST_S:,.0f} s"
        raise ValueError(f"{_place(cells, -1)} is {at_s[-1]:,.0f} s after the first request; {allowed}")
    if not stamped:
        _check_rate(cells, columns.time_unit, float(at_s[-1]))
    return at_s


def _place(cells: pd.Series[str], at: int) -> str:
    """File, column, row and value."""
    return f"{cells.name}: row {cells.index[at]} = {shortened(cells.iloc[at])}"


def _counted_s(cells: pd.Series[str], unit: str) -> Array:
    """Times that are numbers."""
    dated = cells.str.match(_DATE)
    if dated.any():
        at = int(dated.to_numpy().argmax())
        raise ValueError(f"{_place(cells, at)} looks like a date: set time_unit = 'timestamp'")
    counts = numbers_of(cells, str(cells.name))
    if (wrong := counts < 0.0).any():
        raise ValueError(f"{_place(cells, int(wrong.argmax()))} {unit}; allowed: at least 0 {unit}")
    wrong = counts >= _HIGHEST[unit]
    if unit == "ms":
        wrong[0] |= _SINCE_1970["s"] <= counts[0] < _SINCE_1970["ms"]
    if wrong.any():
        at = int(wrong.argmax())
        raise ValueError(f"{_place(cells, at)} looks like {_since_1970(counts[at])}")
    return np.asarray((counts - counts[0]) * units.SECONDS_IN[unit], dtype=np.float64)


def _since_1970(count: float) -> str:
    """The end of a message: the unit that a number counts in if it counts from 1970, and the remedy."""
    likely = next(unit for unit, least in _SINCE_1970.items() if count >= least)
    length_s = 10.0 ** -(3.0 * [*reversed(_SINCE_1970)].index(likely))
    remedy = f"set time_unit = {likely!r}" if likely in _HIGHEST else "convert them to s or ms"
    try:
        date = f" ({datetime.fromtimestamp(count * length_s, UTC).date().isoformat()})"
    except (ValueError, OverflowError, OSError):  # later than dates go
        date = ""
    return f"{likely} since 1970{date}: {remedy}"


def _after_first_s(cells: pd.Series[str], timezone: str | None) -> Array:
    """Times that are timestamps."""
    numeric = cells.str.fullmatch(_NUMBER)
    if numeric.any():
        at = int(numeric.to_numpy().argmax())
        likely = "ms" if float(cells.iloc[at]) >= _HIGHEST["s"] else "s"
        message = f"is not a timestamp; it looks like a number of {likely}"
        raise ValueError(f"{_place(cells, at)} {message}: set time_unit = '{likely}'")
    moments = moments_of(cells, timezone or "UTC", str(cells.name))
    since = moments - moments.iloc[0]  # first, as a double holds a time after 1970 to 0.2 microseconds only
    return np.asarray(since.dt.total_seconds(), dtype=np.float64)


def _check_rate(cells: pd.Series[str], unit: str, span_s: float) -> None:
    """Refuse a rate that tells of another unit."""
    if len(cells) < _ENOUGH or span_s == 0.0:
        return
    likely = {"s": "ms", "ms": "s"}[unit]
    factor = units.SECONDS_IN[likely] / units.SECONDS_IN[unit]
    rate, other = ((len(cells) - 1) / span for span in (span_s, span_s * factor))
    whole = unit == "s" and bool(cells.str.fullmatch(r"\d+").all())
    slow = whole and rate < _LOWEST_PER_S and other >= _LIKELY_PER_S
    if slow or (unit == "ms" and rate > _HIGHEST_PER_S):
        found = f"lasts {span_s:,.4g} s with {rate:,.3g} requests a second"
        instead = f"with '{likely}' it lasts {span_s * factor:,.4g} s with {other:,.3g} requests a second"
        escape = "; if seconds are meant, write them with decimals" if slow else ""
        raise ValueError(
            f"{cells.name}: with time_unit = '{unit}' the log {found}; "
            f"{instead}: set time_unit = '{likely}'{escape}"
        )
