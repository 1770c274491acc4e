"""A disk that is full after a long run: the report is printed all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sim import Campus

resource = pytest.importorskip("resource", reason="Windows limits no file sizes")

COMMAND = [sys.executable, "-c", "from sim.cli import main; main()", "run"]
MOST_BYTES = 20_000
"""Less than the picture of a result needs."""
REASON = "was not saved (File too large)"


def limited(*words: str) -> subprocess.CompletedProcess[str]:
    """The command `run` in a process that can write no file of more bytes."""
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES)),
    )


def test_a_result_that_cannot_be_saved_is_printed_and_the_earlier_one_kept(
    paper_campus: Campus, tmp_path: Path
) -> None:
    file, out = tmp_path / "campus.toml", tmp_path / "run"
    paper_campus.dump(file)
    words = (str(file), "--days", "1", "--out", str(out))
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=True)
    before = {entry.name: entry.read_bytes() for entry in out.iterdir()}
    full = limited(*words)
    kept = "the earlier result in it is unchanged, and the report above is complete"
    assert full.stderr == f"Error: run: --out = {str(out)!r} {REASON}; {kept}\n"
    assert full.returncode == 2
    assert full.stdout == done.stdout
    assert {entry.name: entry.read_bytes() for entry in out.iterdir()} == before
    new = tmp_path / "new"
    full = limited(*words[:-1], str(new))
    kept = "nothing was written, and the report above is complete"
    assert full.stderr == f"Error: run: --out = {str(new)!r} {REASON}; {kept}\n"
    assert full.stdout == done.stdout
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["campus.toml", "run"]
