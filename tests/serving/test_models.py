"""The models: their measured figures, their caveats, and their names as fields."""

from __future__ import annotations

import numpy as np
import pytest
from builders import DATA, told
from pydantic import TypeAdapter
from replicas import ROUND

from sim.serving.models import MODELS, ReplicaModel
from sim.serving.replica import Replica
from sim.spec import Spec

LLAMA = MODELS["llama2_70b_8xh200"]


class Service(Spec):
    """A spec with a replica as a field."""

    model: ReplicaModel
    """What is served."""


@pytest.mark.parametrize("name", MODELS)
def test_a_model_says_what_is_unverified(name: str) -> None:
    assert any("unverified" in remark for remark in MODELS[name].remarks())


@pytest.mark.parametrize("name", MODELS)
def test_a_token_costs_less_at_full_load_than_alone(name: str) -> None:
    made = MODELS[name]
    alone, full = made.j_per_token([1.0, made.slots])
    assert full < alone / 10


@pytest.mark.parametrize("name", MODELS)
def test_loaded_accelerators_draw_their_limit_at_the_wall(name: str) -> None:
    made = MODELS[name]
    loaded = made.accelerator_idle_w + made.accelerator_pu * (max(made.power_w) - made.idle_w)
    assert loaded == pytest.approx(1.086 * made.gpus * made.gpu_limit_w, rel=2e-3)


def test_llama2_gives_its_measured_runs() -> None:
    # Server at N = 3,180: 23,113 tokens/s over a window with start and end, 6.28 kW, 0.272 J per token
    assert LLAMA.tokens_per_s_at(3180) == pytest.approx(23_113, rel=0.015)
    assert LLAMA.step_s(3180) == pytest.approx(0.1365, rel=0.001)
    assert LLAMA.power_w_at(3180) == pytest.approx(6280, rel=0.005)
    assert LLAMA.j_per_token(3180) == pytest.approx(0.272, rel=0.01)
    # Offline with 806 requests on each GPU: 25,262 tokens/s, 6.16 kW
    assert LLAMA.slots == 6448
    assert LLAMA.tokens_per_s_at(6448) == pytest.approx(25_262, rel=0.003)
    assert LLAMA.power_w_at(6448) == pytest.approx(6160, rel=0.025)


def test_llama2_agrees_with_the_recorded_power_of_its_run() -> None:
    path = DATA / "mlperf_inference" / "llama2-70b-99_Server_power_1hz.csv"
    if not path.is_file():
        pytest.skip(f"the recorded run is not at {path}; set DCGRID_DATA to the folder that holds it")
    watts = np.genfromtxt(path, delimiter=",", names=True)["wall_W"]
    assert LLAMA.power_w_at(3180) == pytest.approx(np.median(watts), rel=0.01)


def test_points_of_llama2_lie_close_enough_for_lines_between_them() -> None:
    at = np.linspace(1.0, 8192.0, 100_001)
    assert LLAMA.power_w_at(at) == pytest.approx(2690 + 3610 * at / (at + 4), rel=0.01)
    assert LLAMA.step_s(at) == pytest.approx(0.0204 + 3.65e-5 * at, rel=1e-9)


def test_llama2_without_its_limit_draws_what_the_runs_of_other_limits_say() -> None:
    # 1.78 kW + 1.086 x 8 x 700 W = 7.86 kW, worst 6 %; 500 W give 0.79 to 0.81 of the speed
    full = LLAMA.at_limit(700.0)
    assert full.power_w[-1] == pytest.approx(1780 + 1.086 * 8 * 700, rel=0.06)
    assert 0.79 <= LLAMA.tokens_per_s[-1] / full.tokens_per_s[-1] <= 0.81
    assert full.j_per_token(3180) > LLAMA.j_per_token(3180)


def test_mixtral_gives_its_measured_throughput_at_half_the_energy_per_token_of_llama2() -> None:
    mixtral = MODELS["mixtral_8x7b_8xh200"]
    # Server: 45,497 tokens/s, at N = 6,460; power 1.78 kW + 1.086 x 8 x 500 W = 6.124 kW
    assert mixtral.tokens_per_s_at(6460) == pytest.approx(45_497, rel=0.001)
    assert mixtral.j_per_token(6460) == pytest.approx(6124 / 45_497, rel=0.002)
    # Offline with 8 x 3,072 requests: 48,988 tokens/s
    offline = 8 * 3072
    assert offline / (0.0137 + 1.986e-5 * offline) == pytest.approx(48_988, rel=0.001)
    assert mixtral.step_s(mixtral.slots) == pytest.approx(0.200, rel=0.025)  # limit of the benchmark
    assert mixtral.j_per_token(6460) == pytest.approx(0.5 * LLAMA.j_per_token(3180), rel=0.01)


def test_models_of_the_energy_leaderboard_meet_their_measured_points() -> None:
    llama3, qwen = MODELS["llama3_70b_4xh100"], MODELS["qwen3_14b_1xh100"]
    assert llama3.tokens_per_s_at(383.02) == pytest.approx(5318.8)
    assert llama3.power_w_at(383.02) == pytest.approx(1780 / 2 + 1.086 * 2343.5)
    assert qwen.tokens_per_s_at(253.41) == pytest.approx(5760.3)
    assert qwen.power_w_at(253.41) == pytest.approx(1780 / 8 + 1.086 * 644.7)


def test_the_first_point_lies_on_the_line_through_the_next_two() -> None:
    qwen = MODELS["qwen3_14b_1xh100"]
    steps, powers = qwen.step_s(qwen.concurrency[:3]), qwen.power_w[:3]
    share = (15.97 - 1.0) / (7.99 - 1.0)
    assert steps[2] - steps[0] == pytest.approx(share * (steps[1] - steps[0]))
    assert powers[2] - powers[0] == pytest.approx(share * (powers[1] - powers[0]))


def test_a_field_takes_a_name_or_a_table_and_keeps_the_table() -> None:
    assert Service(model="llama2_70b_8xh200").model is LLAMA
    assert Service(model=Replica(**ROUND)) == Service(model=ROUND)
    assert Service(**Service(model="qwen3_14b_1xh100").to_dict()) == Service(model="qwen3_14b_1xh100")


def test_the_schema_of_a_field_has_the_names_and_the_table() -> None:
    field = TypeAdapter(Service).json_schema()["properties"]["model"]
    assert field["anyOf"][0] == {"enum": sorted(MODELS)}


def test_an_unknown_name_and_a_wrong_table_are_refused() -> None:
    assert told(lambda: Service(model="Llama2_70B")) == (
        "Service: model = 'Llama2_70B'; allowed: a preset or a table of fields; "
        "nearest: llama2_70b_8xh200, llama3_70b_4xh100"
    )
    assert told(lambda: Service(model=3)) == (
        "Service: model = 3; allowed: a preset or a table of fields; known: llama2_70b_8xh200, "
        "llama3_70b_4xh100, mixtral_8x7b_8xh200, qwen3_14b_1xh100"
    )
    assert told(lambda: Service(model={**ROUND, "slots": 9})) == (
        "model: slots = 9; allowed: at most 8, the last point of concurrency"
    )
