"""The feed: an IT load's connection to the facility."""

from __future__ import annotations

from simpy import Event

from sim.power.flows import Flow
from sim.power.terminal import Block, Terminal


class Feed:
    """An IT load's connection to the facility: what it asks for and gets is IT power.

    Attributes:
        terminal: The terminal on which the facility bids for it, overhead included.
    """

    def __init__(
        self,
        terminal: Terminal,
        factor: float,
        firm_worth_usd_per_mwh: float,
        flexible_worth_usd_per_mwh: float,
    ) -> None:
        self.terminal = terminal
        self._factor = factor
        self._firm = terminal.bid(firm_worth_usd_per_mwh)
        self._flexible = terminal.bid(flexible_worth_usd_per_mwh, Flow.SERVED, Flow.DEFERRED)
        self._firm.it_pu = self._flexible.it_pu = 1.0 / factor

    def want(self, firm_mw: float, flexible_mw: float = 0.0) -> None:
        """Ask for IT power from now on [MW]."""
        self._firm.state(firm_mw * self._factor)
        self._flexible.state(flexible_mw * self._factor)

    def changed(self) -> Event:
        """An event that succeeds when what it gets next changes."""
        return self.terminal.changed()

    @property
    def firm_pu(self) -> float:
        """Share of the firm power asked for that it gets."""
        return self._firm.accepted_mw / self._firm.mw if self._firm.mw else 0.0

    @property
    def flexible_pu(self) -> float:
        """Share of the flexible power asked for that it gets."""
        return self._flexible.accepted_mw / self._flexible.mw if self._flexible.mw else 0.0

    @property
    def blocks(self) -> tuple[Block, Block]:
        """Its firm and its flexible bid."""
        return self._firm, self._flexible
