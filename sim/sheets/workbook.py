"""A workbook: the sheets of a run in one file, behind a sheet that says how to read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import Problem, SpecError
from sim.files.whole import whole_file
from sim.sheets.sheet import Book, Sheet

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 1_048_576
"""Rows of a sheet, the head among them (Excel specifications and limits, Microsoft)."""
SUFFIX = ".xlsx"
_README = "README"
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - a constant, for equal runs to give equal files
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_STAMP = "yyyy-mm-dd hh:mm:ss"
_NARROWEST, _WIDEST = 9, 40
"""Signs that fit a column."""


def check_workbook(path: Path) -> None:
    """Refuse, before any work, a file that cannot be a workbook, and say if the writer is not installed.

    Raises:
        SpecError: Naming the file, or how to install the writer.
    """
    if path.suffix.lower() != SUFFIX or path.is_dir():
        raise _refused(f"= {str(path)!r}; allowed: a file that ends in {SUFFIX}")
    if find_spec("xlsxwriter") is None:
        raise _refused("needs XlsxWriter; install it with pip install 'dcgrid[excel]'")


def write_workbook(book: Book, path: Path, *, most_rows: int = MOST_ROWS) -> list[str]:
    """Write the sheets of a run into a workbook, completely or not at all.

    A sheet with more rows than a workbook can hold is left out; the first sheet says so.

    Args:
        book: The sheets.
        path: The file; its folder must exist.
        most_rows: Rows that a sheet can hold, the head among them.

    Returns:
        A line for each sheet that was left out.

    Raises:
        SpecError: If the file is not that of a workbook, or the writer is not installed.
    """
    check_workbook(path)
    import xlsxwriter

    left_out = [
        f"{sheet.name} is left out: {len(sheet.frame):,} rows and a head are more than the {most_rows:,} "
        "of a sheet; write CSV files for it"
        for sheet in book.sheets
        if len(sheet.frame) >= most_rows
    ]
    kept = [sheet for sheet in book.sheets if len(sheet.frame) < most_rows]
    about = [f"{sheet.name}: {sheet.about}" for sheet in kept]
    with whole_file(path) as draft, xlsxwriter.Workbook(str(draft), _OPTIONS) as workbook:
        workbook.set_properties({"created": _MADE})
        readme = workbook.add_worksheet(_README)
        for row, line in enumerate([*book.lines, "", *about, *left_out]):
            readme.write_string(row, 0, line)
        bold = workbook.add_format({"bold": True})
        stamp = workbook.add_format({"num_format": _STAMP})
        for sheet in kept:
            _write(workbook.add_worksheet(sheet.name), sheet, bold, stamp)
    return left_out


def _write(worksheet: Any, sheet: Sheet, bold: Any, stamp: Any) -> None:
    """Write a sheet row by row; the head and the first column stay in view."""
    worksheet.freeze_panes(1, 1)
    for at, (name, values) in enumerate(sheet.frame.items()):
        least = len(_STAMP) if values.dtype.kind == "M" else _NARROWEST
        worksheet.set_column(at, at, 1 + min(max(len(str(name)), least), _WIDEST))
        worksheet.write_string(0, at, str(name), bold)
    writers = [_writer(worksheet, values, stamp) for _, values in sheet.frame.items()]
    for row, cells in enumerate(_rows(sheet.frame), start=1):
        for at, value in enumerate(cells):
            if value is not None:
                writers[at](row, at, value)


def _writer(worksheet: Any, values: pd.Series[Any], stamp: Any) -> Callable[[int, int, Any], Any]:
    """How the cells of a column are written: texts as texts, whatever they begin with."""
    if values.dtype.kind == "M":
        return lambda row, at, value: worksheet.write_datetime(row, at, value, stamp)
    if values.dtype.kind in "fiu":
        number: Callable[[int, int, Any], Any] = worksheet.write_number
        return number
    text: Callable[[int, int, Any], Any] = worksheet.write_string
    return text


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The rows as values of Python, None where one is missing."""
    columns = []
    for at in range(frame.shape[1]):
        values = frame.iloc[:, at]
        cells = values.dt.to_pydatetime() if values.dtype.kind == "M" else values.tolist()
        columns.append([None if no else cell for cell, no in zip(cells, values.isna(), strict=True)])
    return zip(*columns, strict=True)


def _refused(message: str) -> SpecError:
    return SpecError("show", [Problem(("--excel",), message)])
