"""A job that is interrupted: its report follows its parameters, and its numbers the formulas."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sim import simulate
from sim.campus.scenario import Scenario
from sim.files.script import load_script

FILE = Path(__file__).parents[2] / "scenarios" / "long_training.py"


@pytest.fixture(scope="module")
def training() -> ModuleType:
    return load_script(FILE)


def job(days: float = 54.0, **values: Any) -> dict[str, Any]:
    result = simulate(Scenario.open(FILE).build(**values), days=days, record_s=86400.0)
    return result.books.jobs[0]


def test_without_failures_only_planned_stops_and_checkpoints_take_time() -> None:
    found = job(mtbf_gpu_h=1e13, checkpoint_every_min=10.0)
    # every 54 d / 47 a stop of 600 s; each 600 s of work are followed by 10 s of writing
    assert found["attempts"] - 1 == pytest.approx(46.5, abs=0.5)
    useful = 54 * 86400 - 46 * 600
    assert found["goodput_pu"] == pytest.approx(useful / (54 * 86400) * 600 / 610, abs=3e-4)
    assert found["lost_gpu_h"] == 0.0


def test_fewer_gpus_fail_less_often() -> None:
    many, few = (job(gpus=gpus, planned_stops=False)["attempts"] - 1 for gpus in (16_384, 1024))
    # 419 and a sixteenth of it, within four standard deviations
    assert many == pytest.approx(419, abs=4 * 419**0.5)
    assert few == pytest.approx(419 / 16, abs=4 * (419 / 16) ** 0.5)


def test_youngs_interval_is_the_root_of_twice_cost_times_mtbf(training: ModuleType) -> None:
    # 54 d x 86,400 s / 419 = 11,135 s between failures; sqrt(2 x 10 s x 11,135 s) = 472 s
    assert training.young_min("fast") == pytest.approx(472 / 60, abs=0.01)


def test_checkpoints_too_seldom_lose_more_work_and_too_often_more_time(training: ModuleType) -> None:
    seldom, best, often = (training.train(10.0, 600.0, every, seeds=3) for every in (64.0, 8.0, 2.0))
    assert seldom.effective_pct < best.effective_pct > often.effective_pct
    assert seldom.wasted_pct > best.wasted_pct > often.wasted_pct


def test_a_short_run_says_what_it_saw(training: ModuleType) -> None:
    result = simulate(Scenario.open(FILE).build(mtbf_gpu_h=1e13, planned_stops=False), days=1.0)
    assert training.answer(result).startswith("In 1 days the job was interrupted 0 times.")
