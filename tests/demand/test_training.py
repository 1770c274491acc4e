"""A training job: it finishes at the exact instant, slows down, waits, and comes back."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from builders import compute, elapsed_h, steps, told
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import Result
from sim.bus.flows import Flow
from sim.campus import Facility, ServerPool, TrainingJob

HALL = ServerPool(servers=10, gpus_per_server=10, idle_w=20_000.0, busy_w=100_000.0)
TIER = "hall jobs at 150 USD/MWh"
# a job on all 100 GPUs draws 1 MW, 0.2 MW of it idle and firm, 0.8 MW above that


def run(
    limit_mw: Any = 10.0, *, days: float = 1.0, price: Any = 60.0, pue: float = 1.0, **job: Any
) -> Result:
    values = {"pool": "hall", "gpus": 100, "work_gpu_h": 1000.0, **job}
    grid = {"import_limit_mw": limit_mw, "import_price_usd_per_mwh": price}
    return compute(HALL, {"job": TrainingJob(**values)}, days=days, facility=Facility(pue=pue), **grid)


def ended_h(result: Result) -> float:
    return elapsed_h(result, result.jobs["end"].iloc[0])


def test_a_job_ends_when_its_work_is_done() -> None:
    result = run(work_gpu_h=777.0)
    assert result.jobs["end"].iloc[0] == result.campus.calendar.at(7.77 * 3600)
    assert result.flows[f"{TIER}.served_mw"].iloc[-1] == 0.0
    assert result.summary.gpu_h_done == 777.0


def test_its_energy_is_power_times_work_whatever_the_pue_adds() -> None:
    summary = run(pue=1.3, work_gpu_h=2000.0).summary
    busy, idle = 20 * 1.0, 4 * 0.2
    assert summary.it_energy_mwh == pytest.approx(busy + idle)
    assert summary.energy_mwh == pytest.approx(1.3 * (busy + idle))


def test_it_is_submitted_when_it_says() -> None:
    result = run(submit_h=3.5)
    assert ended_h(result) == pytest.approx(3.5 + 10.0)
    submitted, started = result.jobs[["submit", "start"]].iloc[0]
    assert submitted == started == result.campus.calendar.at(3.5 * 3600)


def test_a_flexible_job_slows_by_the_power_it_gives_up_and_ends_late_by_the_right_amount() -> None:
    # from 2:00 to 6:00 there are 0.6 MW: 0.2 idle and half of the 0.8 above
    result = run(steps((0, 10.0), (2, 0.6), (6, 10.0)))
    summary = result.summary
    assert ended_h(result) == pytest.approx(10.0 + 4 / 2)
    assert (summary.deferred_mwh, summary.unserved_mwh) == (pytest.approx(4 * 0.4), 0.0)
    # the deferred energy came back later, with two more hours of idle power of its own
    assert summary.energy_mwh == pytest.approx(8 * 1.0 + 4 * 0.6 + 12 * 0.2)


def test_a_flexible_job_waits_while_power_is_dearer_than_it_is_worth() -> None:
    result = run(price=steps((0, 60.0), (2, 200.0), (5, 60.0)), worth_usd_per_mwh=150.0)
    assert ended_h(result) == pytest.approx(10.0 + 3)
    assert result.summary.deferred_mwh == pytest.approx(3 * 0.8)
    patient = run(price=steps((0, 60.0), (2, 200.0), (5, 60.0)), worth_usd_per_mwh=250.0)
    assert ended_h(patient) == pytest.approx(10.0)


def test_a_job_flexible_in_part_keeps_the_speed_of_its_firm_part() -> None:
    # 0.25 of 0.8 MW can be given up: at 200 USD/MWh it runs at three quarters of its speed
    result = run(price=steps((0, 200.0), (4, 60.0)), flexible_pu=0.25)
    assert ended_h(result) == pytest.approx(4 + (10 - 4 * 0.75))
    # 100 GPU-h late, of 2 kWh of flexible energy each; 300 GPU-h were done without any
    assert result.summary.deferred_mwh == pytest.approx(100 * 0.002)
    assert result.summary.deferred_saved_mwh == pytest.approx(300 * 0.002)


def test_a_firm_job_never_waits_and_what_it_lacks_is_unserved() -> None:
    dear = run(price=1000.0, flexible_pu=0.0)
    assert (ended_h(dear), dear.summary.deferred_mwh) == (pytest.approx(10.0), 0.0)
    short = run(steps((0, 10.0), (2, 0.6), (6, 10.0)), flexible_pu=0.0)
    assert short.summary.unserved_by_load_mwh["hall firm jobs"] == pytest.approx(4 * 0.4)
    assert short.summary.deferred_mwh == 0.0  # what is unserved is not deferred
    assert ended_h(short) == pytest.approx(10.0 + 4 / 2)  # slowed just like one that gives power up
    assert (dear.jobs["late_h"].iloc[0], short.jobs["late_h"].iloc[0]) == (0.0, pytest.approx(4 / 2))


def test_in_a_blackout_its_idle_power_is_unserved_and_the_rest_deferred() -> None:
    result = run(steps((0, 10.0), (2, 0.0), (6, 10.0)))
    assert ended_h(result) == pytest.approx(10.0 + 4)
    assert result.summary.unserved_by_load_mwh[TIER] == pytest.approx(4 * 0.2)
    assert result.summary.deferred_mwh == pytest.approx(4 * 0.8)


def test_with_less_than_its_idle_power_it_does_not_work() -> None:
    result = run(steps((0, 10.0), (2, 0.1), (6, 10.0)), flexible_pu=0.5)
    assert ended_h(result) == pytest.approx(10.0 + 4)


def test_a_job_longer_than_the_run_says_what_is_done() -> None:
    result = run(work_gpu_h=1e6)
    assert result.jobs["done_gpu_h"].iloc[0] == pytest.approx(100 * 24)
    assert result.jobs["end"].isna().all()
    slowed = run(steps((0, 10.0), (12, 0.6)), work_gpu_h=1e6)
    assert slowed.summary.gpu_h_done == pytest.approx(100 * 12 + 50 * 12)


def test_a_job_that_never_gets_power_or_gpus_has_done_nothing() -> None:
    assert run(0.0).summary.gpu_h_done == 0.0
    late = run(submit_h=48.0)
    assert late.summary.gpu_h_done == 0.0
    assert late.jobs[["start", "end"]].isna().all(axis=None)


def test_its_power_may_differ_from_that_of_the_pool_s_servers() -> None:
    result = run(gpu_w=5000.0)  # half of the pool's 10,000 W
    assert result.flows[f"{TIER}.served_mw"].iloc[0] == pytest.approx(0.5)


def test_a_job_that_wants_less_than_idle_power_is_firm_altogether() -> None:
    result = run(steps((0, 10.0), (2, 0.05), (6, 10.0)), gpu_w=1000.0)  # 0.1 MW, of which half comes
    assert result.summary.deferred_mwh == 0.0
    assert result.summary.unserved_mwh == pytest.approx(4 * 0.05)
    assert ended_h(result) == pytest.approx(10.0 + 4 / 2)


def test_goodput_is_work_over_time() -> None:
    result = run(steps((0, 10.0), (2, 0.6), (6, 10.0)))
    record = result.jobs.iloc[0]
    hours = (record["end"] - record["start"]).total_seconds() / 3600
    assert record["done_gpu_h"] / record["gpus"] / hours == pytest.approx(10 / 12)


def test_energy_that_waited_is_owed_until_the_job_has_been_given_it() -> None:
    # 0.6 MW for six hours: half of the 0.8 MW above idle waits, 2.4 MWh at a PUE of 1
    short = steps((0, 0.6), (6, 10.0))
    later = run(short, work_gpu_h=1500.0)  # three hours late, but done
    assert (later.summary.deferred_mwh, later.summary.deferred_outstanding_mwh) == (pytest.approx(2.4), 0.0)
    never = run(short, work_gpu_h=1e6)  # runs on at the end
    assert (never.summary.deferred_mwh, never.summary.deferred_outstanding_mwh) == pytest.approx((2.4, 2.4))
    # 1900 GPU-h would have taken 19 h; of the 300 GPU-h that waited 200 are left after 20 h
    between = run(short, work_gpu_h=1900.0, days=20 / 24)
    assert between.summary.deferred_outstanding_mwh == pytest.approx(2.4 * 200 / 300)
    overhead = run(steps((0, 0.6 * 1.25), (6, 10.0)), work_gpu_h=1900.0, days=20 / 24, pue=1.25)
    assert overhead.summary.deferred_outstanding_mwh == pytest.approx(1.25 * 2.4 * 200 / 300)
    row = between.jobs.iloc[0]
    assert (row["deferred_mwh"], row["outstanding_mwh"]) == pytest.approx((2.4, 1.6))


def test_a_job_whose_work_is_done_as_the_run_ends_is_done() -> None:
    result = run(work_gpu_h=2400.0)
    assert result.jobs["end"].iloc[0] == result.campus.calendar.at(86400.0)
    assert result.summary.gpu_h_done == 2400.0
    for work_gpu_h in (700.0, 100.0 * 7.1 * 3.3, 100.0 / 3.0):  # whatever the last digit of its length
        assert run(work_gpu_h=work_gpu_h, days=work_gpu_h / 2400.0).jobs["end"].notna().all()


def test_it_slows_by_its_share_of_it_power_whatever_the_pue_adds() -> None:
    # 0.6 MW of IT power are 0.78 MW at the bus: half of its 0.8 MW above idle, as without overhead
    result = run(steps((0, 10.0), (2, 0.6 * 1.3), (6, 10.0)), pue=1.3)
    assert ended_h(result) == pytest.approx(10.0 + 4 / 2)


def in_line(price: Any, days: float = 30.0, **jobs: TrainingJob) -> Any:
    """When jobs of one pool began and ended [h]; None if they did not."""
    result = compute(HALL, jobs, days=days, import_price_usd_per_mwh=price)

    def hours(moment: Any) -> float | None:
        return None if pd.isna(moment) else elapsed_h(result, moment)

    return {row.name: (hours(row.start), hours(row.end)) for row in result.jobs.itertuples(index=False)}


def whole(worth: float, submit_h: float = 0.0, hours: float = 10.0) -> TrainingJob:
    """A job on all 100 GPUs."""
    return TrainingJob(
        pool="hall", gpus=100, work_gpu_h=100 * hours, worth_usd_per_mwh=worth, submit_h=submit_h
    )


def test_a_job_whose_power_is_too_dear_does_not_keep_a_better_one_waiting() -> None:
    # at 60 USD/MWh the first, worth 30, would hold every GPU for 30 days
    spans = in_line(60.0, poor=whole(30.0), rich=whole(4000.0, submit_h=5.0))
    assert spans == {"poor": (None, None), "rich": (5.0, pytest.approx(15.0))}


def test_the_line_is_ordered_by_what_power_is_worth() -> None:
    spans = in_line(20.0, days=2.0, a=whole(30.0), b=whole(100.0), c=whole(4000.0, submit_h=1.0))
    # b and a are submitted at one instant; a job that is not held back keeps its GPUs
    assert spans == {
        "b": (0.0, pytest.approx(10.0)),
        "c": (pytest.approx(10.0), pytest.approx(20.0)),
        "a": (pytest.approx(20.0), pytest.approx(30.0)),
    }


def test_a_job_that_is_held_back_yields_its_gpus_and_goes_on_where_it_stopped() -> None:
    price = steps((0, 20.0), (4, 60.0), (20, 20.0))
    spans = in_line(price, days=3.0, poor=whole(30.0), rich=whole(4000.0, submit_h=2.0, hours=6.0))
    # poor works until 4:00, rich until 10:00; from 20:00 on the 6 h left of poor
    assert spans == {"poor": (0.0, pytest.approx(26.0)), "rich": (4.0, pytest.approx(10.0))}


def test_a_job_that_is_held_back_keeps_its_gpus_where_power_is_too_dear_for_those_that_wait() -> None:
    price = steps((0, 20.0), (4, 60.0), (8, 20.0))
    spans = in_line(price, days=2.0, poor=whole(30.0), other=whole(50.0, submit_h=2.0))
    assert spans == {"poor": (0.0, pytest.approx(14.0)), "other": (pytest.approx(14.0), pytest.approx(24.0))}


def test_only_as_many_jobs_yield_as_a_better_one_needs() -> None:
    half = {"pool": "hall", "gpus": 50, "work_gpu_h": 500.0}
    spans = in_line(
        60.0,
        days=2.0,
        poor=TrainingJob(**half, worth_usd_per_mwh=30.0),
        fair=TrainingJob(**half, worth_usd_per_mwh=40.0),
        rich=TrainingJob(**half, worth_usd_per_mwh=4000.0, submit_h=3.0),
    )
    assert spans["rich"] == (3.0, pytest.approx(13.0))
    jobs = compute(
        HALL,
        {
            "poor": TrainingJob(**half, worth_usd_per_mwh=30.0),
            "fair": TrainingJob(**half, worth_usd_per_mwh=40.0),
            "rich": TrainingJob(**half, worth_usd_per_mwh=4000.0, submit_h=3.0),
        },
        days=1.0,
        import_price_usd_per_mwh=60.0,
    ).flows
    # while rich works, fair still waits with its GPUs for power, and poor has given them up
    noon = jobs.loc[jobs.index[jobs["hall jobs at 4000 USD/MWh.served_mw"] > 0.0][0]]
    assert (
        noon["hall jobs at 40 USD/MWh.held_back_mw"] > 0.0,
        noon["hall jobs at 30 USD/MWh.held_back_mw"],
    ) == (True, 0.0)


def test_a_job_that_yields_keeps_its_place_before_cheaper_ones() -> None:
    def job(gpus: int, work_gpu_h: float, worth: float, submit_h: float = 0.0) -> TrainingJob:
        return TrainingJob(
            pool="hall", gpus=gpus, work_gpu_h=work_gpu_h, worth_usd_per_mwh=worth, submit_h=submit_h
        )

    price = steps((0, 90.0), (1, 4000.0), (2, 40.0))
    spans = in_line(
        price, days=1.0, a=job(95, 380.0, 180.0), b=job(60, 60.0, 4500.0, 0.5), c=job(30, 60.0, 100.0, 0.5)
    )
    # at 1:00 a yields to b; 40 GPUs are free, but a heads the line; at 2:00 b ends, and a has 3 h left
    assert spans == {
        "a": (0.0, pytest.approx(5.0)),
        "b": (1.0, pytest.approx(2.0)),
        "c": (pytest.approx(5.0), pytest.approx(7.0)),
    }


@pytest.mark.parametrize("gpus", [7, 12, 13])
def test_a_job_has_not_started_while_it_only_has_its_idle_power(gpus: int) -> None:
    job = TrainingJob(pool="hall", gpus=gpus, work_gpu_h=5.0, worth_usd_per_mwh=60.0)
    price = steps((0, 150.0), (2, 10.0))
    result = compute(HALL, {"job": job}, facility=Facility(pue=1.2), days=1.0, import_price_usd_per_mwh=price)
    assert elapsed_h(result, result.jobs["start"].iloc[0]) == 2.0


def held(hours: float, days: float = 10.0, idle_w: float = 0.0, work_gpu_h: float = 10_000.0) -> Result:
    """1,000 GPUs at 1 kW; the price of power is above the job's for some hours, and below it afterwards."""
    pool = ServerPool(servers=100, gpus_per_server=10, idle_w=idle_w, busy_w=10_000.0)
    job = TrainingJob(pool="hall", gpus=1000, work_gpu_h=work_gpu_h, worth_usd_per_mwh=50.0)
    price = steps((0, 100.0), (hours, 40.0))
    return compute(pool, {"job": job}, days=days, import_price_usd_per_mwh=price)


def test_a_job_of_10_mwh_held_for_100_h_defers_10_mwh_by_100_h() -> None:
    result = held(100.0)
    summary = result.summary
    assert summary.deferred_mwh == pytest.approx(10.0)
    assert summary.deferred_mean_delay_h == pytest.approx(100.0)
    assert (summary.deferred_outstanding_mwh, summary.idle_held_mwh) == (0.0, 0.0)
    assert summary.deferred_saved_mwh == pytest.approx(0.0, abs=1e-9)
    assert summary.deferred_by_load_mwh == {"hall jobs at 50 USD/MWh": pytest.approx(10.0)}
    row = result.jobs.iloc[0]
    assert (row["deferred_mwh"], row["mean_delay_h"]) == pytest.approx((10.0, 100.0))


def test_a_job_stopped_after_96_h_has_deferred_10_mwh_and_owes_10() -> None:
    summary = held(100.0, days=4.0).summary
    assert (summary.deferred_mwh, summary.deferred_outstanding_mwh) == pytest.approx((10.0, 10.0))
    # its backlog rose for 10 h and stood at 10 MWh for 86 h
    assert summary.deferred_mean_delay_h == pytest.approx((10.0 / 2 * 10 + 10.0 * 86) / 10.0)


def test_idle_power_pays_off_no_backlog() -> None:
    # of 1 kW a GPU 249 W are idle: 7.51 MWh above idle are deferred, and 24.9 MWh drawn while held
    summary = held(100.0, idle_w=2490.0).summary
    assert summary.deferred_mwh == pytest.approx(7.51)
    assert summary.deferred_mean_delay_h == pytest.approx(100.0)
    assert summary.idle_held_mwh == pytest.approx(0.249 * 100)
    stopped = held(100.0, days=4.0, idle_w=2490.0).summary
    assert (stopped.deferred_mwh, stopped.deferred_outstanding_mwh) == pytest.approx((7.51, 7.51))
    assert stopped.idle_held_mwh == pytest.approx(0.249 * 96)


def test_deferred_energy_belongs_to_the_month_in_which_the_backlog_rises() -> None:
    result = held(
        1e5, days=59.0, work_gpu_h=1000.0 * 24 * 40
    )  # 40 days of work: the whole of January, 9 of February
    months = result.account("deferred_mwh")["hall jobs at 50 USD/MWh"]
    assert months.tolist() == pytest.approx([31 * 24.0, 9 * 24.0])


def test_while_a_job_waits_for_gpus_its_baseline_waits_too() -> None:
    # poor, worth 30, is held at 60 USD/MWh from 4:00; rich takes its GPUs from then to 10:00
    price = steps((0, 20.0), (4, 60.0), (20, 20.0))
    jobs = {"poor": whole(30.0), "rich": whole(4000.0, submit_h=2.0, hours=6.0)}
    summary = compute(HALL, jobs, days=3.0, import_price_usd_per_mwh=price).summary
    # on time it would have gone on from 10:00 to 16:00: 6 h of 0.8 MW, 10 h late
    assert summary.deferred_by_load_mwh == {"hall jobs at 30 USD/MWh": pytest.approx(6 * 0.8)}
    assert summary.deferred_mean_delay_h == pytest.approx(10.0)


def test_a_backlog_goes_on_while_its_job_waits_for_gpus() -> None:
    # a job of one hour is held back from the start; at 5:00 a better one takes its GPUs for 100 h
    price = steps((0, 100.0), (105, 10.0))
    jobs = {"poor": whole(30.0, hours=1.0), "rich": whole(150.0, submit_h=5.0, hours=100.0)}
    result = compute(HALL, jobs, days=10.0, import_price_usd_per_mwh=price)
    # its backlog of 0.8 MWh rises for an hour, stays until 105:00 and is worked off by 106:00
    assert result.summary.deferred_mwh == pytest.approx(0.8)
    assert result.summary.deferred_mean_delay_h == pytest.approx(0.5 + 104.0 + 0.5)
    job = result.jobs.set_index("name").loc["poor"]
    assert (job["late_h"], job["line_h"]) == pytest.approx((105.0, 100.0))


POWERS = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.35, 0.6, 1.0, 10.0]), min_size=1, max_size=8)


@settings(max_examples=100)
@given(POWERS, st.floats(10.0, 3000.0), st.sampled_from([0.0, 0.3, 1.0]), st.sampled_from([1.0, 1.3]))
def test_the_energy_of_the_baseline_is_what_was_drawn_outstanding_or_saved(
    powers: list[float], work_gpu_h: float, flexible_pu: float, pue: float
) -> None:
    profile = steps(*((3.0 * at, mw) for at, mw in enumerate(powers)))
    result = run(profile, work_gpu_h=work_gpu_h, flexible_pu=flexible_pu, pue=pue)
    summary = result.summary
    each_mwh = 0.8 * flexible_pu * pue / 100.0  # flexible energy of a GPU-hour at full speed
    assert 0.0 <= summary.deferred_outstanding_mwh <= summary.deferred_mwh + 1e-9
    served_mwh = result.books.by_owner_mwh(Flow.SERVED)[TIER if flexible_pu else "hall firm jobs"]
    firm_mwh = (1.0 - 0.8 * flexible_pu) * pue * active_h(result)
    firm_mwh -= sum(mwh for name, mwh in summary.unserved_by_load_mwh.items() if name != "hall")
    drawn_mwh = served_mwh - firm_mwh
    assert drawn_mwh + summary.deferred_outstanding_mwh + summary.deferred_saved_mwh == pytest.approx(
        min(work_gpu_h, 2400.0) * each_mwh, rel=1e-9, abs=1e-9
    )
    if flexible_pu == 1.0:
        # it draws what its work takes at full speed, and the idle power of its share that is held back
        assert summary.deferred_saved_mwh == pytest.approx(0.0, abs=1e-9)
        assert served_mwh == pytest.approx(summary.idle_held_mwh + summary.gpu_h_done / 100.0 * pue, rel=1e-9)


def active_h(result: Result) -> float:
    """Hours for which the job, submitted at the start, has its GPUs."""
    end = result.jobs["end"].iloc[0]
    return 24.0 if pd.isna(end) else elapsed_h(result, end)


def test_deferred_energy_of_a_job_that_yields_over_a_month_s_end_stays_in_its_month() -> None:
    # poor is held back for January's first 5 hours, yields to rich until March, and is held back for 2 h more
    price = steps((0, 60.0), (1500, 60.0))
    jobs = {
        "poor": whole(30.0, hours=7.0),
        "rich": whole(4000.0, submit_h=5.0, hours=1420.0 - 5.0),
    }
    result = compute(HALL, jobs, days=60.0, import_price_usd_per_mwh=price)
    months = result.account("deferred_mwh")["hall jobs at 30 USD/MWh"]
    assert months.tolist() == pytest.approx([5 * 0.8, 0.0, 2 * 0.8])


@pytest.mark.parametrize("worth", [4999.0, 5000.0, 9000.0])
def test_flexible_power_gives_way_to_idle_power_however_much_it_is_worth(worth: float) -> None:
    # 0.2 MW are idle, and no more than that is to be had: the job waits, and nothing is unserved
    summary = run(0.2, worth_usd_per_mwh=worth).summary
    assert summary.unserved_mwh == pytest.approx(0.0, abs=1e-9)
    assert (summary.gpu_h_done, summary.deferred_saved_mwh) == (0.0, 0.0)
    assert summary.idle_held_mwh == pytest.approx(0.2 * 24)


def test_while_a_job_starts_it_draws_the_power_that_its_phases_say() -> None:
    phases = {
        "iteration_s": 10.0,
        "compute_pu": 1.0,
        "compute_w": 9000.0,
        "waiting_w": 3000.0,
        "startup_s": 360.0,
    }
    result = run(phases=phases, flexible_pu=0.0)
    load_mw = result.flows["hall firm jobs.served_mw"]
    # 100 GPUs of 3 kW for 6 minutes, then of 9 kW for 10 h
    assert load_mw.iloc[:2].tolist() == pytest.approx([0.3, 0.9])
    assert ended_h(result) == pytest.approx(10.1)


WAITS = {"iteration_s": 10.0, "compute_pu": 1.0, "compute_w": 10_000.0, "waiting_w": 2000.0}


@pytest.mark.parametrize(
    ("job", "earliest"),
    [
        ({}, "10 h"),  # 1,000 GPU-h on 100 GPUs
        ({"submit_h": 2.0}, "12 h"),
        ({"phases": {**WAITS, "startup_s": 1800.0}}, "10.5 h"),
        # 10 h of work are 5 pieces of 2 h with 4 checkpoints of 6 min between them
        ({"checkpoints": {"interval_s": 7200.0, "cost_s": 360.0}}, "10.4 h"),
    ],
)
def test_a_deadline_before_the_earliest_end_is_refused(job: dict[str, Any], earliest: str) -> None:
    earliest_h = float(earliest.removesuffix(" h"))
    message = (
        f"training_job: deadline_h = {earliest_h - 0.1} h; allowed: at least {earliest}, its earliest end"
    )
    wanted = {"pool": "hall", "gpus": 100, "work_gpu_h": 1000.0, **job}
    assert told(lambda: TrainingJob(**wanted, deadline_h=earliest_h - 0.1)) == message
    assert ended_h(run(deadline_h=earliest_h, **job)) == pytest.approx(earliest_h)


def test_a_deadline_before_the_end_with_the_checkpoints_of_the_rule_is_refused_before_the_start() -> None:
    # it fails every 50,000 / 100 = 500 h; Young: sqrt(2 x 0.01 x 500) = 3.162 h between checkpoints of 36 s,
    # so that 10 h have 3 of them, 0.03 h in all
    job = {"checkpoints": {"cost_s": 36.0}, "interruptions": {"mtbf_gpu_h": 50_000.0}}
    assert told(lambda: run(deadline_h=10.0, **job)) == (
        "demand.job: deadline_h = 10.0 h; allowed: at least 10.03 h, its earliest end"
    )
