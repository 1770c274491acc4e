"""The gang: the GPUs of a training job during a run, which wait, start, work, fail and finish together."""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import inf

import numpy as np
from simpy import Event

from sim.compute.claim import SERVER_FAILED, Claim
from sim.compute.member import Member, State
from sim.compute.pool import Pool
from sim.compute.tier import BEGUN, CRASHED, DONE, RESTORED, Tier
from sim.demand.job_record import JobRecord
from sim.demand.order import Order
from sim.demand.progress import Progress
from sim.site import Site

_ROUNDING = 1e-12
"""Share of a job's work below which a remainder is rounding error."""
_MOMENT_S = 1.0
"""What a start-up may lack and count as complete: it is looked at again only so often."""
_STARTED, _FAILED, _STOPPED = "started", "failed", "stopped"


class Gang:
    """A job during a run."""

    def __init__(self, order: Order, site: Site, pool: Pool, tier: Tier) -> None:
        """Prepare a job; `live` is its process."""
        self._order = order
        self._site = site
        self._pool = pool
        self._tier = tier
        self._progress = Progress(order.work_s, order.levels.schedule)
        run_s = self._progress.time_left_s()
        member = self._member = Member((0.0, 0), run_s, self._hear)
        self._run_left_s = run_s
        self._mean_w = self._gpu_w = order.mean_w
        member.firm_mw, member.flexible_mw = order.firm_and_flexible_mw(self._mean_w)
        member.nominal_mw, member.idle_mw = member.flexible_mw, order.idle_mw
        self._record = JobRecord(order)
        self._claim = self._made_claim()
        pool.spec.scheduler.require(order.name, self._claim.power_mw)
        self._rng: np.random.Generator | None = None
        self._event: Event | None = None
        self._attempt = 0
        self._planned_at_s = inf
        self._starts_s = 0.0
        self._loaded = (0.0, 0.0, 0.0)
        self._heard: list[str] = []
        site.jobs.append(self._record.values)
        tier.reports.append(self._report)

    def live(self) -> Generator[Event, None, None]:
        """The process of the job."""
        env, member, record = self._site.env, self._member, self._record
        yield env.wait_until(self._order.submit_s)
        member.at_s = env.now
        self._planned_at_s = env.now + self._order.planned_s
        while self._progress.left_s > 0.0:
            record.enter_line(env.now)
            self._claim.runtime_s = record.startup_s + self._progress.time_left_s()
            yield self._pool.submit(self._claim)
            record.leave_line(env.now)
            member.wait(env.now)
            member.rank = (-float(self._order.priority), self._claim.number)
            self._start()
            yield from self._hold()
            self._tier.leave(member)
            record.is_in = False
            self._pool.release(self._claim)
            self._heard.clear()
        self._end(env.now)

    def _hold(self) -> Generator[Event, None, None]:
        """Work with the GPUs until the work is done or the GPUs are gone."""
        while self._progress.left_s:
            if not self._heard:
                self._event = self._site.env.event()
                yield self._event
            heard = self._heard.pop(0)
            if heard is DONE:
                self._reach()
            elif heard is _STARTED:
                self._load()
            elif heard is CRASHED:
                self._crash()
            elif heard is RESTORED:
                self._start(State.RESTARTING)
            else:
                self._stop(heard)
                if not self._claim.is_held:
                    return
                if self._progress.left_s:
                    self._start()

    def _start(self, state: State = State.STARTING) -> None:
        """Start up, or start again from the last save. Until it works, its GPUs wait."""
        order, env = self._order, self._site.env
        startup_s = self._record.begin_attempt()
        self._attempt += 1
        self._pool.want(self._claim, max(0.0, order.waiting_mw - order.idle_mw))
        self._starts_s = env.now + startup_s
        if startup_s:
            self._load_until(self._starts_s, state)
        else:
            self._work()
        if order.mtbf_s < inf:
            self._rng = self._rng or self._site.rng(f"{order.name} failures")
            self._call_at(env.now + float(self._rng.exponential(order.mtbf_s)), _FAILED)
        if order.planned_s < inf:
            while self._planned_at_s <= env.now:
                self._planned_at_s += order.planned_s
            self._call_at(self._planned_at_s, _STOPPED)

    def _load(self) -> None:
        """Work, once what start-up has lacked of its firm power is made up for."""
        self._tier.update(self._member)
        since_s, energy_mwh, unserved_mwh = self._loaded
        lacked_mwh, now_s = self._member.unserved_mwh - unserved_mwh, self._site.env.now
        wanted_mwh = self._member.energy_mwh - energy_mwh + lacked_mwh
        lack_s = (now_s - since_s) * lacked_mwh / wanted_mwh if wanted_mwh else 0.0
        if lack_s > _MOMENT_S:  # the baseline goes on meanwhile
            self._load_until(now_s + lack_s, State.RESTARTING)
        else:
            self._work()

    def _load_until(self, starts_s: float, state: State) -> None:
        """Start up until an elapsed second, if power lasts."""
        self._put(state, inf, (self._waiting_mw(), 0.0))
        self._loaded = (self._site.env.now, self._member.energy_mwh, self._member.unserved_mwh)
        self._starts_s = starts_s
        self._call_at(starts_s, _STARTED)

    def _work(self) -> None:
        """Work from the last save on."""
        self._run_left_s = self._progress.begin(self._member.run_s)
        self._go_on(0.0)

    def _go_on(self, run_s: float) -> None:
        """Work at the power of the present phase, or at mean power until the end."""
        order, left_s, gpu_w = self._order, self._run_left_s - run_s, self._mean_w
        if order.follows_phases:
            gpu_w, turn_s = order.levels.turn(self._progress.done_s, run_s)
            left_s = min(left_s, turn_s - run_s)
        self._gpu_w = gpu_w
        self._pool.want(self._claim, order.above_idle_mw(gpu_w))
        self._put(State.ON, left_s, *order.under(self._claim.cap_pu, gpu_w))

    def _put(self, state: State, left_s: float, power_mw: tuple[float, float], rate: float = 1.0) -> None:
        """Join the tier, or change what it does there."""
        if self._record.is_in:
            self._tier.change(self._member, state, left_s, power_mw, rate)
        else:
            self._record.is_in = True
            self._tier.join(self._member, state, left_s, power_mw, rate)

    def _follow_cap(self) -> None:
        """Draw what the power domains of its servers let it draw, and work as fast as it can with that."""
        self._tier.update(self._member)
        member, order, cap_pu = self._member, self._order, self._claim.cap_pu
        if member.state in {State.STARTING, State.RESTARTING}:
            self._put(member.state, inf, (self._waiting_mw(), 0.0))
        else:
            self._put(member.state, member.left_s, *order.under(cap_pu, self._gpu_w))
        self._refresh()

    def _waiting_mw(self) -> float:
        """Power while it starts, under the cap of its power domains."""
        above_mw = max(0.0, self._order.waiting_mw - self._order.idle_mw)
        return self._order.waiting_mw - (1.0 - self._claim.cap_pu) * above_mw

    def _reach(self) -> None:
        """The end of a phase, or of the work."""
        if self._order.follows_phases:
            self._tier.update(self._member)
            run_s = self._progress.run_s(self._member.run_s)
            if self._run_left_s - run_s > _ROUNDING * self._run_left_s:
                self._go_on(run_s)
                return
        self._progress.finish()

    def _crash(self) -> None:
        """Fall back to the last checkpoint because firm power has failed; wait until it is back."""
        self._site.note(self._tier.feed.terminal.name, "crash", self._order.name)
        self._attempt += 1
        self._tier.lose(self._member, self._fall_back(self._progress.crash))

    def _stop(self, heard: str) -> None:
        """Stop for another reason than power: the baseline has to do again what the job has."""
        self._attempt += 1
        self._heard.clear()  # it is no longer so
        self._tier.update(self._member)
        member, progress = self._member, self._progress
        again_s = self._fall_back(progress.crash if heard in {_FAILED, SERVER_FAILED} else progress.save)
        if member.baseline_s:
            member.baseline_s = max(0.0, member.baseline_s + again_s)
        else:
            self._tier.lose(member, max(0.0, again_s))

    def _fall_back(self, save: Callable[[float], None]) -> float:
        """Save or lose the work since it began last; the run time that is to be done again."""
        run_s = self._progress.run_s(self._member.run_s)
        expected_s = self._run_left_s - run_s
        save(self._member.run_s)
        again_s = self._progress.time_left_s() - expected_s if run_s else 0.0
        self._run_left_s = self._progress.time_left_s()
        return again_s

    def _call_at(self, at_s: float, what: str) -> None:
        """Hear something at an elapsed second, unless another attempt has begun by then."""
        attempt = self._attempt
        self._site.env.call_at(at_s, lambda _: self._hear(what) if attempt == self._attempt else None)

    def _hear(self, what: str) -> None:
        """Hear what the tier, the pool or the clock tells."""
        if what is BEGUN:
            self._record.begin(self._site.env.now)
            return
        self._heard.append(what)
        if self._event is not None and not self._event.triggered:
            self._event.succeed()

    def _made_claim(self) -> Claim:
        """Its claim to GPUs, as the scheduler sees it."""
        order, member = self._order, self._member
        return Claim(
            number=-1,
            name=order.name,
            gpus=order.gpus,
            submit_s=order.submit_s,
            worth_usd_per_mwh=order.worth_usd_per_mwh,
            priority=order.priority,
            team=order.team,
            runtime_s=order.startup_s + self._run_left_s,
            power_mw=self._tier.feed.drawn_mw(member.firm_mw + member.flexible_mw),
            deadline_s=order.deadline_s,
            latest_start_s=order.latest_start_s,
            start_s=inf,
            end_s=inf,
            is_held_back=False,
            is_protected=order.is_protected,
            racks=(),
            refresh=self._refresh,
            lose=self._hear,
            follow_cap=self._follow_cap,
            floor_pu=order.under_cap.floor_pu,
        )

    def _refresh(self) -> None:
        """Tell the scheduler when it will end with no lack of power from now on, and whether there is one."""
        claim, member = self._claim, self._member
        is_slow = member.state is State.ON and self._tier.time.speed < 1.0
        claim.is_held_back = is_slow or member.state in {State.PAUSED, State.DOWN}
        if self._record.is_in:
            self._tier.update(member)
            left_s = self._run_left_s - self._progress.run_s(member.run_s)
            claim.end_s = (
                max(self._site.env.now, self._starts_s) + left_s / member.rate if member.rate else inf
            )

    def _report(self) -> None:
        """Complete the record at the end of the run."""
        member, progress, now_s = self._member, self._progress, self._site.horizon_s
        if not self._record.is_in:
            if progress.left_s and self._record.attempts:
                member.wait(now_s)
        elif member.state is State.ON and self._run_left_s - progress.run_s(member.run_s) <= (
            _ROUNDING * self._run_left_s
        ):
            progress.finish()  # done as the run ends
            self._end(now_s)
        self._record.close(member, progress, self._tier, now_s)

    def _end(self, now_s: float) -> None:
        self._record.end(now_s)
        self._member.backlog_s = 0.0
