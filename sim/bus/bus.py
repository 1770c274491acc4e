"""The bus: where offers meet bids, once per instant."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Protocol

from sim.books import audit
from sim.books.audit import Closing
from sim.books.ledger import Ledger
from sim.bus.block import Block
from sim.bus.clearing import Ladder, fill, rank
from sim.bus.clock import Clock
from sim.bus.flows import Unserved
from sim.bus.terminal import Terminal
from sim.bus.watch import Watch
from sim.errors import EnergyBalanceError, OscillationError

_MOST_ROUNDS = 100
"""Rounds of settlement at one instant, beside one for each participant: they may react in turn."""
_TOLERANCE = 1e-9
_NOTHING_MW = 1e-30
"""A need so small that shares of it cannot be told from nothing."""


class Mover(Protocol):
    """Something whose offers and bids depend on time and on what it was given before."""

    def advance(self, now_s: float) -> None:
        """State offers and bids as they are now."""

    def settled(self, now_s: float) -> None:
        """Take what was given."""


class Store(Mover, audit.Keeper, Protocol):
    """A mover that keeps energy."""


@dataclass
class Pledge:
    """Power that is on its way though it cannot be offered yet, for others to reckon with.

    Attributes:
        ready_mw: Power in service beyond what can be reached.
        ordered_mw: Power that has been ordered into service.
    """

    ready_mw: float = 0.0
    ordered_mw: float = 0.0


class Bus:
    """The site's bus.

    Participants state offers and bids on their terminals and so ask for a settlement; the bus
    settles once per instant, after everything else of that instant. The steps of a settlement:

    1. the row of the books that ends now is closed, which integrates it exactly;
    2. stores and ramps advance to now and state what they can give and take;
    3. the ladder is cleared;
    4. the balance is audited and a new row of the books is opened;
    5. whoever has something to decide does so, and whoever's power has changed is told.

    A reaction to a settlement may ask for another one at the same instant.

    Attributes:
        env: The clock.
        offered: Size of each offer [MW].
        wanted: Size of each bid [MW].
        settled_mw: Size of each block at the last settlement [MW]: offers, then bids.
        given: What each block gave at the last settlement [MW]: offers, then bids given up.
        gauges: Numbers recorded beside the flows.
        price_usd_per_mwh: Price of the block at the margin.
        settlements: Count of settlements so far.
    """

    def __init__(self, env: Clock, ledger: Ledger, horizon_s: float) -> None:
        self.env = env
        self.ledger = ledger
        self.offered: list[float] = []
        self.wanted: list[float] = []
        self.settled_mw: list[float] = []
        self.given: list[float] = []
        self.gauges: list[float] = []
        self.stores: list[Store] = []
        self.watches: list[Watch] = []
        self.terminals: dict[str, Terminal] = {}
        self.asked = False
        self.asker = ""
        self.price_usd_per_mwh = 0.0
        self.settlements = 0
        self._horizon_s = horizon_s
        self._ranked = False
        self._ladder = Ladder(())
        self._prices: list[float] = []
        self._wash: list[tuple[int, int]] = []
        self._offers: list[Block] = []
        self._bids: list[Block] = []
        self._advances: list[Callable[[float], None]] = []
        self._listeners: list[Callable[[float], None]] = []
        self._ranks: list[float] = []
        self._both_sides: list[tuple[Block, Block]] = []
        self._pledges: list[Pledge] = []
        self._rounds = 0
        self._at_s = -1.0

    def terminal(self, name: str) -> Terminal:
        """Connect a participant.

        Raises:
            ValueError: If the name is taken, or the clock has started.
        """
        if name in self.terminals:
            raise ValueError(f"{name}: another participant has this name")
        if self.settlements:
            raise ValueError(f"{name}: a terminal must be connected before the clock starts")
        terminal = self.terminals[name] = Terminal(self, name)
        return terminal

    def ask(self, owner: str) -> None:
        """Ask for a settlement at this instant."""
        self.asked = True
        self.asker = owner

    def reprice(self, owner: str) -> None:
        """Ask for a settlement with the ladder sorted anew."""
        self._ranked = False
        self.ask(owner)

    def lose(self, reason: Unserved, change_mw: float) -> None:
        """Note that the site has lost or regained capacity for a reason."""
        self.ledger.lose(self.env.now, reason, change_mw)

    def call_at(self, at_s: float, call: Callable[[float], None]) -> None:
        """Call a function with the time when the clock gets there, if it does."""
        if at_s >= self._horizon_s:
            return
        self.env.call_at(at_s, call)

    def settle(self, now_s: float) -> None:
        """Settle; see the class for the steps."""
        self.asked = False
        if now_s == self._at_s:
            self._rounds += 1
            if self._rounds > _MOST_ROUNDS + len(self.terminals):
                raise OscillationError(
                    f"{self.asker}: still changing after {self._rounds - 1} settlements at {now_s} s"
                )
        else:
            self._at_s = now_s
            self._rounds = 0
        for advance in self._advances:
            advance(now_s)
        if not self._ranked:
            self._rank()
        offered, wanted = self.offered, self.wanted
        mw = offered + wanted
        need = sum(wanted)
        given, margin = fill(self._ladder, mw, need)
        for offer, bid in self._wash:
            both = min(given[offer], mw[bid] - given[bid])
            given[offer] -= both
            given[bid] += both
        slack = _TOLERANCE * need + _NOTHING_MW
        if not -slack <= sum(given) - need <= slack:
            self._fail(given)
        self.settled_mw = mw
        self.given = given
        self.settlements += 1
        self.price_usd_per_mwh = self._prices[margin] if margin >= 0 else 0.0
        self.ledger.open_row(now_s, self.price_usd_per_mwh, mw, given, self.gauges)
        for settled in self._listeners:
            settled(now_s)
        if self.watches:
            for watch in [*self.watches]:
                watch.look()

    def add_mover(self, mover: Mover) -> None:
        """Connect something that moves with time."""
        self._advances.append(mover.advance)
        self.listen(mover.settled)

    def add_store(self, store: Store) -> None:
        """Connect something that keeps energy, for the audit of the run."""
        self.add_mover(store)
        self.stores.append(store)

    def listen(self, settled: Callable[[float], None], rank: float = -inf) -> None:
        """Be told the time at the end of each settlement.

        Args:
            settled: Called with the time.
            rank: Who decides something comes after all movers; the lowest rank is told first, and those of
                one rank as they connected.
        """
        at = bisect_right(self._ranks, rank)
        self._ranks.insert(at, rank)
        self._listeners.insert(at, settled)

    def pledge(self) -> Pledge:
        """A pledge of a participant's own, which it keeps true."""
        self._pledges.append(Pledge())
        return self._pledges[-1]

    @property
    def ready_mw(self) -> float:
        """Power in service beyond what can be reached, of all who pledged."""
        return sum([pledge.ready_mw for pledge in self._pledges])

    @property
    def coming_mw(self) -> float:
        """The same with power that has been ordered into service."""
        return self.ready_mw + sum([pledge.ordered_mw for pledge in self._pledges])

    def used(self) -> list[tuple[float, float]]:
        """Price and power of whatever is in use, demand given up included; the dearest first.

        It is what a new offer would displace, block by block.
        """
        used = [(price, mw) for price, mw in zip(self._prices, self.given, strict=True) if mw]
        return sorted(used, reverse=True)

    def spare_mw(self, below_usd_per_mwh: float) -> float:
        """Power that could be had below a price beyond what is in use, demand to give up included."""
        blocks = zip(self._prices, self.settled_mw, self.given, strict=True)
        return sum([mw - given for price, mw, given in blocks if price < below_usd_per_mwh])

    def close(self) -> Closing:
        """Bring stores and books up to the end of the run, and audit the whole run.

        Raises:
            EnergyBalanceError: If the energy books of the run do not close.
        """
        for store in self.stores:
            store.advance(self._horizon_s)
        self.ledger.close(self._horizon_s)
        return audit.close(self.ledger, self.stores)

    def _open(self) -> None:
        """Number the blocks and lay out the books, at the first settlement."""
        blocks = [block for terminal in self.terminals.values() for block in terminal.blocks]
        self._offers = sorted((block for block in blocks if block.is_offer), key=lambda block: block.at)
        self._bids = sorted((block for block in blocks if not block.is_offer), key=lambda block: block.at)
        self._both_sides = [
            (sell, buy)
            for terminal in self.terminals.values()
            for sell in terminal.blocks
            for buy in terminal.blocks
            if sell.is_offer and not buy.is_offer
        ]
        self.ledger.open(list(self.terminals.values()), self._offers, self._bids, len(self.gauges))

    def _rank(self) -> None:
        """Sort the ladder, and see who could trade with itself."""
        if not self.settlements:
            self._open()
        offer_prices = tuple([block.price for block in self._offers])
        bid_prices = tuple([block.price for block in self._bids])
        self._ladder = rank(offer_prices, bid_prices)
        self._prices = [*offer_prices, *bid_prices] or [0.0]
        self._wash = []
        for sell, buy in self._both_sides:
            if buy.price > sell.price:
                said = f"bids {buy.price} USD/MWh, above its own offer at {sell.price} USD/MWh"
                raise ValueError(f"{sell.owner}: {said}")
            if buy.price == sell.price:
                self._wash.append((sell.at, len(offer_prices) + buy.at))
        self._ranked = True

    def _fail(self, given: list[float]) -> None:
        supplied = sum(given[: len(self.offered)])
        taken = sum(self.wanted) - sum(given[len(self.offered) :])
        flows = "; ".join(
            f"{terminal.name} {terminal.power_mw:.6g} MW" for terminal in self.terminals.values()
        )
        raise EnergyBalanceError(
            f"at {self.env.now} s the bus got {supplied} MW and gave {taken} MW, after {flows}"
        )
