"""Reports on a screen: fitted to a terminal, and Markdown elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from terminals import shown_on_terminal

SCRIPT = """
from sim.cli.screen import echo_document
from sim.report.document import Document, Item, Items
echo_document(Document('a*b', (Items((Item('c', 'word ' * 20),)),)))
"""
COMMAND = [sys.executable, "-c", SCRIPT]


@pytest.mark.parametrize("columns", [40, 60])
def test_on_a_terminal_a_report_is_no_wider_and_has_no_escapes(columns: int) -> None:
    status, shown = shown_on_terminal(COMMAND, COLUMNS=str(columns))
    assert status == 0
    first, _, *lines = shown.splitlines()
    assert first == "# a*b"
    assert max(map(len, lines)) <= columns
    assert len(lines) > 1


def test_in_a_file_a_report_is_markdown_whatever_the_columns() -> None:
    piped = subprocess.run(
        COMMAND, capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "40"}
    ).stdout
    # "- c: " and 19 words of 5 columns are 100 less the last blank
    assert piped == f"# a\\*b\n\n- c: {'word ' * 18}word\n  word\n"


def test_the_narrowest_terminal_has_40_columns() -> None:
    assert shown_on_terminal(COMMAND, COLUMNS="10") == shown_on_terminal(COMMAND, COLUMNS="40")
