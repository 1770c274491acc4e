"""Virtual time: when members are done, and what is counted by month along it."""

from __future__ import annotations

from math import inf, nextafter

import pytest

from sim.compute.member import Member, State
from sim.compute.virtual_time import VirtualTime
from sim.units import SECONDS_PER_HOUR

HOUR = SECONDS_PER_HOUR


def member(number: int = 0, work_h: float = 10.0, left_h: float = inf) -> Member:
    """A job of 3 MW: 1 MW firm, of which 0.5 MW are idle, and 2 MW flexible."""
    made = Member((0.0, number), work_h * HOUR, lambda _: None)
    made.firm_mw, made.flexible_mw, made.nominal_mw, made.idle_mw = 1.0, 2.0, 2.0, 0.5
    made.left_s = left_h * HOUR
    return made


def at_speed(speed: float, *month_ends_h: float) -> VirtualTime:
    """Virtual time at a speed, with the shares of power of that speed and an overhead of 1.25."""
    time = VirtualTime([hour * HOUR for hour in month_ends_h])
    time.speed = time.flexible_pu = speed
    time.firm_pu, time.down_pu, time.overhead = 1.0, 1.0, 1.25
    return time


def enter(time: VirtualTime, one: Member, state: State = State.ON) -> Member:
    time.mark(one)
    time.enter(one, state)
    return one


def test_a_member_is_due_when_its_time_at_the_present_speed_is_over() -> None:
    time = at_speed(0.5)
    enter(time, member(left_h=3.0))
    assert time.due_s() == 6.0 * HOUR
    time.advance(2.0 * HOUR)
    assert time.due_s() == 6.0 * HOUR
    time.speed = 1.0
    assert time.due_s() == 4.0 * HOUR


def test_the_first_of_several_is_due_whenever_it_came() -> None:
    time = at_speed(1.0)
    enter(time, member(1, left_h=9.0))
    time.advance(2.0 * HOUR)
    early = enter(time, member(2, left_h=3.0))
    enter(time, member(3, left_h=4.0))
    assert time.due_s() == 5.0 * HOUR
    time.advance(5.0 * HOUR)
    assert time.done() == [early]
    assert time.due_s() == 6.0 * HOUR


def test_nobody_is_due_without_speed_members_or_ends() -> None:
    time = at_speed(0.0)
    assert time.due_s() == inf
    one = enter(time, member(left_h=3.0))
    assert time.due_s() == inf
    time.speed = 1.0
    time.exit(one)
    assert time.due_s() == inf
    enter(time, member(left_h=inf))
    assert time.due_s() == inf


@pytest.mark.parametrize("state", [State.PAUSED, State.DOWN, State.STARTING, State.RESTARTING])
def test_one_who_does_not_work_is_not_due_and_keeps_what_is_left(state: State) -> None:
    time = at_speed(1.0)
    one = enter(time, member(left_h=3.0))
    time.advance(1.0 * HOUR)
    time.exit(one)
    time.enter(one, state)
    assert time.due_s() == inf
    time.advance(5.0 * HOUR)
    assert (one.left_s, time.done()) == (2.0 * HOUR, [])
    time.exit(one)
    time.enter(one, State.ON)
    assert time.due_s() == 7.0 * HOUR


def test_members_that_are_done_are_told_once_and_have_nothing_left() -> None:
    time = at_speed(1.0)
    both = [enter(time, member(number, left_h=2.0)) for number in (2, 1)]
    time.advance(2.0 * HOUR)
    assert time.done() == [*reversed(both)]  # in the order of their ranks
    assert [(one.left_s, one.ends_s) for one in both] == [(0.0, inf)] * 2
    assert (time.done(), time.due_s()) == ([], inf)


def test_an_instant_counts_as_reached_within_its_last_moment() -> None:
    time = at_speed(1.0)
    one = enter(time, member(left_h=2.0))
    time.advance(2.0 * HOUR - 1e-6)
    assert time.done() == []
    time.advance(2.0 * HOUR - 5e-8)
    assert time.done() == [one]


def test_one_who_is_due_now_is_due_later_than_now_by_the_least() -> None:
    time = at_speed(1.0)
    time.advance(HOUR)
    enter(time, member(left_h=0.0))
    assert time.due_s() == nextafter(HOUR, inf)


def test_the_groups_add_their_members_up() -> None:
    time = at_speed(1.0)
    first, second = enter(time, member(1)), enter(time, member(2))
    on, down = time.groups[State.ON], time.groups[State.DOWN]
    assert (on.count, on.firm_mw, on.flexible_mw, on.idle_mw, on.behind_mw) == (2, 2.0, 4.0, 1.0, 4.0)
    time.exit(first)
    time.enter(first, State.DOWN)
    assert (on.count, on.firm_mw, on.flexible_mw, on.idle_mw, on.behind_mw) == (1, 1.0, 2.0, 0.5, 2.0)
    assert (down.count, down.firm_mw, down.behind_mw) == (1, 1.0, 2.0)
    time.exit(second)
    assert (on.count, on.firm_mw, on.behind_mw) == (0, 0.0, 0.0)


def test_what_is_missing_to_full_speed_is_deferred_until_the_baseline_is_done() -> None:
    time = at_speed(0.5)
    one = enter(time, member(work_h=4.0))
    time.advance(10.0 * HOUR)
    time.note(one)
    assert time.deferred_mwh == [pytest.approx(0.5 * 4 * 2.0)]
    assert one.deferred_s == pytest.approx(2.0 * HOUR)
    # 2 h behind at 4:00; from then on half of each hour is worked off
    assert one.backlog_s == pytest.approx(0.0, abs=1e-6)
    assert one.late_s == pytest.approx(6.0 * HOUR)
    assert time.groups[State.ON].behind_mw == 0.0


def test_the_baseline_of_each_member_ends_by_itself() -> None:
    time = at_speed(0.0)
    enter(time, member(1, work_h=4.0))
    time.advance(1.0 * HOUR)
    enter(time, member(2, work_h=1.0))
    time.advance(10.0 * HOUR)
    assert time.deferred_mwh == [pytest.approx((4 + 1) * 2.0)]


def test_the_baseline_stands_still_while_its_job_starts_or_is_away() -> None:
    time = at_speed(0.0)
    one = enter(time, member(work_h=4.0))
    time.advance(1.0 * HOUR)
    time.exit(one)
    time.enter(one, State.STARTING)
    time.advance(9.0 * HOUR)  # 3 h of it are left
    time.exit(one)
    time.advance(15.0 * HOUR)
    one.wait(15.0 * HOUR)
    enter(time, one)
    time.advance(40.0 * HOUR)
    time.note(one)
    assert time.deferred_mwh == [pytest.approx(4 * 2.0)]
    assert one.deferred_s == pytest.approx(4.0 * HOUR)
    assert one.late_s == pytest.approx((40 - 18) * HOUR)


@pytest.mark.parametrize(
    ("state", "deferred_mwh", "idle_mwh"),
    [
        (State.ON, 0.75 * 4 * 2.0, 0.75 * 4 * 0.5),
        (State.PAUSED, 4 * 2.0, 4 * 0.5),
        (State.DOWN, 4 * 2.0, 4 * 0.5),
        (State.RESTARTING, 4 * 2.0, 0.0),
        (State.STARTING, 0.0, 0.0),
    ],
)
def test_deferred_and_idle_energy_depend_on_what_a_member_does(
    state: State, deferred_mwh: float, idle_mwh: float
) -> None:
    time = at_speed(0.25)
    one = enter(time, member(), state)
    time.advance(4.0 * HOUR)
    time.note(one)
    assert time.deferred_mwh == [pytest.approx(deferred_mwh)]
    assert time.idle_mwh == [pytest.approx(idle_mwh)]
    assert 2.0 * one.deferred_s / HOUR == pytest.approx(deferred_mwh)
    assert one.idle_mwh == pytest.approx(idle_mwh)


@pytest.mark.parametrize("state", [State.PAUSED, State.DOWN, State.RESTARTING])
def test_what_a_member_owes_is_counted_while_others_are_at_full_speed(state: State) -> None:
    time = at_speed(1.0)
    enter(time, member(1))
    enter(time, member(2), state)
    time.advance(4.0 * HOUR)
    assert time.deferred_mwh == [pytest.approx(4 * 2.0)]


def test_idle_energy_while_held_is_no_more_than_the_power_received() -> None:
    time = at_speed(0.0)
    time.firm_pu, time.down_pu = 0.3, 0.4
    on, paused = enter(time, member(1)), enter(time, member(2), State.PAUSED)
    down = enter(time, member(3), State.DOWN)
    time.advance(4.0 * HOUR)
    for one in (on, paused, down):
        time.note(one)
    # 0.3 of 1 MW for those who are not down, 0.4 of 0.5 MW for the one who is
    assert (on.idle_mwh, paused.idle_mwh, down.idle_mwh) == pytest.approx((1.2, 1.2, 0.8))
    assert time.idle_mwh == [pytest.approx(3.2)]


def test_months_end_within_a_step_of_time() -> None:
    time = at_speed(0.5, 1.0, 3.0)
    one = enter(time, member())
    time.advance(7.0 * HOUR)
    assert time.deferred_mwh == pytest.approx([0.5 * 1 * 2.0, 0.5 * 2 * 2.0, 0.5 * 4 * 2.0])
    assert time.idle_mwh == pytest.approx([0.5 * 1 * 0.5, 0.5 * 2 * 0.5, 0.5 * 4 * 0.5])
    assert time.month == 2
    time.note(one)
    assert one.deferred_s == pytest.approx(3.5 * HOUR)


def test_an_instant_that_ends_a_month_begins_the_next() -> None:
    time = at_speed(0.5, 1.0)
    enter(time, member())
    time.advance(1.0 * HOUR)
    assert time.month == 1


def test_the_mean_overhead_is_that_of_the_time_with_members() -> None:
    time = at_speed(1.0)
    assert time.mean_overhead() == 1.25
    time.advance(5.0 * HOUR)  # nobody is there
    time.overhead = 1.5
    one = enter(time, member())
    time.advance(6.0 * HOUR)
    time.overhead = 1.2
    time.advance(8.0 * HOUR)
    assert time.mean_overhead() == pytest.approx((1.5 + 2 * 1.2) / 3)
    time.exit(one)
    time.enter(one, State.RESTARTING)
    time.advance(9.0 * HOUR)
    assert time.mean_overhead() == pytest.approx((1.5 + 3 * 1.2) / 4)


def test_time_begins_again_at_zero_for_those_who_join_later() -> None:
    time = at_speed(1.0)
    gone = enter(time, member(1, left_h=30.0))
    time.advance(5.0 * HOUR)
    time.exit(gone)
    time.clear()
    one = enter(time, member(2, left_h=2.0))
    assert (time.at_s, time.due_s()) == (5.0 * HOUR, 7.0 * HOUR)
    time.advance(7.0 * HOUR)
    assert time.done() == [one]
    time.note(one)
    assert one.run_s == 2.0 * HOUR
    assert one.energy_mwh == pytest.approx(2 * 1.25 * 3.0)
