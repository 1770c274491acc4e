"""The hours: energy by hour of the clock, exact wherever a batch, a row or a share begins."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from sites import HOUR, at, load, site, source, steps, store

from sim.books.closed import Hours
from sim.books.ledger import BATCH
from sim.bus.flows import Flow
from sim.timeseries.calendar import Calendar

PAST_TEN = Calendar(datetime(2025, 1, 1, 10, 10, tzinfo=UTC), "UTC")


def test_hours_are_those_of_the_clock_and_the_first_and_the_last_are_shorter() -> None:
    here = site(2.0, calendar=PAST_TEN)  # 10:10 to 12:10
    load(here, 6.0)
    source(here, 6.0)
    hours = here.run().hours
    assert hours.edges_s.tolist() == [0.0, 3000.0, 6600.0, 7200.0]
    assert hours.load_mwh == pytest.approx([6.0 * 50 / 60, 6.0, 6.0 * 10 / 60])
    assert hours.other_mwh == pytest.approx(hours.load_mwh)  # a source is not clean unless it says so
    assert not hours.clean_mwh.any()
    assert hours.stores == ()


def test_a_run_within_an_hour_has_one_hour() -> None:
    here = site(0.25, calendar=PAST_TEN)
    load(here, 6.0)
    source(here, 6.0)
    hours = here.run().hours
    assert hours.edges_s.tolist() == [0.0, 900.0]
    assert hours.load_mwh == pytest.approx([1.5])


def test_a_clean_share_that_begins_with_all_or_nothing_changes_too() -> None:
    here = site(3.0)
    load(here, 2.0)
    grid = here.terminal("grid")
    grid.offer(60.0, Flow.IMPORT, Flow.HEADROOM).state(10.0)
    grid.clean_pu = steps([0.0, HOUR, 2 * HOUR], [1.0, 0.25, 0.0])
    hours = here.run().hours
    assert hours.clean_import_mwh.tolist() == [2.0, 0.5, 0.0]
    assert hours.import_mwh.tolist() == [2.0, 2.0, 2.0]


def test_a_clean_share_that_changes_within_an_hour_counts_by_energy() -> None:
    here = site(2.0)
    bid = load(here, 1.0)
    grid = here.terminal("grid")
    grid.offer(60.0, Flow.IMPORT, Flow.HEADROOM).state(10.0)
    grid.clean_pu = steps([-900.0, 1800.0, 99999.0], [0.2, 1.0, 0.0])
    at(here, 2700.0, lambda: bid.state(3.0))
    hours = here.run().hours
    assert here.bus.settlements == 2  # none where the share changes
    # 1 MW for 30 min at 0.2 and 15 min at 1.0, 3 MW for 15 min at 1.0; then 3 MW for an hour
    assert hours.clean_import_mwh == pytest.approx([0.5 * 0.2 + 0.25 + 0.75, 3.0])
    assert hours.import_mwh == pytest.approx([1.5, 3.0])
    assert hours.clean_mwh.tolist() == hours.other_mwh.tolist() == [0.0, 0.0]


def test_a_partly_clean_source_is_divided() -> None:
    here = site(1.0)
    load(here, 8.0)
    source(here, 8.0)
    here.bus.terminals["source"].clean_pu = 0.75
    hours = here.run().hours
    assert (hours.clean_mwh.tolist(), hours.other_mwh.tolist()) == ([6.0], [2.0])


def test_a_store_has_its_levels_at_the_edges_of_hours_wherever_its_rows_begin() -> None:
    here = site(3.0)
    bid = load(here, 0.0)
    source(here, 4.0, price=10.0)
    store(here, level_mwh=2.0, max_mwh=100.0, charge_eff_pu=0.5, discharge_mw=2.0)
    at(here, 5400.0, lambda: bid.state(6.0))  # 4 MW from the source, 2 MW from the store
    hours = here.run().hours
    (battery,) = hours.stores
    # it takes 4 MW, half of which is stored, until 1:30, and gives 2 MW from then on
    assert battery.level_mwh == pytest.approx([2.0, 4.0, 2.0 + 3.0 - 1.0, 2.0])
    assert battery.charge_mwh == pytest.approx([4.0, 2.0, 0.0])
    assert battery.discharge_mwh == pytest.approx([0.0, 1.0, 2.0])
    assert (battery.name, battery.charge_eff_pu, battery.initial_clean_pu) == ("battery", 0.5, 0.0)


@pytest.mark.parametrize("rows", [1, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH + 5])
@pytest.mark.parametrize("record_s", [None, 900.0])
def test_hours_are_exact_where_a_batch_ends_and_whatever_is_recorded(
    rows: int, record_s: float | None
) -> None:
    here = site((rows * 7.0 + 3.0) / HOUR, calendar=PAST_TEN, record_s=record_s)
    wanted = steps(np.arange(rows) * 7.0, np.random.default_rng(rows).random(rows) * 10.0)
    here.play(wanted, load(here, 0.0).state)
    source(here, 5.0, price=10.0)
    store(here, level_mwh=500.0, max_mwh=1000.0)
    books = here.run()
    hours = books.hours
    (battery,) = hours.stores
    spans = list(zip(hours.edges_s[:-1], hours.edges_s[1:], strict=True))
    assert hours.load_mwh == pytest.approx([wanted.integral(*span) / HOUR for span in spans], rel=1e-12)
    gain = steps(
        wanted.times_s, 5.0 - wanted.values
    )  # what the load leaves, or lacks, goes through the store
    levels = [500.0 + gain.integral(0.0, until_s) / HOUR for until_s in hours.edges_s]
    assert battery.level_mwh == pytest.approx(levels, rel=1e-12)
    assert hours.other_mwh.sum() == pytest.approx(books.total_mwh(Flow.DELIVERED), rel=1e-12)
    assert battery.charge_mwh.sum() == pytest.approx(books.total_mwh(Flow.CHARGE), rel=1e-12)
    assert battery.discharge_mwh.sum() == pytest.approx(books.total_mwh(Flow.DISCHARGE), rel=1e-12)


@pytest.mark.parametrize("share", [-0.1, 1.1, 40.0])
def test_a_clean_share_beyond_0_and_1_is_refused(share: float) -> None:
    here = site()
    load(here, 1.0)
    source(here, 1.0, name="plant")
    here.bus.terminals["plant"].clean_pu = steps([0.0, 10.0], [0.5, share])
    with pytest.raises(ValueError, match=rf"^plant: clean_pu = {share:g} pu; allowed: 0 to 1 pu$"):
        here.run()


def test_hours_cannot_be_changed() -> None:
    here = site()
    load(here, 1.0)
    source(here, 1.0)
    store(here)
    hours: Hours = here.run().hours
    for array in (hours.load_mwh, hours.clean_mwh, hours.edges_s, hours.stores[0].level_mwh):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 2.0
