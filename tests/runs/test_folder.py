"""The folder of a result: whether it can be written is known before the clock starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim import Campus, SpecError
from sim.cli import app
from sim.runs.folder import check_writable

NOWHERE = "/proc/dcgrid"
"""A place in which even the administrator makes no folder."""
LONG = ["--days", "36525"]
OVER = ["--over", "carbon_usd_per_t=0,1"]
needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has /proc")


def test_a_look_whether_a_place_can_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    check_writable(tmp_path / "run")
    check_writable(tmp_path / "not" / "yet" / "there")
    check_writable(tmp_path, inside=True)
    assert list(tmp_path.iterdir()) == []


@needs_proc
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "campus.toml", *LONG, "--out", NOWHERE], f"result: folder = {NOWHERE!r}"),
        (["sweep", "campus.toml", *OVER, *LONG, "--out", f"{NOWHERE}/a"], f"sweep: --out = '{NOWHERE}/a'"),
        (["reproduce", "--out", NOWHERE], f"reproduce: --out = {NOWHERE!r}"),
        (["reproduce", "--json", f"{NOWHERE}/a.json"], f"reproduce: --json = '{NOWHERE}/a.json'"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_the_clock_starts(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paper_campus: Campus
) -> None:
    monkeypatch.chdir(tmp_path)
    paper_campus.dump("campus.toml")
    refused = CliRunner().invoke(app, words)
    why = "cannot be written: no folder can be made in /proc (No such file or directory)"
    assert (refused.exit_code, refused.stdout, refused.stderr) == (2, "", f"Error: {message} {why}\n")
    assert [entry.name for entry in tmp_path.iterdir()] == ["campus.toml"]


def test_a_place_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(SpecError) as caught:
        check_writable(tmp_path / "notes" / "run")
    assert str(caught.value) == (
        f"result: folder = {str(tmp_path / 'notes' / 'run')!r} cannot be written: "
        f"no folder can be made in {tmp_path / 'notes'} (Not a directory)"
    )
    refused = CliRunner().invoke(app, ["reproduce", "--json", str(tmp_path)])
    message = f"Error: reproduce: --json = {str(tmp_path)!r} is a folder\n"
    assert (refused.exit_code, refused.stderr) == (2, message)
