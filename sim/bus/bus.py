"""The bus: clears offers and bids once per instant."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from math import fsum, inf

from sim.bus.account import Account
from sim.bus.block import Block
from sim.bus.clearing import Ladder, fill, rank
from sim.bus.clock import Clock
from sim.bus.description import Description
from sim.bus.mover import Fit, Keeper, Mover, Pausing
from sim.bus.recorder import Recorder
from sim.bus.terminal import Terminal
from sim.bus.watch import Observer
from sim.errors import EnergyBalanceError, OscillationError

_MOST_ROUNDS = 100
"""Maximum number of settlements at one instant, in addition to one per participant."""
_TOLERANCE = 1e-9
_NOTHING_MW = 1e-30
"""A need so small that shares of it cannot be distinguished from zero."""


class Bus:
    """The site's bus.

    Participants set offers and bids on their terminals, which requests a settlement. The bus settles once per
    instant, after all other events of that instant. The steps of a settlement:

    1. Stores and ramps advance to the current time and update their offers and bids.
    2. The ladder is cleared.
    3. The balance is checked and the result is passed to the recorder.
    4. Participants that make decisions are called, and those whose power has changed are notified.

    A reaction to a settlement may request another one at the same instant.

    Attributes:
        env: The clock.
        offered: Size of each offer [MW].
        wanted: Size of each bid [MW].
        settled_mw: Size of each block at the last settlement [MW]: offers, then bids.
        used_mw: Used part of each block at the last settlement [MW]: for an offer the power taken, for a bid
            the demand given up.
        prices: Price of each block [USD/MWh]: offers, then bids.
        costs: Cost of each block [USD/MWh]: its price, unless its participant says otherwise.
        gauges: Numbers recorded with the flows.
        keepers: Participants that store energy, for the audit of the run.
        price_usd_per_mwh: Price of the marginal block.
        settlements: Number of settlements so far.
        closes_at_s: Elapsed second from which on it does not settle.
        aside: Participants that take no part: their blocks count as zero and their movers stand still.
    """

    def __init__(self, env: Clock, recorder: Recorder) -> None:
        self.env = env
        env.markets.append(self)
        self.offered: list[float] = []
        self.wanted: list[float] = []
        self.settled_mw: list[float] = []
        self.used_mw: list[float] = []
        self.prices: list[float] = []
        self.costs: list[float] = []
        self.gauges: list[float] = []
        self.keepers: list[Keeper] = []
        self.watches: list[Observer] = []
        self.terminals: dict[str, Terminal] = {}
        self.asked = False
        self.asker = ""
        self.price_usd_per_mwh = 0.0
        self.settlements = 0
        self.closes_at_s = inf
        self._recorder = recorder
        self._ranked = False
        self._ladder = Ladder(())
        self._crossed: list[tuple[int, int]] = []
        self._blocks: list[Block] = []
        self.aside: set[str] = set()
        self._masked: list[int] = []
        self._owned: list[tuple[str, Mover]] = []
        self._heard: list[tuple[float, str, Callable[[float], None]]] = []
        self._advances: list[Callable[[float], None]] = []
        self._listeners: list[Callable[[float], None]] = []
        self._both_sides: list[tuple[Block, Block]] = []
        self._fits: list[tuple[Block, Fit]] = []
        self._fit_places: list[int] = []
        self._adjusts = False
        self._rounds = 0
        self._at_s = -1.0

    def terminal(self, name: str, description: Description | None = None) -> Terminal:
        """Connect a participant.

        Args:
            name: Its name.
            description: How it describes itself in results.

        Raises:
            ValueError: If the name is already used, or the clock has started.
        """
        if name in self.terminals:
            raise ValueError(f"{name}: this name is already used by another participant")
        if self.settlements:
            raise ValueError(f"{name}: a terminal must be connected before the clock starts")
        terminal = self.terminals[name] = Terminal(self, name, description or Description())
        return terminal

    def ask(self, owner: str) -> None:
        """Request a settlement at this instant."""
        self.asked = True
        self.asker = owner

    def reprice(self, owner: str) -> None:
        """Request a settlement with a newly sorted ladder."""
        self._ranked = False
        self.ask(owner)

    def declare_outage(self, reason: str, change_mw: float) -> None:
        """Note that the site has lost or regained capacity for a reason."""
        self._recorder.declare_outage(self.env.now, reason, change_mw)

    def enter(self, account: Account, owner: str, amount: float, at_s: float) -> None:
        """Enter a one-off amount into an account."""
        self._recorder.enter(account, owner, amount, at_s)

    def settle(self, now_s: float) -> None:
        """Carry out a settlement; the class docstring lists the steps."""
        self.asked = False
        if now_s >= self.closes_at_s:
            return
        if now_s == self._at_s:
            self._count_round(now_s)
        else:
            self._at_s = now_s
            self._rounds = 0
        self._advance(now_s)
        if not self._ranked:
            self._rank()
        offered, wanted = self.offered, self.wanted
        mw = offered + wanted
        if self._masked:
            wanted = self._mask(mw)
        need = fsum(wanted)  # the same on every version of Python
        used_mw, margin = fill(self._ladder, mw, need)
        if self._adjusts:
            used_mw, margin = self._adjust(mw, used_mw, margin)
        slack = _TOLERANCE * need + _NOTHING_MW
        if not -slack <= sum(used_mw) - need <= slack:
            self._fail(wanted, used_mw)
        self.settled_mw = mw
        self.used_mw = used_mw
        self.settlements += 1
        self.price_usd_per_mwh = self.prices[margin] if margin >= 0 else 0.0
        self._recorder.open_row(now_s, self.price_usd_per_mwh, mw, used_mw, self.gauges)
        for settled in self._listeners:
            settled(now_s)
        for watch in [*self.watches]:
            watch.look()

    def _advance(self, now_s: float) -> None:
        """Let movers state what they can do now, until none of them changes what another one has read."""
        for _ in range(_MOST_ROUNDS):
            for advance in self._advances:
                advance(now_s)
            if not self.asked:
                return
            self.asked = False
        raise OscillationError(f"{self.asker}: still changing after {_MOST_ROUNDS} rounds at {now_s} s")

    def _adjust(self, mw: list[float], used_mw: list[float], margin: int) -> tuple[list[float], int]:
        """Adjust a clearing to bids that need whole amounts, and to participants on both sides."""
        if any(used_mw[at] for at in self._fit_places):
            used_mw, margin = self._fit(mw, used_mw, margin)
        if self._crossed:
            self._part(mw, used_mw)
        return used_mw, margin

    def _fit(self, mw: list[float], used_mw: list[float], margin: int) -> tuple[list[float], int]:
        """Let bids that need whole amounts go without the rest; others receive it.

        A bid keeps what it has not refused, whatever others receive. All are asked again while any of them
        refuses some: another may now receive more than it can use.
        """
        sizes, kept = mw, set[int]()
        for _ in self._fits:
            before = sizes
            for _, fit in self._fits:
                trims = [(at, size) for at, size in fit(mw, used_mw) if size < sizes[at]]
                if trims:
                    sizes = [*sizes]
                    for at, size in trims:
                        sizes[at] = size
                    kept.update(at for at, size in trims if mw[at] - used_mw[at] > size)
                    left = [0.0 if at in kept else size for at, size in enumerate(sizes)]
                    given, margin = fill(self._ladder, left, fsum(sizes[len(self.offered) :]))
                    used_mw = [
                        used + all_mw - size for used, all_mw, size in zip(given, mw, sizes, strict=True)
                    ]
            if sizes is before:
                break
        return used_mw, margin

    def _mask(self, mw: list[float]) -> list[float]:
        """Set the blocks of those that take no part to zero; the sizes of the bids then."""
        for at in self._masked:
            mw[at] = 0.0
        return mw[len(self.offered) :]

    def _count_round(self, now_s: float) -> None:
        """Count the settlements at one instant, and refuse to go on for ever."""
        self._rounds += 1
        if self._rounds > _MOST_ROUNDS + len(self.terminals):
            raise OscillationError(
                f"{self.asker}: still changing after {self._rounds - 1} settlements at {now_s} s"
            )

    def set_aside(self, terminal: Terminal, is_aside: bool) -> None:
        """Let a participant take no part from now on, or take part again.

        Its blocks count as zero. Its movers stand still, and it is not called after settlements.
        """
        name = terminal.name
        if is_aside != (name in self.aside):
            self.aside ^= {name}
            for owner, mover in self._owned:
                if owner == name and isinstance(mover, Pausing):
                    (mover.pause if is_aside else mover.resume)(self.env.now)
            self._choose()
            self.ask(name)

    def _choose(self) -> None:
        """Choose the blocks, movers and listeners of the participants that take part."""
        aside = self.aside
        self._advances = [mover.advance for owner, mover in self._owned if owner not in aside]
        self._listeners = [settled for _, owner, settled in self._heard if owner not in aside]
        self._masked = [at for at, block in enumerate(self._blocks) if block.owner in aside]

    @property
    def movers(self) -> list[Mover]:
        """Objects that change with time, in the order in which they were added."""
        return [mover for _, mover in self._owned]

    def add_mover(self, mover: Mover, owner: str = "") -> None:
        """Add an object that changes with time.

        Args:
            mover: The object.
            owner: Its participant; while that takes no part, it stands still.
        """
        self._owned.append((owner, mover))
        self.listen(mover.settled, owner=owner)

    def add_keeper(self, keeper: Keeper) -> None:
        """Add an object that stores energy; the audit of the run includes it."""
        self.add_mover(keeper, keeper.name)
        self.keepers.append(keeper)

    def add_fit(self, bid: Block, fit: Fit) -> None:
        """Let a participant that can use only certain amounts of power refuse the rest.

        Args:
            bid: Its bid of the highest price; participants are asked in the order of these prices.
            fit: Called after each clearing in which a bid of such a participant is not served in full.
        """
        self._fits.append((bid, fit))

    def listen(self, settled: Callable[[float], None], rank: float = -inf, owner: str = "") -> None:
        """Register a function that is called at the end of each settlement.

        Args:
            settled: Called with the time [s].
            rank: Order of the calls, lowest first; equal ranks are called in order of registration. Movers
                have the lowest rank, so decisions come after them.
            owner: Its participant; it is not called while that takes no part.
        """
        at = bisect_right(self._heard, rank, key=lambda one: one[0])
        self._heard.insert(at, (rank, owner, settled))
        self._choose()

    def _open(self) -> None:
        """Number the blocks and lay out the books, at the first settlement."""
        blocks = [block for terminal in self.terminals.values() for block in terminal.blocks]
        offers = sorted((block for block in blocks if block.is_offer), key=lambda block: block.at)
        bids = sorted((block for block in blocks if not block.is_offer), key=lambda block: block.at)
        self._blocks = [*offers, *bids]
        self._both_sides = [
            (sell, buy)
            for terminal in self.terminals.values()
            for sell in terminal.blocks
            for buy in terminal.blocks
            if sell.is_offer and not buy.is_offer
        ]
        self._choose()
        self._recorder.open(list(self.terminals.values()), offers, bids, len(self.gauges))

    def _rank(self) -> None:
        """Sort the ladder and find participants that could trade with themselves."""
        if not self.settlements:
            self._open()
        blocks, count = self._blocks, len(self.offered)
        offer_prices = tuple([block.price for block in blocks[:count]])
        bid_prices = tuple([block.price for block in blocks[count:]])
        self._ladder = rank(offer_prices, bid_prices)
        self.prices = [*offer_prices, *bid_prices] or [0.0]
        self._fits.sort(key=lambda one: -one[0].price)
        self._fit_places = [count + bid.at for bid, _ in self._fits]
        self.costs = [block.price if block.cost is None else block.cost for block in blocks]
        self._recorder.reprice(self.costs)
        self._crossed = [
            (sell.at, len(offer_prices) + buy.at) for sell, buy in self._both_sides if buy.price >= sell.price
        ]
        self._adjusts = bool(self._crossed or self._fits)
        self._ranked = True

    def _part(self, mw: list[float], used_mw: list[float]) -> None:
        """Take back what participants would trade with themselves at one price; refuse it at two prices."""
        for sell, buy in self._crossed:
            if not (mw[sell] and mw[buy]):
                continue
            sold, bought = self.prices[sell], self.prices[buy]
            if bought > sold:
                message = f"bids {bought} USD/MWh, which is above its own offer of {sold} USD/MWh"
                raise ValueError(f"{self._blocks[sell].owner}: {message}")
            both = min(used_mw[sell], mw[buy] - used_mw[buy])
            used_mw[sell] -= both
            used_mw[buy] += both

    def _fail(self, wanted: list[float], used_mw: list[float]) -> None:
        supplied = sum(used_mw[: len(self.offered)])
        taken = sum(wanted) - sum(used_mw[len(self.offered) :])
        flows = "; ".join(
            f"{terminal.name} {terminal.power_mw:.6g} MW" for terminal in self.terminals.values()
        )
        raise EnergyBalanceError(
            f"at {self.env.now} s the bus received {supplied} MW and delivered {taken} MW; power: {flows}"
        )
