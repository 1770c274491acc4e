"""Markdown against a parser: every text of a document comes out as it went in."""

from __future__ import annotations

import pytest
from documents import documents, names, sentences, tables
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sim.report.document import Document, Heading, Item, Items, Markdown, Paragraph, Part, Picture, Table
from sim.report.markdown import to_markdown


def tokens(*parts: Part, title: str = "") -> list[Token]:
    """What a parser reads."""
    parser = MarkdownIt("commonmark").enable("table").enable("strikethrough")
    return parser.parse(to_markdown(Document(title, parts)))


def texts(found: list[Token]) -> list[str]:
    """The texts a reader sees, markup apart."""
    read = []
    for token in found:
        if token.type == "inline":
            pieces = [" " if child.type == "softbreak" else child.content for child in token.children or ()]
            assert {child.type for child in token.children or ()} <= {"text", "text_special", "softbreak"}
            read.append("".join(pieces))
    return read


def one_line(text: str) -> str:
    return " ".join(text.split())


@given(names, names, names)
def test_a_name_of_any_signs_comes_out_as_it_went_in(title: str, label: str, text: str) -> None:
    found = tokens(Heading(text), Items((Item(label, text), Item(text, label))), Paragraph(text), title=title)
    read = (title, text, f"{label}: {text}", f"{text}: {label}", text)
    assert texts(found) == [one_line(one) for one in read]
    blocks = [token.type for token in found if token.level == 0 and token.nesting > 0]
    assert blocks == ["heading_open", "heading_open", "bullet_list_open", "paragraph_open"]


@given(sentences)
def test_no_line_of_a_long_text_begins_like_something_else(text: str) -> None:
    assert texts(tokens(Paragraph(text))) == [one_line(text)]
    assert texts(tokens(Items((Item("label", text),)))) == [f"label: {one_line(text)}"]


@given(tables(names))
def test_a_cell_of_any_signs_stays_one_cell(table: Table) -> None:
    cells = [one_line(cell) for row in (table.heads, *table.rows) for cell in row]
    assert texts(tokens(table)) == cells


@given(documents)
def test_no_sentence_is_wider_than_100_columns(document: Document) -> None:
    prose = Document("", tuple(part for part in document.parts if isinstance(part, Paragraph | Items)))
    for line in to_markdown(prose).splitlines():
        assert len(line) <= 101 or not line.lstrip("- ").count(" ")  # one more where its beginning is escaped


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a|b\n*c*", "a\\|b \\*c\\*"),
        ("_a_ __b", "\\_a\\_ \\_\\_b"),
        ("pretrain_a, b__2", "pretrain_a, b__2"),
        ("<0.1 %, >-1 and R&D", "<0.1 %, >-1 and R&D"),
        ("<b> &lt;", "\\<b> \\&lt;"),
        ("1. first", "1\\. first"),
        ("- a", "\\- a"),
        ("-1 MW", "-1 MW"),
        ("> a", "\\> a"),
        ("===", "\\==="),
    ],
)
def test_only_what_would_be_markup_is_escaped(text: str, written: str) -> None:
    assert to_markdown(Document("", (Paragraph(text),))) == f"{written}\n"


def test_a_document_reads_well_unrendered() -> None:
    document = Document(
        "Title",
        (
            Items((Item("Long", "word " * 30), Item("Short", "word"))),
            Heading("Section"),
            Table(("a", "bb"), (("x|y", "1"),), words=1),
            Paragraph("End."),
            Picture("a b.png", "A picture"),
            Markdown("## More\n\nText *as it is*.\n"),
        ),
    )
    assert to_markdown(document).splitlines() == [
        "# Title",
        "",
        f"- Long: {'word ' * 17}word",  # 8 + 17 x 5 + 4 = 97; another would make 102
        f"  {'word ' * 11}word",
        "- Short: word",
        "",
        "## Section",
        "| a    | bb |",
        "| ---- | -: |",
        "| x\\|y |  1 |",
        "",
        "End.",
        "",
        "![A picture](a%20b.png)",
        "",
        "## More",
        "",
        "Text *as it is*.",
    ]
