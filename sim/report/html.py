"""HTML of a document, and the elements that a page is made of; what is escaped, is escaped here.

A text is raw until it is put into an element. What is HTML already says so by its type.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from typing import Any, assert_never

from sim.report.document import Document, Heading, Item, Items, Markdown, Paragraph, Part, Picture, Table

_EMPTY = frozenset({"meta", "img", "br", "input", "wbr"})
"""Elements without an end."""


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(name: str, /, *content: str, **attributes: str) -> Html:
    """An element.

    Args:
        name: Its name.
        *content: What is in it; a text that is not `Html` is escaped.
        **attributes: Its attributes. An underscore in a name stands for a hyphen, except at its end.
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items()
    )
    if name in _EMPTY:
        return Html(f"<{name}{said}>")
    return Html(f"<{name}{said}>{joined(*content)}</{name}>")


def joined(*content: str) -> Html:
    """Several pieces, one after the other; a text that is not `Html` is escaped."""
    return Html("".join(one if isinstance(one, Html) else escape(one) for one in content))


def data_element(name: str, value: Any) -> Html:
    """JSON values for a script, in an element that is found by its id; no text in them can end the element.

    Args:
        name: The id.
        value: The values.
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return element("script", Html(text), type="application/json", id=name)


def script_element(code: str) -> Html:
    """A script in the page.

    Args:
        code: The script, which is our own or that of an installed package.

    Raises:
        ValueError: If it contains what would end its element.
    """
    if "</script" in code.lower() or "<!--" in code:
        raise ValueError("page: a script contains what would end it; another version of its package may not")
    return element("script", Html(code))


def script_hash(code: str) -> str:
    """How a Content-Security-Policy names a script in the page that may run."""
    return f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'"


def to_html(document: Document) -> Html:
    """The parts of a document; each heading begins a section. Its title is for the page that holds it."""
    sections: list[list[Html]] = [[]]
    for part in document.parts:
        if isinstance(part, Heading):
            sections.append([])
        sections[-1] += _elements(part)
    return joined(*(element("section", *found) for found in sections if found))


def _elements(part: Part) -> Iterator[Html]:
    match part:
        case Heading(text):
            yield element("h3", text)
        case Paragraph(text):
            yield element("p", text)
        case Items(items):
            yield element("ul", *map(_item, items))
        case Table():
            yield table_element(part)
        case Picture(path, alt):
            yield element("img", src=path, alt=alt)
        case Markdown(text):
            yield element("pre", text.strip("\n"))
        case _:
            assert_never(part)


def _item(item: Item) -> Html:
    return element("li", element("b", f"{item.label}:"), f" {item.text}")


def table_element(table: Table) -> Html:
    """A table, which scrolls by itself where it is wider than the page."""
    head = element("tr", *_cells("th", table.heads, table.words))
    rows = [element("tr", *_cells("td", row, table.words)) for row in table.rows]
    whole = element("table", element("thead", head), element("tbody", *rows))
    return element("div", whole, class_="wide", tabindex="0")


def _cells(name: str, texts: tuple[str, ...], words: int) -> Iterator[Html]:
    for at, text in enumerate(texts):
        yield element(name, text) if at < words else element(name, text, class_="number")
