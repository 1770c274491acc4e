"""Adequacy: firm capacity, reserve margin and N-1 at each instant, by hand and against brute force."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from builders import compute, serve, steps
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import HOUR, at, load, site

from sim.books.adequacy import Tightest
from sim.campus import (
    Battery,
    GasTurbines,
    GridConnection,
    MeasuredSource,
    ServerPool,
    SmallModularReactor,
    TrainingJob,
)
from sim.timeseries.calendar import Calendar


def test_firm_capacity_over_demand_is_tightest_where_demand_is_highest() -> None:
    summary = serve(
        steps((0, 50.0), (6, 80.0), (12, 60.0)), {"grid": GridConnection(import_limit_mw=100.0)}
    ).summary
    assert summary.reserve_margin == pytest.approx(100 / 80 - 1)
    assert (summary.firm_at_tightest_mw, summary.demand_at_tightest_mw) == (100.0, 80.0)
    assert summary.reserve_margin_at_h == 6.0
    assert summary.reserve_margin_n1 == -1.0  # without its only connection nothing is left


def test_it_is_tightest_where_the_import_limit_is_lowest_for_the_demand() -> None:
    limit = steps((0, 100.0), (3, 55.0), (9, 100.0))
    summary = serve(steps((0, 50.0), (6, 80.0)), {"grid": GridConnection(import_limit_mw=limit)}).summary
    assert (summary.reserve_margin, summary.reserve_margin_at_h) == (pytest.approx(55 / 80 - 1), 6.0)


def test_what_depends_on_weather_is_not_firm() -> None:
    supply = {"grid": GridConnection(import_limit_mw=100.0), "wind": MeasuredSource(power_mw=500.0)}
    assert serve(80.0, supply).summary.firm_at_tightest_mw == 100.0


def test_n_1_leaves_out_the_largest_unit_store_or_connection() -> None:
    never = {"mttf_h": 1e12}
    supply = {
        "smr": SmallModularReactor(modules=3, module_mw=50.0, refuelling_d=0.0, **never),
        "gas": GasTurbines(units=2, unit_mw=55.0, **never),
        "grid": GridConnection(import_limit_mw=40.0),
        # (1 - 0.2) x 400 MWh x 0.948 / 4 h = 75.8 MW, the largest of all
        "battery": Battery(power_mw=200.0, energy_mwh=400.0),
    }
    result = serve(300.0, supply)
    store_mw = 0.8 * 400 * 0.948 / 4
    firm_mw = 150 + 110 + 40 + store_mw
    assert result.summary.reserve_margin == pytest.approx(firm_mw / 300 - 1)
    assert result.summary.reserve_margin_n1 == pytest.approx((firm_mw - store_mw) / 300 - 1)
    tightest = result.books.adequacy.tightest("all_n1")
    assert tightest is not None
    assert (tightest.largest, tightest.largest_mw) == ("battery", pytest.approx(store_mw))


def test_the_largest_unit_is_named_wherever_it_stands_in_the_list() -> None:
    supply = {
        "a": GasTurbines(units=2, unit_mw=30.0, mttf_h=1e12),
        "b": GridConnection(import_limit_mw=100.0),
        "c": GasTurbines(units=1, unit_mw=55.0, mttf_h=1e12),
    }
    tightest = serve(150.0, supply).books.adequacy.tightest("all_n1")
    assert tightest is not None
    assert (tightest.largest, tightest.largest_mw, tightest.firm_mw) == ("b", 100.0, 115.0)


def test_a_module_that_refuels_is_not_firm_and_neither_is_one_that_is_not_in_service_yet() -> None:
    unit = {"module_mw": 50.0, "mttf_h": 1e12, "refuelling_d": 10.0, "refuelling_interval_d": 700.0}
    smr = SmallModularReactor(modules=2, first_refuelling_d=5.0, in_service=[0.0, 20.0], **unit)
    result = serve(60.0, {"smr": smr}, days=30)
    # from day 5 to 15 the only module in service refuels
    assert result.summary.reserve_margin == -1.0
    assert result.summary.reserve_margin_at_h == 5 * 24.0
    at_day = [result.firm_mw.value_at(day * 86400.0) for day in (1, 6, 16, 21)]
    assert at_day == [50.0, 0.0, 50.0, 100.0]
    without = [result.firm_n1_mw.value_at(day * 86400.0) for day in (1, 6, 16, 21)]
    assert without == [0.0, 0.0, 0.0, 50.0]


def test_a_planned_outage_is_not_firm_and_a_forced_one_is() -> None:
    outage = [{"start": 2.0, "duration_h": 24.0}]
    grid = GridConnection(import_limit_mw=100.0, planned_outages=outage)
    summary = serve(80.0, {"grid": grid}, days=5).summary
    assert (summary.reserve_margin, summary.reserve_margin_at_h) == (-1.0, 48.0)
    grid = GridConnection(import_limit_mw=100.0, interruptions_per_year=500.0)
    assert serve(80.0, {"grid": grid}, days=5).summary.reserve_margin == pytest.approx(0.25)


def test_margins_are_given_for_firm_demand_alone_too() -> None:
    pool = ServerPool(servers=1, gpus_per_server=10, idle_w=2e6, busy_w=10e6)
    job = TrainingJob(pool="hall", gpus=10, work_gpu_h=1e6, worth_usd_per_mwh=50.0)
    summary = compute(pool, {"job": job}, import_limit_mw=8.0, import_price_usd_per_mwh=40.0).summary
    assert summary.reserve_margin == pytest.approx(8 / 10 - 1)
    assert summary.reserve_margin_firm == pytest.approx(8 / 2 - 1)


def test_a_site_that_wants_nothing_has_no_margin() -> None:
    summary = serve(0.0, {"grid": GridConnection(import_limit_mw=100.0)}).summary
    assert summary.reserve_margin is summary.reserve_margin_n1 is summary.reserve_margin_at_h is None


def test_firm_capacity_that_changes_without_a_settlement_counts_from_its_instant_on() -> None:
    here = site(4.0)
    load(here, 10.0)
    plant = here.terminal("plant")
    plant.offer(0.0).state(20.0)
    plant.firm_mw.state(20.0)
    at(here, 1.5 * HOUR, lambda: plant.firm_mw.state(12.0))
    at(here, 2.5 * HOUR, lambda: plant.firm_mw.state(20.0))
    books = here.run()
    assert books.settlements == 1
    assert books.adequacy.tightest("all") == Tightest(1.5 * HOUR, 12.0, 10.0)


CHANGES = st.lists(
    st.tuples(st.integers(1, 47), st.just(0.0) | st.floats(0.01, 100.0)),
    max_size=6,
    unique_by=lambda change: change[0],
).map(lambda changes: steps((0, 30.0), *sorted(changes)))


@settings(max_examples=60)
@given(CHANGES, CHANGES, st.sampled_from([None, 3600.0]))
def test_margins_agree_with_brute_force_whatever_is_recorded(wanted: Any, limit: Any, record_s: Any) -> None:
    supply = {
        "grid": GridConnection(import_limit_mw=limit),
        "gas": GasTurbines(units=2, unit_mw=20.0, mttf_h=1e12, in_service=[0.0, 1.0]),
    }
    result = serve(wanted, supply, days=2, record_s=record_s)
    margins, without = [], []
    series = {
        name: np.repeat(one["values"], np.diff([*one["times_s"], 48 * HOUR]).astype(int) // 3600)
        for name, one in (("wanted", wanted), ("limit", limit))
    }
    for hour in range(48):
        gas_mw = 20.0 if hour < 24 else 40.0
        firm_mw, want_mw = series["limit"][hour] + gas_mw, series["wanted"][hour]
        if want_mw > 0.0:
            margins.append(firm_mw / want_mw - 1.0)
            without.append((firm_mw - max(20.0, series["limit"][hour])) / want_mw - 1.0)
    assert result.summary.reserve_margin == pytest.approx(min(margins))
    assert result.summary.reserve_margin_n1 == pytest.approx(min(without))


def test_the_tightest_instant_of_each_month_is_kept() -> None:
    calendar = Calendar(datetime(2025, 1, 31, 12, tzinfo=UTC), "UTC")
    here = site(48.0, calendar=calendar)
    bid = load(here, 0.0)
    plant = here.terminal("plant")
    plant.offer(0.0).state(100.0)
    plant.firm_mw.state(100.0)
    at(here, 0.0, lambda: bid.state(50.0))
    at(here, 20 * HOUR, lambda: bid.state(80.0))
    books = here.run()
    january, february = books.adequacy.months["all"]
    assert january == Tightest(0.0, 100.0, 50.0)
    assert february == Tightest(20 * HOUR, 100.0, 80.0)  # the 50 MW of January go on to 8:00 on 1 February
    assert books.adequacy.tightest("all") == february
    assert [one and one.largest_mw for one in books.adequacy.months["all_n1"]] == [100.0, 100.0]


def test_n_1_leaves_out_no_unit_that_is_away() -> None:
    unit = {"module_mw": 50.0, "mttf_h": 1e12, "refuelling_d": 10.0, "refuelling_interval_d": 700.0}
    smr = SmallModularReactor(modules=1, first_refuelling_d=5.0, **unit)
    result = serve(60.0, {"smr": smr, "grid": GridConnection(import_limit_mw=30.0)}, days=8)
    # while the module refuels, the 30 MW of the grid are the largest unit, and without them nothing is left
    tightest = result.books.adequacy.tightest("all_n1")
    assert tightest is not None
    assert (tightest.firm_mw, tightest.largest, tightest.largest_mw) == (0.0, "grid", 30.0)
    assert tightest.at_s == 5 * 24 * HOUR


def test_where_nothing_is_firm_without_the_largest_the_first_instant_is_the_tightest() -> None:
    grid = GridConnection(import_limit_mw=100.0)
    result = serve(steps((0, 50.0), (6, 80.0), (12, 60.0)), {"grid": grid})
    tightest = result.books.adequacy.tightest("all_n1")
    assert tightest is not None
    assert (tightest.at_s, tightest.wanted_mw, tightest.firm_mw) == (0.0, 50.0, 0.0)


def test_a_month_in_the_middle_of_a_row_begins_with_the_month() -> None:
    made = serve(50.0, {"grid": GridConnection(import_limit_mw=100.0)}, days=60.0)
    months = made.books.adequacy.months["all"]
    assert [one.at_s for one in months if one is not None] == [0.0, 31 * 24 * HOUR, 59 * 24 * HOUR]
