"""The stretch: settlements of a bus one after the other, without Python where it can.

This module is compiled if a C compiler is at hand (`stretch.pxd` gives the types). It does what `Settlement`
does, to the last bit. Arrays are read through `self`: a local name for one would cost a lock at each call.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from math import inf

from sim.bus.block import Block
from sim.bus.filling import Filling
from sim.bus.flat_mover import FlatMover
from sim.bus.numbers import BID_PRICE, NOWHERE, OFFER_PRICE, OFFERED, RENEWED, WANTED
from sim.bus.settlement import MOST_ROUNDS, NOTHING_MW, TOLERANCE, Settlement
from sim.bus.track import Track

_NEVER = inf
_LEAST_MW, _TOLERANCE_PU = NOTHING_MW, TOLERANCE
_MOST_LOOKS = MOST_ROUNDS
_NOWHERE = NOWHERE


class Stretch:
    """Runs a bus from one event of the clock to the next.

    Between events only series change and movers have their turns. What is written in Python (a mover, a
    listener, a watch, a bid that needs whole amounts) is called where it is needed.
    """

    def __init__(self, bus: Settlement) -> None:
        """Begin with a bus that has all its participants."""
        if not bus.is_open:
            bus.open()
        self._bus = bus
        self._clock = bus.env
        self._queue = bus.env.queue
        self._numbers = bus.numbers
        self._rows = bus.rows
        self._watches = bus.watches
        self._closes_at_s = bus.closes_at_s
        self._at_s = self._told_s = -1.0
        self._rounds = 0
        self._most_rounds = MOST_ROUNDS + len(bus.terminals)
        self._next_s = -1.0
        self._filling = Filling(bus.numbers.blocks, bus.both_sides)
        self._fit_place, self._fit_count = array("q"), len(bus.fits)
        self._tracks = bus.tracks
        self._sides, self._places = array("q"), array("q")
        self._find_places()
        self._members = -1

    def go(self, end_s: float) -> None:
        """Go on until an event of the clock is due, or to an elapsed second."""
        numbers = self._numbers
        now_s = self._clock.now
        self._told_s = -1.0
        self._read_tracks()
        self._look_ahead()
        head_s = self._head_s()
        while True:
            if numbers.asked and self._next_s > now_s:
                if head_s <= now_s:
                    break
                self._settle(now_s)
            elif self._next_s < end_s and self._next_s <= head_s:
                now_s = self._next_s
                self._begin_instant(now_s)
            else:
                break
            if self._told_s == now_s:  # Python was called, and may have added events
                head_s = self._head_s()
        self._bus.next_s = self._next_s
        self._clock.set_now(now_s)

    def _head_s(self) -> float:
        """Time of the next event of the clock."""
        if not self._queue:
            return _NEVER
        head = self._queue[0]
        return head[0]

    def _tell_clock(self, now_s: float) -> None:
        """Let the clock know the time, before Python is called."""
        if self._told_s != now_s:
            self._told_s = now_s
            self._clock.set_now(now_s)

    def _find_places(self) -> None:
        """Find the blocks whose sizes or prices are series; all other series are played by a call."""
        found = [destination(track, self._bus) for track in self._tracks]
        self._sides, self._places = (
            array("q", part) for part in (zip(*found, strict=True) if found else ([], []))
        )
        self._track_count = len(found)
        self._dues_s, self._track_s = array("d", bytes(8 * len(found))), _NEVER

    def _begin_instant(self, now_s: float) -> None:
        """Play what changes, and settle for movers that have their turn."""
        numbers = self._numbers
        if self._track_s <= now_s:
            self._play(now_s)
        for at in range(numbers.turns):
            if numbers.turns_s[at] <= now_s:
                numbers.turns_s[at] = _NEVER
                numbers.asked = True
        if numbers.asked:
            self._next_s = _NEVER  # the settlement will look ahead
        else:
            self._look_ahead()

    def _play(self, now_s: float) -> None:
        """Play the series that change now, and find when the next one changes."""
        next_s = _NEVER
        for at in range(self._track_count):
            if self._dues_s[at] <= now_s:
                track = self._tracks[at]
                value = track.take()
                self._dues_s[at] = track.next_s
                if self._sides[at] == _NOWHERE:
                    self._tell_clock(now_s)
                    track.act(value)
                else:
                    self._numbers.set(self._sides[at], self._places[at], value)
            if self._dues_s[at] < next_s:
                next_s = self._dues_s[at]
        self._track_s = next_s

    def _read_tracks(self) -> None:
        """Read when each series changes next."""
        self._track_s = _NEVER
        for at in range(self._track_count):
            track = self._tracks[at]
            self._dues_s[at] = track.next_s
            if track.next_s < self._track_s:
                self._track_s = track.next_s

    def _look_ahead(self) -> None:
        """Find the next instant of the bus itself."""
        numbers = self._numbers
        next_s = self._track_s
        for at in range(numbers.turns):
            if numbers.turns_s[at] < next_s:
                next_s = numbers.turns_s[at]
        self._next_s = next_s

    def _settle(self, now_s: float) -> None:
        """Carry out a settlement."""
        numbers, filling = self._numbers, self._filling
        numbers.asked = False
        if now_s >= self._closes_at_s:
            return
        self._count_round(now_s)
        self._advance(now_s)
        was_ranked = numbers.is_ranked
        if not was_ranked:
            self._rank(now_s)
        need_mw = filling.take(numbers)
        margin = filling.fill(need_mw)
        if self._fit_count or filling.crossed:
            margin = self._adjust(now_s, margin)
        if not filling.balances(need_mw, _TOLERANCE_PU * need_mw + _LEAST_MW):
            self._tell_clock(now_s)
            self._bus.fail(filling.sizes[numbers.first_bid :], filling.uses)
        for at in range(numbers.blocks):
            numbers.settled_mw[at] = filling.mw[at]
            numbers.used_mw[at] = filling.used_mw[at]
        numbers.settlements += 1
        numbers.price_usd_per_mwh = filling.price[margin] if margin >= 0 else 0.0
        self._write(now_s)
        if not was_ranked:
            self._rows.reprice(numbers)
        self._tell(now_s)
        self._look_ahead()

    def _count_round(self, now_s: float) -> None:
        """Count the settlements at one instant, and refuse to go on for ever."""
        if now_s != self._at_s:
            self._at_s = now_s
            self._rounds = 0
            return
        self._rounds += 1
        if self._rounds > self._most_rounds:
            self._bus.refuse_rounds(self._rounds, now_s)

    def _load_members(self) -> None:
        """Take over who takes part."""
        bus = self._bus
        self._members = self._numbers.members
        self._advances, self._listeners, self._bands = bus.advances, bus.listeners, bus.bands
        self._advancing = [_flat(call, "advance") for call in bus.advances]
        self._listening = [_flat(call, "settled") for call in bus.listeners]
        self._advance_count, self._listener_count = len(bus.advances), len(bus.listeners)
        self._filling.mask(bus.masked)

    def _rank(self, now_s: float) -> None:
        """Sort the ladder, and find the bids whose part is adjusted."""
        filling = self._filling
        filling.rank(self._numbers)
        if self._fit_count:
            self._tell_clock(now_s)
            self._bus.rank()
            self._fit_place = array("q", self._bus.fit_places)

    def _advance(self, now_s: float) -> None:
        """Let movers state what they can do now, until none of them changes what another one has read."""
        numbers = self._numbers
        for _ in range(_MOST_LOOKS):
            if self._members != numbers.members:
                self._load_members()
            for at in range(self._advance_count):
                mover = self._advancing[at]
                if mover is not None:
                    mover.advance(now_s)
                else:
                    self._tell_clock(now_s)
                    self._advances[at](now_s)
            if not numbers.asked:
                return
            numbers.asked = False
        self._bus.refuse_changes(now_s)

    def _adjust(self, now_s: float, margin: int) -> int:
        """Adjust a clearing to bids that need whole amounts, and to participants on both sides."""
        filling = self._filling
        for at in range(self._fit_count):
            if filling.used_mw[self._fit_place[at]]:
                margin = self._refit(now_s, margin)
                break
        if filling.crossed and not filling.part():
            self._bus.rank()
            self._bus.part(filling.sizes, filling.uses)  # it refuses
        return margin

    def _refit(self, now_s: float, margin: int) -> int:
        """Let bids that need whole amounts go without the rest."""
        self._tell_clock(now_s)
        filling = self._filling
        fitted_mw, margin = self._bus.fit(filling.sizes, filling.uses, margin)
        for at in range(filling.blocks):
            filling.used_mw[at] = fitted_mw[at]
        return margin

    def _write(self, now_s: float) -> None:
        """Write the row that begins now."""
        rows, numbers, filling = self._rows, self._numbers, self._filling
        if rows.at + 1 == rows.most:
            self._tell_clock(now_s)
        rows.begin(now_s)
        row, blocks = rows.at, numbers.blocks
        rows.rows[0, row] = now_s
        rows.rows[1, row] = numbers.price_usd_per_mwh
        for at in range(blocks):
            rows.rows[2 + at, row] = filling.mw[at]
            rows.rows[2 + blocks + at, row] = filling.used_mw[at]
        for at in range(numbers.gauge_count):
            rows.rows[2 + 2 * blocks + at, row] = numbers.gauges[at]

    def _tell(self, now_s: float) -> None:
        """Call those who listen, and let the watches look."""
        for at in range(self._listener_count):
            band = self._bands[at]
            if band is not None and not band.is_left():
                continue
            mover = self._listening[at]
            if mover is not None:
                mover.settled(now_s)
            else:
                self._tell_clock(now_s)
                self._listeners[at](now_s)
        if self._watches:
            self._tell_clock(now_s)
            for watch in [*self._watches]:
                watch.look()


def destination(track: Track, bus: Settlement) -> tuple[int, int]:
    """What the values of a series are, and the number of their block: `NOWHERE` if a function takes them."""
    block = getattr(track.act, "__self__", None)
    if track.act == bus.renew:
        return RENEWED, 0
    if isinstance(block, Block):
        if track.act == block.state and track.lowest >= 0.0:
            return (OFFERED if block.is_offer else WANTED), block.at
        if track.act == block.reprice:
            return (OFFER_PRICE if block.is_offer else BID_PRICE), block.at
    return NOWHERE, 0


def _flat(call: Callable[[float], None], name: str) -> FlatMover | None:
    """The mover whose method this is, if a compiled settlement can call it without Python."""
    mover = getattr(call, "__self__", None)
    return mover if isinstance(mover, FlatMover) and call == getattr(mover, name) else None


IS_COMPILED = not __file__.endswith(".py")
"""Whether this module is compiled."""
