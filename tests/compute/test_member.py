"""The member: what a job has had of power and time, as differences of sums."""

from __future__ import annotations

from math import inf

import pytest

from sim.compute.member import Member, State
from sim.compute.sums import advance, zeros
from sim.units import SECONDS_PER_HOUR

HOUR = SECONDS_PER_HOUR
FULL = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
SHORT = (0.5, 0.9, 0.8, 0.6, 0.4, 1.25)
"""Shares of flexible and firm power, of idle power of those who work, the paused and those who are down; the
overhead."""


def member(state: State = State.ON, work_h: float = 10.0) -> Member:
    """A job of 3 MW: 1 MW firm, of which 0.5 MW are idle, and 2 MW flexible."""
    made = Member((0.0, 0), work_h * HOUR, lambda _: None)
    made.firm_mw, made.flexible_mw, made.nominal_mw, made.idle_mw = 1.0, 2.0, 2.0, 0.5
    made.state = state
    return made


def after(
    one: Member, hours: float, speed: float = 0.5, shares: tuple[float, ...] = SHORT, before_h: float = 7.0
) -> Member:
    """A job that joins a tier whose sums are at some other hours, and what it has after its own."""
    sums = zeros()
    advance(sums, before_h * HOUR, 0.3, (0.1, 0.2, 0.3, 0.4, 0.5, 1.1))
    one.mark(0.0, sums)
    advance(sums, hours * HOUR, speed, shares)
    one.note(hours * HOUR, sums)
    return one


def test_a_member_that_works_has_its_shares_of_the_time_since_it_was_marked() -> None:
    one = after(member(), 4.0)
    assert (one.run_s, one.held_s) == pytest.approx((2.0 * HOUR, 4.0 * HOUR))
    assert one.energy_mwh == pytest.approx(1.25 * 4 * (0.9 * 1.0 + 0.5 * 2.0))
    assert one.unserved_mwh == pytest.approx(1.25 * 4 * 0.1 * 1.0)
    assert one.flexible_mwh == pytest.approx(4 * 0.5 * 2.0)
    assert one.idle_mwh == pytest.approx(4 * 0.8 * 0.5 * 0.5)  # of the half that is held back


def test_a_member_that_works_at_full_speed_is_not_held_back() -> None:
    one = after(member(), 4.0, 1.0, FULL)
    assert (one.run_s, one.held_s, one.idle_mwh, one.unserved_mwh) == (4.0 * HOUR, 0.0, 0.0, 0.0)
    assert (one.backlog_s, one.deferred_s, one.baseline_s) == (0.0, 0.0, 6.0 * HOUR)


def test_a_paused_member_has_firm_power_and_no_work() -> None:
    one = after(member(State.PAUSED), 4.0)
    assert (one.run_s, one.held_s) == (0.0, 4.0 * HOUR)
    assert one.energy_mwh == pytest.approx(1.25 * 4 * 0.9)
    assert one.unserved_mwh == pytest.approx(1.25 * 4 * 0.1)
    assert one.idle_mwh == pytest.approx(4 * 0.6 * 0.5)
    assert one.backlog_s == one.deferred_s == 4.0 * HOUR


def test_a_member_that_is_down_has_a_share_of_its_idle_power() -> None:
    one = after(member(State.DOWN), 4.0)
    assert (one.run_s, one.held_s) == (0.0, 4.0 * HOUR)
    assert one.energy_mwh == pytest.approx(1.25 * 4 * 0.4 * 0.5)
    assert one.unserved_mwh == pytest.approx(1.25 * 4 * (1.0 - 0.4 * 0.5))
    assert one.idle_mwh == pytest.approx(4 * 0.4 * 0.5)
    assert one.backlog_s == one.deferred_s == 4.0 * HOUR


@pytest.mark.parametrize("state", [State.STARTING, State.RESTARTING])
def test_a_member_that_starts_has_firm_power_and_is_not_held_back(state: State) -> None:
    one = after(member(state), 4.0)
    assert (one.run_s, one.held_s, one.idle_mwh) == (0.0, 0.0, 0.0)
    assert one.energy_mwh == pytest.approx(1.25 * 4 * 0.9)
    assert one.unserved_mwh == pytest.approx(1.25 * 4 * 0.1)


def test_the_baseline_waits_for_a_start_and_goes_on_in_a_restart_after_a_crash() -> None:
    starting, restarting = after(member(State.STARTING), 4.0), after(member(State.RESTARTING), 4.0)
    assert (starting.baseline_s, starting.backlog_s) == (10.0 * HOUR, 0.0)
    assert (restarting.baseline_s, restarting.backlog_s) == (6.0 * HOUR, 4.0 * HOUR)
    assert (starting.is_behind, restarting.is_behind) == (False, True)


def test_a_backlog_rises_by_what_is_missing_to_full_speed() -> None:
    one = after(member(), 4.0)
    assert one.backlog_s == one.deferred_s == pytest.approx(2.0 * HOUR)
    assert one.baseline_s == pytest.approx(6.0 * HOUR)
    assert one.backlog_s2 == pytest.approx(4.0 * 2.0 / 2 * HOUR**2)  # a triangle


def test_a_backlog_stands_at_full_speed_and_falls_once_the_baseline_is_done() -> None:
    sums, one = zeros(), member(work_h=4.0)
    one.mark(0.0, sums)
    advance(sums, 4.0 * HOUR, 0.5, SHORT)
    one.note(4.0 * HOUR, sums)
    assert one.baseline_s == 0.0
    one.end_baseline()
    advance(sums, 1.0 * HOUR, 1.0, FULL)
    one.note(5.0 * HOUR, sums)
    assert (one.backlog_s, one.deferred_s) == pytest.approx((1.0 * HOUR, 2.0 * HOUR))
    assert one.late_s == pytest.approx(1.0 * HOUR)
    # a triangle up to 2 h in 4 h, then from 2 h to 1 h in an hour
    assert one.backlog_s2 == pytest.approx((4.0 + 1.5) * HOUR**2)
    assert (one.baseline_ends_s, one.is_behind) == (inf, False)


def test_a_backlog_falls_more_slowly_while_its_job_is_held_back() -> None:
    one = member(work_h=0.0)
    one.backlog_s = 3.0 * HOUR
    one = after(one, 4.0)  # at half speed two of the four hours are worked off
    assert one.backlog_s == pytest.approx(1.0 * HOUR)
    assert one.deferred_s == 0.0
    assert one.backlog_s2 == pytest.approx((3.0 + 1.0) / 2 * 4.0 * HOUR**2)


def test_what_is_lost_to_a_lack_of_power_is_owed() -> None:
    one = member()
    one.lose(0.5 * HOUR)
    assert one.backlog_s == one.deferred_s == 0.5 * HOUR
    assert one.baseline_s == 10.0 * HOUR


def test_without_gpus_the_backlog_stays_as_it_is() -> None:
    one = member()
    one.lose(2.0 * HOUR)
    one.wait(3.0 * HOUR)
    assert (one.backlog_s, one.backlog_s2) == (2.0 * HOUR, 6.0 * HOUR**2)
    assert (one.at_s, one.late_s, one.baseline_s) == (3.0 * HOUR, 0.0, 10.0 * HOUR)
    one.end_baseline()
    one.wait(4.0 * HOUR)
    assert (one.backlog_s2, one.late_s) == (8.0 * HOUR**2, 1.0 * HOUR)


def test_a_note_of_no_time_changes_nothing() -> None:
    one = after(member(), 4.0)
    had = (one.run_s, one.energy_mwh, one.backlog_s2)
    sums = zeros()
    one.mark(4.0 * HOUR, sums)
    one.note(4.0 * HOUR, sums)
    assert (one.run_s, one.energy_mwh, one.backlog_s2) == had


def test_the_lowest_rank_is_first() -> None:
    first, second, third = (Member(rank, 0.0, lambda _: None) for rank in ((-1.0, 7), (0.0, 2), (0.0, 3)))
    assert sorted([third, first, second]) == [first, second, third]
