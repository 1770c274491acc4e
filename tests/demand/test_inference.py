"""An inference stream: requests served, and dropped for lack of servers or of power."""

from __future__ import annotations

from typing import Any

import pytest
from builders import compute, steps

from sim import Result
from sim.campus import Facility, InferenceStream, ServerPool, TrainingJob

HALL = ServerPool(servers=10, gpus_per_server=10, idle_w=10_000.0, busy_w=100_000.0)
WH = 1.0  # a request: 3600 requests a second are 3.6 kWh a second, or 12.96 MW
MOST_PER_S = 0.5e6 / 3600  # 50 GPUs of 10 kW: 138.9 requests a second


def run(rate: Any, *, limit_mw: Any = 10.0, pue: float = 1.0, **more: TrainingJob) -> Result:
    stream = InferenceStream(pool="hall", gpus=50, requests_per_s=rate, energy_per_request_wh=WH)
    demand = {"chat": stream, **more}
    return compute(HALL, demand, facility=Facility(pue=pue), import_limit_mw=limit_mw)


def test_every_request_has_its_energy() -> None:
    summary = run(100.0, pue=1.2).summary
    requests = 100 * 86400
    assert summary.requests_wanted == pytest.approx(requests)
    assert summary.requests_dropped == 0.0
    idle = 0.05 * 24  # the other fifty GPUs
    assert summary.it_energy_mwh == pytest.approx(requests * WH / 1e6 + idle)
    assert summary.energy_mwh == pytest.approx(1.2 * (requests * WH / 1e6 + idle))


def test_requests_that_find_no_gpu_are_dropped_and_counted() -> None:
    result = run(steps((0, 100.0), (6, 200.0), (12, 50.0)))
    summary = result.summary
    assert summary.requests_wanted == pytest.approx(100 * 6 * 3600 + 200 * 6 * 3600 + 50 * 12 * 3600)
    assert summary.requests_dropped == pytest.approx((200 - MOST_PER_S) * 6 * 3600)
    assert result.flows["chat.served_mw"].max() == pytest.approx(0.5)  # the busy power of its GPUs
    assert summary.unserved_mwh == 0.0


def test_requests_that_find_no_power_are_dropped_and_the_power_is_unserved() -> None:
    # 0.36 MW for requests and 0.05 MW for idle GPUs are firm alike; from 6:00 to 12:00 half of it comes
    summary = run(100.0, limit_mw=steps((0, 10.0), (6, 0.41 / 2), (12, 10.0))).summary
    assert summary.requests_dropped == pytest.approx(100 * 6 * 3600 / 2)
    assert summary.unserved_by_load_mwh == pytest.approx({"chat": 0.18 * 6, "hall": 0.025 * 6})


def test_lack_of_gpus_and_of_power_are_both_counted_once() -> None:
    summary = run(200.0, limit_mw=0.55 / 4).summary  # 0.5 + 0.05 MW wanted, a quarter comes
    served = MOST_PER_S * 86400 / 4
    assert summary.requests_dropped == pytest.approx(200 * 86400 - served)
    assert summary.requests_dropped_by_reason == pytest.approx(
        {"servers": (200 - MOST_PER_S) * 86400, "power": MOST_PER_S * 86400 * 3 / 4}
    )


def test_in_a_blackout_every_request_is_dropped() -> None:
    summary = run(100.0, limit_mw=0.0).summary
    assert summary.requests_dropped == summary.requests_wanted == pytest.approx(100 * 86400)


def test_no_request_needs_no_power() -> None:
    summary = run(0.0).summary
    assert (summary.requests_wanted, summary.requests_dropped) == (0.0, 0.0)
    assert summary.energy_mwh == pytest.approx(0.05 * 24)


def test_a_daily_shape_has_its_mean() -> None:
    result = run({"mean": 80.0, "hourly": [1.0] * 12 + [2.0] * 12})
    assert result.summary.requests_wanted == pytest.approx(80 * 86400)


def test_a_stream_and_a_job_share_a_pool() -> None:
    result = run(100.0, job=TrainingJob(pool="hall", gpus=50, work_gpu_h=600.0))
    assert result.summary.requests_dropped == 0.0
    # 12 h of 0.36 + 0.5 MW, then 12 h of 0.36 + 0.05 MW
    assert result.summary.it_energy_mwh == pytest.approx(12 * 0.86 + 12 * 0.41)


def test_where_power_is_short_the_job_gives_way_to_the_stream() -> None:
    job = TrainingJob(pool="hall", gpus=50, work_gpu_h=1e6)
    result = run(100.0, limit_mw=0.36 + 0.05 + 0.225, job=job)  # half of the job's 0.45 MW above idle
    assert (result.summary.requests_dropped, result.summary.unserved_mwh) == (0.0, 0.0)
    assert result.summary.gpu_h_done == pytest.approx(50 * 24 / 2)


def test_requests_wanted_are_counted_at_their_rate_also_while_all_gpus_are_busy() -> None:
    summary = run(steps((0, 200.0), (12, 300.0))).summary  # its power does not change at 12:00
    assert summary.requests_wanted == pytest.approx((200 + 300) * 12 * 3600)
    assert summary.requests_dropped == pytest.approx((200 + 300 - 2 * MOST_PER_S) * 12 * 3600)
