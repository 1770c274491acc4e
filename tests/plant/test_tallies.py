"""The tallies: sums that grow with the benefit of a change, wear off, and end at the cost of a start."""

from __future__ import annotations

from math import inf

import pytest
from sites import HOUR, load, site, source

from sim.plant.residual import Residual
from sim.plant.tallies import Tallies
from sim.plant.traits import Traits

TRAITS = Traits(
    unit_mw=10.0,
    minimum_pu=0.5,
    start_min=0.0,
    min_up_h=0.0,
    min_down_h=0.0,
    marginal_usd_per_mwh=40.0,
    start_usd=1000.0,
    running=[(0.0, 100.0), (10.0, 500.0)],
)


def wanted(mw: float) -> Residual:
    """What a site would take that lacks some power at 150 USD/MWh."""
    here = site()
    load(here, mw, 150.0)
    plant = source(here, 0.0, 40.0)
    here.advance()
    return Residual(here.bus, plant.at, 1, 0.0)


def off(mw: float, hours: float = 0.0) -> Tallies:
    """Three units that are off and have been wanted for so long at this power."""
    tallies = Tallies(TRAITS, 3)
    tallies.rate(wanted(mw), running=0, starting=0, startable=3)
    tallies.advance(hours * HOUR)
    return tallies


def test_a_sum_grows_by_the_benefit_of_its_unit_until_it_has_come_to_the_cost_of_a_start() -> None:
    # 15 MW: the first brings 1,000 USD/h, the second 450, a third would cost 100
    assert (off(15.0).growing(0), off(15.0).growing(2)) == (2, 0)
    assert off(15.0).due_h() == pytest.approx(1.0)
    assert off(15.0, 0.4).due_h() == pytest.approx(0.6)
    due = off(15.0, 1.0)
    assert [due.is_due(unit) for unit in (-1, 0, 1, 2, 3)] == [False, True, False, False, False]
    assert due.due_h() == pytest.approx(1000 / 450 - 1.0)


def test_a_sum_never_exceeds_the_cost_of_a_start_and_wears_off_to_nothing() -> None:
    tallies = off(15.0, 100.0)
    tallies.rate(wanted(0.0), running=0, starting=0, startable=3)
    # nobody wants power: one unit at its minimum of 5 MW costs 300 USD/h, so 1,000 USD last 3 h and 20 min
    tallies.advance(103.3 * HOUR)
    assert tallies.is_adding()
    tallies.advance(103.4 * HOUR)
    tallies.rate(wanted(0.0), running=0, starting=0, startable=3)
    assert not tallies.is_adding()
    assert tallies.due_h() == inf


def test_units_that_run_add_up_what_they_lose_the_last_one_first() -> None:
    tallies = Tallies(TRAITS, 3)
    tallies.rate(wanted(6.0), running=2, starting=0, startable=1)
    # 6 MW: one unit costs 340 USD/h, two make 10 MW at least and cost 600
    assert tallies.due_h() == pytest.approx(1000 / 260)
    tallies.advance(4.0 * HOUR)
    assert [tallies.is_due(unit) for unit in range(3)] == [False, True, False]


def test_units_that_start_have_no_sum_and_others_that_cannot_start_lose_theirs() -> None:
    tallies = off(30.0, 0.5)
    tallies.rate(wanted(30.0), running=0, starting=1, startable=1)
    tallies.advance(1.0 * HOUR)
    assert [tallies.is_due(unit) for unit in range(3)] == [False, True, False]
    tallies.rate(wanted(30.0), running=0, starting=0, startable=3)
    tallies.advance(1.9 * HOUR)
    assert [tallies.is_due(unit) for unit in range(3)] == [True, True, False]  # the third began at nothing


def test_sums_that_are_cleared_begin_at_nothing() -> None:
    tallies = off(20.0, 0.5)
    tallies.clear(0, 1)
    assert tallies.growing(0) == 1
    assert tallies.due_h() == pytest.approx(0.5)
