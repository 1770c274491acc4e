"""HTML against a parser: every text of a document comes out as it went in, and none is markup."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from documents import MARKUP, documents, names
from hypothesis import given
from hypothesis import strategies as st

from sim.report.document import Document, Heading, Item, Items, Markdown, Paragraph, Picture, Table
from sim.report.html import Html, data_element, element, joined, script_element, script_hash, to_html

HOSTILE = "<script>alert(1)</script>"
EMPTY = {"img", "meta"}


class Reader(HTMLParser):
    """What a browser would read: the elements in order, and the text of those that hold any."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[dict[str, str | None]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes.append(dict(attrs))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@given(names, names, names)
def test_a_name_of_any_signs_comes_out_as_it_went_in(label: str, text: str, cell: str) -> None:
    parts = (
        Heading(text),
        Items((Item(label, text),)),
        Paragraph(text),
        Table((cell,), ((text,),)),
        Markdown(cell),
    )
    found = Reader(to_html(Document("", parts)))
    assert "".join(found.texts) == "".join(
        [text, f"{label}:", f" {text}", text, cell, text, cell.strip("\n")]
    )
    assert found.elements == ["section", "h3", "ul", "li", "b", "p", "div", *table_of(1), "pre"]


def table_of(columns: int) -> list[str]:
    return ["table", "thead", "tr", *["th"] * columns, "tbody", "tr", *["td"] * columns]


@given(documents)
def test_every_element_of_a_document_is_ended(document: Document) -> None:
    assert Reader(to_html(document)).open == []


@given(names)
def test_an_attribute_holds_any_signs(name: str) -> None:
    found = Reader(element("img", src=name, alt=name))
    assert found.attributes == [{"src": name, "alt": name}]


def test_what_is_html_already_is_not_escaped_again() -> None:
    inner = element("b", "a & b")
    assert inner == "<b>a &amp; b</b>"
    assert element("p", inner, " < c") == "<p><b>a &amp; b</b> &lt; c</p>"
    assert joined("<", Html("<br>")) == "&lt;<br>"


def test_an_underscore_of_an_attribute_is_a_hyphen_and_is_left_out_at_the_end() -> None:
    assert element("a", "x", class_="k", data_at="1") == '<a class="k" data-at="1">x</a>'


def test_columns_of_numbers_are_told_from_columns_of_words() -> None:
    found = Reader(to_html(Document("", (Table(("name", "MW"), (("grid", "1.0"),), words=1),))))
    assert found.attributes[-2:] == [{}, {"class": "number"}]


def test_a_picture_has_its_file_and_what_it_shows() -> None:
    assert Reader(to_html(Document("", (Picture("a b.png", '"x"'),)))).attributes[-1] == {
        "src": "a b.png",
        "alt": '"x"',
    }


@given(st.text(st.sampled_from(MARKUP + "</script>\u2028")))
def test_no_text_in_data_ends_its_element(text: str) -> None:
    found = Reader(data_element("data", {"name": text + HOSTILE}))
    assert found.elements == ["script"]
    assert json.loads("".join(found.texts)) == {"name": text + HOSTILE}


@pytest.mark.parametrize("code", ["a = '</script>'", "a = '</SCRIPT'", "// <!-- a"])
def test_a_script_that_would_end_early_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="a script contains what would end it"):
        script_element(code)


def test_a_script_is_named_by_the_hash_of_its_text() -> None:
    # SHA-256 of no text, in base 64: printf '' | openssl dgst -sha256 -binary | base64
    assert script_hash("") == "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
