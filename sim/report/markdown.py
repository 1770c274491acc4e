"""Markdown that reads as well unrendered: bullets that hang, tables that line up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import fill

WIDTH = 100
"""Columns of a line."""

_SIGNS = re.compile(r"[\\`*\[\]<>|#]|(?<!\w)_+|_+(?!\w)")
"""What Markdown may take for markup; underscores inside a word are none."""


def bullet(label: str, said: str) -> str:
    """A labelled list item, wrapped with its text hanging under itself."""
    return fill(
        f"- {label}: {said}",
        width=WIDTH,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, left: int) -> list[str]:
    """A table whose columns line up.

    Args:
        heads: Column heads.
        rows: Cells.
        left: How many columns from the left hold words, aligned left; the others hold numbers.
    """
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    rule = ["-" * width if at < left else "-" * (width - 1) + ":" for at, width in enumerate(widths)]
    return [_row(cells, widths, left) for cells in (heads, rule, *rows)]


def plain(text: str) -> str:
    """A name on one line that Markdown leaves alone."""
    return _SIGNS.sub(lambda found: "".join(f"\\{sign}" for sign in found[0]), " ".join(text.split()))


def short(text: str, width: int) -> str:
    """A name that fits a table."""
    return text if len(text) <= width else text[: width - 1] + "…"


def _row(cells: Sequence[str], widths: Sequence[int], left: int) -> str:
    padded = [
        cell.ljust(width) if at < left else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"
