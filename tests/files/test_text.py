"""The text file: what is no file, and what is no text."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from sim.files.text import check_file, check_text


def test_a_folder_and_nothing_at_all_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^is a folder; a file is needed$"):
        check_file(tmp_path)
    with pytest.raises(ValueError, match=r"^does not exist$"):
        check_file(tmp_path / "absent")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a,b\n1,\xe9\n", "is not UTF-8 text: row 2 contains the byte 0xe9"),
        (b"a,b\n1,2\n\0", "is not text: row 3 contains a zero byte"),
    ],
)
def test_bytes_that_are_no_text_are_named_by_their_row(
    tmp_path: Path, data: bytes, message: str, packed: bool
) -> None:
    path = tmp_path / ("x.csv.gz" if packed else "x.csv")
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_text(path)


def test_text_of_another_encoding_is_text(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("a,é\n".encode("latin-1"))
    check_text(path, encoding="latin-1")
    path.write_bytes("a,é\n".encode())
    check_text(path)


def test_a_torn_packed_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" * 99)[:-9])
    with pytest.raises(ValueError, match=r"^is truncated or not a gzip file$"):
        check_text(path)
