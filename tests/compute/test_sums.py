"""The sums: integrals over time at a constant speed."""

from __future__ import annotations

import pytest

from sim.compute.sums import (
    BUS,
    BUS_DOWN,
    BUS_FIRM,
    BUS_FLEXIBLE,
    DOWN,
    FLEXIBLE,
    HELD,
    IDLE,
    LAG,
    LAG2,
    PAUSED,
    RUN,
    advance,
    zeros,
)


def test_each_integral_is_its_rate_times_the_time() -> None:
    sums = zeros()
    # shares: flexible, firm, idle of those who work, of the paused, of those who are down; overhead 1.5
    advance(sums, 10.0, 0.75, (0.7, 0.9, 0.8, 0.6, 0.4, 1.5))
    assert (sums[RUN], sums[LAG], sums[HELD]) == pytest.approx((7.5, 2.5, 10.0))
    assert (sums[FLEXIBLE], sums[PAUSED], sums[DOWN]) == pytest.approx((7.0, 6.0, 4.0))
    assert sums[IDLE] == pytest.approx(0.8 * 2.5)
    assert [sums[at] for at in (BUS_FLEXIBLE, BUS_FIRM, BUS_DOWN, BUS)] == pytest.approx(
        [1.5 * 7.0, 1.5 * 9.0, 1.5 * 4.0, 15.0]
    )
    assert sums[LAG2] == pytest.approx(2.5 * 10.0 / 2)  # a triangle


def test_time_adds_up_and_the_lag_stands_at_full_speed() -> None:
    sums = zeros()
    advance(sums, 10.0, 0.75, (0.7, 0.9, 0.8, 0.6, 0.4, 1.5))
    advance(sums, 4.0, 1.0, (1.0, 1.0, 1.0, 1.0, 1.0, 1.0))
    assert (sums[RUN], sums[LAG], sums[HELD]) == pytest.approx((11.5, 2.5, 10.0))
    assert sums[LAG2] == pytest.approx(2.5 * 10.0 / 2 + 2.5 * 4.0)
    assert sums[BUS] == pytest.approx(15.0 + 4.0)
