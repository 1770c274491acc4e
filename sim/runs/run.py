"""The run, as plain data.

It does not depend on objects of the running simulation, on the input files of the model, or on the code of
user-defined kinds. Reports and pictures take a run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.books.closed import Closed, Grain, Participant
from sim.errors import Problem, SpecError, nearest, shortened
from sim.runs.bill import bill
from sim.runs.facility import pue
from sim.runs.months import by_month
from sim.runs.requests import by_hour, histograms
from sim.runs.summary import Summary
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import Array, StepSeries
from sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd

EVENT_COLUMNS = ("t_s", "owner", "event", "detail", "mw", "mwh", "duration_h")
JOB_COLUMNS = (
    "name",
    "kind",
    "pool",
    "state",
    "team",
    "priority",
    "gpus",
    "work_gpu_h",
    "submit_s",
    "start_s",
    "end_s",
    "deadline_s",
    "line_h",
    "attempts",
    "done_gpu_h",
    "lost_gpu_h",
    "goodput_pu",
    "energy_mwh",
    "lost_work_mwh",
    "unserved_mwh",
    "held_h",
    "swing_mw",
    "capped_h",
    "deferred_mwh",
    "outstanding_mwh",
    "saved_mwh",
    "mean_delay_h",
    "late_h",
    "idle_held_mwh",
)
MOMENTS = ("submit", "start", "end", "deadline")
"""Moments of a job, which its record has in elapsed seconds."""
WORDS = ("owner", "event", "detail", "name", "kind", "pool", "state", "team")
"""Columns of these tables that hold words."""
COUNTS = ("priority", "gpus", "attempts")
"""Columns that hold whole numbers."""


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """The data of a run.

    Attributes:
        name: Name of the campus.
        calendar: Which local moment an elapsed second is.
        days: Length of the run [d].
        seed: Seed of its random draws.
        version: Version of the simulator.
        record_s: Interval over whose means the flows were recorded; None if every change was.
        summary: Its metrics.
        books: Its closed books.
    """

    name: str
    calendar: Calendar
    days: float
    seed: int
    version: str
    record_s: float | None
    summary: Summary
    books: Closed
    _model: Callable[[], dict[str, Any]]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({shortened(self.name)}, days={self.days:g}, seed={self.seed})"

    @property
    def timezone(self) -> str:
        """Timezone of the campus (IANA name)."""
        return self.calendar.timezone

    @cached_property
    def model(self) -> dict[str, Any]:
        """The campus that was run, as nested dictionaries of JSON values."""
        return self._model()

    @property
    def t_s(self) -> Array:
        """Elapsed seconds at which each row of the flows begins."""
        return self.books.t_s

    @cached_property
    def flows(self) -> pd.DataFrame:
        """Recorded flows as a step function: a row holds from its time for `dt_h` hours.

        Columns are `dt_h` and `<participant>.<flow>`, such as `solar.delivered_mw`; the index is local
        and timezone-aware. `stored_mwh` is the level at which a row begins; where means were recorded, it is
        the mean of the levels at the settlements, each held until the next.
        """
        import pandas as pd

        index = self._times(self.t_s).rename("time")
        frame = pd.DataFrame(self.books.flows.T, index=index, columns=self._names, copy=False)
        ends_s = np.append(self.t_s[1:], self.days * SECONDS_PER_DAY)
        frame.insert(0, "dt_h", (ends_s - self.t_s) / SECONDS_PER_HOUR)
        return frame

    @cached_property
    def hourly(self) -> pd.DataFrame:
        """Exact means of the flows over each hour of the run.

        Powers are constant between settlements, so their means are exact; where means over more than an hour
        were recorded, each hour has the mean of its interval. The level of a store moves linearly; the mean
        of `stored_mwh` holds each level until the next settlement.
        """
        import pandas as pd

        edges_s, means = self.books.means(SECONDS_PER_HOUR)
        index = self._times(edges_s[:-1]).rename("time")
        return pd.DataFrame(means.T, index=index, columns=self._names)

    @cached_property
    def hourly_pue(self) -> pd.Series[float]:
        """PUE of each hour of the run: facility energy over IT energy; NaN without IT energy.

        Where means over more than an hour were recorded, each hour has the PUE of its interval.
        """
        import pandas as pd

        hourly = self.hourly
        return pd.Series(pue(self.books, hourly.to_numpy().T), index=hourly.index, name="pue")

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """Peaks, energy and money of each local month.

        The index is the local month. Each column has the name of the metric that it divides, such as
        `peak_demand_mw`, `supplied_mwh.grid`, `deferred_mwh` or `cost_lines_usd.energy charge`; `dt_h`
        is the hours of the run in the month. It is exact whatever was recorded.
        """
        return by_month(self.books, self.calendar)

    @cached_property
    def events(self) -> pd.DataFrame:
        """Events with their times: outages, starts, orders, shortages and curtailments."""
        frame = table(self.books.events, EVENT_COLUMNS)
        frame.insert(0, "time", self._times(frame.pop("t_s").to_numpy()))
        return frame

    @cached_property
    def jobs(self) -> pd.DataFrame:
        """The workloads: state at the end of the run, moments, hours in line, how much was done.

        The state is `finished`, `running`, `starting`, `held back` (it has GPUs and no power), `waiting for
        GPUs` or `not yet submitted`; hours in line for GPUs (`line_h`) include those after it yielded them.
        `late_h` are the hours until it ended after its work would have been done at full speed. Energy is at
        the bus; it is the job's part of the flows of its tier. GLOSSARY.md has all columns.
        """
        frame = table(self.books.jobs, JOB_COLUMNS)
        for moment in MOMENTS:
            frame[moment] = self._times(frame.pop(f"{moment}_s").to_numpy())
        return frame

    @cached_property
    def bill(self) -> pd.DataFrame:
        """The lines of the bill: a row for each local month, participant, line and part of it.

        `usd` is `quantity` [`unit`] times `usd_per_unit`, which is a mean where `detail` says so; `measured`
        is the quantity before a ratchet or a minimum take. The amounts add up to the bill. A cost without a
        contract, such as fuel, has the energy that its participant delivered as its quantity.
        """
        frame = bill(self.books)
        frame.insert(
            0, "month", self._times(frame.pop("begin_s").to_numpy()).tz_localize(None).to_period("M")
        )
        return frame

    @cached_property
    def requests(self) -> pd.DataFrame:
        """The requests of inference streams: a row for each stream, class and hour of the run.

        Columns are the local `time` at which the hour begins, `stream`, `class`, `resolution`, counts, rates,
        times, energy and what follows from them; GLOSSARY.md has them all. Energy is that of servers at the
        wall, without the overhead of the facility. `runs.serving.requests_total` has the whole run.
        """
        frame = by_hour(self.books)
        frame.insert(0, "time", self._times(frame.pop("begin_s").to_numpy()))
        return frame

    @cached_property
    def latencies(self) -> pd.DataFrame:
        """Histograms of the times of requests over the run: a row for each bin that is not empty.

        See `runs.requests.histograms`; `runs.requests.percentile_s` has the percentiles of any of its rows.
        """
        return histograms(self.books)

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """A row for each account of each participant: name, part, owner, unit and amount over the run."""
        import pandas as pd

        rows = [
            (one.account.name, one.account.part, one.owner, one.account.unit, one.total)
            for one in self.books.postings
        ]
        return pd.DataFrame(rows, columns=["account", "part", "owner", "unit", "amount"])

    def account(self, name: str) -> pd.DataFrame:
        """What came of an account over the intervals of its grain.

        A row for each interval, by its local beginning, or for each bin of a histogram, by its bounds; a
        column for each participant, `<participant>.<part>` where the account has parts.

        Raises:
            SpecError: If no participant has an account of that name.
        """
        import pandas as pd

        postings = self.books.posted(name)
        if not postings:
            known = {account.name for account in self.books.accounts}
            raise SpecError(
                "result", [Problem(("account",), f"= {name!r} does not exist{nearest(name, known)}")]
            )
        account = postings[0].account
        if account.bins:
            index: pd.Index[Any] = pd.IntervalIndex.from_breaks(account.bins, closed="left", name="bin")
        else:
            begins_s = (
                self.books.edges_s[account.grain][:-1] if account.grain is not Grain.RUN else np.zeros(1)
            )
            index = self._times(begins_s).rename("time")
        columns = {f"{one.owner}.{one.account.part}".rstrip("."): one.amounts for one in postings}
        return pd.DataFrame(columns, index=index)

    @cached_property
    def firm_mw(self) -> StepSeries:
        """Firm capacity of all participants together from when on [MW]."""
        times_s, shares = self._firm()
        return StepSeries(times_s, shares.sum(axis=0))

    @cached_property
    def firm_n1_mw(self) -> StepSeries:
        """The same without the largest unit, store or connection of each instant [MW]."""
        times_s, shares = self._firm()
        units = [inf if one.unit_mw is None else one.unit_mw for one in self.books.participants]
        largest = np.minimum(shares, np.array(units)[:, np.newaxis]).max(axis=0, initial=0.0)
        return StepSeries(times_s, shares.sum(axis=0) - largest)

    def _firm(self) -> tuple[Array, Array]:
        """Instants at which firm capacity changes, and that of each participant, one row each."""
        traces = [one.firm_mw for one in self.books.participants]
        times_s = np.unique(np.concatenate([np.zeros(1), *(series.times_s for series in traces)]))
        shares = np.array([series.values_at(times_s) for series in traces])
        return times_s, shares.reshape(len(traces), len(times_s))

    def columns(self, *labels: str) -> list[str]:
        """Names of the flows with one of these labels, such as `delivered_mw`."""
        return [column.name for column in self.books.columns if column.label in labels]

    def columns_of(self, owner: str, *labels: str) -> list[str]:
        """Names of a participant's flows with one of these labels."""
        return [one.name for one in self.books.columns if one.owner == owner and one.label in labels]

    def participant(self, name: str) -> Participant:
        """How a participant described itself."""
        return self._by_name[name]

    def family(self, *families: str) -> list[Participant]:
        """Participants of some families, in the order of their names."""
        return [one for one in self.books.participants if one.family in families]

    @cached_property
    def _by_name(self) -> dict[str, Participant]:
        return {one.name: one for one in self.books.participants}

    @property
    def _names(self) -> list[str]:
        return [column.name for column in self.books.columns]

    def _times(self, t_s: Array) -> pd.DatetimeIndex:
        """Local times, to the nanosecond whatever the seconds are."""
        return self.calendar.index(t_s).as_unit("ns")


def table(rows: Any, columns: tuple[str, ...]) -> pd.DataFrame:
    """Rows of events or of jobs as a frame, with elapsed seconds."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(columns))
    numbers = [name for name in columns if name not in WORDS]
    return frame.astype({name: "Int64" if name in COUNTS else "float64" for name in numbers})
