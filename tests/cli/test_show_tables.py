"""`dcgrid show` and `dcgrid sweep` with tables: files beside the report, points chosen and sorted."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest
from small_campus import small_campus
from terminals import shown_on_terminal
from typer.testing import CliRunner

from sim import Result, sweep
from sim.cli import app

COMMAND = [sys.executable, "-c", "from sim.cli import main; main()"]


def command(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def saved(paper: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return paper.save(tmp_path_factory.mktemp("saved") / "paper")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("swept") / "small"
    over = {"reactor_modules": [0, 1, 2], "import_mw": [0.5, 1.5]}
    sweep(small_campus, over=over, seeds=2, days=2, jobs=1, out=out)
    return out


def rows(text: str) -> list[list[str]]:
    """The cells of a table in Markdown, below its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]


def test_the_tables_of_a_result_are_written_beside_its_report(saved: Path, tmp_path: Path) -> None:
    csv, excel = tmp_path / "csv", tmp_path / "new" / "paper.xlsx"
    status, shown = command("show", saved, "--csv", csv, "--excel", excel)
    assert status == 0
    assert shown.startswith("# Paper\n")
    assert shown.endswith(f"tables: {csv}\nworkbook: {excel}\n")
    assert (csv / "bill.csv").is_file()
    assert excel.stat().st_size > 0


def test_a_foreign_folder_is_refused_before_the_report(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    status, shown = command("show", saved, "--csv", tmp_path)
    assert status == 2
    assert shown.startswith("Error: show: --csv = ")
    assert "holds mine.txt, which is not a sheet of a run" in shown
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_points_of_a_sweep_are_chosen_and_sorted(swept: Path) -> None:
    status, shown = command(
        "show", swept, "--figure", "import_mwh", "--figure", "unserved_mwh", "--where", "reactor_modules<=1",
        "--where", "import_mw=1.5", "--sort", "import_mwh", "--descending",
    )  # fmt: skip
    assert status == 0
    found = rows(shown)
    assert [row[:2] for row in found] == [["0", "1.5"], ["1", "1.5"]]  # less reactor, more import
    assert "| reactor_modules | import_mw |" in shown
    assert (
        "Of 6 points, those with reactor_modules<=1 and import_mw=1.5; sorted by import_mwh, highest first."
        in (" ".join(shown.split()))
    )


def test_a_condition_that_no_point_meets_leaves_no_table(swept: Path) -> None:
    status, shown = command("show", swept, "--where", "import_mwh>1e9")
    assert status == 0
    assert shown.startswith("No point is left.\n\nOf 6 points, those with import_mwh>1e9.")


def test_the_table_of_a_sweep_is_written_as_it_is_shown(swept: Path, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    options = ["--figure", "import_mwh", "--where", "import_mw==0.5", "--csv", file]
    status, shown = command("show", swept, *options)
    assert status == 0
    assert shown.endswith(f"table: {file}\n")
    frame = pd.read_csv(file)
    assert list(frame.columns) == ["reactor_modules", "import_mw", "seeds", "import_mwh", "import_mwh.ci95"]
    assert frame["reactor_modules"].tolist() == [0, 1, 2]
    assert frame["seeds"].tolist() == [2, 2, 2]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_no_table_of_a_sweep_is_wider_than_the_terminal(swept: Path, columns: int) -> None:
    words = [*COMMAND, "show", str(swept)]
    for name in ("peak_demand_mw", "supplied_mwh.smr", "unserved_by_reason_mwh.grid outage", "cost_usd"):
        words += ["--figure", name]
    status, shown = shown_on_terminal(words, COLUMNS=str(columns))
    assert status == 0
    assert "peak_demand_mw" in shown
    assert max(map(len, shown.splitlines())) <= columns


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--figure", "cost"], "sweep: metric cost does not exist; nearest: cost_usd"),
        (
            ["--sort", "modules"],
            "sweep: sort modules is neither a metric nor an axis; nearest: reactor_modules",
        ),
        (
            ["--where", "cost_usd"],
            "sweep: where = 'cost_usd'; allowed: NAME, one of <= >= < > == !=, and a value",
        ),
        (["--excel", "a.xlsx"], "show: --excel is of a saved result; this is a sweep, which has --csv"),
        (["--csv", "."], "show: --csv = '.' is a folder; allowed for a sweep: a file"),
    ],
)
def test_what_a_table_cannot_show_is_one_clear_error(swept: Path, options: list[str], message: str) -> None:
    status, shown = command("show", swept, *options)
    assert status == 2
    assert f"Error: {message}" in shown


def test_options_of_a_sweep_are_refused_for_a_result_and_files_for_a_campus(saved: Path) -> None:
    status, shown = command("show", saved, "--sort", "cost_usd")
    assert (status, shown) == (2, "Error: show: --sort is of a saved sweep\n")
    scenario = Path(__file__).parents[1] / "small_campus.py"
    status, shown = command("show", scenario, "--csv", "folder")
    assert status == 2
    assert "--csv is of a saved result or sweep; run the campus with --out first" in shown


def test_a_sweep_sorts_its_table_and_refuses_a_condition_before_it_runs(tmp_path: Path) -> None:
    scenario = Path(__file__).parents[1] / "small_campus.py"
    file, out = tmp_path / "table.csv", tmp_path / "out"
    options = ["--over", "import_mw=0.5,1.5", "--days", "1", "--jobs", "1"]
    status, shown = command(
        "sweep",
        scenario,
        *options,
        "--figure",
        "import_mwh",
        "--sort",
        "import_mw",
        "--descending",
        "--csv",
        file,
    )
    assert status == 0, shown
    assert [row[0] for row in rows(shown)] == ["1.5", "0.5"]
    assert pd.read_csv(file)["import_mw"].tolist() == [1.5, 0.5]
    for wrong in ("unserved", "unserved<=1"):
        status, shown = command("sweep", scenario, *options, "--out", out, "--where", wrong)
        assert status == 2
        assert not out.exists()
