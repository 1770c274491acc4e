"""A training job: an amount of work that can be delayed."""

from __future__ import annotations

from math import inf
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim import units
from sim.demand.checkpoints import NEVER, Schedule
from sim.demand.gang import Gang
from sim.demand.hall import Hall, Placement
from sim.demand.job_load import JobLoad
from sim.site import Site
from sim.workload.job import HIGHEST_PRIORITY, Job

_ROUNDING = 1e-12
_WORKS = ("work_gpu_h", "work_steps", "work_flop")


class TrainingJob(JobLoad):
    """A job that occupies GPUs until its work is done, given in GPU-hours, iterations or operations."""

    kind: Literal["training_job"] = "training_job"
    gpus: units.GpuCount
    """Number of GPUs it occupies, all at once."""
    work_gpu_h: units.GpuHours | None = None
    """Amount of work, in GPU-hours at full speed."""
    work_steps: Annotated[int, units.quantity("iterations", ge=1, le=1e9)] | None = None
    """Amount of work, in iterations of its phases, with the evaluations between them."""
    work_flop: Annotated[float, units.quantity("FLOP", ge=1e9, le=1e30)] | None = None
    """Amount of work, in floating-point operations."""
    gpu_flop_per_s: Annotated[float, units.quantity("FLOP/s", ge=1e9, le=1e18)] = 9.89e14
    """Peak rate of a GPU, for `work_flop`. Default: H100 SXM, BF16, dense (NVIDIA data sheet)."""
    mfu_pu: Annotated[float, units.quantity("pu", ge=1e-3, le=1)] = 0.41
    """Share of the peak rate that training achieves (model FLOP utilisation), for `work_flop`. Default: Llama
    3 405B on 16,384 H100 (Llama team 2024, Table 4)."""
    submit_h: units.Hours = 0.0
    """Time of submission, in hours after the start of the run."""
    priority: Annotated[int, Field(ge=-HIGHEST_PRIORITY, le=HIGHEST_PRIORITY)] = 0
    """Of the jobs of one price, those of the highest priority keep their power longest; a scheduler by
    priority starts them first."""
    team: Annotated[str, Field(max_length=200)] = ""
    """Team that it belongs to."""
    deadline_h: units.PositiveHours | None = None
    """Time by which it should be done, in hours after the start of the run; not before its earliest end, with
    start-up and checkpoints. Default: none."""
    latest_start_h: units.Hours | None = None
    """Time by which it should have started, in hours after the start of the run. Default: none."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        most_w = units.HIGHEST_MW * units.W_PER_MW / self.gpus
        if self.gpu_w is not None and self.gpu_w > most_w:
            raise self.refuse("gpu_w", f"at most {most_w:g} W, for {self.gpus:,} GPUs")
        given = [name for name in _WORKS if getattr(self, name) is not None]
        if len(given) != 1:
            raise self.refuse(given[-1] if given else "work_gpu_h", f"one of {', '.join(_WORKS)}")
        if self.work_steps is not None and self.phases is None:
            raise self.refuse("work_steps", "none, without phases")
        self._check_deadline(NEVER if self.checkpoints is None else self.checkpoints.schedule(inf))
        if self.latest_start_h is not None and self.latest_start_h < self.submit_h:
            raise self.refuse("latest_start_h", f"at least submit_h = {self.submit_h:g} h")
        return self

    @property
    def duration_s(self) -> float:
        """Its work as time on all its GPUs at full speed, without checkpoints."""
        if self.work_steps is not None and self.phases is not None:
            return self.phases.time_for(self.work_steps)
        if self.work_flop is not None:
            return self.work_flop / (self.gpus * self.gpu_flop_per_s * self.mfu_pu)
        return units.seconds((self.work_gpu_h or 0.0) / self.gpus)

    def _check_deadline(self, schedule: Schedule) -> None:
        """Refuse a deadline before the end of a job that starts at once and is never interrupted."""
        startup_s = 0.0 if self.phases is None else self.phases.startup_s
        earliest_h = self.submit_h + units.hours(startup_s + schedule.time_for(self.duration_s))
        if self.deadline_h is not None and self.deadline_h < earliest_h * (1.0 - _ROUNDING):
            raise self.refuse("deadline_h", f"at least {earliest_h:g} h, its earliest end")

    def placement(self) -> Placement:
        """Its GPUs, while it runs."""
        return Placement(self.pool, self.gpus, permanent=False)

    def start(self, site: Site, name: str, hall: Hall) -> None:
        """Submit the job.

        Raises:
            SpecError: If its deadline is before its earliest end, with the checkpoints that its rule gives.
        """
        duration_s = self.duration_s
        job = Job(
            name=name,
            submit_s=units.seconds(self.submit_h),
            gpus=self.gpus,
            work_gpu_h=self.work_gpu_h or units.hours(duration_s) * self.gpus,
            duration_s=duration_s,
            team=self.team,
            priority=self.priority,
            deadline_s=inf if self.deadline_h is None else units.seconds(self.deadline_h),
        )
        latest_s = inf if self.latest_start_h is None else units.seconds(self.latest_start_h)
        pool = hall.pools[self.pool]
        tier = hall.tier(self.pool, self.worth_usd_per_mwh, self.behaviour(pool.spec))
        levels = self.levels(pool.spec, self.gpus)
        self._check_deadline(levels.schedule)
        order = self.order(job, pool.spec, levels, latest_s)
        gang = Gang(order, site, pool, tier)
        site.process(gang.live())
