"""The recorder: the interface through which the bus records; the site supplies it."""

from __future__ import annotations

from typing import Protocol

from sim.bus.account import Account
from sim.bus.block import Block
from sim.bus.numbers import Flat
from sim.bus.row_buffer import RowBuffer
from sim.bus.terminal import Terminal


class Recorder(Protocol):
    """The interface through which the bus records; the site supplies it."""

    def open(
        self, terminals: list[Terminal], offers: list[Block], bids: list[Block], gauges: Flat
    ) -> RowBuffer:
        """Begin, once all terminals are connected; where to write the rows."""

    def declare_outage(self, t_s: float, reason: str, change_mw: float) -> None:
        """Note that the site has lost (positive) or regained capacity."""

    def enter(self, account: Account, owner: str, amount: float, at_s: float) -> None:
        """Enter a one-off amount into an account."""
