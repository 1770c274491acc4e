"""The glossary in a page: GLOSSARY.md, with a place for each term and metric that a link leads to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.report.html import Html

if TYPE_CHECKING:
    from markdown_it.token import Token

_HERE = Path(__file__).parent
_PLACES = (_HERE / "GLOSSARY.md", _HERE.parents[1] / "GLOSSARY.md")
"""Where an installed package has the file, and where its source has it."""
_BELOW = {"h2": "h3", "h3": "h4"}
"""Levels of headings below that of the section in the page."""


@cache
def glossary() -> Html:
    """The glossary. The first place that names a metric in code has the metric as its id."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(_text())
    known: set[str] = set()
    for token in tokens:
        token.tag = _BELOW.get(token.tag, token.tag)
        if token.children:
            token.children = list(_linkless(token.children))
            for inner in token.children:
                if (
                    inner.type == "code_inline"
                    and inner.content.isidentifier()
                    and inner.content not in known
                ):
                    known.add(inner.content)
                    inner.attrSet("id", inner.content)
    return Html(parser.renderer.render(tokens, parser.options, {}))


def _text() -> str:
    """The file without its title and its introduction, which are about the file."""
    place = next(path for path in _PLACES if path.is_file())
    text = place.read_text(encoding="utf-8")
    return text[text.index("\n## ") :]


def _linkless(tokens: list[Token]) -> Iterator[Token]:
    """What a line says, without links to other files, which are not beside a page."""
    return (token for token in tokens if token.type not in {"link_open", "link_close"})
