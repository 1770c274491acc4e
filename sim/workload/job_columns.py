"""Job columns: which column of a job log holds what, in which unit; the mappings of published logs."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.errors import Problem, SpecError
from sim.spec import Spec
from sim.timeseries.calendar import ZoneName

TimeUnit = Literal["ms", "s", "min", "h"]
Column = Annotated[str, Field(min_length=1, max_length=500)]


class JobColumns(Spec):
    """The columns of a job log, one row for each job.

    How long a job ran is in one column, or is the time from `start` to `end`.
    """

    submit: Column
    """Time of submission."""
    gpus: Column
    """Number of GPUs."""
    duration: Column | None = None
    """How long the job ran, if not by `start` and `end`."""
    start: Column | None = None
    """Time at which the job started."""
    end: Column | None = None
    """Time at which the job ended."""
    name: Column | None = None
    """Name of the job, unique in the file. Default: the number of its row."""
    status: Column | None = None
    """How the job ended, for `statuses` of the table."""
    team: Column | None = None
    """Team, user or virtual cluster. Default: no teams."""
    priority: Column | None = None
    """Priority, a whole number; higher goes first. Default: 0."""
    time_unit: Literal["ms", "s", "min", "h", "date"] = "s"
    """Unit of `submit`, `start` and `end`: numbers in a unit of time, or ISO 8601 dates."""
    timezone: ZoneName | None = None
    """IANA name of the timezone of dates without a UTC offset. A time that its clock shows twice is refused;
    in a zone whose clock never changes, such as Etc/GMT+8, there is none."""
    duration_unit: TimeUnit = "s"
    """Unit of `duration`."""
    skip_incomplete: bool = False
    """Whether to leave out jobs with a missing time, and those that did not run for more than 0 s. Default:
    they are refused."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        given = {name for name in ("duration", "start", "end") if getattr(self, name) is not None}
        if given not in ({"duration"}, {"start", "end"}):
            shown = " and ".join(sorted(given)) or "nothing"
            message = f"is given by {shown}; allowed: the column duration, or the columns start and end"
            raise SpecError(self.title(), [Problem(("duration",), message)])
        if self.timezone is not None and self.time_unit != "date":
            raise self.refuse("timezone", "none, as time_unit is not 'date'")
        return self

    def named(self) -> dict[str, str]:
        """The names of the columns by what they hold."""
        roles = ("submit", "gpus", "duration", "start", "end", "name", "status", "team", "priority")
        return {role: getattr(self, role) for role in roles if getattr(self, role) is not None}


ALIBABA_2023 = JobColumns(
    name="name",
    submit="creation_time",
    gpus="num_gpu",
    start="scheduled_time",
    end="deletion_time",
    status="pod_phase",
    skip_incomplete=True,
)
"""Tasks of alibaba/clusterdata, cluster-trace-gpu-v2023/csv/openb_pod_list_default.csv; times in seconds (its
README.md). Tasks without GPUs and those never scheduled are left out."""

HELIOS = JobColumns(
    name="job_id",
    submit="submit_time",
    gpus="gpu_num",
    duration="duration",
    status="state",
    team="vc",
    time_unit="date",
    timezone="Asia/Shanghai",
    skip_incomplete=True,
)
"""Jobs of S-Lab-System-Group/HeliosData, data/*/cluster_log.csv; duration in seconds, from start to end (its
README.md). Its times have no zone; that they are of China is unverified."""

ACME = JobColumns(
    name="job_id",
    submit="submit_time",
    gpus="gpu_num",
    start="start_time",
    end="end_time",
    status="state",
    team="user",
    time_unit="date",
    skip_incomplete=True,
)
"""Jobs of InternLM/AcmeTrace, data/job_trace/trace_seren.csv and trace_kalos.csv; times with a UTC offset
(its README.md). Its column `duration` is not used: in the rows of Kalos that the README shows, it includes
the time in the queue."""

PHILLY = JobColumns(
    name="jobid",
    submit="submitted_time",
    gpus="gpus",
    duration="duration_s",
    status="status",
    team="vc",
    time_unit="date",
    timezone="Etc/GMT+8",
    skip_incomplete=True,
)
"""Jobs of msr-fiddle/philly-traces, cluster_job_log, which is JSON (its README.md; see
`sim.workload.philly_log`). Its times have no zone; other files of the trace say Pacific time (unverified for
this one). They are read as if the clock had not changed on 2017-11-05: a job that ran then is an hour off."""

Trace = Literal["alibaba_2023", "philly", "helios", "acme"]
TRACES: dict[Trace, JobColumns] = {
    "alibaba_2023": ALIBABA_2023,
    "philly": PHILLY,
    "helios": HELIOS,
    "acme": ACME,
}
"""The mappings of published logs, by name."""
