"""The sheet: a table with a name, and a line that says what its rows are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_OPENING = ("=", "+", "-", "@", "\t", "\r")
"""Signs that make a spreadsheet read a text as a formula."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A table.

    Attributes:
        name: Its name, and the stem of its file.
        about: What a row of it is.
        frame: Its columns, each with its unit in its name: numbers, texts, and times without a timezone.
    """

    name: str
    about: str
    frame: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Book:
    """The sheets of a run.

    Attributes:
        lines: What a reader must know: the run, how times are written, what a mean is.
        sheets: The sheets.
    """

    lines: tuple[str, ...]
    sheets: tuple[Sheet, ...]


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe stands before what would begin one."""
    return f"'{text}" if text.startswith(_OPENING) else text
