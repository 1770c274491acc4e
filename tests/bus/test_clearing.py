"""The laws of the clearing, against the linear program it stands for."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.bus.clearing import Clearing, clear, fill, rank

PRICES = st.sampled_from([-200.0, -5.0, 0.0, 20.0, 60.0, 60.5, 5000.0])
SIZES = st.one_of(
    st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0, 7.0]), st.floats(0.0, 500.0, allow_subnormal=False)
)
BLOCKS = st.lists(st.tuples(PRICES, SIZES), max_size=8)
Blocks = list[tuple[float, float]]


@pytest.fixture
def settlement() -> None:
    """No bus is here: each test runs once."""


def welfare(offers: Blocks, bids: Blocks, cleared: Clearing) -> float:
    """What served demand is worth less what its supply costs."""
    worth = sum(price * mw for (price, _), mw in zip(bids, cleared.bids_mw, strict=True))
    return worth - sum(price * mw for (price, _), mw in zip(offers, cleared.offers_mw, strict=True))


@settings(max_examples=300)
@given(BLOCKS, BLOCKS)
def test_clearing_reaches_the_optimum_of_the_linear_program(offers: Blocks, bids: Blocks) -> None:
    from scipy.optimize import linprog

    cleared = clear(offers, bids)
    reached = welfare(offers, bids, cleared)
    if not offers + bids:
        assert reached == 0.0
        return
    costs = [price for price, _ in offers] + [-price for price, _ in bids]
    balance = [[1.0] * len(offers) + [-1.0] * len(bids)]
    program = linprog(costs, A_eq=balance, b_eq=[0.0], bounds=[(0.0, mw) for _, mw in offers + bids])
    assert program.status == 0
    # what is accepted or not at a price of nobody's gain is worth the same either way
    assert reached == pytest.approx(-program.fun, rel=1e-9, abs=1e-5)


@given(BLOCKS, BLOCKS)
def test_what_is_given_is_taken_and_nobody_gives_or_takes_more_than_stated(
    offers: Blocks, bids: Blocks
) -> None:
    cleared = clear(offers, bids)
    wanted = sum(mw for _, mw in bids)
    assert sum(cleared.offers_mw) == pytest.approx(sum(cleared.bids_mw), abs=1e-12 * wanted)
    for (_, stated), mw in zip(offers + bids, cleared.offers_mw + cleared.bids_mw, strict=True):
        assert 0.0 <= mw <= stated


@given(BLOCKS, BLOCKS)
def test_no_accepted_offer_is_dearer_than_an_accepted_bid(offers: Blocks, bids: Blocks) -> None:
    cleared = clear(offers, bids)
    rounding = 1e-12 * (1.0 + sum(mw for _, mw in bids))
    sold = [price for (price, _), mw in zip(offers, cleared.offers_mw, strict=True) if mw > rounding]
    bought = [price for (price, _), mw in zip(bids, cleared.bids_mw, strict=True) if mw > rounding]
    assert max(sold, default=-inf) <= min(bought, default=inf)
    idle = [p for (p, mw), got in zip(offers, cleared.offers_mw, strict=True) if mw - got > rounding]
    short = [p for (p, mw), got in zip(bids, cleared.bids_mw, strict=True) if mw - got > rounding]
    assert max(short, default=-inf) < min(idle, default=inf)


@given(BLOCKS, BLOCKS, st.randoms(use_true_random=False))
@example([(20.0, 0.1), (20.0, 0.2)], [(60.0, 0.1), (60.0, 0.2)], None)
def test_the_order_in_which_blocks_are_stated_never_matters(
    offers: Blocks, bids: Blocks, luck: object
) -> None:
    sells, buys = list(range(len(offers))), list(range(len(bids)))
    if luck is None:
        sells.reverse()
        buys.reverse()
    else:
        luck.shuffle(sells)  # type: ignore[attr-defined] - hypothesis gives a Random
        luck.shuffle(buys)  # type: ignore[attr-defined] - as above
    first = clear(offers, bids)
    other = clear([offers[at] for at in sells], [bids[at] for at in buys])
    rounding = 1e-12 * (1.0 + sum(mw for _, mw in bids))
    assert np.array(first.offers_mw)[sells] == pytest.approx(np.array(other.offers_mw), abs=rounding)
    assert np.array(first.bids_mw)[buys] == pytest.approx(np.array(other.bids_mw), abs=rounding)


@given(BLOCKS, BLOCKS)
def test_equal_prices_share_in_proportion_to_size(offers: Blocks, bids: Blocks) -> None:
    cleared = clear(offers, bids)
    rounding = 1e-12 * (1.0 + sum(mw for _, mw in bids))
    for side, taken in ((offers, cleared.offers_mw), (bids, cleared.bids_mw)):
        for price, mw in side:
            same = [(size, got) for (p, size), got in zip(side, taken, strict=True) if p == price]
            whole = sum(size for size, _ in same)
            if whole:
                share = sum(got for _, got in same) / whole
                assert [got for _, got in same] == pytest.approx(
                    [size * share for size, _ in same], abs=rounding + 1e-9 * mw
                )


def test_offers_of_one_price_share_even_where_rounding_ends_the_need_between_them() -> None:
    # 0.1 + 0.2 is 0.30000000000000004: the need ends 4e-17 MW after the first offer
    cleared = clear([(20.0, 0.3), (20.0, 0.6)], [(60.0, 0.1), (60.0, 0.2)])
    assert cleared.offers_mw == pytest.approx((0.1, 0.2), rel=1e-12)  # 0.3 MW over 0.9 MW: a third of each
    assert cleared.price_usd_per_mwh == 20.0


@given(BLOCKS, BLOCKS, st.floats(0.0, 1000.0))
def test_an_offer_at_infinity_is_never_sold(offers: Blocks, bids: Blocks, mw: float) -> None:
    with_it = clear([*offers, (inf, mw)], bids)
    assert with_it.offers_mw[-1] == 0.0
    assert with_it.offers_mw[:-1] == clear(offers, bids).offers_mw


def test_cheap_power_runs_first_and_the_least_valued_demand_is_shed_first() -> None:
    offers = [(60.0, 10.0), (20.0, 4.0)]
    bids = [(5000.0, 8.0), (150.0, 9.0), (10.0, 3.0)]
    cleared = clear(offers, bids)
    assert cleared.offers_mw == (10.0, 4.0)
    assert cleared.bids_mw == (8.0, 6.0, 0.0)  # 14 MW: 8 for the dearest, 6 of 9 for the next
    assert cleared.price_usd_per_mwh == 150.0  # one more MW would serve that bid


def test_an_offer_at_the_price_of_a_bid_is_sold() -> None:
    assert clear([(50.0, 2.0)], [(50.0, 3.0)]).bids_mw == (2.0,)


def test_must_run_power_nobody_wants_is_given_up() -> None:
    cleared = clear([(-200.0, 5.0)], [(5000.0, 1.0), (-50.0, 2.0)])
    assert cleared.offers_mw == (3.0,)  # 1 MW firm and 2 MW of a bid that is paid 50 USD/MWh to take it
    assert cleared.price_usd_per_mwh == -200.0


@pytest.mark.parametrize(
    ("offers", "bids", "price"),
    [
        ([], [], 0.0),
        ([(inf, 3.0)], [], 0.0),
        ([(20.0, 0.0), (30.0, 5.0)], [], 30.0),  # the cheapest block there is; one of no size is none
        ([(20.0, 0.0)], [], 20.0),
        ([(20.0, 0.0), (20.0, 0.0)], [(60.0, 0.0)], 20.0),
        ([], [(5000.0, 3.0)], 5000.0),
        (
            [(20.0, 0.3), (60.0, 9.0)],
            [(5000.0, 0.1), (5000.0, 0.2)],
            20.0,
        ),  # rounding reaches no dearer block
    ],
)
def test_the_price_is_that_of_the_block_at_the_margin(offers: Blocks, bids: Blocks, price: float) -> None:
    assert clear(offers, bids).price_usd_per_mwh == price


def test_a_blackout_of_a_thousand_loads_leaves_nobody_half_served() -> None:
    rng = np.random.default_rng(1)
    bids = [(float(price), float(mw)) for price, mw in rng.random((1000, 2))]
    cleared = clear([], bids)
    assert sum(cleared.bids_mw) <= 1e-12 * sum(mw for _, mw in bids)


def test_the_ladder_is_a_function_of_prices_alone() -> None:
    ladder = rank((60.0, -5.0), (60.0, 5000.0))
    assert ladder.order == (1, 0, 2, 3)  # at one price the offer comes before the bid, which is so served
    given_mw, margin = fill(ladder, [10.0, 2.0, 1.0, 3.0], 4.0)
    assert given_mw == [2.0, 2.0, 0.0, 0.0]
    assert margin == 0
