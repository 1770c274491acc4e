"""The feed: an IT load's connection to the facility."""

from __future__ import annotations

from math import inf

from simpy import Event

from sim.bus.block import Block
from sim.bus.flows import Flow
from sim.bus.terminal import Terminal


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
        factor: float,
        firm_worth_usd_per_mwh: float,
        flexible_worth_usd_per_mwh: float | None,
    ) -> None:
        self.terminal = terminal
        self._factor = factor
        self.firm = terminal.bid(firm_worth_usd_per_mwh)
        self.firm.it_pu = 1.0 / factor
        self.flexible: Block | None = None
        if flexible_worth_usd_per_mwh is not None:
            self.flexible = terminal.bid(flexible_worth_usd_per_mwh, Flow.SERVED, Flow.HELD_BACK)
            self.flexible.it_pu = 1.0 / factor

    def want(self, firm_mw: float, flexible_mw: float = 0.0) -> None:
        """Request IT power from now on [MW].

        Raises:
            ValueError: If flexible power is requested but the feed was made without a price for it.
        """
        self.firm.state(self.drawn_mw(firm_mw))
        if self.flexible is not None:
            self.flexible.state(self.drawn_mw(flexible_mw))
        elif flexible_mw:
            raise ValueError(f"{self.terminal.name}: flexible power has no price; pass it to Hall.feed")

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
        short_mw = self.firm.mw - self.firm.accepted_mw
        if self.flexible is not None:
            short_mw += self.flexible.mw - self.flexible.accepted_mw
        return short_mw / self._factor

    @property
    def flexible_mw(self) -> float:
        """Flexible power received, overhead included [MW]."""
        return 0.0 if self.flexible is None else self.flexible.accepted_mw

    @property
    def firm_pu(self) -> float:
        """Share of the requested firm power that is received."""
        return _share(self.firm)

    @property
    def flexible_pu(self) -> float:
        """Share of the requested flexible power that is received."""
        return _share(self.flexible)


def _share(bid: Block | None) -> float:
    return bid.accepted_mw / bid.mw if bid is not None and bid.mw else 0.0
