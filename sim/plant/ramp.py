"""A limit on how fast a unit's power can change."""

from __future__ import annotations

from math import inf, nextafter

import numpy as np

from sim import units
from sim.bus.account import Reading
from sim.bus.bus import Bus
from sim.bus.clock import Alarm
from sim.bus.flows import Flow
from sim.bus.terminal import Terminal
from sim.timeseries.series import Array

RAMP_LIMIT = "ramp limit"
MINIMUM_LEVEL = "minimum stable level"
"""Reasons why a unit's power is curtailed or missing."""

_STEP_PU = 0.02
_SHORTEST_STEP_S = 60.0
_SLACK = 1e-9


class Ramp:
    """A unit that offers only the power it can reach within its ramp limit.

    Its level is its power output: the power delivered, and at least its must-run power. Between two
    settlements the level changes by at most rate x elapsed time and by at most one step, however long it was
    constant: a change of power begins when it is requested. While the level is changing, the unit requests
    another settlement after one step. A step is 2 % of the capacity or one minute, whichever takes longer.
    Must-run power that is not taken is recorded as curtailed.

    An outage overrides the ramp limit and the minimum level: unavailable power is lost at once. A forced
    outage removes the unit's share of output at once. A planned outage transfers its load first.

    Attributes:
        name: Name of the participant whose unit it is.
        level_mw: What it makes since the last settlement.
        minimum: Offer of the minimum stable level.
        falling: Offer of the power above it that cannot be reduced faster.
        flexible: Offer of the power from there up to the highest power within reach.
        beyond: Available power out of reach; not for sale.
        beyond_mw: Available power out of reach [MW].
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
        self._bus = bus
        self.name = terminal.name
        self.minimum = terminal.offer(must_run_usd_per_mwh, reason=MINIMUM_LEVEL)
        second_usd_per_mwh = nextafter(must_run_usd_per_mwh, inf)  # so that the minimum is taken first
        self.falling = terminal.offer(second_usd_per_mwh, reason=RAMP_LIMIT)
        self.flexible = terminal.offer(price_usd_per_mwh, rest=rest)
        self.beyond = terminal.offer(inf, rest=rest, reason=RAMP_LIMIT)
        self.beyond.only_after = self.flexible
        self._first = self.minimum.at  # the four stand one after the other
        self._pu_per_min = pu_per_min
        self._mw_per_s = rated_mw * pu_per_min / units.SECONDS_PER_MINUTE
        self._step_s = max(_SHORTEST_STEP_S, _STEP_PU / pu_per_min * units.SECONDS_PER_MINUTE)
        self._slack_mw = _SLACK * rated_mw
        self._available_mw = 0.0
        self._minimum_mw = 0.0
        self._base_mw = 0.0
        self._span_s = 2.0 / pu_per_min * units.SECONDS_PER_MINUTE  # at the start every level is in reach
        self._at_s = 0.0
        self._alarm = Alarm(bus.env, self._ring)
        self._moving = False
        self._limited = True
        self._floor_mw = self._reach_mw = self.beyond_mw = 0.0
        self.level_mw = 0.0
        bus.add_mover(self)

    @property
    def available_mw(self) -> float:
        """Power in service, as last set [MW]."""
        return self._available_mw

    def limit(self, *, available_mw: float, minimum_mw: float, rated_mw: float | None = None) -> None:
        """Set what is in service from now on.

        Args:
            available_mw: Power in service.
            minimum_mw: Its minimum stable level.
            rated_mw: Rated power of the units in service. Default: unchanged.
        """
        if rated_mw is not None:
            self._mw_per_s = rated_mw * self._pu_per_min / units.SECONDS_PER_MINUTE
        self._limited = True
        self._available_mw = available_mw
        self._minimum_mw = min(minimum_mw, available_mw)
        self._bus.ask(self.name)

    def trip(self, share_pu: float) -> None:
        """Remove a share of the level after a failure; set the remaining power in service with `limit`."""
        self.level_mw *= 1.0 - share_pu

    def level_of(self, rows: Reading) -> Array:
        """Power output in each row: power delivered, at least the must-run power [MW]."""
        floor = rows.stated_mw(self.minimum) + rows.stated_mw(self.falling)
        delivered = sum(rows.accepted_mw(block) for block in (self.minimum, self.falling, self.flexible))
        return np.maximum(delivered, floor)

    def advance(self, now_s: float) -> None:
        """State what can be reached now."""
        if now_s > self._at_s:
            span_s = now_s - self._at_s
            self._at_s = now_s
            if span_s > self._step_s:
                span_s = self._step_s
            rests = self.level_mw == self._base_mw and (span_s == self._span_s or not self._available_mw)
            self._span_s = span_s
            self._base_mw = self.level_mw
            if rests and not self._limited:
                return  # what was stated still holds
        elif not self._limited:
            return
        self._limited = False
        self._state()

    def _state(self) -> None:
        available = self._available_mw
        travel = self._mw_per_s * self._span_s if self._mw_per_s else 0.0
        minimum = self._minimum_mw
        base = self._base_mw if self._base_mw < available else available
        reach = base + travel if base + travel < available else available
        floor = base - travel if base - travel > minimum else minimum
        floor = floor if floor < reach else reach
        minimum = minimum if minimum < floor else floor
        first = self._first
        self._bus.offered[first : first + 4] = minimum, floor - minimum, reach - floor, available - reach
        self._floor_mw, self._reach_mw = floor, floor + (reach - floor)
        self.beyond_mw = available - reach

    def settled(self, now_s: float) -> None:
        """Store the new level, and request another settlement while it is changing."""
        if not self._available_mw:
            self.level_mw, self._moving = 0.0, False
            return
        used_mw = self._bus.used_mw
        at, floor, slack = self._first, self._floor_mw, self._slack_mw
        delivered = used_mw[at] + used_mw[at + 1] + used_mw[at + 2]
        self.level_mw = level = delivered if delivered > floor else floor
        rising = level >= self._reach_mw - slack and self._available_mw - self._reach_mw > slack
        falling = delivered <= floor + slack and floor - self._minimum_mw > slack
        self._moving = rising or falling
        if self._moving and self._alarm.due_s == inf:
            self._alarm.set(now_s + self._step_s)

    def _ring(self, _now_s: float) -> None:
        if self._moving:
            self._bus.ask(self.name)
