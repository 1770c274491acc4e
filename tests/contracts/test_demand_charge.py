"""Contracts: the demand charge of months and their peaks."""

from __future__ import annotations

import numpy as np
import pytest

from sim.contracts.demand_charge import demand_charge_usd


def test_each_month_is_charged_for_its_own_peak() -> None:
    mean_mw = np.array([5.0, 20.0, 6.0, 14.0, 6.0])
    month = np.array([24300, 24300, 24300, 24301, 24301])
    assert demand_charge_usd(mean_mw, month, 1000.0) == (20 + 14) * 1000


def test_the_same_month_of_another_year_is_another_month() -> None:
    assert demand_charge_usd(np.array([7.0, 9.0]), np.array([0, 12]), 2.0) == (7 + 9) * 2


def test_a_month_without_power_costs_nothing() -> None:
    assert demand_charge_usd(np.zeros(3), np.array([1, 1, 2]), 1000.0) == 0.0


def test_the_order_of_intervals_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    mean_mw, month = rng.uniform(0, 50, 300), rng.integers(0, 6, 300)
    shuffled = rng.permutation(300)
    expected = 10.0 * sum(mean_mw[month == number].max() for number in range(6))
    assert demand_charge_usd(mean_mw[shuffled], month[shuffled], 10.0) == pytest.approx(expected)
