"""The cells of a CSV file as text, by the row in the file; the header is row 1."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import nearest, shortened
from sim.files.text import check_file, check_text

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

_HEADER_ROWS = 1


def read_cells(
    path: Path, choose: Callable[[list[str]], Iterable[str]], *, most_rows: float = inf
) -> dict[str, pd.Series[str]]:
    """The cells of some columns, without surrounding spaces, indexed by row.

    Args:
        path: The file, which may be compressed (`.csv.gz`); its first row names the columns.
        choose: Returns the names of the wanted columns from those of the file, or raises a ValueError.
        most_rows: Rows beyond which the file is refused.

    Raises:
        ValueError: If the file is invalid; the message gives the file and, where it can be found, the row.
    """
    import pyarrow as pa
    from pyarrow import csv

    try:
        check_file(path)
    except ValueError as error:
        raise ValueError(f"{path} {error}") from None
    rules = csv.ParseOptions(ignore_empty_lines=False)  # so that row numbers are those of the file
    try:
        with csv.open_csv(path, parse_options=rules) as head:
            wanted = list(dict.fromkeys(choose(head.schema.names)))
        as_text = csv.ConvertOptions(include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()))
        with csv.open_csv(path, parse_options=rules, convert_options=as_text) as body:
            table = pa.Table.from_batches(_batches(body, most_rows), body.schema)
    except (ValueError, OSError) as error:
        raise ValueError(_diagnosis(path, error)) from None
    if len(table) > most_rows:
        raise ValueError(f"{path} has more than {most_rows:,} rows")
    return {name: by_row(table[name].to_pandas()).str.strip() for name in wanted}


def _batches(body: Iterable[Any], most_rows: float) -> Iterator[Any]:
    """The batches of a file, up to the one with the first row too many."""
    rows = 0
    for batch in body:
        yield batch
        rows += batch.num_rows
        if rows > most_rows:
            return


def by_row(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Cells below a header, indexed by the row in the file."""
    import pandas as pd

    return cells.set_axis(pd.RangeIndex(1 + _HEADER_ROWS, len(cells) + 1 + _HEADER_ROWS))


def check_column(role: str, name: str, header: list[str]) -> None:
    """Refuse the name of a column that a file does not have, or has more than once.

    Args:
        role: What the column is for, in words.
        name: Its name.
        header: The names of the file's columns.

    Raises:
        ValueError: If there is not exactly one such column; the message gives the nearest names.
    """
    if name not in header:
        raise ValueError(f"{role} {name!r} does not exist{nearest(name, header)}")
    if header.count(name) > 1:
        raise ValueError(f"{role} {name!r} appears {header.count(name)} times")


def numbers_of(cells: pd.Series[Any], name: str) -> npt.NDArray[np.float64]:
    """The cells as finite numbers.

    Args:
        cells: The cells, indexed by row.
        name: File and column, for messages.

    Raises:
        ValueError: If a cell is not a finite number; the message gives the row.
    """
    import pandas as pd

    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    wrong = ~np.isfinite(numbers)
    if wrong.any():
        row = cells.index[int(np.asarray(wrong).argmax())]
        empty = cells[row] == "" or pd.isna(cells[row])
        message = "is empty" if empty else f"= {shortened(cells[row])} is not a finite number"
        raise ValueError(f"{name}: row {row} {message}")
    return np.asarray(numbers, dtype=np.float64)


def _diagnosis(path: Path, error: Exception) -> str:
    """Why a file could not be read, with the row where it can be found."""
    from pyarrow import csv

    try:
        check_text(path)
    except ValueError as found:
        return f"{path} {found}"
    wrong: list[Any] = []

    def skip(row: Any) -> str:
        wrong.append(row)
        return "skip"

    rules = csv.ParseOptions(ignore_empty_lines=False, invalid_row_handler=skip)
    with suppress(ValueError, OSError):  # whatever else is wrong has been said by the first reading
        csv.read_csv(path, read_options=csv.ReadOptions(use_threads=False), parse_options=rules)
    if not wrong:
        is_empty = path.stat().st_size == 0
        return f"{path} is empty" if is_empty else f"{path}: {error}"
    row = wrong[0]
    cells = f"{row.actual_columns} cell{'' if row.actual_columns == 1 else 's'}"
    return f"{path}: row {row.number} has {cells}; the first row has {row.expected_columns}"
