"""The series: a step function of elapsed seconds, integrated exactly, without sampling or interpolation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.timeseries.calendar import Calendar
from sim.timeseries.times import frozen, union
from sim.timeseries.timestamps import rows_of_csv, rows_of_pandas

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

Array = NDArray[np.float64]
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class StepSeries:
    """An immutable step function of elapsed seconds.

    Attributes:
        times_s: Elapsed seconds from which each value holds, strictly increasing; may be negative.
        values: The values; the owner of the series defines their unit.
        end_s: Elapsed seconds until which the last value holds; infinite by default.

    Raises:
        ValueError: If the arrays are empty, differ in length, are not finite or the times do not increase.
    """

    times_s: Array
    values: Array
    end_s: float = math.inf

    def __post_init__(self) -> None:
        times_s, values = frozen("times_s", self.times_s), frozen("values", self.values)
        if len(times_s) != len(values):
            raise ValueError(f"series: {len(times_s)} times_s do not match {len(values)} values")
        if not len(times_s):
            raise ValueError("series: times_s and values are empty; at least one value is needed")
        if len(times_s) > 1 and (late := times_s[1:] <= times_s[:-1]).any():
            at = int(late.argmax())
            first_s, then_s = times_s[at : at + 2]
            order = "repeats" if first_s == then_s else "is before"
            raise ValueError(
                f"series: times_s[{at + 1}] = {then_s:g} s {order} times_s[{at}] = {first_s:g} s"
            )
        if not self.end_s > times_s[-1]:
            raise ValueError(f"series: end_s = {self.end_s:g} s; allowed: above {times_s[-1]:g} s")
        object.__setattr__(self, "times_s", times_s)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "end_s", float(self.end_s))

    @classmethod
    def from_csv(
        cls,
        path: Path | str,
        column: str,
        calendar: Calendar,
        *,
        timezone: str | None = None,
        time_column: str | None = None,
        scale: float = 1.0,
        steps: bool | None = None,
    ) -> StepSeries:
        """Read one column of a CSV file (`.csv` or `.csv.gz`) whose first row names the columns.

        Rows before the start of the calendar are kept at negative times, so that the value at the start is
        known. The last value holds for the usual spacing of the rows; that of steps holds from then on.

        Args:
            path: The file.
            column: Name of the column of values.
            calendar: Defines the time of elapsed second 0.
            timezone: IANA name of the timezone of timestamps without a UTC offset.
            time_column: Name of the column of ISO 8601 timestamps. Default: the first column.
            scale: Factor applied to the values, such as 0.001 to convert kW to MW.
            steps: Whether the rows are steps of any length; None if their spacing tells.

        Raises:
            ValueError: If the file, the column or a row is missing, a cell is empty or not a number, or a
                time is out of order, ambiguous, nonexistent or without UTC offset. The message gives the
                file and the row.
        """
        times_s, values, end_s = rows_of_csv(path, column, calendar, timezone, time_column, steps=steps)
        with np.errstate(over="ignore"):
            scaled = np.nan_to_num(values * scale)  # too large for a number: the largest, out of every range
        return cls(times_s, scaled, end_s)

    @classmethod
    def from_pandas(cls, series: pd.Series[Any], calendar: Calendar) -> StepSeries:
        """Convert a pandas series with a timezone-aware index, with the same checks as for a file."""
        return cls(*rows_of_pandas(series, calendar))

    def to_pandas(self, calendar: Calendar) -> pd.Series[float]:
        """The values as a pandas series with local, timezone-aware times."""
        import pandas as pd

        return pd.Series(self.values, index=calendar.index(self.times_s))

    @property
    def start_s(self) -> float:
        """Elapsed seconds at which the series begins."""
        return float(self.times_s[0])

    def covers(self, start_s: float, end_s: float) -> bool:
        """Whether the series covers an interval [s]."""
        return self.start_s <= start_s and end_s <= self.end_s

    def value_at(self, t_s: float) -> float:
        """The value at an instant [s]; at `end_s` the last value.

        Raises:
            ValueError: If the series does not cover the instant.
        """
        self._require(t_s, t_s)
        return float(self.values[self.times_s.searchsorted(t_s, "right") - 1])

    def values_at(self, t_s: ArrayLike) -> Array:
        """The values at several instants [s].

        Raises:
            ValueError: If the series does not cover all instants.
        """
        instants = np.asarray(t_s, dtype=np.float64)
        if instants.size:
            self._require(float(instants.min()), float(instants.max()))
        if len(self) == 1:
            return np.full(instants.shape, self.values[0])
        return np.asarray(self.values[self.times_s.searchsorted(instants, "right") - 1])

    def changes(self, horizon_s: float) -> tuple[Array, Array]:
        """The changes of value during a run: times [s], of which the first is 0, and the values from then on.

        Runs that use the arrays at the same time share them.

        Args:
            horizon_s: Length of the run [s]; later changes are omitted.

        Raises:
            ValueError: If the series does not cover the run.
        """
        known_s, times, values = self.__dict__.get("_kept", (math.nan, None, None))
        found: tuple[Any, Any] = (times(), values()) if known_s == horizon_s else (None, None)
        if found[0] is None or found[1] is None:
            found = self._find_changes(horizon_s)
            self.__dict__["_kept"] = horizon_s, ref(found[0]), ref(found[1])
        return found

    def _find_changes(self, horizon_s: float) -> tuple[Array, Array]:
        self._require(0.0, horizon_s)
        if len(self) == 1 and self.times_s[0] == 0.0:
            return self.times_s, self.values
        first = self.times_s.searchsorted(0.0, "right") - 1
        last = max(first + 1, self.times_s.searchsorted(horizon_s, "left"))
        times_s, values = self.times_s[first:last], self.values[first:last]
        is_new = np.append(True, values[1:] != values[:-1])
        if times_s[0] < 0.0 or not is_new.all():
            times_s, values = np.maximum(times_s[is_new], 0.0), values[is_new]
            times_s.flags.writeable = values.flags.writeable = False
        return times_s, values

    def highest(self, start_s: float, end_s: float) -> float:
        """The highest value during an interval [s].

        Raises:
            ValueError: If the interval is empty or the series does not cover it.
        """
        if not start_s < end_s:
            raise ValueError(f"series: start_s = {start_s:g} s; allowed: below end_s = {end_s:g} s")
        self._require(start_s, end_s)
        first = self.times_s.searchsorted(start_s, "right") - 1
        return float(self.values[first : self.times_s.searchsorted(end_s, "left")].max())

    def integral(self, start_s: float, end_s: float) -> float:
        """The integral over an interval [value x s], exact.

        Raises:
            ValueError: If the interval is reversed or the series does not cover it.
        """
        return float(self.integrals([start_s, end_s])[0]) if start_s != end_s else 0.0

    def integrals(self, edges_s: ArrayLike) -> Array:
        """The integrals between consecutive edges [value x s].

        Each is summed from its own steps: a short one late in a long series is as exact as an early one.

        Args:
            edges_s: Instants in increasing order [s].

        Raises:
            ValueError: If the edges do not increase or the series does not cover them.
        """
        edges = np.asarray(edges_s, dtype=np.float64)
        if len(edges) < 2:  # noqa: PLR2004 - an interval has two edges
            return np.zeros(0)
        if not (np.diff(edges) > 0).all():
            raise ValueError("series: the edges of the intervals must increase")
        self._require(float(edges[0]), float(edges[-1]))
        first, last = self.times_s.searchsorted((edges[0], edges[-1]), "right")
        cuts = union(edges, self.times_s[first:last])
        pieces = np.diff(cuts) * self.values[self.times_s.searchsorted(cuts[:-1], "right") - 1]
        return np.add.reduceat(pieces, cuts.searchsorted(edges[:-1]))

    def mean(self, start_s: float, end_s: float) -> float:
        """The time-weighted mean over an interval.

        Raises:
            ValueError: If the interval is empty or reversed, or the series does not cover it.
        """
        if not start_s < end_s:
            raise ValueError(f"series: the interval from {start_s:g} s to {end_s:g} s is empty")
        if self.is_constant and start_s >= 0.0:
            return self.values.item()
        return self.integral(start_s, end_s) / (end_s - start_s)

    def quantile(self, share_pu: float, start_s: float, end_s: float) -> float:
        """The lowest value that the series is at or below for a share of an interval.

        Args:
            share_pu: Share of the interval, 0 to 1.
            start_s: Start of the interval [s].
            end_s: End of the interval [s].

        Raises:
            ValueError: If the interval is empty or reversed, or the series does not cover it.
        """
        if not start_s < end_s:
            raise ValueError(f"series: the interval from {start_s:g} s to {end_s:g} s is empty")
        self._require(start_s, end_s)
        first, last = self.times_s.searchsorted((start_s, end_s), "right")
        edges_s = union(np.array([start_s, end_s]), self.times_s[first:last])
        values = self.values_at(edges_s[:-1])
        order = np.argsort(values, kind="stable")
        lasted_s = np.cumsum(np.diff(edges_s)[order])
        at = int(lasted_s.searchsorted(share_pu * lasted_s[-1] * (1.0 - _ROUNDING)))
        return float(values[order[min(at, len(order) - 1)]])

    def resample(self, interval_s: float, horizon_s: float) -> StepSeries:
        """The means over equal intervals from 0 to the horizon; the last interval may be shorter.

        Args:
            interval_s: Length of an interval [s].
            horizon_s: End of the last interval [s].
        """
        if not (0 < interval_s < math.inf and 0 < horizon_s < math.inf):
            given = f"interval_s = {interval_s:g} s, horizon_s = {horizon_s:g} s"
            raise ValueError(f"series: {given}; allowed: finite and above 0 s")
        starts_s = np.arange(math.ceil(horizon_s / interval_s)) * interval_s
        edges_s = np.append(starts_s[starts_s < horizon_s], horizon_s)
        return StepSeries(edges_s[:-1], self.integrals(edges_s) / np.diff(edges_s), horizon_s)

    @cached_property
    def extremes(self) -> tuple[float, float]:
        """The lowest and the highest of all its values."""
        return float(self.values.min()), float(self.values.max())

    @property
    def is_constant(self) -> bool:
        """Whether it has one value from 0 on, without an end."""
        return len(self.times_s) == 1 and self.end_s == math.inf and self.times_s[0] == 0.0

    def scaled(self, factor: float) -> StepSeries:
        """The series multiplied by a factor."""
        if self.is_constant:
            return constant(self.values.item() * factor)
        return StepSeries(self.times_s, self.values * factor, self.end_s)

    def __add__(self, other: StepSeries) -> StepSeries:
        """The sum over the interval that both series cover, on the union of their times."""
        return self._with(other, np.add)

    def __sub__(self, other: StepSeries) -> StepSeries:
        """The difference over the interval that both series cover, on the union of their times."""
        return self._with(other, np.subtract)

    def lower(self, other: StepSeries) -> StepSeries:
        """The lower of two series at each instant of the interval that both cover."""
        return self._with(other, np.minimum)

    def higher(self, other: StepSeries) -> StepSeries:
        """The higher of two series at each instant of the interval that both cover."""
        return self._with(other, np.maximum)

    def capped(self, highest: float) -> StepSeries:
        """The series, at most a value."""
        if self.is_constant:
            return constant(min(self.values.item(), highest))
        return StepSeries(self.times_s, np.minimum(self.values, highest), self.end_s)

    def delayed(self, delay_s: float) -> StepSeries:
        """The series, later by a time [s]."""
        return StepSeries(self.times_s + delay_s, self.values, self.end_s + delay_s)

    def within(self, horizon_s: float) -> StepSeries:
        """The series from 0 until the end of a run [s], without values that repeat."""
        return self if self.is_constant else StepSeries(*self.changes(horizon_s))

    def below_highest(self) -> StepSeries:
        """By how much the series is below its highest value since 0 s."""
        if self.is_constant:
            return constant(0.0)
        first = max(0, int(self.times_s.searchsorted(0.0, "right")) - 1)
        values = self.values[first:]
        return StepSeries(self.times_s[first:], np.maximum.accumulate(values) - values, self.end_s)

    def __mul__(self, other: StepSeries) -> StepSeries:
        """The product over the interval that both series cover, on the union of their times."""
        return self._with(other, np.multiply)

    def _with(self, other: StepSeries, of: Callable[[ArrayLike, ArrayLike], Array]) -> StepSeries:
        """A function of two series at each instant of the interval that both cover."""
        if self.is_constant and other.is_constant:
            return constant(float(of(self.values.item(), other.values.item())))
        start_s, end_s = max(self.start_s, other.start_s), min(self.end_s, other.end_s)
        if not start_s < end_s:
            raise ValueError(f"series: one ends at {end_s:g} s, before the other begins at {start_s:g} s")
        times_s = union(self.times_s, other.times_s)
        times_s = times_s[(times_s >= start_s) & (times_s < end_s)]
        return StepSeries(times_s, of(self.values_at(times_s), other.values_at(times_s)), end_s)

    def __len__(self) -> int:
        return len(self.times_s)

    def __repr__(self) -> str:
        return f"StepSeries({len(self)} values, {self.start_s:g} s to {self.end_s:g} s)"

    def __reduce__(self) -> tuple[Any, ...]:
        return StepSeries, (self.times_s, self.values, self.end_s)

    def _require(self, start_s: float, end_s: float) -> None:
        if not self.covers(start_s, end_s):
            wanted = f"{start_s:g} s" if start_s == end_s else f"{start_s:g} s to {end_s:g} s"
            raise ValueError(f"series: covers {self.start_s:g} s to {self.end_s:g} s; requested: {wanted}")


@lru_cache(maxsize=1024)
def constant(value: float) -> StepSeries:
    """A series with a constant value; that of the same value is the same object."""
    return StepSeries(np.zeros(1), np.array([value + 0.0]))
