"""A training job: an amount of GPU-hours that can be delayed."""

from __future__ import annotations

from math import inf
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim import units
from sim.compute.behaviour import Proportional
from sim.compute.servers import ServerPool
from sim.demand.checkpoints import Checkpoints, Schedule
from sim.demand.gang import Gang
from sim.demand.hall import Hall, Load, Placement, Reaction
from sim.demand.interruptions import Interruptions
from sim.demand.levels import Levels
from sim.demand.order import Order
from sim.demand.phases import PhaseModel
from sim.site import Site
from sim.units import W_PER_MW


class TrainingJob(Load):
    """A job that occupies GPUs until its work is done.

    The idle power of its GPUs is firm. A share of the power above idle is flexible: while the price of power
    is above the job's price, that power is held back, the job slows down in proportion, and the energy of the
    work not done on time is deferred. (Measured GPUs lose less speed than power, so the linear model is
    pessimistic for the job.) Work is never lost: a job without power pauses and resumes where it stopped. A
    job starts when it has both GPUs and power above idle. While it is held back, a job of a higher price that
    waits takes its GPUs.
    """

    kind: Literal["training_job"] = "training_job"
    pool: str
    """Name of the server pool it runs on."""
    gpus: units.GpuCount
    """Number of GPUs it occupies."""
    work_gpu_h: units.GpuHours
    """Amount of work, in GPU-hours at full speed."""
    gpu_w: units.PositiveWatts | None = None
    """Mean power per GPU, including its share of the server. Default: that of the pool's busy servers."""
    submit_h: units.Hours = 0.0
    """Time of submission, in hours after the start of the run."""
    flexible_pu: units.Fraction = 1.0
    """Share of the power above idle that is flexible; 0 makes the job firm."""
    worth_usd_per_mwh: units.UsdPerMWh = 150.0
    """Price of power above which the job gives up flexible power (assumed; an H100-hour sold at 2 USD is
    worth far more per MWh, a job without a deadline less)."""

    phases: PhaseModel | None = None
    """Phases of its iterations, with the power per GPU in each; the name of a preset, or a table. Default:
    constant power."""
    resolution: Literal["average", "phases"] = "average"
    """Whether the power on the bus is the mean of its phases, or follows each of them. Both give the same
    energy where power is not short."""
    checkpoints: Checkpoints | None = None
    """How it saves its work. A job with checkpoints that loses firm power crashes, and goes on from the last
    one. Default: no work is ever lost, and lost firm power slows the job down."""
    interruptions: Interruptions | None = None
    """Failures of its GPUs and planned stops. Default: none."""
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    """Of the jobs of one price, those of the highest priority keep their power longest."""
    team: Annotated[str, Field(max_length=200)] = ""
    """Team that it belongs to."""
    deadline_h: units.PositiveHours | None = None
    """Time by which it should be done, in hours after the start of the run. Default: none."""
    latest_start_h: units.Hours | None = None
    """Time by which it should have started, in hours after the start of the run. Default: none."""
    is_protected: bool = False
    """Whether it keeps its GPUs in any case once it has them."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        most_w = units.HIGHEST_MW * W_PER_MW / self.gpus
        if self.gpu_w is not None and self.gpu_w > most_w:
            raise self.refuse("gpu_w", f"at most {most_w:g} W, for {self.gpus:,} GPUs")
        if self.gpu_w is not None and self.phases is not None:
            raise self.refuse("gpu_w", "none, with phases")
        if self.resolution == "phases" and self.phases is None:
            raise self.refuse("resolution", "'average', without phases")
        self._check_times()
        return self

    def _check_times(self) -> None:
        """Refuse a deadline before the earliest end."""
        earliest_h = self.submit_h + self.work_gpu_h / self.gpus
        if self.deadline_h is not None and self.deadline_h < earliest_h * (1.0 - 1e-12):
            raise self.refuse("deadline_h", f"at least {earliest_h:g} h, the earliest end")
        if self.latest_start_h is not None and self.latest_start_h < self.submit_h:
            raise self.refuse("latest_start_h", f"at least submit_h = {self.submit_h:g} h")

    def placement(self) -> Placement:
        """Its GPUs, while it runs."""
        return Placement(self.pool, self.gpus, permanent=False)

    def start(self, site: Site, name: str, hall: Hall) -> None:
        """Submit the job."""
        pool = hall.pools[self.pool]
        order = self.order(name, pool.spec)
        behaviour = self.behaviour(pool.spec)
        tier = hall.tier(self.pool, self.worth_usd_per_mwh, behaviour)
        site.process(Gang(order, site, pool, tier).live())

    def order(self, name: str, pool: ServerPool) -> Order:
        """What the job is to do on servers of a pool.

        Raises:
            SpecError: If a checkpoint takes longer than the interval that its rule gives.
        """
        stops = self.interruptions or Interruptions()
        mtbf_s = stops.mtbf_s(self.gpus)
        saves = self.checkpoints
        return Order(
            name=name,
            kind=self.kind,
            gpus=self.gpus,
            work_gpu_h=self.work_gpu_h,
            work_s=units.seconds(self.work_gpu_h / self.gpus),
            submit_s=units.seconds(self.submit_h),
            worth_usd_per_mwh=self.worth_usd_per_mwh if self.flexible_pu else inf,
            levels=self._levels(pool, Schedule(inf, 0.0) if saves is None else saves.schedule(mtbf_s)),
            idle_w=pool.idle_w_per_gpu,
            flexible_pu=self.flexible_pu,
            startup_s=0.0 if self.phases is None else self.phases.startup_s,
            restart_s=0.0 if saves is None else saves.restart_s,
            mtbf_s=mtbf_s,
            planned_s=stops.planned_interval_s,
            priority=self.priority,
            team=self.team,
            deadline_s=inf if self.deadline_h is None else units.seconds(self.deadline_h),
            latest_start_s=inf if self.latest_start_h is None else units.seconds(self.latest_start_h),
            is_protected=self.is_protected,
            follows_phases=self.resolution == "phases",
        )

    def behaviour(self, pool: ServerPool) -> Reaction:
        """How the job reacts to power on servers of a pool."""
        crashes = self.checkpoints is not None
        busy_w = self._busy_w(pool)
        above_w = max(0.0, busy_w - pool.idle_w_per_gpu)
        flexible_w = above_w * self.flexible_pu
        if crashes:  # it has its firm power while it works, so its size has no effect
            return Proportional(0.0, flexible_w / above_w if above_w else 0.0, crashes=True)
        return Proportional((busy_w - flexible_w) / (above_w or busy_w), flexible_w / (above_w or busy_w))

    def _busy_w(self, pool: ServerPool) -> float:
        """Mean power per GPU while it works, the share of its server included."""
        if self.gpu_w is not None:
            return self.gpu_w
        return pool.busy_w_per_gpu if self.phases is None else self.phases.cycle().mean_w

    def _levels(self, pool: ServerPool, schedule: Schedule) -> Levels:
        """Power per GPU along its run time."""
        writing_w = pool.idle_w_per_gpu if self.phases is None else self.phases.writing_w
        if self.checkpoints is not None and self.checkpoints.write_w is not None:
            writing_w = self.checkpoints.write_w
        cycle = None if self.phases is None else self.phases.cycle()
        return Levels(self._busy_w(pool), writing_w, cycle, schedule)
