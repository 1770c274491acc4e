"""Jobs of one price on one pool, one by one: each integrates its own progress from instant to instant.

It knows nothing of tiers, virtual time or buses. Power is an import limit; GPUs that nobody has draw idle
power, which is firm. Where firm power is short, all share it in proportion. Jobs without checkpoints slow
down; of those with checkpoints, whole jobs crash, and those that are down share what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

HOUR = 3600.0


@dataclass
class Gang:
    """A job, in hours of work; its GPUs draw `idle` and `busy` MW.

    Attributes:
        kept_h: Work that is saved.
        since_h: Work since then, which a crash loses unless a checkpoint has it.
        baseline_h: Work of a job that always has its power.
    """

    name: str
    gpus: int
    work_h: float
    submit_h: float
    priority: int = 0
    state: str = "waits"
    kept_h: float = 0.0
    since_h: float = 0.0
    baseline_h: float = 0.0
    starts_h: float = inf
    end_h: float = inf
    attempts: int = 0
    lost_h: float = 0.0
    held_h: float = 0.0
    energy_mwh: float = 0.0
    unserved_mwh: float = 0.0
    idle_mwh: float = 0.0
    deferred_h: float = 0.0
    backlog_h2: float = 0.0
    late_h: float = 0.0

    @property
    def backlog_h(self) -> float:
        return self.baseline_h - self.kept_h - self.since_h

    @property
    def left_h(self) -> float:
        return self.work_h - self.kept_h - self.since_h


@dataclass
class Plant:
    """What all jobs share.

    Attributes:
        checkpoint_h: Work between checkpoints; None for jobs without them.
    """

    gpus: int
    idle_mw: float
    busy_mw: float
    flexible_pu: float
    checkpoint_h: float | None
    restart_h: float
    limits: list[tuple[float, float]]

    def limit_mw(self, at_h: float) -> float:
        return [mw for hour, mw in self.limits if hour <= at_h][-1]

    def firm_mw(self, job: Gang) -> float:
        """Firm power that a job wants: all of it is idle power while it restarts."""
        above_mw = (self.busy_mw - self.idle_mw) * (1.0 - self.flexible_pu)
        return job.gpus * (self.idle_mw + (0.0 if job.state == "restarts" else above_mw))

    def flexible_mw(self, job: Gang) -> float:
        on = job.state == "works"
        return job.gpus * (self.busy_mw - self.idle_mw) * self.flexible_pu if on else 0.0


def run(plant: Plant, jobs: list[Gang], hours: float) -> None:
    """Simulate the jobs from instant to instant."""
    now_h = 0.0
    while now_h < hours:
        _begin(jobs, now_h)
        firm_pu, down_pu = _crash(plant, jobs, now_h)
        speed, flexible_pu = _speed(plant, jobs, now_h, firm_pu)
        coming = [hour for hour, _ in plant.limits] + [job.submit_h for job in jobs]
        coming += [job.starts_h for job in jobs if job.state == "restarts"]
        coming += [now_h + job.left_h / speed for job in jobs if job.state == "works" and speed > 1e-12]
        coming += [now_h + job.work_h - job.baseline_h for job in jobs if job.state not in {"waits", "done"}]
        next_h = min([hours, *(hour for hour in coming if hour > now_h + 1e-12)])
        for job in jobs:
            if job.state not in {"waits", "done"}:
                _live(plant, job, next_h - now_h, (speed, firm_pu, flexible_pu, down_pu))
                if job.state == "works" and job.left_h <= 1e-10 * job.work_h:
                    job.state, job.end_h = "done", next_h
        now_h = next_h


def _begin(jobs: list[Gang], now_h: float) -> None:
    for job in jobs:
        if (job.state == "waits" and job.submit_h <= now_h + 1e-12) or (
            job.state == "restarts" and job.starts_h <= now_h + 1e-12
        ):
            job.attempts += job.state == "waits"
            job.state = "works"


def _crash(plant: Plant, jobs: list[Gang], now_h: float) -> tuple[float, float]:
    """Let jobs crash or restart; the share of firm power, and that of idle power of those that are down."""
    there = [job for job in jobs if job.state not in {"waits", "done"}]
    free_mw = (plant.gpus - sum(job.gpus for job in there)) * plant.idle_mw
    want_mw = sum(plant.firm_mw(job) for job in there)
    all_mw = want_mw + free_mw
    share = min(1.0, plant.limit_mw(now_h) / all_mw) if all_mw else 1.0
    if plant.checkpoint_h is None:
        return share, 0.0
    left_mw = share * want_mw * (1 + 1e-12)
    order = sorted(there, key=lambda job: (job.state == "down", -job.priority, job.submit_h, job.name))
    for job in order:
        fits = plant.firm_mw(job) <= left_mw
        left_mw -= plant.firm_mw(job) if fits else 0.0
        if fits and job.state == "down":
            job.state, job.starts_h = "restarts", now_h + plant.restart_h
            job.attempts += 1
            if not plant.restart_h:
                job.state = "works"
        elif not fits and job.state != "down":
            _fall_back(plant, job)
    down_mw = sum(job.gpus for job in there if job.state == "down") * plant.idle_mw
    return 1.0, min(1.0, max(0.0, left_mw) / down_mw) if down_mw else 0.0


def _fall_back(plant: Plant, job: Gang) -> None:
    assert plant.checkpoint_h is not None
    job.state = "down"
    saved_h = int(job.since_h / plant.checkpoint_h + 1e-10) * plant.checkpoint_h
    job.lost_h += job.since_h - saved_h
    job.deferred_h += job.since_h - saved_h
    job.kept_h, job.since_h = job.kept_h + saved_h, 0.0


def _speed(plant: Plant, jobs: list[Gang], now_h: float, firm_pu: float) -> tuple[float, float]:
    """The speed of those that work, and their share of flexible power."""
    there = [job for job in jobs if job.state not in {"waits", "done"}]
    free_mw = (plant.gpus - sum(job.gpus for job in there)) * plant.idle_mw
    firm_mw = free_mw + sum(plant.firm_mw(job) for job in there)
    wanted_mw = sum(plant.flexible_mw(job) for job in there)
    flexible_pu = 1.0
    if wanted_mw:
        flexible_pu = min(1.0, max(0.0, plant.limit_mw(now_h) - firm_mw) / wanted_mw)
    above = plant.busy_mw - plant.idle_mw
    firm_ratio = 0.0 if plant.checkpoint_h else (plant.busy_mw - above * plant.flexible_pu) / above
    speed = 1.0 - firm_ratio * (1.0 - firm_pu) - plant.flexible_pu * (1.0 - flexible_pu)
    return max(0.0, speed if speed > 1e-12 else 0.0), flexible_pu


def _live(plant: Plant, job: Gang, dt_h: float, shares: tuple[float, float, float, float]) -> None:
    """Let a job live through some time in which nothing changes."""
    speed, firm_pu, flexible_pu, down_pu = shares
    work_h = speed * dt_h if job.state == "works" else 0.0
    idle_mw, firm_mw = job.gpus * plant.idle_mw, plant.firm_mw(job)
    drawn_mw = firm_mw * firm_pu + plant.flexible_mw(job) * flexible_pu
    got_mw = firm_mw * firm_pu
    if job.state == "down":
        drawn_mw = got_mw = idle_mw * down_pu
    job.energy_mwh += drawn_mw * dt_h
    job.unserved_mwh += (firm_mw - got_mw) * dt_h
    if job.state != "restarts" and work_h < dt_h * (1 - 1e-12):
        job.held_h += dt_h
        job.idle_mwh += min(idle_mw, got_mw) * (dt_h - work_h)
    gained_h = min(dt_h, job.work_h - job.baseline_h)
    if job.baseline_h >= job.work_h * (1 - 1e-12):
        gained_h = 0.0
        job.late_h += dt_h
    job.backlog_h2 += (job.backlog_h + (gained_h - work_h) / 2) * dt_h
    job.deferred_h += max(0.0, gained_h - work_h)
    job.baseline_h += gained_h
    job.since_h += work_h
