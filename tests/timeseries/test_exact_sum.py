"""The exact sum has the bits of `math.fsum`."""

from __future__ import annotations

from math import fsum

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.timeseries.exact_sum import ExactSum, exact, total

NUMBERS = st.floats(-1e250, 1e250, allow_nan=False, width=64)


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
@example([1e16, 1.0, -1e16, -1.0, 1e-300])  # nothing is left in between
@example([1e16, 1.0, 1e-16, 1e-33, 1e-50])  # more than three numbers hold
@example([1.0, 2.0**-60, 2.0**-120, -1.0, -(2.0**-60)])
@example([0.1] * 10)
@example([])
def test_it_is_the_sum_rounded_once(numbers: list[float]) -> None:
    found = ExactSum()
    for _ in range(2):  # clearing leaves nothing behind
        found.clear()
        for number in numbers:
            found.add(number)
        assert found.total() == fsum(numbers)
    assert total(np.array(numbers, dtype=float)) == exact(np.array(numbers, dtype=float)) == fsum(numbers)


@pytest.mark.parametrize("lowest", [-100.0, -200.0, -300.0, -690.0])
def test_numbers_of_all_sizes_have_room(lowest: float) -> None:
    """They need hundreds of partial sums, which do not overlap but are not dense either."""
    numbers = np.exp(np.linspace(lowest, 3.0, 1000))
    for one in (numbers, numbers[::-1], np.random.default_rng(1).permutation(numbers)):
        found = ExactSum()
        for number in one.tolist():
            found.add(number)
        assert found.total() == exact(one) == fsum(one)


def test_the_order_has_no_effect() -> None:
    numbers = [0.1 * 3**power for power in range(-20, 20)]
    found = set()
    for ordered in (numbers, numbers[::-1], sorted(numbers, key=lambda one: one % 0.7)):
        one = ExactSum()
        for number in ordered:
            one.add(number)
        found.add(one.total())
    assert len(found) == 1


def test_the_energies_of_a_year_are_added_exactly() -> None:
    mwh = np.random.default_rng(1).random(8760) * np.geomspace(1e-6, 1e3, 8760)
    assert exact(mwh) == exact(mwh[::-1]) == fsum(mwh)
