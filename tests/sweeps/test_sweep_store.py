from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_campus import small_campus

import sim
from sim.campus import Campus
from sim.errors import SpecError
from sim.sweeps import SweepResult, sweep
from sim.sweeps.store import from_part, read_parts, to_part
from sim.sweeps.task import Outcome, key_of, metrics_of

OVER = {"reactor_modules": [0, 1, 2]}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sweep") / "out"
    sweep(small_campus, over=OVER, seeds=2, days=2.0, jobs=1, out=folder)
    return folder


@pytest.fixture
def out(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "out"))


def again(out: Path, **other: object) -> SweepResult:
    return sweep(
        **{"model": small_campus, "over": OVER, "seeds": 2, "days": 2.0, "jobs": 1, "out": out, **other}
    )  # type: ignore[arg-type]  # one of them varies


def content(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()
    }


def test_a_part_holds_an_outcome_exactly() -> None:
    outcome = Outcome("k" * 64, {"a_mwh": 0.1 + 0.2, "b.grid": -0.0, "c": None, "d": 1e300}, "")
    assert from_part(to_part(outcome)) == outcome
    failed = Outcome("k" * 64, {}, "ValueError: no\nmore")
    assert from_part(to_part(failed)) == failed


def test_a_part_keeps_the_slots_of_the_sources() -> None:
    outcome = Outcome("k" * 64, {"supplied_mwh.grid": 1.0}, slots={"grid": "grid", "smr": "nuclear"})
    outcome = replace(outcome, same_weather=True)
    assert from_part(to_part(outcome)) == outcome
    assert from_part(to_part(outcome)).slots == {"grid": "grid", "smr": "nuclear"}


def test_a_folder_in_another_format_is_refused(out: Path) -> None:
    manifest = json.loads((out / "sweep.json").read_text(encoding="utf-8"))
    (out / "sweep.json").write_text(json.dumps({**manifest, "format": 1}), encoding="utf-8")
    for read in (SweepResult.load, again):
        with pytest.raises(SpecError, match="holds a sweep in format 1; this version reads and writes 3"):
            read(out)


def test_a_finished_sweep_is_read_and_nothing_is_run_again(out: Path) -> None:
    before = content(out)
    times = {path: path.stat().st_mtime_ns for path in (out / "parts").iterdir()}
    assert len(times) == 6
    again(out)
    assert content(out) == before
    assert {path: path.stat().st_mtime_ns for path in (out / "parts").iterdir()} == times


def test_a_part_that_was_torn_is_done_again_and_the_others_are_not(out: Path) -> None:
    before = content(out)
    torn, flipped, empty, *whole = sorted((out / "parts").iterdir())
    times = {path: path.stat().st_mtime_ns for path in whole}
    data = bytearray(torn.read_bytes())
    torn.write_bytes(data[: len(data) // 2])
    other = bytearray(flipped.read_bytes())
    other[len(other) // 3] ^= 1
    flipped.write_bytes(other)
    empty.write_bytes(b"")
    assert SweepResult.load(out).missing == 3
    again(out)
    assert content(out) == before
    assert {path: path.stat().st_mtime_ns for path in whole} == times


def test_no_bit_of_a_part_can_change_unseen(out: Path) -> None:
    part = min((out / "parts").iterdir())
    key = part.name.partition(".")[0]
    data = part.read_bytes()
    for at in range(0, len(data), 7):
        part.write_bytes(data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :])
        assert read_parts(out, [key]) == {}
    part.write_bytes(data)
    assert read_parts(out, [key])[key].metrics


def test_more_seeds_go_on_in_the_same_folder(out: Path) -> None:
    assert len(again(out, seeds=4).points) == 12
    assert len(list((out / "parts").iterdir())) == 12
    assert len(again(out, seeds=2).points) == 6  # those of the fewer seeds alone


OTHERS = [
    ({"days": 3.0}, "its length in days differs: 2.0 there, 3.0 here"),
    ({"over": {"reactor_modules": [0, 1]}}, "its points differ"),
    ({"over": {"import_mw": [0, 1]}}, "its axes differ: ['reactor_modules'] there, ['import_mw'] here"),
    ({"fixed": {"import_mw": 2.0}}, "its model differs"),
    ({"model": small_campus(), "over": {"supply.smr.modules": [0, 1, 2]}}, "its axes differ"),
]


@pytest.mark.parametrize(("other", "message"), OTHERS, ids=[message for _, message in OTHERS])
def test_the_folder_of_another_sweep_is_refused_and_left_as_it_is(
    other: dict[str, object], message: str, out: Path
) -> None:
    before = content(out)
    with pytest.raises(SpecError) as caught:
        again(out, **other)
    assert "holds a different sweep (" in str(caught.value)
    assert message in str(caught.value)
    assert str(caught.value).endswith("allowed: a new folder")
    assert content(out) == before


def test_another_version_is_refused_and_its_runs_are_never_mixed(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(out)
    monkeypatch.setattr("sim.sweeps.run.__version__", "99.0")
    with pytest.raises(SpecError, match=r"its version of dcgrid differs: '.*' there, '99\.0' here"):
        again(out)
    assert content(out) == before
    # were the manifest forged, the parts would still not be taken for those of this version
    manifest = json.loads((out / "sweep.json").read_text(encoding="utf-8"))
    (out / "sweep.json").write_text(json.dumps({**manifest, "version": "99.0"}), encoding="utf-8")
    assert SweepResult.load(out).missing == 6


def test_a_scenario_whose_body_changed_is_another_model(out: Path) -> None:
    def changed(*, reactor_modules: int = 1) -> Campus:
        return small_campus(reactor_modules=reactor_modules).with_values({"supply.smr.mttr_h": 7.0})

    changed.__name__ = "small_campus"
    with pytest.raises(SpecError, match="its model differs"):
        again(out, model=changed)


def test_a_folder_with_anything_else_in_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a short path is said in full
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SpecError, match="contains files that are not part of a sweep; allowed: a new folder"):
        again(tmp_path)
    with pytest.raises(
        SpecError, match=r"thesis\.txt' is a file; allowed: the folder of this sweep, or a new one"
    ):
        again(Path("thesis.txt"))
    (tmp_path / "empty").mkdir()
    assert len(again(tmp_path / "empty").points) == 6
    with pytest.raises(SpecError, match="is not a sweep folder"):
        SweepResult.load(tmp_path)


def test_a_manifest_that_cannot_be_read_is_refused(out: Path) -> None:
    (out / "sweep.json").write_text("{", encoding="utf-8")
    with pytest.raises(SpecError, match=r"is not a sweep folder: sweep\.json is missing or unreadable"):
        again(out)


def test_an_interrupted_sweep_can_be_read_as_far_as_it_got(out: Path, finished: Path) -> None:
    for part in sorted((out / "parts").iterdir())[:2]:
        part.unlink()
    (out / "points.parquet").unlink()
    partly = SweepResult.load(out)
    assert partly.missing == 2
    assert len(partly.points) == 4
    assert "\n\n2 runs not yet finished.\n" in partly.report()
    whole = SweepResult.load(finished).points
    assert len(partly.points.merge(whole)) == 4  # each of its rows is one of the whole


def test_keys_tell_apart_all_that_decides_the_metrics() -> None:
    keys = {
        key_of("a", 1.0, 0),
        key_of("b", 1.0, 0),
        key_of("a", 2.0, 0),
        key_of("a", 1.0, 1),
        key_of("a", 1, 0, "9"),
    }
    assert len(keys) == 5
    assert key_of("a", 1, 0) == key_of("a", 1.0, 0)


def test_metrics_of_a_part_come_back_to_the_bit(out: Path) -> None:
    result = sim.simulate(small_campus(reactor_modules=2), days=2.0, seed=1)
    found = SweepResult.load(out).points.iloc[5]
    assert (found["reactor_modules"], found["seed"]) == (2, 1)
    for name, value in metrics_of(result.summary, result.books).items():
        assert found[name] == value or (value is None and np.isnan(found[name]))


@pytest.mark.parametrize(("key", "value"), [("days", "1.0"), ("seeds", 3), ("points", None), ("name", 1)])
def test_a_manifest_with_a_wrong_value_is_told_by_its_key(out: Path, key: str, value: object) -> None:
    manifest = json.loads((out / "sweep.json").read_text(encoding="utf-8"))
    (out / "sweep.json").write_text(json.dumps({**manifest, key: value}), encoding="utf-8")
    with pytest.raises(SpecError, match=f"is not a sweep folder: {key} in sweep.json is missing or invalid"):
        SweepResult.load(out)
