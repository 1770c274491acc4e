"""The jobs of a workload: drawn from distributions or read from a job log, by their keys."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from sim.errors import Problem, SpecError, shortened
from sim.workload.job import Job, JobSource
from sim.workload.job_columns import JobColumns
from sim.workload.job_draw import JobDraw
from sim.workload.job_table import JobTable

__all__ = ["Job", "JobColumns", "JobDraw", "JobSource", "JobTable", "Jobs"]


_ALLOWED = "a table with arrivals_per_h, gpus and duration, or one with file"


def _source(value: Any) -> Any:
    """Build the source that the keys indicate, so that an error gives a single message."""
    if isinstance(value, JobDraw | JobTable):
        return value
    if not isinstance(value, dict):
        raise SpecError("jobs", [Problem((), f"= {shortened(value)}; allowed: {_ALLOWED}")])
    return JobTable(**value) if {"file", "trace", "columns"} & set(value) else JobDraw(**value)


Jobs = Annotated[JobDraw | JobTable, BeforeValidator(_source)]
"""The jobs of a workload, as the type of a field; plain data with `file` is a job table, any other a job
draw."""
