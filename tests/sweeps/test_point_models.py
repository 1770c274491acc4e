"""The campuses of points: patches give them back exactly, in memory and from the folder of a sweep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from small_campus import small_campus

from sim import Campus, SpecError, size
from sim.campus import Battery, GridConnection, MeasuredLoad
from sim.results.result import plain
from sim.sweeps import SweepResult, sweep
from sim.sweeps.point_models import PointModels, merge_patch, merged, models_of

plain_values = st.one_of(st.booleans(), st.integers(0, 3), st.floats(0.0, 3.0), st.sampled_from("ab"))
tables: st.SearchStrategy[Any] = st.recursive(
    plain_values | st.lists(plain_values, max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)
plain_tables = st.dictionaries(st.sampled_from("xyz"), tables, max_size=3)


def exact(value: Any) -> str:
    """A table as text that tells 1 from 1.0 and from true."""
    return json.dumps(value, sort_keys=True)


@given(plain_tables, plain_tables)
@example({"x": 1}, {"x": 1.0})
@example({"x": [1, 2]}, {"x": [1.0, 2]})
@example({"x": [{"y": 1}]}, {"x": [{"y": True}]})
def test_a_patch_turns_one_table_into_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    patch = json.loads(json.dumps(merge_patch(before, after)))
    assert exact(merged(before, patch)) == exact(after)
    assert merge_patch(after, after) == {}


def test_a_patch_has_what_differs_and_no_more() -> None:
    campus = Campus(
        name="site",
        supply={"grid": GridConnection(import_limit_mw=6.0), "store": Battery(power_mw=1.0, energy_mwh=4.0)},
        demand={"hall": MeasuredLoad(power_mw=5.0)},
    )
    larger = campus.with_values({"supply.store.energy_mwh": 8.0})
    without = Campus(**{**larger.to_dict(), "supply": {"grid": larger.supply["grid"]}})
    models = PointModels()
    models.add([campus, larger, None, without])
    assert models.to_dict()["changes"] == [
        {},
        {"supply": {"store": {"energy_mwh": 8.0}}},
        None,
        {"supply": {"store": None}},
    ]
    read = models_of(json.loads(json.dumps(models.to_dict())))
    assert [exact(one) for one in read] == [
        exact(None if one is None else plain(one)) for one in (campus, larger, None, without)
    ]


def test_the_folder_of_a_sweep_keeps_the_campus_of_each_point(tmp_path: Path) -> None:
    over = {"reactor_modules": [0, 1], "supply.grid.interruption_mean_h": [1.0, 2.0]}
    made = sweep(small_campus, over=over, days=1.0, jobs=1, out=tmp_path / "sweep")
    read = SweepResult.load(tmp_path / "sweep")
    assert exact(read.models) == exact(made.models)
    for place, model in enumerate(read.models):
        point = made.means.iloc[place]
        wanted = small_campus(reactor_modules=int(point["reactor_modules"])).with_values(
            {"supply.grid.interruption_mean_h": float(point["supply.grid.interruption_mean_h"])}
        )
        assert model is not None
        assert Campus(**model).content_hash() == wanted.content_hash()


def test_the_part_of_a_sweep_has_its_own_campuses() -> None:
    over = {"reactor_modules": [0, 1], "import_mw": [1.0, 2.0]}
    whole = sweep(small_campus, over=over, days=1.0, jobs=1)
    assert whole.at({"import_mw": 2.0}).models == [whole.models[1], whole.models[3]]


def test_a_refused_point_has_no_campus() -> None:
    points = [{"import_mw": 1.0}, {"import_mw": -1.0}]
    found = sweep(small_campus, over=points, days=1.0, jobs=1)
    assert [model is None for model in found.models] == [False, True]


def test_the_folder_of_a_search_keeps_the_campus_of_each_point(tmp_path: Path) -> None:
    found = size(
        small_campus, {"import_mw": (0.5, 2.0)}, minimise="cost_usd", days=1.0, jobs=1, most_runs=24,
        out=tmp_path / "size",
    )  # fmt: skip
    read = SweepResult.load(tmp_path / "size")
    limits = [model["supply"]["grid"]["import_limit_mw"] for model in read.models if model]
    assert len(limits) == len(read.models)
    assert limits == pytest.approx(read.means["import_mw"].to_list())
    assert exact(found.sweep.models) == exact(read.models)


def test_a_folder_without_models_is_read_all_the_same(tmp_path: Path) -> None:
    sweep(small_campus, over={"import_mw": [1.0, 2.0]}, days=1.0, jobs=1, out=tmp_path / "sweep")
    file = tmp_path / "sweep" / "models.json"
    file.unlink()
    assert SweepResult.load(tmp_path / "sweep").models == [None, None]
    file.write_text('{"base": 1}', encoding="utf-8")
    with pytest.raises(SpecError, match=r"models.json is unreadable; delete it to read the rest"):
        SweepResult.load(tmp_path / "sweep")


def test_participants_that_a_point_adds_stand_in_the_order_of_their_names() -> None:
    small = Campus(name="site", supply={"grid": GridConnection(import_limit_mw=6.0)})
    more = {**small.supply, "battery": Battery(power_mw=1.0, energy_mwh=4.0)}
    models = PointModels()
    models.add([small, Campus(name="site", supply=more)])
    _, read = models_of(models.to_dict())
    assert read is not None
    assert list(read["supply"]) == ["battery", "grid"]
