"""The job: a training job during a run, and its record in the jobs table."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from simpy import Event

from sim.bus.account import Account
from sim.compute.member import Member, State
from sim.compute.servers import Claim, Pool
from sim.compute.tier import BEGUN, Tier
from sim.site import Site
from sim.units import hours, seconds

_SUMMED = 1e-9
"""Share of an energy below which the difference of two sums of many parts is rounding error."""
_ROUNDING = 1e-12
"""Share of a job's work below which a remainder is rounding error."""
_YIELDED = "yielded"

WORK = Account("gpu_h_done", "GPU-h", "Training work done")
OUTSTANDING = Account("deferred_outstanding_mwh", "MWh", "Deferred energy still outstanding")
"""Backlog at the end of the run."""
SAVED = Account("deferred_saved_mwh", "MWh", "Energy saved by slower work")
"""Flexible energy of the work done at full speed, less the flexible energy drawn for it."""
DELAY = Account("backlog_mwh_h", "MWh h", "Backlog over time")
"""Integral of the backlog, for the mean delay."""


@dataclass(frozen=True)
class Order:
    """What a job is to do.

    Attributes:
        name: Name of the job.
        kind: Its kind.
        gpus: Number of GPUs.
        work_gpu_h: Work, in GPU-hours at full speed.
        submit_s: Elapsed second of submission.
        worth_usd_per_mwh: What power is worth to it.
        firm_mw: Firm IT power.
        flexible_mw: Flexible IT power at full speed.
        idle_mw: IT power of its GPUs while idle.
    """

    name: str
    kind: str
    gpus: int
    work_gpu_h: float
    submit_s: float
    worth_usd_per_mwh: float
    firm_mw: float
    flexible_mw: float
    idle_mw: float


class Job:
    """A job during a run: it waits for GPUs, works, and finishes."""

    def __init__(self, order: Order, site: Site, pool: Pool, tier: Tier) -> None:
        self._order = order
        self._site = site
        self._pool = pool
        self._tier = tier
        self._event: Event | None = None
        self._work_s = seconds(order.work_gpu_h / order.gpus)
        self._left_s = self._work_s
        member = self._member = Member((0.0, 0), self._work_s, self._hear)
        member.firm_mw, member.flexible_mw = order.firm_mw, order.flexible_mw
        member.nominal_mw, member.idle_mw = order.flexible_mw, order.idle_mw
        self._claim = Claim(order.gpus, order.worth_usd_per_mwh, self._is_held_back, self._yield)
        self._is_in = False
        self._is_submitted = False
        self._in_line_s: float | None = None
        self._start_s: float | None = None
        self._end_s: float | None = None
        self._line_s = 0.0
        self._attempts = 0
        self._record: dict[str, Any] = {"name": order.name, "kind": order.kind, "state": ""}
        site.jobs.append(self._record)
        site.on_close(self._report)

    def live(self) -> Generator[Event, None, None]:
        """The process of the job."""
        env, member = self._site.env, self._member
        yield env.wait_until(self._order.submit_s)
        while self._left_s > 0.0:
            self._in_line_s = env.now
            yield self._pool.acquire(self._claim)
            self._leave_line()
            self._attempts += 1
            member.rank = (0.0, self._claim.number)
            if self._is_submitted:
                member.wait(env.now)
            self._is_submitted = True
            self._tier.join(member, State.ON, self._left_s)
            self._is_in = True
            heard = yield from self._listen()
            self._tier.leave(member)
            self._is_in = False
            self._left_s = member.left_s
            if heard is not _YIELDED:
                self._finish(env.now)
            self._pool.release(self._claim)

    def _listen(self) -> Generator[Event, str, str]:
        """Wait for what happens next."""
        self._event = self._site.env.event()
        heard: str = yield self._event
        self._event = None
        return heard

    def _hear(self, what: str) -> None:
        """Hear what the tier tells."""
        if what is BEGUN:
            self._start_s = self._site.env.now
        elif self._event is not None and not self._event.triggered:
            self._event.succeed(what)

    def _yield(self) -> None:
        """Hear that its GPUs have been taken back."""
        self._hear(_YIELDED)

    def _is_held_back(self) -> bool:
        return self._tier.time.speed < 1.0 or self._member.state is not State.ON

    def _finish(self, now_s: float) -> None:
        self._left_s = 0.0
        self._end_s = now_s
        self._member.backlog_s = 0.0

    def _leave_line(self) -> None:
        if self._in_line_s is not None:
            self._line_s += self._site.env.now - self._in_line_s
            self._in_line_s = None

    def _state(self) -> str:
        """What it does at the end of the run."""
        if self._end_s is not None:
            return "finished"
        if self._is_in:
            return "running" if self._tier.time.speed and self._member.state is State.ON else "held back"
        return "not yet submitted" if self._in_line_s is None else "waiting for GPUs"

    def _report(self) -> None:
        """Record the work done, and the energy drawn, deferred, outstanding and saved."""
        order, member, horizon_s = self._order, self._member, self._site.horizon_s
        if self._is_in:
            self._left_s = member.left_s
            if self._left_s <= _ROUNDING * self._work_s:
                self._finish(horizon_s)  # done as the run ends
        elif self._end_s is None and self._is_submitted:
            member.wait(horizon_s)
        state = self._state()
        self._leave_line()
        feed = self._tier.feed
        each_mw = feed.drawn_mw(order.flexible_mw)
        done_gpu_h = order.work_gpu_h * (1.0 - self._left_s / self._work_s)
        drawn_mwh = feed.drawn_mw(member.flexible_mwh)
        saved_mwh = hours(self._work_s - self._left_s) * each_mw - drawn_mwh
        saved_mwh = saved_mwh if abs(saved_mwh) > _SUMMED * drawn_mwh else 0.0
        deferred_mwh = hours(member.deferred_s) * each_mw
        outstanding_mwh = hours(member.backlog_s) * each_mw
        delay_mwh_h = hours(hours(member.backlog_s2)) * each_mw
        self._record.update(
            {
                "state": state,
                "gpus": order.gpus,
                "work_gpu_h": order.work_gpu_h,
                "submit_s": order.submit_s,
                "start_s": self._start_s,
                "end_s": self._end_s,
                "line_h": hours(self._line_s),
                "attempts": self._attempts,
                "done_gpu_h": done_gpu_h,
                "energy_mwh": feed.drawn_mw(member.firm_mwh) + drawn_mwh,
                "unserved_mwh": feed.drawn_mw(member.unserved_mwh),
                "held_h": hours(member.held_s),
                "deferred_mwh": deferred_mwh,
                "outstanding_mwh": outstanding_mwh,
                "saved_mwh": saved_mwh,
                "idle_held_mwh": feed.drawn_mw(member.idle_mwh),
                "mean_delay_h": delay_mwh_h / deferred_mwh if deferred_mwh else 0.0,
                "late_h": hours(member.late_s) if deferred_mwh else 0.0,
            }
        )
        terminal = feed.terminal
        terminal.enter(WORK, done_gpu_h)
        terminal.enter(OUTSTANDING, outstanding_mwh)
        terminal.enter(SAVED, saved_mwh)
        terminal.enter(DELAY, delay_mwh_h)
