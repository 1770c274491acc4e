"""The exact sum has the bits of `math.fsum`."""

from __future__ import annotations

from math import fsum

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.bus.exact_sum import ExactSum

NUMBERS = st.floats(-1e250, 1e250, allow_nan=False, width=64)


@pytest.fixture
def settlement() -> None:
    """No bus is here: each test runs once."""


@settings(max_examples=1000)
@given(
    st.lists(
        st.one_of(NUMBERS, st.floats(-1e3, 1e3), st.sampled_from([0.1, -0.1, 1e16, -1e16, 1.0])), max_size=60
    )
)
@example([1e16, 1.0, 1e-16])  # a half that is decided by what is below it
@example([1e16, 1.0, -1e-16])
@example([-1e16, -1.0, -1e-16])
@example([1e16, 1.0, 1.0, 1e-300])
@example([0.1] * 10)
@example([])
def test_it_is_the_sum_rounded_once(numbers: list[float]) -> None:
    total = ExactSum()
    for _ in range(2):  # clearing leaves nothing behind
        total.clear()
        for number in numbers:
            total.add(number)
        assert total.total() == fsum(numbers)


def test_the_order_has_no_effect() -> None:
    numbers = [0.1 * 3**power for power in range(-20, 20)]
    found = set()
    for ordered in (numbers, numbers[::-1], sorted(numbers, key=lambda one: one % 0.7)):
        total = ExactSum()
        for number in ordered:
            total.add(number)
        found.add(total.total())
    assert len(found) == 1
