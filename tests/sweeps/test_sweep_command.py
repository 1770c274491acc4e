from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_campus import small_campus
from typer.testing import CliRunner

from sim.cli import app
from sim.simulation import simulate
from sim.sweeps import SweepResult

SCENARIO = Path(__file__).parents[1] / "small_campus.py"
COMMAND = [sys.executable, "-c", "from sim.cli import main; main()"]
SWEEP = [*COMMAND, "sweep", str(SCENARIO)]
LONG = ["--over", "reactor_modules=0:4:5", "--over", "import_mw=0.5,1,2", "--seeds", "4", "--days", "60"]
RUNS = 5 * 3 * 4


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SWEEP, *arguments], capture_output=True, text=True, check=False)


def kept(out: Path) -> int:
    return len(list((out / "parts").glob("[!.]*.parquet"))) if (out / "parts").is_dir() else 0


def kill_after(out: Path, count: int) -> int:
    """Start the long sweep and kill it with all its processes once so many runs are kept, without drafts."""
    process = subprocess.Popen(
        [*SWEEP, *LONG, "--out", str(out), "--jobs", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 60.0
    while kept(out) < count and not (count == 0 and (out / "sweep.json").is_file()):
        assert process.poll() is None, "the sweep ended before it was killed"
        assert time.monotonic() < until
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    return kept(out)


def test_a_sweep_killed_at_several_moments_goes_on_and_ends_as_if_undisturbed(tmp_path: Path) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    undisturbed = run(*LONG, "--out", str(whole), "--jobs", "2")
    assert undisturbed.returncode == 0
    counts = [kill_after(out, count) for count in (0, 1, 20)]
    assert counts == sorted(counts)
    assert counts[-1] < RUNS  # it was killed in the middle
    assert SweepResult.load(out).missing == RUNS - kept(out)
    before = {path.name: path.stat().st_mtime_ns for path in (out / "parts").glob("[!.]*.parquet")}
    resumed = run(*LONG, "--out", str(out), "--jobs", "2")
    assert resumed.stdout == undisturbed.stdout
    after = {path.name: path.stat().st_mtime_ns for path in (out / "parts").glob("[!.]*.parquet")}
    assert len(after) == RUNS
    assert {name: after[name] for name in before} == before  # what was kept was not done again
    assert (out / "points.parquet").read_bytes() == (whole / "points.parquet").read_bytes()
    assert (out / "means.parquet").read_bytes() == (whole / "means.parquet").read_bytes()


def test_ctrl_c_says_where_the_finished_runs_are(tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        [*SWEEP, *LONG, "--days", "300", "--out", str(out), "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # it may have been ignored by whoever started the tests in the background
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - one thread only
    )
    until = time.monotonic() + 60.0
    while kept(out) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the command and to its processes
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert stdout == ""
    assert stderr == f"Interrupted. Finished runs are kept in {out}; run the same command again to resume.\n"
    assert 3 <= kept(out) < RUNS


def alive(session: int) -> set[int]:
    """The processes of a session that have not ended."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of_session = path.read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(of_session) == session and state not in {"Z", "X"}:
            found.add(int(path.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux has /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_processes_of_a_sweep_end_with_it(number: signal.Signals, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        [*SWEEP, *LONG, "--days", "3000", "--out", str(out), "--jobs", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 60.0
    while kept(out) < 1 and time.monotonic() < until:
        time.sleep(0.01)
    assert len(alive(process.pid)) >= 3  # itself and two workers, in the middle of runs of many seconds
    process.send_signal(number)
    assert process.wait(timeout=30) == -number
    until = time.monotonic() + 10.0
    while alive(process.pid) and time.monotonic() < until:
        time.sleep(0.05)
    left = alive(process.pid)
    if left:
        os.killpg(process.pid, signal.SIGKILL)
    assert left == set()


def test_the_command_prints_means_and_keeps_the_frames(tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = run(
        "--over",
        "reactor_modules=0:2:3",
        "--days",
        "2",
        "--seeds",
        "2",
        "--out",
        str(out),
        "--import-mw",
        "1.5",
    )
    assert found.returncode == 0, found.stderr
    assert found.stderr == ""  # no bar where there is no terminal
    points = SweepResult.load(out).points
    assert points["reactor_modules"].tolist() == [0, 0, 1, 1, 2, 2]
    assert points["import_mwh"].max() <= 1.5 * 48.0
    assert "±" in found.stdout


def test_a_parameter_without_default_may_be_varied(tmp_path: Path) -> None:
    script = tmp_path / "bare.py"
    script.write_text(
        "from sim.campus import Campus, GridConnection, MeasuredLoad\n\n\n"
        "def bare(load_mw: float) -> Campus:\n"
        "    load, grid = MeasuredLoad(power_mw=load_mw), GridConnection(import_limit_mw=9.0)\n"
        "    return Campus(name='bare', supply={'grid': grid}, demand={'load': load})\n"
    )
    words = [*COMMAND, "sweep", str(script), "--days", "1", "--jobs", "1", "--metric", "energy_mwh"]
    found = subprocess.run([*words, "--over", "load_mw=1,2"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert [line.split("|")[2].strip() for line in found.stdout.splitlines()[2:4]] == ["24.0", "48.0"]
    missed = [*words, "--over", "supply.grid.import_limit_mw=1,2"]
    found = subprocess.run(missed, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (2, "Error: bare: load_mw is missing [MW]\n")


def test_a_sample_of_parameters_and_paths_and_figures_of_choice() -> None:
    options = [
        "--over",
        "reactor_modules=0:4",
        "--over",
        "supply.grid.import_limit_mw=0:3",
        "--sample",
        "sobol:8",
    ]
    found = run(
        *options, "--days", "1", "--jobs", "1", "--metric", "import_mwh", "--set", "supply.smr.mttf_h=1e6"
    )
    assert found.returncode == 0, found.stderr
    lines = found.stdout.splitlines()
    assert [cell.strip() for cell in lines[0].split("|")[1:-1]] == [
        "reactor_modules",
        "supply.grid.import_limit_mw",
        "import_mwh",
    ]
    modules = {line.split("|")[1].strip() for line in lines[2:10]}
    assert modules <= set("01234")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--over", "reactor_moduls=1,2"],
            "small_campus: reactor_moduls is unknown; nearest: reactor_modules",
        ),
        (
            ["--over", "supply.smr.modulez=1,2"],
            "Campus: supply.smr.modulez does not exist; nearest: supply.smr.modules, supply.smr.module_mw, ",
        ),
        (
            ["--over", "reactor_modules="],
            "sweep: --over reactor_modules has no values; allowed: name=a,b,c or ",
        ),
        (
            ["--over", "reactor_modules=0:4:6"],
            "small_campus: reactor_modules = 0.8; allowed: a whole number at least 0 and at most 1e+07",
        ),
        (["--over", "import_mw=lots"], "small_campus: import_mw = 'lots'; "),
        (["--over", "import_mw=0:1:0"], "sweep: --over import_mw = '0:1:0' has a count of 0; allowed: "),
        ([], "sweep: --over is missing; allowed: name=a,b,c or name=first:last:count"),
        (["--over", "import_mw=1", "--seeds", "0"], "sweep: seeds = 0; allowed: a whole number at least 1"),
        (
            ["--over", "import_mw=1", "--days", "0"],
            "simulate: days = 0.0 d; allowed: a finite number above 0",
        ),
        (["--over", "import_mw=1", "--jobs", "0"], "sweep: jobs = 0; allowed: a whole number at least 1"),
        (
            ["--over", "import_mw=1", "--cluster", "nowhere"],
            "sweep: cluster = 'nowhere' cannot be reached: missing port number in address 'nowhere'",
        ),
        (
            ["--over", "import_mw=1", "--figure", "cost"],
            "sweep: --figure cost does not exist; nearest: cost_usd",
        ),
        (
            ["--over", "import_mw=1", "--where", "unserved<=10"],
            "sweep: --where unserved does not exist; nearest: unserved_h, unserved_mwh, unserved_by_load_mwh",
        ),
        (["--over", "import_mw=1", "--sort", "nonsense"], "sweep: --sort nonsense does not exist"),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_bad_input_is_one_clear_error_with_status_2_and_nothing_is_written(
    options: list[str], message: str, tmp_path: Path
) -> None:
    words = ["sweep", str(SCENARIO), "--days", "1", *options, "--out", str(tmp_path / "out")]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert found.stderr.startswith(f"Error: {message}")
    assert found.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_foreign_folder_is_refused_by_the_command(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    found = run("--over", "import_mw=1", "--days", "1", "--out", str(tmp_path))
    assert found.returncode == 2
    assert "contains files that are not part of a sweep; allowed: a new folder" in found.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_points_that_fail_are_reported_with_status_1(tmp_path: Path) -> None:
    options = [
        "--over",
        "demand.job.gpus=1000,8000",
        "--over",
        "servers.hall.servers=500,1000",
        "--jobs",
        "1",
    ]
    found = run(*options, "--days", "1", "--out", str(tmp_path / "out"))
    assert found.returncode == 1
    assert "1 run failed:\n\n- 1 run: demand.job: gpus = 8000; allowed: at most 4000" in found.stdout


def test_saved_results_are_compared_by_the_command(tmp_path: Path) -> None:
    runs = {f"smr_{modules}": simulate(small_campus(reactor_modules=modules), days=2.0) for modules in (1, 2)}
    for name, result in runs.items():
        result.save(tmp_path / name)
    picture = tmp_path / "difference.png"
    command = [*COMMAND, "compare", str(tmp_path / "smr_1"), str(tmp_path / "smr_2")]
    found = subprocess.run([*command, "--out", str(picture)], capture_output=True, text=True, check=True)
    gap = runs["smr_2"].summary.import_mwh - runs["smr_1"].summary.import_mwh
    (line,) = [line for line in found.stdout.splitlines() if line.startswith("| import_mwh")]
    assert float(line.split("|")[4]) == pytest.approx(gap, rel=0.01)
    assert picture.read_bytes().startswith(b"\x89PNG")
    alone = subprocess.run(command[:-1], capture_output=True, text=True, check=False)
    assert (alone.returncode, alone.stderr) == (2, "Error: compare: results has 1; allowed: at least 2\n")


def test_a_sweep_is_shown_from_its_folder_as_it_was_printed(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    swept = run("--over", "import_mw=0.5,1", "--days", "1", "--jobs", "1", "--out", out)
    shown = subprocess.run([*COMMAND, "show", out], capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, swept.stdout, "")
