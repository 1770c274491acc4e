"""One inference server: measured throughput, power and latency, and what other models give."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from sim import SpecError, simulate
from sim.campus.scenario import Scenario
from sim.files.script import load_script

FILE = Path(__file__).parents[2] / "scenarios" / "inference_server.py"
MINUTES = 1.0 / 1440.0


@pytest.fixture(scope="module")
def server() -> ModuleType:
    return load_script(FILE)


def test_its_steady_state_is_that_of_the_model(server: ModuleType) -> None:
    found = server.totals(server.server())
    # 80.1 x 291.3 tokens/s: N / (0.0204 + 3.65e-5 N) = 23,333 gives N = 3,206 requests, each for N / 80.1 s
    assert found["wanted"] == pytest.approx(196_608, abs=4 * 196_608**0.5)
    assert found["tpot_p50_s"] == pytest.approx(0.0204 + 3.65e-5 * 3_206, rel=0.02)
    assert found["mean_latency_s"] == pytest.approx(3_206 / 80.1, rel=0.05)
    assert found["mean_wait_s"] == 0.0


def test_the_tails_of_the_latency_are_near_those_measured(server: ModuleType) -> None:
    # summary of the measured run: 88.8 s and 131.4 s; answers end at 1,024 tokens there
    found = server.totals(server.server())
    assert found["latency_p95_s"] == pytest.approx(88.8, rel=0.05)
    assert found["latency_p99_s"] == pytest.approx(131.4, rel=0.05)


def test_power_comes_within_seconds_and_goes_after_the_last_answer(server: ModuleType) -> None:
    power = server.at_work(server.server())
    assert power.values_at([5.0])[0] > 0.99 * 6.3e-3  # measured: 5.83 kW within 2 s, then fans
    # the last request comes after 196,608 / 80.1 = 2,454.6 s; measured: 2,498 s of power
    assert 2_454.6 < power.end_s == pytest.approx(2_498.0, rel=0.02)


def test_a_full_queue_keeps_all_slots_busy(server: ModuleType) -> None:
    found = server.totals(server.offline())
    assert found["wanted"] == pytest.approx(270_336, abs=4 * 270_336**0.5)
    assert found["served"] == found["wanted"]
    assert found["tpot_p50_s"] == pytest.approx(0.0204 + 3.65e-5 * 6_448, rel=0.01)


def test_another_model_takes_another_energy_per_token(server: ModuleType) -> None:
    tokens = {}
    for model in ("llama2_70b_8xh200", "mixtral_8x7b_8xh200"):
        campus = Scenario.open(FILE).build(model=model, requests=10_000, requests_per_s=20.0)
        tokens[model] = server.measures(simulate(campus, days=12 * MINUTES))["energy"]
    assert tokens["mixtral_8x7b_8xh200"] < tokens["llama2_70b_8xh200"]


def test_an_unknown_model_is_refused_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="nearest: llama2_70b_8xh200"):
        Scenario.open(FILE).build(model="llama2_70b")


def test_a_run_without_an_answer_says_so(server: ModuleType) -> None:
    result = simulate(Scenario.open(FILE).build(requests=1, requests_per_s=1e-3), days=MINUTES / 600)
    assert server.answer(result) == "No request was answered in 0 s."
