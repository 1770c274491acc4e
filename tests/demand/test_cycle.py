"""Power that repeats itself: means, quantiles, steps and spectrum from the list of its steps."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.demand.cycle import Cycle

SQUARE = Cycle(((5.0, 300.0), (5.0, 100.0)))
THREE = Cycle(((6.0, 300.0), (3.0, 200.0), (1.0, 50.0)))

steps = st.tuples(st.floats(0.01, 100.0), st.floats(0.0, 1000.0))
cycles = st.lists(steps, min_size=1, max_size=12).map(lambda found: Cycle(tuple(found)))


def test_the_mean_is_weighted_by_duration() -> None:
    assert THREE.mean_w == pytest.approx((6 * 300 + 3 * 200 + 1 * 50) / 10)  # 245


def test_rms_is_that_of_the_deviation_from_the_mean() -> None:
    assert SQUARE.rms_w == pytest.approx(100.0)  # always 100 W off 200 W
    assert THREE.rms_w == pytest.approx(sqrt((6 * 55**2 + 3 * 45**2 + 1 * 195**2) / 10))


def test_the_largest_step_may_be_that_from_the_last_to_the_first() -> None:
    assert THREE.largest_step_w == 250.0  # 50 to 300 W
    assert Cycle(((1.0, 100.0),)).largest_step_w == 0.0
    assert (THREE.least_w, THREE.most_w) == (50.0, 300.0)


@pytest.mark.parametrize(
    ("share_pu", "power_w"),
    [(0.0, 50.0), (0.1, 50.0), (0.11, 200.0), (0.4, 200.0), (0.5, 300.0), (1.0, 300.0)],
)
def test_quantiles_are_weighted_by_duration(share_pu: float, power_w: float) -> None:
    assert THREE.quantile_w(share_pu) == power_w  # 50 W for 10 % of the time, 200 W for 30 %


def test_a_square_wave_has_the_odd_harmonics_of_the_textbook() -> None:
    # a square of +-100 W is 4 x 100 / pi x (sin wt + sin(3wt) / 3 + sin(5wt) / 5 + ...)
    assert SQUARE.amplitudes_w(5) == pytest.approx(
        [400 / pi, 0.0, 400 / (3 * pi), 0.0, 400 / (5 * pi)], abs=1e-9
    )


def test_lines_are_periods_with_their_amplitude_the_strongest_first() -> None:
    first, second = SQUARE.lines(2)
    assert first == pytest.approx((10.0, 400 / pi))
    assert second == pytest.approx((10.0 / 3, 400 / (3 * pi)))


def test_constant_power_has_no_lines() -> None:
    assert Cycle(((3.0, 70.0), (7.1, 70.0))).lines() == ()


def test_a_cycle_written_three_times_has_the_same_lines() -> None:
    for found, expected in zip(Cycle(SQUARE.steps * 3).lines(2), SQUARE.lines(2), strict=True):
        assert found == pytest.approx(expected)


def test_energy_is_exact_at_any_time() -> None:
    assert THREE.energy_j(0.0) == 0.0
    assert THREE.energy_j(7.0) == pytest.approx(6 * 300 + 1 * 200)
    assert THREE.energy_j(29.5) == pytest.approx(2 * 2450 + 6 * 300 + 3 * 200 + 0.5 * 50)


def test_steps_are_counted_through_all_cycles() -> None:
    assert [THREE.number_at(time_s) for time_s in (0.0, 5.9, 6.0, 9.0, 10.0, 25.9)] == [0, 0, 1, 2, 3, 6]
    assert [THREE.start_s(number) for number in (0, 1, 2, 3, 7)] == [0.0, 6.0, 9.0, 10.0, 26.0]
    assert [THREE.level_w(number) for number in (0, 2, 3, 7)] == [300.0, 50.0, 300.0, 200.0]


def test_a_slower_cycle_is_longer_and_keeps_its_fixed_power() -> None:
    slow = SQUARE.scaled(0.8, 0.5, fixed_w=60.0)
    assert slow.steps == ((6.25, 180.0), (6.25, 80.0))  # 60 + 240 / 2 and 60 + 40 / 2 W


def test_a_gang_draws_the_power_of_all_its_gpus() -> None:
    assert SQUARE.times(512).steps == ((5.0, 153_600.0), (5.0, 51_200.0))


def test_pauses_count_with_their_share_of_the_time() -> None:
    # 10 s of pause after each 100 s of work: 1 s for each cycle of 10 s
    paused = SQUARE.with_pauses(0.1, 90.0)
    assert paused.mean_w == pytest.approx((10 * 200 + 1 * 90) / 11)
    assert paused.least_w == 90.0
    assert SQUARE.with_pauses(0.0, 90.0) == SQUARE


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ((), r"Cycle: steps = \(\); allowed: at least one step"),
        (((1.0, 5.0), (0.0, 5.0)), "Cycle: duration of step 1 = 0 s; allowed: above 0 s"),
        (((float("nan"), 5.0),), "Cycle: duration of step 0 = nan s; allowed: above 0 s"),
        (((1.0, -5.0),), "Cycle: power of step 0 = -5 W; allowed: at least 0 W"),
    ],
)
def test_wrong_cycles_are_refused(wrong: tuple[tuple[float, float], ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Cycle(wrong)


@given(cycle=cycles)
def test_mean_times_duration_is_the_sum_of_the_steps(cycle: Cycle) -> None:
    assert cycle.mean_w * cycle.duration_s == pytest.approx(sum(t_s * w for t_s, w in cycle.steps))
    assert cycle.least_w <= cycle.mean_w + 1e-9 <= cycle.most_w + 2e-9


@given(cycle=cycles)
def test_half_the_squares_of_the_amplitudes_add_up_to_the_variance(cycle: Cycle) -> None:
    """Parseval. Harmonic k is at most V / (pi k), V the sum of changes; the rest is below V^2/(2 pi^2 n)."""
    harmonics = 500
    levels_w = np.array([w for _, w in cycle.steps])
    changes_w = float(np.abs(levels_w - np.roll(levels_w, 1)).sum())
    found = float((cycle.amplitudes_w(harmonics) ** 2).sum()) / 2.0
    missing = cycle.rms_w**2 - found
    assert -1e-6 <= missing <= changes_w**2 / (2 * pi**2 * harmonics) + 1e-6


@given(cycle=cycles, first_s=st.floats(0.0, 1e5), share=st.floats(0.0, 1.0))
def test_energy_between_two_times_is_the_sum_over_the_steps_between_them(
    cycle: Cycle, first_s: float, share: float
) -> None:
    until_s = first_s + share * 3.0 * cycle.duration_s
    number, at_s, energy_j = cycle.number_at(first_s), first_s, 0.0
    while at_s < until_s:
        end_s = min(until_s, cycle.start_s(number + 1))
        assert end_s > at_s  # time goes on at each step
        energy_j += (end_s - at_s) * cycle.level_w(number)
        number, at_s = number + 1, end_s
    assert cycle.energy_j(until_s) - cycle.energy_j(first_s) == pytest.approx(
        energy_j, abs=1e-9 * max(1.0, cycle.energy_j(until_s))
    )


@given(cycle=cycles, speed_pu=st.floats(0.1, 1.0), power_pu=st.floats(0.1, 1.0))
def test_energy_of_a_cycle_scales_with_power_over_speed(
    cycle: Cycle, speed_pu: float, power_pu: float
) -> None:
    scaled = cycle.scaled(speed_pu, power_pu)
    assert scaled.duration_s * speed_pu == pytest.approx(cycle.duration_s)
    assert scaled.mean_w == pytest.approx(power_pu * cycle.mean_w)


@given(cycle=cycles, share_pu=st.floats(0.001, 0.999))
def test_power_does_not_exceed_a_quantile_for_its_share_of_the_time(cycle: Cycle, share_pu: float) -> None:
    level_w = cycle.quantile_w(share_pu)
    not_above_s = sum(t_s for t_s, w in cycle.steps if w <= level_w)
    below_s = sum(t_s for t_s, w in cycle.steps if w < level_w)
    assert not_above_s >= share_pu * cycle.duration_s * (1 - 1e-8)
    assert below_s <= share_pu * cycle.duration_s * (1 + 1e-8)
