"""A folder of CSV files: a file for each sheet, and one that says how to read them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import Problem, SpecError
from sim.files.whole import whole_file, whole_folder
from sim.sheets.run_book import NAMES
from sim.sheets.sheet import Book, guarded

if TYPE_CHECKING:
    import pandas as pd

README = "README.txt"
_TITLE = "Sheets of a dcgrid run"
_FILES = {README, *(f"{name}.csv" for name in NAMES)}
_STAMP = "%Y-%m-%d %H:%M:%S"


def write_folder(book: Book, folder: Path) -> Path:
    """Write the sheets of a run into a folder, completely or not at all.

    The sheets of another run in it are replaced.

    Args:
        book: The sheets.
        folder: The folder; missing parent folders are created.

    Raises:
        SpecError: If the folder holds files that are not such sheets.
    """
    folder = folder.resolve()
    with whole_folder(folder, check=check_folder) as draft:
        for sheet in book.sheets:
            write_csv(sheet.frame, draft / f"{sheet.name}.csv")
        (draft / README).write_text(_readme(book), encoding="utf-8")
    return folder


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything but the sheets of a run.

    Raises:
        SpecError: If it is a file, or naming a file in it that is foreign.
    """
    found = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
    strange = sorted(found - _FILES)
    if folder.exists() and not folder.is_dir():
        message = "is a file"
    elif strange:
        message = f"holds {strange[0]}, which is not a sheet of a run"
    elif found and not _is_ours(folder / README):
        message = f"holds {min(found)} but not the {README} of the sheets of a run"
    else:
        return
    allowed = "allowed: a new or empty folder, or one with the sheets of a run"
    raise SpecError("show", [Problem(("--csv",), f"= {str(folder)!r} {message}; {allowed}")])


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as CSV: times to the second, texts that look like a formula behind an apostrophe.

    Args:
        frame: The frame.
        path: The file.
    """
    import pyarrow as pa
    from pyarrow import compute, csv

    columns = []
    for at in range(frame.shape[1]):
        values = frame.iloc[:, at]
        if values.dtype.kind == "M":
            moments = pa.array(values, type=pa.timestamp("s"), from_pandas=True)
            columns.append(compute.strftime(moments, format=_STAMP))
        elif values.dtype.kind in "OT" or str(values.dtype).startswith("str"):
            columns.append(pa.array([_text(value) for value in values], type=pa.string()))
        else:
            columns.append(pa.array(values, from_pandas=True))
    table = pa.Table.from_arrays(columns, names=[guarded(str(name)) for name in frame.columns])
    with whole_file(path) as draft:
        csv.write_csv(table, draft)


def _text(value: object) -> str | None:
    return guarded(value) if isinstance(value, str) else None


def _is_ours(readme: Path) -> bool:
    return readme.is_file() and readme.read_text(encoding="utf-8", errors="replace").startswith(_TITLE)


def _readme(book: Book) -> str:
    files = [f"{sheet.name}.csv: {sheet.about}" for sheet in book.sheets]
    return "\n".join([_TITLE, "", *book.lines, "", *files, ""])
