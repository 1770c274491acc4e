"""`dcgrid report --png`: panels of a saved result as files, or one clear error before any."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.image import imread
from typer.testing import CliRunner

from sim import Result
from sim.cli import app


def command(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


@pytest.fixture
def saved(paper: Result, tmp_path: Path) -> Path:
    return paper.save(tmp_path / "paper")


def test_all_panels_of_a_result_are_written(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "slides"
    status, shown = command("report", saved, "--png", folder)
    assert status == 0
    names = ["dispatch", "load_duration", "energy", "curtailment", "bill"]
    assert shown.splitlines() == [f"picture: {folder / name}.png" for name in names]
    assert all((folder / f"{name}.png").is_file() for name in names)
    assert not (saved / "report.html").exists()


def test_a_panel_has_the_size_and_format_that_are_asked_for(saved: Path, tmp_path: Path) -> None:
    one = ["report", saved, "--png", tmp_path, "--panel", "energy"]
    assert command(*one, "--size", "5x3", "--dpi", 80) == (0, f"picture: {tmp_path / 'energy.png'}\n")
    assert imread(tmp_path / "energy.png").shape[:2] == (240, 400)
    assert command(*one, "--format", "pdf") == (0, f"picture: {tmp_path / 'energy.pdf'}\n")
    assert (tmp_path / "energy.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--png", "new", "--size", "10"],
            "report: --size = '10'; allowed: width and height in inch, such as 10x6",
        ),
        (["--png", "new", "--size", "1x6"], "picture: size_in = 1 x 6 inch; allowed: 5 x 3 to 40 x 40 inch"),
        (["--png", "new", "--panel", "job"], "picture: panel = 'job' is unknown; nearest: jobs"),
        (
            ["--png", "new", "--panel", "jobs"],
            "picture: panel = 'jobs'; the run has no jobs that waited or started again",
        ),
        (["--png", "new", "--format", "gif"], "picture: format = 'gif'; allowed: png, svg, pdf"),
        (["--png", "new", "--dpi", "0"], "picture: dpi = 0 1/inch; allowed: 30 to 1200 1/inch"),
        (["--png", "new", "--dpi", "5"], "picture: dpi = 5 1/inch; allowed: 30 to 1200 1/inch"),
        (["--png", "new", "--out", "page.html"], "report: --out is for a page; new has pictures alone"),
        (["--dpi", "100"], "report: --dpi is for pictures; give --png DIR as well"),
        (["--panel", "bill"], "report: --panel is for pictures; give --png DIR as well"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_any_file(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("report", saved, *words) == (2, f"Error: {message}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["paper"]


def test_pictures_are_of_one_result(saved: Path, tmp_path: Path) -> None:
    status, shown = command("report", saved, saved, "--png", tmp_path / "new")
    assert (status, shown) == (2, "Error: report: --png is for one result; 2 are given\n")
