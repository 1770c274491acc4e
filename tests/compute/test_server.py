"""A server: power by component, and the servers that are known by name."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.compute.server import SERVERS, Server, ServerModel
from sim.errors import SpecError
from sim.spec import Spec

FIGURES: dict[str, Any] = {
    "accelerators": 4,
    "accelerator_idle_w": 50.0,
    "accelerator_max_w": 500.0,
    "intensity_pu": 0.6,
    "host_idle_w": 400.0,
    "host_active_w": 600.0,
    "fans_idle_w": 40.0,
    "fans_max_w": 100.0,
    "nameplate_w": 3000.0,
}
SERVER = Server(**FIGURES)
ALLOWED = "allowed: a preset or a table of fields"


class Machines(Spec):
    """Something that users give a model of server."""

    model: ServerModel | None = None


def test_the_power_of_a_server_is_the_sum_of_its_components() -> None:
    assert SERVER.idle_w == 4 * 50 + 400 + 40
    assert SERVER.active_w == 4 * 0.6 * 500 + 600 + 100
    assert SERVER.max_w == 4 * 500 + 600 + 100


def test_the_known_servers_draw_what_was_measured() -> None:
    h100, h200, a100 = SERVERS["8xh100"], SERVERS["8xh200"], SERVERS["8xa100"]
    assert h100.active_w == pytest.approx(438_600 / 64, rel=1e-3)  # 64 nodes in training
    assert h100.max_w == pytest.approx(8400, rel=0.01)
    assert (h100.idle_w, h200.idle_w) == (2490, 2490)
    limited_w = h200.max_w - 8 * h200.accelerator_max_w * (1 - 500 / 700)
    assert limited_w == pytest.approx(6300, rel=0.01)  # GPU limit 500 W
    assert (a100.idle_w, a100.max_w) == (1512, 5040)
    assert SERVERS["gb200_nvl72"].max_w == 120_000
    assert (SERVERS["two_socket"].idle_w, SERVERS["two_socket"].active_w) == (300, 1000)


def test_an_a100_server_agrees_with_the_clusters() -> None:
    path = Path(os.environ.get("DCGRID_DATA", "")) / "acme" / "acme_power_cdf_1000q.csv"
    if not path.is_file():
        pytest.skip(f"the recorded power is not at {path}; set DCGRID_DATA to the folder that holds it")
    quantiles = pd.read_csv(path).set_index("pct")
    server = SERVERS["8xa100"]
    at = {pct: quantiles.iloc[np.searchsorted(quantiles.index, pct)] for pct in (1, 5, 95)}
    assert server.accelerator_idle_w == at[1]["seren_gpu_W"]
    assert (server.idle_w, server.max_w) == tuple(at[pct]["seren_8xA100_server_W"] for pct in (5, 95))
    busy_w = quantiles.loc[50:, "kalos_gpu_W"].mean()  # its utilisation is 97 % and more
    assert server.accelerator_active_w == pytest.approx(busy_w, rel=0.002)


@pytest.mark.parametrize("name", ["8xh100", "8xh200"])
def test_an_ai_server_draws_six_to_seven_times_an_ordinary_one(name: str) -> None:
    assert SERVERS[name].active_w / SERVERS["two_socket"].active_w == pytest.approx(6.85)


def test_a_server_without_accelerators_is_one_unit() -> None:
    assert (SERVERS["two_socket"].allocation_units, SERVERS["gb200_nvl72"].allocation_units) == (1, 72)


def test_the_model_of_a_server_is_a_name_or_a_table_of_figures() -> None:
    assert Machines(model="8xh100").model == SERVERS["8xh100"]
    assert Machines(model=FIGURES).model == SERVER
    assert Machines(**json.loads(json.dumps(Machines(model="8xa100").to_dict()))).model == SERVERS["8xa100"]


def test_the_schema_of_a_model_has_its_names_and_its_figures() -> None:
    schema = Machines.model_json_schema()
    name, figures = schema["properties"]["model"]["anyOf"][:2]
    assert name == {"enum": ["8xa100", "8xh100", "8xh200", "gb200_nvl72", "two_socket"]}
    assert figures == {"$ref": "#/$defs/Server"}
    assert schema["$defs"]["Server"]["properties"]["nameplate_w"]["unit"] == "W"


def test_figures_of_a_model_can_be_replaced_one_by_one() -> None:
    machines = Machines(model="8xh100").with_values({"model.intensity_pu": 1.0})
    assert machines.model is not None
    assert machines.model.active_w == machines.model.max_w == SERVERS["8xh100"].max_w


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("8xH1000", f"Machines: model = '8xH1000'; {ALLOWED}; nearest: 8xh100, 8xh200, 8xa100"),
        (5, f"Machines: model = 5; {ALLOWED}; known: 8xa100, 8xh100, 8xh200, gb200_nvl72, two_socket"),
        (
            FIGURES | {"intensity_pu": 0.05},
            "model: intensity_pu = 0.05 pu; allowed: at least 0.1, the power of an idle accelerator",
        ),
        (
            FIGURES | {"accelerator_idle_w": 501.0},
            "model: accelerator_idle_w = 501.0 W; allowed: at most 500 W, its highest",
        ),
        (
            FIGURES | {"host_idle_w": 700.0},
            "model: host_idle_w = 700.0 W; allowed: at most 600 W, that at work",
        ),
        (
            FIGURES | {"nameplate_w": 2000.0},
            "model: nameplate_w = 2000.0 W; allowed: at least 2700 W, the sum of the components",
        ),
    ],
)
def test_a_model_that_cannot_be_is_refused(model: Any, message: str) -> None:
    with pytest.raises(SpecError) as refused:
        Machines(model=model)
    assert str(refused.value) == message


def test_a_server_with_unverified_figures_says_so() -> None:
    assert SERVER.remarks() == ()
    assert all("unverified" in remark for server in SERVERS.values() for remark in server.remarks())
