"""`dcgrid report` and `dcgrid run --html`: pages of results, or one clear error before any work."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_campus import small_campus
from typer.testing import CliRunner

from sim import Campus, Result, sweep
from sim.cli import app


def command(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


@pytest.fixture
def saved(paper: Result, tmp_path: Path) -> Path:
    return paper.save(tmp_path / "paper")


def test_a_saved_result_has_its_page_in_its_folder(saved: Path) -> None:
    assert command("report", saved) == (0, f"page: {saved / 'report.html'}\n")
    assert (saved / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_several_results_have_one_page_that_compares_them(
    saved: Path, paper: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = paper.save(tmp_path / "other")
    monkeypatch.chdir(tmp_path)
    assert command("report", saved, other) == (0, "page: comparison.html\n")
    assert "<h1>Comparison: paper, other</h1>" in Path("comparison.html").read_text(encoding="utf-8")
    assert not (saved / "report.html").exists()
    assert command("report", saved, other, "--out", "pages/both.html") == (0, "page: pages/both.html\n")
    assert Path("pages/both.html").is_file()


def test_more_results_than_can_be_told_apart_are_refused(saved: Path, tmp_path: Path) -> None:
    status, shown = command("report", *[saved] * 7, "--out", tmp_path / "page.html")
    assert (status, shown) == (2, "Error: comparison: results has 7 runs; allowed: 2 to 6\n")


def test_the_page_of_one_result_is_written_where_it_is_wanted(saved: Path, tmp_path: Path) -> None:
    page = tmp_path / "new" / "page.html"
    assert command("report", saved, "--out", page) == (0, f"page: {page}\n")
    assert page.is_file()


def test_a_run_writes_its_page_beside_its_report(paper_campus: Campus, tmp_path: Path) -> None:
    file, page = tmp_path / "campus.toml", tmp_path / "pages" / "paper.html"
    paper_campus.dump(file)
    status, shown = command("run", file, "--days", "1", "--html", page)
    assert status == 0
    assert shown.startswith("# Paper\n")
    assert "Powered: no" in page.read_text(encoding="utf-8")


def test_a_wrong_page_is_refused_before_the_run(paper_campus: Campus, tmp_path: Path) -> None:
    file = tmp_path / "campus.toml"
    paper_campus.dump(file)
    status, shown = command("run", file, "--days", "1", "--html", tmp_path / "paper.pdf")
    assert status == 2
    assert shown.startswith("Error: page: --html = ")
    assert "# Paper" not in shown


def test_a_folder_that_is_no_result_is_refused_before_any_page(saved: Path, tmp_path: Path) -> None:
    status, shown = command("report", saved, tmp_path, "--out", tmp_path / "page.html")
    assert status == 2
    assert "is not a saved result" in shown
    assert not (tmp_path / "page.html").exists()


@pytest.fixture
def swept(tmp_path: Path) -> Path:
    sweep(small_campus, over={"import_mw": [1.0, 2.0]}, days=1.0, jobs=1, out=tmp_path / "swept")
    return tmp_path / "swept"


def test_a_sweep_has_its_page_in_its_folder(swept: Path, tmp_path: Path) -> None:
    assert command("report", swept) == (0, f"page: {swept / 'report.html'}\n")
    assert "<h1>Sweep of small_campus</h1>" in (swept / "report.html").read_text(encoding="utf-8")
    assert command("report", swept, "--out", tmp_path / "page.html")[0] == 0
    sweep(small_campus, over={"import_mw": [1.0, 2.0]}, days=1.0, jobs=1, out=swept)  # the page is in no way


def test_a_sweep_is_not_compared_with_a_result(swept: Path, saved: Path, tmp_path: Path) -> None:
    status, shown = command("report", saved, swept, "--out", tmp_path / "page.html")
    assert status == 2
    assert shown.startswith("Error: report: folder = ")
    assert "is a sweep; allowed beside others: the folder of a saved result" in shown
