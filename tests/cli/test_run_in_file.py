"""The run in the file: what commands take from it, what overrides it, and what export writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import told
from typer.testing import CliRunner
from typer.testing import Result as Call

from sim import Campus, Result, SweepResult, sweep
from sim.campus import MeasuredLoad, RunPlan
from sim.cli import app

TEXT = """\
name = "small"
start = 2026-01-01T00:00:00-05:00
timezone = "America/New_York"

[run]
end = 2026-01-03
seed = 4
record = "6h"

[supply.grid]
kind = "grid"
import_limit_mw = 8

[demand.load]
kind = "measured_load"
power_mw = 6
"""
SCRIPT = '''
from sim.campus import Campus, MeasuredLoad, RunPlan

DAYS = 5.0


def small(load_mw: float = 1.0, length_d: float = 0.0) -> Campus:
    """A load.

    Args:
        load_mw: Power.
        length_d: Length of a run, or 0.
    """
    run = RunPlan(days=length_d) if length_d else RunPlan()
    return Campus(name="small", run=run, demand={"load": MeasuredLoad(power_mw=load_mw)})
'''


def call(*words: object) -> Call:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "campus.toml"
    path.write_text(TEXT)
    return path


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "small.py"
    path.write_text(SCRIPT)
    return path


def ran(file: Path, *options: object) -> Result:
    out = file.parent / "out"
    done = call("run", file, *options, "--out", out, "--replace")
    assert done.exit_code == 0, done.output
    return Result.load(out)


def test_run_takes_length_seed_and_recording_from_the_file(file: Path) -> None:
    result = ran(file)
    assert (result.days, result.seed, result.record_s) == (2.0, 4, 6 * 3600.0)


def test_options_override_the_file(file: Path) -> None:
    result = ran(file, "--days", "1", "--seed", "0", "--record", "change")
    assert (result.days, result.seed, result.record_s) == (1.0, 0, None)
    changed = ran(file, "--set", "run.end=2026-01-04")
    assert (changed.days, changed.seed) == (3.0, 4)


def test_validate_says_the_run_and_checks_the_whole_of_it(file: Path) -> None:
    assert "run         end = 2026-01-03T00:00:00; seed = 4; record = '6h'" in call("validate", file).stdout
    (file.parent / "load.csv").write_text("time,mw\n2026-01-01T05:00Z,1\n2026-01-02T05:00Z,2\n")  # two days
    file.write_text(TEXT.replace("power_mw = 6", 'power_mw = {csv = "load.csv", column = "mw"}'))
    assert call("validate", file).exit_code == 0
    assert "covers" in call("validate", file, "--days", "3").stderr


def test_show_lists_the_run(file: Path) -> None:
    lines = call("show", file).stdout.splitlines()
    at = lines.index("run")
    assert lines[at + 1] == "    end = 2026-01-03T00:00:00; seed = 4; record = '6h'"


def test_help_shows_the_length_of_the_file(file: Path) -> None:
    assert "[d]. [default: 2.0]" in " ".join(call("run", file, "--help").stdout.split())


def test_a_wrong_run_is_one_message(file: Path) -> None:
    file.write_text(TEXT.replace("2026-01-03", "2025-12-31"))
    refused = call("run", file)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == (
        "Error: run: end = 2025-12-31; allowed: a time after the start of the run, "
        "2026-01-01T00:00:00-05:00, by at most 36525 d\n"
    )


def test_a_script_may_return_a_campus_with_a_run_which_overrides_its_constant(script: Path) -> None:
    assert ran(script).days == 5.0
    assert ran(script, "--length-d", "2").days == 2.0
    assert ran(script, "--length-d", "2", "--days", "1").days == 1.0


# Sweeps


def swept(file: Path, *options: object) -> SweepResult:
    out = file.parent / "sweep"
    done = call("sweep", file, "--jobs", "1", "--out", out, *options)
    assert done.exit_code == 0, done.output
    return SweepResult.load(out)


OVER = ("--over", "demand.load.power_mw=4,6")


def test_a_sweep_takes_length_and_first_seed_from_the_file(file: Path) -> None:
    result = swept(file, *OVER, "--seeds", "2")
    assert result.days == 2.0
    assert sorted(set(result.points["seed"])) == [4, 5]
    assert result.points["energy_mwh"].tolist() == pytest.approx([4 * 48] * 2 + [6 * 48] * 2)


def test_a_run_in_the_file_repeats_no_run_of_a_sweep(file: Path) -> None:
    swept(file, *OVER)
    parts = sorted((file.parent / "sweep" / "parts").iterdir())
    written = [part.stat().st_mtime_ns for part in parts]
    file.write_text(TEXT.replace("end = 2026-01-03", "days = 2").replace('record = "6h"\n', ""))
    swept(file, *OVER)
    assert sorted((file.parent / "sweep" / "parts").iterdir()) == parts
    assert [part.stat().st_mtime_ns for part in parts] == written


def test_a_sweep_of_a_script_has_its_length(script: Path) -> None:
    assert swept(script, "--over", "load_mw=1,2").days == 5.0


def growing(load_mw: float = 1.0) -> Campus:
    """A load that runs as many days as it has megawatts, from such a seed on."""
    load = MeasuredLoad(power_mw=load_mw)
    return Campus(name="x", run=RunPlan(days=load_mw, seed=int(load_mw)), demand={"load": load})


def test_points_of_different_runs_need_one_length_and_one_list_of_seeds() -> None:
    over = {"load_mw": [1.0, 2.0]}
    assert told(lambda: sweep(growing, over=over, jobs=1)) == (
        "sweep: days is 1 and 2 d at different points; allowed: one length, given as days"
    )
    assert told(lambda: sweep(growing, over=over, days=1, jobs=1)) == (
        "sweep: seeds begin with 1 and 2 at different points; allowed: a list of seeds"
    )
    assert len(sweep(growing, over=over, days=1, seeds=[0], jobs=1).points) == 2


# Export


def test_the_export_of_a_file_has_its_run(file: Path) -> None:
    target = file.parent / "other.yaml"
    assert call("export", file, target).exit_code == 0
    assert Campus.load(target).run == RunPlan(end="2026-01-03", seed=4, record="6h")


def test_the_export_of_a_result_repeats_it(file: Path) -> None:
    ran(file, "--days", "1", "--seed", "9", "--record", "15min")
    target = file.parent / "again.toml"
    assert call("export", file.parent / "out", target).exit_code == 0
    assert Campus.load(target).run == RunPlan(days=1.0, seed=9, record="15min")
    before = (file.parent / "out" / "campus.json").read_bytes()
    ran(target)
    assert (file.parent / "out" / "campus.json").read_bytes() == before


def test_the_export_of_a_script_has_its_length(script: Path) -> None:
    target = script.parent / "small.json"
    assert call("export", script, target).exit_code == 0
    assert Campus.load(target).run == RunPlan(days=5.0)
