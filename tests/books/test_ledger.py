"""The ledger: exact totals whatever is recorded, also where a batch of rows ends."""

from __future__ import annotations

import numpy as np
import pytest
from sites import HOUR, amount, at, journal, load, site, source, steps

from sim.books.closed import Closed
from sim.books.ledger import BATCH
from sim.bus.bus import Bus
from sim.bus.flows import Flow
from sim.contracts.bill import bill_line
from sim.contracts.carbon import CARBON
from sim.errors import EnergyBalanceError
from sim.timeseries.series import StepSeries


def _noisy(rows: int, record_s: float | None = None) -> tuple[Closed, StepSeries, float]:
    """A load that changes this many times, seven seconds apart, of a source of 5 MW."""
    horizon_h = (rows * 7.0 + 3.0) / HOUR
    here = site(horizon_h, record_s=record_s)
    wanted = steps(np.arange(rows) * 7.0, np.random.default_rng(rows).random(rows) * 10.0)
    bid = load(here, 0.0)
    here.play(wanted, bid.state)
    source(here, 5.0)
    return here.run(), wanted, here.horizon_s


@pytest.mark.parametrize("rows", [1, 2, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH, 3 * BATCH + 5])
def test_integrals_are_exact_where_a_batch_ends(rows: int) -> None:
    books, wanted, horizon_s = _noisy(rows)
    span_h = np.diff(wanted.times_s, append=horizon_s) / HOUR
    assert books.settlements == rows
    assert books.total_mwh(Flow.SERVED) == pytest.approx(np.minimum(wanted.values, 5.0) @ span_h)
    short = np.maximum(wanted.values - 5.0, 0.0)
    assert books.total_mwh(Flow.UNSERVED) == pytest.approx(short @ span_h)
    assert sum(books.unserved_mwh.values()) == pytest.approx(short @ span_h)
    assert books.power.extremes["load"].peak_mw == np.minimum(wanted.values, 5.0).max()
    assert len(journal(books)["t_s"]) == rows
    shortages = [event for event in books.events if event["event"] == "shortage"]
    begins = np.flatnonzero(np.diff((short > 0.0).astype(int), prepend=0) == 1)
    assert [event["t_s"] for event in shortages] == wanted.times_s[begins].tolist()
    assert sum(event["mwh"] for event in shortages) == pytest.approx(short @ span_h)


def test_totals_are_the_same_bits_whatever_is_recorded() -> None:
    whole, _, _ = _noisy(2500)
    for record_s in (60.0, 900.0, HOUR, 86400.0):
        other, _, _ = _noisy(2500, record_s)
        for flow in (Flow.SERVED, Flow.UNSERVED, Flow.CURTAILED, Flow.DELIVERED):
            assert other.total_mwh(flow) == whole.total_mwh(flow)
        assert other.power.extremes["load"].peak_mw == whole.power.extremes["load"].peak_mw
        assert other.events == whole.events


def test_a_meter_follows_its_series_between_settlements() -> None:
    here = site(2.0)
    load(here, 3.0)
    terminal = here.terminal("grid")
    offer = terminal.offer(60.0, Flow.IMPORT, Flow.HEADROOM)
    offer.state(10.0)
    price = steps([0.0, 1000.0, 5000.0], [10.0, 100.0, 40.0])
    terminal.meter(
        bill_line("energy charge"), lambda rows: rows.accepted_mw(offer) * price.values_at(rows.t_s), price
    )
    books = here.run()
    assert here.bus.settlements == 1  # nothing else changes
    assert amount(books, "energy charge", "grid") == pytest.approx(3.0 * price.integral(0, 7200) / HOUR)


def test_the_demand_interval_peak_is_a_mean_and_the_peak_load_is_not() -> None:
    here = site(1.0)
    bid = load(here, 2.0)
    source(here, 100.0)
    at(here, 1000.0, lambda: bid.state(30.0))
    at(here, 1090.0, lambda: bid.state(2.0))  # 90 s of 30 MW within the interval from 900 s to 1800 s
    books = here.run()
    assert books.power.means_mw["load"] == pytest.approx([2.0, 2.0 + 28.0 * 90 / 900, 2.0, 2.0])
    assert (books.power.extremes["load"].peak_mw, books.power.extremes["load"].peak_at_s) == (30.0, 1000.0)


def test_a_peak_across_the_edge_of_an_interval_is_divided_between_the_two() -> None:
    here = site(0.5)
    bid = load(here, 0.0)
    source(here, 100.0)
    at(here, 810.0, lambda: bid.state(10.0))
    at(here, 990.0, lambda: bid.state(0.0))
    books = here.run()
    assert books.power.means_mw["load"] == pytest.approx([1.0, 1.0])  # 10 MW for 90 s of 900 s each


def test_a_state_that_lasts_no_time_is_no_peak() -> None:
    here = site()
    bid = load(here, 50.0)
    source(here, 100.0)
    here.bus.terminals["load"].watch(lambda _: bid.state(5.0))
    books = here.run()
    assert books.power.extremes["load"].peak_mw == 5.0


def test_one_off_costs_and_emissions_are_entered_as_they_are() -> None:
    here = site()
    load(here, 1.0)
    gas = here.terminal("gas")
    gas.enter(bill_line("start-up"), 32.0)
    gas.enter(bill_line("start-up"), 8.0)
    gas.enter(CARBON, 5.0)
    books = here.run()
    assert amount(books, "start-up", "gas") == 40.0
    assert amount(books, "carbon_kgco2", "gas") == 5.0


def test_totals_are_of_one_owner_or_of_all() -> None:
    here = site()
    load(here, 2.0, name="a")
    load(here, 3.0, name="b")
    source(here, 9.0)
    books = here.run()
    assert books.total_mwh(Flow.SERVED) == 5.0
    assert books.total_mwh(Flow.SERVED, owner="b") == 3.0
    assert books.total_mwh(Flow.SERVED, owner="nobody") == 0.0


@pytest.mark.parametrize("given", [[2.0, 1.0, 0.0], [-1.0, 4.0, 0.0], [1.0 + 1e-7, 2.0 - 1e-7, 0.0]])
def test_a_block_that_gives_more_than_it_stated_or_less_than_nothing_is_a_defect(
    given: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = site()
    source(here, 1.0, name="small")
    source(here, 9.0, name="large")
    load(here, 3.0)
    monkeypatch.setattr(Bus, "is_compiled", False)
    monkeypatch.setattr("sim.bus.settlement.fill", lambda *_: ([*given], 0))  # it balances all the same
    with pytest.raises(EnergyBalanceError, match=r"^at 0\.0 s a block exceeded its stated size"):
        here.run()


def test_of_equal_peaks_the_first_is_told_also_across_batches() -> None:
    here = site(2 * BATCH * 7.0 / HOUR)
    bid = load(here, 0.0)
    here.play(steps(np.arange(2 * BATCH) * 7.0, np.arange(2 * BATCH) % 2 + 1.0), bid.state)
    source(here, 5.0)
    books = here.run()
    load_mw = books.power.extremes["load"]
    assert (load_mw.peak_mw, load_mw.peak_at_s) == (2.0, 7.0)
