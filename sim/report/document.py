"""The document: a report as data, which a renderer turns into text.

All texts are raw: what a format takes for markup is the business of its renderer. Only the part
`Markdown` says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """The heading of a section.

    Attributes:
        text: What it says.
    """

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Some sentences.

    Attributes:
        text: What they say.
    """

    text: str


@dataclass(frozen=True)
class Item:
    """A labelled item of a list.

    Attributes:
        label: What the item is about.
        text: What it says.
    """

    label: str
    text: str


@dataclass(frozen=True)
class Items:
    """A list of labelled items.

    Attributes:
        items: The items in order.
    """

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        heads: A head for each column.
        rows: The rows, with a cell for each column.
        words: How many columns from the left hold words; the others hold numbers.
        keys: How many columns from the left identify a row; a divided table repeats them in every piece.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 0
    keys: int = 1


@dataclass(frozen=True)
class Picture:
    """A picture in a file.

    Attributes:
        path: The file, relative to that of the document.
        alt: What the picture shows, for those who cannot see it.
    """

    path: str
    alt: str


@dataclass(frozen=True)
class Markdown:
    """Text that is Markdown already, such as the report of a scenario script.

    Attributes:
        text: The Markdown, with headings of the second level and below.
    """

    text: str


Part = Heading | Paragraph | Items | Table | Picture | Markdown
"""What a document is made of."""


@dataclass(frozen=True)
class Document:
    """A report as data.

    Attributes:
        title: Its title; none if empty.
        parts: Its parts in order.
    """

    title: str
    parts: tuple[Part, ...]
