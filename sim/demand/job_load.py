"""The job load: what loads of training jobs share, from the power of a GPU to checkpoints."""

from __future__ import annotations

from math import fsum, inf
from typing import Literal, Self

from pydantic import model_validator

from sim import units
from sim.compute.behaviour import Behaviour, Capped, Proportional
from sim.compute.response import Response
from sim.compute.servers import ServerPool
from sim.demand.checkpoints import NEVER, Checkpoints, Schedule
from sim.demand.hall import Load, Placement
from sim.demand.interruptions import Interruptions
from sim.demand.levels import Levels
from sim.demand.order import FOLLOWING, Order
from sim.demand.phases import PhaseModel
from sim.errors import SpecError
from sim.workload.job import Job

_LEAST = 1e-9
"""Share of a checkpoint interval that runs at least between planned stops."""


class JobLoad(Load):
    """A load of training jobs that all run in the same way.

    The idle power of a job's GPUs is firm. A share of the power above idle is flexible: while the price of
    power is above what it is worth, that power is held back, the job slows down, and the energy of the work
    not done on time is deferred. A job without checkpoints never loses work: without power it pauses, and
    resumes where it stopped. A job starts when it has both GPUs and power above idle.
    """

    kind: str
    pool: str
    """Name of the server pool it runs on."""
    gpu_w: units.PositiveWatts | None = None
    """Mean power per GPU, including its share of the server. Default: that of the pool's busy servers."""
    flexible_pu: units.Fraction = 1.0
    """Share of the power above idle that is flexible; 0 makes it firm."""
    worth_usd_per_mwh: units.UsdPerMWh = 150.0
    """Price of power above which a job gives up flexible power (assumed; an H100-hour sold at 2 USD is worth
    far more per MWh, a job without a deadline less). With a response, it is the mean value of the power of
    full speed; the last megawatt is worth less, the first more."""
    response: Response | None = None
    """How speed follows the power of the accelerators: the name of a preset, or a table. Default: speed is
    the share of the power above idle, which is pessimistic: measured GPUs lose less speed than power."""
    phases: PhaseModel | None = None
    """Phases of an iteration, with the power per GPU in each: the name of a preset, or a table. Default:
    constant power."""
    resolution: Literal["average", "phases"] = "average"
    """Whether the power on the bus is the mean of the phases, or follows each of them. Both give the same
    energy where power is not short."""
    checkpoints: Checkpoints | None = None
    """How work is saved. A job with checkpoints that loses firm power crashes, and goes on from the last one.
    Default: no work is ever lost, and less firm power slows the job down."""
    interruptions: Interruptions | None = None
    """Failures of GPUs and planned stops. Default: none."""
    is_protected: bool = False
    """Whether a job keeps its GPUs in any case once it has them. It may lack power all the same; a job with
    `flexible_pu = 0` keeps its power before flexible ones."""

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.gpu_w is not None and self.phases is not None:
            raise self.refuse("gpu_w", "none, with phases")
        if self.resolution == "phases" and self.phases is None:
            raise self.refuse("resolution", "'average', without phases")
        if self.response is not None and 0.0 < self.flexible_pu < 1.0:
            raise self.refuse("flexible_pu", "0 or 1, with a response")
        if self.response is not None and self.flexible_pu and self.worth_usd_per_mwh < 0.0:
            raise self.refuse("worth_usd_per_mwh", "at least 0 USD/MWh, with a response")
        return self

    def placement(self) -> Placement:
        """Its pool; how many GPUs its jobs need is known once they are."""
        return Placement(self.pool, 0, permanent=False)

    def order(self, job: Job, pool: ServerPool, levels: Levels, latest_start_s: float = inf) -> Order:
        """What a job is to do on servers of a pool.

        Args:
            job: The job.
            pool: The pool.
            levels: Power of its GPUs, from `levels`.
            latest_start_s: When it has to start.
        """
        stops, saves = self.interruptions, self.checkpoints
        return Order(
            name=job.name,
            kind=self.kind,
            pool=self.pool,
            gpus=job.gpus,
            work_gpu_h=job.work_gpu_h,
            work_s=job.duration_s,
            submit_s=job.submit_s,
            worth_usd_per_mwh=self.worth_usd_per_mwh if self.flexible_pu else inf,
            levels=levels,
            idle_w=pool.idle_w_per_gpu,
            flexible_pu=self.flexible_pu,
            waiting_w=None if self.phases is None else self.phases.waiting_w,
            startup_s=0.0 if self.phases is None else self.phases.startup_s,
            restart_s=0.0 if saves is None else saves.restart_s,
            mtbf_s=inf if stops is None else stops.mtbf_s(job.gpus),
            planned_s=inf if stops is None else stops.planned_interval_s,
            priority=job.priority,
            team=job.team,
            deadline_s=job.deadline_s,
            latest_start_s=latest_start_s,
            is_protected=self.is_protected,
            under_cap=self._under_cap(pool),
            follows_phases=self.resolution == "phases",
        )

    def behaviour(self, pool: ServerPool) -> Behaviour:
        """How the jobs react to power on servers of a pool."""
        crashes = self.checkpoints is not None
        busy_w = self._busy_w(pool)
        above_w = max(0.0, busy_w - pool.idle_w_per_gpu)
        flexible_w = above_w * self.flexible_pu
        work_w = above_w or busy_w
        # a job that crashes has all its firm power while it works
        firm_ratio = 0.0 if crashes else (busy_w - flexible_w) / work_w
        if self.response is not None and flexible_w:
            return Capped(self.response, flexible_w / self._accelerator_w(pool), crashes, firm_ratio)
        return Proportional(firm_ratio, flexible_w / work_w, crashes)

    def _under_cap(self, pool: ServerPool) -> Proportional | Capped:
        """How a job reacts to a cap on all its power above idle; a firm job too follows its response."""
        above_w = self._busy_w(pool) - pool.idle_w_per_gpu
        if not pool.domains or self.response is None or above_w <= 0.0:
            return FOLLOWING
        return Capped(self.response, above_w / self._accelerator_w(pool))

    def _accelerator_w(self, pool: ServerPool) -> float:
        """Mean power of an accelerator of the job while it works."""
        if not pool.accelerator_w_per_gpu:
            raise self.refuse("response", f"none, for servers.{self.pool} has no accelerators")
        return pool.accelerator_w_per_gpu * self._busy_w(pool) / pool.busy_w_per_gpu

    def _schedule(self, saves: Checkpoints, mtbf_s: float) -> Schedule:
        try:
            return saves.schedule(mtbf_s)
        except SpecError as error:
            raise error.within(self.title(), "checkpoints") from None

    def most_w(self, pool: ServerPool) -> float:
        """The highest power per GPU at any time: at work, in its phases, while it starts or writes."""
        saves, phases = self.checkpoints, self.phases
        written_w = 0.0 if saves is None or saves.write_w is None else saves.write_w
        cycle_w = [] if phases is None else [watts for _, watts in phases.cycle().steps]
        waiting_w = [] if phases is None else [phases.waiting_w, phases.writing_w]
        return max(self._busy_w(pool), written_w, *cycle_w, *waiting_w)

    def _busy_w(self, pool: ServerPool) -> float:
        """Mean power per GPU while it works, the share of its server included."""
        if self.gpu_w is not None:
            return self.gpu_w
        return pool.busy_w_per_gpu if self.phases is None else self.phases.cycle().mean_w

    def levels(self, pool: ServerPool, gpus: int) -> Levels:
        """Power per GPU of a job along its run time, on servers of a pool.

        Raises:
            SpecError: If a checkpoint takes longer than the interval that its rule gives.
        """
        saves, phases = self.checkpoints, self.phases
        most_w = pool.most_w_per_gpu
        if self.gpu_w is not None and most_w is not None and self.gpu_w > most_w:
            raise self.refuse("gpu_w", f"at most {most_w:g} W, the share of a GPU in servers.{self.pool}")
        writing_w = pool.idle_w_per_gpu if phases is None else phases.writing_w
        stops = self.interruptions or Interruptions()
        mtbf_s = _combined_s(stops.mtbf_s(gpus), _server_mtbf_s(pool, gpus))
        schedule, planned_s = NEVER, stops.planned_interval_s
        if saves is not None:
            schedule = self._schedule(saves, mtbf_s)
            writing_w = writing_w if saves.write_w is None else saves.write_w
            planned_s = max(planned_s - saves.restart_s, schedule.interval_s * _LEAST)
        cycle = None if phases is None else phases.cycle()
        return Levels(self._busy_w(pool), writing_w, cycle, schedule, mtbf_s, planned_s)


def _server_mtbf_s(pool: ServerPool, gpus: int) -> float:
    """Mean time between failures of the servers of a job."""
    if pool.mttf_h is None:
        return inf
    return units.seconds(pool.mttf_h) * pool.gpus_per_server / max(gpus, pool.gpus_per_server)


def _combined_s(*mtbf_s: float) -> float:
    """Mean time between failures of several independent causes."""
    rate = fsum(1.0 / each_s for each_s in mtbf_s)
    return 1.0 / rate if rate else inf
