"""The pool: the servers of a pool during a run, the line for their GPUs, and their failures."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Generator
from math import fsum, inf
from typing import Protocol

from simpy import Event

from sim.bus.clock import Alarm
from sim.bus.door import Door, Look
from sim.compute.capping import Capping
from sim.compute.claim import SERVER_FAILED, YIELDED, Claim
from sim.compute.failures import Superposition
from sim.compute.scheduler import Decision, Racks, Start, State, check
from sim.compute.server_states import StateHours
from sim.compute.server_states import server_h as account_of
from sim.compute.servers import ServerPool
from sim.contracts.imports import Imports
from sim.site import Site
from sim.timeseries.forecast import Forecast
from sim.units import SECONDS_PER_MINUTE, hours, seconds


class Draw(Protocol):
    """The feed through which a pool requests power for its idle servers."""

    def want(self, firm_mw: float) -> None:
        """Request IT power from now on [MW]."""


class Tier(Protocol):
    """What a pool needs of jobs that react to power alike; `reactions` counts changes of power and jobs."""

    reactions: int

    @property
    def lag_s(self) -> float:
        """Running integral of what is missing to full speed."""

    @property
    def power_mw(self) -> float:
        """Power of its jobs."""


class Pool:
    """A pool during a run.

    Attributes:
        spec: Its specification.
        tiers: The tiers of its jobs.
        is_in_service: Whether it is in service; otherwise jobs wait for it.
    """

    def __init__(self, spec: ServerPool, name: str, site: Site, draw: Draw) -> None:
        self.spec = spec
        self.tiers: list[Tier] = []
        self.is_in_service = site.is_in_service(name)
        self._name, self._site, self._draw = name, site, draw
        self._free = spec.gpus_by_rack
        self._capping = Capping(spec, name, site) if spec.domains else None
        self._line: list[Claim] = []
        self._holders: dict[int, Claim] = {}
        self._claims, self._is_asked = 0, False
        self._changes: list[float] = []
        self._told: tuple[float, int] | None = None  # what a scheduler that follows power knew last
        self._used_gpu_h: defaultdict[str, float] = defaultdict(float)
        self._forecast: Forecast | None = None
        self._alarm = Alarm(site.env, lambda _: self._ask())
        self._look = Look(site.env.through(Door.WATCH, name, self._follow))
        self._decide = site.env.through(Door.SCHEDULER, name, spec.scheduler.decide)
        self._down: list[int] = []  # racks of failed servers
        self._booting: list[int] = []
        self._recount = site.env.event()
        self._hours = StateHours(site.env.now)
        service = site.service(name)
        ends_s = inf if service is None else max(unit.end_s for unit in service.units)
        self._drains_s = ends_s - seconds(spec.drain_h)
        if self._drains_s < inf:
            site.env.call_at(self._drains_s, lambda _: self._draw_idle())
        site.on_turn(self._turn)
        site.on_connected(self._foresee)
        if spec.mttf_h is not None:
            rng = site.rng(f"{name} failures")
            self._failures = Superposition(rng, spec.servers, spec.mttf_h, spec.mttr_h)
            site.process(self._fail_and_repair())
            site.on_close(self._report)
        self._draw_idle()

    def reserve(self, gpus: int) -> None:
        """Allocate GPUs for the whole run, before the clock starts; racks are filled in their order.

        Raises:
            SpecError: If their busy power exceeds the limit of a power domain.
        """
        left, racks = gpus, []
        for rack, free in enumerate(self._free):
            racks.append((rack, min(left, free)))
            left -= racks[-1][1]
        self._take(tuple(racks), 1)
        if self._capping is not None:
            self._capping.reserve(tuple(racks))
        self._draw_idle()

    def want(self, claim: Claim, above_mw: float) -> None:
        """Note the power above idle that a job with GPUs wants from now on; its domains may cap it."""
        if self._capping is not None:
            self._capping.want(claim, above_mw)

    def submit(self, claim: Claim) -> Event:
        """An event that succeeds when the GPUs have been allocated.

        GPUs are allocated at the end of an instant, so that claims of one instant are compared.
        """
        claim.granted = self._site.env.event()
        if claim.number < 0:
            claim.number, self._claims = self._claims, self._claims + 1
        if not self._line and self.spec.scheduler.follows_power:
            self._site.bus.watches.append(self._look)
        insort(self._line, claim)
        self._ask()
        return claim.granted

    def release(self, claim: Claim) -> None:
        """Return GPUs to the pool; none if they have been taken back."""
        if self._holders.pop(claim.number, None) is not None:
            claim.is_held = False
            self._take(claim.racks, -1)
            self.want(claim, 0.0)
            if claim.team:
                held_h = hours(self._site.env.now - claim.start_s)
                self._used_gpu_h[claim.team] += held_h * claim.gpus
            self._draw_idle()
            if self._line:
                self._ask()

    def _follow(self) -> None:
        """Ask a scheduler that follows power; called after each settlement while jobs wait."""
        told = (self._site.bus.price_usd_per_mwh, sum([tier.reactions for tier in self.tiers]))
        if self._takes_jobs and told != self._told:
            self._told = told
            self._allocate()
            if not self._line:
                self._site.bus.watches.remove(self._look)

    def _allocate(self) -> None:
        """Let the scheduler decide, and carry out what it decides."""
        scheduler, state = self.spec.scheduler, self._state()
        decision = self._decide(state)
        if scheduler.is_checked:
            check(decision, state, scheduler)
        self._carry_out(decision)

    def _ask(self) -> None:
        """Ask the scheduler at the end of this instant; one that follows power, after the settlement."""
        if self.spec.scheduler.follows_power:
            self._told = None
            self._site.bus.ask("servers")
        elif not self._is_asked:
            self._is_asked = True
            self._site.env.call_last(self._answer)

    def _answer(self, _event: Event) -> None:
        self._is_asked = False
        if self._line and self._takes_jobs:
            self._allocate()

    @property
    def _takes_jobs(self) -> bool:
        """Whether it is in service and not about to retire."""
        return self.is_in_service and self._site.env.now < self._drains_s

    def _carry_out(self, decision: Decision) -> None:
        yielding = [self._holders[number] for number in decision.yields]
        for claim in yielding:
            self.release(claim)
        for start in decision.starts:
            self._grant(start)
        for claim in yielding:
            claim.lose(YIELDED)
        self._alarm.set(decision.again_s)

    def _grant(self, start: Start) -> None:
        at = next(at for at, claim in enumerate(self._line) if claim.number == start.number)
        claim = self._line.pop(at)
        claim.racks = start.racks
        claim.start_s = self._site.env.now
        claim.end_s = claim.start_s + claim.runtime_s
        claim.is_held = True
        self._holders[claim.number] = claim
        self._take(start.racks, 1)
        self._draw_idle()
        if claim.granted is not None:
            claim.granted.succeed()

    def _state(self) -> State:
        """What the scheduler knows."""
        site, running = self._site, [*self._holders.values()]
        follows_power = self.spec.scheduler.follows_power
        changes = [tier.reactions if follows_power else tier.lag_s for tier in self.tiers]
        if changes != self._changes:
            self._changes = changes
            for claim in running:
                claim.refresh()
        teams = dict(self._used_gpu_h)
        for claim in running if teams or self.spec.scheduler.follows_teams else ():
            used_gpu_h = hours(site.env.now - claim.start_s) * claim.gpus
            teams[claim.team] = teams.get(claim.team, 0.0) + used_gpu_h
        return State(
            now_s=site.env.now,
            free=self._free_for_jobs() if self.spec.spares else tuple(self._free),
            waiting=self._line,
            running=running,
            price_usd_per_mwh=site.bus.price_usd_per_mwh,
            power_mw=fsum([tier.power_mw for tier in self.tiers]) if follows_power else 0.0,
            forecast=self._forecast,
            teams=teams,
        )

    def _free_for_jobs(self) -> tuple[int, ...]:
        """Free GPUs by rack, without the spare servers that are not needed yet."""
        kept = max(0, self.spec.spares - self._out) * self.spec.gpus_per_server
        free = [*self._free]
        for rack in reversed(range(len(free) if kept else 0)):
            held = min(kept, free[rack])
            free[rack] -= held
            kept -= held
        return tuple(free)

    def _foresee(self) -> None:
        """Make the forecast that the scheduler asks for, once all connections are known."""
        scheduler, horizon_s = self.spec.scheduler, self._site.horizon_s
        imports = self._site.common(Imports)
        actual = {
            "price": imports.usd_per_mwh,
            "carbon": imports.kgco2_per_mwh,
            "shortage": imports.missing_mw,
        }.get(scheduler.starts_by)
        if actual is not None and scheduler.forecast is not None:
            series = actual(horizon_s)
            if series is None:
                raise scheduler.refuse("starts_by", '"submission", without a grid connection')
            seed = int(self._site.rng(f"{self._name} forecast").integers(2**31))
            self._forecast = Forecast(scheduler.forecast, series, seed)

    def _turn(self) -> None:
        """Enter service, or retire: jobs lose their GPUs then."""
        self.is_in_service = self._site.is_in_service(self._name)
        self._ask()
        if not self.is_in_service:
            for claim in [*self._holders.values()]:
                self.release(claim)
                claim.lose(YIELDED)
        self._draw_idle()

    def _take(self, racks: Racks, sign: int) -> None:
        for rack, gpus in racks:
            self._free[rack] -= sign * gpus

    def _draw_idle(self) -> None:
        """Request power for servers that are free or start."""
        booting = len(self._booting) * self.spec.gpus_per_server
        self._draw.want((sum(self._free) + booting) * self.spec.idle_mw_per_gpu)
        if self.spec.mttf_h is not None:
            self._count_hours()

    def _count_hours(self) -> None:
        """Count the hours of servers by state; a server with a GPU in use is active."""
        now_s, spec = self._site.env.now, self.spec
        if not self.is_in_service:
            self._hours.become(now_s, off=spec.servers)
            return
        up = spec.servers - self._out
        idle = min(up, sum(self._free) // spec.gpus_per_server)
        failed, booting = len(self._down), len(self._booting)
        active, draining = (up - idle, 0) if now_s < self._drains_s else (0, up - idle)
        self._hours.become(now_s, idle=idle, active=active, draining=draining, failed=failed, booting=booting)

    @property
    def _out(self) -> int:
        """Servers that have failed or start again."""
        return len(self._down) + len(self._booting)

    def _fail_and_repair(self) -> Generator[Event, None, None]:
        """The process of failures and repairs of all servers."""
        env, boot_s = self._site.env, self.spec.boot_min * SECONDS_PER_MINUTE
        while True:
            up, down = self.spec.servers - self._out, len(self._down)
            wait_h, is_failure = self._failures.next_h(up, down)
            self._recount, due = env.event(), self._site.wait_h(wait_h)
            yield due | self._recount
            if not due.processed:
                continue  # the numbers have changed, and what comes next has no memory
            if is_failure:
                self._fail(self._failures.which(up) * self.spec.gpus_per_server)
            else:
                self._booting.append(self._down.pop(self._failures.which(down)))
                env.call_at(env.now + boot_s, self._boot)
            self._draw_idle()

    def _fail(self, number: int) -> None:
        """Lose the server of a GPU by its number: free ones first, then those of jobs, then reserved ones."""
        gpus = self.spec.gpus_per_server
        for rack, free in enumerate(self._free):
            whole = free // gpus * gpus
            if number < whole:
                self._lose_server(rack)
                return
            number -= whole
        for claim in self._holders.values():
            for rack, held in claim.racks:
                if number < held:
                    self._evict(claim)
                    self._lose_server(rack)
                    return
                number -= held

    def _lose_server(self, rack: int) -> None:
        """Take a server out of a rack; all jobs that have GPUs of it lose theirs."""
        gpus = self.spec.gpus_per_server
        for claim in [*self._holders.values()] if self._free[rack] < gpus else ():
            if self._free[rack] < gpus and rack in dict(claim.racks):
                self._evict(claim)
        if self._free[rack] >= gpus:
            self._free[rack] -= gpus
            self._down.append(rack)

    def _evict(self, claim: Claim) -> None:
        self.release(claim)
        claim.lose(SERVER_FAILED)
        self._site.note(self._name, SERVER_FAILED, claim.name)

    def _boot(self, _now_s: float) -> None:
        """A repaired server has started."""
        self._free[self._booting.pop(0)] += self.spec.gpus_per_server
        if not self._recount.triggered:
            self._recount.succeed()
        self._draw_idle()
        if self._line:
            self._ask()

    def _report(self) -> None:
        """Enter the hours of servers by state."""
        self._count_hours()
        for state, server_h in self._hours.at(self._site.horizon_s).items():
            if server_h:
                self._site.bus.enter(account_of(state), self._name, server_h, self._site.horizon_s)
