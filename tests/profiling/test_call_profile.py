"""The document of a profile: one table that adds up, and what follows from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim import Result
from sim.profiling.call_profile import CallProfile, Counted


@pytest.fixture
def profile(paper: Result) -> CallProfile:
    paper = replace(paper, books=replace(paper.books, is_compiled=True, settlements=1200))
    return CallProfile(
        result=paper,
        functions=(
            Counted("mill", "mover", "Mill.advance", 1000, 2.0),
            Counted("mill", "account", "lambda, mill.py:7", 3, 0.25),
        ),
        events=50,
        events_s=0.25,
        settlement_s=1.0,
        closing_s=0.25,
        profiling_s=0.25,
        preparation_s=0.5,
        python_settlements=200,
    )


def test_the_table_adds_up_to_the_time_of_the_run(profile: CallProfile) -> None:
    assert profile.run_s == 4.0
    assert str(profile).startswith(
        """\
## Time of the run
| owner | what       | function                  | calls | seconds |   share |
| ----- | ---------- | ------------------------- | ----: | ------: | ------: |
| mill  | mover      | Mill.advance              | 1,000 |   2.000 |  50.0 % |
| mill  | account    | lambda, mill.py:7         |     3 |   0.250 |   6.2 % |
| -     | event      | SimPy, not attributed     |    50 |   0.250 |   6.2 % |
| -     | settlement | compiled, with the books  |       |   1.000 |  25.0 % |
| -     | closing    | end of the books, summary |       |   0.250 |   6.2 % |
| -     | profiling  | estimated, at least       |       |   0.250 |   6.2 % |
| run   |            |                           |       |   4.000 | 100.0 % |

- Settlements: 1,200, of which 1,000 in compiled code alone; 200 called functions written in Python
- Settlements and books: 1.000 s, which is what is left
- Profiling: at least 0.250 s (6.2 % of the run), taken off the functions; seconds are """
    )


def test_it_ends_with_how_to_make_a_participant_fast(profile: CallProfile) -> None:
    text = " ".join(str(profile).split())
    assert "- Preparation: 0.500 s before the run, not in the table A participant is fast if" in text
    assert text.endswith("ARCHITECTURE.md, section 'A participant is one file', says more.")


def test_a_notebook_shows_the_same(profile: CallProfile) -> None:
    assert profile._repr_markdown_() == str(profile)


def test_beyond_twenty_functions_the_rest_is_one_row(profile: CallProfile) -> None:
    many = tuple(Counted("mill", "event", f"f{at}", 2, 0.125) for at in range(23))
    text = str(replace(profile, functions=many))
    assert "f19" in text
    assert "f20" not in text
    (row,) = [line for line in text.splitlines() if line.startswith("| others")]
    assert [part.strip() for part in row.split("|")[1:-1]] == [
        "others",
        "",
        "3 functions",
        "6",
        "0.375",
        "8.1 %",
    ]


def test_without_a_compiler_it_says_so(profile: CallProfile) -> None:
    plain = replace(profile.result, books=replace(profile.result.books, is_compiled=False))
    text = str(replace(profile, result=plain))
    assert "- Settlements: 1,200 in plain Python, which is slower than compiled code\n" in text
    assert "| settlement | in plain Python, with the books |" in text
