"""The result of a run: its figures, its flows, its events and its jobs."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Self

import numpy as np

import sim
from sim.campus import Campus
from sim.errors import Problem, SpecError
from sim.power.book import Book
from sim.power.site import Site
from sim.results.metrics import Summary, summarise
from sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sim.power.terminal import Array

_FILES = (
    "summary.json",
    "flows.parquet",
    "events.parquet",
    "jobs.parquet",
    "campus.json",
    "report.md",
    "dispatch.png",
)
_EVENTS = ("t_s", "owner", "event", "detail", "mw", "mwh", "duration_h")
_JOBS = ("name", "kind", "gpus", "work_gpu_h", "submit_s", "start_s", "end_s", "done_gpu_h")


@dataclass(frozen=True)
class Result:
    """What happened in a run.

    Attributes:
        campus: The model that was run.
        days: Length of the run [d].
        seed: Seed of its random draws.
        version: Version of the simulator.
        summary: Its figures.
    """

    campus: Campus
    days: float
    seed: int
    version: str
    summary: Summary
    _columns: list[str] = field(repr=False)
    _t_s: Array = field(repr=False)
    _flows: Array = field(repr=False)
    _events: list[dict[str, Any]] = field(repr=False)
    _jobs: list[dict[str, Any]] = field(repr=False)

    @classmethod
    def of(cls, campus: Campus, site: Site, *, days: float, seed: int, loop_s: float, began: float) -> Self:
        """Take a finished run apart."""
        t_s, flows = site.ledger.journal.take()
        summary = summarise(site, loop_s=loop_s, wall_s=perf_counter() - began)
        columns = [column.name for column in site.ledger.layout.columns]
        return cls(
            campus, days, seed, sim.__version__, summary, columns, t_s, flows, site.ledger.events, site.jobs
        )

    @cached_property
    def flows(self) -> pd.DataFrame:
        """Recorded flows as a step function: a row holds from its time for `dt_h` hours.

        Columns are `dt_h` and `<participant>.<flow>`, such as `solar.delivered_mw`; the index is local
        and timezone-aware.
        """
        import pandas as pd  # noqa: PLC0415 - heavy; needed for frames only

        index = self.campus.calendar.index(self._t_s).rename("time")
        frame = pd.DataFrame(self._flows.T, index=index, columns=self._columns, copy=False)
        frame.insert(0, "dt_h", np.diff(self._t_s, append=self.days * SECONDS_PER_DAY) / SECONDS_PER_HOUR)
        return frame

    @cached_property
    def hourly(self) -> pd.DataFrame:
        """Exact means of the flows over each hour of the run."""
        import pandas as pd  # noqa: PLC0415 - heavy; needed for frames only

        book = Book(SECONDS_PER_HOUR, self.days * SECONDS_PER_DAY, len(self._columns))
        book.add(np.append(self._t_s, self.days * SECONDS_PER_DAY), self._flows.T)
        index = self.campus.calendar.index(book.edges_s[:-1]).rename("time")
        return pd.DataFrame(book.means, index=index, columns=self._columns)

    @cached_property
    def events(self) -> pd.DataFrame:
        """What happened when: outages, starts, orders, shortages and curtailments."""
        frame = self._table(self._events, _EVENTS)
        frame.insert(0, "time", self.campus.calendar.index(frame.pop("t_s").to_numpy(dtype=float)))
        return frame

    @cached_property
    def jobs(self) -> pd.DataFrame:
        """The workloads: when each was submitted, began and ended, and how much of it was done."""
        frame = self._table(self._jobs, _JOBS)
        for moment in ("submit", "start", "end"):
            times = frame.pop(f"{moment}_s").to_numpy(dtype=float)
            frame[moment] = self.campus.calendar.index(times)
        return frame

    def columns(self, *labels: str) -> list[str]:
        """Names of the flows with one of these labels, such as `delivered_mw`."""
        return [name for name in self._columns if name.partition(".")[2] in labels]

    def report(self) -> str:
        """One screen for a planner, in Markdown."""
        from sim.results.report import report  # noqa: PLC0415 - the report needs frames

        return report(self)

    def plot(self) -> Figure:
        """Four pictures: the worst week, load duration, energy by month, and when power was curtailed."""
        from sim.results.plots import dispatch  # noqa: PLC0415 - matplotlib is heavy

        return dispatch(self)

    def __str__(self) -> str:
        return self.report()

    def save(self, folder: Path | str) -> Path:
        """Write the result into a folder, whole or not at all.

        An earlier result in the folder is replaced; a folder with anything else in it is refused.

        Raises:
            SpecError: If the folder holds something else than a result.
        """
        folder = Path(folder)
        check_folder(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            self._write(draft)
            _swap(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return folder

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a result that was saved.

        Raises:
            SpecError: If the folder does not hold a result.
        """
        import pandas as pd  # noqa: PLC0415 - heavy; needed for frames only

        folder = Path(folder)
        missing = [name for name in _FILES[:5] if not (folder / name).is_file()]
        if missing:
            said = f"= {str(folder)!r} holds no result: {missing[0]} is missing"
            raise SpecError("result", [Problem(("folder",), said)])
        run = json.loads((folder / "campus.json").read_text(encoding="utf-8"))
        campus = Campus(**run["campus"])
        flows = pd.read_parquet(folder / "flows.parquet").drop(columns="dt_h")
        t_s = (pd.DatetimeIndex(flows.index) - pd.Timestamp(campus.start)).total_seconds().to_numpy()
        return cls(
            campus,
            run["days"],
            run["seed"],
            run["version"],
            Summary(**json.loads((folder / "summary.json").read_text(encoding="utf-8"))),
            list(flows.columns),
            t_s,
            flows.to_numpy().T,
            _rows(campus, pd.read_parquet(folder / "events.parquet"), {"time": "t_s"}),
            _rows(
                campus,
                pd.read_parquet(folder / "jobs.parquet"),
                {"submit": "submit_s", "start": "start_s", "end": "end_s"},
            ),
        )

    def _write(self, folder: Path) -> None:
        run = {"version": self.version, "seed": self.seed, "days": self.days, "campus": self.campus.to_dict()}
        (folder / "campus.json").write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")
        summary = json.dumps(self.summary.to_dict(), indent=2) + "\n"
        (folder / "summary.json").write_text(summary, encoding="utf-8")
        for name in ("flows", "events", "jobs"):
            frame: pd.DataFrame = getattr(self, name)
            frame.to_parquet(folder / f"{name}.parquet", use_dictionary=False)
        (folder / "report.md").write_text(self.report(), encoding="utf-8")
        self.plot().savefig(folder / "dispatch.png")

    def _table(self, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
        import pandas as pd  # noqa: PLC0415 - heavy; needed for frames only

        return pd.DataFrame(rows, columns=list(columns))


def check_folder(folder: Path) -> None:
    """Refuse a folder that a result could not be saved in.

    Raises:
        SpecError: If it holds something else than a result, or is no folder.
    """
    if folder.exists() and not folder.is_dir():
        raise SpecError("result", [Problem(("folder",), f"= {str(folder)!r} is a file")])
    strange = sorted({entry.name for entry in folder.iterdir()} - {*_FILES}) if folder.is_dir() else []
    if strange:
        said = f"= {str(folder)!r} holds {strange[0]}, which is no part of a result"
        raise SpecError("result", [Problem(("folder",), said)])


def _rows(campus: Campus, frame: pd.DataFrame, times: dict[str, str]) -> list[dict[str, Any]]:
    """A saved table as it was before its times became local."""
    import pandas as pd  # noqa: PLC0415 - heavy; needed for frames only

    for local, elapsed in times.items():
        frame[elapsed] = (frame.pop(local) - pd.Timestamp(campus.start)).dt.total_seconds()
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _swap(draft: Path, folder: Path) -> None:
    """Put a finished draft in the place of a folder."""
    if not folder.exists():
        draft.replace(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.replace(old)
    draft.replace(folder)
    shutil.rmtree(old)
