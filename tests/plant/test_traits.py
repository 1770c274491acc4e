"""The traits: what units cost by their power."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.plant.traits import Traits

POINTS_MW, COSTS = [0.0, 4.0, 6.0, 10.0], [50.0, 200.0, 250.0, 500.0]
TRAITS = Traits(
    unit_mw=10.0,
    minimum_pu=0.4,
    start_min=0.0,
    min_up_h=0.0,
    min_down_h=0.0,
    marginal_usd_per_mwh=62.5,
    start_usd=1000.0,
    running=[*zip(POINTS_MW, COSTS, strict=True)],
)


@given(st.floats(-5.0, 15.0) | st.sampled_from(POINTS_MW))
def test_the_running_cost_is_linear_between_its_points_and_constant_beyond(power_mw: float) -> None:
    assert TRAITS.running_usd_per_h(power_mw) == pytest.approx(float(np.interp(power_mw, POINTS_MW, COSTS)))


def test_the_cost_at_full_load_is_that_of_the_rated_power() -> None:
    assert TRAITS.full_usd_per_mwh == 500.0 / 10.0
