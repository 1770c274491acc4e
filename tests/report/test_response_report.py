"""What the report says of orders to shed, deadlines and the energy per unit of work."""

from __future__ import annotations

import re
from typing import Any

from builders import compute

from sim import Result
from sim.campus import ServerPool, TrainingJob

HALL = ServerPool(servers=10, gpus_per_server=10, idle_w=20_000.0, busy_w=100_000.0)


def run(*orders: tuple[float, float, float], **demand: Any) -> Result:
    """A day of jobs on 100 GPUs, with orders: start [h], duration [h] and limit [MW]."""
    told = [{"start_h": at_h, "duration_h": for_h, "limit_mw": mw} for at_h, for_h, mw in orders]
    return compute(HALL, demand, orders=told)


def job(gpus: int = 40, **fields: Any) -> TrainingJob:
    """A job that runs for 10 h at full speed, with 2 kW of idle power and 8 kW above it for each GPU."""
    return TrainingJob(**{"pool": "hall", "gpus": gpus, "work_gpu_h": 10.0 * gpus, **fields})


def shed(result: Result) -> list[list[list[str]]]:
    """The cells of each table of power shed."""
    found = re.findall(r"(?:^\| what gave power.*\n)(?:^\|.*\n)+", result.report(), flags=re.MULTILINE)
    return [
        [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
        for table in found
    ]


def line(result: Result, label: str) -> str:
    """The text of an item of the report; empty if it has none."""
    found = re.findall(rf"^- {label}: (.*(?:\n  .*)*)$", result.report(), flags=re.MULTILINE)
    return re.sub(r"\n +", " ", found[0]) if found else ""


def test_an_order_has_a_table_of_who_gave_what_and_when() -> None:
    # 0.4 MW of each job and 0.04 MW of free servers; 0.24 MW of 2 x 0.32 are missing for 4 h
    (table,) = shed(run((2.0, 4.0, 0.6), one=job(), two=job(worth_usd_per_mwh=100.0)))
    head, _, meter, gave = table
    assert head[0] == "what gave power"
    assert head[1:] == ["before MW", "1 min", "10 min", "30 min", "held h", "deferred MWh", "crashes"]
    assert meter == ["net import", "0.840", "0.240", "0.240", "0.240", "", "", ""]
    assert gave == ["hall jobs at 100 USD/MWh", "0.400", "0.240", "0.240", "0.240", "4.00", "0.960", "0"]


def test_the_three_orders_that_ask_most_are_told_in_the_order_of_time() -> None:
    orders = [(1.0, 0.5, 0.4), (2.0, 0.5, 0.3), (3.0, 0.5, 0.2), (4.0, 0.5, 0.25), (5.0, 0.5, 5.0)]
    told = re.findall(r"^Reduction of power.* (\d\d:00) UTC", run(*orders, one=job()).report(), re.MULTILINE)
    assert told == ["02:00", "03:00", "04:00"]


def test_givers_beyond_five_share_a_row() -> None:
    jobs = {f"job{worth}": job(gpus=10, worth_usd_per_mwh=100.0 + worth) for worth in range(8)}
    # 0.08 MW of each of 8 tiers are held back: 20 GPUs are free, and idle power stays
    (table,) = shed(run((2.0, 1.0, 0.2), **jobs))
    assert table[-1] == ["3 others", "", "0.240", "0.240", "0.240", "", "0.240", "0"]


def test_deadlines_that_were_missed_are_told() -> None:
    # the order stops the job for 2 h
    jobs = {"late": job(deadline_h=11.0), "on time": job(deadline_h=12.0), "beyond": job(deadline_h=30.0)}
    jobs = {name: one.model_copy(update={"gpus": 30, "work_gpu_h": 300.0}) for name, one in jobs.items()}
    result = run((2.0, 2.0, 0.2), **jobs)
    assert (
        line(result, "Deadlines")
        == "1 missed (50.0 %) of 2 jobs with a deadline in the run, by up to 1.00 h: late"
    )
    assert line(run(**jobs), "Deadlines") == "none missed, of 2 jobs with a deadline in the run"
    assert line(run(one=job()), "Deadlines") == ""


def test_a_job_that_never_ended_is_late_by_the_rest_of_the_run() -> None:
    # nothing runs from 1:00 on
    result = run((1.0, 23.0, 0.0), one=job(deadline_h=14.0))
    assert (
        line(result, "Deadlines")
        == "1 missed (100.0 %) of 1 job with a deadline in the run, by up to 10.0 h: one"
    )


def test_the_energy_of_a_unit_of_work_is_told_for_jobs_that_were_held_back_and_for_others() -> None:
    # full speed takes 10 kWh for a GPU-hour; 2 h at an idle power of 2 kW add 4 kWh to 10 h of work
    result = run((2.0, 2.0, 0.52), one=job(), two=job(worth_usd_per_mwh=100.0))
    assert line(result, "Energy per work") == (
        "10.4 kWh per GPU-h of 1 job held back at times; 10.0 kWh per GPU-h of 1 job never held back"
    )
    assert line(run(one=job()), "Energy per work") == ""
