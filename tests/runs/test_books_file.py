"""The file of closed books: what is written is read back, field by field, to the bit."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sites import hours_of, store_hours

from sim import Result
from sim.books.closed import (
    Account,
    Adds,
    Adequacy,
    Balance,
    Bound,
    Changes,
    Closed,
    Column,
    Extremes,
    Flow,
    Grain,
    Participant,
    Posting,
    Power,
    Tightest,
)
from sim.runs.books_file import BooksFile
from sim.timeseries.series import StepSeries

TABLES = ("t_s", "flows", "monthly", "hours", "events", "jobs", "requests", "latencies", "bill")
"""Fields that stand in files of their own."""


def plain(value: Any) -> Any:
    """A value as what can be compared: dataclasses by their fields, arrays as lists."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [plain(inner) for inner in value]
    return value


def reread(books: Closed) -> Closed:
    """Books that were written as JSON and read again."""
    text = json.dumps(BooksFile.of(books).model_dump(mode="json"))
    tables = {name: getattr(books, name) for name in TABLES}
    tables |= {"interval_edges_s": books.power.edges_s, "means_mw": books.power.means_mw}
    return BooksFile(**json.loads(text)).closed(**tables)


def test_every_field_of_the_books_of_a_full_run_comes_back(full: Result) -> None:
    books = full.books
    assert len(books.postings) > 10
    assert {one.family for one in books.participants} == {"supply", "demand", "servers", "facility"}
    assert plain(reread(books)) == plain(books)


def test_words_come_back_as_the_words_they_were(full: Result) -> None:
    again = reread(full.books)
    account = next(one for one in again.accounts if one.name == "cost_usd")
    assert (type(account.grain), type(account.adds)) == (Grain, Adds)
    assert account in full.books.accounts
    assert all(isinstance(grain, Grain) for grain in again.edges_s)
    assert again.total_mwh(Flow.SERVED) == full.books.total_mwh(Flow.SERVED)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text(max_size=6)
ARRAYS = st.lists(NUMBERS, min_size=1, max_size=4).map(np.array)


@st.composite
def series(draw: st.DrawFn) -> StepSeries:
    times = sorted(draw(st.sets(NUMBERS, min_size=1, max_size=4)))
    return StepSeries(np.array(times), np.array([draw(NUMBERS) for _ in times]))


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    bins = sorted(draw(st.sets(NUMBERS, max_size=3)))
    histogram = len(bins) > 1
    return Account(
        draw(st.sampled_from(["a_mwh", "käse_kg"])),
        draw(st.sampled_from(["MWh", "€"])),
        draw(WORDS.filter(bool)),
        draw(WORDS),
        draw(st.sampled_from(Adds)),
        Grain.RUN if histogram else draw(st.sampled_from(Grain)),
        tuple(bins) if histogram else (),
    )


PARTICIPANTS = st.builds(
    Participant,
    **dict.fromkeys(("name", "family", "kind", "label", "size", "caveat", "colour"), WORDS),
    capacity_mw=NUMBERS,
    unverified=st.integers(0, 99),
    service_pu=series(),
    firm_mw=series(),
    unit_mw=st.none() | NUMBERS,
    bounds=st.lists(st.builds(Bound, WORDS, st.sampled_from(Flow), series(), WORDS), max_size=2).map(tuple),
    lowest_mwh=st.none() | series(),
    highest_mwh=st.none() | series(),
)
STORES = st.builds(
    store_hours,
    st.lists(NUMBERS, min_size=2, max_size=2),
    name=WORDS,
    charge_eff_pu=NUMBERS,
    initial_clean_pu=NUMBERS,
)
TIGHTEST = st.builds(Tightest, NUMBERS, NUMBERS, NUMBERS, WORDS, NUMBERS)
BOOKS = st.builds(
    Closed,
    horizon_s=NUMBERS,
    columns=st.lists(st.builds(Column, WORDS, st.sampled_from(Flow) | WORDS), max_size=3).map(tuple),
    totals=ARRAYS,
    postings=st.lists(st.builds(Posting, accounts(), WORDS, ARRAYS), max_size=3).map(tuple),
    edges_s=st.dictionaries(st.sampled_from(Grain), ARRAYS, max_size=3),
    curtailed_mwh=st.dictionaries(WORDS, NUMBERS, max_size=2),
    unserved_mwh=st.dictionaries(WORDS, NUMBERS, max_size=2),
    power=st.builds(
        Power,
        st.just(()),
        ARRAYS,
        st.just({}),
        st.dictionaries(WORDS, st.builds(Extremes, *[ARRAYS] * 3), max_size=2),
        st.dictionaries(WORDS, st.builds(Changes, *[NUMBERS] * 4), max_size=2),
    ),
    adequacy=st.builds(
        Adequacy, st.dictionaries(WORDS, st.lists(st.none() | TIGHTEST, max_size=3).map(tuple), max_size=2)
    ),
    balance=st.builds(Balance, *[NUMBERS] * len(fields(Balance))),
    settlements=st.integers(0, 10**9),
    is_compiled=st.booleans(),
    remarks=st.lists(WORDS, max_size=2).map(tuple),
    same_weather=st.booleans(),
    participants=st.lists(PARTICIPANTS, max_size=2).map(tuple),
    **{**dict.fromkeys(TABLES, st.just(())), "hours": st.lists(STORES, max_size=2).map(hours_of)},
)


@given(BOOKS)
def test_any_books_come_back(books: Closed) -> None:
    assert plain(reread(books)) == plain(books)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"horizon_s": "long"}, ("horizon_s",)),
        ({"colour": "red"}, ("colour",)),
        ({"settlements": 1.5}, ("settlements",)),
        ({"edges_s": {"fortnight": [0.0]}}, ("edges_s", "fortnight", "[key]")),
        ({"participants": [{}]}, ("participants", 0, "name")),
    ],
)
def test_what_is_no_such_file_is_refused_at_its_place(
    paper: Result, change: dict[str, Any], place: tuple[str | int, ...]
) -> None:
    data = BooksFile.of(paper.books).model_dump(mode="json")
    with pytest.raises(ValidationError) as refused:
        BooksFile(**{**data, **change})
    assert refused.value.errors()[0]["loc"] == place
