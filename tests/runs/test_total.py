"""The total has the bits of `math.fsum`, in compiled code too."""

from __future__ import annotations

from math import fsum

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.runs.total import exact, total

ENERGIES = st.one_of(
    st.floats(0.0, 1e3), st.floats(-1e250, 1e250), st.sampled_from([0.1, -0.1, 1e16, -1e16, 1.0])
)


@settings(max_examples=1000)
@given(st.lists(ENERGIES, max_size=60))
@example([1e16, 1.0, 1e-16])  # a half that is decided by what is below it
@example([1e16, 1.0, -1e-16])
@example([1e16, 1.0, 1.0, 1e-300])
@example([0.1] * 10)
@example([])
def test_it_is_the_sum_rounded_once(numbers: list[float]) -> None:
    assert total(np.array(numbers, dtype=float)) == fsum(numbers)
    assert exact(np.array(numbers, dtype=float)) == fsum(numbers)


def test_the_energies_of_a_year_are_added_exactly() -> None:
    mwh = np.random.default_rng(1).random(8760) * np.geomspace(1e-6, 1e3, 8760)
    assert exact(mwh) == exact(mwh[::-1]) == fsum(mwh)
