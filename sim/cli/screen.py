"""Reports on a screen: the Markdown of a report, refitted to the columns of the terminal."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import fill

import typer

_BAR = re.compile(r"(?<!\\)\|")
_GAPS = (2, 1)
_NARROWEST = 40


def echo_report(text: str, *, keys: int = 1) -> None:
    """Print a report: as it is into a file, and no wider than the terminal on one.

    Args:
        text: The report, in Markdown.
        keys: How many columns of a table say what its rows are; every piece of a divided table has them.
    """
    width = screen_width()
    typer.echo(text if width is None else fitted(text, width, keys=keys))


def screen_width() -> int | None:
    """Columns of the terminal that is printed on; None where it is none."""
    return max(_NARROWEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else None


def fitted(text: str, width: int, *, keys: int = 1) -> str:
    """A report whose paragraphs are wrapped anew where they are too wide, and its tables without bars.

    Args:
        text: The report, in Markdown.
        width: Columns of the terminal.
        keys: How many columns of a table say what its rows are.
    """
    if all(len(line) <= width for line in text.splitlines()):
        return text
    found = []
    for is_table, group in groupby(_paragraphs(text), key=lambda line: line.startswith("|")):
        lines = list(group)
        found += _table(lines, width, keys) if is_table else [_wrapped(line, width) for line in lines]
    return "\n".join(found)


def _paragraphs(text: str) -> list[str]:
    """Lines, with those that hang under a list item put back behind it."""
    lines: list[str] = []
    for line in text.split("\n"):
        if line.startswith("  ") and lines and lines[-1].startswith("- "):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    return lines


def _wrapped(line: str, width: int) -> str:
    hanging = "  " if line.startswith("- ") else ""
    return fill(line, width, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False)


def _table(lines: list[str], width: int, keys: int) -> list[str]:
    """A table as it is if it fits, without its bars, or in pieces."""
    if max(map(len, lines)) <= width:
        return lines
    columns = list(zip(*(_cells(line) for line in lines if set(line) - set("|-: ")), strict=True))
    widths = [max(map(len, column)) for column in columns]
    gap = next((gap for gap in _GAPS if sum(widths) + gap * (len(widths) - 1) <= width), _GAPS[0])
    pieces = [
        [(" " * gap).join(columns[at][row] for at in piece).rstrip() for row in range(len(columns[0]))]
        for piece in _pieces(widths, width, keys, gap)
    ]
    return [line for piece in pieces for line in (*piece, "")][:-1]


def _cells(line: str) -> list[str]:
    """The cells of a row, without the blanks beside the bars but with those that align them."""
    return [cell[1:-1] for cell in _BAR.split(line[1:-1])]


def _pieces(widths: Sequence[int], width: int, keys: int, gap: int) -> Iterator[list[int]]:
    """Columns that fit side by side, behind the keys."""
    first = list(range(min(keys, len(widths))))
    piece = first.copy()
    for at in range(len(first), len(widths)):
        if len(piece) > len(first) and sum(widths[one] + gap for one in (*piece, at)) - gap > width:
            yield piece
            piece = first.copy()
        piece.append(at)
    yield piece
