"""The residual: what the rest of a site would take from a plant, and at which price.

Compiled if a C compiler is at hand, like `bus.stretch`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import fsum, inf

from sim.bus.bus import Bus
from sim.bus.numbers import Numbers

_NOT_FOR_SALE = inf


class Residual:
    """The value of a plant's power to the rest of the site, as a function of the power.

    The first MW replaces the most expensive power that would run without the plant, and so on down the
    ladder. Power that nobody would take is worth nothing.
    """

    def __init__(
        self,
        bus: Bus,
        first: int,
        blocks: int,
        coming_mw: float,
        *,
        stoppable: Sequence[tuple[float, float]] = (),
    ) -> None:
        """Read the last settlement.

        Args:
            bus: The bus.
            first: Number of the first offer of the plant; its offers stand one after the other.
            blocks: Number of its offers.
            coming_mw: Power of others that is on its way; it will displace the most expensive power in use.
            stoppable: Cost and power of units of others that would stop.
        """
        steps = [
            *_replaced(bus, first, blocks),
            *_displaced(bus, first, blocks, coming_mw),
            *stoppable,
        ]
        steps.sort(reverse=True)
        self._usd_per_mwh: list[float] = []
        self._from_mw: list[float] = []
        self._from_usd_per_h: list[float] = []
        at_mw = at_usd_per_h = 0.0
        for usd_per_mwh, mw in steps:
            self._usd_per_mwh.append(usd_per_mwh)
            self._from_mw.append(at_mw)
            self._from_usd_per_h.append(at_usd_per_h)
            at_mw += mw
            at_usd_per_h += usd_per_mwh * mw
        self._most_mw, self._most_usd_per_h = at_mw, at_usd_per_h

    def value_usd_per_h(self, power_mw: float) -> float:
        """Value of a power of the plant."""
        if power_mw >= self._most_mw:
            return self._most_usd_per_h
        at = bisect_right(self._from_mw, power_mw) - 1
        return self._from_usd_per_h[at] + (power_mw - self._from_mw[at]) * self._usd_per_mwh[at]

    def power_mw(self, above_usd_per_mwh: float) -> float:
        """Power whose value is above a price."""
        for at in range(len(self._usd_per_mwh)):
            if self._usd_per_mwh[at] <= above_usd_per_mwh:
                return self._from_mw[at]
        return self._most_mw


def _replaced(bus: Bus, first: int, blocks: int) -> list[tuple[float, float]]:
    """Price and power of what others would give instead of what the plant delivers."""
    left_mw = _delivered_mw(bus.numbers, first, first + blocks)
    if not left_mw:
        return []
    unused = _unused(bus.numbers, first, first + blocks)
    unused.sort()
    steps = []
    for price, mw in unused:
        if mw >= left_mw:
            steps.append((price, left_mw))
            break
        steps.append((price, mw))
        left_mw -= mw
    return steps


def _delivered_mw(numbers: Numbers, first: int, last: int) -> float:
    """Power in use of the blocks from a first one to a last one."""
    found = []
    for at in range(first, last):
        found.append(numbers.used_mw[at])  # noqa: PERF401 - a comprehension has no types
    return fsum(found)


def _unused(numbers: Numbers, first: int, last: int) -> list[tuple[float, float]]:
    """Price and power of what is left of all blocks but those from a first one to a last one."""
    found = []
    for at in range(numbers.blocks):
        if numbers.settled_mw[at] > numbers.used_mw[at] and not first <= at < last:
            price = numbers.prices[at]
            if price < _NOT_FOR_SALE:
                left_mw = numbers.settled_mw[at] - numbers.used_mw[at]
                found.append((price if price > 0.0 else 0.0, left_mw))
    return found


def _displaced(bus: Bus, first: int, blocks: int, coming_mw: float) -> list[tuple[float, float]]:
    """Price and power of what more power of the plant would displace, demand given up included.

    Power that others cannot reduce fast enough is offered below zero: it is not displaced.
    """
    in_use = _in_use(bus.numbers, first, first + blocks)
    in_use.sort(reverse=True)
    steps = []
    for price, mw in in_use:
        left_mw = mw - coming_mw
        coming_mw = max(0.0, coming_mw - mw)
        if left_mw > 0.0:
            steps.append((price, left_mw))
    return steps


def _in_use(numbers: Numbers, first: int, last: int) -> list[tuple[float, float]]:
    """Price and power in use of all blocks but those from a first one to a last one."""
    found = []
    for at in range(numbers.blocks):
        if numbers.used_mw[at] and numbers.prices[at] > 0.0 and not first <= at < last:
            found.append((numbers.prices[at], numbers.used_mw[at]))  # noqa: PERF401 - a comprehension has no types
    return found
