"""Markdown of a document that reads as well unrendered: lists that hang, tables that line up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never
from urllib.parse import quote

from sim.report.document import Document, Heading, Item, Items, Markdown, Paragraph, Part, Picture, Table
from sim.report.lines import READABLE, barred, columns, one_line, wrapped

_MARKS = re.compile(r"[\\`*\[|#~]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|(?<!\w)_+|_+(?!\w)")
"""What Markdown may take for markup anywhere; underscores inside a word are none."""
_BEGINNINGS = re.compile(r"^(?:(\d{1,9})(?=[.)](?:\s|$))|(?=[-+](?:[\s:-]|$)|:-|=+\s*$|>))")
"""What Markdown may take for a list, a quotation, a rule or a heading at the beginning of a line."""


def to_markdown(document: Document) -> str:
    """A document in Markdown, ended by a new line; names in it stay what they are."""
    lines = [f"# {_escaped(document.title)}", ""] if document.title else []
    for part in document.parts:
        lines += _lines(part)
        if not isinstance(part, Heading):
            lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _lines(part: Part) -> list[str]:
    match part:
        case Heading(text):
            return [f"## {_escaped(text)}"]
        case Paragraph(text):
            return list(_guarded(text, "", ""))
        case Items(items):
            return [line for item in items for line in _item(item)]
        case Table():
            return barred(columns(part, _escaped), part.words)
        case Picture(path, alt):
            return [f"![{_escaped(alt)}]({quote(path)})"]
        case Markdown(text):
            return text.strip("\n").split("\n")
        case _:
            assert_never(part)


def _item(item: Item) -> Iterator[str]:
    """A labelled list item, wrapped with its text hanging under itself."""
    yield from _guarded(f"{item.label}: {item.text}", "- ", "  ")


def _guarded(text: str, first: str, rest: str) -> Iterator[str]:
    """A text as lines, none of which begins like something else."""
    for at, line in enumerate(wrapped(_escaped(text), READABLE - len(first))):
        yield f"{rest if at else first}{_BEGINNINGS.sub(_escape, line)}".rstrip()


def _escape(beginning: re.Match[str]) -> str:
    """The digits of a number stay; what comes after them, or a sign that stands alone, is escaped."""
    return f"{beginning[1] or ''}\\"


def _escaped(text: str) -> str:
    """A text on one line that Markdown leaves alone."""
    return _MARKS.sub(lambda found: "".join(f"\\{mark}" for mark in found[0]), one_line(text))
