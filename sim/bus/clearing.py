"""The clearing of a price ladder, as a pure function of numbers.

Offers and bids are sorted into one ladder by price. The need is the sum of all bids. It is filled from the
cheapest block upward: an offer supplies power, a bid gives up its own demand at its bid price. The cheapest
offers therefore serve the highest bids, and the lowest bids are shed when offers run out. A solution always
exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import fsum, inf

ROUNDING = 1e-13
"""Share of the need below which a remainder is rounding error."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Blocks in the order in which they are used.

    Blocks are numbered offers first, then bids.

    Attributes:
        order: Block numbers, cheapest first. At equal prices offers precede bids, so that a bid is served
            by an offer of the same price.
        shared: For each block with the same price and side as others, the numbers of all of them.
    """

    order: tuple[int, ...]
    shared: dict[int, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clearing:
    """The result of a clearing.

    Attributes:
        offers_mw: Power taken from each offer.
        bids_mw: Power given to each bid.
        price_usd_per_mwh: Price of the marginal block: the cost of one more MW.
    """

    offers_mw: tuple[float, ...]
    bids_mw: tuple[float, ...]
    price_usd_per_mwh: float


@lru_cache(maxsize=256)
def rank(offer_prices: tuple[float, ...], bid_prices: tuple[float, ...]) -> Ladder:
    """Sort blocks into a ladder; cached, because a tariff has few distinct prices.

    Args:
        offer_prices: Price of each offer [USD/MWh]; an infinite price means not for sale.
        bid_prices: Worth of each bid [USD/MWh].
    """
    prices = [*offer_prices, *bid_prices]
    first_bid = len(offer_prices)
    for_sale = [at for at, price in enumerate(prices) if price < inf]
    order = sorted(for_sale, key=prices.__getitem__)  # stable: at one price offers stay before bids
    shared: dict[int, list[int]] = {}
    group: list[int] = []
    for at in order:
        if group and prices[at] == prices[group[0]] and (at < first_bid) == (group[0] < first_bid):
            group.append(at)
            shared[group[0]] = shared[at] = group
        else:
            group = [at]
    return Ladder(tuple(order), shared)


def fill(ladder: Ladder, mw: Sequence[float], need_mw: float) -> tuple[list[float], int]:
    """Fill the need from the bottom of the ladder.

    Blocks of equal price and side share in proportion to their size, so that their order has no effect.

    Args:
        ladder: Order of use.
        mw: Size of each block, offers first, then bids.
        need_mw: Sum of the bids.

    Returns:
        The used part of each block [MW] (for a bid the demand given up), and the number of the marginal
        block, -1 for an empty ladder.
    """
    used_mw = [0.0] * len(mw)
    left = need_mw
    at = -1
    for at in ladder.order:
        size = mw[at]
        if size >= left:
            break
        used_mw[at] = size
        left -= size
    else:
        return used_mw, at
    if left <= ROUNDING * need_mw:
        at, left = _margin(ladder, mw, at), 0.0
    if at in ladder.shared and need_mw:
        group = ladder.shared[at]
        left += fsum([used_mw[other] for other in group])
        share = min(1.0, left / fsum([mw[other] for other in group]))
        for other in group:
            used_mw[other] = mw[other] * share
    elif left:
        used_mw[at] = left
    return used_mw, at


def _margin(ladder: Ladder, mw: Sequence[float], following: int) -> int:
    """The marginal block if the need ends at the end of a block: the last one used, or else the first one."""
    sized = [at for at in ladder.order if mw[at]]
    used = [at for at in ladder.order[: ladder.order.index(following)] if mw[at]]
    return used[-1] if used else sized[0] if sized else following


def clear(offers: Sequence[tuple[float, float]], bids: Sequence[tuple[float, float]]) -> Clearing:
    """Match the cheapest offers with the highest bids until the prices cross.

    Args:
        offers: Price [USD/MWh] and power [MW] of each offer.
        bids: Worth [USD/MWh] and power [MW] of each bid.
    """
    ladder = rank(tuple(price for price, _ in offers), tuple(price for price, _ in bids))
    mw = [size for _, size in (*offers, *bids)]
    used_mw, margin = fill(ladder, mw, fsum(mw[len(offers) :]))
    taken = [size - back for size, back in zip(mw, used_mw, strict=True)]
    price = (*offers, *bids)[margin][0] if margin >= 0 else 0.0
    return Clearing(tuple(used_mw[: len(offers)]), tuple(taken[len(offers) :]), price)
