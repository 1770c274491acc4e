"""The settlement: carries out what `Bus` promises, in plain Python."""

from __future__ import annotations

from array import array
from collections.abc import Callable, MutableSequence, Sequence
from math import fsum, inf
from typing import NoReturn

from sim.bus.band import Band
from sim.bus.block import Block
from sim.bus.clearing import Ladder, fill, rank
from sim.bus.clock import Clock
from sim.bus.mover import Fit, Mover
from sim.bus.numbers import IS_LIST, Flat, Numbers, flat
from sim.bus.recorder import Recorder
from sim.bus.row_buffer import RowBuffer
from sim.bus.terminal import Terminal
from sim.bus.track import Track
from sim.bus.watch import Observer
from sim.errors import EnergyBalanceError, OscillationError

MOST_ROUNDS = 100
"""Maximum number of settlements at one instant, in addition to one per participant."""
TOLERANCE = 1e-9
NOTHING_MW = 1e-30
"""A need so small that shares of it cannot be distinguished from zero."""


class Settlement:
    """The settlements of a bus: what they need, and how they are carried out.

    It is the reference for `Stretch`, which does the same without Python where it can.

    Attributes:
        env: The clock.
        offered: Size of each offer [MW].
        wanted: Size of each bid [MW].
        settled_mw: Size of each block at the last settlement [MW]: offers, then bids.
        used_mw: Used part of each block at the last settlement [MW]: for an offer the power taken, for a bid
            the demand given up.
        gauges: Numbers recorded with the flows.
        turns_s: Elapsed second of the next turn of each mover: it changes then, and the bus settles.
        numbers: These arrays, for movers; they have their length from the first settlement on.
        offer_prices: Price of each offer, as last set [USD/MWh].
        bid_prices: Price of each bid, as last set [USD/MWh].
        offer_costs: Cost of each offer [USD/MWh], if it is not its price; otherwise not a number.
        bid_costs: Cost of each bid [USD/MWh], likewise.
        prices: Price of each block in the ladder [USD/MWh]: offers, then bids.
        costs: Cost of each block then [USD/MWh]: its price, unless its participant says otherwise.
        ladder: The blocks in the order in which they are used.
        fits: Bids that need whole amounts, and how much of them can be used; the highest price first.
        fit_places: Where these bids stand among all blocks.
        both_sides: Places of an offer and of a bid of one participant.
        crossed: Those of them that could trade with each other at the prices of the ladder.
        owned: Participants, their movers, and what is called of these before each clearing, in the order in
            which they were added.
        heard: Ranks and participants of functions to call after a settlement, these, and what they wait for,
            in this order.
        aside: Participants that take no part: their blocks count as zero and their movers stand still.
        masked: Places of the blocks of participants that take no part.
        tracks: The series, in the order in which they were added.
        advances: Called before each clearing, in this order.
        listeners: Called after a settlement, in this order.
        bands: What each of them waits for; None if it is each settlement.
        watches: Looked at after these.
        terminals: The terminals by name.
        is_open: Whether the blocks are numbered and the books laid out.
        asker: Who requested a settlement last.
        next_s: Elapsed second of its next instant of its own: a series changes, or a mover has its turn.
        closes_at_s: Elapsed second from which on it does not settle.
    """

    rows: RowBuffer
    """The rows that are recorded, from the first settlement on."""

    def __init__(self, env: Clock, recorder: Recorder) -> None:
        self.env = env
        self.offered = flat()
        self.wanted = flat()
        self.settled_mw = flat()
        self.used_mw = flat()
        self.gauges = flat()
        self.turns_s = flat()
        self.numbers = Numbers()
        self.offer_prices = flat()
        self.bid_prices = flat()
        self.offer_costs = flat()
        self.bid_costs = flat()
        self.prices = flat()
        self.costs = flat()
        self.ladder = Ladder(())
        self.fits: list[tuple[Block, Fit]] = []
        self.fit_places: list[int] = []
        self.both_sides: list[tuple[int, int]] = []
        self.crossed: list[tuple[int, int]] = []
        self.owned: list[tuple[str, Mover, Callable[[float], None]]] = []
        self.heard: list[tuple[float, str, Callable[[float], None], Band | None]] = []
        self.aside: set[str] = set()
        self.masked: list[int] = []
        self.tracks: list[Track] = []
        self.advances: list[Callable[[float], None]] = []
        self.listeners: list[Callable[[float], None]] = []
        self.bands: list[Band | None] = []
        self.watches: list[Observer] = []
        self.terminals: dict[str, Terminal] = {}
        self.asker = ""
        self.next_s = inf
        self.closes_at_s = inf
        self._recorder = recorder
        self._blocks: list[Block] = []
        self.is_open = False
        self._rounds = 0
        self._at_s = -1.0
        self._track_s = inf

    @property
    def asked(self) -> bool:
        """Whether a settlement has been requested at this instant."""
        return self.numbers.asked

    @property
    def price_usd_per_mwh(self) -> float:
        """Price of the marginal block."""
        return self.numbers.price_usd_per_mwh

    @property
    def settlements(self) -> int:
        """Number of settlements so far."""
        return self.numbers.settlements

    def renew(self, _value: float) -> None:
        """Request a settlement: something that the books read has changed. For a series to play."""
        self.numbers.asked = True

    def begin_instant(self, now_s: float) -> None:
        """Begin an instant of its own: play what changes, and settle for movers that have their turn."""
        track_s = inf
        for track in self.tracks:
            if track.next_s <= now_s:
                track.act(track.take())
            if track.next_s < track_s:
                track_s = track.next_s
        self._track_s = track_s
        for at, turn_s in enumerate(self.turns_s):
            if turn_s <= now_s:
                self.turns_s[at] = inf
                self.numbers.asked = True
        self._look_ahead()

    def look_ahead(self) -> None:
        """Find the next instant of its own."""
        self._track_s = min([track.next_s for track in self.tracks], default=inf)
        self._look_ahead()

    def _look_ahead(self) -> None:
        next_s = self._track_s
        for turn_s in self.turns_s:
            if turn_s < next_s:
                next_s = turn_s
        self.next_s = next_s

    def settle(self, now_s: float) -> None:
        """Carry out a settlement; the docstring of `Bus` lists the steps."""
        numbers = self.numbers
        numbers.asked = False
        if now_s >= self.closes_at_s:
            return
        self.begin_round(now_s)
        self._advance(now_s)
        was_ranked = numbers.is_ranked
        if not was_ranked:
            self.rank()
        mw, margin = self._clear()
        numbers.settlements += 1
        numbers.price_usd_per_mwh = price = self.prices[margin] if margin >= 0 else 0.0
        rows = self.rows
        rows.begin(now_s)
        if not was_ranked:
            rows.reprice(numbers)
        rows.write(now_s, price, mw, self.used_mw, self.gauges)
        for settled, band in zip(self.listeners, self.bands, strict=True):
            if band is None or band.is_left():
                settled(now_s)
        for watch in [*self.watches]:
            watch.look()
        self._look_ahead()

    def _clear(self) -> tuple[list[float], int]:
        """Clear the ladder: sizes of all blocks, and the marginal block."""
        wanted = self.wanted
        mw = [*self.offered, *wanted]
        if self.masked:
            wanted = self._mask(mw)
        need = fsum(wanted)  # the same on every version of Python
        used_mw: MutableSequence[float]
        used_mw, margin = fill(self.ladder, mw, need)
        if self._adjusts:
            used_mw, margin = self._adjust(mw, used_mw, margin)
        slack = TOLERANCE * need + NOTHING_MW
        if not -slack <= sum(used_mw) - need <= slack:
            self.fail(wanted, used_mw)
        if mw:
            self.settled_mw[:] = mw if IS_LIST else array("d", mw)
            self.used_mw[:] = used_mw if IS_LIST else array("d", used_mw)
        return mw, margin

    def open(self) -> None:
        """Number the blocks and lay out the books, before the first settlement."""
        self.rows = self._recorder.open(list(self.terminals.values()), *self.number(), self.gauges)

    def number(self) -> tuple[list[Block], list[Block]]:
        """Number the blocks, and fix the length of all arrays; the offers and the bids, in order."""
        self.is_open = True
        blocks = [block for terminal in self.terminals.values() for block in terminal.blocks]
        offers = sorted((block for block in blocks if block.is_offer), key=lambda block: block.at)
        bids = sorted((block for block in blocks if not block.is_offer), key=lambda block: block.at)
        self._blocks = [*offers, *bids]
        self.both_sides = [
            (sell.at, len(offers) + buy.at)
            for terminal in self.terminals.values()
            for sell in terminal.blocks
            for buy in terminal.blocks
            if sell.is_offer and not buy.is_offer
        ]
        self.choose()
        for numbers in (self.settled_mw, self.used_mw, self.prices, self.costs):
            numbers.extend([0.0] * len(blocks))
        self.numbers.fix(self)
        return offers, bids

    def choose(self) -> None:
        """Choose the blocks, movers and listeners of the participants that take part."""
        aside = self.aside
        self.numbers.members += 1
        self.advances = [advance for owner, _, advance in self.owned if owner not in aside]
        heard = [one for one in self.heard if one[1] not in aside]
        self.listeners, self.bands = [one[2] for one in heard], [one[3] for one in heard]
        self.masked = [at for at, block in enumerate(self._blocks) if block.owner in aside]

    def _advance(self, now_s: float) -> None:
        """Let movers state what they can do now, until none of them changes what another one has read."""
        for _ in range(MOST_ROUNDS):
            for advance in self.advances:
                advance(now_s)
            if not self.numbers.asked:
                return
            self.numbers.asked = False
        self.refuse_changes(now_s)

    def refuse_changes(self, now_s: float) -> NoReturn:
        """Give up on movers that change each other at one instant for ever."""
        raise OscillationError(f"{self.asker}: still changing after {MOST_ROUNDS} rounds at {now_s} s")

    def _adjust(
        self, mw: Flat, used_mw: MutableSequence[float], margin: int
    ) -> tuple[MutableSequence[float], int]:
        """Adjust a clearing to bids that need whole amounts, and to participants on both sides."""
        if any(used_mw[at] for at in self.fit_places):
            used_mw, margin = self.fit(mw, used_mw, margin)
        if self.crossed:
            self.part(mw, used_mw)
        return used_mw, margin

    def fit(
        self, mw: Sequence[float], used_mw: MutableSequence[float], margin: int
    ) -> tuple[MutableSequence[float], int]:
        """Let bids that need whole amounts go without the rest; others receive it.

        A bid keeps what it has not refused, whatever others receive. All are asked again while any of them
        refuses some: another may now receive more than it can use.
        """
        sizes: Sequence[float] = mw
        kept = set[int]()
        for _ in self.fits:
            before = sizes
            for _, fit in self.fits:
                found = fit(mw, used_mw)
                if found and (trims := [(at, size) for at, size in found if size < sizes[at]]):
                    sizes = smaller = [*sizes]
                    for at, size in trims:
                        smaller[at] = size
                    kept.update(at for at, size in trims if mw[at] - used_mw[at] > size)
                    left = [*sizes]
                    for at in kept:
                        left[at] = 0.0
                    given, margin = fill(self.ladder, left, fsum(sizes[len(self.offered) :]))
                    used_mw = [
                        used + all_mw - size for used, all_mw, size in zip(given, mw, sizes, strict=True)
                    ]
            if sizes is before:
                break
        return used_mw, margin

    def _mask(self, mw: list[float]) -> list[float]:
        """Set the blocks of those that take no part to zero; the sizes of the bids then."""
        for at in self.masked:
            mw[at] = 0.0
        return mw[len(self.offered) :]

    def begin_round(self, now_s: float) -> None:
        """Count the settlements at one instant, and refuse to go on for ever."""
        if not self.is_open:
            self.open()
        if now_s != self._at_s:
            self._at_s = now_s
            self._rounds = 0
            return
        self._rounds += 1
        if self._rounds > MOST_ROUNDS + len(self.terminals):
            self.refuse_rounds(self._rounds, now_s)

    def refuse_rounds(self, rounds: int, now_s: float) -> NoReturn:
        """Give up on participants that react to each other at one instant for ever."""
        raise OscillationError(f"{self.asker}: still changing after {rounds - 1} settlements at {now_s} s")

    def rank(self) -> None:
        """Sort the ladder and find participants that could trade with themselves."""
        self.numbers.price()
        prices, count = self.prices, len(self.offered)
        self.ladder = rank(tuple(prices[:count]), tuple(prices[count:]))
        self.fits.sort(key=lambda one: -one[0].price)
        self.fit_places = [count + bid.at for bid, _ in self.fits]
        self.crossed = [(sell, buy) for sell, buy in self.both_sides if prices[buy] >= prices[sell]]
        self._adjusts = bool(self.crossed or self.fits)

    def part(self, mw: Sequence[float], used_mw: MutableSequence[float]) -> None:
        """Take back what participants would trade with themselves at one price; refuse it at two prices."""
        for sell, buy in self.crossed:
            if not (mw[sell] and mw[buy]):
                continue
            sold, bought = self.prices[sell], self.prices[buy]
            if bought > sold:
                message = f"bids {bought} USD/MWh, which is above its own offer of {sold} USD/MWh"
                raise ValueError(f"{self._blocks[sell].owner}: {message}")
            both = min(used_mw[sell], mw[buy] - used_mw[buy])
            used_mw[sell] -= both
            used_mw[buy] += both

    def fail(self, wanted: Sequence[float], used_mw: Sequence[float]) -> NoReturn:
        """Give up on a settlement that does not balance."""
        supplied = sum(used_mw[: len(self.offered)])
        taken = sum(wanted) - sum(used_mw[len(self.offered) :])
        flows = "; ".join(
            f"{terminal.name} {terminal.power_mw:.6g} MW" for terminal in self.terminals.values()
        )
        raise EnergyBalanceError(
            f"at {self.env.now} s the bus received {supplied} MW and delivered {taken} MW; power: {flows}"
        )
