"""The residual, held against clearings in which the power of the plant is varied."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, nextafter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import load, site, source

from sim.bus.bus import Bus
from sim.bus.clearing import clear
from sim.plant.missed import Missed
from sim.plant.residual import Residual

PLENTY_MW = 1e6


@dataclass
class Others:
    """Offers and bids of all but the plant: (price, MW)."""

    offers: list[tuple[float, float]]
    bids: list[tuple[float, float]]

    def used_mw(self, usd_per_mwh: float, mw: float) -> float:
        """What a clearing takes of a plant of this power at this price, before others of the same price."""
        return clear([(nextafter(usd_per_mwh, -inf), mw), *self.offers], self.bids).offers_mw[0]

    def cost_usd_per_h(self, plant_mw: float) -> float:
        """Cost of all others beside a plant whose power is free, demand given up included."""
        found = clear([(0.0, plant_mw), *self.offers], self.bids)
        offered = sum(price * mw for (price, _), mw in zip(self.offers, found.offers_mw[1:], strict=True))
        given_up = sum(price * (mw - got) for (price, mw), got in zip(self.bids, found.bids_mw, strict=True))
        return offered + given_up

    def value_usd_per_h(self, plant_mw: float) -> float:
        return self.cost_usd_per_h(0.0) - self.cost_usd_per_h(plant_mw)


@dataclass
class Plant:
    """A settled site with the plant in it."""

    bus: Bus
    delivered_mw: float
    first: int
    blocks: list[float] = field(default_factory=list)

    def residual(self, coming_mw: float = 0.0) -> Residual:
        return Residual(self.bus, self.first, len(self.blocks), coming_mw)


def settled(others: Others, blocks: list[tuple[float, float]], before: int = 0) -> Plant:
    """A site after its first settlement; the plant's offers stand after some of the others."""
    here = site()
    for at, (price, mw) in enumerate(others.offers[:before]):
        source(here, mw, price, f"before{at}")
    terminal = here.terminal("plant")
    own = [terminal.offer(price) for price, _ in blocks]
    for block, (_, mw) in zip(own, blocks, strict=True):
        block.state(mw)
    for at, (price, mw) in enumerate(others.offers[before:]):
        source(here, mw, price, f"source{at}")
    for at, (worth, mw) in enumerate(others.bids):
        load(here, mw, worth, f"load{at}")
    here.advance()
    delivered_mw = sum(block.accepted_mw for block in own)
    return Plant(here.bus, delivered_mw, own[0].at, [mw for _, mw in blocks])


PRICES = st.integers(-4, 16).map(lambda step: 10.0 * step)
WORTHS = st.integers(0, 20).map(lambda step: 10.0 * step)
SIZES = st.one_of(st.just(0.0), st.floats(0.1, 100.0))
LADDERS = st.builds(
    Others,
    st.lists(st.tuples(PRICES, SIZES), max_size=5),
    st.lists(st.tuples(WORTHS, SIZES), max_size=4),
)
# must-run power below all others, and power at a price of its own
PLANTS = st.tuples(SIZES, SIZES, st.integers(-4, 16)).map(
    lambda found: [(-500.0, found[0]), (10.0 * found[2] + 5.0, found[1])]
)


@settings(max_examples=300)
@given(others=LADDERS, blocks=PLANTS, before=st.integers(0, 5), power_mw=st.floats(0.0, 300.0))
def test_the_value_of_a_power_is_what_the_rest_of_the_site_costs_less(
    others: Others, blocks: Any, before: int, power_mw: float
) -> None:
    """Power that the rest would only be paid to take back is worth nothing: the plant can dump its own."""
    found = settled(others, blocks, before).residual().value_usd_per_h(power_mw)
    assert found == pytest.approx(others.value_usd_per_h(power_mw), rel=1e-9, abs=1e-6)


@settings(max_examples=200)
@given(others=LADDERS, blocks=PLANTS, price=st.integers(0, 20))
def test_the_power_above_a_price_is_what_a_clearing_takes_at_that_price(
    others: Others, blocks: Any, price: int
) -> None:
    above = 10.0 * price + 5.0  # no other has this price
    found = settled(others, blocks).residual().power_mw(above)
    assert found == pytest.approx(others.used_mw(above, PLENTY_MW), rel=1e-9, abs=1e-9)


@settings(max_examples=200)
@given(
    others=LADDERS, blocks=PLANTS, coming_mw=st.floats(0.0, 150.0), more_mw=st.floats(0.0, 200.0),
    share=st.floats(0.0, 1.0),
)  # fmt: skip
def test_power_on_its_way_displaces_the_most_expensive_before_the_plant_does(
    others: Others, blocks: Any, coming_mw: float, more_mw: float, share: float
) -> None:
    """It comes on top of what the plant delivers, whose value it leaves."""
    plant = settled(others, blocks)
    residual, now_mw = plant.residual(coming_mw), plant.delivered_mw
    least = residual.value_usd_per_h(share * now_mw)
    assert least == pytest.approx(others.value_usd_per_h(share * now_mw), rel=1e-9, abs=1e-6)
    more = residual.value_usd_per_h(now_mw + more_mw) - residual.value_usd_per_h(now_mw)
    both, coming = now_mw + coming_mw + more_mw, now_mw + coming_mw
    expected = others.value_usd_per_h(both) - others.value_usd_per_h(coming)
    assert more == pytest.approx(expected, rel=1e-9, abs=1e-5)


@settings(max_examples=200)
@given(others=LADDERS, blocks=PLANTS, price=st.integers(-4, 20))
def test_a_unit_misses_what_a_clearing_without_its_limit_takes_beyond_what_it_makes(
    others: Others, blocks: Any, price: int
) -> None:
    cost = 10.0 * price + 5.0
    own = [(-500.0, blocks[0][1]), (cost, 0.0)]  # its must-run power, and no more within reach
    plant = settled(others, own)
    least_mw = min(blocks[0][1], sum(mw for _, mw in others.bids))
    assert plant.delivered_mw == pytest.approx(least_mw)
    wanted_mw = others.used_mw(cost, PLENTY_MW)
    made_mw = blocks[0][1]  # what is not taken is dumped
    assert max(0.0, made_mw + Missed(plant.bus, cost).mw()) == pytest.approx(wanted_mw, rel=1e-9, abs=1e-6)


def test_the_value_of_each_megawatt_by_hand() -> None:
    # 30 MW of load; the plant delivers 5 MW at 20, `cheap` 10 of 10 at 10, `dear` 13 of 20 at 50, and a tram
    # gives up its 2 MW at 40
    others = Others(offers=[(10.0, 10.0), (50.0, 20.0)], bids=[(5000.0, 28.0), (40.0, 2.0)])
    residual = settled(others, [(20.0, 5.0)]).residual()
    # without the plant `dear` gives 5 MW more: 18 MW at 50; then the tram at 40, then `cheap`; the rest is
    # worth nothing
    assert residual.value_usd_per_h(18.0) == pytest.approx(18 * 50)
    assert residual.value_usd_per_h(20.0) == pytest.approx(18 * 50 + 2 * 40)
    assert residual.value_usd_per_h(30.0) == pytest.approx(18 * 50 + 2 * 40 + 10 * 10)
    assert residual.value_usd_per_h(99.0) == residual.value_usd_per_h(30.0)
    assert (residual.power_mw(45.0), residual.power_mw(40.0), residual.power_mw(5.0)) == (18.0, 18.0, 30.0)


def test_unused_power_of_the_same_cost_is_not_power_made_in_vain() -> None:
    here = site()
    source(here, 10.0, 20.0, "cheap")
    source(here, 10.0, 30.0, "peer")
    load(here, 15.0)
    here.advance()
    # 5 MW of `peer` are not used: they would replace a unit that costs 31 USD/MWh, but not one that costs 30
    assert Missed(here.bus, 31.0).mw() == -5.0
    assert Missed(here.bus, 30.0).mw() == 0.0


def test_power_that_another_cannot_reduce_fast_enough_is_not_displaced() -> None:
    here = site()
    bound = source(here, 10.0, -60.0, "falling")
    bound.cost = 60.0
    plant = source(here, 0.0, 30.0, "plant")
    source(here, 10.0, 50.0, "dear")
    load(here, 15.0)
    here.advance()
    residual = Residual(here.bus, plant.at, 1, 0.0)
    assert residual.value_usd_per_h(15.0) == pytest.approx(5 * 50)
    # but it is power that a unit of 30 USD/MWh would make in its place as soon as it can be reduced
    assert Missed(here.bus, 30.0).mw() == pytest.approx(15.0)
