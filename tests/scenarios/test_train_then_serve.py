"""Train once, serve for years: shares of energy and the crossover."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sim import Result, simulate
from sim.campus.scenario import Scenario
from sim.files.script import load_script

FILE = Path(__file__).parents[2] / "scenarios" / "train_then_serve.py"
SHORT = {"training_gpus": 64, "training_d": 4.0, "years": 1}


@pytest.fixture(scope="module")
def module() -> ModuleType:
    return load_script(FILE)


def run(days: float, **values: Any) -> Result:
    return simulate(Scenario.open(FILE).build(**{**SHORT, **values}), days=days, record_s=86400.0)


def test_training_takes_the_energy_of_its_servers(module: ModuleType) -> None:
    found = module.energy(run(6.0))
    # 8 servers at 6,850 W for 4 d and, at 2,490 W, for another day; PUE 1.2
    assert found.training_mwh == pytest.approx(1.2 * 8 * 24 * (4 * 6.85e-3 + 2.49e-3))


def test_before_the_crossover_training_has_taken_more(module: ModuleType) -> None:
    result = run(40.0)
    found = module.energy(result)
    mwh = module.daily_mw(result).cumsum() * 24.0
    day = round(found.service_d) + 4  # service begins on the fifth day
    assert mwh["inference"].iloc[day] >= found.training_mwh > mwh["inference"].iloc[day - 1]
    assert str(mwh.index[day].date()) == str(found.crossover)


def test_twice_the_requests_are_twice_the_energy_of_inference(module: ModuleType) -> None:
    once, twice = (module.energy(run(8.0, first_per_s=rate)) for rate in (2_000.0, 4_000.0))
    assert twice.inference_mwh == pytest.approx(2.0 * once.inference_mwh, rel=0.01)


def test_a_run_that_ends_too_early_says_so(module: ModuleType) -> None:
    said = module.answer(run(5.0))
    assert said.startswith("Inference has not caught up in 5 days. Training took 7 MWh")
