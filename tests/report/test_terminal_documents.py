"""A document on a terminal: nothing wider than the terminal, and nothing lost."""

from __future__ import annotations

from collections import Counter

from documents import documents
from hypothesis import given
from hypothesis import strategies as st

from sim.report.document import Document, Heading, Item, Items, Markdown, Paragraph, Picture, Table
from sim.report.terminal import to_terminal

TABLE = Table(("modules", "peak_mw", "cost_usd"), (("1", "161", "12,345"), ("2", "162", "54,321")))


def shown(table: Table, width: int) -> list[str]:
    return to_terminal(Document("", (table,)), width).splitlines()


def message(document: Document) -> Counter[str]:
    """The words of a document, as often as it says them."""
    texts = [document.title]
    for part in document.parts:
        match part:
            case Heading(text) | Paragraph(text):
                texts.append(text)
            case Items(items):
                texts += [f"{item.label}: {item.text}" for item in items]
            case Table(heads, rows):
                texts += [*heads, *(cell for row in rows for cell in row)]
            case Picture(path, alt):
                texts.append(f"{alt}: {path}")
    return Counter(word for text in texts for word in text.split())


@given(documents, st.integers(40, 130))
def test_no_line_is_wider_than_the_terminal_unless_a_single_word_is(document: Document, width: int) -> None:
    for line in to_terminal(document, width).splitlines():
        assert len(line) <= width or len(line.removeprefix("-").removeprefix("##").split()) == 1


@given(documents, st.integers(40, 130))
def test_no_word_is_lost(document: Document, width: int) -> None:
    text = "".join(to_terminal(document, width).split())
    for word in message(document):
        assert word in text


def test_a_table_that_fits_has_bars() -> None:
    assert shown(TABLE, 32) == [
        "| modules | peak_mw | cost_usd |",
        "| ------: | ------: | -------: |",
        "|       1 |     161 |   12,345 |",
        "|       2 |     162 |   54,321 |",
    ]


def test_a_table_loses_its_bars_before_its_lines_break() -> None:
    assert shown(TABLE, 31) == [
        "modules  peak_mw  cost_usd",
        "      1      161    12,345",
        "      2      162    54,321",
    ]
    assert shown(TABLE, 25)[1] == "      1     161   12,345"  # 7 + 7 + 8 + 2 blanks


def test_a_table_too_wide_comes_in_pieces_that_each_say_what_their_rows_are() -> None:
    assert "\n".join(shown(TABLE, 20)).split("\n\n") == [
        "modules  peak_mw\n      1      161\n      2      162",
        "modules  cost_usd\n      1    12,345\n      2    54,321",
    ]


def test_every_piece_of_a_divided_table_has_all_its_keys() -> None:
    table = Table(("a", "b", "peak_mw", "cost_usd"), (("1", "2", "161", "12,345"),), keys=2)
    assert shown(table, 19) == [
        " a   b  peak_mw",
        " 1   2      161",
        "",
        " a   b  cost_usd",
        " 1   2    12,345",
    ]


def test_a_table_whose_pieces_do_not_fit_is_a_list() -> None:
    assert shown(TABLE, 16) == [
        "- modules 1:",
        "  peak_mw 161;",
        "  cost_usd",
        "  12,345",
        "- modules 2:",
        "  peak_mw 162;",
        "  cost_usd",
        "  54,321",
    ]


def test_names_are_shown_as_they_are() -> None:
    document = Document(
        "a*b*",
        (
            Heading("_c_"),
            Items((Item("d|e", "<f>"),)),
            Table(("g|h",), (("`i`",),), words=1),
            Paragraph("1. j\nk"),
            Picture("l.png", "M"),
            Markdown("*n*\n"),
        ),
    )
    assert to_terminal(document, 80).splitlines() == [
        "# a*b*",
        "",
        "## _c_",
        "- d|e: <f>",
        "",
        "| g|h |",
        "| --- |",
        "| `i` |",
        "",
        "1. j k",
        "",
        "M: l.png",
        "",
        "*n*",
    ]


def test_sentences_are_no_wider_than_is_readable() -> None:
    lines = to_terminal(Document("", (Paragraph("word " * 60),)), 200).splitlines()
    assert max(map(len, lines)) == 99  # 20 x 5 - 1
