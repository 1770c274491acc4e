"""The energy charge: a line for each price, tiers by month, by day and by demand, and revenue of exports."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from meters import HOUR, QUARTER, meter, rows

from sim.contracts.energy_charge import EnergyCharge, TieredEnergyCharge, energy_lines
from sim.contracts.tiers import Tiers
from sim.timeseries.series import StepSeries, constant

ALWAYS = constant(0.0)
"""One period."""
FIFTEEN = (Tiers((15.0, inf), (100.0, 40.0)),)
"""The first 15 MWh at 100 USD/MWh, the rest at 40 USD/MWh."""


def levels(count: int) -> StepSeries:
    """So many prices, 10 USD/MWh, 11 USD/MWh and so on, one each quarter of an hour."""
    return StepSeries(np.arange(count) * QUARTER, 10.0 + np.arange(count))


def test_one_price_is_one_line_with_its_rate() -> None:
    metered = meter([8.0, 4.0])  # 2 MWh and 1 MWh
    assert rows(energy_lines("energy", metered, metered.drawn_mwh, constant(50.0))) == [
        ("energy", "", [3.0], 50.0, [150.0])
    ]


def test_each_of_a_few_prices_is_a_line_lowest_first() -> None:
    price = StepSeries(np.array([0.0, QUARTER, 2 * QUARTER]), np.array([80.0, 12.5, 80.0]))
    metered = meter([8.0, 4.0, 12.0])  # 2, 1 and 3 MWh
    assert rows(energy_lines("energy", metered, metered.drawn_mwh, price)) == [
        ("energy", "at 12.5 USD/MWh", [1.0], 12.5, [12.5]),
        ("energy", "at 80 USD/MWh", [5.0], 80.0, [400.0]),
    ]


def test_up_to_24_prices_are_lines_and_more_of_them_have_a_mean() -> None:
    few, many = meter([4.0] * 24), meter([4.0] * 25)  # 1 MWh in each quarter of an hour
    lines = energy_lines("energy", few, few.drawn_mwh, levels(24))
    assert [line.usd_per_unit for line in lines] == [10.0 + at for at in range(24)]
    (mean,) = energy_lines("energy", many, many.drawn_mwh, levels(25))
    # 10 + 11 + ... + 34 USD: 25 x 22
    assert rows([mean]) == [("energy", "mean rate", [25.0], None, [550.0])]


def test_prices_that_the_run_does_not_reach_are_not_counted() -> None:
    metered = meter([4.0, 4.0])
    found = energy_lines("energy", metered, metered.drawn_mwh, levels(100))
    assert [line.detail for line in found] == ["at 10 USD/MWh", "at 11 USD/MWh"]


def test_each_month_has_its_own_energy() -> None:
    # from 23:30 on 31 January: half an hour of 8 MW in January, a quarter of 4 MW in February
    metered = meter([8.0, 8.0, 4.0], start="2025-01-31T23:30:00+00:00")
    assert rows(energy_lines("energy", metered, metered.drawn_mwh, constant(50.0))) == [
        ("energy", "", [4.0, 1.0], 50.0, [200.0, 50.0])
    ]


def test_imports_are_charged_and_exports_are_revenue_each_at_its_price() -> None:
    metered = meter([8.0, 0.0], fed_mw=[0.0, 4.0])
    charge = EnergyCharge(constant(50.0), constant(-20.0))
    assert rows(charge.lines(metered)) == [
        ("energy charge", "", [2.0], 50.0, [100.0]),
        ("export revenue", "", [1.0], 20.0, [20.0]),  # a negative price: feeding in costs money
    ]
    assert [series.value_at(0.0) for series in charge.cuts()] == [50.0, -20.0]


def test_tiers_count_from_the_start_of_each_month() -> None:
    # 10 MW for two hours of January and two hours of February: 20 MWh each, 15 in the first tier
    metered = meter([10.0] * 4, step_s=HOUR, start="2025-01-31T22:00:00+00:00")
    charge = TieredEnergyCharge("energy", ALWAYS, FIFTEEN)
    assert rows(charge.lines(metered)) == [
        ("energy", "tier 1", [15.0, 15.0], 100.0, [1500.0, 1500.0]),
        ("energy", "tier 2", [5.0, 5.0], 40.0, [200.0, 200.0]),
    ]


def test_a_month_begins_by_the_local_clock() -> None:
    # the same instants in New York, where it is still January
    metered = meter([10.0] * 4, step_s=HOUR, start="2025-01-31T22:00:00+00:00", timezone="America/New_York")
    first, second = TieredEnergyCharge("energy", ALWAYS, FIFTEEN).lines(metered)
    assert rows([first, second]) == [
        ("energy", "tier 1", [15.0], 100.0, [1500.0]),
        ("energy", "tier 2", [25.0], 40.0, [1000.0]),
    ]


def test_tiers_by_day_count_from_each_local_midnight() -> None:
    # from 22:00 in New York 10 MW for 2 h, 2 h of the next day: 20 MWh each
    metered = meter([10.0] * 4, step_s=HOUR, start="2025-01-02T03:00:00+00:00", timezone="America/New_York")
    charge = TieredEnergyCharge("energy", ALWAYS, FIFTEEN, is_daily=True)
    assert rows(charge.lines(metered)) == [
        ("energy", "tier 1", [30.0], 100.0, [3000.0]),
        ("energy", "tier 2", [10.0], 40.0, [400.0]),
    ]


def test_tiers_by_day_count_from_the_start_of_a_run_on_the_last_day_before_1970() -> None:
    # 10 MW for 2 h of 31 December 1969 and 1 h of the next day: 15 + 10 MWh in the first tier
    metered = meter([10.0] * 3, step_s=HOUR, start="1969-12-31T22:00:00+00:00")
    first, second = TieredEnergyCharge("energy", ALWAYS, FIFTEEN, is_daily=True).lines(metered)
    assert (first.quantity, second.quantity) == (pytest.approx([15.0, 10.0]), pytest.approx([5.0, 0.0]))


def test_energy_of_all_periods_counts_for_the_tiers_in_the_order_of_time() -> None:
    # 10 MWh in period 0, then 10 MWh in period 1, of which 5 lie below 15 MWh, then 10 MWh in period 0
    periods = StepSeries(np.array([0.0, HOUR, 2 * HOUR]), np.array([0.0, 1.0, 0.0]))
    tiers = (Tiers((15.0, inf), (100.0, 40.0)), Tiers((15.0, inf), (200.0, 80.0)))
    charge = TieredEnergyCharge("energy", periods, tiers)
    assert rows(charge.lines(meter([10.0] * 3, step_s=HOUR))) == [
        ("energy", "period 0, tier 1", [10.0], 100.0, [1000.0]),
        ("energy", "period 0, tier 2", [10.0], 40.0, [400.0]),
        ("energy", "period 1, tier 1", [5.0], 200.0, [1000.0]),
        ("energy", "period 1, tier 2", [5.0], 80.0, [400.0]),
    ]
    assert list(charge.cuts()) == [periods]


def test_a_period_that_does_not_occur_has_no_line() -> None:
    tiers = (Tiers.flat(100.0), Tiers.flat(200.0), Tiers.flat(300.0))
    charge = TieredEnergyCharge("energy", constant(1.0), tiers)
    assert rows(charge.lines(meter([10.0], step_s=HOUR))) == [("energy", "period 1", [10.0], 200.0, [2000.0])]


@pytest.mark.parametrize(("interval_s", "first_mwh"), [(QUARTER, 60.0), (2 * QUARTER, 45.0), (HOUR, 30.0)])
def test_tiers_may_end_at_hours_of_the_months_peak(interval_s: float, first_mwh: float) -> None:
    """The first tier is for 1.5 MWh for each MW of the month's highest demand."""
    # peaks: 40 MW over a quarter, (40 + 20) / 2 over half an hour, (40 + 20 + 10 + 10) / 4 over an hour
    metered = meter([40.0, 20.0, 10.0, 10.0] + [15.0] * 16)  # 20 MWh, then 60 MWh
    tiers = (Tiers((1.5, inf), (100.0, 40.0)),)
    charge = TieredEnergyCharge("energy", ALWAYS, tiers, is_per_mw=True, demand_interval_s=interval_s)
    first, rest = charge.lines(metered)
    assert (first.quantity, rest.quantity) == (pytest.approx([first_mwh]), pytest.approx([80.0 - first_mwh]))


def test_each_month_has_tiers_by_its_own_peak() -> None:
    # January: 20 MW for 2 h; February: 10 MW for 2 h; the first tier ends at 1 h of the peak
    metered = meter([20.0, 20.0, 10.0, 10.0], step_s=HOUR, start="2025-01-31T22:00:00+00:00")
    charge = TieredEnergyCharge("energy", ALWAYS, (Tiers((1.0, inf), (100.0, 40.0)),), is_per_mw=True)
    first, rest = charge.lines(metered)
    assert (first.quantity, rest.quantity) == (pytest.approx([20.0, 10.0]), pytest.approx([20.0, 10.0]))


def test_energy_fed_is_revenue_in_tiers_of_its_own() -> None:
    # 10 MW are fed for 2 h; the 30 MW drawn at the same time do not count
    metered = meter([30.0, 30.0], step_s=HOUR, fed_mw=[10.0, 10.0])
    charge = TieredEnergyCharge("export revenue", ALWAYS, FIFTEEN, is_sold=True)
    assert rows(charge.lines(metered)) == [
        ("export revenue", "tier 1", [15.0], -100.0, [-1500.0]),
        ("export revenue", "tier 2", [5.0], -40.0, [-200.0]),
    ]
