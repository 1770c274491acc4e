"""Postings: accounts that are metered, counted, sorted into bins or entered, at the grain each asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites import HOUR, at, load, site, source, steps

from sim.books.ledger import BATCH
from sim.books.postings import Posting
from sim.bus.account import Account, Adds, Grain, Reading
from sim.contracts.bill import bill_line
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import Array

GRAINS = {grain: Account(f"heat_{grain.name.lower()}_mwh", "MWh", "Heat", grain=grain) for grain in Grain}
LATE = Calendar(datetime(2025, 1, 31, 22, 40, tzinfo=UTC), "UTC")
"""Twenty minutes before an hour begins, eighty before a month does."""


def metered_load(pairs: list[tuple[float, float]], hours: float, calendar: Calendar | None = None) -> Any:
    """A load that changes at these seconds and is metered at every grain."""
    here = site(hours, calendar=calendar)
    bid = load(here, 0.0)
    here.play(steps([t_s for t_s, _ in pairs], [mw for _, mw in pairs]), bid.state)
    source(here, 1e3)
    for account in GRAINS.values():
        here.bus.terminals["load"].meter(account, lambda rows: rows.accepted_mw(bid))
    return here.run()


def only(books: Any, account: Account) -> Posting:
    (posting,) = [one for one in books.postings if one.account == account]
    return posting


def test_a_meter_is_kept_by_month_by_hour_and_by_demand_interval() -> None:
    books = metered_load([(0.0, 6.0), (1800.0, 12.0)], 2.0, LATE)
    # 22:40 to 0:40: hours begin at 23:00 and 0:00, the month at 0:00; 12 MW from 23:10 on
    assert books.edges_s[Grain.HOUR].tolist() == [0.0, 1200.0, 4800.0, 7200.0]
    assert books.edges_s[Grain.MONTH].tolist() == [0.0, 4800.0, 7200.0]
    assert books.edges_s[Grain.DEMAND_INTERVAL][:3].tolist() == [0.0, 300.0, 1200.0]
    assert only(books, GRAINS[Grain.RUN]).amounts == pytest.approx([6 * 0.5 + 12 * 1.5])
    assert only(books, GRAINS[Grain.HOUR]).amounts == pytest.approx([6 / 3, 6 / 6 + 12 * 5 / 6, 12 * 2 / 3])
    assert only(books, GRAINS[Grain.MONTH]).amounts == pytest.approx([6 * 0.5 + 12 * 5 / 6, 12 * 2 / 3])
    quarters = only(books, GRAINS[Grain.DEMAND_INTERVAL]).amounts
    # 22:40, 22:45, 23:00 with 6 MW for ten of its minutes, 23:15 and so on, 0:30 for ten minutes
    assert quarters == pytest.approx([6 / 12, 6 / 4, 6 / 6 + 12 / 12, 3.0, 3.0, 3.0, 3.0, 3.0, 12 / 6])
    assert Grain.RUN not in books.edges_s


CHANGES = st.lists(
    st.tuples(st.floats(0.5, 4e4).map(lambda t_s: round(t_s, 2)), st.floats(0.0, 50.0)),
    max_size=20,
    unique_by=lambda change: change[0],
)


@given(CHANGES, st.integers(0, 59), st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York"]))
def test_amounts_over_intervals_are_a_brute_force_integral_and_their_total_is_that_of_the_run(
    changes: list[tuple[float, float]], minute: int, timezone: str
) -> None:
    calendar = Calendar(datetime(2025, 1, 31, 13, minute, tzinfo=UTC), timezone)
    pairs = [(0.0, 4.0), *sorted(changes)]
    books = metered_load(pairs, 11.3, calendar)
    ends = [*(t_s for t_s, _ in pairs[1:]), books.horizon_s]
    total = only(books, GRAINS[Grain.RUN]).total
    for grain, edges_s in books.edges_s.items():
        brute = [
            sum(
                mw * max(0.0, min(end, high) - max(begin, low)) / HOUR
                for (begin, mw), end in zip(pairs, ends, strict=True)
            )
            for low, high in pairwise(edges_s)
        ]
        posting = only(books, GRAINS[grain])
        assert posting.amounts == pytest.approx(brute, rel=1e-9, abs=1e-9)
        assert posting.total == pytest.approx(total, rel=1e-12, abs=1e-12)


def test_two_meters_of_one_account_add_up_and_owners_are_kept_apart() -> None:
    here = site()
    bid = load(here, 3.0)
    source(here, 10.0)
    water = Account("water_m3", "m3", "Water")
    here.bus.terminals["load"].meter(water, lambda rows: rows.accepted_mw(bid) * 2.0)
    here.bus.terminals["load"].meter(water, lambda rows: rows.accepted_mw(bid) * 5.0)
    here.bus.terminals["source"].meter(water, lambda rows: np.ones(len(rows.t_s)))
    books = here.run()
    assert [(one.owner, one.total) for one in books.posted("water_m3")] == [("load", 21.0), ("source", 1.0)]
    assert (here.posted(water, "load"), books.amount("water_m3")) == (21.0, 22.0)


class _Rises:
    """Counts how often a load rises, whatever the rows it is given come in."""

    def __init__(self, read: Any) -> None:
        self._read = read
        self._last_mw = 0.0
        self.rows = 0
        self.calls = 0

    def __call__(self, rows: Reading) -> Array:
        mw = self._read(rows)
        before = np.concatenate([[self._last_mw], mw[:-1]])
        self._last_mw = float(mw[-1])
        self.rows += len(mw)
        self.calls += 1
        return np.asarray(mw > before, dtype=np.float64)


@pytest.mark.parametrize("rows", [1, BATCH, BATCH + 1, 2 * BATCH + 4])
def test_a_counter_sees_each_row_once_and_keeps_its_state_across_batches(rows: int) -> None:
    here = site(rows * 7.0 / HOUR, calendar=LATE)
    bid = load(here, 0.0)
    times_s = np.arange(rows) * 7.0
    here.play(steps(times_s, 2.0 - np.arange(rows) % 2), bid.state)  # it rises at 0 s and every 14 s after
    source(here, 5.0)
    total = Account("starts", "starts", "Starts")
    hourly = Account("starts_by_hour", "starts", "Starts", grain=Grain.HOUR)
    rises = _Rises(lambda read: read.accepted_mw(bid))
    here.bus.terminals["load"].count(total, rises)
    here.bus.terminals["load"].count(hourly, _Rises(lambda read: read.accepted_mw(bid)))
    # a meter by quarters divides rows; a counter is not given the parts
    here.bus.terminals["load"].meter(GRAINS[Grain.DEMAND_INTERVAL], lambda read: read.accepted_mw(bid))
    books = here.run()
    assert (rises.rows, rises.calls) == (rows, -(-rows // BATCH))
    assert only(books, total).amounts.tolist() == [(rows + 1) // 2]
    risen_s = times_s[::2]
    by_hour = np.histogram(risen_s, bins=np.append(books.edges_s[Grain.HOUR][:-1], np.inf))[0]
    assert only(books, hourly).amounts.tolist() == by_hour.tolist()


def test_a_histogram_has_the_hours_that_each_value_held() -> None:
    here = site(3.0)
    bid = load(here, 0.0)
    here.play(steps([0.0, HOUR, 1.5 * HOUR, 2.25 * HOUR], [1.0, 2.0, 4.0, 9.0]), bid.state)
    source(here, 100.0)
    hours = Account("load_hours_h", "h", "Hours by load", bins=(0.0, 2.0, 4.0, 8.0))
    here.bus.terminals["load"].meter(hours, lambda rows: rows.accepted_mw(bid))
    (posting,) = here.run().posted("load_hours_h")
    # 1 MW for 1 h; a value on a bound counts above it: 2 MW for 0.5 h, 4 MW for 0.75 h; 9 MW is in no bin
    assert posting.amounts == pytest.approx([1.0, 0.5, 0.75])
    assert posting.total == pytest.approx(2.25)


@pytest.mark.parametrize(
    ("at_s", "interval"),
    [(None, 0), (0.0, 0), (1199.9, 0), (1200.0, 1), (4800.0, 2), (7200.0, 2), (9e9, 2), (-5.0, 0)],
)
def test_an_entry_counts_in_the_interval_that_holds_its_second(at_s: float | None, interval: int) -> None:
    here = site(2.0, calendar=LATE)
    load(here, 1.0)
    fee = Account("fee_usd", "USD", "Fee", grain=Grain.HOUR)
    here.bus.terminals["load"].enter(fee, 40.0, at_s)  # before the run: None is its first second
    (posting,) = here.run().posted("fee_usd")
    assert posting.amounts.tolist() == [40.0 if at == interval else 0.0 for at in range(3)]


def test_entries_before_during_and_at_the_end_of_a_run_are_all_kept() -> None:
    here = site(2.0, calendar=LATE)
    load(here, 1.0)
    terminal = here.bus.terminals["load"]
    fee = Account("fee_usd", "USD", "Fee", grain=Grain.HOUR)
    terminal.enter(fee, 1.0)
    at(here, 2000.0, lambda: terminal.enter(fee, 10.0))
    here.on_close(lambda: terminal.enter(fee, 100.0))
    books = here.run()
    assert only(books, fee).amounts.tolist() == [1.0, 10.0, 100.0]
    assert here.posted(fee, "load") == books.amount("fee_usd") == 111.0


def test_nothing_can_be_entered_into_a_histogram() -> None:
    here = site()
    hours = Account("load_hours_h", "h", "Hours", bins=(0.0, 1.0))
    with pytest.raises(ValueError, match=r"^load: load_hours_h is a histogram; use meter\(\)$"):
        here.terminal("load").enter(hours, 1.0)
    load(here, 1.0, name="other")
    assert here.run().postings == ()  # a refused entry opens no account


def test_a_batch_whose_last_row_begins_an_interval_is_posted_in_two_intervals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Batches of two rows: 0 s and 1,000 s, then 5,400 s and 7,200 s, which begins the third hour."""
    monkeypatch.setattr("sim.books.ledger.BATCH", 2)
    here = site(3.0)
    bid = load(here, 1.0)
    source(here, 10.0)
    for t_s, mw in ((1000.0, 2.0), (5400.0, 3.0), (7200.0, 4.0)):
        at(here, t_s, partial(bid.state, mw))
    account = Account("served_mwh", "MWh", "Served", grain=Grain.HOUR)
    here.bus.terminals["load"].meter(account, lambda rows: rows.accepted_mw(bid))
    (posting,) = (one for one in here.run().postings if one.account is account)
    # 1,000 s at 1 MW and 2,600 s at 2 MW; 1,800 s each at 2 and 3 MW; 4 MW
    assert posting.amounts.tolist() == pytest.approx([(1000 + 2 * 2600) / 3600, 2.5, 4.0])


def test_a_bin_of_a_histogram_includes_its_lower_bound_and_values_outside_all_bins_are_left_out() -> None:
    for mw, hours in ((4.0, [0.0, 1.0]), (2.0, [1.0, 0.0]), (9.0, [0.0, 0.0]), (6.0, [0.0, 0.0])):
        here = site()
        bid = load(here, mw)
        source(here, 10.0)
        account = Account("hours_h", "h", "Hours", bins=(0.0, 4.0, 6.0))
        here.bus.terminals["load"].meter(account, lambda rows, bid=bid: rows.accepted_mw(bid))
        (posting,) = (one for one in here.run().postings if one.account is account)
        assert posting.amounts.tolist() == hours


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_meter_that_is_not_finite_is_a_defect_that_names_its_owner(value: float) -> None:
    here = site()
    load(here, 1.0)
    here.bus.terminals["load"].meter(
        Account("odd_usd", "USD", "Odd"), lambda rows: np.full(len(rows.t_s), value)
    )
    with pytest.raises(ValueError, match=r"^load: odd_usd is not finite at 0\.0 s$"):
        here.run()


@pytest.mark.parametrize(
    ("other", "differing"),
    [
        ({"unit": "t"}, "unit = t here, m3 there"),
        ({"adds": Adds.APART}, "adds = apart here, sum there"),
        ({"grain": Grain.HOUR}, "grain = hour here, run there"),
    ],
)
def test_two_definitions_of_one_name_are_refused(other: dict[str, Any], differing: str) -> None:
    here = site()
    fields = {"name": "water_m3", "unit": "m3", "title": "Water"}
    here.terminal("east").enter(Account(**fields), 1.0)
    with pytest.raises(
        ValueError, match=r"^west: account water_m3 is defined differently elsewhere: "
    ) as told:
        here.terminal("west").enter(Account(**{**fields, **other}), 1.0)
    assert str(told.value).endswith(differing)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_months_are_entered_at_once_and_refused_unless_they_are_finite(wrong: float) -> None:
    here = site(40.0 * 24.0)
    cost = bill_line("energy charge")
    here.ledger.enter_months(cost, "grid", np.array([5.0, 7.0]))
    here.ledger.enter_months(cost, "grid", np.array([1.0, 0.0]))
    assert here.ledger.postings.total(cost, "grid") == 13.0
    with pytest.raises(ValueError, match=r"^grid: cost_usd = .* USD; allowed: finite numbers$"):
        here.ledger.enter_months(cost, "grid", np.array([5.0, wrong]))
    assert here.ledger.postings.total(cost, "grid") == 13.0
