"""A workload: many training jobs as one load, drawn from distributions or read from a job log."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Literal

from simpy import Event

from sim.compute.pool import Pool
from sim.compute.scheduler import Scheduler
from sim.compute.tier import Tier
from sim.demand.gang import Gang
from sim.demand.hall import Hall
from sim.demand.job_load import JobLoad
from sim.demand.order import Order
from sim.errors import Problem, SpecError
from sim.site import Site
from sim.units import W_PER_MW
from sim.workload.jobs import Jobs


class Workload(JobLoad):
    """Many training jobs that all run in the same way.

    The jobs table has a row for each job that is submitted, with the name of the load before its own.
    """

    kind: Literal["workload"] = "workload"
    jobs: Jobs
    """The jobs: drawn from distributions, or read from a job log."""

    def start(self, site: Site, name: str, hall: Hall) -> None:
        """Submit the jobs as they come.

        Raises:
            SpecError: If a job needs more GPUs than the pool has for jobs, or more power than the scheduler
                grants, or the jobs cannot be had.
        """
        pool = hall.pools[self.pool]
        try:
            jobs = self.jobs.jobs(site.rng(name), site.calendar, site.horizon_s)
        except SpecError as error:
            raise error.within(self.title(), "jobs") from None
        levels = {gpus: self.levels(pool.spec, gpus) for gpus in {job.gpus for job in jobs}}
        free = pool.spec.gpus_for_jobs - hall.kept[self.pool]
        for job in jobs:
            if job.gpus > free:
                message = (
                    f"= {job.gpus:,}; allowed: at most {free:,}, the GPUs of servers.{self.pool} for jobs"
                )
                raise SpecError(self.title(), [Problem(("jobs", job.name, "gpus"), message)])
        tier = hall.tier(self.pool, self.worth_usd_per_mwh, self.behaviour(pool.spec))
        if pool.spec.scheduler.power_budget_mw is not None:
            for job in jobs:
                it_mw = job.gpus * levels[job.gpus].mean_w(job.duration_s) / W_PER_MW
                self._require(pool.spec.scheduler, job.name, tier.feed.drawn_mw(it_mw))
        orders = (self.order(job, pool.spec, levels[job.gpus]) for job in jobs)
        site.process(self._submit(site, name, orders, pool, tier))

    def _require(self, rule: Scheduler, job: str, power_mw: float) -> None:
        try:
            rule.require(job, power_mw)
        except SpecError as error:
            raise error.within(self.title(), "jobs", job) from None

    def _submit(
        self, site: Site, name: str, orders: Iterator[Order], pool: Pool, tier: Tier
    ) -> Generator[Event, None, None]:
        """The process that submits the jobs, one after the other."""
        env = site.env
        for order in orders:
            if order.submit_s > env.now:
                yield env.wait_until(order.submit_s)
            order.name = f"{name} {order.name}"
            env.process(Gang(order, site, pool, tier).live())
