"""Closed books: energy, means and accounts, as they are read after the run."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites import HOUR, at, hours_of, load, site, source, store

from sim.books.closed import Account, Adds, Adequacy, Balance, Closed, Column, Flow, Posting, Power

HEAT = Account("heat_mwh", "MWh", "Heat", part="steam")
WATER = Account("heat_mwh", "MWh", "Heat", part="hot water")
SPARE = Account("spare_mw", "MW", "Spare", adds=Adds.HIGHEST)


def closed(
    t_s: np.ndarray, flows: np.ndarray, horizon_s: float, postings: tuple[Posting, ...] = ()
) -> Closed:
    """Books of these flows: what a load, a plant and the site itself recorded."""
    columns = (Column("load", Flow.SERVED), Column("plant", Flow.DELIVERED), Column("plant", Flow.CURTAILED))
    hours = np.diff(t_s, append=horizon_s) / HOUR
    return Closed(
        horizon_s=horizon_s,
        columns=columns[: len(flows)],
        totals=flows @ hours,
        t_s=t_s,
        flows=flows,
        monthly=np.zeros((len(columns), 1)),
        adequacy=Adequacy({}),
        power=Power(np.array([0.0, horizon_s]), np.array([0.0, horizon_s]), {}, {}, {}),
        hours=hours_of(),
        postings=postings,
        edges_s={},
        curtailed_mwh={},
        unserved_mwh={},
        balance=Balance(0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        settlements=len(t_s),
        is_compiled=True,
        participants=(),
        events=(),
        jobs=(),
    )


def test_energy_is_of_labels_and_owners() -> None:
    books = closed(np.array([0.0, 1800.0]), np.array([[4.0, 2.0], [6.0, 2.0], [0.0, 1.0]]), 2 * HOUR)
    assert books.total_mwh(Flow.SERVED) == 4 * 0.5 + 2 * 1.5
    assert books.total_mwh(Flow.DELIVERED, Flow.CURTAILED) == 6 * 0.5 + 2 * 1.5 + 1 * 1.5
    assert books.total_mwh(Flow.DELIVERED, owner="load") == books.total_mwh("no such flow") == 0.0
    assert books.by_owner_mwh(Flow.SERVED, Flow.DELIVERED, Flow.CURTAILED) == {"load": 5.0, "plant": 7.5}
    assert books.by_owner_mwh(Flow.IMPORT) == {}


def test_means_are_exact_and_the_last_interval_ends_with_the_run() -> None:
    books = closed(np.array([0.0, 1800.0]), np.array([[4.0, 2.0]]), 2.5 * HOUR)
    edges_s, means = books.means(HOUR)
    assert edges_s.tolist() == [0.0, 3600.0, 7200.0, 9000.0]
    assert means.tolist() == [[3.0, 2.0, 2.0]]  # 4 MW for half an hour, then 2 MW


TIMES = st.lists(st.floats(0.01, 9e4).map(lambda t_s: round(t_s, 2)), max_size=25, unique=True)


@given(TIMES, st.sampled_from([60.0, 900.0, HOUR, 7.5 * HOUR, 1e6]), st.integers(0, 2**32))
def test_means_agree_with_brute_force_and_hold_the_energy(
    times: list[float], interval_s: float, seed: int
) -> None:
    t_s = np.array([0.0, *sorted(times)])
    flows = np.random.default_rng(seed).random((3, len(t_s))) * 100.0
    books = closed(t_s, flows, 1e5)
    edges_s, means = books.means(interval_s)
    assert (edges_s[0], edges_s[-1]) == (0.0, 1e5)
    hours = np.diff(edges_s) / HOUR
    assert means @ hours == pytest.approx(books.totals, rel=1e-9)
    ends_s = np.append(t_s[1:], 1e5)
    for interval in (0, len(hours) // 2, len(hours) - 1):
        low, high = edges_s[interval], edges_s[interval + 1]
        held_s = np.clip(np.minimum(ends_s, high) - np.maximum(t_s, low), 0.0, None)
        assert means[:, interval] == pytest.approx(flows @ held_s / (high - low), rel=1e-9)


def test_means_of_more_rows_than_are_read_at_a_time_are_the_same() -> None:
    rows = 2 * 65536 + 11  # a row a second; rows are read 65,536 at a time
    flows = np.arange(rows, dtype=float)[np.newaxis]
    _, means = closed(np.arange(rows, dtype=float), flows, float(rows)).means(HOUR)
    edges = [*range(0, rows, 3600), rows]
    expected = [(low + high - 1) / 2 for low, high in pairwise(edges)]  # mean of an arithmetic sequence
    assert means[0] == pytest.approx(expected, rel=1e-12)


def test_an_amount_is_of_all_participants_and_parts_and_is_also_had_by_part() -> None:
    postings = (
        Posting(HEAT, "a", np.array([1.0, 2.0])),
        Posting(WATER, "a", np.array([10.0])),
        Posting(HEAT, "b", np.array([4.0])),
        Posting(SPARE, "b", np.array([7.0])),
    )
    books = closed(np.zeros(1), np.ones((1, 1)), HOUR, postings)
    assert books.amount("heat_mwh") == 17.0
    assert books.parts("heat_mwh") == {"steam": 7.0, "hot water": 10.0}
    assert [posting.owner for posting in books.posted("spare_mw")] == ["b"]
    assert books.accounts == (HEAT, WATER, SPARE)  # each once
    assert (books.posted("no"), books.amount("no"), books.parts("no")) == ([], 0, {})


def test_the_means_of_a_run_hold_its_totals() -> None:
    here = site(2.0)
    bid = load(here, 8.0)
    source(here, 9.0)
    store(here)
    at(here, 1000.0, lambda: bid.state(3.0))
    at(here, 5000.0, lambda: bid.state(12.0))
    books = here.run()
    _, means = books.means(1234.5)
    edges_s, _ = books.means(1234.5)
    powers = [at for at, column in enumerate(books.columns) if column.label in set(Flow)]
    energy = means @ (np.diff(edges_s) / HOUR)
    assert energy[powers] == pytest.approx(books.totals[powers], rel=1e-12, abs=1e-12)
