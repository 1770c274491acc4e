"""The gang: the GPUs of a training job during a run, which wait, start, work, fail and finish together."""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import inf

import numpy as np
from simpy import Event

from sim.compute.member import Member, State
from sim.compute.servers import SERVER_FAILED, Claim, Pool
from sim.compute.tier import BEGUN, CRASHED, DONE, RESTORED, Tier
from sim.demand.job_record import JobRecord
from sim.demand.order import Order
from sim.demand.progress import Progress
from sim.site import Site

_ROUNDING = 1e-12
"""Share of a job's work below which a remainder is rounding error."""
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
        self._mean_w = order.mean_w
        member.firm_mw, member.flexible_mw = order.firm_and_flexible_mw(self._mean_w)
        member.nominal_mw, member.idle_mw = member.flexible_mw, order.idle_mw
        self._claim = Claim(order.gpus, order.worth_usd_per_mwh, self._is_held_back, self._hear)
        self._record = JobRecord(order)
        self._rng: np.random.Generator | None = None
        self._event: Event | None = None
        self._attempt = 0
        self._planned_at_s = inf
        self._run_left_s = run_s
        self._heard: list[str] = []
        site.jobs.append(self._record.values)
        site.on_close(self._report)

    def live(self) -> Generator[Event, None, None]:
        """The process of the job."""
        env, member, record = self._site.env, self._member, self._record
        yield env.wait_until(self._order.submit_s)
        member.at_s = env.now
        self._planned_at_s = env.now + self._order.planned_s
        while self._progress.left_s > 0.0:
            record.enter_line(env.now)
            yield self._pool.acquire(self._claim)
            record.leave_line(env.now)
            member.wait(env.now)
            member.rank = (-float(self._order.priority), self._claim.number)
            record.is_in = True
            self._tier.join(member, State.STARTING)
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
                self._work()
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
        """Start up, or start again from the last save. Until it works, its GPUs draw idle power."""
        order, env = self._order, self._site.env
        startup_s = self._record.begin_attempt(order.startup_s, order.restart_s)
        self._attempt += 1
        self._tier.change(self._member, state, power_mw=(order.idle_mw, 0.0))
        if startup_s:
            self._call_at(env.now + startup_s, _STARTED)
        else:
            self._work()
        if order.mtbf_s < inf:
            self._rng = self._rng or self._site.rng(f"{order.name} failures")
            self._call_at(env.now + float(self._rng.exponential(order.mtbf_s)), _FAILED)
        if order.planned_s < inf:
            while self._planned_at_s <= env.now:
                self._planned_at_s += order.planned_s
            self._call_at(self._planned_at_s, _STOPPED)

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
        self._tier.change(self._member, State.ON, left_s, order.firm_and_flexible_mw(gpu_w))

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
        self._attempt += 1
        self._tier.lose(self._member, self._fall_back(self._progress.crash))

    def _stop(self, heard: str) -> None:
        """Stop for another reason than power: the baseline has to do again what the job has."""
        self._attempt += 1
        self._heard.clear()  # it is no longer so
        self._tier.change(self._member, State.STARTING)
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

    def _is_held_back(self) -> bool:
        state = self._member.state
        return state in {State.PAUSED, State.DOWN} or (state is State.ON and self._tier.time.speed < 1.0)

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
