"""The calendar: converts elapsed seconds to local dates and back.

The simulation itself uses elapsed seconds only. Dates occur in tariffs, weather and reports and are always
timezone-aware.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
from pydantic import AfterValidator

from sim.errors import shortened
from sim.units import DAYS_PER_WEEK, MONTHS_PER_YEAR, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_QUARTER

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

_HOUR = int(SECONDS_PER_HOUR)
_DAY = int(SECONDS_PER_DAY)
_LONGEST_NAME = 80
_ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo")
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True, eq=False)
class HourTable:
    """The local clock hours of a run, one entry per hour, in order.

    Attributes:
        t_s: Elapsed seconds at which the entry begins; the first is 0.
        day: Local day, counted from 1970-01-01.
        month: Local month, 1 to 12.
        weekday: Local weekday, 0 for Monday.
        hour: Local hour of the day, 0 to 23.
    """

    t_s: npt.NDArray[np.float64]
    day: npt.NDArray[np.int64]
    month: npt.NDArray[np.int64]
    weekday: npt.NDArray[np.int64]
    hour: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Calendar:
    """Converts between elapsed seconds and local time.

    Attributes:
        start: The time of elapsed second 0, timezone-aware.
        timezone: IANA name of the local timezone.

    Raises:
        ValueError: If `start` has no timezone or `timezone` is unknown.
    """

    start: datetime
    timezone: str = "America/New_York"

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None:
            raise ValueError(f"calendar: start = {self.start.isoformat()} has no timezone; add an offset")
        zone_of(self.timezone)

    @cached_property
    def into_quarter_s(self) -> float:
        """Seconds from the last quarter hour to the start; quarter hours are the same in all timezones."""
        return self.start.timestamp() % SECONDS_PER_QUARTER

    @cached_property
    def into_hour_s(self) -> float:
        """Seconds from the last full hour of the local clock to the start.

        Where the clock is changed by half an hour in the run, hours go on as at the start.
        """
        offset = self.at(0.0).utcoffset()
        offset_s = 0.0 if offset is None else offset.total_seconds()
        return (self.start.timestamp() + offset_s) % SECONDS_PER_HOUR

    def month_edges(self, horizon_s: float) -> npt.NDArray[np.float64]:
        """Starts of the local months of a run, and the end of the last one [s]; the first is 0.

        Args:
            horizon_s: Length of the run [s].
        """
        return _month_edges(self, horizon_s)

    def at(self, t_s: float) -> datetime:
        """The local time of an elapsed second."""
        return (self.start.astimezone(UTC) + timedelta(seconds=t_s)).astimezone(zone_of(self.timezone))

    def elapsed_s(self, moment: datetime) -> float:
        """The elapsed seconds of a time, negative before the start.

        Raises:
            ValueError: If the time has no timezone.
        """
        if moment.utcoffset() is None:
            raise ValueError(f"calendar: time {moment.isoformat()} has no timezone; add an offset")
        return (moment.astimezone(UTC) - self.start.astimezone(UTC)).total_seconds()

    def index(self, t_s: npt.ArrayLike) -> pd.DatetimeIndex:
        """The local times of elapsed seconds, as an index for pandas."""
        import pandas as pd

        offsets = pd.to_timedelta(np.asarray(t_s, dtype=np.float64), unit="s")
        return pd.DatetimeIndex(pd.Timestamp(self.start.astimezone(UTC)) + offsets).tz_convert(self.timezone)

    def months(self, t_s: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """The local calendar month of elapsed seconds, counted from January of year 0."""
        index = self.index(t_s)
        return np.asarray(index.year * MONTHS_PER_YEAR + index.month - 1, dtype=np.int64)

    def hour_starts(self, horizon_s: float) -> HourTable:
        """The local clock hours from elapsed second 0 to before the horizon.

        An hour skipped by daylight saving is absent; a repeated hour occurs twice. If the clock changes by
        part of an hour, a new entry begins at the change.

        Args:
            horizon_s: Length of the run [s].
        """
        if not 0 < horizon_s < math.inf:
            raise ValueError(f"calendar: horizon_s = {horizon_s!r} s; allowed: finite and above 0 s")
        origin_s = self.start.timestamp()
        entries, offsets = [], []
        for begin_s, end_s, offset_s in self._pieces(origin_s, origin_s + horizon_s):
            next_hour_s = (math.floor(begin_s + offset_s) // _HOUR + 1) * _HOUR - offset_s
            hours = np.arange(next_hour_s, end_s, _HOUR, dtype=np.float64)
            entries += [np.array([begin_s]), hours]
            offsets.append(np.full(len(hours) + 1, offset_s))
        utc_s = np.concatenate(entries)
        local_s = np.floor(utc_s).astype(np.int64) + np.concatenate(offsets)
        return hour_table(utc_s - origin_s, local_s)

    def offsets(self, horizon_s: float) -> list[tuple[float, int]]:
        """From which elapsed second on which offset of the local clock from UTC [s] holds; the first is 0.

        Args:
            horizon_s: Length of the run [s].
        """
        origin_s = self.start.timestamp()
        pieces = self._pieces(origin_s, origin_s + horizon_s)
        return [(begin_s - origin_s, offset_s) for begin_s, _, offset_s in pieces]

    def _pieces(self, begin_s: float, end_s: float) -> list[tuple[float, float, int]]:
        """Split an interval [s since 1970] at changes of the UTC offset into (begin, end, offset)."""
        zone = zone_of(self.timezone)
        pieces: list[tuple[float, float, int]] = []
        here_s, known_s, offset_s = begin_s, math.floor(begin_s), _offset_s(zone, math.floor(begin_s))
        while known_s < end_s:
            probe_s = known_s + _DAY
            if _offset_s(zone, probe_s) != offset_s:
                probe_s = _jump_s(zone, known_s, probe_s)
                if probe_s < end_s:
                    pieces.append((here_s, probe_s, offset_s))
                    here_s, offset_s = probe_s, _offset_s(zone, probe_s)
            known_s = probe_s
        return [*pieces, (here_s, end_s, offset_s)]


def hour_table(t_s: npt.NDArray[np.float64], local_s: npt.NDArray[np.int64]) -> HourTable:
    """The clock of some instants.

    Args:
        t_s: The instants [s].
        local_s: Local seconds of each since 1970-01-01 00:00.
    """
    days = local_s // _DAY
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return HourTable(
        t_s=t_s,
        day=days,
        month=months % MONTHS_PER_YEAR + 1,
        weekday=(days + _EPOCH_WEEKDAY) % DAYS_PER_WEEK,
        hour=local_s % _DAY // _HOUR,
    )


def zone_of(timezone: str) -> ZoneInfo:
    """The timezone of an IANA name.

    Raises:
        ValueError: If the timezone is unknown.
    """
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        offered = _nearest_zones(timezone)
        raise ValueError(f"calendar: timezone = {shortened(timezone)} is unknown{offered}") from None


def _nearest_zones(timezone: str) -> str:
    """The end of a message: the names of timezones nearest to a word, in any case, also to a city alone."""
    known = {zone.casefold(): zone for zone in available_timezones()}
    cities = {name.rpartition("/")[2]: zone for name, zone in sorted(known.items())}
    word = timezone.strip().replace(" ", "_").casefold()
    found: list[str] = []
    for words in (known, cities):
        close = difflib.get_close_matches(word[:_LONGEST_NAME], words, n=3, cutoff=0.7)
        found += [words[name] for name in close if words[name] not in found]
    return f"; nearest: {', '.join(found[:3])}" if found else f"; for example {', '.join(_ZONES)}"


def _known_zone(timezone: str) -> str:
    """Refuse a name that is not that of a timezone."""
    try:
        zone_of(timezone)
    except ValueError:
        raise ValueError(f"allowed: an IANA name{_nearest_zones(timezone)}") from None
    return timezone


ZoneName = Annotated[str, AfterValidator(_known_zone)]
"""The IANA name of a timezone, as a field of a spec."""


def _offset_s(zone: ZoneInfo, utc_s: int) -> int:
    offset = datetime.fromtimestamp(utc_s, zone).utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0


def _jump_s(zone: ZoneInfo, before_s: int, after_s: int) -> int:
    """The first second at which the offset differs from that of `before_s`, by bisection."""
    offset_s = _offset_s(zone, before_s)
    while after_s - before_s > 1:
        middle_s = (before_s + after_s) // 2
        if _offset_s(zone, middle_s) == offset_s:
            before_s = middle_s
        else:
            after_s = middle_s
    return after_s


@lru_cache(maxsize=64)
def _month_edges(calendar: Calendar, horizon_s: float) -> npt.NDArray[np.float64]:
    local = calendar.at(0.0)
    edges_s = [0.0]
    month = local.year * MONTHS_PER_YEAR + local.month - 1
    while True:
        month += 1
        year, number = divmod(month, MONTHS_PER_YEAR)
        begin_s = calendar.elapsed_s(datetime(year, number + 1, 1, tzinfo=zone_of(calendar.timezone)))
        if begin_s >= horizon_s:
            found = np.array([*edges_s, horizon_s])
            found.setflags(write=False)
            return found
        edges_s.append(begin_s)
