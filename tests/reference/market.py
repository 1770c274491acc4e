"""The market of one step: blocks of power, and the trade between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

Lots = tuple[tuple[float, float], ...]
"""Price [USD/MWh] and power [MW] of blocks of one side."""


@dataclass(slots=True)
class Block:
    """An amount of power that somebody sells or buys.

    Attributes:
        owner: Name of the participant.
        sells: Whether it is sold; otherwise it is bought.
        price: Lowest price for a seller, highest for a buyer [USD/MWh].
        mw: Amount.
        flow: What traded power is called.
        rest: What the remainder is called, if anything.
        reason: Why the remainder is curtailed, or why no more could be bought.
        cost: Cost of the power, if its price does not say it [USD/MWh].
        withheld_mw: Power that a store would buy if it were not full.
        out_of_reach: Whether a ramp limit keeps it from the market.
        traded_mw: Traded power.
    """

    owner: str
    sells: bool
    price: float
    mw: float
    flow: str
    rest: str = ""
    reason: str = ""
    cost: float | None = None
    withheld_mw: float = 0.0
    out_of_reach: bool = False
    traded_mw: float = field(default=0.0)

    @property
    def rest_mw(self) -> float:
        """Power that is not traded."""
        return self.mw - self.traded_mw

    @property
    def value(self) -> float:
        """Cost of the power to its seller, or its value to the buyer [USD/MWh]."""
        return self.price if self.cost is None else self.cost


def largest_trade(sales: Lots, purchases: Lots) -> float:
    """The largest power that buyers take from sellers who ask no more than they would pay [MW]."""
    best = 0.0
    for price in {price for price, _ in sales + purchases}:
        supply = sum(mw for asked, mw in sales if asked <= price)
        demand = sum(mw for paid, mw in purchases if paid >= price)
        best = max(best, min(supply, demand))
    return best


def _share(lots: Lots, trade_mw: float, sign: float) -> tuple[float, ...]:
    """Who trades: the best prices first, equal ones in proportion to their size."""
    traded = [0.0] * len(lots)
    order = sorted(range(len(lots)), key=lambda at: sign * lots[at][0])
    left = trade_mw
    for _, group in groupby(order, key=lambda at: lots[at][0]):
        members = list(group)
        size = sum(lots[at][1] for at in members)
        taken = min(left, size)
        for at in members:
            traded[at] = lots[at][1] * taken / size if size else 0.0
        left -= taken
    return tuple(traded)


@lru_cache(maxsize=4096)
def traded_mw(sales: Lots, purchases: Lots) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Traded power of each sale and of each purchase."""
    trade = largest_trade(sales, purchases)
    return _share(sales, trade, 1.0), _share(purchases, trade, -1.0)


def trade(blocks: list[Block]) -> None:
    """Trade between the blocks that are within reach; nobody trades with itself."""
    sellers = [block for block in blocks if block.sells and not block.out_of_reach]
    buyers = [block for block in blocks if not block.sells]
    sold, bought = traded_mw(_lots(sellers), _lots(buyers))
    for block, mw in zip(sellers + buyers, sold + bought, strict=True):
        block.traded_mw = mw
    for seller in sellers:
        for buyer in buyers:
            if seller.owner == buyer.owner and seller.price == buyer.price:
                both = min(seller.traded_mw, buyer.traded_mw)
                seller.traded_mw -= both
                buyer.traded_mw -= both


def _lots(blocks: list[Block]) -> Lots:
    return tuple((block.price, block.mw) for block in blocks)


@lru_cache(maxsize=4096)
def welfare_usd_per_h(sales: Lots, purchases: Lots) -> float:
    """Value of all purchases that are served, less the cost of the sales."""
    sold, bought = traded_mw(sales, purchases)
    paid = sum(mw * lot[0] for mw, lot in zip(bought, purchases, strict=True))
    return paid - sum(mw * lot[0] for mw, lot in zip(sold, sales, strict=True))
