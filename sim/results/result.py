"""The result of a run: its figures, its flows, its events and its jobs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sim.books.interval_book import Book
from sim.campus import Campus
from sim.files.whole import whole_file
from sim.runs.folder import replacing
from sim.runs.metrics import Summary, summarise
from sim.runs.saved import check_saved, read_figures, read_flows, read_record, read_table
from sim.site import Site
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR
from sim.version import __version__

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_EVENTS = ("t_s", "owner", "event", "detail", "mw", "mwh", "duration_h")
_JOBS = (
    "name",
    "kind",
    "gpus",
    "work_gpu_h",
    "submit_s",
    "start_s",
    "end_s",
    "done_gpu_h",
    "deferred_mwh",
    "owed_mwh",
)
_MOMENTS = ("submit", "start", "end")
_WORDS = ("owner", "event", "detail", "name", "kind")
_STRETCH = 65536  # rows of flows that are averaged at a time


@dataclass(frozen=True, eq=False)
class Result:
    """What happened in a run.

    Attributes:
        campus: The model that was run.
        days: Length of the run [d].
        seed: Seed of its random draws.
        version: Version of the simulator.
        record_s: Interval over whose means the flows were recorded; None if every change was.
        summary: Its figures.
    """

    campus: Campus
    days: float
    seed: int
    version: str
    record_s: float | None
    summary: Summary
    _columns: list[str] = field(repr=False)
    _t_s: Array = field(repr=False)
    _flows: Array = field(repr=False)
    _events: list[dict[str, Any]] = field(repr=False)
    _jobs: list[dict[str, Any]] = field(repr=False)

    @classmethod
    def of(
        cls,
        campus: Campus,
        site: Site,
        *,
        days: float,
        seed: int,
        record_s: float | None,
        loop_s: float,
        began: float,
    ) -> Self:
        """Take a finished run apart."""
        t_s, flows = site.ledger.journal.take()
        summary = summarise(site, loop_s=loop_s, wall_s=perf_counter() - began)
        columns = [column.name for column in site.ledger.layout.columns]
        version, events = __version__, site.ledger.events
        return cls(campus, days, seed, version, record_s, summary, columns, t_s, flows, events, site.jobs)

    @property
    def t_s(self) -> Array:
        """Elapsed seconds at which each row of the flows begins."""
        return self._t_s

    @cached_property
    def flows(self) -> pd.DataFrame:
        """Recorded flows as a step function: a row holds from its time for `dt_h` hours.

        Columns are `dt_h` and `<participant>.<flow>`, such as `solar.delivered_mw`; the index is local
        and timezone-aware. `stored_mwh` is the level at which a row begins; where means were recorded, it is
        the mean of the levels at the settlements, each held until the next.
        """
        import pandas as pd

        index = self._times(self._t_s).rename("time")
        frame = pd.DataFrame(self._flows.T, index=index, columns=self._columns, copy=False)
        frame.insert(0, "dt_h", np.diff(self._t_s, append=self.days * SECONDS_PER_DAY) / SECONDS_PER_HOUR)
        return frame

    @cached_property
    def hourly(self) -> pd.DataFrame:
        """Exact means of the flows over each hour of the run.

        Powers are constant between settlements, so their means are exact; where means over more than an hour
        were recorded, each hour has the mean of its interval. The level of a store moves linearly; the mean
        of `stored_mwh` holds each level until the next settlement.
        """
        import pandas as pd

        book = Book(SECONDS_PER_HOUR, self.days * SECONDS_PER_DAY, len(self._columns))
        edges_s = np.append(self._t_s, self.days * SECONDS_PER_DAY)
        for first in range(0, len(self._t_s), _STRETCH):
            stretch = edges_s[first : first + _STRETCH + 1]
            book.add(stretch, self._flows[:, first : first + len(stretch) - 1])
        index = self._times(book.edges_s[:-1]).rename("time")
        return pd.DataFrame(book.means.T, index=index, columns=self._columns)

    @cached_property
    def events(self) -> pd.DataFrame:
        """What happened when: outages, starts, orders, shortages and curtailments."""
        frame = self._table(self._events, _EVENTS)
        frame.insert(0, "time", self._times(frame.pop("t_s").to_numpy()))
        return frame

    @cached_property
    def jobs(self) -> pd.DataFrame:
        """The workloads: when each was submitted, began and ended, and how much of it was done."""
        frame = self._table(self._jobs, _JOBS)
        for moment in _MOMENTS:
            frame[moment] = self._times(frame.pop(f"{moment}_s").to_numpy())
        return frame

    @property
    def job_records(self) -> list[dict[str, Any]]:
        """The workloads as plain rows with elapsed seconds, for whoever needs no frame."""
        return self._jobs

    def columns(self, *labels: str) -> list[str]:
        """Names of the flows with one of these labels, such as `delivered_mw`."""
        return [name for name in self._columns if name.partition(".")[2] in labels]

    def report(self) -> str:
        """One screen for a planner, in Markdown."""
        from sim.report.run import report

        return report(self)

    def plot(self) -> Figure:
        """Four pictures: the worst week, load duration, energy by month, and when power was curtailed."""
        from sim.plots.dispatch import dispatch

        return dispatch(self)

    def plot_days(self, day: date | str, *, days: float = 1.0) -> Figure:
        """The dispatch of some days from a local one on, such as `"2025-07-25"`."""
        from sim.plots.dispatch import days as picture

        return picture(self, day, days)

    def __str__(self) -> str:
        return self.report()

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        return self.report()

    def save(self, folder: Path | str) -> Path:
        """Write the result into a folder, whole or not at all.

        An earlier result in the folder is replaced; a folder with anything else in it is refused.

        Raises:
            SpecError: If the folder holds something else than a result.
        """
        folder = Path(folder).resolve()
        with replacing(folder) as draft:
            self._write(draft)
        return folder

    def export_csv(self, path: Path | str) -> Path:
        """Write the flows into a CSV file, whole or not at all.

        Columns are local `time` to the second, elapsed `t_s`, `dt_h`, and a column per flow. Parquet,
        which `save` writes, is smaller and faster; this is for spreadsheets.
        """
        import pyarrow as pa
        from pyarrow import compute, csv

        path = Path(path).resolve()
        frame = self.flows.reset_index()
        frame.insert(1, "t_s", self._t_s)
        table = pa.Table.from_pandas(frame, preserve_index=False)
        seconds = compute.cast(table["time"], pa.timestamp("s", self.campus.timezone), safe=False)
        local = compute.strftime(seconds, format="%Y-%m-%dT%H:%M:%S%z")
        with whole_file(path) as draft:
            csv.write_csv(table.set_column(0, "time", local), draft)
        return path

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a result that was saved.

        Raises:
            SpecError: If the folder does not hold a result, naming the file at fault.
        """
        folder = Path(folder)
        check_saved(folder)
        run = read_record(folder)
        flows = read_flows(folder, run.days)
        t_s = flows.pop("t_s").to_numpy()
        return cls(
            run.campus,
            run.days,
            run.seed,
            run.version,
            run.record_s,
            read_figures(folder, Summary, run.version),
            list(flows.columns),
            t_s,
            flows.to_numpy().T,
            _records(folder, "events.parquet", _EVENTS),
            _records(folder, "jobs.parquet", _JOBS),
        )

    def _write(self, folder: Path) -> None:
        run = {
            "version": self.version,
            "seed": self.seed,
            "days": self.days,
            "record_s": self.record_s,
            "campus": self.campus.to_dict(),
        }
        (folder / "campus.json").write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")
        summary = json.dumps(self.summary.to_dict(), indent=2) + "\n"
        (folder / "summary.json").write_text(summary, encoding="utf-8")
        for name, frame in self._tables().items():
            frame.to_parquet(folder / f"{name}.parquet", use_dictionary=False)
        (folder / "report.md").write_text(self.report(), encoding="utf-8")
        self.plot().savefig(folder / "dispatch.png")

    def _tables(self) -> dict[str, pd.DataFrame]:
        """The frames as they are saved: elapsed seconds beside local times, which are rounded."""
        jobs = self._table(self._jobs, _JOBS)
        seconds = {f"{moment}_s": jobs[f"{moment}_s"] for moment in _MOMENTS}
        return {
            "flows": self.flows.assign(t_s=self._t_s),
            "events": self.events.assign(t_s=self._table(self._events, _EVENTS)["t_s"]),
            "jobs": self.jobs.assign(**seconds),
        }

    def _table(self, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
        import pandas as pd

        frame = pd.DataFrame(rows, columns=list(columns))
        numbers = [name for name in columns if name not in _WORDS]
        return frame.astype({name: "Int64" if name == "gpus" else "float64" for name in numbers})

    def _times(self, t_s: Array) -> pd.DatetimeIndex:
        """Local times, to the nanosecond whatever the seconds are."""
        return self.campus.calendar.index(t_s).as_unit("ns")


def _records(folder: Path, name: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows of a saved table."""
    rows = read_table(folder, name, columns, _WORDS)[list(columns)].to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
