"""`dcgrid run --profile`: the report of any run, and below it which functions take the time."""

from __future__ import annotations

import shutil
from pathlib import Path

import lagoon
import meadow
import pytest
from saved_files import files
from typer.testing import CliRunner

from sim.cli import app

BAY = Path(lagoon.__file__).with_name("bay.toml")
HEADS = ["owner", "what", "function", "calls", "seconds", "share"]
FIELD = """
name = "field"
[supply.field]
kind = "meadow"
[demand.barn]
kind = "measured_load"
power_mw = 5
"""
SCRIPT = '''
from sim.campus import Campus, MeasuredLoad


def small() -> Campus:
    """A load."""
    return Campus(name="small", demand={"load": MeasuredLoad(power_mw=1.0)})


def answer(result):
    return "Forty-two."
'''


def printed(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    return done.stdout


def table(text: str) -> list[list[str]]:
    """The cells of the table of a profile."""
    lines = text.partition("## Time of the run\n")[2].splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    return [rows[0], *rows[2:]]


@pytest.fixture
def bay(tmp_path: Path) -> Path:
    shutil.copy(BAY, tmp_path)
    return tmp_path / "bay.toml"


def test_the_report_is_the_same_and_a_table_follows(bay: Path) -> None:
    own = ("--days", 2, "--import", lagoon.__file__)
    plain, profiled = printed("run", bay, *own), printed("run", bay, *own, "--profile")
    assert "## Time of the run" not in plain
    assert profiled.startswith(plain + "\n## Time of the run\n")
    heads, *rows = table(profiled)
    assert heads == HEADS
    counts = {tuple(row[:3]): row[3] for row in rows}
    assert counts["lagoon", "process", r"TidalLagoon.\_tides"] == "8"  # 48 h in steps of 6
    assert counts["-", "event", "SimPy, not attributed"] == "8"
    assert rows[-1][0] == "run"
    assert rows[-1][5] == "100.0 %"
    shown_s = [float(row[4].lstrip("<")) for row in rows]
    assert sum(shown_s[:-1]) == pytest.approx(shown_s[-1], abs=0.001 * len(rows))


def test_the_settlements_that_called_python_are_told(bay: Path) -> None:
    bay.write_text(FIELD)
    text = printed("run", bay, "--days", 1, "--import", meadow.__file__, "--profile")
    assert "- Settlements: 6" in text
    assert ["field", "listener", "Meadow.start.hear", "6"] in [row[:4] for row in table(text)]


def test_it_follows_the_answer_of_a_script(tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text(SCRIPT)
    text = printed("run", tmp_path / "small.py", "--days", 1, "--profile")
    assert "## Answer\nForty-two.\n\n## Time of the run\n" in text


def test_the_saved_result_is_that_of_a_run_without_a_profile(bay: Path, tmp_path: Path) -> None:
    own = ("--days", 2, "--import", lagoon.__file__)
    printed("run", bay, *own, "--out", tmp_path / "plain")
    printed("run", bay, *own, "--out", tmp_path / "profiled", "--profile")
    assert files(tmp_path / "profiled") == files(tmp_path / "plain")
