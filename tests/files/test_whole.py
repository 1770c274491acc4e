"""Writing whole or not at all: what is there at the end, and what a failure leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sim import Result
from sim.campus import Campus
from sim.files.exchange import exchange
from sim.files.whole import drafts, whole_file, whole_folder
from sim.results.comparison import compare

WRITER = """
import os, sys, signal
from pathlib import Path
from sim.files.exchange import exchange
from sim.files.whole import whole_folder

folder, content, way, number, at = sys.argv[1:]
step = 0

def stop(event, _):
    global step
    if event.startswith(("os.", "open", "shutil.", "ctypes.", "fcntl.")) and event != "os.kill":
        step += 1
        if step == int(at):
            os.kill(os.getpid(), int(number))

way = exchange if way == "exchange" else lambda one, other: False
Path(folder).parent.mkdir(exist_ok=True)
sys.addaudithook(stop)
with whole_folder(folder, exchange=way) as draft:
    (draft / "one").write_text(content)
    (draft / "two").write_text(content)
at = 0
print(step)
"""
"""Writes a folder, and gets a signal at the given step of the system."""
WAITING = """
import sys
from sim.files.whole import whole_folder

with whole_folder(sys.argv[1]) as draft:
    (draft / "one").write_text("waiting")
    (draft / "two").write_text("waiting")
    print("written", flush=True)
    sys.stdin.read(1)
"""
"""Writes a folder, and waits before it replaces the former one."""
MOST_S = 60.0


def write(
    folder: Path, content: str, way: str, number: int = 0, at: int = 0
) -> subprocess.CompletedProcess[str]:
    words = [str(folder), content, way, str(number), str(at)]
    command = [sys.executable, "-c", WRITER, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=MOST_S)


def write_here(folder: Path, content: str) -> None:
    with whole_folder(folder) as draft:
        (draft / "one").write_text(content)
        (draft / "two").write_text(content)


def waiting_writer(folder: Path) -> subprocess.Popen[bytes]:
    writer = subprocess.Popen(
        [sys.executable, "-c", WAITING, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"written\n"
    return writer


def contents(folder: Path) -> set[str]:
    assert names(folder) == ["one", "two"]
    return {entry.read_text() for entry in folder.iterdir()}


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def stop_within(file: Path, error: BaseException) -> None:
    """Write half of a file, and fail."""
    file.write_text("ne")
    raise error


def test_a_file_appears_when_it_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    with whole_file(path) as draft:
        draft.write_text("new")
        assert not path.exists()
        assert draft.parent == tmp_path
        assert list(drafts(tmp_path)) == [draft]
    assert path.read_text() == "new"
    assert names(tmp_path) == ["table.csv"]


@pytest.mark.parametrize("name", ["picture.png", "table.csv.gz", "no ending", ".hidden", "x" * 250 + ".json"])
def test_the_draft_of_a_file_ends_as_the_file_does(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with whole_file(str(path)) as draft:
        assert draft.suffix == (path.suffix or ".draft")
        draft.write_text("new")
    assert names(tmp_path) == [name]


def test_a_failure_in_the_middle_leaves_the_former_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="in the middle"), whole_file(path) as draft:
        stop_within(draft, RuntimeError("in the middle"))
    assert path.read_text() == "old"
    assert names(tmp_path) == ["table.csv"]


def test_a_failure_in_the_middle_of_a_new_file_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "table.csv") as draft:
        stop_within(draft, KeyboardInterrupt())
    assert names(tmp_path) == []


def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "private.toml"
    path.write_text("old")
    path.chmod(0o600)
    with whole_file(path) as draft:
        draft.write_text("new")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "table.csv").write_text("old")
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "there" / "table.csv")
    with whole_file(link) as draft:
        draft.write_text("new")
    assert link.is_symlink()
    assert (tmp_path / "there" / "table.csv").read_text() == "new"


def test_a_device_is_written_and_not_replaced() -> None:
    with whole_file(os.devnull) as draft:
        draft.write_text("gone")
    assert Path(os.devnull).exists()
    assert not Path(os.devnull).is_file()


def test_the_folder_of_a_file_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "no" / "table.csv") as draft:
        draft.write_text("new")
    assert names(tmp_path) == []


def test_a_folder_appears_when_it_is_finished_with_nothing_of_the_former(tmp_path: Path) -> None:
    folder = tmp_path / "above" / "run"
    for content in ("first", "second"):
        with whole_folder(folder) as draft:
            assert draft.parent == folder.parent
            assert names(draft) == []
            (draft / content).write_text(content)
        assert names(folder) == [content]
    assert names(tmp_path / "above") == ["run"]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_failure_in_the_middle_leaves_the_former_folder(is_there: bool, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    if is_there:
        folder.mkdir()
        (folder / "old").write_text("old")
    with pytest.raises(RuntimeError, match="in the middle"), whole_folder(folder) as draft:
        stop_within(draft / "new", RuntimeError("in the middle"))
    assert names(tmp_path) == (["run"] if is_there else [])
    assert not is_there or (folder / "old").read_text() == "old"


@pytest.mark.parametrize("way", [exchange, lambda *_: False], ids=["exchange", "two renames"])
def test_a_folder_that_cannot_be_swapped_stays_as_it_was(
    way: Callable[[Path, Path], bool], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "old").write_text("old")
    with pytest.raises(FileNotFoundError), whole_folder(folder, exchange=way) as draft:
        draft.rmdir()  # so that it cannot be renamed
    assert names(tmp_path) == ["run"]
    assert (folder / "old").read_text() == "old"


needs_locks = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not lock folders")


@needs_locks
@pytest.mark.parametrize("way", ["exchange", "two renames"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_writer_stopped_at_any_step_leaves_one_whole_folder_or_lets_the_next_one_restore_it(
    number: signal.Signals, way: str, tmp_path: Path
) -> None:
    folder = tmp_path / "above" / "run"
    write_here(folder, "old")
    steps = int(write(folder, "old", way).stdout)
    for at in range(1, steps + 1):
        write(folder, "new", way, number, at)
        if folder.exists():
            assert contents(folder) in ({"old"}, {"new"})
        else:  # killed between two renames
            assert (way, number) == ("two renames", signal.SIGKILL)
        write_here(folder, "old")
        assert names(folder.parent) == ["run"]
        assert contents(folder) == {"old"}


@needs_locks
def test_what_a_writer_killed_between_two_renames_left_is_restored_by_one_that_fails(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    at = 0
    while at == 0 or folder.exists():
        at += 1
        write_here(folder, "old")
        write(folder, "new", "two renames", signal.SIGKILL, at)
    with pytest.raises(RuntimeError, match="in the middle"), whole_folder(folder) as draft:
        stop_within(draft / "one", RuntimeError("in the middle"))
    assert contents(folder) == {"old"}
    assert names(tmp_path) == ["run"]


@needs_locks
def test_the_draft_of_a_writer_that_still_writes_is_kept_and_that_of_a_dead_one_removed(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "run"
    dead, alive = waiting_writer(folder), waiting_writer(folder)
    dead.kill()
    dead.communicate(timeout=MOST_S)
    assert len(list(drafts(tmp_path))) == 2
    write(folder, "mine", "exchange")
    assert len(list(drafts(tmp_path))) == 1
    assert contents(folder) == {"mine"}
    alive.communicate(b"x", timeout=MOST_S)
    assert alive.returncode == 0
    assert contents(folder) == {"waiting"}  # the last one to finish
    assert names(tmp_path) == ["run"]


def test_the_draft_of_a_folder_with_a_similar_name_is_kept(tmp_path: Path) -> None:
    for name in ("run-2", "run", "x" * 60, "x" * 59 + "y"):
        with whole_folder(tmp_path / name) as draft:
            for other in ("run", "run-2", "r", "x" * 60, "x" * 59 + "y"):
                with whole_folder(tmp_path / other) as second:
                    (second / "one").write_text(other)
                assert draft.is_dir()


@pytest.mark.parametrize("way", ["exchange", "two renames"])
def test_of_several_writers_at_once_the_folder_is_always_one_whole_result(way: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    write(folder, "0", way)
    script = f"for number in range(30):\n    sys.argv[2] = str(number)\n    exec({WRITER!r})"
    command = [sys.executable, "-c", f"import sys\n{script}", str(folder), "", way, "0", "0"]
    writers = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(3)]
    until = time.monotonic() + MOST_S
    while any(writer.poll() is None for writer in writers):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert contents(folder) == {"29"}
    assert names(tmp_path) == ["run"]


def test_a_spec_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    for place in ("folder.json", "no/campus.json"):
        with pytest.raises(OSError, match="directory"):
            Campus(name="new").dump(tmp_path / place)
    Campus(name="old").dump(tmp_path / "campus.json")
    Campus(name="new").dump(tmp_path / "campus.json")
    assert Campus.load(tmp_path / "campus.json").name == "new"
    assert names(tmp_path) == ["campus.json", "folder.json"]


def test_results_and_pictures_leave_no_draft(paper: Result, tmp_path: Path) -> None:
    paper.export_csv(tmp_path / "flows.csv")
    paper.save(tmp_path / "run")
    for ending in (".png", ".svg", ".pdf"):
        compare({"one": paper, "two": paper}).save(tmp_path / f"two{ending}")
    assert names(tmp_path) == ["flows.csv", "run", "two.pdf", "two.png", "two.svg"]
    assert (tmp_path / "two.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "two.pdf").read_bytes().startswith(b"%PDF")
