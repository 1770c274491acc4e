"""The peak target: what has been reached, and what may be added, interval by interval."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import numpy as np
import pytest
from sites import HOUR, at, load, site

from sim.bus.block import Block
from sim.bus.flows import Flow
from sim.contracts.charges import Charges
from sim.contracts.demand_charge import DemandCharge
from sim.contracts.peak_target import PeakTarget, PeakTargets
from sim.contracts.ratchet import Ratchet
from sim.contracts.tiers import Tiers
from sim.site import Site
from sim.strategies.peak_shaving import PeakShaving
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import constant

QUARTER = HOUR / 4


class Followed:
    """A connection without a store, and its target."""

    def __init__(self, hours: float, *, start: datetime | None = None, **charge: Any) -> None:
        begins = datetime(2025, 1, 1, tzinfo=UTC) if start is None else start
        self.site: Site = site(hours, calendar=Calendar(begins, "UTC"))
        self.load: Block = load(self.site, 0.0)
        self.offer = self.site.terminal("grid").offer(60.0, Flow.IMPORT, Flow.HEADROOM)
        self.offer.state(1000.0)
        self.target = PeakTarget(self.site, first_mw=8.0, keep_pu=0.9, hours_at_peak=24.0)
        demand = DemandCharge((Tiers.flat(12_000.0),), **charge)
        self.restated = 0
        charges = Charges(constant(60.0), constant(0.0), (demand,))
        self.shadow = self.target.begin(charges, [self.offer], self._restate)

    def _restate(self) -> None:
        self.restated += 1

    def draws(self, *changes: tuple[float, float]) -> None:
        """The load changes at these quarters of an hour."""
        for quarters, mw in changes:
            at(self.site, quarters * QUARTER, lambda mw=mw: self.load.state(mw))

    def look(self, *quarters: float) -> np.ndarray:
        """Run; what was reached, what is free and the target at these quarters of an hour."""
        found: list[tuple[float, float, float]] = []

        def see() -> None:
            found.append((self.target.reached_mw, self.target.free_mw, self.target.mw))

        for one in quarters:
            at(self.site, one * QUARTER, see)
        self.site.run()
        return np.array(found)


def test_the_shadow_price_spreads_the_demand_charge_over_its_hours() -> None:
    assert Followed(1.0).shadow.value_at(0.0) == 12_000.0 / 24.0


@pytest.mark.parametrize(
    ("first_mw", "hours_at_peak", "expected"),
    [
        (0.0, 24.0, [0.0, 500.0]),  # no target in January
        (8.0, None, [0.0, 0.0]),
        (8.0, 1.0, [1000.0, 1000.0]),  # 12,000 USD/MWh would be above what firm load is worth
    ],
)
def test_the_shadow_price_begins_with_a_target_and_has_a_limit(
    first_mw: float, hours_at_peak: float | None, expected: list[float]
) -> None:
    here = site(40.0 * 24.0)
    offer = here.terminal("grid").offer(60.0, Flow.IMPORT, Flow.HEADROOM)
    target = PeakTarget(here, first_mw=first_mw, keep_pu=0.9, hours_at_peak=hours_at_peak)
    charges = Charges(constant(60.0), constant(0.0), (DemandCharge((Tiers.flat(12_000.0),)),))
    shadow = target.begin(charges, [offer], lambda: None)
    assert [shadow.value_at(0.0), shadow.value_at(35.0 * 24.0 * HOUR)] == expected


def test_the_mean_of_an_interval_is_reached_at_its_end() -> None:
    followed = Followed(2.0)
    followed.draws((0.0, 6.0), (1.5, 12.0), (3.0, 2.0))
    # 6 MW; then half a quarter of 6 and half of 12; then 12; then 2
    expected = [(0.0, 0.0, 8.0), (6.0, 6.0, 8.0), (9.0, 9.0, 9.0), (12.0, 12.0, 12.0)]
    assert followed.look(0.9, 1.1, 2.1, 3.1) == pytest.approx(np.array(expected))


def test_within_an_interval_that_has_exceeded_the_peak_less_is_free() -> None:
    followed = Followed(2.0)
    followed.draws((0.0, 12.0), (4.0, 20.0), (4.5, 0.0), (5.0, 3.0))
    # half a quarter of 20 MW leaves 4 MW for the other half of one of 12
    expected = [(12.0, 12.0, 12.0), (12.0, 4.0, 12.0), (12.0, 12.0, 12.0)]
    assert followed.look(3.9, 4.6, 5.1) == pytest.approx(np.array(expected))


def test_a_quarter_that_the_run_covers_in_part_counts_as_a_whole_one() -> None:
    start = datetime(2025, 1, 1, 0, 10, tzinfo=UTC)
    followed = Followed(1.0, start=start)
    followed.draws((0.0, 6.0))
    # the quarter ends after 5 min, with a mean of 2 MW; the next one has 6
    assert followed.look(0.3, 0.4, 1.3, 1.4)[:, 0] == pytest.approx([0.0, 2.0, 2.0, 6.0])


def test_intervals_of_an_hour_are_those_of_the_clock() -> None:
    start = datetime(2025, 1, 1, 0, 30, tzinfo=UTC)
    followed = Followed(2.0, start=start, interval_s=HOUR)
    followed.draws((0.0, 8.0))
    # half an hour of 8 MW are a mean of 4 at one o'clock
    assert followed.look(1.9, 2.1, 5.9, 6.1)[:, 0] == pytest.approx([0.0, 4.0, 4.0, 8.0])


def test_a_month_begins_with_its_floor_and_a_share_of_the_last_peak() -> None:
    start = datetime(2025, 2, 1, tzinfo=UTC) - timedelta(hours=1)
    followed = Followed(2.0, start=start, ratchet=Ratchet(share_pu=0.5))
    followed.draws((0.0, 10.0), (3.9, 1.0))
    before, after = followed.look(3.95, 4.05)
    assert before == pytest.approx((10.0, 10.0, 10.0))
    # half of 10 is billed, but a peak of 5 would count for later months; the target is 0.9 x 10
    assert after == pytest.approx((0.0, 0.0, 9.0))


def test_a_target_that_failed_is_raised_half_way_to_the_peak() -> None:
    start = datetime(2025, 2, 1, tzinfo=UTC) - timedelta(hours=1)
    followed = Followed(2.0, start=start)
    followed.draws((0.0, 8.4), (3.9, 1.0))
    # it began with 8 MW and reached 8.4: 0.9 x 8.4 is lower than half-way, 8.2
    assert followed.look(4.05)[0] == pytest.approx((0.0, 0.0, 8.2))


def test_a_minimum_take_is_reached_from_the_beginning() -> None:
    followed = Followed(1.0, least_mw=11.0)
    assert followed.look(0.1).tolist() == [[11.0, 11.0, 11.0]]


def test_a_month_without_the_charge_has_nothing_to_shave() -> None:
    assert Followed(1.0, least_mw=11.0, months=(7, 8)).look(0.1).tolist() == [[inf, inf, inf]]


def test_a_target_without_a_name_is_for_any_connection() -> None:
    targets, made, spec = PeakTargets(), Followed(1.0).target, PeakShaving()
    charges = Charges(constant(50.0), constant(0.0), ())
    assert targets.of("grid", charges) is None
    targets.ask(spec, "west", made)
    assert (targets.of("west", charges), targets.of("east", charges)) == (made, None)
    targets.ask(spec, None, made)
    assert targets.of("east", charges) is made


def test_a_target_for_charges_is_of_no_use_without_one() -> None:
    here = site(1.0)
    targets, made = PeakTargets(), PeakTarget(here, first_mw=1.0, keep_pu=1.0, is_for_charges=True)
    targets.ask(PeakShaving(), None, made)
    assert targets.of("grid", Charges(constant(50.0), constant(0.0), ())) is None
    demand = DemandCharge((Tiers.flat(10.0),))
    assert targets.of("grid", Charges(constant(50.0), constant(0.0), (demand,))) is made
