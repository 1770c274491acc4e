"""A training job: an amount of GPU-hours that can be delayed."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from math import inf, nextafter
from typing import Any, Literal, Self

from pydantic import model_validator
from simpy import Event

from sim import units
from sim.bus.account import Account, Grain
from sim.bus.description import Description
from sim.compute.servers import Claim
from sim.demand.backlog import Backlog
from sim.demand.feed import Feed
from sim.demand.hall import Hall, Load, Placement
from sim.site import Site
from sim.units import W_PER_MW

_ENERGIES = ("deferred_mwh", "outstanding_mwh", "saved_mwh", "idle_held_mwh", "mean_delay_h", "late_h")
_SUMMED = 1e-9
"""Share of an energy below which the difference of two sums of many parts is rounding error."""
_ROUNDING = 1e-12
"""Share of a job's work below which a remainder is rounding error."""

WORK = Account("gpu_h_done", "GPU-h", "Training work done")
DEFERRED = Account("deferred_mwh", "MWh", "Deferred energy", grain=Grain.MONTH)
"""Rises of the backlog of jobs, in the flexible energy of their work at full speed."""
OUTSTANDING = Account("deferred_outstanding_mwh", "MWh", "Deferred energy still outstanding")
"""Backlog at the end of the run."""
SAVED = Account("deferred_saved_mwh", "MWh", "Energy saved by slower work")
"""Flexible energy of the work done at full speed, less the flexible energy drawn for it."""
DELAY = Account("backlog_mwh_h", "MWh h", "Backlog over time")
"""Integral of the backlog, for the mean delay."""
IDLE = Account("idle_held_mwh", "MWh", "Idle energy while held", grain=Grain.MONTH)
"""Idle energy drawn by the share of a job that is held back."""


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
        site.process(_Run(self, site, name, hall).live())


class _Run:
    """A job during a run: it waits, runs and finishes; its record goes into the jobs table."""

    def __init__(self, spec: TrainingJob, site: Site, name: str, hall: Hall) -> None:
        self._spec = spec
        self._site = site
        self._pool = hall.pools[spec.pool]
        self._feed: Feed = hall.feed(
            name,
            spec.worth_usd_per_mwh,
            Description(label="training job", size=f"{spec.gpus:,} GPUs"),
        )
        is_firm = spec.flexible_pu == 0.0
        self._claim = Claim(
            spec.gpus,
            self._feed.firm.price if is_firm else spec.worth_usd_per_mwh,
            lambda: self._feed.short_mw > _ROUNDING * self._speed_mw,
            self._feed.wake,
        )
        self._left_gpu_h = spec.work_gpu_h
        self._speed = self._speed_mw = self._idle_mw = 0.0
        self._flexible_mw = self._drawn_mw = self._drawn_mwh = self._idle_held_mw = 0.0
        self._backlog = Backlog(spec.work_gpu_h, spec.gpus)
        self._month_ends_s = deque([*site.calendar.month_edges(site.horizon_s)[1:].tolist(), inf])
        self._month_mwh = {DEFERRED: 0.0, IDLE: 0.0}
        self._since_s = 0.0
        self._in_line_s: float | None = None
        self._record: dict[str, Any] = {
            "name": name,
            "kind": spec.kind,
            "state": "",
            "gpus": spec.gpus,
            "work_gpu_h": spec.work_gpu_h,
            "submit_s": units.seconds(spec.submit_h),
            "start_s": None,
            "end_s": None,
            "line_h": 0.0,
            "done_gpu_h": 0.0,
            **dict.fromkeys(_ENERGIES, 0.0),
        }
        site.jobs.append(self._record)
        site.on_close(self._report)

    def live(self) -> Generator[Event, None, None]:
        """The process of the job."""
        spec, env = self._spec, self._site.env
        yield self._site.wait_h(spec.submit_h)
        while self._left_gpu_h > 0.0:
            self._in_line_s = env.now
            yield self._pool.acquire(self._claim)
            self._leave_line()
            self._want()
            while self._left_gpu_h > 0.0 and self._claim.is_held:
                yield from self._work()
            self._speed = 0.0
            self._feed.want(0.0)
            self._pool.release(self._claim)
        self._record["end_s"] = env.now

    def _leave_line(self) -> None:
        if self._in_line_s is not None:
            self._record["line_h"] += units.hours(self._site.env.now - self._in_line_s)
            self._in_line_s = None

    def _state(self) -> str:
        """What it does at the end of the run."""
        if self._record["end_s"] is not None:
            return "finished"
        if self._claim.is_held:
            return "running" if self._speed > 0.0 else "held back"
        return "not yet submitted" if self._in_line_s is None else "waiting for GPUs"

    def _want(self) -> None:
        spec, pool = self._spec, self._pool.spec
        busy_mw = pool.busy_mw_per_gpu if spec.gpu_w is None else spec.gpu_w / W_PER_MW
        above_idle_mw = max(0.0, busy_mw - pool.idle_mw_per_gpu) * spec.gpus
        flexible_mw = above_idle_mw * spec.flexible_pu
        self._speed_mw = above_idle_mw or busy_mw * spec.gpus
        self._flexible_mw = self._feed.drawn_mw(flexible_mw)
        self._idle_mw = self._feed.drawn_mw(busy_mw * spec.gpus - above_idle_mw)
        self._feed.want(busy_mw * spec.gpus - flexible_mw, flexible_mw)

    def _speed_pu(self) -> float:
        """Share of the power above idle that is received; of all power if none is above idle."""
        share = 1.0 - self._feed.short_mw / self._speed_mw
        if share < _ROUNDING:
            return 0.0
        return share if share < 1.0 - _ROUNDING else 1.0

    def _work(self) -> Generator[Event, None, None]:
        """Work at constant speed until the speed changes or the job is done."""
        env, gpus = self._site.env, self._spec.gpus
        self._begin(env.now)
        self._speed = speed = gpus * self._speed_pu()
        self._drawn_mw = self._feed.flexible_mw
        self._idle_held_mw = min(self._feed.terminal.power_mw, self._idle_mw) * (1.0 - speed / gpus)
        done_s = inf
        if speed > 0.0:
            done_s = env.now + units.seconds(self._left_gpu_h / speed)
            if self._record["start_s"] is None:
                self._record["start_s"] = env.now
        yield self._feed.changed(done_s)
        self._advance(env.now)
        if env.now >= done_s:
            self._finish()

    def _begin(self, now_s: float) -> None:
        """Begin to count, after a time without GPUs."""
        if self._left_gpu_h < self._spec.work_gpu_h or self._backlog.gpu_h:
            self._backlog.wait(units.hours(now_s - self._since_s))
        while self._month_ends_s[0] <= now_s:
            self._end_month()
        self._since_s = now_s

    def _advance(self, now_s: float) -> None:
        """Count work, backlog and energy since the speed last changed, month by month."""
        gpus = self._spec.gpus
        while self._since_s < now_s:
            end_s = min(now_s, self._month_ends_s[0])
            duration_h = units.hours(end_s - self._since_s)
            rise_gpu_h = self._backlog.advance(duration_h, self._speed)
            self._month_mwh[DEFERRED] += rise_gpu_h * self._flexible_mw / gpus
            self._month_mwh[IDLE] += self._idle_held_mw * duration_h
            self._left_gpu_h = max(0.0, self._left_gpu_h - self._speed * duration_h)
            self._drawn_mwh += self._drawn_mw * duration_h
            self._since_s = end_s
            if end_s == self._month_ends_s[0]:
                self._end_month()

    def _end_month(self) -> None:
        """Enter the energies of a month."""
        end_s = self._month_ends_s.popleft()
        for account, mwh in self._month_mwh.items():
            if mwh:
                self._record[account.name] += mwh
                self._feed.terminal.enter(account, mwh, min(self._since_s, nextafter(end_s, 0.0)))
                self._month_mwh[account] = 0.0

    def _finish(self) -> None:
        self._left_gpu_h = 0.0
        self._backlog.finish()

    def _report(self) -> None:
        """Record the work done, and the energy deferred, outstanding and saved."""
        spec, record, terminal = self._spec, self._record, self._feed.terminal
        if record["end_s"] is None and not self._claim.is_held:
            self._begin(self._site.horizon_s)
        elif record["end_s"] is None:
            self._advance(self._site.horizon_s)
            if self._left_gpu_h <= _ROUNDING * spec.work_gpu_h:
                self._finish()
                record["end_s"] = self._site.horizon_s  # done as the run ends
        self._end_month()
        record["state"] = self._state()
        self._leave_line()
        done_gpu_h = spec.work_gpu_h - self._left_gpu_h
        each_mwh = self._flexible_mw / spec.gpus
        delay_mwh_h = self._backlog.integral_gpu_h2 * each_mwh
        record["done_gpu_h"] = done_gpu_h
        record["outstanding_mwh"] = self._backlog.gpu_h * each_mwh
        saved_mwh = done_gpu_h * each_mwh - self._drawn_mwh
        record["saved_mwh"] = saved_mwh if abs(saved_mwh) > _SUMMED * self._drawn_mwh else 0.0
        if record["deferred_mwh"]:
            record["late_h"] = self._backlog.late_h
            record["mean_delay_h"] = delay_mwh_h / record["deferred_mwh"]
        terminal.enter(WORK, done_gpu_h)
        terminal.enter(OUTSTANDING, record["outstanding_mwh"])
        terminal.enter(SAVED, record["saved_mwh"])
        terminal.enter(DELAY, delay_mwh_h)
