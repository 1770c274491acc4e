"""The regret of flexible jobs, by hand: 8 GPUs draw 2.49 kW idle and 6.85 kW at work."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from builders import compute, steps, told

from sim import Result
from sim.campus import (
    Facility,
    InferenceStream,
    MeasuredLoad,
    ServerPool,
    TrainingJob,
    Workload,
)
from sim.regret.found import Regret
from sim.regret.jobs import Jobs
from sim.workload.job_draw import JobDraw

ABOVE_MW = 4.36e-3
"""Power above idle of a server at work."""
FALLING = steps((0, 100.0), (12, 20.0))


def run(*jobs: dict[str, Any], servers: int = 1, facility: Facility | None = None, **grid: Any) -> Result:
    """A day of jobs on 8 GPUs each, whose power is worth more than it costs, unless they say otherwise."""
    demand = {
        f"job {number}": TrainingJob(pool="hall", gpus=8, **{"work_gpu_h": 48.0, **job})
        for number, job in enumerate(jobs)
    }
    grid = {"import_price_usd_per_mwh": FALLING, **grid}
    return compute(ServerPool(servers=servers), demand, facility=facility, **grid)


def gap(*jobs: dict[str, Any], **more: Any) -> Regret:
    """The regret of such a day."""
    return run(*jobs, **more).regret()


def test_work_is_moved_to_the_cheap_hours() -> None:
    found = gap({})
    # 6 h of work above idle, at 20 in place of 100 USD/MWh
    assert found.gap_usd == pytest.approx(6.0 * ABOVE_MW * 80.0)
    assert found.supply_gap_usd == pytest.approx(0.0, abs=1e-9)
    assert "With the power of all jobs as in the run" in str(found)
    name = "hall jobs at 150 USD/MWh.served_mw"
    assert found.by_flow()[name] == pytest.approx((6.0 * 6.85e-3, 6.0 * 6.85e-3))


def test_work_is_not_done_before_its_submission() -> None:
    found = gap({"submit_h": 14.0}, import_price_usd_per_mwh=steps((0, 20.0), (12, 100.0)))
    assert found.gap_usd == pytest.approx(0.0, abs=1e-9)


def test_work_is_done_by_the_deadline_that_the_run_has_kept() -> None:
    # done in the run after 6 h; of 6 h within 14 h, 2 can be after 12 h
    found = gap({"deadline_h": 14.0})
    assert found.gap_usd == pytest.approx(2.0 * ABOVE_MW * 80.0)


def test_a_deadline_that_the_run_has_missed_does_not_bind() -> None:
    late = {"deadline_h": 7.0, "worth_usd_per_mwh": 50.0}
    # held at 100 USD/MWh, the job runs from 12 h on, when power is cheap
    assert gap(late).gap_usd == pytest.approx(0.0, abs=1e-9)


def test_a_pool_has_no_more_servers_than_it_has() -> None:
    # both jobs take the 24 h of the day between them, and no hour is left to choose
    both = gap({"work_gpu_h": 96.0}, {"work_gpu_h": 96.0})
    assert both.gap_usd == pytest.approx(0.0, abs=1e-9)
    # with a second server each does its 12 h in the cheap half
    spread = gap({"work_gpu_h": 96.0}, {"work_gpu_h": 96.0}, servers=2)
    assert spread.gap_usd == pytest.approx(2 * 12.0 * ABOVE_MW * 80.0)


def test_work_not_done_is_charged_on_both_sides_at_the_price_of_its_jobs() -> None:
    found = gap({"worth_usd_per_mwh": 15.0})
    # power always costs more: 6 h of the power above idle are outstanding at 15 USD/MWh
    usd = 6.0 * ABOVE_MW * 15.0
    assert found.by_line()["work not done"] == pytest.approx((usd, usd))
    assert found.gap_usd == pytest.approx(0.0, abs=1e-9)


def test_the_bound_gives_up_work_that_costs_more_than_it_is_worth() -> None:
    job = {"worth_usd_per_mwh": 150.0}
    found = gap(job, import_price_usd_per_mwh=90.0, demand_charge_usd_per_mw_month=100_000.0)
    # spread over the day, a MWh adds 1 / 24 MW to the peak, which alone costs 4,167 USD
    charged = 150.0 * 6.0 * ABOVE_MW
    assert found.by_line()["work not done"] == pytest.approx((0.0, charged))


def test_work_beyond_that_of_the_run_earns_nothing() -> None:
    # the second job never gets a server in the run, and is not charged
    found = gap({"work_gpu_h": 192.0}, {"work_gpu_h": 48.0})
    assert found.by_line().get("work not done", (0.0, 0.0)) == pytest.approx((0.0, 0.0))
    assert found.gap_usd == pytest.approx(0.0, abs=1e-9)


def test_a_measured_response_saves_energy_where_there_is_time() -> None:
    job = {"response": "rtx6000", "worth_usd_per_mwh": 400.0}
    result = run(job, import_price_usd_per_mwh=50.0)
    spec = result.campus.demand["job 0"]
    assert isinstance(spec, TrainingJob)
    share, speed = spec.behaviour(result.campus.servers["hall"]).corners_pu[0]
    # at full speed in the run; at the least energy per unit of work it takes share / speed of it
    assert result.regret().gap_usd == pytest.approx(6.0 * ABOVE_MW * 50.0 * (1.0 - share / speed))


def test_under_a_power_domain_a_job_may_save_energy_twice() -> None:
    """Its speed is that of its tier times that of its cap, each of which takes at least share / speed."""
    job = TrainingJob(pool="hall", gpus=8, work_gpu_h=48.0, response="rtx6000", worth_usd_per_mwh=400.0)
    pool = ServerPool(servers=1, domains=[{"name": "rack", "servers": 1, "limit_mw": 1.0}])
    share, speed = job.behaviour(pool).corners_pu[0]
    found = compute(pool, {"job": job}, import_price_usd_per_mwh=50.0).regret()
    assert found.gap_usd == pytest.approx(6.0 * ABOVE_MW * 50.0 * (1.0 - (share / speed) ** 2))


def test_of_tiers_with_one_name_the_least_share_of_idle_power_counts() -> None:
    # idle GPUs draw 2.49 kW of the 6.85 kW of one job, and of the 3.2 kW of the other, which has 400 W a GPU
    demand = {
        name: TrainingJob(pool="hall", gpus=8, work_gpu_h=48.0, gpu_w=watts)
        for name, watts in (("high", None), ("low", 400.0))
    }
    result = compute(ServerPool(servers=2), demand, import_price_usd_per_mwh=50.0)
    moved = Jobs.of(result, result.campus).moved_mw
    assert moved["hall jobs at 150 USD/MWh"][0] == pytest.approx(ABOVE_MW)
    assert moved["hall jobs at 150 USD/MWh (2)"][0] == pytest.approx(3.2e-3 * (1.0 - 2.49 / 6.85))


def test_a_job_that_draws_less_than_idle_servers_has_nothing_to_move() -> None:
    result = run({"gpu_w": 10.0})
    assert Jobs.of(result, result.campus).moved_mw == {}
    assert result.regret().gap_usd == pytest.approx(0.0, abs=1e-9)


def test_an_overhead_in_proportion_makes_all_of_it_dearer() -> None:
    found = gap({}, facility=Facility(pue=1.25))
    assert found.gap_usd == pytest.approx(1.25 * 6.0 * ABOVE_MW * 80.0)


@pytest.mark.parametrize(
    "facility",
    [
        {"ups": {"rated_mw": 0.01}},
        {"cooling": {"kind": "wet_bulb"}, "transformer": {"rated_mw": 0.02}},
        {"cooling": {"kind": "chiller", "rated_mw": 0.01}, "ups": {"rated_mw": 0.01}},
    ],
)
def test_an_overhead_that_follows_load_and_weather_is_bounded_from_below(facility: dict[str, Any]) -> None:
    found = gap({"work_gpu_h": 192.0}, facility=Facility(**facility), import_price_usd_per_mwh=50.0)
    # the job works all day at one price, so there is nothing to save
    assert 0.0 <= found.gap_usd <= 0.03 * found.simulated_usd


def test_firm_jobs_draw_what_they_drew() -> None:
    assert gap({"flexible_pu": 0.0}).gap_usd == pytest.approx(0.0, abs=1e-9)


def test_of_a_job_that_is_flexible_in_part_all_power_above_idle_can_be_moved() -> None:
    assert gap({"flexible_pu": 0.5}).gap_usd == pytest.approx(6.0 * ABOVE_MW * 80.0)


def test_the_jobs_of_a_workload_are_moved_like_others() -> None:
    load = Workload(pool="hall", jobs=JobDraw(arrivals_per_h=1.0, gpus=(8,)))
    result = compute(ServerPool(servers=9), {"jobs": load}, import_price_usd_per_mwh=FALLING)
    dear_mw = result.hourly["hall jobs at 150 USD/MWh.served_mw"].to_numpy()[:12]
    assert dear_mw.max() > 0.0
    # there are servers for all work in the cheap hours; at work 4.36 of 6.85 kW are above idle
    assert result.regret().gap_usd == pytest.approx(dear_mw.sum() * 4.36 / 6.85 * 80.0)


def test_a_pool_out_of_service_does_no_work() -> None:
    pool = ServerPool(servers=1, in_service=0.5)
    price = steps((0, 20.0), (12, 100.0))
    result = compute(
        pool, {"job": TrainingJob(pool="hall", gpus=8, work_gpu_h=48.0)}, import_price_usd_per_mwh=price
    )
    assert result.regret().gap_usd == pytest.approx(0.0, abs=1e-9)


def test_servers_that_requests_keep_are_not_there_for_jobs() -> None:
    stream = InferenceStream(
        pool="hall",
        replicas=1,
        model="llama2_70b_8xh200",
        requests_per_s=1.0,
        classes={"ask": {"prompt_tokens": {"mean": 100.0}, "output_tokens": {"mean": 100.0}}},
    )
    jobs = {f"job {n}": TrainingJob(pool="hall", gpus=8, work_gpu_h=96.0) for n in range(2)}
    kept = compute(ServerPool(servers=2), {**jobs, "chat": stream}, import_price_usd_per_mwh=FALLING)
    # one server for 24 h of work; the stream draws the same in the run and in the bound
    assert kept.regret().gap_usd == pytest.approx(0.0, abs=1e-6)


def test_the_bound_is_the_best_of_all_dispatches_of_three_hours() -> None:
    """Each third of the day at no, half or full power; the job needs half of all, demand is charged."""
    prices = (40.0, 10.0, 70.0)
    charge, load_mw = 1000.0, (0.004, 0.009, 0.001)
    thirds = (0, 8, 16)
    load = MeasuredLoad(power_mw=steps(*zip(thirds, load_mw, strict=True)))
    job = TrainingJob(pool="hall", gpus=8, work_gpu_h=96.0)
    found = compute(
        ServerPool(servers=1),
        {"job": job, "load": load},
        import_price_usd_per_mwh=steps(*zip(thirds, prices, strict=True)),
        demand_charge_usd_per_mw_month=charge,
    ).regret()
    idle_mw = 2.49e-3
    costs = []
    for shares in product((0.0, 0.25, 0.5, 0.75, 1.0), repeat=3):
        if sum(shares) == 1.5:  # 12 of 24 h at full power
            mw = [one + idle_mw + ABOVE_MW * share for one, share in zip(load_mw, shares, strict=True)]
            energy = sum(8.0 * each * price for each, price in zip(mw, prices, strict=True))
            costs.append(energy + charge * max(mw))
    # the best of them has the peak of the second third without work, so none between these steps is better
    assert found.bound_usd == pytest.approx(min(costs))


def test_jobs_that_follow_their_phases_one_by_one_are_refused() -> None:
    """Their last phases may draw most, so the energy of a part of their work is not known."""
    job = TrainingJob(pool="hall", gpus=8, work_gpu_h=80.0, phases="gpt3_512xh100", resolution="phases")
    message = "has jobs of resolution 'phases', whose late phases may draw most, which regret cannot move yet"
    assert told(compute(ServerPool(servers=1), {"job": job}, days=0.2).regret) == f"demand: job {message}"
