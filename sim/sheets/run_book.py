"""The sheets of a run: flows, means over intervals, months, events, jobs, requests and the bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.report.numbers import duration
from sim.runs.requests import records
from sim.runs.run import EVENT_COLUMNS, JOB_COLUMNS, MOMENTS, Run, table
from sim.sheets.intervals import are_known, means
from sim.sheets.sheet import Book, Sheet
from sim.timeseries.standard_time import StandardTime
from sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_QUARTER

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("flows", "quarter_hours", "hours", "months", "events", "jobs", "requests", "bill")
"""Names of the sheets, in order."""


def book(run: Run) -> Book:
    """All sheets of a run."""
    time = StandardTime.of(run.calendar)
    makers = {
        "flows": _flows,
        "quarter_hours": _quarters,
        "hours": _hours,
        "months": _months,
        "events": _events,
        "jobs": _jobs,
        "requests": _requests,
        "bill": _bill,
    }
    return Book(_lines(run, time), tuple(makers[name](run, time) for name in NAMES))


def _lines(run: Run, time: StandardTime) -> tuple[str, ...]:
    begin, end = run.calendar.at(0.0), run.calendar.at(run.days * SECONDS_PER_DAY)
    length = f"{duration(run.days)}, {begin.isoformat()} to {end.isoformat()}"
    return (
        f"{run.name}: {length}, seed {run.seed}, dcgrid {run.version}",
        f"Times are in {time.name}, the standard (winter) time of {run.timezone}, all year round.",
        "There is no daylight saving in them. A time is the beginning of its interval, to the second.",
        "dt_h: hours of the run in the interval.",
        "Means of power (_mw) are over the whole interval of the clock: mean x its length is energy.",
        "What lies outside the run counts as no power. Other means are over the part in the run.",
        "Months, and the bill with them, are those of the local calendar, with daylight saving.",
        "Texts that a spreadsheet would read as a formula begin with an apostrophe in CSV files.",
    )


def _flows(run: Run, time: StandardTime) -> Sheet:
    frame = run.flows.reset_index(drop=True)
    frame.insert(0, "t_s", run.t_s)
    frame.insert(0, time.head("begins"), time.stamps(run.t_s))
    what = "each change of a flow" if run.record_s is None else f"each mean over {_length(run.record_s)}"
    about = f"{what}; a value holds from its time for dt_h hours, and t_s is the exact time"
    return Sheet("flows", about, frame)


def _quarters(run: Run, time: StandardTime) -> Sheet:
    return _means(run, time, "quarter_hours", "quarter of an hour", SECONDS_PER_QUARTER)


def _hours(run: Run, time: StandardTime) -> Sheet:
    return _means(run, time, "hours", "hour", SECONDS_PER_HOUR)


def _means(run: Run, time: StandardTime, name: str, word: str, interval_s: float) -> Sheet:
    about = f"means over each {word} of the clock"
    if not are_known(run, interval_s):
        about += f"; of the site only, because the flows were recorded as means over {_length(run.record_s)}"
    return Sheet(name, about, means(run, time, interval_s))


def _months(run: Run, time: StandardTime) -> Sheet:
    return Sheet("months", "each local month: peaks, energy and money", _by_month(run, time, run.monthly))


def _bill(run: Run, _time: StandardTime) -> Sheet:
    """The lines of the bill; their total is last."""
    frame = run.bill.assign(month=run.bill["month"].astype(str))
    frame.loc[len(frame)] = {"month": "total", "usd": run.summary.cost_usd}
    about = (
        "each line of the bill by local month: usd is quantity [unit] times usd_per_unit; their total is last"
    )
    return Sheet("bill", about, frame)


def _by_month(run: Run, time: StandardTime, frame: pd.DataFrame) -> pd.DataFrame:
    """A frame by month with the month as text, and its beginning within the run."""
    months = frame.index.astype(str)
    frame = frame.reset_index(drop=True)
    frame.insert(0, time.head("begins"), time.stamps(run.books.power.month_edges_s[:-1]))
    frame.insert(0, "month", months)
    return frame


def _events(run: Run, time: StandardTime) -> Sheet:
    frame = table(run.books.events, EVENT_COLUMNS)
    frame.insert(0, time.head("time"), time.stamps(frame.pop("t_s").to_numpy()))
    return Sheet("events", "each event: outages, starts, orders, shortages and curtailments", frame)


def _jobs(run: Run, time: StandardTime) -> Sheet:
    frame = table(run.books.jobs, JOB_COLUMNS)
    for moment in MOMENTS:
        frame[time.head(moment)] = time.stamps(frame.pop(f"{moment}_s").to_numpy())
    return Sheet("jobs", "each workload: its state at the end of the run, and how much was done", frame)


def _requests(run: Run, time: StandardTime) -> Sheet:
    frame = run.requests.drop(columns="time")
    frame.insert(0, time.head("begins"), time.stamps(records(run.books)["begin_s"].to_numpy()))
    return Sheet("requests", "each hour of each class of requests of each inference stream", frame)


def _length(interval_s: float | None) -> str:
    return duration((interval_s or 0.0) / SECONDS_PER_DAY)
