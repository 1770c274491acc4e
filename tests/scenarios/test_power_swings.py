"""The power swings of a training job: what is on the bus in each phase, and what the measured run had."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from sim import SpecError, simulate
from sim.campus.scenario import Scenario
from sim.files.script import load_script
from sim.runs.swings import lines_of
from sim.validation.published import stated

FILE = Path(__file__).parents[2] / "scenarios" / "power_swings.py"


@pytest.fixture(scope="module")
def swings() -> ModuleType:
    return load_script(FILE)


def build(**values: Any) -> Any:
    return Scenario.open(FILE).build(**values)


def test_the_job_starts_up_trains_and_leaves_its_servers_idle(swings: ModuleType) -> None:
    flows = swings.gpt3().flows
    load_kw = 1000.0 * flows[[name for name in flows if name.endswith("served_mw")]].sum(axis=1)
    # 64 servers wait at 2.7 kW for 357.6 s; then 453.5 kW in compute; at the end 64 x 2,490 W
    assert load_kw.iloc[[0, 1, -1]].tolist() == pytest.approx([172.8, 453.5, 159.36])
    assert flows["dt_h"].iloc[0] == pytest.approx(357.6 / 3600)


def test_the_training_part_ends_with_the_job(swings: ModuleType) -> None:
    power = swings.training_part(swings.gpt3())
    # 24 x (12 x 10.766 s + 12.965 s)
    assert power.end_s - power.start_s == pytest.approx(3411.768)
    assert power.value_at(power.end_s) > 0.4


def test_a_job_that_goes_on_is_taken_to_the_end_of_the_run(swings: ModuleType) -> None:
    power = swings.training_part(simulate(build(steps=10_000), days=0.1))
    assert (power.start_s, power.end_s) == (pytest.approx(357.6), 8640.0)


def test_twice_the_gpus_swing_twice_as_far() -> None:
    once, twice = (simulate(build(gpus=gpus, steps=48), days=0.02).swings() for gpus in (512, 1024))
    assert twice.lines[0].amplitude_mw == pytest.approx(2.0 * once.lines[0].amplitude_mw)


def test_a_checkpoint_is_seen_as_long_as_it_is_written() -> None:
    campus = build(phases="olmo_h100", gpus=8, steps=90, checkpoint_every_min=5.0, checkpoint_s=30.0)
    flows = simulate(campus, days=0.02).flows
    written = np.isclose(flows["cluster firm jobs.served_mw"], 8 * (100.0 + 222.5) / 1e6)
    # 900 s of work in pieces of 300 s: two checkpoints, none after the last
    assert flows.loc[written, "dt_h"].sum() * 3600 == pytest.approx(60.0)


def test_an_unknown_preset_is_refused_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="phases = 'olmo' is unknown; nearest: olmo_h100"):
        build(phases="olmo")


def test_the_published_numbers_are_those_of_the_measured_run(swings: ModuleType) -> None:
    kw = swings.measured_kw(swings.GPT3["trace"])
    if not len(kw):
        pytest.skip("the measured run is not here; set DCGRID_DATA to its folder")
    assert stated("B1", "mean") == pytest.approx(kw.mean(), rel=5e-4)
    assert stated("B1", "energy") == pytest.approx(kw.sum() * 2.0 / 3600.0, rel=5e-4)
    for percent in (5, 50, 99):
        assert stated("B1", f"p{percent}") == pytest.approx(np.percentile(kw, percent), abs=0.5)
    iteration, evaluation = lines_of(kw / 1000.0)[:2]
    assert stated("B1", "iteration_period") == pytest.approx(iteration.period_s, abs=0.05)
    assert stated("B1", "evaluation_period") == pytest.approx(evaluation.period_s, abs=0.1)
    assert stated("B1", "iteration_amplitude") == pytest.approx(1000.0 * iteration.amplitude_mw, rel=0.05)
    assert stated("B1", "evaluation_amplitude") == pytest.approx(1000.0 * evaluation.amplitude_mw, rel=0.05)


def test_the_simulated_power_is_that_of_the_measured_run_second_by_second(swings: ModuleType) -> None:
    kw = swings.measured_kw(swings.GPT3["trace"])
    if not len(kw):
        pytest.skip("the measured run is not here; set DCGRID_DATA to its folder")
    power = swings.training_part(swings.gpt3())
    edges_s = power.start_s + 2.0 * np.arange(len(kw) + 1)
    simulated = 1000.0 * power.integrals(edges_s) / 2.0
    # the phases drift apart by less than an iteration, so energies by minute agree
    minutes = len(kw) // 30 * 30
    by_minute = [series[:minutes].reshape(-1, 30).mean(axis=1) for series in (kw, simulated)]
    assert np.abs(by_minute[1] / by_minute[0] - 1.0).mean() < 0.02
