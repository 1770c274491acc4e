"""The flexible jobs of a run: the work of each tier, as the program needs it.

A **stock of work** is the jobs of one pool, price and behaviour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np

from sim.books.closed import Flow
from sim.campus.campus import Campus
from sim.compute.behaviour import Behaviour
from sim.compute.servers import ServerPool
from sim.demand.hall import tier_name
from sim.demand.job_load import JobLoad
from sim.regret.facility import it_pu
from sim.regret.intervals import Intervals, flow
from sim.runs.deadlines import is_on_time
from sim.runs.run import Run
from sim.timeseries.series import Array, StepSeries
from sim.units import SECONDS_PER_HOUR, W_PER_MW, seconds

Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Tier:
    """How the jobs of a load work.

    Attributes:
        name: Name of the participant in the books.
        pool: Name of the pool.
        usd_per_mwh: What flexible power is worth.
        flexible_pu: Share of the power above idle that is flexible.
        corners: Shares of the power above idle, and speeds, whose mean a job may have.
        idle_pu: Least share of idle power in what a job wants.
    """

    name: str
    pool: str
    usd_per_mwh: float
    flexible_pu: float
    corners: Corners
    idle_pu: float


@dataclass(frozen=True, eq=False)
class Stock:
    """The work of the jobs that work alike; energy and power are those above idle, of IT equipment.

    Attributes:
        tier: How they work.
        mw_per_gpu: The highest power of a GPU of any of them at full speed.
        mw: Power of each job at full speed.
        mwh: Energy of the work of each job.
        submit_s: Elapsed seconds of submission.
        kept_s: Elapsed seconds by which it has to be done; infinite without.
        done_mwh: Energy of the work that the run did.
        outstanding_mwh: Flexible energy outstanding at the end of the run, with the overhead.
    """

    tier: Tier
    mw_per_gpu: float
    mw: Array
    mwh: Array
    submit_s: Array
    kept_s: Array
    done_mwh: float
    outstanding_mwh: float

    def most_mw(self, intervals: Intervals) -> Array:
        """Mean power of the jobs submitted in each interval, at full speed."""
        return intervals.means_of(_steps(self.submit_s, self.mw))

    def most_mwh(self, edges_s: Array) -> Array:
        """The most that can be done by some times: full speed since submission."""
        hours = np.divide(self.mwh, self.mw, out=0.0 * self.mw, where=self.mw > 0.0)
        ends_s = self.submit_s + hours * SECONDS_PER_HOUR
        speed = _steps(np.append(self.submit_s, ends_s), np.append(self.mw, -self.mw))
        done = np.append(0.0, np.cumsum(speed.integrals(edges_s))) / SECONDS_PER_HOUR
        return np.maximum.accumulate(done)

    def least_mwh(self, edges_s: Array) -> Array:
        """What has to be done by some times, as the run has kept its deadlines."""
        order = np.argsort(self.kept_s, kind="stable")
        total = np.append(0.0, np.cumsum(self.mwh[order]))
        return np.asarray(total[np.searchsorted(self.kept_s[order], edges_s, side="right")])


@dataclass(frozen=True, eq=False)
class Jobs:
    """The flexible jobs of a run.

    Attributes:
        run: The run.
        campus: Its model.
        loads: The loads of jobs by name.
        tiers: How the jobs of each flexible one work.
    """

    run: Run
    campus: Campus
    loads: dict[str, JobLoad]
    tiers: dict[str, Tier]

    @classmethod
    def of(cls, run: Run, campus: Campus) -> Jobs:
        """The flexible jobs of a run."""
        loads = {name: one for name, one in sorted(campus.demand.items()) if isinstance(one, JobLoad)}
        return cls(run, campus, loads, tiers_of(campus))

    def as_run(self) -> Jobs:
        """The same run with no job whose work can be moved."""
        return Jobs(self.run, self.campus, self.loads, {})

    @cached_property
    def owners(self) -> dict[str, str]:
        """Names of the tiers' participants in the books, and the name that the program has for each."""
        names = {tier.name for tier in self.tiers.values()}
        found = {one.owner: one.owner.rpartition(" (")[0] for one in self.run.books.columns}
        return {
            owner: owner if owner in names else short
            for owner, short in found.items()
            if owner in names or short in names
        }

    @cached_property
    def moved_mw(self) -> dict[str, Array]:
        """Power above idle that each tier had, at the recorded rows: at least what it drew.

        Whatever its jobs do, at least the least share of idle power in what they want is that of their GPUs.
        """
        books, found = self.run.books, {}
        for owner, name in self.owners.items():
            had_mw = flow(books, owner, Flow.SERVED, Flow.UNSERVED)
            wanted_mw = had_mw + flow(books, owner, Flow.HELD_BACK)
            idle_pu = min(tier.idle_pu for tier in self.tiers.values() if tier.name == name)
            found[owner] = np.maximum(had_mw - idle_pu * wanted_mw, 0.0)
        return found

    def idle_mw(self) -> dict[str, Array]:
        """The rest of it, which is given, at the recorded rows."""
        books = self.run.books
        return {
            owner: flow(books, owner, Flow.SERVED, Flow.UNSERVED) - mw for owner, mw in self.moved_mw.items()
        }

    def moved_it_mw(self) -> Array:
        """IT power of all of it, at the recorded rows."""
        books = self.run.books
        parts = (mw * it_pu(books, owner) for owner, mw in self.moved_mw.items())
        return sum(parts, np.zeros(len(books.t_s)))

    @cached_property
    def stocks(self) -> list[Stock]:
        """The work of each tier, those without jobs left out."""
        rows = {name: self._rows(name) for name in self.tiers}
        order = sorted(self.tiers, key=lambda name: repr(self.tiers[name]))
        found = []
        for tier, names in groupby(order, key=self.tiers.__getitem__):
            parts = [self._measured(name, row) for name in names for row in rows[name]]
            if parts:
                found.append(_stock(tier, parts))
        return found

    def turns_s(self) -> list[Array]:
        """Elapsed seconds at which jobs are submitted, or have to be done."""
        parts = [times_s for stock in self.stocks for times_s in (stock.submit_s, stock.kept_s)]
        return [np.unique(times_s[times_s < np.inf]) for times_s in parts]

    def _rows(self, load: str) -> list[dict[str, Any]]:
        """The rows of the jobs table that belong to a load: that of the longest name that fits."""
        return self._by_load.get(load, [])

    @cached_property
    def _by_load(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.run.books.jobs:
            found.setdefault(self._load_of(row["name"]), []).append(row)
        return found

    def _load_of(self, job: str) -> str:
        fits = [name for name in self.campus.demand if job == name or job.startswith(f"{name} ")]
        return max(fits, key=len, default="")

    def _measured(self, load: str, row: dict[str, Any]) -> _Job:
        """A job of the jobs table in energy above idle."""
        spec, gpus = self.loads[load], row["gpus"]
        pool = self.campus.servers[spec.pool]
        mean_w = spec.levels(pool, gpus).mean_w(seconds(row["work_gpu_h"] / gpus))
        mw_per_gpu = max(0.0, mean_w - pool.idle_w_per_gpu) / W_PER_MW
        return _Job(row, gpus, mw_per_gpu)


@dataclass(frozen=True)
class _Job:
    """A row of the jobs table, its GPUs, and the power of each above idle."""

    row: dict[str, Any]
    gpus: int
    mw_per_gpu: float

    def mwh(self, column: str) -> float:
        """Energy of a work in GPU-hours."""
        return float(self.row[column] or 0.0) * self.mw_per_gpu


def _stock(tier: Tier, jobs: Sequence[_Job]) -> Stock:
    return Stock(
        tier,
        max(job.mw_per_gpu for job in jobs),
        np.array([job.gpus * job.mw_per_gpu for job in jobs]),
        np.array([job.mwh("work_gpu_h") for job in jobs]),
        np.array([job.row["submit_s"] for job in jobs]),
        np.array([_kept_s(job.row) for job in jobs]),
        sum(job.mwh("done_gpu_h") for job in jobs),
        sum(job.row["outstanding_mwh"] for job in jobs),
    )


def _kept_s(row: dict[str, Any]) -> float:
    """By when a job has to be done: infinite unless the run did it by its deadline."""
    return max(row["deadline_s"], row["end_s"]) if is_on_time(row) else np.inf


def tiers_of(campus: Campus) -> dict[str, Tier]:
    """How the jobs of each flexible load work."""
    loads = {name: one for name, one in sorted(campus.demand.items()) if isinstance(one, JobLoad)}
    found = {name: _tier(one, campus.servers[one.pool]) for name, one in loads.items()}
    return {name: tier for name, tier in found.items() if tier is not None}


def _tier(load: JobLoad, pool: ServerPool) -> Tier | None:
    """How the jobs of a load work; None if they are firm."""
    behaviour = load.behaviour(pool)
    if not behaviour.widths_pu:
        return None
    return Tier(
        tier_name(load.pool, load.worth_usd_per_mwh),
        load.pool,
        load.worth_usd_per_mwh,
        load.flexible_pu,
        _corners(pool, behaviour),
        pool.idle_w_per_gpu / load.most_w(pool),
    )


def _corners(pool: ServerPool, behaviour: Behaviour) -> Corners:
    """The corners of a behaviour; only the steepest ray where something else than power slows a job.

    A job under the cap of a power domain has the product of two speeds.
    """
    corners = behaviour.corners_pu
    if not pool.domains:
        return corners
    share, speed = corners[0]
    steepest = share / speed
    return ((steepest * steepest, 1.0),)


def _steps(times_s: Array, changes: Array) -> StepSeries:
    """A number that changes at some times, from zero."""
    at_s, place = np.unique(np.append(0.0, times_s), return_inverse=True)
    return StepSeries(at_s, np.cumsum(np.bincount(place[1:], weights=changes, minlength=len(at_s))))
