"""Lines: sentences broken between words, columns padded to one length."""

from __future__ import annotations

from sim.report.document import Table
from sim.report.lines import barred, columns, one_line, wrapped


def test_a_sentence_is_broken_between_words_only() -> None:
    assert wrapped("a well-known\nword", 6, first="- ", rest="  ") == ["- a", "  well-known", "  word"]
    assert wrapped("", 6, first="- ") == ["-"]
    assert one_line(" a\n\tb ") == "a b"


def test_words_are_aligned_left_and_numbers_right() -> None:
    table = Table(("name", "mw"), (("a", "1.5"),), words=1)
    assert columns(table, one_line) == [["name", "a   "], [" mw", "1.5"]]
    assert barred(columns(table, one_line), 1) == ["| name |  mw |", "| ---- | --: |", "| a    | 1.5 |"]


def test_a_column_of_one_digit_has_room_for_a_rule_that_says_its_alignment() -> None:
    assert barred(columns(Table(("a",), ()), one_line), 0) == ["|  a |", "| -: |"]
