"""Outages: times to failure and to repair have the distributions they should."""

from __future__ import annotations

from datetime import UTC, datetime
from math import expm1, sqrt

import numpy as np
import pytest
from scipy.stats import kstest

from sim.plant.outages import fail_and_repair, lognormal_h
from sim.site import Site
from sim.timeseries.calendar import Calendar
from sim.units import SECONDS_PER_HOUR


@pytest.fixture
def settlement() -> None:
    """No power is settled here: each test runs once."""


def history(mttf_h: float, mttr_h: float, *, hours: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Times in service and times under repair [h], over a run."""
    site = Site(Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC"), hours * SECONDS_PER_HOUR, seed=seed)
    turns_h = [0.0]

    def turn() -> None:
        turns_h.append(site.env.now / SECONDS_PER_HOUR)

    rng = site.rng("unit")
    site.process(fail_and_repair(site, rng, mttf_h=mttf_h, mttr_h=mttr_h, fail=turn, repair=turn))
    site.run()
    lengths = np.diff(turns_h)
    return lengths[::2], lengths[1::2]


def test_times_to_failure_and_to_repair_are_exponential_with_their_means() -> None:
    up_h, down_h = history(100.0, 5.0, hours=200_000.0, seed=3)
    assert len(up_h) > 1500
    assert kstest(up_h, "expon", args=(0, 100.0)).pvalue > 0.01
    assert kstest(down_h, "expon", args=(0, 5.0)).pvalue > 0.01


def test_the_forced_outage_rate_is_repair_over_the_whole_cycle() -> None:
    up_h, down_h = history(969.0, 31.0, hours=2_000_000.0, seed=5)
    rate = down_h.sum() / (up_h.sum() + down_h.sum())
    error = sqrt(2 * 969.0**2 * 31.0**2 / 1000.0**3 / 2_000_000.0)
    assert rate == pytest.approx(31 / 1000, abs=3 * error)


def test_interruptions_have_their_mean_and_a_long_tail() -> None:
    rng = np.random.default_rng(7)
    hours = np.array([lognormal_h(rng, 2.02) for _ in range(20_000)])
    error = 2.02 * sqrt(expm1(1.0) / len(hours))  # coefficient of variation of a lognormal with sigma 1
    assert hours.mean() == pytest.approx(2.02, abs=3 * error)
    assert np.median(hours) < 0.65 * hours.mean()  # exp(-1/2) = 0.607
