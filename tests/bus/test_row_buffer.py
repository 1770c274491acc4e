"""The row buffer: rows that are posted in batches, and the costs that hold in them."""

from __future__ import annotations

import numpy as np

from sim.bus.numbers import Numbers, flat
from sim.bus.row_buffer import RowBuffer


class Prices:
    """What a bus has of two blocks, with prices that a test sets."""

    def __init__(self) -> None:
        self.offered, self.wanted = flat([0.0]), flat([0.0])
        self.offer_prices, self.bid_prices = flat([10.0]), flat([500.0])
        self.offer_costs, self.bid_costs = flat([float("nan")]), flat([400.0])
        self.prices, self.costs = flat([0.0, 0.0]), flat([0.0, 0.0])
        self.settled_mw, self.used_mw = flat([0.0, 0.0]), flat([0.0, 0.0])
        self.gauges, self.turns_s = flat(), flat()


def test_costs_are_noted_from_their_row_on_and_carried_into_the_next_batch() -> None:
    posted: list[tuple[list[int], list[list[float]]]] = []

    def post(_until_s: float) -> None:
        rows, costs = buffer.costs()
        posted.append((rows.tolist(), costs.tolist()))

    bus = Prices()
    numbers = Numbers()
    numbers.fix(bus)
    buffer = RowBuffer(2, 0, 3, post)
    for row in range(5):
        buffer.begin(float(row))
        if row in {0, 2}:
            bus.offer_prices[0] = 10.0 + row
            numbers.price()
            buffer.reprice(numbers)
        buffer.write(float(row), 0.0, bus.settled_mw, bus.used_mw, bus.gauges)
    # an offer costs its price; the bid has a cost of its own
    assert posted == [([0, 2], [[10.0, 12.0], [400.0, 400.0]])]
    rows, costs = buffer.costs()
    assert (rows.tolist(), costs.tolist()) == ([0], [[12.0], [400.0]])
    assert np.array_equal(buffer.written()[0], [3.0, 4.0])


def test_of_two_costs_within_one_row_the_later_holds() -> None:
    bus = Prices()
    numbers = Numbers()
    numbers.fix(bus)
    buffer = RowBuffer(2, 0, 3, lambda _until_s: None)
    buffer.begin(0.0)
    for price in (10.0, 20.0):
        bus.offer_prices[0] = price
        numbers.price()
        buffer.reprice(numbers)
    rows, costs = buffer.costs()
    assert (rows.tolist(), costs.tolist()) == ([0], [[20.0], [400.0]])
