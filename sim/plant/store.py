"""A store of energy connected to the bus, exact between settlements.

Compiled if a C compiler is at hand, like `stretch`.
"""

from __future__ import annotations

from math import inf, isfinite, nextafter

from sim.bus.bus import Bus
from sim.bus.flat_mover import FlatMover
from sim.bus.flows import STORED, Flow
from sim.bus.terminal import Terminal
from sim.units import SECONDS_PER_HOUR

STORAGE_FULL = "storage full"
"""Reason for curtailment while a store is full."""

_LAST_MOMENT = 1e-15
"""Share of the time within which an instant is known: some steps of the clock's number."""
_TOLERANCE = 1e-9
"""Share of the capacity within which a store counts as full or empty."""
_HOUR_S, _NEVER = SECONDS_PER_HOUR, inf


class Store(FlatMover):
    """A store of energy that is charged and discharged through one terminal.

    It bids for charging power until it is full and offers discharging power until it is empty. Its
    turn is at the instant at which it becomes full or empty at the current power. Losses are part of its
    equation: d(stored)/dt = charge_eff x charge - discharge / discharge_eff - standing.

    Limits may change at any time. They affect its bids and offers, not its stored energy.

    Attributes:
        name: Name of the participant.
        level_mwh: Energy stored at the last settlement.
        initial_mwh: Energy stored at the start.
        standing_mwh: Standing losses so far.
        charge: Its bid.
        refill: Its bid while its level is below the reserve, just under the price of the reserve.
        discharge: Its offer above the reserve.
        reserve: Its offer of the reserve.
    """

    def __init__(
        self,
        bus: Bus,
        terminal: Terminal,
        *,
        level_mwh: float,
        charge_eff_pu: float,
        discharge_eff_pu: float,
        standing_mw: float,
        charge_below_usd_per_mwh: float,
        discharge_above_usd_per_mwh: float,
        reserve_above_usd_per_mwh: float,
    ) -> None:
        super().__init__(bus.numbers)
        self._bus = bus
        self.name = terminal.name
        self.level_mwh = self.initial_mwh = level_mwh
        self.charge_eff_pu = charge_eff_pu
        self.discharge_eff_pu = discharge_eff_pu
        self.standing_mwh = 0.0
        self._terminal = terminal
        terminal.charge_eff_pu = charge_eff_pu
        self.charge = terminal.bid(charge_below_usd_per_mwh, Flow.CHARGE, None, STORAGE_FULL)
        self.discharge = terminal.offer(discharge_above_usd_per_mwh, Flow.DISCHARGE, None)
        self.reserve = terminal.offer(reserve_above_usd_per_mwh, Flow.DISCHARGE, None)
        just_below = nextafter(reserve_above_usd_per_mwh, -inf)
        self.refill = terminal.bid(just_below, Flow.CHARGE, None)
        self.charge.withheld = terminal.gauge(None)
        self._withheld_at = self.charge.withheld.at
        self._charge_at = self.charge.at
        self._refill_at = self.refill.at
        self._discharge_at = self.discharge.at
        self._reserve_at = self.reserve.at
        level = terminal.gauge(STORED)
        level.show(level_mwh)
        self._gauge_at = level.at
        self._standing_mw = standing_mw
        self._loss_mwh_per_s = 0.0
        self._rate_mwh_per_s = 0.0
        self._bound_mwh = self._bound_s = inf
        self._at_s = 0.0
        self._turn = bus.new_turn()
        self.limit(charge_mw=0.0, discharge_mw=0.0, min_mwh=0.0, reserve_mwh=0.0, max_mwh=level_mwh)
        bus.add_keeper(self)

    def limit(
        self, *, charge_mw: float, discharge_mw: float, min_mwh: float, reserve_mwh: float, max_mwh: float
    ) -> None:
        """Set the limits that hold from now on.

        Args:
            charge_mw: Maximum charging power, at the bus.
            discharge_mw: Maximum discharging power, at the bus.
            min_mwh: Minimum energy; below it the store does not discharge.
            reserve_mwh: Energy below which it discharges only at the price of the reserve.
            max_mwh: Maximum energy; a full store only charges to cover its standing loss.

        Raises:
            ValueError: If a limit is negative, NaN or infinite, or `min_mwh` is above `max_mwh`.
        """
        given = (charge_mw, discharge_mw, min_mwh, reserve_mwh, max_mwh)
        if not (all(isfinite(number) and number >= 0.0 for number in given) and min_mwh <= max_mwh):
            raise ValueError(
                f"{self.name}: charge_mw, discharge_mw, min_mwh, reserve_mwh, max_mwh = {given}; "
                "allowed: finite numbers at least 0, min_mwh at most max_mwh"
            )
        self._charge_mw = charge_mw
        self._discharge_mw = discharge_mw
        self._slack_mwh = slack_mwh = _TOLERANCE * max_mwh
        self._empty_mwh = min_mwh + slack_mwh
        self._min_mwh, self._max_mwh = min_mwh, max_mwh
        self._held_mwh = max(reserve_mwh, min_mwh)
        self._has_reserve = self._held_mwh > min_mwh
        self._low_mwh = self._held_mwh - slack_mwh
        self._reserve_mwh = self._held_mwh + slack_mwh
        self._bound_s = inf
        self._full_mwh = max_mwh - slack_mwh
        self._over_mwh = max_mwh + slack_mwh
        self._upkeep_mw = min(charge_mw, self._standing_mw / self.charge_eff_pu)
        self._terminal.store_bounds(min_mwh, max_mwh)
        self._bus.ask(self.name)

    def loss_mwh(self, charge_mwh: float, discharge_mwh: float) -> float:
        """Energy lost so far, computed from the energy charged and discharged."""
        charging = (1.0 - self.charge_eff_pu) * charge_mwh
        discharging = (1.0 / self.discharge_eff_pu - 1.0) * discharge_mwh
        return charging + discharging + self.standing_mwh

    def advance(self, now_s: float) -> None:
        """Update the level to the current time and set the bid and the offers."""
        if not self._numbers.turns:
            return  # the clock has not started
        elapsed_s = now_s - self._at_s
        if elapsed_s:
            self._at_s = now_s
            self.level_mwh += self._rate_mwh_per_s * elapsed_s
            self.standing_mwh += self._loss_mwh_per_s * elapsed_s
            if now_s >= self._bound_s:  # it is there, to the clock's own rounding
                if abs(self.level_mwh - self._bound_mwh) <= _LAST_MOMENT * now_s * abs(self._rate_mwh_per_s):
                    self.level_mwh = self._bound_mwh
                self._bound_s = _NEVER
        level = self.level_mwh
        charge_mw, refill_mw = self._charge_mw, 0.0
        if level >= self._full_mwh:
            charge_mw = self._upkeep_mw if level <= self._over_mwh else 0.0
        if level <= self._reserve_mwh and self._has_reserve:
            refill_mw = charge_mw if level < self._low_mwh else self._upkeep_mw
        numbers = self._numbers
        numbers.gauges[self._gauge_at] = level
        numbers.gauges[self._withheld_at] = self._charge_mw - charge_mw
        numbers.wanted[self._charge_at] = charge_mw - refill_mw
        numbers.wanted[self._refill_at] = refill_mw
        if level > self._reserve_mwh:
            numbers.offered[self._discharge_at] = self._discharge_mw
            numbers.offered[self._reserve_at] = 0.0
        else:
            numbers.offered[self._discharge_at] = 0.0
            numbers.offered[self._reserve_at] = self._discharge_mw if level > self._empty_mwh else 0.0

    def pause(self, now_s: float) -> None:
        """Keep the level of now, without standing loss, while the participant takes no part."""
        self.advance(now_s)
        self._rate_mwh_per_s = self._loss_mwh_per_s = 0.0
        self._bound_s = _NEVER
        self._numbers.turns_s[self._turn] = _NEVER
        self._numbers.gauges[self._withheld_at] = 0.0

    def resume(self, now_s: float) -> None:
        """Go on from the level that was kept."""
        self.advance(now_s)

    def settled(self, now_s: float) -> None:
        """Read the new power; the next turn is at the next bound."""
        numbers = self._numbers
        first, at, other = numbers.first_bid, self._charge_at, self._refill_at
        charge_mw = numbers.wanted[at] - numbers.used_mw[first + at]
        if self._has_reserve:
            charge_mw += numbers.wanted[other] - numbers.used_mw[first + other]
        discharge_mw = numbers.used_mw[self._discharge_at] + numbers.used_mw[self._reserve_at]
        rate_mw = self.charge_eff_pu * charge_mw - discharge_mw / self.discharge_eff_pu
        level = self.level_mwh
        if self._standing_mw:
            loss_mw = self._standing_mw
            if level <= self._empty_mwh:
                loss_mw = min(loss_mw, max(0.0, rate_mw))
            self._loss_mwh_per_s = loss_mw / _HOUR_S
            rate_mw -= loss_mw
        self._rate_mwh_per_s = rate_mw / _HOUR_S
        if rate_mw > 0.0:
            bound_mwh = self._held_mwh if self._has_reserve and level < self._low_mwh else self._max_mwh
        elif level > self._over_mwh:
            bound_mwh = self._max_mwh
        else:
            bound_mwh = self._held_mwh if level > self._reserve_mwh else self._min_mwh
        ahead_mwh = abs(bound_mwh - level)
        if rate_mw == 0.0 or ahead_mwh <= self._slack_mwh:
            numbers.turns_s[self._turn] = self._bound_s = _NEVER
            return
        due_s = now_s + ahead_mwh / abs(rate_mw) * _HOUR_S
        if due_s <= now_s:
            due_s = nextafter(now_s, _NEVER)
        self._bound_mwh = bound_mwh
        numbers.turns_s[self._turn] = self._bound_s = due_s
