"""The bus: clears offers and bids once per instant."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from math import inf

from sim.bus.account import Account
from sim.bus.band import Band
from sim.bus.block import Block
from sim.bus.clock import Clock
from sim.bus.description import Description
from sim.bus.door import Door
from sim.bus.mover import Fit, Keeper, Mover, Pausing
from sim.bus.recorder import Recorder
from sim.bus.settlement import Settlement
from sim.bus.stretch import IS_COMPILED, Stretch
from sim.bus.terminal import Terminal
from sim.bus.track import Track


class Bus(Settlement):
    """The site's bus.

    Participants set offers and bids on their terminals, which requests a settlement. The bus settles once per
    instant, after all other events of that instant. The steps of a settlement:

    1. Stores and ramps advance to the current time and update their offers and bids.
    2. The ladder is cleared.
    3. The balance is checked and the result is passed to the recorder.
    4. Participants that make decisions are called, and those whose power has changed are notified.

    A reaction to a settlement may request another one at the same instant.

    Attributes:
        keepers: Participants that store energy, for the audit of the run.
    """

    is_compiled = IS_COMPILED
    """Whether it runs in compiled stretches."""

    def __init__(self, env: Clock, recorder: Recorder) -> None:
        super().__init__(env, recorder)
        env.markets.append(self)
        self.keepers: list[Keeper] = []
        self._stretch: Stretch | None = None
        self._has_begun = False

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
        if self.is_open:
            raise ValueError(f"{name}: a terminal must be connected before the clock starts")
        terminal = self.terminals[name] = Terminal(self, name, description or Description())
        return terminal

    def ask(self, owner: str) -> None:
        """Request a settlement at this instant."""
        self.numbers.asked = True
        self.asker = owner

    def reprice(self, owner: str) -> None:
        """Request a settlement with a newly sorted ladder."""
        self.numbers.is_ranked = False
        self.ask(owner)

    def declare_outage(self, reason: str, change_mw: float) -> None:
        """Note that the site has lost or regained capacity for a reason."""
        self._recorder.declare_outage(self.env.now, reason, change_mw)

    def enter(self, account: Account, owner: str, amount: float, at_s: float) -> None:
        """Enter a one-off amount into an account."""
        self._recorder.enter(account, owner, amount, at_s)

    def play(self, track: Track) -> None:
        """Play a series.

        Raises:
            ValueError: After `begin`.
        """
        if self._has_begun:
            raise ValueError("bus: a series must be played before the clock starts")
        self.tracks.append(track)

    def new_turn(self) -> int:
        """A place among the turns, for a mover: it writes there when it changes next."""
        self.turns_s.append(inf)
        return len(self.turns_s) - 1

    def begin(self) -> None:
        """Begin to play the series, and request the first settlement."""
        self._has_begun = True
        self.look_ahead()
        self.ask("site")

    def go(self, end_s: float) -> None:
        """Settle, and go on to instants of its own until an event of the clock is due, or to a time.

        The present instant must have no events left.
        """
        if self._stretch is None:
            self._stretch = Stretch(self)
        self._stretch.go(end_s)

    def set_aside(self, terminal: Terminal, is_aside: bool) -> None:
        """Let a participant take no part from now on, or take part again.

        Its blocks count as zero. Its movers stand still, and it is not called after settlements.
        """
        name = terminal.name
        if is_aside != (name in self.aside):
            self.aside ^= {name}
            for owner, mover, _ in self.owned if self.is_open else ():
                if owner == name and isinstance(mover, Pausing):
                    (mover.pause if is_aside else mover.resume)(self.env.now)
            for _, owner, _, band in self.heard:
                if owner == name and band is not None:
                    band.open()
            self.choose()
            self.ask(name)

    @property
    def movers(self) -> list[Mover]:
        """Objects that change with time, in the order in which they were added."""
        return [mover for _, mover, _ in self.owned]

    def add_mover(self, mover: Mover, owner: str = "", band: Band | None = None) -> None:
        """Add an object that changes with time.

        Args:
            mover: The object.
            owner: Its participant; while that takes no part, it stands still.
            band: Of which settlements it is told. Default: of each.
        """
        self.owned.append((owner, mover, self.env.through(Door.MOVER, owner, mover.advance)))
        self.listen(mover.settled, owner=owner, band=band)

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
        self.fits.append((bid, self.env.through(Door.WHOLE_AMOUNTS, bid.owner, fit)))

    def listen(
        self,
        settled: Callable[[float], None],
        rank: float = -inf,
        owner: str = "",
        band: Band | None = None,
    ) -> None:
        """Register a function that is called at the end of a settlement.

        Args:
            settled: Called with the time [s].
            rank: Order of the calls, lowest first; equal ranks are called in order of registration. Movers
                have the lowest rank, so decisions come after them.
            owner: Its participant; it is not called while that takes no part.
            band: At which settlements it is called. Default: at each.
        """
        at = bisect_right(self.heard, rank, key=lambda one: one[0])
        self.heard.insert(at, (rank, owner, self.env.through(Door.LISTENER, owner, settled), band))
        self.choose()
