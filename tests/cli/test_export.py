"""Exporting a campus as a file: from a file, a script and a saved result, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sim import Campus, Scenario, simulate
from sim import Result as RunResult
from sim.campus import GridConnection, MeasuredLoad
from sim.cli import app

ROOT = Path(__file__).parents[2]
FLAGSHIP = ROOT / "scenarios" / "ai_campus.py"
SCRIPT = '''
from typing import Literal

from sim.campus import Campus
from sim.site import Source


class Spring(Source):
    """A source of its own kind."""

    kind: Literal["spring_of_the_export_test"] = "spring_of_the_export_test"

    def start(self, site, name):
        site.terminal(name)


def own() -> Campus:
    """A campus with a source of its own kind."""
    return Campus(name="own", supply={"spring": Spring()})
'''


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def campus() -> Campus:
    return Campus(
        name="small",
        supply={"grid": GridConnection(import_limit_mw=8.0)},
        demand={"load": MeasuredLoad(power_mw=6.0)},
    )


def test_the_exported_flagship_gives_the_figures_of_its_script(tmp_path: Path) -> None:
    options = ["--solar-mw", "50", "--set", "supply.battery.reserve_pu=0.5"]
    meant = Scenario.open(FLAGSHIP).build(solar_mw=50.0).with_values({"supply.battery.reserve_pu": 0.5})
    script = tmp_path / "script"
    assert call("run", FLAGSHIP, *options, "--days", "3", "--out", script).exit_code == 0
    for ending in ("toml", "yaml", "yml", "json"):
        target, out = tmp_path / f"campus.{ending}", tmp_path / ending
        done = call("export", FLAGSHIP, target, *options)
        assert done.exit_code == 0, done.output
        assert done.stdout == f"{target}: ai campus, sha256:{meant.content_hash()}\n"
        assert call("run", target, "--days", "3", "--out", out).exit_code == 0
        for name in ("campus.json", "flows.parquet", "events.parquet", "jobs.parquet"):
            assert (script / name).read_bytes() == (out / name).read_bytes(), (ending, name)


def test_the_campus_of_a_saved_result_is_exported_with_changes(tmp_path: Path, campus: Campus) -> None:
    simulate(campus, days=1).save(tmp_path / "run")
    target = tmp_path / "not" / "yet" / "campus.yaml"
    assert call("export", tmp_path / "run", target).exit_code == 0
    assert Campus.load(target) == campus
    other = tmp_path / "other.json"
    assert call("export", tmp_path / "run", other, "--set", "supply.grid.import_limit_mw=5").exit_code == 0
    assert Campus.load(other) == campus.with_values({"supply.grid.import_limit_mw": 5.0})
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["not", "other.json", "run"]


def test_a_campus_file_is_exported_in_another_format_with_its_files_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    hours = [f"2025-01-01T{hour:02}:00:00Z,6" for hour in range(24)]
    (tmp_path / "here" / "load.csv").write_text("\n".join(["time,mw", *hours]) + "\n")
    (tmp_path / "here" / "campus.toml").write_text(
        'name = "measured"\n[demand.load]\nkind = "measured_load"\n'
        'power_mw = { csv = "load.csv", column = "mw" }\n'
    )
    monkeypatch.chdir(tmp_path)
    assert call("export", "here/campus.toml", "campus.yaml").exit_code == 0
    moved = Campus.load("campus.yaml")
    assert moved.content_hash() == Campus.load("here/campus.toml").content_hash()
    assert simulate(moved, days=1).summary.unserved_mwh == pytest.approx(6 * 24)  # nothing supplies it


def test_a_relative_path_said_in_python_leads_to_its_file_from_wherever_it_is_dumped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    load = MeasuredLoad.model_validate({"power_mw": {"csv": "load.csv", "column": "mw"}})
    (tmp_path / "elsewhere").mkdir()
    Campus(name="measured", demand={"load": load}).dump("elsewhere/campus.toml")
    there = Campus.load("elsewhere/campus.toml").to_dict()["demand"]["load"]["power_mw"]["csv"]
    assert there == str(tmp_path / "load.csv")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["campus.toml", "there.toml"],
            "export: target = 'there.toml' exists; allowed: the name of a new file",
        ),
        (
            ["campus.toml", "."],
            "export: target = '.' has an unknown extension; allowed: .toml, .yaml, .yml, .json",
        ),
        (
            ["campus.toml", "new.txt"],
            "export: target = 'new.txt' has an unknown extension; allowed: .toml, .yaml, .yml, .json",
        ),
        (["no.toml", "new.toml"], "Campus: file = 'no.toml' does not exist"),
        (["other", "new.toml"], "result: folder = 'other' is not a saved result: summary.json is missing"),
        (
            ["campus.toml", "new.toml", "--set", "supply.grid.import_limit_mw=-1.0"],
            (
                "supply.grid: import_limit_mw = -1.0 MW; "
                "allowed: a finite number at least 0 and at most 1e+06 MW"
            ),
        ),
        (
            ["campus.toml", "there.toml/new.toml"],
            (
                "export: target = 'there.toml/new.toml' cannot be written: "
                "no folder can be made in {folder}/there.toml (Not a directory)"
            ),
        ),
    ],
)
def test_an_export_that_is_refused_writes_nothing(
    words: list[str], message: str, tmp_path: Path, campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    campus.dump("campus.toml")
    (tmp_path / "there.toml").write_text("mine")
    (tmp_path / "other").mkdir()
    before = sorted(tmp_path.rglob("*"))
    refused = call("export", *words)
    expected = f"Error: {message.format(folder=tmp_path)}\n"
    assert (refused.exit_code, refused.stdout, refused.stderr) == (2, "", expected)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "there.toml").read_text() == "mine"


def test_a_kind_that_only_its_script_knows_is_told(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(SCRIPT)
    done = call("export", tmp_path / "own.py", tmp_path / "own.toml")
    assert done.exit_code == 0
    assert done.stderr == (
        "spring_of_the_export_test: not part of dcgrid; "
        "to load the file, add --import MODULE or, in Python, import its module first\n"
    )


@pytest.mark.parametrize("command", ["run", "validate", "show"])
def test_the_record_of_a_run_is_told_from_a_campus(command: str, tmp_path: Path, campus: Campus) -> None:
    folder = simulate(campus, days=1).save(tmp_path / "a run")
    refused = call(command, folder / "campus.json")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"Error: Campus: file = {str(folder / 'campus.json')!r} is the record of a run, not a campus; "
        f"`dcgrid export '{folder}' campus.toml` writes its campus\n"
    )
    assert RunResult.load(folder).campus == campus


def test_the_campus_of_a_saved_result_is_exported_though_its_inputs_are_gone(tmp_path: Path) -> None:
    hours = [f"2025-01-01T{hour:02}:00:00Z,6" for hour in range(24)]
    (tmp_path / "load.csv").write_text("\n".join(["time,mw", *hours]) + "\n")
    profile = {"csv": str(tmp_path / "load.csv"), "column": "mw"}
    made = Campus(name="measured", demand={"load": MeasuredLoad(power_mw=profile)})
    simulate(made, days=1).save(tmp_path / "run")
    (tmp_path / "load.csv").unlink()
    done = call("export", tmp_path / "run", tmp_path / "campus.toml")
    assert (done.exit_code, done.stdout) == (
        0,
        f"{tmp_path / 'campus.toml'}: measured, as saved in {tmp_path / 'run'}\n",
    )
    (tmp_path / "load.csv").write_text("\n".join(["time,mw", *hours]) + "\n")
    assert Campus.load(tmp_path / "campus.toml") == made
