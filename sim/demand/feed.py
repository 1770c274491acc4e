"""The feed: an IT load's connection to the facility."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, inf

from simpy import Event

from sim.bus.block import Block
from sim.bus.flows import Flow
from sim.bus.terminal import Terminal


class Feed:
    """An IT load's connection to the facility. Requests and results are in IT power.

    Attributes:
        terminal: The terminal of the load; its bids include the overhead.
        firm: Bid for firm power, at the value of lost load.
        flexible: Bids for flexible power at lower prices, the highest first; none if it has no such power.
    """

    def __init__(
        self,
        terminal: Terminal,
        factor: float,
        firm_worth_usd_per_mwh: float,
        flexible_worth_usd_per_mwh: Sequence[float] = (),
    ) -> None:
        self.terminal = terminal
        self._factor = factor
        self.firm = terminal.bid(firm_worth_usd_per_mwh)
        self.flexible: list[Block] = [
            terminal.bid(worth, Flow.SERVED, Flow.HELD_BACK) for worth in flexible_worth_usd_per_mwh
        ]
        for bid in (self.firm, *self.flexible):
            bid.it_pu = 1.0 / factor

    def want(self, firm_mw: float, *flexible_mw: float) -> None:
        """Request IT power from now on [MW]: firm power, and flexible power for each of its prices.

        Raises:
            ValueError: If flexible power is requested but the feed was made without a price for it.
        """
        if len(flexible_mw) > len(self.flexible):
            raise ValueError(f"{self.terminal.name}: flexible power has no price; pass it to Hall.feed")
        self.firm.state(self.drawn_mw(firm_mw))
        for bid, mw in zip(self.flexible, flexible_mw, strict=False):
            bid.state(self.drawn_mw(mw))

    def drawn_mw(self, it_mw: float) -> float:
        """Facility power for a given IT power, overhead included [MW]."""
        return it_mw * self._factor

    def changed(self, by_s: float = inf) -> Event:
        """An event that succeeds when the power received next changes, or at `by_s` at the latest."""
        return self.terminal.changed(by_s)

    def wake(self) -> None:
        """Let the event of `changed` succeed now."""
        self.terminal.wake()

    @property
    def short_mw(self) -> float:
        """IT power requested but not received [MW]."""
        return fsum(bid.mw - bid.accepted_mw for bid in (self.firm, *self.flexible)) / self._factor

    @property
    def flexible_mw(self) -> float:
        """Flexible power received, overhead included [MW]."""
        return fsum(bid.accepted_mw for bid in self.flexible)

    @property
    def firm_pu(self) -> float:
        """Share of the requested firm power that is received; 0 if none is requested."""
        return self.firm.accepted_mw / self.firm.mw if self.firm.mw else 0.0

    @property
    def flexible_pu(self) -> float:
        """Share of the requested flexible power that is received; 0 if none is requested."""
        wanted_mw = fsum(bid.mw for bid in self.flexible)
        return self.flexible_mw / wanted_mw if wanted_mw else 0.0
