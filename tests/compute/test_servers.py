"""A pool of servers: idle power, and the line of those who wait for GPUs."""

from __future__ import annotations

from typing import Any

import pytest
from builders import compute, elapsed_h

from sim import Result, SpecError
from sim.campus import ServerPool, TrainingJob

HALL = ServerPool(servers=10, gpus_per_server=10, idle_w=10_000.0, busy_w=100_000.0)  # 100 GPUs


def run(days: float = 1.0, **demand: TrainingJob) -> Result:
    return compute(HALL, demand, days=days, import_limit_mw=100.0)


def job(gpus: int, hours: float, **values: Any) -> TrainingJob:
    return TrainingJob(**{"pool": "hall", "gpus": gpus, "work_gpu_h": gpus * hours, **values})


def spans(result: Result) -> dict[str, tuple[float, float]]:
    """When each job began and ended [h]."""
    jobs = result.jobs.set_index("name")
    return {
        name: tuple(elapsed_h(result, jobs.loc[name, key]) for key in ("start", "end")) for name in jobs.index
    }


def test_a_pool_knows_its_size_and_its_power_by_gpu() -> None:
    assert HALL.gpus == 100
    assert (HALL.busy_mw_per_gpu, HALL.idle_mw_per_gpu) == (0.01, 0.001)


def test_servers_nobody_uses_draw_their_idle_power() -> None:
    assert run().summary.energy_mwh == pytest.approx(0.1 * 24)


def test_gpus_in_use_draw_their_job_s_power_and_the_others_idle() -> None:
    result = run(a=job(60, 6.0))
    assert result.flows["hall.served_mw"].iloc[0] == pytest.approx(40 * 0.001)
    assert result.flows["a.served_mw"].iloc[0] == pytest.approx(60 * 0.01)
    assert result.summary.energy_mwh == pytest.approx(6 * 0.6 + 6 * 0.04 + 18 * 0.1)


def test_jobs_that_do_not_fit_wait_in_the_order_in_which_they_came() -> None:
    result = run(c=job(60, 2.0), b=job(60, 3.0, submit_h=0.5), a=job(30, 1.0, submit_h=1.0))
    # a would fit beside c at once, but b came first; b leaves room for a
    assert spans(result) == {"a": (2.0, 3.0), "b": (2.0, 5.0), "c": (0.0, 2.0)}


def test_jobs_of_one_instant_stand_in_line_by_name() -> None:
    result = run(b=job(100, 1.0), c=job(100, 1.0), a=job(100, 1.0))
    assert spans(result) == {"a": (0.0, 1.0), "b": (1.0, 2.0), "c": (2.0, 3.0)}


def test_two_jobs_share_a_pool() -> None:
    result = run(a=job(50, 2.0), b=job(50, 4.0))
    assert spans(result) == {"a": (0.0, 2.0), "b": (0.0, 4.0)}
    assert result.summary.peak_load_mw == pytest.approx(1.0)


def test_servers_that_idle_above_their_busy_power_are_refused() -> None:
    with pytest.raises(SpecError) as refused:
        ServerPool(servers=1, busy_w=330.0)
    assert str(refused.value) == "ServerPool: busy_w = 330.0 W; allowed: at least idle_w = 2490 W"


def test_a_pool_without_servers_is_refused() -> None:
    with pytest.raises(
        SpecError, match=r"^ServerPool: servers = 0; allowed: a whole number at least 1 and at most 1e\+07$"
    ):
        ServerPool(servers=0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"servers": 10**7, "gpus_per_server": 11},  # 1.1e8 GPUs
            "gpus_per_server = 11; allowed: at most 10, for 10,000,000 servers",
        ),
        (
            {"servers": 10**7, "gpus_per_server": 8, "busy_w": 2e5},  # 2e12 W
            "busy_w = 200000.0 W; allowed: at most 100000 W, for 10,000,000 servers",
        ),
        ({"servers": 2**63}, f"servers = {2**63}; allowed: a whole number at least 1 and at most 1e+07"),
    ],
)
def test_a_pool_larger_than_any_campus_is_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        ServerPool(**values)
    assert str(refused.value) == f"ServerPool: {message}"
