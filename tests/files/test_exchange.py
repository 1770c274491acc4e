"""The exchange of two folders: both are there at any moment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sim.files.exchange import exchange

needs_exchange = pytest.mark.skipif(sys.platform not in {"linux", "darwin"}, reason="other systems have none")


@needs_exchange
def test_two_folders_are_exchanged(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / folder.name).touch()
    if not exchange(one, other):
        pytest.skip("this file system has no exchange")
    assert [entry.name for entry in one.iterdir()] == ["other"]
    assert [entry.name for entry in other.iterdir()] == ["one"]


@needs_exchange
def test_a_path_that_does_not_exist_is_not_exchanged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        exchange(tmp_path, tmp_path / "other")
    assert caught.value.filename == str(tmp_path)
