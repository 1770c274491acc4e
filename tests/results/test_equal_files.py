"""Equal campuses, equal files: the order in which a campus is written down changes no byte of its result."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, Literal

import pytest
from saved_files import files

from sim import Campus, Result, simulate
from sim.site import Site, Source

SHAPE = {"base": 40.0, "windows": [{"value": 90.0, "from_hour": 16, "to_hour": 21}]}
SUN = {"kind": "clear_sky", "latitude_deg": 33.0, "longitude_deg": 0.0, "step_min": 30.0}
STREAM = {"kind": "inference_stream", "pool": "new", "model": "llama2_70b_8xh200"}


class Dial(Source):
    """A source of a user's own, with a dictionary inside."""

    kind: Literal["dial"] = "dial"
    parts_mw: dict[str, float]

    def start(self, site: Site, name: str) -> None:
        site.terminal(name).offer(5.0).state(sum(self.parts_mw[part] for part in sorted(self.parts_mw)))


CAMPUS: dict[str, Any] = {
    "name": "Many",
    "start": "2025-03-08T00:00:00-05:00",
    "timezone": "America/New_York",
    "facility": {"pue": 1.2, "fixed_pu": 0.5, "design_it_mw": 12.0},
    "weather": SUN,
    "servers": {"new": {"servers": 1200}, "late": {"servers": 300, "gpus_per_server": 8}},
    "supply": {
        "grid": {
            "kind": "grid",
            "import_limit_mw": 3.0,
            "export_limit_mw": 1.0,
            "import_price_usd_per_mwh": SHAPE,
            "demand_charge_usd_per_mw_month": 8000.0,
        },
        "east": {"kind": "grid", "import_limit_mw": 1.0, "interruptions_per_year": 200.0},
        "smr": {"kind": "small_modular_reactor", "modules": 1, "module_mw": 3.0, "mttf_h": 60.0},
        "old": {"kind": "small_modular_reactor", "modules": 2, "module_mw": 1.0, "mttf_h": 60.0},
        "fusion": {
            "kind": "fusion",
            "capacity_mw": 2.0,
            "start_day": -200.0,
        },
        "solar": {"kind": "solar", "capacity_mw": 8.0},
        "roof": {"kind": "solar", "capacity_mw": 3.0, "weather": SUN},
        "gas": {"kind": "gas_turbines", "units": 2, "unit_mw": 2.0},
        "diesel": {"kind": "gas_turbines", "units": 1, "unit_mw": 1.0},
        "bess": {"kind": "battery", "power_mw": 2.0, "energy_mwh": 8.0},
        "ups": {"kind": "battery", "power_mw": 1.0, "energy_mwh": 2.0, "reserve_pu": 0.5},
        "wind": {"kind": "measured_source", "power_mw": {"times_s": [0.0, 21600.0], "values": [0.0, 4.0]}},
        "dial": {"kind": "dial", "parts_mw": {"b": 0.5, "c": 0.25, "a": 0.125}},
    },
    "demand": {
        "train": {"kind": "training_job", "pool": "new", "gpus": 6400, "work_gpu_h": 640000.0},
        "tune": {
            "kind": "training_job",
            "pool": "late",
            "gpus": 800,
            "work_gpu_h": 8000.0,
            "flexible_pu": 0.5,
        },
        "chat": {
            **STREAM,
            "replicas": 200,
            "requests_per_s": 1300.0,
            "classes": {"all": "chat"},
            "resolution": "fluid",
        },
        "search": {
            **STREAM,
            "replicas": 1,
            "requests_per_s": 0.5,
            "classes": {"short": "code", "long": "chat"},
            "resolution": "exact",
        },
        "office": {"kind": "measured_load", "power_mw": 0.7},
        "lab": {"kind": "measured_load", "power_mw": 0.3},
    },
}


def shuffled(plain: Any, random: Random) -> Any:
    """Plain data with the entries of each of its dictionaries in another order."""
    if isinstance(plain, list):
        return [shuffled(part, random) for part in plain]
    if not isinstance(plain, dict):
        return plain
    items = [(key, shuffled(part, random)) for key, part in plain.items()]
    random.shuffle(items)
    return dict(items)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("as it was written")
    return simulate(Campus(**CAMPUS), days=3, seed=3).save(folder / "run")


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_dictionaries_give_the_same_files(seed: int, saved: Path, tmp_path: Path) -> None:
    plain = shuffled(CAMPUS, Random(seed))  # noqa: S311 - no secret
    assert list(plain["supply"]) != list(CAMPUS["supply"])
    assert files(simulate(Campus(**plain), days=3, seed=3).save(tmp_path / "run")) == files(saved)


def test_a_loaded_result_and_its_campus_give_the_same_files(saved: Path, tmp_path: Path) -> None:
    loaded = Result.load(saved)
    assert files(loaded.save(tmp_path / "again")) == files(saved)
    assert files(simulate(loaded.campus, days=3, seed=3).save(tmp_path / "third")) == files(saved)
