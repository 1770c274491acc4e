"""A pool of servers: idle power, and the line of those who wait for GPUs."""

from __future__ import annotations

from typing import Any

import pytest
from builders import compute, elapsed_h, steps

from sim import Result, SpecError
from sim.campus import ServerPool, TrainingJob

HALL = ServerPool(servers=10, gpus_per_server=10, idle_w=10_000.0, busy_w=100_000.0)  # 100 GPUs


def run(days: float = 1.0, *, limit_mw: float = 100.0, price: Any = 60.0, **demand: TrainingJob) -> Result:
    return compute(HALL, demand, days=days, import_limit_mw=limit_mw, import_price_usd_per_mwh=price)


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
    assert result.flows["hall jobs at 150 USD/MWh.served_mw"].iloc[0] == pytest.approx(60 * 0.01)
    assert result.summary.energy_mwh == pytest.approx(6 * 0.6 + 6 * 0.04 + 18 * 0.1)


def test_jobs_that_do_not_fit_wait_in_the_order_in_which_they_came() -> None:
    result = run(c=job(60, 2.0), b=job(60, 3.0, submit_h=0.5), a=job(30, 1.0, submit_h=1.0))
    # a would fit beside c at once, but b came first; b leaves room for a
    assert spans(result) == {"a": (2.0, 3.0), "b": (2.0, 5.0), "c": (0.0, 2.0)}


def test_jobs_of_one_instant_stand_in_line_by_name() -> None:
    result = run(b=job(100, 1.0), c=job(100, 1.0), a=job(100, 1.0))
    assert spans(result) == {"a": (0.0, 1.0), "b": (1.0, 2.0), "c": (2.0, 3.0)}


def poor(gpus: int, hours: float, **values: Any) -> TrainingJob:
    """A job that is held back above 30 USD/MWh."""
    return job(gpus, hours, worth_usd_per_mwh=30.0, **values)


def rich(gpus: int, hours: float, **values: Any) -> TrainingJob:
    """A job that takes power at 60 USD/MWh."""
    return job(gpus, hours, worth_usd_per_mwh=4000.0, **values)


def test_a_job_that_yields_keeps_its_place_before_one_of_the_same_price_that_came_later() -> None:
    price = steps((0, 20.0), (4, 60.0), (20, 20.0))
    result = run(
        2.0, price=price, a=poor(100, 10.0), b=rich(100, 6.0, submit_h=2.0), c=poor(100, 10.0, submit_h=3.0)
    )
    # a has worked for 4 h when it yields to b, holds its GPUs again from 10:00, and works from 20:00 on
    assert spans(result) == {
        "a": (0.0, pytest.approx(26.0)),
        "b": (4.0, pytest.approx(10.0)),
        "c": (pytest.approx(26.0), pytest.approx(36.0)),
    }


def test_of_two_jobs_of_the_same_price_the_one_submitted_last_yields() -> None:
    price = steps((0, 20.0), (2, 60.0), (8, 20.0))
    result = run(
        2.0, price=price, a=poor(50, 10.0), b=poor(50, 10.0, submit_h=1.0), c=rich(50, 20.0, submit_h=2.0)
    )
    # both are held back from 2:00 to 8:00; a keeps its GPUs, and b, which has 9 h left, waits until c ends
    assert spans(result) == {
        "a": (0.0, pytest.approx(10.0 + 6.0)),
        "b": (1.0, pytest.approx(16.0 + 9.0)),
        "c": (2.0, pytest.approx(22.0)),
    }


def test_a_job_that_has_yielded_before_is_still_the_one_submitted_first() -> None:
    price = steps((0, 20.0), (2, 60.0), (12, 20.0))
    result = run(
        2.0,
        price=price,
        a=poor(50, 10.0),
        b=poor(50, 10.0, submit_h=1.0),
        c=rich(100, 2.0, submit_h=3.0),
        d=rich(50, 20.0, submit_h=6.0),
    )
    # both yield to c, b first, and hold their GPUs again from 5:00 on; at 6:00 it is b that yields to d; from
    # 12:00 on a does the 8 h that it has left, and then b its 9 h
    assert spans(result) == {
        "a": (0.0, pytest.approx(20.0)),
        "b": (1.0, pytest.approx(29.0)),
        "c": (3.0, pytest.approx(5.0)),
        "d": (6.0, pytest.approx(26.0)),
    }


def test_a_job_takes_gpus_back_also_where_its_power_costs_just_what_it_is_worth() -> None:
    result = run(a=poor(100, 10.0), b=job(100, 4.0, submit_h=3.0, worth_usd_per_mwh=60.0))
    ends = result.jobs.set_index("name")["end"]
    assert elapsed_h(result, ends["b"]) == pytest.approx(3.0 + 4.0)


def test_a_job_does_not_yield_where_its_gpus_are_too_few_for_the_one_that_waits() -> None:
    price = steps((0, 20.0), (2, 60.0), (4, 20.0))
    result = run(2.0, price=price, a=poor(50, 10.0), b=rich(50, 14.0), c=rich(100, 5.0, submit_h=1.0))
    # at 2:00 c would need the GPUs of b too; a works again from 4:00 on
    assert spans(result) == {
        "a": (0.0, pytest.approx(12.0)),
        "b": (0.0, pytest.approx(14.0)),
        "c": (pytest.approx(14.0), pytest.approx(19.0)),
    }


def test_a_job_does_not_yield_to_one_of_the_same_price() -> None:
    result = run(limit_mw=0.37, a=job(60, 3.0), b=job(60, 3.0, submit_h=1.0))
    # idle servers take 0.04 MW and a job 0.06; of the 0.54 MW that a job wants above that 0.27 are left
    assert spans(result) == {"a": (0.0, pytest.approx(6.0)), "b": (pytest.approx(6.0), pytest.approx(12.0))}


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


def test_the_power_of_a_pool_follows_its_model_also_when_that_is_replaced() -> None:
    pool = ServerPool(servers=2, model="8xh100")
    rack = pool.with_values({"model": "gb200_nvl72"})
    assert (rack.gpus_per_server, rack.idle_w, rack.busy_w) == (72, 30_680.0, 98_400.0)
    own = pool.with_values({"busy_w": 5000.0}).with_values({"model": "8xa100"})
    assert (own.busy_w, own.idle_w) == (5000.0, 1512.0)
    assert ServerPool(**pool.to_dict()) == pool
    assert "busy_w" not in pool.to_dict()


def test_an_unknown_model_is_refused_with_the_nearest() -> None:
    message = "ServerPool: model = '8xh10'; allowed: a preset or a table of fields; nearest: 8xh100"
    with pytest.raises(SpecError, match=f"^{message}"):
        ServerPool(servers=2, model="8xh10")
