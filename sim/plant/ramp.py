"""A limit on how fast a unit's power can change.

Compiled if a C compiler is at hand, like `bus.stretch`.
"""

from __future__ import annotations

from math import fsum, inf, nan, nextafter

import numpy as np

from sim import units
from sim.bus.account import Reading
from sim.bus.bus import Bus
from sim.bus.flat_mover import FlatMover
from sim.bus.flows import Flow
from sim.bus.terminal import Terminal
from sim.plant.missed import Missed
from sim.timeseries.series import Array

RAMP_LIMIT = "ramp limit"
MINIMUM_LEVEL = "minimum stable level"
"""Reasons why a unit's power is curtailed or missing."""

OFFERS = 4  # they stand one after the other, that of the minimum level first
STEP_PU = 0.02
"""Size of a step of the offered power, as a share of the rated power in service."""
_SLACK = 1e-9
_NEVER, _UNKNOWN = inf, nan
_STEP, _MINUTE_S = STEP_PU, units.SECONDS_PER_MINUTE


class Ramp(FlatMover):
    """A unit that offers only the power it can reach within its ramp limit.

    The unit has a position, which moves at the ramp rate towards the power that the ladder would take from it
    without the limit. The position depends on time and on what is asked, not on when others settle. The unit
    offers a staircase around it: its steps are 2 % of the rated power in service, it changes only at the
    unit's own instants, and it is always within half a step of the position. Whole steps of a movement carry
    the energy of the straight line; a movement is off by at most step x duration of a step / 8.

    At rest the unit follows small changes at once, within half a step. Must-run power that is not taken is
    recorded as curtailed.

    An outage overrides the ramp limit and the minimum level: unavailable power is lost at once. A forced
    outage removes the unit's share of output at once. A planned outage transfers its load first.

    Attributes:
        name: Name of the participant whose unit it is.
        level_mw: Its power output since the last settlement: the power delivered, and at least the must-run
            power [MW].
        minimum: Offer of the minimum stable level.
        falling: Offer of the power above it that cannot be reduced now.
        flexible: Offer of the power from there up to the highest power within reach.
        beyond: Available power out of reach; not for sale.
        cost: Cost of its power [USD/MWh].
    """

    def __init__(
        self,
        bus: Bus,
        terminal: Terminal,
        *,
        rated_mw: float,
        pu_per_min: float,
        must_run_usd_per_mwh: float,
        price_usd_per_mwh: float,
        rest: Flow,
    ) -> None:
        super().__init__(bus.numbers)
        self._bus = bus
        self.name = terminal.name
        self.minimum = terminal.offer(must_run_usd_per_mwh, reason=MINIMUM_LEVEL)
        second_usd_per_mwh = nextafter(must_run_usd_per_mwh, inf)  # so that the minimum is taken first
        self.falling = terminal.offer(second_usd_per_mwh, reason=RAMP_LIMIT)
        self.flexible = terminal.offer(price_usd_per_mwh, rest=rest)
        self.beyond = terminal.offer(inf, rest=rest, reason=RAMP_LIMIT)
        self.falling.cost = self.beyond.cost = self.cost = price_usd_per_mwh
        self._first = self.minimum.at
        self._pu_per_min = pu_per_min
        self._available_mw = self._minimum_mw = 0.0
        self._floor_mw = self._reach_mw = self._offered_mw = self.level_mw = 0.0
        self._position_mw = self._target_mw = 0.0
        self._before_mw = 0.0  # position as the instant began: what is out for less loses nothing
        self._at_s = 0.0
        self._is_free = True  # at the start every level is in reach
        self._was_paused = False
        self._is_moving = False
        self._direction = 0.0
        self._turn_mw = self._next_mw = 0.0
        self._goal_mw = nan
        self._has_arrived = False
        self._is_stale = True
        self._peers: list[Ramp] | None = None
        self._missed = Missed(bus, price_usd_per_mwh)
        self._turn_place = bus.new_turn()
        self._due_s = inf
        self._rate(rated_mw)
        bus.add_mover(self, self.name)

    @property
    def available_mw(self) -> float:
        """Power in service, as last set [MW]."""
        return self._available_mw

    @property
    def beyond_mw(self) -> float:
        """Available power that it does not offer yet [MW]."""
        return max(0.0, self._available_mw - self._offered_mw)

    def limit(self, *, available_mw: float, minimum_mw: float, rated_mw: float | None = None) -> None:
        """Set what is in service from now on.

        Args:
            available_mw: Power in service.
            minimum_mw: Its minimum stable level.
            rated_mw: Rated power of the units in service. Default: unchanged.
        """
        self._move(self._bus.env.now)
        if rated_mw is not None:
            self._rate(rated_mw)
        self._available_mw = available_mw
        self._minimum_mw = min(minimum_mw, available_mw)
        self._fit()
        self._bus.ask(self.name)

    def trip(self, share_pu: float) -> None:
        """Remove a share of the output after a failure; set the remaining power in service with `limit`."""
        self._move(self._bus.env.now)
        kept_pu = 1.0 - share_pu
        self.level_mw *= kept_pu
        self._position_mw *= kept_pu
        self._before_mw *= kept_pu
        self._target_mw *= kept_pu
        self._floor_mw *= kept_pu
        self._reach_mw *= kept_pu

    def level_of(self, rows: Reading) -> Array:
        """Power output in each row: power delivered, at least the must-run power [MW]."""
        floor = rows.stated_mw(self.minimum) + rows.stated_mw(self.falling)
        delivered = sum(rows.accepted_mw(block) for block in (self.minimum, self.falling, self.flexible))
        return np.maximum(delivered, floor)

    def advance(self, now_s: float) -> None:
        """State what can be reached now."""
        if not self._numbers.turns:
            return  # the clock has not started
        if now_s >= self._due_s:
            self._due_s = _NEVER
            self._has_arrived = self._is_moving
        if self._position_mw != self._target_mw or self._is_free:
            self._move(now_s)
        if self._has_arrived:
            self._has_arrived = False
            self._step()
        if self._is_stale:
            self._is_stale = False
            self._state()

    def pause(self, now_s: float) -> None:
        """Give no power while the participant takes no part; afterwards it ramps up from zero."""
        self._was_paused = True
        self._move(now_s)
        self.trip(1.0)
        self._fit()

    def resume(self, now_s: float) -> None:
        """Go on from zero; one that takes part for the first time may begin at any level."""
        self._at_s = now_s
        self._is_free = not self._was_paused
        self._fit()

    def settled(self, now_s: float) -> None:
        """Store the new level; set the target, and the instant at which the offers change next."""
        available = self._available_mw
        if not available:
            self.level_mw = 0.0
            return
        numbers = self._numbers
        at, floor, slack = self._first, self._floor_mw, self._slack_mw
        delivered = numbers.used_mw[at] + numbers.used_mw[at + 1] + numbers.used_mw[at + 2]
        self.level_mw = level = delivered if delivered > floor else floor
        if self._is_free:
            self._position_mw = self._before_mw = self._target_mw = level
            return
        if not self._is_moving:
            reach = self._reach_mw
            enough = level < reach - slack or reach >= available - slack or not self._may_rise(slack)
            if enough and (level > floor + slack or floor <= self._minimum_mw):
                if self._target_mw != level:
                    self._aim(now_s, level)
                return
        self._head_for(now_s, self._asked(floor + numbers.used_mw[at + 2]))

    def _may_rise(self, surplus_mw: float) -> bool:
        """Whether more is asked of it, and dearer units have given way but for a surplus."""
        return self._missed.mw() > self._slack_mw and self._missed.surplus_mw() <= surplus_mw

    def _asked(self, made_mw: float) -> float:
        """Power that the ladder would take from it without the limit; units of equal cost share a change."""
        more_mw = self._missed.mw()
        if self._peers is None:
            ramps = [mover for mover in self._bus.movers if isinstance(mover, Ramp)]
            self._peers = [ramp for ramp in ramps if ramp.cost == self.cost]
        if len(self._peers) > 1:
            rooms_mw = fsum([peer.room_mw(more_mw) for peer in self._peers])
            more_mw *= self.room_mw(more_mw) / rooms_mw if rooms_mw else 0.0
        return min(max(made_mw + more_mw, self._minimum_mw), self._available_mw)

    def room_mw(self, more_mw: float) -> float:
        """How far it could move in the direction of a change; a unit that takes no part cannot."""
        if self.name in self._bus.aside:
            return 0.0
        if more_mw > 0.0:
            return max(0.0, self._available_mw - self._reach_mw)
        return max(0.0, self._floor_mw - self._minimum_mw)

    def _aim(self, now_s: float, target_mw: float) -> None:
        """Set the target from now on; the position has moved up to now."""
        self._target_mw = target_mw
        if now_s > self._at_s:  # it was at rest
            self._at_s = now_s
            self._before_mw = self._position_mw

    def _rate(self, rated_mw: float) -> None:
        self._mw_per_s = rated_mw * self._pu_per_min / _MINUTE_S
        self._step_mw = _STEP * rated_mw
        self._slack_mw = _SLACK * rated_mw

    def _move(self, now_s: float) -> None:
        """Move the position towards the target, up to now."""
        if self._is_free and now_s > self._at_s:
            self._is_free = False
            self._fit()
        position, target = self._position_mw, self._target_mw
        travel = self._mw_per_s * (now_s - self._at_s)
        if target > position:
            self._position_mw = position + travel if position + travel < target else target
        elif target < position:
            self._position_mw = position - travel if position - travel > target else target
        if now_s > self._at_s:
            self._before_mw = self._position_mw
            self._at_s = now_s

    def _fit(self) -> None:
        """Keep position and offers within what is in service, and the offers within half a step of it."""
        available, half = self._available_mw, self._step_mw / 2.0
        self._is_stale = True
        self._has_arrived = False
        self._goal_mw = _UNKNOWN
        self._due_s = _NEVER
        if self._numbers.turns:
            self._numbers.turns_s[self._turn_place] = _NEVER
        if self._is_free:
            self._floor_mw, self._reach_mw = self._minimum_mw, available
            return
        self._position_mw = position = min(self._before_mw, available)
        self._target_mw = min(self._target_mw, available)
        if not self._is_moving:
            self._rest(position - half / 2.0, position + half / 2.0)
        else:
            self._floor_mw = min(max(self._floor_mw, position - half), position + half, available)
            self._reach_mw = min(max(self._reach_mw, self._floor_mw), position + half, available)
            self._turn()
        if self._reach_mw < self._minimum_mw and not self._is_moving:
            self._begin(self._reach_mw, 1.0)

    def _rest(self, floor_mw: float, reach_mw: float) -> None:
        """Offer a band around the position; within it the power is free."""
        self._is_moving = False
        self._reach_mw = min(reach_mw, self._available_mw)
        self._floor_mw = min(max(floor_mw, self._minimum_mw), self._reach_mw)

    def _begin(self, level_mw: float, direction: float) -> None:
        """Begin a movement from one end of the band."""
        self._is_moving = True
        self._is_stale = True
        if abs(self.level_mw - level_mw) > self._slack_mw:
            self._bus.ask(self.name)
        self._floor_mw = self._reach_mw = level_mw
        self._direction = direction
        self._turn()

    def _turn(self) -> None:
        """Find the position at which the offered level takes its next step, and that level.

        The first step of a movement is as long as makes whole steps equal to the straight line.
        """
        direction, step, position = self._direction, self._step_mw, self._position_mw
        level = self._reach_mw  # while it moves, the floor is there too
        ahead = (level - position) * direction
        if ahead >= 0.0 and ahead < step:
            self._turn_mw = position + direction * step * (0.5 + ahead / (2.0 * (step - ahead)))
            self._next_mw = position + direction * step
        else:
            self._turn_mw = level + direction * step / 2.0
            self._next_mw = level + direction * step
        self._goal_mw = _UNKNOWN

    def _head_for(self, now_s: float, asked_mw: float) -> None:
        """Move towards what is asked, and set the turn for the next change of the offers."""
        slack, position = self._slack_mw, self._position_mw
        if asked_mw > position and self._missed.surplus_mw() > (self._step_mw if self._is_moving else slack):
            asked_mw = position  # it waits for dearer units
        self._aim(now_s, asked_mw)
        if not self._is_moving:
            if asked_mw > self._reach_mw + slack:
                self._begin(self._reach_mw, 1.0)
            elif asked_mw < self._floor_mw - slack:
                self._begin(self._floor_mw, -1.0)
            else:
                return
        elif (asked_mw - position) * self._direction < 0.0:
            self._direction = -self._direction
            self._turn()
        is_before = (asked_mw - self._turn_mw) * self._direction < 0.0
        goal = asked_mw if is_before else self._turn_mw
        if goal != self._goal_mw:
            self._goal_mw = goal
            self._due_s = now_s + abs(goal - position) / self._mw_per_s
            self._numbers.turns_s[self._turn_place] = self._due_s

    def _step(self) -> None:
        """Change the offers where the position has come to its goal."""
        self._position_mw = goal = self._goal_mw
        self._goal_mw = _UNKNOWN
        self._is_stale = True
        target, half = self._target_mw, self._step_mw / 2.0
        if goal == target:
            self._rest(target - half / 2.0, target + half / 2.0)
            return
        level = min(max(self._next_mw, 0.0), self._available_mw)
        if (target - level) * self._direction <= 0.0:
            self._rest(min(target, level), max(target, level))
            return
        self._floor_mw = self._reach_mw = level
        self._turn_mw = level + self._direction * half
        self._next_mw = level + self._direction * self._step_mw

    def _state(self) -> None:
        floor, reach = self._floor_mw, self._reach_mw
        minimum = self._minimum_mw if self._minimum_mw < floor else floor
        numbers, first = self._numbers, self._first
        numbers.offered[first] = minimum
        numbers.offered[first + 1] = floor - minimum
        numbers.offered[first + 2] = reach - floor
        numbers.offered[first + 3] = self._available_mw - reach
        self._offered_mw = reach
        self._reach_mw = floor + (reach - floor)
