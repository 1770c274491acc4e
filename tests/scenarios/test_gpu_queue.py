"""Jobs in line for GPUs: drawn jobs and those of a log, and what a scheduler changes."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sim import Result, SpecError, simulate
from sim.campus.scenario import Scenario
from sim.files.script import load_script
from sim.validation.published import ReferenceMissingError, data_file

FILE = Path(__file__).parents[2] / "scenarios" / "gpu_queue.py"
DAYS = 5.0


@pytest.fixture(scope="module")
def queue() -> ModuleType:
    return load_script(FILE)


def run(**values: Any) -> Result:
    return simulate(Scenario.open(FILE).build(**values), days=DAYS)


def test_without_a_log_jobs_are_drawn() -> None:
    # 5 jobs an hour for 5 days, within four standard deviations
    assert len(run().books.jobs) == pytest.approx(600, abs=4 * 600**0.5)


def test_backfilling_shortens_the_line_of_the_same_jobs(queue: ModuleType) -> None:
    first, easy = (run(scheduler=name) for name in ("first_come", "easy_backfill"))
    assert [job["submit_s"] for job in first.books.jobs] == [job["submit_s"] for job in easy.books.jobs]
    assert queue.line(easy).mean_wait_s < queue.line(first).mean_wait_s


def test_in_the_order_of_submission_nobody_overtakes() -> None:
    starts = [job["start_s"] for job in run(scheduler="first_come").books.jobs if job["start_s"] is not None]
    assert starts == sorted(starts)


def test_with_gpus_for_all_nobody_waits(queue: ModuleType) -> None:
    found = queue.line(run(gpus=2000))
    assert found.mean_wait_s == 0.0


def test_the_energy_is_that_of_busy_and_idle_gpus() -> None:
    result = run(gpus=100)
    busy_gpu_h = sum(
        job["gpus"] * ((job["end_s"] or DAYS * 86400.0) - job["start_s"]) / 3600.0
        for job in result.books.jobs
        if job["start_s"] is not None
    )
    idle_gpu_h = 100 * DAYS * 24 - busy_gpu_h
    assert result.summary.it_energy_mwh == pytest.approx((538.0 * busy_gpu_h + 189.0 * idle_gpu_h) / 1e6)


def test_a_run_in_which_no_job_starts_says_so(queue: ModuleType) -> None:
    result = simulate(Scenario.open(FILE).build(arrivals_per_h=1e-6), days=1.0)
    assert queue.answer(result) == "No job has started after 1 days."


def test_a_log_sets_the_length_of_the_run() -> None:
    try:
        log = data_file("alibaba_gpu2023/openb_pod_list_default.csv.gz")
    except ReferenceMissingError as missing:
        pytest.skip(str(missing))
    assert Scenario.open(FILE).build(log=str(log)).days == 159.0


def test_a_log_that_does_not_exist_and_a_strange_scheduler_are_refused() -> None:
    with pytest.raises(SpecError, match=r"nowhere\.csv"):
        run(log="nowhere.csv")
    with pytest.raises(SpecError, match="first_come"):
        run(scheduler="first_com")
