"""A training job: an amount of GPU-hours that can be delayed."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from sim import units
from sim.compute.behaviour import Proportional
from sim.demand.hall import Hall, Load, Placement
from sim.demand.job import Job, Order
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

    @model_validator(mode="after")
    def _agree(self) -> Self:
        most_w = units.HIGHEST_MW * W_PER_MW / self.gpus
        if self.gpu_w is not None and self.gpu_w > most_w:
            raise self.refuse("gpu_w", f"at most {most_w:g} W, for {self.gpus:,} GPUs")
        return self

    def placement(self) -> Placement:
        """Its GPUs, while it runs."""
        return Placement(self.pool, self.gpus, permanent=False)

    def start(self, site: Site, name: str, hall: Hall) -> None:
        """Submit the job."""
        pool = hall.pools[self.pool]
        busy_w = pool.spec.busy_w_per_gpu if self.gpu_w is None else self.gpu_w
        above_w = max(0.0, busy_w - pool.spec.idle_w_per_gpu)
        flexible_w = above_w * self.flexible_pu
        work_w = above_w or busy_w
        behaviour = Proportional((busy_w - flexible_w) / work_w, flexible_w / work_w)
        tier = hall.tier(self.pool, self.worth_usd_per_mwh, behaviour)
        order = Order(
            name,
            self.kind,
            self.gpus,
            self.work_gpu_h,
            units.seconds(self.submit_h),
            self.worth_usd_per_mwh if self.flexible_pu else tier.feed.firm.price,
            self.gpus * (busy_w - flexible_w) / W_PER_MW,
            self.gpus * flexible_w / W_PER_MW,
            self.gpus * (busy_w - above_w) / W_PER_MW,
        )
        site.process(Job(order, site, pool, tier).live())
