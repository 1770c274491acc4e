"""The clock of a page: the axis of its charts is standard time, which has no hour twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from sim.plots.week import Week
from sim.runs.run import Run
from sim.timeseries.series import Array
from sim.timeseries.standard_time import StandardTime
from sim.units import MILLISECONDS_PER_SECOND, SECONDS_PER_HOUR


@dataclass(frozen=True)
class Clock:
    """Converts elapsed seconds to places on the axis: milliseconds of standard time since 1970.

    Attributes:
        time: The standard time of the campus.
        horizon_s: Length of the run.
    """

    time: StandardTime
    horizon_s: float

    @classmethod
    def of(cls, run: Run) -> Self:
        """The clock of a run."""
        return cls(StandardTime.of(run.calendar), run.books.horizon_s)

    @property
    def origin_ms(self) -> float:
        """The place of elapsed second 0."""
        start_s = self.time.calendar.start.timestamp() + self.time.offset.total_seconds()
        return start_s * MILLISECONDS_PER_SECOND

    def x(self, t_s: Array | float) -> Array | float:
        """The places of elapsed seconds."""
        return self.origin_ms + t_s * MILLISECONDS_PER_SECOND

    @property
    def whole(self) -> tuple[float, float]:
        """Where the run begins and ends."""
        return float(self.x(0.0)), float(self.x(self.horizon_s))

    def window(self, week: Week) -> tuple[float, float]:
        """Where a week begins and ends, as far as the run goes."""
        ends_s = (min(hour * SECONDS_PER_HOUR, self.horizon_s) for hour in (week.first, week.last))
        begin, end = (float(self.x(end_s)) for end_s in ends_s)
        return begin, end

    def changes(self) -> list[tuple[float, float, str]]:
        """From which place on local time is how many milliseconds ahead of standard time, and its name."""
        calendar, offset_s = self.time.calendar, self.time.offset.total_seconds()
        return [
            (
                float(self.x(begin_s)),
                (local_s - offset_s) * MILLISECONDS_PER_SECOND,
                calendar.at(begin_s).tzname() or "",
            )
            for begin_s, local_s in calendar.offsets(self.horizon_s)
        ]

    @property
    def title(self) -> str:
        """What the axis shows, in words."""
        word = "standard" if self.has_saving else "local"
        return f"{word} time of {self.time.calendar.timezone} ({self.time.name})"

    @property
    def has_saving(self) -> bool:
        """Whether local time is ahead of standard time somewhere in the run."""
        return any(shift_ms for _, shift_ms, _ in self.changes())
