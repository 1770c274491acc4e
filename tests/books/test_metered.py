"""Metered energy: demand intervals put together again, and the month of an instant."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from sim.books.metered import Metered
from sim.timeseries.calendar import Calendar

QUARTER = 900.0
UTC_CLOCK = Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC")


def metered(edges_s: list[float], drawn_mwh: list[float], demand_edges_s: list[float]) -> Metered:
    drawn = np.array(drawn_mwh)
    months = np.array([0.0, 2400.0, edges_s[-1]])
    return Metered(np.array(edges_s), drawn, drawn * 0.0, np.array(demand_edges_s), months, UTC_CLOCK)


def test_a_demand_interval_is_the_mean_of_its_parts() -> None:
    # a price changes at 300 s, a month at 2400 s; the last quarter ends with the run after 200 s
    found = metered(
        [0.0, 300.0, 900.0, 1800.0, 2400.0, 2700.0, 2900.0],
        [1.0, 0.5, 2.0, 1.0, 0.25, 0.5],
        [0.0, 900.0, 1800.0, 2700.0, 2900.0],
    )
    # 1.5 MWh in 0.25 h, 2 MWh, 1.25 MWh, and 0.5 MWh in the 200 s of the last quarter that the run covers
    assert found.demand_mw(QUARTER) == pytest.approx([6.0, 8.0, 5.0, 2.0])


def test_a_run_within_a_quarter_has_the_mean_of_the_whole_quarter() -> None:
    # 6 MW for a minute: 0.1 MWh in a quarter of an hour
    assert metered([0.0, 60.0], [0.1], [0.0, 60.0]).demand_mw(QUARTER) == pytest.approx([0.4])


def test_a_month_begins_at_its_edge() -> None:
    found = metered([0.0, 2400.0, 4800.0], [1.0, 1.0], [0.0, 4800.0])
    assert found.month_of(np.array([0.0, 2399.9, 2400.0, 4799.0])).tolist() == [0, 0, 1, 1]


def test_a_month_begins_with_an_interval() -> None:
    found = metered([0.0, 900.0, 2400.0, 2700.0, 3600.0], [1.0] * 4, [0.0, 900.0, 1800.0, 2700.0, 3600.0])
    assert found.month_begins.tolist() == [0, 2, 4]
