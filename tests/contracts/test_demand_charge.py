"""The demand charge: peaks of months, periods and days, in tiers, with a minimum take, and at given hours."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from meters import HOUR, QUARTER, meter, rows

from sim.contracts.demand_charge import CoincidentCharge, DemandCharge
from sim.contracts.ratchet import Ratchet
from sim.contracts.tiers import Tiers
from sim.timeseries.series import StepSeries, constant

FLAT = (Tiers.flat(1000.0),)
TIERED = (Tiers((10.0, 25.0, inf), (100.0, 200.0, 300.0)),)
NEW_YEARS_EVE = "2025-01-31T23:00:00+00:00"
"""An hour before a month ends."""


def test_the_highest_quarter_of_each_month_is_charged() -> None:
    metered = meter([5.0, 30.0, 6.0, 14.0, 12.0, 9.0], start=NEW_YEARS_EVE)
    (line,) = DemandCharge(FLAT).lines(metered)
    assert rows([line]) == [("demand charge", "", [30.0, 12.0], 1000.0, [30_000.0, 12_000.0])]
    assert line.measured == pytest.approx([30.0, 12.0])


@pytest.mark.parametrize(
    ("interval_s", "peak_mw"),
    [(QUARTER, 40.0), (2 * QUARTER, 30.0), (HOUR, 25.0)],
)
def test_demand_is_the_mean_of_a_quarter_half_or_whole_hour(interval_s: float, peak_mw: float) -> None:
    # half hours: 30, 10, 29 and 21 MW; hours: 20 and 25 MW
    metered = meter([40.0, 20.0, 10.0, 10.0, 30.0, 28.0, 24.0, 18.0])
    (line,) = DemandCharge(FLAT, interval_s=interval_s).lines(metered)
    assert line.quantity == pytest.approx([peak_mw])


def test_demand_intervals_are_those_of_the_clock_and_not_of_the_run() -> None:
    # from 0:30: the first hour has half an hour of 40 MW and none before the run, the second has 30 MW
    metered = meter([40.0, 40.0, 30.0, 30.0, 30.0, 30.0], start="2025-01-01T00:30:00+00:00")
    (line,) = DemandCharge(FLAT, interval_s=HOUR).lines(metered)
    assert line.quantity == pytest.approx([30.0])


def test_each_tier_is_charged_for_the_demand_in_it() -> None:
    # 30 MW: 10 MW at 100, 15 MW at 200 and 5 MW at 300; in February 12 MW: 10 MW and 2 MW
    metered = meter([30.0, 30.0, 30.0, 30.0, 12.0], start=NEW_YEARS_EVE)
    lines = DemandCharge(TIERED, label="at any time").lines(metered)
    assert rows(lines) == [
        ("demand charge", "at any time, tier 1", [10.0, 10.0], 100.0, [1000.0, 1000.0]),
        ("demand charge", "at any time, tier 2", [15.0, 2.0], 200.0, [3000.0, 400.0]),
        ("demand charge", "at any time, tier 3", [5.0, 0.0], 300.0, [1500.0, 0.0]),
    ]
    assert [line.measured for line in lines] == [None, None, None]


def test_each_period_is_charged_for_its_own_peak_and_one_without_a_rate_has_no_line() -> None:
    periods = StepSeries(np.array([0.0, HOUR, 2 * HOUR]), np.array([0.0, 1.0, 2.0]))
    tiers = (Tiers.flat(5.0), Tiers.flat(0.0), Tiers.flat(9.0))
    lines = DemandCharge(tiers, periods, label="time of use").lines(meter([20.0, 50.0, 30.0], step_s=HOUR))
    assert rows(lines) == [
        ("demand charge", "time of use, period 0", [20.0], 5.0, [100.0]),
        ("demand charge", "time of use, period 2", [30.0], 9.0, [270.0]),
    ]


def test_a_demand_interval_belongs_to_the_period_in_which_it_begins() -> None:
    periods = StepSeries(np.array([0.0, QUARTER]), np.array([0.0, 1.0]))
    metered = meter([10.0, 30.0, 30.0, 30.0, 12.0, 12.0, 12.0, 12.0])
    lines = DemandCharge((Tiers.flat(1.0), Tiers.flat(1.0)), periods, HOUR).lines(metered)
    # the first hour, (10 + 3 x 30) / 4 = 25 MW, begins in period 0
    assert [line.quantity.tolist() for line in lines if line.quantity is not None] == [[25.0], [12.0]]


def test_only_its_months_are_charged() -> None:
    metered = meter([30.0] * 4 + [12.0], start=NEW_YEARS_EVE)
    (line,) = DemandCharge(FLAT, months=(2,)).lines(metered)
    assert rows([line]) == [("demand charge", "", [0.0, 12.0], 1000.0, [0.0, 12_000.0])]


def test_the_minimum_take_is_billed_in_months_of_the_period_and_the_measured_demand_is_kept() -> None:
    # period 1 occurs in February only
    periods = StepSeries(np.array([0.0, HOUR]), np.array([0.0, 1.0]))
    tiers = (Tiers.flat(0.0), Tiers.flat(1000.0))
    metered = meter([30.0] * 4 + [12.0], start=NEW_YEARS_EVE)
    (line,) = DemandCharge(tiers, periods, least_mw=20.0).lines(metered)
    assert rows([line]) == [("demand charge", "period 1", [0.0, 20.0], 1000.0, [0.0, 20_000.0])]
    assert line.measured == pytest.approx([0.0, 12.0])


def test_demand_above_the_minimum_take_is_billed_as_measured() -> None:
    (line,) = DemandCharge(FLAT, least_mw=20.0).lines(meter([25.0]))
    assert line.quantity == pytest.approx([25.0])


def test_a_ratchet_and_a_minimum_take_are_both_floors() -> None:
    # 40 MW in December: at least 0.5 x 40 MW in January; then 0.5 x 40 again
    ratchet = Ratchet(share_pu=0.5, peaks_before_mw={"2024-12": 40.0})
    metered = meter([12.0] * 8, start=NEW_YEARS_EVE)
    (line,) = DemandCharge(FLAT, ratchet=ratchet).lines(metered)
    assert (line.quantity, line.measured) == (pytest.approx([20.0, 20.0]), pytest.approx([12.0, 12.0]))
    (line,) = DemandCharge(FLAT, ratchet=ratchet, least_mw=22.0).lines(metered)
    assert line.quantity == pytest.approx([22.0, 22.0])


def test_tiers_divide_the_billed_demand_and_not_the_measured_one() -> None:
    lines = DemandCharge(TIERED, least_mw=30.0).lines(meter([4.0]))
    assert [line.quantity.tolist() for line in lines if line.quantity is not None] == [[10.0], [15.0], [5.0]]


def test_peaks_of_days_are_added_up_each_with_its_own_tiers() -> None:
    # from 22:00: two hours of 30 MW, then a day that has 12 MW at most
    metered = meter([30.0] * 8 + [8.0, 12.0] + [4.0] * 94, start="2025-01-01T22:00:00+00:00")
    lines = DemandCharge(TIERED, is_daily=True).lines(metered)
    assert rows(lines) == [
        ("demand charge", "sum of daily peaks, tier 1", [20.0], 100.0, [2000.0]),
        ("demand charge", "sum of daily peaks, tier 2", [17.0], 200.0, [3400.0]),
        ("demand charge", "sum of daily peaks, tier 3", [5.0], 300.0, [1500.0]),
    ]


def test_the_minimum_take_of_a_charge_by_day_is_billed_on_each_day() -> None:
    # from 22:00: two hours of 30 MW, then a day of 8 MW
    metered = meter([30.0] * 8 + [8.0] * 96, start="2025-01-01T22:00:00+00:00")
    (line,) = DemandCharge(FLAT, is_daily=True, least_mw=10.0).lines(metered)
    assert line.quantity == pytest.approx([30.0 + 10.0])


def test_days_begin_by_the_local_clock_and_belong_to_their_month() -> None:
    # 4:00 UTC on 1 February is 23:00 of 31 January in New York
    metered = meter([30.0] * 4 + [12.0] * 8, start="2025-02-01T04:00:00+00:00", timezone="America/New_York")
    (line,) = DemandCharge(FLAT, is_daily=True, label="at any time").lines(metered)
    assert rows([line]) == [
        ("demand charge", "at any time, sum of daily peaks", [30.0, 12.0], 1000.0, [30_000.0, 12_000.0])
    ]


def test_a_coincident_charge_is_on_the_highest_demand_of_its_hours_once() -> None:
    # hours from 1:00 and from 3:00; the highest of their quarters, 18 MW, is in the second one
    metered = meter([50.0] * 4 + [12.0, 15.0, 10.0, 10.0] + [60.0] * 4 + [9.0, 18.0, 9.0, 9.0])
    (line,) = CoincidentCharge(5000.0, np.array([HOUR, 3 * HOUR])).lines(metered)
    assert rows([line]) == [("demand charge", "coincident peak", [18.0], 5000.0, [90_000.0])]


def test_a_coincident_charge_is_in_the_month_of_its_demand() -> None:
    metered = meter([12.0] * 4 + [15.0] * 4, start=NEW_YEARS_EVE)
    (line,) = CoincidentCharge(1000.0, np.array([0.0, HOUR])).lines(metered)
    assert line.usd == pytest.approx([0.0, 15_000.0])
    (line,) = CoincidentCharge(1000.0, np.array([0.0])).lines(metered)
    assert line.usd == pytest.approx([12_000.0, 0.0])


def test_a_coincident_hour_is_counted_in_whole_demand_intervals() -> None:
    metered = meter([40.0, 20.0, 10.0, 10.0])
    (line,) = CoincidentCharge(1.0, np.array([0.0]), HOUR).lines(metered)
    assert line.quantity == pytest.approx([20.0])


def test_without_any_of_its_hours_in_the_run_there_is_no_coincident_line() -> None:
    assert CoincidentCharge(1.0, np.array([-HOUR, 5 * HOUR])).lines(meter([40.0] * 4)) == []


@given(
    st.lists(st.floats(0.0, 500.0), min_size=1, max_size=200),
    st.sampled_from([QUARTER, 2 * QUARTER, HOUR]),
    st.floats(0.0, 500.0),
)
def test_billed_demand_is_at_least_measured_demand_and_the_minimum_take(
    drawn_mw: list[float], interval_s: float, least_mw: float
) -> None:
    metered = meter(drawn_mw, start=NEW_YEARS_EVE)
    (line,) = DemandCharge(FLAT, constant(0.0), interval_s, least_mw=least_mw).lines(metered)
    assert line.quantity is not None
    assert (line.quantity >= metered.highest_mw(interval_s)).all()
    assert (line.quantity >= least_mw).all()
