"""The screen: reports fit the terminal; in a file or pipe they are Markdown."""

from __future__ import annotations

import shutil
import sys

import typer

from sim.report.document import Document
from sim.report.markdown import to_markdown
from sim.report.terminal import to_terminal

_NARROWEST = 40


def echo_document(document: Document) -> None:
    """Print a document: in Markdown into a file or a pipe, and no wider than the terminal on one."""
    width = screen_width()
    typer.echo(to_markdown(document) if width is None else to_terminal(document, width), nl=False)


def screen_width() -> int | None:
    """Columns of the terminal that is printed on; None where it is none."""
    return max(_NARROWEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else None
