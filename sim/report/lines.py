"""Lines of text: sentences wrapped to a width, and tables whose columns line up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from textwrap import wrap

from sim.report.document import Table

READABLE = 100
"""Columns beyond which sentences are hard to read."""

_LEAST = 2
"""Columns of the shortest rule that says how a column is aligned."""


def one_line(text: str) -> str:
    """A text on one line, with single blanks."""
    return " ".join(text.split())


def wrapped(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """A text as lines, broken between words only.

    Args:
        text: The text.
        width: Columns of a line.
        first: What the first line begins with.
        rest: What the other lines begin with.
    """
    lines = wrap(
        one_line(text),
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [first.rstrip()]


def columns(table: Table, shown: Callable[[str], str]) -> list[list[str]]:
    """The columns of a table, each with its head and its cells padded to one length.

    Args:
        table: The table.
        shown: How a cell is written.
    """
    rows = [[shown(cell) for cell in row] for row in (table.heads, *table.rows)]
    return [_padded(cells, left=at < table.words) for at, cells in enumerate(zip(*rows, strict=True))]


def barred(columns: Sequence[Sequence[str]], words: int) -> list[str]:
    """Columns as the lines of a table with bars, and a rule below its head.

    Args:
        columns: Padded columns.
        words: How many columns from the left hold words.
    """
    widths = [len(column[0]) for column in columns]
    rule = ["-" * width if at < words else "-" * (width - 1) + ":" for at, width in enumerate(widths)]
    head, *rows = zip(*columns, strict=True)
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]


def _padded(cells: Iterable[str], *, left: bool) -> list[str]:
    cells = list(cells)
    width = max(_LEAST, *map(len, cells))
    return [cell.ljust(width) if left else cell.rjust(width) for cell in cells]
