"""The ramp-up: the energy of a straight line, in daily steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.timeseries.ramp_up import ramp_up

DAY = 86400.0


def test_each_day_has_the_mean_of_its_line() -> None:
    made = ramp_up(4 * DAY, 0.0, 3.0, 30.0)
    assert [made.value_at(DAY * day) for day in range(4)] == pytest.approx([5.0, 15.0, 25.0, 30.0])


def test_without_a_duration_it_is_a_step() -> None:
    made = ramp_up(4 * DAY, 1.5, 0.0, 30.0)
    assert (made.value_at(1.49 * DAY), made.value_at(1.5 * DAY)) == (0.0, 30.0)
    assert ramp_up(4 * DAY, -1.0, 0.0, 30.0).value_at(0.0) == 30.0
    assert ramp_up(4 * DAY, 9.0, 0.0, 30.0).value_at(3 * DAY) == 0.0


@given(st.floats(0.01, 60.0), st.floats(-100.0, 100.0), st.one_of(st.just(0.0), st.floats(1e-4, 90.0)))
def test_the_energy_is_that_of_the_line(days: float, start_d: float, duration_d: float) -> None:
    made = ramp_up(days * DAY, start_d, duration_d, 10.0)

    def integral_d(at_d: float) -> float:
        """Of the share, from its beginning [d]."""
        into_d = max(at_d - start_d, 0.0)
        if into_d <= duration_d:
            return into_d**2 / (2.0 * duration_d) if duration_d else 0.0
        return duration_d / 2.0 + into_d - duration_d

    expected = 10.0 * (integral_d(days) - integral_d(0.0))
    assert made.integral(0.0, days * DAY) / DAY == pytest.approx(expected, rel=1e-9, abs=1e-9)
