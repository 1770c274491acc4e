"""States of the servers of a pool: their hours add up to its time."""

from __future__ import annotations

import pytest
from builders import compute
from hypothesis import given
from hypothesis import strategies as st

from sim.bus.account import Account
from sim.campus import ServerPool, TrainingJob
from sim.compute.server_states import ServerState, StateHours, server_h
from sim.units import seconds

OFF, BOOTING, IDLE, ACTIVE, DRAINING, FAILED = ServerState


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(0.0, 9.0)), min_size=1, max_size=20)
)
def test_hours_add_up_to_the_time_of_all_servers(moves: list[tuple[int, int, float]]) -> None:
    hours, now_s, total_h = StateHours(0.0), 0.0, 0.0
    for idle, active, stay_h in moves:
        hours.become(now_s, idle=idle, active=active, failed=20 - idle - active)
        now_s += seconds(stay_h)
        total_h += stay_h
    assert sum(hours.at(now_s).values()) == pytest.approx(20 * total_h)


def test_hours_by_state_are_counts_times_time() -> None:
    hours = StateHours(0.0)
    hours.become(0.0, off=10)
    hours.become(seconds(2.0), booting=10)
    hours.become(seconds(2.5), idle=10)
    hours.become(seconds(4.0), idle=4, active=6)
    assert hours.at(seconds(5.0)) == dict.fromkeys(ServerState, 0.0) | {
        OFF: 10 * 2.0,
        BOOTING: 10 * 0.5,
        IDLE: 10 * 1.5 + 4 * 1.0,
        ACTIVE: 6 * 1.0,
    }
    assert hours.at(seconds(7.0))[ACTIVE] == 6 * 3.0  # asked again, nothing counts twice


def test_time_does_not_go_back() -> None:
    hours = StateHours(10.0)
    with pytest.raises(ValueError, match=r"now_s = 9\.0 s; allowed: at least 10\.0 s"):
        hours.at(9.0)


def test_server_hours_are_an_account_with_a_part_for_each_state() -> None:
    assert server_h(ACTIVE) == Account("server_h", "server-h", "Server hours", part="active")


def test_the_states_of_a_pool_whose_servers_fail_add_up_to_it() -> None:
    pool = ServerPool(servers=50, mttf_h=100.0, mttr_h=10.0)
    jobs = {"job": TrainingJob(pool="hall", gpus=160, work_gpu_h=160 * 24.0 * 20)}
    result = compute(pool, jobs, days=20.0)
    found = {
        row.part: row.amount for row in result.accounts.itertuples(index=False) if row.account == "server_h"
    }
    assert sum(found.values()) == pytest.approx(50 * 24 * 20)
    # 10 of 110 h a server is under repair, on average 109 repairs; and ten minutes it boots after each
    assert found["failed"] == pytest.approx(50 * 24 * 20 / 11, rel=0.25)
    assert found["booting"] / (found["failed"] / 10.0 / 6.0) == pytest.approx(1.0, rel=0.3)
    assert 0.8 < found["active"] / (20 * 24 * 20) < 1.0 + 1e-9


@pytest.mark.parametrize(("servers", "boot_min", "days"), [(1, 10.0, 1000.0), (3, 120.0, 500.0)])
def test_servers_of_a_small_pool_are_out_for_their_share_of_time(
    servers: int, boot_min: float, days: float
) -> None:
    pool = ServerPool(servers=servers, mttf_h=20.0, mttr_h=2.0, boot_min=boot_min)
    result = compute(pool, {}, days=days)
    found = {
        row.part: row.amount for row in result.accounts.itertuples(index=False) if row.account == "server_h"
    }
    server_h, cycle_h = servers * days * 24, 20.0 + 2.0 + boot_min / 60
    # the sum of as many exponential times is off by one over the square root of their number
    slack = 4.0 / (server_h / cycle_h) ** 0.5
    assert found["failed"] == pytest.approx(server_h * 2.0 / cycle_h, rel=slack)
    assert found["booting"] == pytest.approx(server_h * boot_min / 60 / cycle_h, rel=slack)


def test_a_pool_that_drains_starts_no_further_job_and_lets_the_others_end() -> None:
    pool = ServerPool(servers=2, retired=1.0, drain_h=10.0, mttf_h=870_000.0)
    jobs = {
        "early": TrainingJob(pool="hall", gpus=8, work_gpu_h=8 * 20.0),
        "late": TrainingJob(pool="hall", gpus=8, work_gpu_h=8 * 2.0, submit_h=15.0),
    }
    result = compute(pool, jobs, days=2.0)
    assert result.jobs.set_index("name")["state"].to_dict() == {
        "early": "finished",
        "late": "waiting for GPUs",
    }
    hours = {row.part: row.amount for row in result.accounts.itertuples() if row.account == "server_h"}
    # one server is at work for 14 h, and drains for 6; the other is idle; both are off for a day
    assert hours == pytest.approx({"active": 14.0, "draining": 6.0, "idle": 24.0 + 4.0, "off": 48.0})
