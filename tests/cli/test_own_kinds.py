"""Kinds of one's own on the command line: `--import` on every command that reads a campus."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sim import Campus, SweepResult
from sim import Result as RunResult
from sim.cli import app
from sim.demand.hall import Load
from sim.site import Source

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from sim.cli import main; main()"]
WINDY = '''
from typing import Literal

from own_parts import share

from sim.campus import Battery
from sim.site import Source
from sim.units import PositiveMW


class Windmill(Source):
    """A windmill."""

    kind: Literal["windmill"] = "windmill"
    power_mw: PositiveMW
    """Power in all winds."""

    def start(self, site, name):
        site.terminal(name).offer(5.0).state(share(self.power_mw))


class FlowBattery(Battery):
    """A battery with a kind of its own."""

    kind: Literal["flow_battery"] = "flow_battery"
    tank_count: int = 2
    """Tanks."""
'''
PARTS = "def share(power_mw):\n    return 0.5 * power_mw\n"
POND = '''
from typing import Literal

from sim.demand.hall import Load


class Pond(Load):
    """A pond whose pump always runs."""

    kind: Literal["pond"] = "pond"
    pump_mw: float = 2.0

    def start(self, site, name, hall):
        hall.feed(name, 70.0).want(self.pump_mw)
'''
CAMPUS = """
name = "own"
[supply.grid]
kind = "grid"
import_limit_mw = 8
[supply.mill]
kind = "windmill"
power_mw = 4.0
[supply.tanks]
kind = "flow_battery"
power_mw = 1.0
energy_mwh = 4.0
tank_count = 3
[demand.pond]
kind = "pond"
pump_mw = 3.0
"""
SCRIPT = '''
from sim.campus import Campus
from sim.cli import run_scenario


def own(pump_mw: float = 3.0) -> Campus:
    """A pond behind a windmill."""
    return Campus(
        name="own",
        supply={
            "grid": {"kind": "grid", "import_limit_mw": 8.0},
            "mill": {"kind": "windmill", "power_mw": 4.0},
        },
        demand={"pond": {"kind": "pond", "pump_mw": pump_mw}},
    )


if __name__ == "__main__":
    run_scenario(own)
'''
BOTH = ("--import", "windy", "--import", "pond.py")


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """Know no kinds but those of the package, and forget the kinds and modules of a test."""
    families: tuple[type[Source | Load], ...] = (Source, Load)
    kinds, modules = [dict(family.members) for family in families], set(sys.modules)
    for family in families:
        for kind, member in list(family.members.items()):
            if not member.__module__.startswith("sim."):  # of another test module
                del family.members[kind]
    yield
    for family, members in zip(families, kinds, strict=True):
        family.members.clear()
        family.members.update(members)
    for name in set(sys.modules) - modules:
        if "windy" in name or "pond" in name or "own" in name:
            del sys.modules[name]


@pytest.fixture
def campus(tmp_path: Path) -> Path:
    """A campus file with own kinds, and beside it the files that define them and a script."""
    folder = tmp_path / "here"
    folder.mkdir()
    texts = {"windy.py": WINDY, "own_parts.py": PARTS, "pond.py": POND, "own.toml": CAMPUS, "own.py": SCRIPT}
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder / "own.toml"


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def done(*words: object) -> str:
    made = call(*words)
    assert (made.exit_code, made.stderr) == (0, ""), made.output
    return made.stdout


def test_run_imports_before_it_reads_the_campus(campus: Path, tmp_path: Path) -> None:
    done("run", campus, *BOTH, "--days", "1", "--out", tmp_path / "out")
    summary = RunResult.load(tmp_path / "out").summary
    assert summary.energy_mwh == pytest.approx(3.0 * 24 * 1.2)  # with the overhead of the facility
    assert summary.supplied_mwh["mill"] == pytest.approx(0.5 * 4.0 * 24)


def test_options_may_stand_before_the_file(campus: Path) -> None:
    assert f"{campus}: ok" in done("validate", *BOTH, "--set", "demand.pond.pump_mw=1.0", campus)


def test_without_the_import_the_message_says_how(campus: Path) -> None:
    refused = call("run", campus, "--import", "windy")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == (
        "Error: demand.pond: kind = 'pond' is unknown; known: inference_stream, measured_load, training_job, "
        "workload; for a kind of your own, add --import MODULE or, in Python, import its module first\n"
    )


def test_validate_show_and_schema_know_own_kinds(campus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "supply      grid, mill, tanks" in done("validate", campus, *BOTH)
    assert "supply.mill  windmill\n    power_mw = 4 MW\n" in done("show", campus, *BOTH)
    monkeypatch.chdir(campus.parent)
    shown = done("schema", "windmill", "--import", "windy")
    assert shown.splitlines()[:2] == ["[windmill]", "A windmill."]
    assert "Power in all winds." in shown
    schema = json.loads(done("schema", "--import", "windy", "--import", "pond"))
    assert {"Windmill", "FlowBattery", "Pond"} <= set(schema["$defs"])


def test_export_writes_own_kinds_and_says_what_the_file_needs(campus: Path, tmp_path: Path) -> None:
    made = call("export", campus, tmp_path / "copy.json", *BOTH)
    assert made.exit_code == 0
    assert made.stderr == (
        "flow_battery, pond, windmill: not part of dcgrid; "
        "to load the file, add --import MODULE or, in Python, import its module first\n"
    )
    assert Campus.load(tmp_path / "copy.json") == Campus.load(campus)


def test_export_of_a_saved_result_looks_beside_its_folder(campus: Path, tmp_path: Path) -> None:
    done("run", campus, *BOTH, "--days", "1", "--out", campus.parent / "out")
    made = call("export", campus.parent / "out", tmp_path / "copy.toml", *BOTH)
    assert made.exit_code == 0, made.stderr
    assert Campus.load(tmp_path / "copy.toml") == Campus.load(campus)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_sweep_sends_own_kinds_to_its_processes(jobs: int, campus: Path, tmp_path: Path) -> None:
    over = ["--over", "supply.mill.power_mw=1.0,2.0,3.0", "--days", "1", "--out", tmp_path / "out"]
    done("sweep", campus, *BOTH, *over, "--jobs", jobs)
    points = SweepResult.load(tmp_path / "out").points
    assert points["supplied_mwh.mill"].tolist() == pytest.approx([12.0, 24.0, 36.0])  # half of 24 h


def test_a_scenario_script_finds_kinds_that_are_imported_for_it(campus: Path) -> None:
    script = campus.with_name("own.py")
    assert "supply      grid, mill" in done("validate", script, "--pump-mw", "1.5", *BOTH)
    assert "--pump-mw" in done("run", *BOTH, script, "--help")
    ran = subprocess.run(
        [sys.executable, str(script), "--days", "1", *BOTH],
        capture_output=True,
        text=True,
        check=False,
        cwd=campus.parent.parent,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("# own")


@pytest.mark.parametrize(
    "command", [["run"], ["validate"], ["show"], ["export"], ["sweep"], ["schema", "windmill"]]
)
def test_what_an_imported_module_raises_is_one_message_and_status_2(command: list[str], campus: Path) -> None:
    (campus.parent / "faulty.py").write_text("1 / 0\n")
    first, *rest = command
    file = [] if first == "schema" else [str(campus)]
    target = ["new.toml"] if first == "export" else []
    words = [*COMMAND, first, *file, *target, *rest, "--import", "faulty"]

    def shell(**env: str) -> subprocess.CompletedProcess[str]:
        paths = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
        return subprocess.run(
            words,
            capture_output=True,
            text=True,
            check=False,
            cwd=campus.parent,
            env={**os.environ, "PYTHONPATH": paths, **env},
        )

    refused = shell()
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"Error: kinds: --import = {str(campus.parent / 'faulty.py')!r} cannot be imported: "
        "ZeroDivisionError: division by zero\nSet DCGRID_TRACEBACK=1 for a traceback.\n"
    )
    told = shell(DCGRID_TRACEBACK="1")
    assert told.returncode == 1
    assert 'faulty.py", line 1' in told.stderr


def test_a_name_that_does_not_exist_is_one_message_and_status_2(campus: Path) -> None:
    refused = call("run", campus, "--import", "wndy")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"Error: kinds: --import = 'wndy' does not exist; looked for {campus.parent}/wndy.py "
        "and a module wndy\n"
    )


def test_nothing_that_a_campus_names_is_imported(campus: Path) -> None:
    (campus.parent / "windmill.py").write_text("raise RuntimeError('imported')\n")
    refused = call("run", campus, "--import", "pond")
    assert refused.exit_code == 2
    assert "supply.mill: kind = 'windmill' is unknown" in refused.stderr


def test_a_change_in_a_module_that_an_own_kind_imports_repeats_the_runs_of_a_sweep(tmp_path: Path) -> None:
    (tmp_path / "windy.py").write_text(WINDY)
    (tmp_path / "own_parts.py").write_text(PARTS)
    (tmp_path / "farm.toml").write_text(
        'name = "farm"\n[supply.mill]\nkind = "windmill"\npower_mw = 8.0\n'
        '[demand.office]\nkind = "measured_load"\npower_mw = 9.0\n'
    )
    words = ["sweep", "farm.toml", "--days", "1", "--over", "supply.mill.power_mw=8,16", "--out", "out"]
    words += ["--import", "windy", "--metric", "energy_mwh", "--jobs", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def run() -> subprocess.CompletedProcess[str]:
        done = [*COMMAND, *words]
        return subprocess.run(
            done, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    first = run()
    assert (first.returncode, "96.0" in first.stdout) == (0, True), first.stderr  # half of 8 MW for 24 h
    (tmp_path / "own_parts.py").write_text(PARTS.replace("0.5", "0.25"))
    changed = run()
    assert changed.returncode == 2
    assert "holds a different sweep" in changed.stderr
