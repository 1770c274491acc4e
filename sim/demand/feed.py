"""The feed: an IT load's connection to the facility."""

from __future__ import annotations

from math import inf

from simpy import Event

from sim.bus.block import Block
from sim.bus.flows import Flow
from sim.bus.terminal import Terminal
from sim.demand.overhead import Overhead


class Feed:
    """An IT load's connection to the facility. Requests and results are in IT power.

    Attributes:
        terminal: The terminal of the load; its bids include the overhead.
        firm: Bid for firm power, at the value of lost load.
        flexible: Bid for flexible power at a lower price, if any.
    """

    def __init__(
        self,
        terminal: Terminal,
        overhead: Overhead,
        firm_worth_usd_per_mwh: float,
        flexible_worth_usd_per_mwh: float | None,
    ) -> None:
        self.terminal = terminal
        self._overhead = overhead
        self._firm_mw = self._flexible_mw = 0.0
        self.firm = overhead.bid(terminal, firm_worth_usd_per_mwh)
        self.flexible: Block | None = None
        if flexible_worth_usd_per_mwh is not None:
            self.flexible = overhead.bid(terminal, flexible_worth_usd_per_mwh, Flow.SERVED, Flow.HELD_BACK)
        overhead.follow(self._restate)

    def want(self, firm_mw: float, flexible_mw: float = 0.0) -> None:
        """Request IT power from now on [MW].

        Raises:
            ValueError: If flexible power is requested but the feed was made without a price for it.
        """
        if flexible_mw and self.flexible is None:
            raise ValueError(f"{self.terminal.name}: flexible power has no price; pass it to Hall.feed")
        self._firm_mw, self._flexible_mw = firm_mw, flexible_mw
        self._restate()

    def _restate(self) -> None:
        self.firm.state(self.drawn_mw(self._firm_mw))
        if self.flexible is not None:
            self.flexible.state(self.drawn_mw(self._flexible_mw))

    def drawn_mw(self, it_mw: float) -> float:
        """Facility power for a given IT power, overhead included [MW]."""
        return it_mw * self._overhead.factor

    def changed(self, by_s: float = inf) -> Event:
        """An event that succeeds when the power received next changes, or at `by_s` at the latest."""
        return self.terminal.changed(by_s)

    def wake(self) -> None:
        """Let the event of `changed` succeed now."""
        self.terminal.wake()

    @property
    def short_mw(self) -> float:
        """IT power requested but not received [MW]."""
        # in the factor of the last settlement, in which the power received is stated
        factor = self._overhead.settled_factor
        short_mw = self._firm_mw * factor - self.firm.accepted_mw
        if self.flexible is not None:
            short_mw += self._flexible_mw * factor - self.flexible.accepted_mw
        return short_mw / factor

    @property
    def flexible_mw(self) -> float:
        """Flexible power received, overhead included [MW]."""
        return 0.0 if self.flexible is None else self.flexible.accepted_mw

    @property
    def firm_pu(self) -> float:
        """Share of the requested firm power that is received."""
        return self._share(self.firm, self._firm_mw)

    @property
    def flexible_pu(self) -> float:
        """Share of the requested flexible power that is received."""
        return self._share(self.flexible, self._flexible_mw)

    def _share(self, bid: Block | None, it_mw: float) -> float:
        wanted_mw = it_mw * self._overhead.settled_factor
        return bid.accepted_mw / wanted_mw if bid is not None and wanted_mw else 0.0
