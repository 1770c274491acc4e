"""The tier: jobs of one pool that react to power alike.

A tier has one terminal, however many jobs it has. Each job takes its work, energy and backlog as differences
of the running integrals of the tier (`virtual_time`). So a settlement costs what there are tiers.

Compiled if a C compiler is at hand, like `bus.stretch`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import fsum, inf, nextafter
from typing import Protocol

from sim.bus.account import Account, Grain
from sim.bus.band import Band
from sim.bus.block import Block
from sim.bus.bus import Bus
from sim.bus.clock import Alarm
from sim.bus.terminal import Terminal
from sim.compute.behaviour import Behaviour
from sim.compute.member import Member, State
from sim.compute.virtual_time import VirtualTime
from sim.units import hours

DONE, BEGUN, CRASHED, RESTORED = "done", "begun", "crashed", "restored"
"""What it tells a member: it has had its time; it works for the first time; it lost firm power; it has it."""

DEFERRED = Account("deferred_mwh", "MWh", "Deferred energy", grain=Grain.MONTH)
"""Rises of the backlog of jobs, in the flexible energy of their work at full speed."""
IDLE = Account("idle_held_mwh", "MWh", "Idle energy while held", grain=Grain.MONTH)
"""Idle energy drawn by the share of a job that is held back."""

_ROUNDING = 1e-12
"""Share of a power below which a difference is rounding error."""


class Draw(Protocol):
    """The feed of a tier: its connection to the facility."""

    terminal: Terminal
    firm: Block
    flexible: list[Block]

    def want(self, firm_mw: float, *flexible_mw: float) -> None:
        """Request IT power from now on [MW]."""

    def drawn_mw(self, it_mw: float) -> float:
        """Facility power for a given IT power at the overhead of now [MW]."""

    @property
    def settled_factor(self) -> float:
        """Facility power per unit of IT power at the last settlement."""


class Tier:
    """The jobs of one pool that react to power alike.

    Attributes:
        feed: Its connection to the facility.
        time: Its virtual time.
        reactions: How often its power or its jobs have changed.
        reports: Called at the end of the run, once for each job.
        amounts: Amounts of accounts of its jobs, entered at the end of the run.
    """

    def __init__(self, bus: Bus, feed: Draw, behaviour: Behaviour, month_ends_s: Iterable[float]) -> None:
        """Connect a tier.

        Args:
            bus: The bus.
            feed: Its feed, with a flexible block for each width.
            behaviour: How its jobs react.
            month_ends_s: Ends of the months of the run.
        """
        self.feed = feed
        self.time = VirtualTime(month_ends_s)
        self.reactions = 0
        self.reports: list[Callable[[], None]] = []
        self.amounts: defaultdict[Account, float] = defaultdict(float)
        self._bus = bus
        self._behaviour = behaviour
        self._members: dict[Member, None] = {}
        self._unbegun: dict[Member, None] = {}
        self._alarm = Alarm(bus.env, self._ring)
        self._blocks = (feed.firm, *feed.flexible)
        self._band = Band(bus, self._blocks)
        self._places: list[int] = []
        self._is_changed = False
        self._widths_pu = behaviour.widths_pu
        bus.add_mover(self, band=self._band)
        if behaviour.crashes:
            bus.add_fit(feed.firm, self._fit_firm)
        if behaviour.floor_pu:
            bus.add_fit(feed.flexible[0], self._fit)

    @property
    def lag_s(self) -> float:
        """Running integral of what is missing to full speed."""
        return self.time.lag_s

    @property
    def power_mw(self) -> float:
        """Power at the last settlement, with the overhead."""
        return self.feed.terminal.power_mw

    def join(
        self,
        member: Member,
        state: State,
        left_s: float = inf,
        power_mw: tuple[float, float] | None = None,
        rate: float = 1.0,
    ) -> None:
        """Take a job in.

        Args:
            member: The job.
            state: What it does.
            left_s: Time at full speed after which it is told `DONE`.
            power_mw: Firm and flexible IT power that it wants. Default: as before.
            rate: Its speed over that of the tier, below 1 under the cap of a power domain. Its speed is the
                product, which is exact if speed is proportional to power or the tier lacks none.
        """
        self.time.advance(self._bus.env.now)
        self.time.mark(member)
        member.left_s = left_s
        self._members[member] = None
        if not member.has_begun:
            self._unbegun[member] = None
        self._put(member, state, power_mw, rate)

    def leave(self, member: Member) -> None:
        """Let a job go."""
        self._exit(member)
        self._unbegun.pop(member, None)
        del self._members[member]
        if not self._members:
            self.time.clear()
        self._want()

    def change(
        self,
        member: Member,
        state: State,
        left_s: float | None = None,
        power_mw: tuple[float, float] | None = None,
        rate: float = 1.0,
    ) -> None:
        """Let a job do something else from now on; see `join`."""
        self._exit(member)
        if left_s is not None:
            member.left_s = left_s
        self._put(member, state, power_mw, rate)

    def update(self, member: Member) -> None:
        """Bring a job up to now."""
        self.time.advance(self._bus.env.now)
        self.time.note(member)

    def lose(self, member: Member, time_s: float) -> None:
        """Let a job lose work, as time at full speed, because power failed."""
        self.update(member)
        member.lose(time_s)
        self.time.deferred_mwh[self.time.month] += member.nominal_mw * hours(time_s)

    def close(self, now_s: float) -> None:
        """Bring all jobs up to the end of the run, let them report, and enter what they have had."""
        time, enter = self.time, self.feed.terminal.enter
        time.advance(now_s)
        for member in self._members:
            time.note(member)
        for report in self.reports:
            report()
        for account in filter(self.amounts.get, self.amounts):
            enter(account, self.amounts[account])
        overhead = time.mean_overhead()
        for at_s, deferred_mwh, idle_mwh in zip(
            [*time.month_ends_s, now_s], time.deferred_mwh, time.idle_mwh, strict=True
        ):
            for account, mwh in ((DEFERRED, deferred_mwh), (IDLE, idle_mwh)):
                if mwh:
                    enter(account, mwh * overhead, nextafter(at_s, 0.0))

    def advance(self, _now_s: float) -> None:
        """Request power for all members, if they have changed."""
        if self._is_changed:
            self._is_changed, groups = False, self.time.groups
            flexible_mw = groups[State.ON].flexible_mw + groups[State.PAUSED].flexible_mw
            flexible = [flexible_mw * width for width in self._widths_pu]
            self.feed.want(fsum([group.firm_mw for group in groups.values()]), *flexible)
            self._band.open()

    def settled(self, now_s: float) -> None:
        """React to a settlement that has changed its power."""
        self.reactions += 1
        self.time.advance(now_s)
        self.time.overhead = self.feed.settled_factor
        mw, taken = self._band.sizes_mw(), self._band.powers_mw()
        self._share_firm(taken[0] / mw[0] if mw[0] else 1.0)
        self._share_flexible(mw[1:], taken[1:])
        self._tell_begun()
        self._alarm.set(self.time.due_s())

    def _find(self) -> list[int]:
        """Where its blocks stand among all, which is known once the clock has started."""
        first_bid = len(self._bus.offered)
        self._places = [first_bid + block.at for block in self._blocks]
        return self._places

    def _share_firm(self, firm_pu: float) -> None:
        """Let jobs share the firm power received; of those that crash, whole jobs lose it."""
        groups, time = self.time.groups, self.time
        time.firm_pu, time.down_pu = firm_pu, 0.0
        if not self._behaviour.crashes or (firm_pu >= 1.0 - _ROUNDING and not groups[State.DOWN].count):
            return
        kept, left_mw = self._whole(firm_pu * fsum([group.firm_mw for group in groups.values()]))
        time.firm_pu = 1.0
        for member in sorted(self._members):
            if member.state is State.DOWN:
                if id(member) in kept:
                    member.tell(RESTORED)
            elif id(member) not in kept:
                self._move(member, State.DOWN)
                member.tell(CRASHED)
                self._want()
        idle_mw = groups[State.DOWN].idle_mw
        time.down_pu = min(1.0, max(0.0, left_mw) / idle_mw) if idle_mw else 0.0

    def _whole(self, firm_mw: float) -> tuple[set[int], float]:
        """The jobs that have their whole firm power of this IT power, and the rest of it.

        In their order, but first those who have it now: nobody crashes to let another restart.
        """
        kept, left_mw = set(), firm_mw * (1.0 + _ROUNDING)
        for member in sorted(self._members, key=lambda one: (one.state is State.DOWN, one.rank)):
            if member.firm_mw <= left_mw:
                left_mw -= member.firm_mw
                kept.add(id(member))
        return kept, left_mw

    def _fit_firm(self, mw: Sequence[float], used_mw: Sequence[float]) -> list[tuple[int, float]]:
        """Firm power that the bus can use less of: jobs that are down draw idle power alone."""
        at = (self._places or self._find())[0]
        if used_mw[at] <= _ROUNDING * mw[at]:
            return []
        taken_mw = mw[at] - used_mw[at]
        kept, _ = self._whole(taken_mw / self.feed.drawn_mw(1.0))
        whole_mw = fsum([one.firm_mw for one in self._members if id(one) in kept])
        idle_mw = fsum([one.idle_mw for one in self._members if id(one) not in kept])
        most_mw = self.feed.drawn_mw(whole_mw + idle_mw)
        return [(at, most_mw)] if taken_mw > most_mw * (1.0 + _ROUNDING) else []

    def _share_flexible(self, mw: Sequence[float], taken: Sequence[float]) -> None:
        """Let jobs share the flexible power received; of those with a floor, whole jobs pause."""
        on, time = self.time.groups[State.ON], self.time
        if floor_pu := self._behaviour.floor_pu:
            self._pause(taken[0])
            upper_mw = on.flexible_mw * time.overhead
            share = floor_pu + fsum(taken[1:]) / upper_mw if upper_mw else 1.0
        else:
            wanted_mw, taken_mw = fsum(mw), fsum(taken)
            share = taken_mw / wanted_mw if wanted_mw else 1.0
        time.flexible_pu = min(1.0, share)
        speed = self._behaviour.speed_pu(time.firm_pu, time.flexible_pu) if on.count else 0.0
        time.speed = 0.0 if speed < _ROUNDING else speed if speed < 1.0 - _ROUNDING else 1.0

    def _pause(self, taken_mw: float) -> None:
        """Pause jobs whose floor exceeds the power received, and let others go on."""
        groups = self.time.groups
        paused = groups[State.PAUSED]
        wanted_mw = groups[State.ON].flexible_mw + paused.flexible_mw
        it_mw = taken_mw / self.time.overhead
        is_enough = it_mw >= wanted_mw * self._behaviour.floor_pu * (1.0 - _ROUNDING)
        if is_enough and not paused.count:
            return
        chosen = {*self._chosen(it_mw)}
        for member in self._members:
            if member.state is State.ON and member not in chosen:
                self._move(member, State.PAUSED)
            elif member.state is State.PAUSED and member in chosen:
                self._move(member, State.ON)

    def _chosen(self, it_mw: float) -> Iterator[Member]:
        """The jobs that work with this IT power in the first block, in their order."""
        left_mw, floor_pu = it_mw, self._behaviour.floor_pu
        for member in sorted(self._members):
            if member.state in {State.ON, State.PAUSED}:
                floor_mw = member.flexible_mw * floor_pu
                if floor_mw <= left_mw + _ROUNDING * it_mw:
                    left_mw -= floor_mw
                    yield member

    def _fit(self, mw: Sequence[float], used_mw: Sequence[float]) -> list[tuple[int, float]]:
        """Blocks of the bus that can use less than their size, and how much: whole jobs pause."""
        places = self._places or self._find()
        if used_mw[places[1]] <= _ROUNDING * mw[places[1]]:
            return []
        places = places[1:]
        taken_mw = (mw[places[0]] - used_mw[places[0]]) / self.feed.drawn_mw(1.0)
        chosen_mw = fsum([one.flexible_mw for one in self._chosen(taken_mw)])
        most_mw = [self.feed.drawn_mw(chosen_mw * width) for width in self._widths_pu]
        most = [(at, min(mw[at], size)) for at, size in zip(places, most_mw, strict=True)]
        if all(mw[at] - used_mw[at] <= size * (1.0 + _ROUNDING) for at, size in most):
            return []
        return most  # all, for otherwise one block would receive what another leaves

    def _tell_begun(self) -> None:
        """Tell those who work for the first time."""
        if self._unbegun and self.time.speed:
            for member in [*self._unbegun]:
                if member.state is State.ON and member.rate:
                    member.has_begun = True
                    del self._unbegun[member]
                    member.tell(BEGUN)

    def _want(self) -> None:
        """Request power at the next settlement, and look at it in any case."""
        self._is_changed = True
        self._bus.ask(self.feed.terminal.name)

    def _put(self, member: Member, state: State, power_mw: tuple[float, float] | None, rate: float) -> None:
        member.rate = rate
        if power_mw is not None:
            member.firm_mw, member.flexible_mw = power_mw
        self.time.enter(member, state)
        self._want()

    def _move(self, member: Member, state: State) -> None:
        self._exit(member)
        self.time.enter(member, state)

    def _exit(self, member: Member) -> None:
        self.time.advance(self._bus.env.now)
        self.time.exit(member)

    def _ring(self, now_s: float) -> None:
        self.time.advance(now_s)
        for member in self.time.done():
            member.tell(DONE)
        self._alarm.set(self.time.due_s())
