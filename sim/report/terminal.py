"""A document on a terminal: nothing is wider than the terminal, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from sim.report.document import Document, Heading, Items, Markdown, Paragraph, Part, Picture, Table
from sim.report.lines import READABLE, barred, columns, one_line, wrapped

_GAPS = (2, 1)
"""Blanks between the columns of a table without bars, the more the better."""


def to_terminal(document: Document, width: int) -> str:
    """A document as plain text, ended by a new line.

    Sentences are wrapped. A table that is too wide loses its bars; if it is still too wide, it comes in
    pieces, and if no piece fits, as a list. Only a word longer than the width and text that is Markdown
    already are wider.

    Args:
        document: The document.
        width: Columns of the terminal.
    """
    lines = [*_text(document.title, width, first="# ", rest="  "), ""] if document.title else []
    for part in document.parts:
        lines += _lines(part, width)
        if not isinstance(part, Heading):
            lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _lines(part: Part, width: int) -> list[str]:
    match part:
        case Heading(text):
            return _text(text, width, first="## ", rest="   ")
        case Paragraph(text):
            return _text(text, width)
        case Items(items):
            return [line for item in items for line in _item(f"{item.label}: {item.text}", width)]
        case Table():
            return _table(part, width)
        case Picture(path, alt):
            return _text(f"{alt}: {path}", width)
        case Markdown(text):
            return text.strip("\n").split("\n")
        case _:
            assert_never(part)


def _item(text: str, width: int) -> list[str]:
    return _text(text, width, first="- ", rest="  ")


def _text(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    return wrapped(text, min(width, READABLE), first=first, rest=rest)


def _table(table: Table, width: int) -> list[str]:
    """A table with bars if it fits, without them, in pieces, or as a list."""
    padded = columns(table, one_line)
    lines = barred(padded, table.words)
    if _fit(lines, width):
        return lines
    widths = [len(column[0]) for column in padded]
    gap = next((gap for gap in _GAPS if sum(widths) + gap * (len(widths) - 1) <= width), _GAPS[0])
    pieces = [
        [(" " * gap).join(cells).rstrip() for cells in zip(*(padded[at] for at in piece), strict=True)]
        for piece in _pieces(widths, width, table.keys, gap)
    ]
    divided = [line for piece in pieces for line in (*piece, "")][:-1]
    return divided if _fit(divided, width) else _list(table, width)


def _fit(lines: Sequence[str], width: int) -> bool:
    return all(len(line) <= width for line in lines)


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


def _list(table: Table, width: int) -> list[str]:
    """An item for each row: its keys, then what else it says."""
    lines = []
    for row in table.rows:
        message = [f"{head} {cell}" for head, cell in zip(table.heads, row, strict=True)]
        keys, others = ", ".join(message[: table.keys]), "; ".join(message[table.keys :])
        lines += _item(f"{keys}: {others}" if others else keys, width)
    return lines
