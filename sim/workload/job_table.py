"""The job table: jobs of a workload read from a job log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sim import units
from sim.errors import Problem, SpecError
from sim.files.csv_cells import check_column, read_cells
from sim.timeseries.calendar import Calendar
from sim.timeseries.profile import Drawn
from sim.timeseries.series import Array
from sim.workload.job import MOST_JOBS, Job, JobSource
from sim.workload.job_columns import TRACES, JobColumns, Trace
from sim.workload.job_log import JobLog, job_log
from sim.workload.philly_log import philly_cells

if TYPE_CHECKING:
    import pandas as pd


class JobTable(JobSource):
    """Jobs read from a CSV file, or from a published job log. The file is read when a run is prepared."""

    file: Path
    """The file: `.csv` or `.csv.gz` with the names of its columns in the first row, or Philly's JSON log."""
    trace: Trace | None = None
    """The published log that the file is, which gives the columns: alibaba_2023, philly, helios or acme."""
    columns: JobColumns | None = None
    """The columns of another file."""
    origin: Literal["first_job", "clock"] = "first_job"
    """When the run begins: with the first job of those that `statuses` and `least_gpus` keep; or by the
    clock, so that dates are those of the run, and other times count from its start. Jobs outside the run are
    left out."""
    statuses: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Keep only jobs that ended in one of these ways. Default: all."""
    least_gpus: units.GpuCount = 1
    """Keep only jobs with so many GPUs or more."""
    share_pu: Annotated[float, units.quantity("pu", ge=1e-6, le=1)] = 1.0
    """Keep each job with this probability, drawn by the seed."""
    take: Annotated[int, units.quantity("jobs", ge=1, le=MOST_JOBS)] | None = None
    """Keep the first so many of these jobs in the order of submission. Default: all."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.trace is None) == (self.columns is None):
            message = "is given beside trace" if self.trace else "is missing"
            raise SpecError(self.title(), [Problem(("columns",), f"{message}; allowed: trace or columns")])
        if self.statuses and self._columns().status is None:
            raise self.refuse("statuses", "none, as columns has no status")
        return self

    def jobs(
        self,
        rng: np.random.Generator,
        calendar: Calendar,
        horizon_s: float,
        drawn: Drawn | None = None,  # noqa: ARG002 - one call for all
    ) -> list[Job]:
        """The jobs that are submitted in a run, in the order of submission."""
        log = self._log()
        submit_s = log.submit_s - self._begin_s(log, calendar)
        kept = (submit_s >= 0.0) & (submit_s < horizon_s)
        if not kept.any():
            span = f"{submit_s[0]:,.0f} to {submit_s[-1]:,.0f} s; the run is from 0 to {horizon_s:,.0f} s"
            raise self._refusal(f"{self.file}: jobs are submitted from {span}; or set origin = 'first_job'")
        if self.share_pu < 1.0:
            kept &= rng.random(len(kept)) < self.share_pu
        places = np.flatnonzero(kept)[: self.take]
        return self._listed(log.at(places), submit_s[places])

    def _listed(self, log: JobLog, submit_s: Array) -> list[Job]:
        columns = (
            log.name,
            submit_s,
            log.gpus.astype(np.int64),
            log.gpus * log.duration_s / units.SECONDS_PER_HOUR,
            log.duration_s,
            log.team,
            log.priority.astype(np.int64),
            self.deadlines_s(submit_s, log.duration_s),
        )
        return [Job(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]

    def _begin_s(self, log: JobLog, calendar: Calendar) -> float:
        """The time of the file at which the run begins."""
        if self.origin == "first_job":
            return float(log.submit_s[0])
        return calendar.start.timestamp() if self._columns().time_unit == "date" else 0.0

    def _columns(self) -> JobColumns:
        if self.columns is not None:
            return self.columns
        return TRACES[self.trace or "alibaba_2023"]  # one of the two is given

    def _log(self) -> JobLog:
        """The jobs of the file that are kept in every run."""
        try:
            return job_log(self._cells(), self._columns(), self.statuses, self.least_gpus)
        except ValueError as error:
            raise self._refusal(str(error)) from None

    def _cells(self) -> dict[str, pd.Series[str]]:
        """The cells of the file by what they hold; the name of each series gives file and column."""
        named = self._columns().named()

        def choose(header: list[str]) -> list[str]:
            for role, name in named.items():
                check_column(f"{role} column", name, header)
            return list(named.values())

        if self.trace == "philly":
            found = philly_cells(self.file)
        else:
            found = read_cells(self.file, choose, most_rows=MOST_JOBS)
        return {role: found[name].rename(f"{self.file}: {name}") for role, name in named.items()}

    def _refusal(self, why: str) -> SpecError:
        return SpecError(self.title(), [Problem(("file",), f"cannot be used: {why}")])
