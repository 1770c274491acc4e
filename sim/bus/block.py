"""The block: an amount of power at a price. The gauge: a number recorded with the flows."""

from __future__ import annotations

from math import inf, isfinite, isnan, nan
from typing import NamedTuple, Protocol

from sim.bus.flows import SUPPLY, Flow
from sim.bus.numbers import Flat, Numbers


class Market(Protocol):
    """What a block needs of its bus."""

    asker: str
    numbers: Numbers
    offered: Flat
    wanted: Flat
    offer_prices: Flat
    bid_prices: Flat
    offer_costs: Flat
    bid_costs: Flat
    settled_mw: Flat
    used_mw: Flat
    gauges: Flat

    def reprice(self, owner: str) -> None:
        """Request a settlement with a newly sorted ladder."""


class Part(NamedTuple):
    """A part of the accepted power of a bid that is a flow of its own, such as power for cooling.

    Attributes:
        owner: Participant in whose name it is recorded.
        flow: The flow.
        pu: Its share of the accepted power: a number, or a gauge with the share of each settlement.
    """

    owner: str
    flow: Flow
    pu: float | Gauge


class Block:
    """An amount of power at a price: an offer or a bid.

    Attributes:
        owner: Name of the participant.
        accepted: Flow of its accepted part.
        rest: Flow of its part that is not accepted; None if it is not recorded.
        reason: For an offer, why its rest is curtailed or, if it is not for sale, why it is missing; for a
            bid, why no more than its size could be taken. Empty if the books determine the reason.
        parts: Flows that its accepted part consists of, of a bid, such as IT power and losses.
        is_offer: Whether it is an offer; otherwise it is a bid.
        at: Its number among the offers or among the bids.
        withheld: For a bid of a store, a gauge of the power that it does not bid for because the store is
            full [MW].
    """

    __slots__ = (
        "_bus",
        "_costs",
        "_prices",
        "_sizes",
        "accepted",
        "at",
        "is_offer",
        "owner",
        "parts",
        "reason",
        "rest",
        "withheld",
    )

    def __init__(self, bus: Market, owner: str, price: float, accepted: Flow, rest: Flow | None) -> None:
        self._bus = bus
        self.is_offer = accepted in SUPPLY
        if not (isfinite(price) or (self.is_offer and price == inf)):
            raise ValueError(f"{owner}: price = {price} USD/MWh; allowed: a finite number")
        self._sizes = bus.offered if self.is_offer else bus.wanted
        self._prices = bus.offer_prices if self.is_offer else bus.bid_prices
        self._costs = bus.offer_costs if self.is_offer else bus.bid_costs
        self.at = len(self._sizes)
        self._sizes.append(0.0)
        self._prices.append(price)
        self._costs.append(nan)
        self.owner = owner
        self.accepted = accepted
        self.rest = rest
        self.reason = ""
        self.parts: tuple[Part, ...] = ()
        self.withheld: Gauge | None = None

    def state(self, mw: float) -> None:
        """Set the size of the block from now on [MW].

        Raises:
            ValueError: If the size is negative, NaN or infinite.
        """
        sizes = self._sizes
        at = self.at
        if sizes[at] == mw:
            return
        if not 0.0 <= mw < inf:
            raise ValueError(f"{self.owner}: block = {mw} MW; allowed: a finite number at least 0 MW")
        sizes[at] = mw
        bus = self._bus
        bus.numbers.asked = True
        bus.asker = self.owner

    def reprice(self, price_usd_per_mwh: float) -> None:
        """Set the price of the block from now on [USD/MWh].

        Raises:
            ValueError: If the price is NaN or infinite.
        """
        if price_usd_per_mwh == self.price:
            return
        if not isfinite(price_usd_per_mwh):
            raise ValueError(f"{self.owner}: price = {price_usd_per_mwh} USD/MWh; allowed: a finite number")
        self._prices[self.at] = price_usd_per_mwh
        self._bus.reprice(self.owner)

    @property
    def price(self) -> float:
        """Dispatch price of an offer, or worth of a bid [USD/MWh]."""
        return self._prices[self.at]

    @property
    def cost(self) -> float | None:
        """What its power costs [USD/MWh], if that is not its price; None if it is.

        Power that a unit cannot reduce fast enough is taken before cheaper power, and power out of reach is
        not for sale.
        """
        cost = self._costs[self.at]
        return None if isnan(cost) else cost

    @cost.setter
    def cost(self, usd_per_mwh: float) -> None:
        self._costs[self.at] = usd_per_mwh

    @property
    def mw(self) -> float:
        """Size, as last set [MW]."""
        return self._sizes[self.at]

    @property
    def accepted_mw(self) -> float:
        """Power accepted at the last settlement [MW]."""
        bus = self._bus
        if not bus.used_mw:
            return 0.0
        if self.is_offer:
            return bus.used_mw[self.at]
        number = len(bus.offered) + self.at
        return bus.settled_mw[number] - bus.used_mw[number]


class Gauge:
    """A number recorded with the flows, such as stored energy."""

    __slots__ = ("_gauges", "at", "label", "owner")

    def __init__(self, bus: Market, owner: str, label: str | None) -> None:
        self._gauges = bus.gauges
        self.at = len(self._gauges)
        self._gauges.append(0.0)
        self.owner = owner
        self.label = label

    def show(self, value: float) -> None:
        """Set the value from the next settlement on."""
        self._gauges[self.at] = value

    @property
    def value(self) -> float:
        """The current value."""
        return self._gauges[self.at]
