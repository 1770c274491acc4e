"""Power: peaks with their window, extremes by month, and intervals that a run covers in part."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from builders import compute, serve, steps
from hypothesis import given
from hypothesis import strategies as st
from sites import HOUR, load, site, source

from sim.bus.flows import Flow
from sim.campus import GridConnection, MeasuredSource, ServerPool, TrainingJob
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import StepSeries


def test_a_load_of_100_mw_behind_60_mw_has_a_peak_demand_of_100_and_a_peak_load_of_60() -> None:
    summary = serve(100.0, {"grid": GridConnection(import_limit_mw=60.0)}, days=1).summary
    for window in ("", "15min_", "1h_"):
        values = [summary.to_dict()[f"peak_{name}_{window}mw"] for name in ("demand", "load", "import")]
        assert values == [100.0, 60.0, 60.0]
    assert (summary.lowest_load_mw, summary.peak_export_mw) == (60.0, 0.0)


def test_power_held_back_is_wanted() -> None:
    pool = ServerPool(servers=1, gpus_per_server=10, idle_w=0.0, busy_w=1e6)
    job = TrainingJob(pool="hall", gpus=10, work_gpu_h=50.0, worth_usd_per_mwh=50.0)
    summary = compute(pool, {"job": job}, import_price_usd_per_mwh=steps((0, 100.0), (6, 40.0))).summary
    # 1 MW is held back for 6 h, then served for 5 h
    assert (summary.peak_demand_mw, summary.peak_demand_at_h) == (1.0, 0.0)
    assert (summary.peak_load_mw, summary.peak_load_at_h, summary.lowest_load_mw) == (1.0, 6.0, 0.0)


def test_each_window_has_its_own_peak() -> None:
    # 90 MW for 5 minutes from 2:00, 30 MW for half an hour from 5:00, else 10 MW; 20 MW are made on site
    demand = {
        "times_s": [0.0, 2 * HOUR, 2 * HOUR + 300.0, 5 * HOUR, 5.5 * HOUR],
        "values": [10.0, 90.0, 10.0, 30.0, 10.0],
    }
    supply = {
        "grid": GridConnection(import_limit_mw=100.0, export_limit_mw=50.0, export_price_usd_per_mwh=10.0),
        "plant": MeasuredSource(power_mw=20.0),
    }
    summary = serve(demand, supply, days=1).summary
    assert (summary.peak_load_mw, summary.peak_load_at_h) == (90.0, 2.0)
    assert summary.peak_load_15min_mw == pytest.approx((90 * 5 + 10 * 10) / 15)  # 36.7 MW, above 30
    assert summary.peak_load_1h_mw == pytest.approx(20.0)  # (30 + 10) / 2 from 5:00; 16.7 from 2:00
    assert (summary.peak_import_mw, summary.peak_import_at_h) == (70.0, 2.0)
    assert summary.peak_import_15min_mw == pytest.approx(70 * 5 / 15)
    assert summary.peak_import_1h_mw == pytest.approx(5.83, abs=0.01)  # 70 MW for 5 minutes; 5 MW from 5:00
    assert (summary.peak_export_mw, summary.peak_export_at_h) == (10.0, 0.0)
    assert summary.lowest_load_mw == 10.0


def test_extremes_are_kept_by_local_month() -> None:
    calendar = Calendar(datetime(2025, 1, 31, 12, tzinfo=UTC), "UTC")
    here = site(24.0, calendar=calendar)
    bid = load(here, 0.0)
    source(here, 100.0)
    # 7 MW from 11:00, across midnight to 14:00; then 5 MW
    here.play(steps_s([0.0, 11 * HOUR, 14 * HOUR], [2.0, 7.0, 5.0]), bid.state)
    extremes = here.run().power.extremes["load"]
    assert extremes.highest_mw.tolist() == [7.0, 7.0]
    assert extremes.highest_at_s.tolist() == [11 * HOUR, 12 * HOUR]  # in February it begins at midnight
    assert extremes.lowest_mw.tolist() == [2.0, 5.0]


@pytest.mark.parametrize("rows_between", [1, 3000])  # within one posting of the books, and beyond
def test_a_peak_is_first_reached_before_a_later_sum_that_differs_by_rounding(rows_between: int) -> None:
    # 0.3 MW at the start; 0.1 + 0.2 MW, which is more by rounding, some rows later and in February
    here = site(40 * 24.0, calendar=Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC"))
    one, other = load(here, 0.0), load(here, 0.0, name="other")
    source(here, 100.0)
    between = [(HOUR + second, 0.1 if second % 2 else 0.05) for second in range(rows_between)]
    again = [(2 * HOUR, 0.1), (3 * HOUR, 0.05), (35 * 24 * HOUR, 0.1)]
    here.play(steps_s(*zip((0.0, 0.3), *between, *again, strict=True)), one.state)
    here.play(steps_s([0.0, 2 * HOUR], [0.0, 0.2]), other.state)
    extremes = here.run().power.extremes["load"]
    assert extremes.highest_mw.tolist() == [0.1 + 0.2, 0.1 + 0.2]
    assert 0.1 + 0.2 > 0.3
    assert extremes.peak_at_s == 0.0
    assert extremes.highest_at_s.tolist() == [0.0, 35 * 24 * HOUR]


def test_a_run_that_ends_one_second_into_a_step_does_not_bill_the_step_as_a_peak() -> None:
    step = {"times_s": [0.0, HOUR], "values": [10.0, 100.0]}
    grid = {"import_limit_mw": 200.0, "import_price_usd_per_mwh": 0.0, "demand_charge_usd_per_mw_month": 1.0}
    result = serve(step, {"grid": GridConnection(**grid)}, days=(HOUR + 1.0) / 86400.0)
    # one second of 100 MW in a quarter of an hour is a mean of 0.11 MW
    assert result.summary.peak_load_15min_mw == 10.0
    assert result.summary.peak_load_mw == 100.0
    assert result.summary.cost_lines_usd["demand charge"] == pytest.approx(10.0)


def test_a_run_that_begins_ten_seconds_before_a_quarter_ends_does_not_bill_them_as_a_peak() -> None:
    calendar = Calendar(datetime(2025, 1, 1, 0, 14, 50, tzinfo=UTC), "UTC")
    here = site(1.0, calendar=calendar)
    bid = load(here, 0.0)
    source(here, 200.0)
    here.play(steps_s([0.0, 10.0], [100.0, 10.0]), bid.state)
    power = here.run().power
    # 100 MW for 10 s of 900 s; the last quarter lacks its last 10 s
    assert power.means_mw["load"] == pytest.approx([100 * 10 / 900, 10.0, 10.0, 10.0, 10.0 * 890 / 900])


@given(
    st.lists(st.tuples(st.floats(1.0, 3 * HOUR), st.floats(0.0, 50.0)), max_size=8, unique_by=lambda c: c[0]),
    st.floats(0.0, 899.0),
)
def test_demand_is_never_below_load_and_a_longer_window_never_has_a_higher_peak(
    changes: list[tuple[float, float]], into_s: float
) -> None:
    calendar = Calendar(datetime.fromtimestamp(1735689600.0 + into_s, UTC), "UTC")
    here = site(4.0, calendar=calendar)
    bid = load(here, 0.0)
    source(here, 30.0)
    wanted = [(0.0, 20.0), *sorted(changes)]
    here.play(steps_s([t for t, _ in wanted], [mw for _, mw in wanted]), bid.state)
    books = here.run()
    power = books.power
    for name, flow in (("load", Flow.SERVED), ("demand", None)):
        quarter, hour = power.means_mw[name], power.hourly_mw(books.hours.edges_s)[name]
        assert power.extremes[name].peak_mw >= quarter.max() - 1e-9
        assert quarter.max() >= hour.max() - 1e-9
        mwh = books.total_mwh(flow) if flow else books.total_mwh(Flow.SERVED, Flow.UNSERVED)
        assert quarter.sum() * 0.25 == pytest.approx(mwh)
        assert hour.sum() == pytest.approx(mwh)
    assert (power.means_mw["demand"] >= power.means_mw["load"] - 1e-9).all()
    assert power.extremes["demand"].peak_mw >= power.extremes["load"].peak_mw


def steps_s(times_s: list[float], values: list[float]) -> StepSeries:
    """A series of elapsed seconds."""
    return StepSeries(np.array(times_s), np.array(values))


def test_hours_are_those_of_the_local_clock_also_half_an_hour_off_utc() -> None:
    # 100 MW from 10:00 to 11:00 in Kolkata, which is 5:30 ahead: a whole hour of its clock
    start = datetime(2025, 1, 1, tzinfo=ZoneInfo("Asia/Kolkata"))
    here = site(24.0, calendar=Calendar(start, "Asia/Kolkata"))
    bid = load(here, 0.0)
    source(here, 200.0)
    here.play(steps_s([0.0, 10 * HOUR, 11 * HOUR], [0.0, 100.0, 0.0]), bid.state)
    books = here.run()
    assert books.power.hourly_mw(books.hours.edges_s)["load"].max() == pytest.approx(100.0)
