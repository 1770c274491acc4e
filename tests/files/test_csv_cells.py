"""The cells of a CSV file: text by the row in the file, and what is wrong named by file and row."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from sim.files.csv_cells import by_row, check_column, numbers_of, read_cells


def written(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_cells_are_text_without_spaces_indexed_by_the_row_in_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b,c\n 1 ,2,3\n4,,6\n")
    found = read_cells(path, lambda header: [header[1], "a"])
    assert {name: cells.to_dict() for name, cells in found.items()} == {
        "b": {2: "2", 3: ""},
        "a": {2: "1", 3: "4"},
    }


def test_a_compressed_file_has_the_same_cells(tmp_path: Path) -> None:
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert read_cells(path, lambda _: ["a"])["a"].to_dict() == {2: "1"}


def test_a_file_with_a_row_too_many_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a\n" + "1\n" * 3)
    assert len(read_cells(path, lambda _: ["a"], most_rows=3)["a"]) == 3
    with pytest.raises(ValueError, match=r"table\.csv has more than 2 rows"):
        read_cells(path, lambda _: ["a"], most_rows=2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3\n", "row 3 has 1 cell; the first row has 2"),
        ("", "is empty"),
    ],
)
def test_a_broken_file_is_refused_with_its_row(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_cells(written(tmp_path, text), lambda header: header)


def test_a_column_must_be_there_once() -> None:
    check_column("team column", "vc", ["vc", "gpus"])
    with pytest.raises(ValueError, match="team column 'vcs' does not exist; nearest: vc"):
        check_column("team column", "vcs", ["vc", "gpus"])
    with pytest.raises(ValueError, match="team column 'vc' appears 2 times"):
        check_column("team column", "vc", ["vc", "vc"])


def test_numbers_are_finite_or_refused_with_their_row() -> None:
    assert numbers_of(by_row(pd.Series(["1", "-2.5e3"])), "t.csv: a").tolist() == [1.0, -2500.0]
    with pytest.raises(ValueError, match=r"t\.csv: a: row 3 = 'inf' is not a finite number"):
        numbers_of(by_row(pd.Series(["1", "inf"])), "t.csv: a")
    with pytest.raises(ValueError, match=r"t\.csv: a: row 2 is empty"):
        numbers_of(by_row(pd.Series([""])), "t.csv: a")
