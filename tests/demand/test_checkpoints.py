"""Checkpoints: intervals by Young and Daly, what a crash keeps and loses, and time against Daly's formula."""

from __future__ import annotations

from collections.abc import Callable
from math import e, exp, inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import SpecError
from sim.demand.checkpoints import (
    Checkpoints,
    Schedule,
    daly_interval_s,
    expected_wall_s,
    young_interval_s,
)
from sim.demand.interruptions import PRESETS

LLAMA = PRESETS["llama3_405b"]
MTBF_S = LLAMA.mtbf_s(16_384)
WORK_S = 54 * 86_400.0
TEN = Schedule(100.0, 10.0)  # 100 s of work, 10 s of writing

schedules = st.builds(Schedule, st.floats(0.1, 1e5), st.floats(0.0, 0.1)) | st.builds(
    Schedule, st.floats(10.0, 1e5), st.floats(0.0, 10.0)
)


def test_youngs_interval_is_the_root_of_twice_cost_times_mtbf() -> None:
    assert young_interval_s(cost_s=8.0, mtbf_s=10_000.0) == 400.0


def test_dalys_interval_adds_two_terms_and_takes_off_the_cost() -> None:
    # C / 2M = 0.0004, its root 0.02: 400 x (1 + 0.02 / 3 + 0.0004 / 9) - 8
    assert daly_interval_s(8.0, 10_000.0) == pytest.approx(400 * (1 + 0.02 / 3 + 0.0004 / 9) - 8)
    assert daly_interval_s(300.0, 100.0) == 100.0  # a checkpoint longer than twice the MTBF


def test_dalys_interval_takes_no_longer_than_youngs_or_others_beside_it() -> None:
    def wall_s(interval_s: float) -> float:
        return expected_wall_s(1e6, interval_s, 300.0, 60.0, 10_000.0)

    best_s = daly_interval_s(300.0, 10_000.0)
    assert wall_s(best_s) < wall_s(young_interval_s(300.0, 10_000.0))
    assert wall_s(best_s) < min(wall_s(0.9 * best_s), wall_s(1.1 * best_s))


def test_expected_time_follows_dalys_formula() -> None:
    # M = 1000, R = 1000, tau + C = 1000: 1000 x e x (e - 1) for each 900 s of work
    assert expected_wall_s(9000.0, 900.0, 100.0, 1000.0, 1000.0) == pytest.approx(10 * 1000 * e * (e - 1))


def test_without_failures_work_takes_its_time_and_that_of_writing() -> None:
    assert expected_wall_s(1000.0, 100.0, 10.0, 60.0, inf) == pytest.approx(1100.0)
    assert (
        Checkpoints(cost_s=10.0).expected_wall_s(1000.0, inf) == 1000.0
    )  # nothing fails, nothing is written


def test_without_checkpoints_all_work_has_to_pass_in_one_piece() -> None:
    assert expected_wall_s(500.0, inf, 10.0, 0.0, 1000.0) == pytest.approx(1000 * (exp(0.5) - 1))
    assert expected_wall_s(1e9, inf, 10.0, 0.0, 1000.0) == inf


@pytest.mark.parametrize(
    ("run_s", "kept_s", "performed_s"),
    [
        (0.0, 0.0, 0.0),
        (70.0, 0.0, 70.0),
        (100.0, 0.0, 100.0),
        (109.0, 0.0, 100.0),  # it writes
        (110.0, 100.0, 100.0),  # it has written
        (150.0, 100.0, 140.0),
        (335.0, 300.0, 305.0),  # 3 x 110 s, and 5 s
    ],
)
def test_completed_checkpoints_keep_work_and_a_crash_loses_the_rest(
    run_s: float, kept_s: float, performed_s: float
) -> None:
    assert TEN.kept_s(run_s) == kept_s
    assert TEN.performed_s(run_s) == performed_s
    assert TEN.lost_s(run_s) == performed_s - kept_s


@pytest.mark.parametrize(
    ("work_s", "run_s"), [(0.0, 0.0), (60.0, 60.0), (100.0, 100.0), (101.0, 111.0), (300.0, 320.0)]
)
def test_no_checkpoint_follows_the_last_piece(work_s: float, run_s: float) -> None:
    assert TEN.time_for(work_s) == run_s


def test_a_rest_that_is_rounding_needs_no_checkpoint() -> None:
    assert TEN.time_for(300.0 + 1e-9) == pytest.approx(320.0)


def test_turns_are_the_ends_of_work_and_of_writing() -> None:
    turns = [TEN.next_turn_s(run_s) for run_s in (0.0, 99.0, 100.0, 110.0, 215.0, 325.0)]
    assert turns == [100.0, 100.0, 110.0, 210.0, 220.0, 330.0]


def test_without_checkpoints_a_crash_loses_all() -> None:
    never = Checkpoints(cost_s=10.0).schedule(inf)
    assert (never.kept_s(1e6), never.performed_s(1e6), never.lost_s(1e6)) == (0.0, 1e6, 1e6)
    assert (never.time_for(1e6), never.next_turn_s(1e6)) == (1e6, inf)


@given(plan=schedules, run_s=st.floats(0.0, 1e6))
def test_kept_and_lost_are_what_was_performed(plan: Schedule, run_s: float) -> None:
    performed_s = plan.performed_s(run_s)
    assert plan.kept_s(run_s) + plan.lost_s(run_s) == pytest.approx(performed_s)
    assert 0.0 <= plan.lost_s(run_s) <= plan.interval_s * (1 + 1e-9)
    assert plan.kept_s(run_s) <= performed_s <= run_s * (1 + 1e-12)


@given(plan=schedules, work_s=st.floats(0.0, 1e6))
def test_the_time_for_work_is_when_it_has_been_performed(plan: Schedule, work_s: float) -> None:
    run_s = plan.time_for(work_s)
    rounding_s = 1e-9 * (1.0 + run_s)
    assert plan.performed_s(run_s) == pytest.approx(work_s, abs=rounding_s)
    assert plan.performed_s(run_s - rounding_s) <= work_s + rounding_s


@given(plan=schedules, run_s=st.floats(0.0, 1e6), more_s=st.floats(0.0, 1e6))
def test_work_never_goes_back_by_itself(plan: Schedule, run_s: float, more_s: float) -> None:
    assert plan.kept_s(run_s + more_s) >= plan.kept_s(run_s)
    assert plan.performed_s(run_s + more_s) >= plan.performed_s(run_s) - 1e-9 * (1.0 + run_s)


@given(plan=schedules, turns=st.integers(1, 30), first_s=st.floats(0.0, 1e6))
def test_work_and_writing_take_turns_and_time_goes_on(plan: Schedule, turns: int, first_s: float) -> None:
    at_s = first_s
    for _ in range(turns):
        then_s = plan.next_turn_s(at_s)
        assert then_s > at_s
        at_s = then_s


@given(plan=schedules, count=st.integers(1, 100_000))
def test_a_checkpoint_counts_at_the_instant_it_is_complete(plan: Schedule, count: int) -> None:
    assert plan.kept_s(count * (plan.interval_s + plan.cost_s)) == count * plan.interval_s


@pytest.mark.parametrize(
    ("cost_s", "percent"),
    [
        (5.0, (97.0, 94.2, 91.4)),
        (10.0, (95.8, 93.0, 90.2)),
        (30.0, (92.8, 90.1, 87.4)),
        (60.0, (90.0, 87.3, 84.7)),
    ],
)
def test_effective_time_of_llama_3_by_cost_and_restart(cost_s: float, percent: tuple[float, ...]) -> None:
    """Daly's formula with Young's interval; 47 planned stops in 54 days cost a restart each."""
    for restart_s, expected in zip((0.0, 300.0, 600.0), percent, strict=True):
        plan = Checkpoints(cost_s=cost_s, restart_s=restart_s)
        found = 100.0 * plan.effective_pu(WORK_S, MTBF_S, LLAMA.planned_interval_s)
        assert found == pytest.approx(expected, abs=0.06)  # they are given to 0.1


def walk(plan: Schedule, restart_s: float, draw: Callable[[], float]) -> tuple[float, int]:
    """Wall time and failures of a job that fails at random, also in a restart."""
    left_s, wall_s, failures = WORK_S, 0.0, 0
    while True:
        needed_s, fails_s = plan.time_for(left_s), draw()
        if needed_s <= fails_s:
            return wall_s + needed_s, failures
        left_s -= plan.kept_s(fails_s)
        wall_s += fails_s
        failures += 1
        while (fails_s := draw()) < restart_s:
            wall_s += fails_s
            failures += 1
        wall_s += restart_s


def test_jobs_that_fail_at_random_take_the_time_of_the_formula() -> None:
    checkpoints = Checkpoints(cost_s=10.0, restart_s=600.0)
    plan, rng = checkpoints.schedule(MTBF_S), np.random.default_rng(1)
    walks = np.array([walk(plan, 600.0, lambda: rng.exponential(MTBF_S)) for _ in range(120)])
    wall_s, failures = walks[:, 0], walks[:, 1]
    expected_s = checkpoints.expected_wall_s(WORK_S, MTBF_S)
    error_s = wall_s.std(ddof=1) / sqrt(len(wall_s))
    assert error_s < 0.001 * expected_s
    assert abs(wall_s.mean() - expected_s) < 3.0 * error_s
    in_54_d = failures / wall_s * WORK_S  # 419 published
    assert abs(in_54_d.mean() - 419.0) < 3.0 * sqrt(419.0 / len(wall_s))


def test_planned_stops_cost_a_restart_and_no_work() -> None:
    plan = Checkpoints(interval_s=100.0, cost_s=10.0, restart_s=36.0)
    assert plan.effective_pu(1000.0, inf, 3600.0) == pytest.approx(100 / 110 * 0.99)
    assert plan.effective_pu(1000.0, inf, 30.0) == 0.0  # it restarts all the time


def test_a_given_interval_holds_whatever_fails() -> None:
    assert Checkpoints(interval_s=300.0, cost_s=5.0).schedule(1000.0) == Schedule(300.0, 5.0)
    assert Checkpoints(cost_s=8.0, rule="daly").schedule(1e4) == Schedule(daly_interval_s(8.0, 1e4), 8.0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"interval_s": 60.0, "cost_s": 61.0},
            "Checkpoints: cost_s = 61.0 s; allowed: at most interval_s = 60 s",
        ),
        ({"cost_s": 0.0}, "Checkpoints: cost_s = 0.0 s; allowed: above 0 s where no interval_s is given"),
    ],
)
def test_wrong_checkpoints_are_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        Checkpoints(**wrong)
    assert str(refused.value) == message


def test_a_checkpoint_longer_than_the_interval_of_its_rule_is_refused() -> None:
    with pytest.raises(SpecError) as refused:
        Checkpoints(cost_s=900.0).schedule(200.0)  # sqrt(2 x 900 x 200) = 600 s
    assert str(refused.value) == (
        "Checkpoints: cost_s = 900.0 s; allowed: at most 600 s, the interval of rule 'young' "
        "for a mean time between failures of 200 s"
    )
