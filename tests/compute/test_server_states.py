"""States of the servers of a pool: they add up to it, and their hours to its time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.bus.account import Account
from sim.compute.server_states import LEGAL, ServerCounts, ServerState, StateHours, server_h
from sim.units import seconds

OFF, BOOTING, IDLE, ACTIVE, _, FAILED, REPAIRED = ServerState

steps = st.lists(
    st.tuples(
        st.sampled_from(ServerState), st.sampled_from(ServerState), st.integers(0, 12), st.floats(0.0, 9.0)
    )
)


@given(st.integers(0, 12), steps)
def test_states_add_up_to_the_pool_and_hours_to_its_time(
    servers: int, moves: list[tuple[ServerState, ServerState, int, float]]
) -> None:
    hours, now_s = StateHours(ServerCounts(off=servers)), 0.0
    for out_of, into, some, wait_h in moves:
        now_s += seconds(wait_h)
        before = hours.counts
        if into in LEGAL[out_of] and some <= before.of(out_of):
            hours.become(before.move(some, out_of, into), now_s)
            assert hours.counts.of(into) == before.of(into) + some
        else:
            with pytest.raises(ValueError, match=r"allowed: "):
                before.move(some, out_of, into)
        assert hours.counts.servers == servers
    total_h = sum(wait_h for *_, wait_h in moves)
    assert sum(hours.at(now_s).values()) == pytest.approx(servers * total_h)


def test_hours_by_state_are_counts_times_time() -> None:
    hours = StateHours(ServerCounts(off=10))
    hours.become(ServerCounts(booting=10), seconds(2.0))
    hours.become(ServerCounts(idle=10), seconds(2.5))
    hours.become(ServerCounts(idle=4, active=6), seconds(4.0))
    assert hours.at(seconds(5.0)) == dict.fromkeys(ServerState, 0.0) | {
        OFF: 10 * 2.0,
        BOOTING: 10 * 0.5,
        IDLE: 10 * 1.5 + 4 * 1.0,
        ACTIVE: 6 * 1.0,
    }
    assert hours.at(seconds(7.0))[ACTIVE] == 6 * 3.0  # asked again, nothing counts twice


def test_a_failed_server_is_repaired_before_it_boots() -> None:
    counts = ServerCounts(active=3).move(1, ACTIVE, FAILED)
    with pytest.raises(ValueError, match="a server that is failed cannot be idle; allowed: repaired"):
        counts.move(1, FAILED, IDLE)
    again = counts.move(1, FAILED, REPAIRED).move(1, REPAIRED, BOOTING).move(1, BOOTING, IDLE)
    assert again == ServerCounts(idle=1, active=2)


def test_more_servers_than_there_are_cannot_change_their_state() -> None:
    with pytest.raises(ValueError, match="3 servers idle to active; allowed: 0 to 2, those idle"):
        ServerCounts(idle=2).move(3, IDLE, ACTIVE)


def test_spare_servers_replace_failed_ones() -> None:
    assert ServerCounts(idle=10).free(spares=2) == 8
    busy = ServerCounts(idle=2, active=8)
    assert busy.free(spares=2) == 0
    failed = busy.move(1, ACTIVE, FAILED)
    assert failed.free(spares=2) == 1  # one spare takes its place
    assert (
        failed.move(1, IDLE, FAILED).move(1, ACTIVE, FAILED).free(spares=2) == 1
    )  # the other spare failed too
    assert ServerCounts(idle=1).free(spares=2) == 0


def test_servers_arrive_off_and_leave_when_they_are_off() -> None:
    assert ServerCounts(active=2).arrive(3) == ServerCounts(off=3, active=2)
    assert ServerCounts(off=3).arrive(-3) == ServerCounts()
    with pytest.raises(ValueError, match="ServerCounts: off = -1 servers; allowed: at least 0"):
        ServerCounts(off=2, idle=1).arrive(-3)


def test_time_does_not_go_back() -> None:
    hours = StateHours(ServerCounts(idle=1), 10.0)
    with pytest.raises(ValueError, match=r"now_s = 9\.0 s; allowed: at least 10\.0 s"):
        hours.at(9.0)


def test_server_hours_are_an_account_with_a_part_for_each_state() -> None:
    assert server_h(ACTIVE) == Account("server_h", "server-h", "Server hours", part="active")
