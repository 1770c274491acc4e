"""Levels: the power of a GPU along the time that its job runs."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.demand.checkpoints import Schedule
from sim.demand.cycle import Cycle
from sim.demand.levels import Levels

NEVER = Schedule(inf, 0.0)
TEN = Schedule(100.0, 10.0)  # 100 s of work, 10 s of writing
CYCLE = Cycle(((30.0, 1000.0), (10.0, 400.0)))  # a mean of (30 x 1000 + 10 x 400) / 40 = 850 W


def test_the_mean_of_a_job_without_phases_or_checkpoints_is_its_power() -> None:
    assert Levels(900.0, 300.0, None, NEVER).mean_w(12_345.0) == 900.0


def test_the_mean_includes_the_checkpoints_that_are_written() -> None:
    # 250 s of work at 900 W and two checkpoints of 10 s at 300 W
    assert Levels(900.0, 300.0, None, TEN).mean_w(250.0) == pytest.approx(
        (250 * 900 + 2 * 10 * 300) / 270, rel=1e-14
    )


def test_the_mean_of_phases_ends_within_one() -> None:
    # 100 s of work: two cycles and 20 s of compute
    assert Levels(850.0, 300.0, CYCLE, NEVER).mean_w(100.0) == pytest.approx((80 * 850 + 20 * 1000) / 100)
    assert Levels(850.0, 300.0, CYCLE, TEN).mean_w(200.0) == pytest.approx((200 * 850 + 10 * 300) / 210)


def test_without_phases_work_and_writing_take_turns() -> None:
    levels = Levels(900.0, 300.0, None, TEN)
    assert levels.turn(0.0, 0.0) == (900.0, 100.0)
    assert levels.turn(0.0, 60.0) == (900.0, 100.0)
    assert levels.turn(0.0, 100.0) == (300.0, 110.0)
    assert levels.turn(0.0, 105.0) == (300.0, 110.0)
    assert levels.turn(0.0, 110.0) == (900.0, 210.0)


def test_without_phases_or_checkpoints_nothing_turns() -> None:
    assert Levels(900.0, 300.0, None, NEVER).turn(0.0, 60.0) == (900.0, inf)


def test_phases_stand_still_while_a_checkpoint_is_written() -> None:
    levels = Levels(850.0, 300.0, CYCLE, TEN)
    # two cycles of 40 s, compute from 80 s to 110 s of work; the checkpoint is written from 100 s to 110 s
    assert levels.turn(0.0, 70.0) == (400.0, 80.0)
    assert levels.turn(0.0, 80.0) == (1000.0, 100.0)
    assert levels.turn(0.0, 100.0) == (300.0, 110.0)
    assert levels.turn(0.0, 110.0) == (1000.0, 120.0)
    assert levels.turn(0.0, 120.0) == (400.0, 130.0)


def test_phases_go_on_from_the_work_that_is_saved_and_checkpoints_begin_anew() -> None:
    levels = Levels(850.0, 300.0, CYCLE, TEN)
    assert levels.turn(35.0, 0.0) == (400.0, 5.0)
    assert levels.turn(35.0, 95.0) == (1000.0, 100.0)
    assert levels.turn(35.0, 100.0) == (300.0, 110.0)


def test_the_next_level_begins_later_than_now_whatever_rounding_does() -> None:
    # 1.276 s are saved and 118.724 s done since, so that the third cycle of 40 s ends now
    levels = Levels(850.0, 300.0, CYCLE, TEN)
    power_w, turn_s = levels.turn(1.276, 128.724)
    assert turn_s > 128.724
    assert power_w == 1000.0


@given(
    st.floats(10.0, 500.0),
    st.floats(0.0, 300.0),
    st.sampled_from([NEVER, TEN, Schedule(33.0, 4.0), Schedule(55.0, 0.0)]),
    st.sampled_from([None, CYCLE]),
)
def test_the_levels_along_a_job_have_the_energy_of_its_mean(
    work_s: float, start_s: float, plan: Schedule, cycle: Cycle | None
) -> None:
    levels = Levels(850.0, 300.0, cycle, plan)
    run_s, energy_j, ends_s = 0.0, 0.0, plan.time_for(work_s)
    while run_s < ends_s:
        power_w, turn_s = levels.turn(start_s, run_s)
        assert turn_s > run_s
        energy_j += power_w * (min(turn_s, ends_s) - run_s)
        run_s = turn_s
    before_j = 0.0 if cycle is None else cycle.energy_j(start_s)
    busy_j = 850.0 * work_s if cycle is None else cycle.energy_j(start_s + work_s) - before_j
    assert energy_j == pytest.approx(busy_j + 300.0 * (ends_s - work_s), rel=1e-9)
    if not start_s or cycle is None:
        assert energy_j == pytest.approx(levels.mean_w(work_s) * ends_s, rel=1e-9)


def test_its_mean_power_with_failures_is_that_of_many_runs() -> None:
    # 1 h of work at 1,000 W and 20 min of writing at 200 W in turn, in runs that last 2 h on average
    schedule, mtbf_s = Schedule(3600.0, 1200.0), 7200.0
    levels = Levels(1000.0, 200.0, None, schedule, mtbf_s)
    runs_s = np.minimum(np.random.default_rng(1).exponential(mtbf_s, 100_000), schedule.time_for(36_000.0))
    worked_s = sum(schedule.performed_s(run_s) for run_s in runs_s.tolist())
    share = worked_s / runs_s.sum()
    assert levels.mean_w(36_000.0) == pytest.approx(share * 1000.0 + (1.0 - share) * 200.0, rel=2e-3)


def test_a_job_that_stops_before_each_checkpoint_never_writes_one() -> None:
    levels = Levels(1000.0, 200.0, None, Schedule(3600.0, 1200.0), planned_s=2160.0)
    assert levels.mean_w(36_000.0) == 1000.0
