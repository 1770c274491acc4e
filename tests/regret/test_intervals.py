"""The intervals of the program: which changes cut, and which are means."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from builders import serve, steps

from sim import Result
from sim.campus import Battery, GridConnection, MeasuredSource
from sim.regret.intervals import Intervals
from sim.timeseries.series import StepSeries


def sunny(changes: int, **grid: Any) -> Result:
    """A day of 2 MW with a source that switches between 4 and 0 MW in the hour from 10 on."""
    times = [10.0 + at / (changes + 1) for at in range(1, changes + 1)]
    values = [4.0 * (at % 2) for at in range(1, changes + 1)]
    source = MeasuredSource(power_mw=steps((0, 0.0), *zip(times, values, strict=True)))
    grid = {"import_limit_mw": 5.0, "import_price_usd_per_mwh": 50.0, **grid}
    return serve(2.0, {"grid": GridConnection(**grid), "source": source})


def test_up_to_four_changes_of_an_hour_cut_it() -> None:
    found = sunny(4).regret()
    assert found.intervals == 5
    # 4 MW for a fifth of an hour twice: half of it is used
    assert found.gap_usd == pytest.approx(0.0, abs=1e-6)


def test_an_hour_with_more_changes_is_one_interval_with_means() -> None:
    found = sunny(6).regret()
    assert found.intervals == 3
    # 4 MW for 3 of 7 parts of the hour are a mean of 12 / 7 MW, of which the run can use only half
    assert found.gap_usd == pytest.approx(6.0 / 7.0 * 50.0)


def test_prices_cut_however_often_they_change() -> None:
    price = steps(*((at / 10.0, float(10 * (at % 2))) for at in range(100)))
    grid = GridConnection(import_limit_mw=5.0, import_price_usd_per_mwh=price)
    assert serve(2.0, {"grid": grid}).regret().intervals == 100


def test_means_and_highest_values_are_those_of_the_rows() -> None:
    result = sunny(6)
    hours = np.arange(25) * 3600.0
    intervals = Intervals(hours, Intervals.of(result, [], [], [], []).metered, result.books)
    mw = StepSeries(result.books.t_s, np.arange(float(len(result.books.t_s))))
    assert intervals.means_of(mw) == pytest.approx(mw.integrals(hours) / 3600.0)
    expected = [mw.highest(begin_s, end_s) for begin_s, end_s in pairwise(hours.tolist())]
    assert intervals.highest_of(mw) == pytest.approx(expected)
    limit = np.full(24, 2.5)
    assert intervals.means_up_to(mw.values, limit) == pytest.approx(mw.capped(2.5).integrals(hours) / 3600.0)


def test_a_year_whose_powers_change_every_few_minutes_has_hours_as_intervals() -> None:
    rng = np.random.default_rng(1)
    times = (np.arange(30 * 24 * 12) * 300.0).tolist()
    sun = MeasuredSource(power_mw={"times_s": times, "values": rng.uniform(0.0, 4.0, len(times)).tolist()})
    grid = GridConnection(import_limit_mw=9.0, import_price_usd_per_mwh=50.0)
    store = Battery(power_mw=1.0, energy_mwh=4.0)
    found = serve(3.0, {"grid": grid, "sun": sun, "battery": store}, days=30.0).regret()
    assert found.intervals == 30 * 24
    assert found.gap_usd >= 0.0
