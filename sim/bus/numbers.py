"""The numbers of a bus: what its blocks offer and want, what was used of them, and when they change.

Compiled if a C compiler is at hand, like `stretch`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, MutableSequence
from typing import Protocol

Flat = MutableSequence[float]
"""Numbers one after the other: an array, which compiled code reads, or a list, which Python reads faster."""
IS_LIST = __file__.endswith(".py")
"""Whether it is a list."""


def flat(numbers: Iterable[float] = ()) -> Flat:
    """Numbers one after the other."""
    return [*numbers] if IS_LIST else array("d", numbers)


NOWHERE, OFFERED, WANTED, OFFER_PRICE, BID_PRICE, RENEWED, FACTOR = range(7)
"""What the values of a series are: sizes or prices of blocks, only a reason to settle, or a factor on an
account; none of these if a function takes them."""
_OFFERED, _WANTED, _OFFER_PRICE, _BID_PRICE, _RENEWED = OFFERED, WANTED, OFFER_PRICE, BID_PRICE, RENEWED


class Arrays(Protocol):
    """The arrays of a bus (see `Bus`)."""

    offered: Flat
    wanted: Flat
    offer_prices: Flat
    bid_prices: Flat
    offer_costs: Flat
    bid_costs: Flat
    prices: Flat
    costs: Flat
    settled_mw: Flat
    used_mw: Flat
    gauges: Flat
    turns_s: Flat


class Numbers:
    """The state of a bus as plain numbers, which its movers and its settlement share.

    Attributes:
        asked: Whether a settlement has been requested at this instant.
        settlements: Number of settlements so far.
        price_usd_per_mwh: Price of the marginal block.
        is_ranked: Whether the ladder has the prices of now.
        ranks: Number of times that it was sorted.
        members: Number of changes of who takes part.
        first_bid: Number of offers: that of the first bid among all blocks.
        blocks: Number of blocks.
        gauge_count: Number of gauges.
        turns: Number of turns.
    """

    def __init__(self) -> None:
        self.asked = False
        self.settlements = 0
        self.price_usd_per_mwh = 0.0
        self.is_ranked = False
        self.ranks = 0
        self.members = 0
        self.first_bid = self.blocks = self.gauge_count = self.turns = 0

    def fix(self, bus: Arrays) -> None:
        """Take the arrays of a bus; they keep their length from now on."""
        self.offered, self.wanted = bus.offered, bus.wanted
        self.offer_prices, self.bid_prices = bus.offer_prices, bus.bid_prices
        self.offer_costs, self.bid_costs = bus.offer_costs, bus.bid_costs
        self.prices, self.costs = bus.prices, bus.costs
        self.settled_mw, self.used_mw = bus.settled_mw, bus.used_mw
        self.gauges = bus.gauges
        self.turns_s = bus.turns_s
        self.first_bid = len(bus.offered)
        self.blocks = len(bus.settled_mw)
        self.gauge_count = len(bus.gauges)
        self.turns = len(bus.turns_s)

    def price(self) -> None:
        """Take over the prices and costs of now, of offers and then of bids."""
        for at in range(self.blocks):
            if at < self.first_bid:
                price, cost = self.offer_prices[at], self.offer_costs[at]
            else:
                price, cost = self.bid_prices[at - self.first_bid], self.bid_costs[at - self.first_bid]
            self.prices[at] = price
            self.costs[at] = price if cost != cost else cost  # noqa: PLR0124 - not a number: it is the price
        self.ranks += 1
        self.is_ranked = True

    def set(self, side: int, place: int, value: float) -> None:
        """Set the size or the price of a block, which asks for a settlement if that is another one.

        Args:
            side: Which of them, or a mere reason to settle.
            place: Number of the block among offers or bids.
            value: The value.
        """
        if side == _OFFERED:
            if self.offered[place] != value:
                self.offered[place] = value
                self.asked = True
        elif side == _WANTED:
            if self.wanted[place] != value:
                self.wanted[place] = value
                self.asked = True
        elif side == _OFFER_PRICE:
            if self.offer_prices[place] != value:
                self.offer_prices[place] = value
                self.is_ranked, self.asked = False, True
        elif side == _BID_PRICE:
            if self.bid_prices[place] != value:
                self.bid_prices[place] = value
                self.is_ranked, self.asked = False, True
        elif side == _RENEWED:
            self.asked = True
