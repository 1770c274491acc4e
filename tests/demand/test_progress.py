"""Progress: what is performed is done or lost."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.demand.checkpoints import Schedule
from sim.demand.progress import Progress

TEN = Schedule(100.0, 10.0)  # 100 s of work, 10 s of writing


def test_the_run_time_to_the_end_includes_writing_but_not_after_the_last_piece() -> None:
    progress = Progress(250.0, TEN)
    assert progress.begin(0.0) == 250.0 + 2 * 10.0
    assert progress.time_left_s() == 270.0


def test_run_time_and_work_are_counted_from_the_last_begin() -> None:
    progress = Progress(250.0, TEN)
    progress.begin(1000.0)
    assert progress.run_s(1150.0) == 150.0
    assert progress.unsaved_s(1150.0) == 140.0  # 10 s were writing
    assert progress.unsaved_s(9999.0) == 250.0  # no more than there is


def test_a_save_keeps_all_work() -> None:
    progress = Progress(250.0, TEN)
    progress.begin(1000.0)
    progress.save(1150.0)
    assert (progress.done_s, progress.left_s, progress.performed_s, progress.lost_s) == (140, 110, 140, 0)
    assert progress.time_left_s() == 110.0 + 10.0
    assert (progress.run_s(1150.0), progress.unsaved_s(1150.0)) == (0.0, 0.0)


def test_a_crash_keeps_what_the_last_checkpoint_has() -> None:
    progress = Progress(250.0, TEN)
    progress.begin(1000.0)
    progress.crash(1150.0)
    assert (progress.done_s, progress.left_s, progress.performed_s, progress.lost_s) == (100, 150, 140, 40)
    assert (progress.run_s(1150.0), progress.unsaved_s(1150.0)) == (0.0, 0.0)
    progress.begin(1200.0)
    progress.crash(1250.0)
    assert (progress.done_s, progress.performed_s, progress.lost_s) == (100, 190, 90)


def test_a_crash_while_the_last_piece_is_worked_on_loses_no_more_than_that_piece() -> None:
    progress = Progress(250.0, TEN)
    progress.begin(0.0)
    progress.crash(269.0)
    assert (progress.done_s, progress.lost_s) == (200.0, 49.0)


def test_finished_work_is_all_done() -> None:
    progress = Progress(250.0, TEN)
    progress.begin(0.0)
    progress.crash(150.0)
    progress.begin(150.0)
    progress.finish()
    assert (progress.done_s, progress.left_s, progress.time_left_s()) == (250.0, 0.0, 0.0)
    assert (progress.performed_s, progress.lost_s) == (290.0, 40.0)


EVENTS = st.lists(st.tuples(st.sampled_from(["save", "crash"]), st.floats(0.0, 400.0)), max_size=8)


@given(EVENTS, st.floats(1.0, 1000.0), st.sampled_from([TEN, Schedule(30.0, 0.0), Schedule(inf, 5.0)]))
def test_work_done_is_work_performed_less_work_lost(
    events: list[tuple[str, float]], work_s: float, plan: Schedule
) -> None:
    progress, at_s, performed_s = Progress(work_s, plan), 0.0, 0.0
    for what, for_s in events:
        if not progress.left_s:
            break
        left_s, done_s = progress.begin(at_s), progress.done_s
        run_s = min(for_s, left_s)
        # written by counting: so many whole pieces, and what is worked on after them
        pieces = 0 if plan.interval_s == inf else int(run_s // (plan.interval_s + plan.cost_s))
        rest_s = run_s - (pieces * (plan.interval_s + plan.cost_s) if pieces else 0.0)
        kept_s = pieces * plan.interval_s if pieces else 0.0
        worked_s = kept_s + min(rest_s, plan.interval_s)
        performed_s += worked_s
        at_s += run_s
        (progress.save if what == "save" else progress.crash)(at_s)
        gained_s = progress.done_s - done_s
        assert gained_s == pytest.approx(worked_s if what == "save" else kept_s, abs=1e-6)
    assert progress.performed_s == pytest.approx(performed_s, abs=1e-6)
    assert progress.done_s == pytest.approx(progress.performed_s - progress.lost_s, abs=1e-6)
    assert progress.done_s + progress.left_s == pytest.approx(work_s, abs=1e-9)
