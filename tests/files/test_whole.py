"""Writing whole or not at all: what is there at the end, and what a failure leaves behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim import Result
from sim.campus import Campus
from sim.files.whole import drafts, whole_file, whole_folder
from sim.results.comparison import compare


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


def test_a_folder_that_cannot_be_swapped_stays_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "old").write_text("old")
    with pytest.raises(FileNotFoundError), whole_folder(folder) as draft:
        draft.rmdir()  # so that it cannot be renamed
    assert names(tmp_path) == ["run"]
    assert (folder / "old").read_text() == "old"


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
