"""A document is plain data: frozen, compared by what it says, and the same whoever renders it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from sim import Campus, Result, simulate
from sim.campus import GridConnection
from sim.report.document import Document, Heading, Items, Paragraph, Table
from sim.report.markdown import to_markdown
from sim.report.terminal import to_terminal


def test_a_document_is_compared_by_what_it_says_and_cannot_be_changed() -> None:
    first, second = (Document("a", (Heading("b"), Table(("c",), (("d",),)))) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    with pytest.raises(FrozenInstanceError):
        first.title = "b"  # type: ignore[misc] - that it is refused is what is tested


def test_the_report_of_a_run_is_a_document_with_names_as_they_were_given() -> None:
    supply = {"a*b|c": GridConnection(import_limit_mw=1.0)}
    result = simulate(Campus(name="x_y_ <z>", supply=supply), days=1)
    document = result.document()
    assert document.title == "x_y_ <z>"
    (table,) = [part for part in document.parts if isinstance(part, Table)]
    assert table.rows[0][:2] == ("a*b|c", "grid")
    assert result.report() == to_markdown(document)


def test_the_parts_of_the_report_of_a_run_are_sections_of_items_and_a_table(paper: Result) -> None:
    kinds = [type(part) for part in paper.document().parts]
    terms = Paragraph
    load, supply = [Items, Heading, Table, Items], [Heading, Table, Paragraph, Items]
    bill = [Table, Table, Paragraph]  # one for each counterparty
    assert kinds == [*load, *supply, Heading, Items, *bill, terms]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_report_has_the_same_words_in_markdown_and_on_a_terminal(paper: Result, columns: int) -> None:
    shown = to_terminal(paper.document(), columns)
    assert max(map(len, shown.splitlines())) <= columns
    assert words(shown) == words(paper.report())


def words(text: str) -> set[str]:
    """The words of a report, without bars and rules."""
    return {word for word in text.split() if set(word) - set("|-:")}
