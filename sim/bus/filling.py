"""The filling: a price ladder filled over and over, as flat numbers.

Compiled if a C compiler is at hand, like `stretch`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import inf

from sim.bus.clearing import ROUNDING
from sim.bus.numbers import Flat, Numbers
from sim.timeseries.exact_sum import ExactSum

_LEAST_PU = ROUNDING
_NOT_FOR_SALE = inf


class Filling:
    """Fills a ladder like `clearing.fill`, with the same bits, in arrays of its own.

    Attributes:
        blocks: Number of blocks, offers first, then bids.
        sizes: The arrays `mw` and `used_mw`, for Python.
        uses: See `sizes`.
        mw: Size of each block.
        used_mw: Used part of each block: of a bid the demand that is given up.
        price: Price of each block [USD/MWh].
        crossed: Number of pairs of an offer and a bid of one participant that could trade at these prices.
    """

    def __init__(self, blocks: int, both_sides: Sequence[tuple[int, int]] = ()) -> None:
        """Begin with blocks without size.

        Args:
            blocks: Number of blocks.
            both_sides: Places of an offer and of a bid of one participant.
        """
        self.blocks = blocks
        self._both = array("q", [at for both in both_sides for at in both])
        self._crossed = array("q", self._both)
        self._pairs, self.crossed = len(both_sides), 0
        self.write_to(array("d", bytes(8 * blocks)), array("d", bytes(8 * blocks)))
        self.price = array("d", bytes(8 * blocks))
        self._order = array("q", range(blocks))
        self._group = array("q", bytes(8 * blocks))
        self._group_start = array("q", bytes(8 * (blocks + 1)))
        self._sharing = array("q", bytes(8 * blocks))
        self._order_count = 0
        self._sum = ExactSum()
        self.mask(())

    def write_to(self, mw: Flat, used_mw: Flat) -> None:
        """Keep the sizes and the used parts in other arrays from now on."""
        self.sizes = self.mw = mw
        self.uses = self.used_mw = used_mw

    def mask(self, places: Sequence[int]) -> None:
        """Let blocks count as zero from now on, and no others."""
        self._masked = array("q", places)
        self._masked_count = len(places)

    def rank(self, numbers: Numbers) -> None:
        """Sort the ladder by the prices of now, and find the blocks that share (see `clearing.rank`)."""
        numbers.price()
        for at in range(self.blocks):
            self.price[at] = numbers.prices[at]
            self._group[at] = -1
        for step in range(1, self.blocks):  # nearly sorted already: prices change a little at a time
            at, back = self._order[step], step - 1
            while back >= 0 and self._precedes(at, self._order[back]):
                self._order[back + 1] = self._order[back]
                back -= 1
            self._order[back + 1] = at
        self._order_count = self.blocks
        while self._order_count and self.price[self._order[self._order_count - 1]] == _NOT_FOR_SALE:
            self._order_count -= 1
        self._find_groups(numbers.first_bid)
        self._find_crossed()

    def _precedes(self, at: int, other: int) -> bool:
        """Whether a block is used before another one: at one price offers precede bids."""
        if self.price[at] != self.price[other]:
            return self.price[at] < self.price[other]
        return at < other

    def _find_groups(self, first_bid: int) -> None:
        """Find the blocks of equal price and side, which follow each other in the ladder."""
        groups = members = begin = 0
        for end in range(1, self._order_count + 1):
            first = self._order[begin]
            if end < self._order_count:
                at = self._order[end]
                if self.price[at] == self.price[first] and (at < first_bid) == (first < first_bid):
                    continue
            if end - begin > 1:
                self._group_start[groups] = members
                for step in range(begin, end):
                    self._group[self._order[step]] = groups
                    self._sharing[members] = self._order[step]
                    members += 1
                groups += 1
            begin = end
        self._group_start[groups] = members

    def _find_crossed(self) -> None:
        """Find participants that could trade with themselves."""
        self.crossed = 0
        for pair in range(self._pairs):
            sell, buy = self._both[2 * pair], self._both[2 * pair + 1]
            if self.price[buy] >= self.price[sell]:
                self._crossed[2 * self.crossed] = sell
                self._crossed[2 * self.crossed + 1] = buy
                self.crossed += 1

    def part(self) -> bool:
        """Take back what participants would trade with themselves; whether they would do so at one price."""
        for at in range(self.crossed):
            sell, buy = self._crossed[2 * at], self._crossed[2 * at + 1]
            if self.mw[sell] and self.mw[buy]:
                if self.price[buy] > self.price[sell]:
                    return False
                both_mw = self.mw[buy] - self.used_mw[buy]
                if self.used_mw[sell] <= both_mw:
                    both_mw = self.used_mw[sell]
                self.used_mw[sell] -= both_mw
                self.used_mw[buy] += both_mw
        return True

    def take(self, numbers: Numbers) -> float:
        """Take the sizes of all blocks from a bus; the sum of the bids."""
        first = numbers.first_bid
        for at in range(first):
            self.mw[at] = numbers.offered[at]
        for at in range(first, numbers.blocks):
            self.mw[at] = numbers.wanted[at - first]
        for at in range(self._masked_count):
            self.mw[self._masked[at]] = 0.0
        return self._sum.over(self.mw, first, numbers.blocks)

    def fill(self, need_mw: float) -> int:
        """Fill the need from the bottom of the ladder (see `clearing.fill`); the marginal block."""
        for at in range(self.blocks):
            self.used_mw[at] = 0.0
        left_mw = need_mw
        step, place = 0, -1
        while step < self._order_count:
            place = self._order[step]
            if self.mw[place] >= left_mw:
                break
            self.used_mw[place] = self.mw[place]
            left_mw -= self.mw[place]
            step += 1
        if step == self._order_count:
            return place
        if left_mw <= _LEAST_PU * need_mw:
            place, left_mw = self._margin(step), 0.0
        if self._group[place] >= 0 and need_mw:
            self._share(self._group[place], left_mw)
        elif left_mw:
            self.used_mw[place] = left_mw
        return place

    def _margin(self, step: int) -> int:
        """The marginal block if the need ends at the end of a block: the last one used, or the first one."""
        for back in range(step - 1, -1, -1):
            if self.mw[self._order[back]]:
                return self._order[back]
        for ahead in range(self._order_count):
            if self.mw[self._order[ahead]]:
                return self._order[ahead]
        return self._order[step]

    def _share(self, group: int, left_mw: float) -> None:
        """Let blocks of equal price and side share in proportion to their size."""
        first, last = self._group_start[group], self._group_start[group + 1]
        self._sum.clear()
        for at in range(first, last):
            self._sum.add(self.used_mw[self._sharing[at]])
        left_mw += self._sum.total()
        self._sum.clear()
        for at in range(first, last):
            self._sum.add(self.mw[self._sharing[at]])
        share = left_mw / self._sum.total()
        if not share < 1.0:
            share = 1.0
        for at in range(first, last):
            self.used_mw[self._sharing[at]] = self.mw[self._sharing[at]] * share

    def balances(self, need_mw: float, slack_mw: float) -> bool:
        """Whether what is used is the need."""
        sum_mw = 0.0
        for at in range(self.blocks):
            sum_mw += self.used_mw[at]
        return -slack_mw <= sum_mw - need_mw and sum_mw - need_mw <= slack_mw
