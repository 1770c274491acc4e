"""`dcgrid size`: sizes found on the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from sized import sunny_morning
from typer.testing import CliRunner, Result

from sim.cli import app
from sim.sizing import size
from sim.sweeps import SweepResult

SCENARIO = Path(__file__).parents[1] / "sized.py"
VARY = ["--vary", "sun_mw=0:10", "--vary", "battery_mwh=0:50"]
GOAL = ["--minimise", "cost_usd"]
SEARCH = [
    *VARY,
    "--minimise",
    "capacity_mw.sun",
    "--limit",
    "unserved_mwh <= 0",
    "--days",
    "1",
    "--jobs",
    "1",
]


def command(*words: object) -> Result:
    return CliRunner().invoke(app, ["size", str(SCENARIO), *map(str, words)])


def test_the_command_prints_what_the_function_finds(tmp_path: Path) -> None:
    csv, png, out = tmp_path / "points.csv", tmp_path / "search.png", tmp_path / "out"
    shown = command(*SEARCH, "--csv", csv, "--plot", png, "--out", out, "--figure", "curtailed_mwh")
    assert shown.exit_code == 0, shown.output
    alone = size(
        sunny_morning,
        {"sun_mw": (0.0, 10.0), "battery_mwh": (0.0, 50.0)},
        minimise="capacity_mw.sun",
        subject_to=["unserved_mwh <= 0"],
        days=1,
        jobs=1,
    )
    assert shown.stdout == f"{alone.report('curtailed_mwh')}points: {csv}\npicture: {png}\n"
    assert shown.stderr == ""  # no bar where there is no terminal
    assert alone.best["sun_mw"] == pytest.approx(3.5, abs=0.05)
    written = pd.read_csv(csv)
    assert written["sun_mw"].tolist() == alone.runs["sun_mw"].tolist()
    assert written["feasible"].tolist() == alone.runs["feasible"].tolist()
    assert png.read_bytes().startswith(b"\x89PNG")
    assert len(SweepResult.load(out).means) == len(alone.runs)
    table = CliRunner().invoke(
        app, ["show", str(out), "--where", "unserved_mwh<=0", "--sort", "capacity_mw.sun"]
    )
    assert table.exit_code == 0, table.output


def test_a_killed_search_goes_on_and_ends_as_if_undisturbed(tmp_path: Path) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    words = [
        str(SCENARIO.parent / "small_campus.py"),
        "--vary",
        "reactor_modules=0:4",
        "--vary",
        "import_mw=0:6",
    ]
    words += [
        "--minimise",
        "cost_usd + 1000 * peak_import_mw",
        "--limit",
        "unserved_mwh <= 5",
        "--days",
        "60",
    ]
    words += ["--most-runs", "72", "--jobs", "2", "--out"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from sim.cli import main; main()", "size", *words, str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 60.0
    while len(list(out.glob("parts/[!.]*.parquet"))) < 20:
        assert process.poll() is None, "the search ended before it was killed"
        assert time.monotonic() < until
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    kept = {path.name: path.stat().st_mtime_ns for path in out.glob("parts/[!.]*.parquet")}
    resumed, undisturbed = (CliRunner().invoke(app, ["size", *words, str(folder)]) for folder in (out, whole))
    assert resumed.stdout == undisturbed.stdout
    after = {path.name: path.stat().st_mtime_ns for path in out.glob("parts/[!.]*.parquet")}
    assert {name: after[name] for name in kept} == kept  # what was kept was not run again
    assert len(after) == len(list(whole.glob("parts/*.parquet"))) > len(kept)
    assert (out / "tried.parquet").read_bytes() == (whole / "tried.parquet").read_bytes()


def test_two_goals_print_the_front() -> None:
    words = [
        *VARY,
        "--minimise",
        "capacity_mw.sun",
        "--minimise",
        "unserved_mwh",
        "--days",
        "1",
        "--jobs",
        "1",
    ]
    shown = command(*words, "--most-runs", "150")
    assert shown.exit_code == 0, shown.output
    assert "The front: no other point tried that meets the limits is better in both." in shown.stdout
    assert "there are no limits" in shown.stdout


def test_the_status_is_1_if_no_point_meets_the_limits() -> None:
    words = [
        "--vary",
        "sun_mw=0:1",
        "--minimise",
        "capacity_mw.sun",
        "--limit",
        "unserved_mwh <= 0",
        "--days",
        "1",
    ]
    shown = command(*words, "--jobs", "1")
    assert shown.exit_code == 1
    assert "None of the" in shown.stdout
    # the morning lacks 1 of 2 MW and the afternoon 1.5 MW, each for 12 h
    assert "The closest point misses unserved_mwh <= 0 by 30.0." in " ".join(shown.stdout.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (GOAL, "size: --vary is missing; allowed: name=lowest:highest"),
        ([*GOAL, "--vary", "sun_mw"], "size: --vary = 'sun_mw'; allowed: name=lowest:highest"),
        ([*GOAL, "--vary", "sun_mw=3"], "size: --vary sun_mw = '3'; allowed: name=lowest:highest"),
        ([*GOAL, "--vary", "sun_mw=a:b"], "size: --vary sun_mw = 'a:b'; allowed: name=lowest:highest"),
        (
            [*GOAL, "--vary", "sun_mw=5:1"],
            "size: variables sun_mw = (5, 1); allowed: two numbers, the lower one first",
        ),
        (
            [*GOAL, "--vary", "sun_mw=0:1", "--vary", "sun_mw=0:2"],
            "size: --vary names the same size twice: sun_mw=0:1, ",
        ),
        (["--vary", "sun_mw=0:1"], "size: --minimise is missing; allowed: a metric, or a sum such as "),
        ([*SEARCH, "--limit", "carbon <= 0"], "size: subject_to carbon does not exist; nearest: carbon_t"),
        ([*SEARCH, "--limit", "carbon_t = 0"], "size: subject_to = 'carbon_t = 0'; allowed: "),
        (
            [*SEARCH, "--most-runs", "5"],
            "size: most_runs = 5; allowed: at least 12, one generation of 12 points",
        ),
        ([*SEARCH, "--figure", "cost"], "size: --figure cost does not exist; nearest: cost_usd"),
        ([*SEARCH, "--csv", "."], "size: --csv = '.' is a folder; allowed for a sweep: a file"),
        (
            [*SEARCH, "--plot", "a.txt"],
            "size: --plot = 'a.txt'; allowed: a file that ends in .png, .svg, .pdf",
        ),
    ],
    ids=lambda value: value[-30:] if isinstance(value, str) else "",
)
def test_bad_input_is_one_clear_error_with_status_2(words: list[str], message: str, tmp_path: Path) -> None:
    shown = command(*words, "--out", tmp_path / "out")
    assert shown.exit_code == 2
    assert shown.stdout == ""
    assert shown.stderr.startswith(f"Error: {message}")
    assert shown.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_accounts_of_own_kinds_may_be_limited() -> None:
    vary = ["--import", "lagoon", "--vary", "supply.lagoon.turbine_mw=1:10", "--days", "1", "--jobs", "1"]
    words = ["size", str(SCENARIO.parent / "bay.toml"), *vary, "--minimise", "capacity_mw.lagoon"]
    shown = CliRunner().invoke(app, [*words, "--limit", "ice_made_t >= 20"])
    assert "| ice_made_t " in shown.stdout, shown.output
    unknown = CliRunner().invoke(app, [*words, "--limit", "ice_t >= 20"])
    assert unknown.exit_code == 2
    assert unknown.stderr.startswith("Error: size: subject_to ice_t does not exist; nearest: ice_made_t")
