"""The feed: an IT load's connection to the facility."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import fsum, inf

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
        flexible: Bids for power at lower prices, the highest first: further firm power, then flexible power.
    """

    def __init__(
        self,
        terminal: Terminal,
        overhead: Overhead,
        firm_worth_usd_per_mwh: float,
        flexible_worth_usd_per_mwh: Sequence[float] = (),
        lower_firm_usd_per_mwh: Sequence[float] = (),
    ) -> None:
        self.terminal = terminal
        self._overhead = overhead
        self.firm = overhead.bid(terminal, firm_worth_usd_per_mwh)
        self.flexible: list[Block] = [overhead.bid(terminal, worth) for worth in lower_firm_usd_per_mwh]
        self.flexible += [
            overhead.bid(terminal, worth, Flow.SERVED, Flow.HELD_BACK) for worth in flexible_worth_usd_per_mwh
        ]
        self._firm_mw = 0.0
        self._wanted: list[tuple[Callable[[float], None], float]] = []
        self._flexible_mw: tuple[float, ...] = (0.0,) * len(self.flexible)
        overhead.follow(self._restate)

    def want(self, firm_mw: float, *flexible_mw: float) -> None:
        """Request IT power from now on [MW]: firm power, and flexible power for each of its prices.

        Args:
            firm_mw: Firm power.
            *flexible_mw: Flexible power at each of its prices, the highest first; none at those left out.

        Raises:
            ValueError: If flexible power is requested but the feed was made without a price for it.
        """
        if len(flexible_mw) > len(self.flexible):
            raise ValueError(f"{self.terminal.name}: flexible power has no price; pass it to Hall.feed")
        none_mw = (0.0,) * (len(self.flexible) - len(flexible_mw))
        self._firm_mw, self._flexible_mw = firm_mw, (*flexible_mw, *none_mw)
        bids = ((self.firm, firm_mw), *zip(self.flexible, self._flexible_mw, strict=True))
        factor = self._overhead.factor
        for bid, mw in bids:
            bid.state(mw * factor)
        self._wanted = [(bid.state, mw) for bid, mw in bids if mw]

    def _restate(self) -> None:
        """State the bids that ask for power anew: the overhead has changed."""
        factor = self._overhead.factor
        for state, mw in self._wanted:
            state(mw * factor)

    def drawn_mw(self, it_mw: float) -> float:
        """Facility power for a given IT power, overhead included [MW]."""
        return it_mw * self._overhead.factor

    @property
    def settled_factor(self) -> float:
        """Facility power per unit of IT power at the last settlement."""
        return self._overhead.settled_factor

    def changed(self, by_s: float = inf) -> Event:
        """An event that succeeds when the power received next changes, or at `by_s` at the latest."""
        return self.terminal.changed(by_s)

    @property
    def flexible_mw(self) -> float:
        """Flexible power received, overhead included [MW]."""
        return fsum(bid.accepted_mw for bid in self.flexible)

    @property
    def firm_pu(self) -> float:
        """Share of the requested firm power that is received; 0 if none is requested."""
        return self._share(self.firm.accepted_mw, self._firm_mw)

    @property
    def flexible_pu(self) -> float:
        """Share of the requested flexible power that is received; 0 if none is requested."""
        return self._share(self.flexible_mw, fsum(self._flexible_mw))

    def _share(self, taken_mw: float, it_mw: float) -> float:
        return taken_mw / (it_mw * self.settled_factor) if it_mw else 0.0
