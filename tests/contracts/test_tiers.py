"""Tiers: an amount divided among rates, from what came before it on."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.contracts.tiers import Tiers, joined

THREE = Tiers((100.0, 300.0, inf), (1.0, 2.0, 3.0))
AMOUNTS = st.lists(st.floats(0.0, 1000.0), min_size=1, max_size=20)


@st.composite
def tiers(draw: st.DrawFn) -> Tiers:
    """One to five tiers."""
    ends = sorted(draw(st.lists(st.integers(1, 900), max_size=4, unique=True)))
    return Tiers((*map(float, ends), inf), tuple(float(at) for at in range(len(ends) + 1)))


def test_one_rate_holds_for_any_amount() -> None:
    flat = Tiers.flat(42.0)
    assert (flat.until, flat.usd) == ((inf,), (42.0,))
    assert flat.parts(np.array([0.0, 1e9]), np.array([7.0, 1e6])).tolist() == [[7.0, 1e6]]


def test_an_amount_is_divided_where_a_tier_ends() -> None:
    # 0 to 350: 100, 200 and 50; 50 to 150: 50 below 100 and 50 above; 250 to 350; 400 to 410
    parts = THREE.parts(np.array([0.0, 50.0, 250.0, 400.0]), np.array([350.0, 100.0, 100.0, 10.0]))
    assert parts.tolist() == [[100.0, 50.0, 0.0, 0.0], [200.0, 50.0, 50.0, 0.0], [50.0, 0.0, 50.0, 10.0]]


def test_what_reaches_the_end_of_a_tier_exactly_leaves_nothing_for_the_next() -> None:
    parts = THREE.parts(np.array([0.0, 100.0]), np.array([100.0, 200.0]))
    assert parts.tolist() == [[100.0, 0.0], [0.0, 200.0], [0.0, 0.0]]


def test_the_ends_of_tiers_are_scaled_for_each_amount_or_for_all() -> None:
    two = Tiers((2.0, inf), (1.0, 2.0))
    nothing, ten = np.zeros(2), np.array([10.0, 10.0])
    assert two.parts(nothing, ten, np.array([1.0, 3.0])).tolist() == [[2.0, 6.0], [8.0, 4.0]]
    assert two.parts(nothing, ten, 4.0).tolist() == [[8.0, 8.0], [2.0, 2.0]]
    assert two.parts(nothing, ten, 0.0).tolist() == [[0.0, 0.0], [10.0, 10.0]]


def test_dividing_leaves_the_amounts_as_they_are() -> None:
    before, amount = np.array([50.0]), np.array([300.0])
    THREE.parts(before, amount)
    assert (before.tolist(), amount.tolist()) == ([50.0], [300.0])


def test_a_tier_has_a_label_if_there_are_several() -> None:
    assert [THREE.label(tier) for tier in range(3)] == ["tier 1", "tier 2", "tier 3"]
    assert Tiers.flat(1.0).label(0) == ""


def test_only_texts_that_say_something_are_joined() -> None:
    assert joined("period 2", "", "tier 1") == "period 2, tier 1"
    assert joined("", "") == ""


@given(tiers(), AMOUNTS, st.floats(0.0, 1000.0), st.floats(0.0, 10.0))
def test_the_parts_of_an_amount_are_the_whole_amount(
    some: Tiers, amounts: list[float], before: float, scale: float
) -> None:
    amount = np.array(amounts)
    parts = some.parts(np.full(len(amount), before), amount, scale)
    assert (parts >= 0.0).all()
    assert parts.sum(axis=0) == pytest.approx(amount, rel=1e-12, abs=1e-12)


@given(tiers(), AMOUNTS)
def test_amounts_one_after_the_other_are_divided_like_their_sum(some: Tiers, amounts: list[float]) -> None:
    amount = np.array(amounts)
    running = np.append(0.0, np.cumsum(amount))
    one_by_one = some.parts(running[:-1], amount).sum(axis=1)
    at_once = some.parts(np.zeros(1), running[-1:])[:, 0]
    assert one_by_one == pytest.approx(at_once, rel=1e-9, abs=1e-9)
