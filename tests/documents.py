"""Documents as hypothesis makes them, for the tests of renderers."""

from __future__ import annotations

from hypothesis import strategies as st

from sim.report.document import Document, Heading, Item, Items, Paragraph, Picture, Table

MARKUP = "\\`*_{}[]()<>#+-=.!|~&:;/\"' 1aé"
"""What a name may be made of to mean something else in a format."""

names = st.text(st.sampled_from(MARKUP), min_size=1, max_size=12).filter(str.strip)
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=9)
sentences = st.lists(words, min_size=1, max_size=30).map(" ".join)


@st.composite
def tables(draw: st.DrawFn, cells: st.SearchStrategy[str] = sentences) -> Table:
    """A table of one to six columns."""
    width = draw(st.integers(1, 6))
    row = st.tuples(*[cells] * width)
    rows = draw(st.lists(row, min_size=1, max_size=3))
    return Table(draw(row), tuple(rows), words=draw(st.integers(0, width)), keys=draw(st.integers(1, width)))


parts = st.one_of(
    st.builds(Heading, sentences),
    st.builds(Paragraph, sentences),
    st.builds(Items, st.lists(st.builds(Item, words, sentences), min_size=1, max_size=4).map(tuple)),
    tables(words),
    tables(),
    st.builds(Picture, words, sentences),
)
documents = st.builds(Document, sentences, st.lists(parts, max_size=5).map(tuple))
