"""The tier: its jobs share power, crash, pause and are told what happens, on a small site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Any

import pytest
from sites import at, site, source
from sites import steps as series

from sim.bus.block import Block
from sim.compute.behaviour import Proportional
from sim.compute.member import Member, State
from sim.compute.servers import ServerPool
from sim.compute.tier import BEGUN, CRASHED, DONE, RESTORED, Tier
from sim.demand.facility import Facility
from sim.demand.hall import Hall
from sim.site import Site
from sim.units import SECONDS_PER_HOUR

HOUR = SECONDS_PER_HOUR
SLOWS = Proportional(0.25, 1.0)
CRASHES = Proportional(0.0, 1.0, crashes=True)


@dataclass(frozen=True)
class Floored:
    """A job that needs 40 % of its flexible power whole, and is at 0.7 of its speed with it."""

    widths_pu: tuple[float, ...] = (0.4, 0.35, 0.25)
    values_pu: tuple[float, ...] = (1.5, 1.0, 0.2)
    floor_pu: float = 0.4
    crashes: bool = False

    def speed_pu(self, firm_pu: float, flexible_pu: float) -> float:
        assert flexible_pu >= self.floor_pu - 1e-9
        return firm_pu * (0.7 + 0.5 * (flexible_pu - self.floor_pu))


@dataclass
class Stand:
    """A site with a source and a tier behind a PUE of 1.25, and what its members are told."""

    site: Site
    tier: Tier
    offer: Block
    heard: list[tuple[float, str, str]] = field(default_factory=list)

    def member(self, name: str, number: int = 0, priority: float = 0.0, scale: float = 1.0) -> Member:
        """A job of 1 MW firm, all idle, and 2 MW flexible at a scale."""

        def tell(what: str) -> None:
            self.heard.append((self.site.env.now / HOUR, name, what))

        made = Member((-priority, number), 100.0 * HOUR, tell)
        made.firm_mw = made.idle_mw = 1.0 * scale
        made.flexible_mw = made.nominal_mw = 2.0 * scale
        return made

    def joined(self, name: str, number: int = 0, left_h: float = inf, **values: Any) -> Member:
        """The same, which works from the start."""
        made = self.member(name, number, **values)
        at(self.site, 0.0, lambda: self.tier.join(made, State.ON, left_h * HOUR))
        return made

    def served_mwh(self) -> float:
        return self.site.ledger.total_mwh("served_mw", owner=self.tier.feed.terminal.name)

    def unserved_mwh(self) -> float:
        return self.site.ledger.total_mwh("unserved_mw", owner=self.tier.feed.terminal.name)

    def after(self, hours: float, act: Callable[[], None]) -> None:
        at(self.site, hours * HOUR, act)


def stand(*it_mw: tuple[float, float], hours: float = 10.0, behaviour: Any = SLOWS) -> Stand:
    """A stand with IT power from some hours on."""
    made = site(hours)
    hall = Hall(made, Facility(pue=1.25))
    hall.add_pool("hall", ServerPool(servers=1, idle_w=0.0))
    tier = hall.tier("hall", 100.0, behaviour)
    offer = source(made, 0.0, 20.0)
    times_s, powers = [hour * HOUR for hour, _ in it_mw], [1.25 * mw for _, mw in it_mw]
    made.play(series(times_s, powers), offer.state)
    return Stand(made, tier, offer)


# power shared


def test_jobs_share_flexible_power_in_proportion_to_their_size() -> None:
    # 3 MW firm; of 6 MW flexible 1.5 MW are there
    one = stand((0.0, 4.5))
    small, large = one.joined("small", 1), one.joined("large", 2, scale=2.0)
    one.site.run()
    assert (small.run_s, large.run_s) == pytest.approx((2.5 * HOUR, 2.5 * HOUR))
    assert (small.energy_mwh, large.energy_mwh) == pytest.approx((1.25 * 15.0, 1.25 * 30.0))
    assert one.served_mwh() == pytest.approx(small.energy_mwh + large.energy_mwh)


def test_jobs_share_firm_power_and_slow_down_by_its_worth_in_speed() -> None:
    # half of 2 MW firm, no flexible power: a firm ratio of 0.25 and a flexible one of 1
    one = stand((0.0, 9.0), (4.0, 1.0), behaviour=Proportional(0.25, 0.5))
    both = [one.joined("a", 1), one.joined("b", 2)]
    one.site.run()
    for job in both:
        assert job.run_s == pytest.approx((4 + 6 * (1 - 0.25 * 0.5 - 0.5)) * HOUR)
        assert job.unserved_mwh == pytest.approx(1.25 * 6 * 0.5)
        assert job.idle_mwh == pytest.approx(6 * (0.25 * 0.5 + 0.5) * 0.5)
    assert one.unserved_mwh() == pytest.approx(2 * 1.25 * 6 * 0.5)
    assert one.heard == [(0.0, "a", BEGUN), (0.0, "b", BEGUN)]  # nobody crashes


@pytest.mark.parametrize(("speed", "run_h", "held_h"), [(1.0 - 1e-13, 10.0, 0.0), (1e-13, 0.0, 10.0)])
def test_a_speed_that_differs_from_full_or_none_by_rounding_is_that(
    speed: float, run_h: float, held_h: float
) -> None:
    @dataclass(frozen=True)
    class Rounded(Proportional):
        def speed_pu(self, firm_pu: float, flexible_pu: float) -> float:
            return speed * firm_pu * flexible_pu

    one = stand((0.0, 9.0), behaviour=Rounded(0.0, 1.0))
    job = one.joined("a")
    one.site.run()
    assert (job.run_s, job.held_s) == (run_h * HOUR, held_h * HOUR)


def test_a_job_that_joins_or_leaves_changes_the_share_of_the_others() -> None:
    one = stand((0.0, 4.0))
    first, second = one.joined("first", 1), one.member("second", 2)
    one.after(2.0, lambda: one.tier.join(second, State.ON))
    one.after(6.0, lambda: one.tier.leave(second))
    one.site.run()
    # alone at full speed; together 2 MW of 4 MW flexible
    assert first.run_s == pytest.approx((6 + 4 * 0.5) * HOUR)
    assert second.run_s == pytest.approx(4 * 0.5 * HOUR)
    assert second.energy_mwh == pytest.approx(1.25 * 4 * 2.0)
    assert one.served_mwh() == pytest.approx(1.25 * (6 * 3.0 + 4 * 4.0))


# what members are told


def test_a_job_is_told_that_it_works_for_the_first_time_once_it_has_power() -> None:
    one = stand((0.0, 1.0), (3.0, 2.0), (5.0, 1.0), (7.0, 3.0))
    job = one.joined("a")
    one.site.run()
    assert one.heard == [(3.0, "a", BEGUN)]
    assert job.has_begun


def test_a_job_that_has_left_before_it_worked_does_not_begin() -> None:
    one = stand((0.0, 2.0), (5.0, 9.0))
    gone, stays = one.member("gone", 1), one.member("stays", 2)
    one.after(0.0, lambda: (one.tier.join(gone, State.ON), one.tier.join(stays, State.ON)))
    one.after(1.0, lambda: (one.tier.change(gone, State.ON, power_mw=(1.0, 0.0)), one.tier.leave(gone)))
    one.after(1.0, lambda: one.tier.change(stays, State.ON, power_mw=(2.0, 2.0)))
    one.site.run()
    assert one.heard == [(5.0, "stays", BEGUN)]


def test_only_those_who_work_begin() -> None:
    one = stand((0.0, 9.0))
    later = one.member("later", 2)
    one.joined("a", 1)
    one.after(0.0, lambda: one.tier.join(later, State.STARTING))
    one.after(2.0, lambda: one.tier.change(later, State.ON))
    gone = one.member("gone", 3)
    one.after(1.0, lambda: one.tier.join(gone, State.STARTING))
    one.after(1.5, lambda: one.tier.leave(gone))
    one.site.run()
    assert one.heard == [(0.0, "a", BEGUN), (2.0, "later", BEGUN)]


def test_a_job_is_told_when_it_has_had_the_time_it_asked_for() -> None:
    one = stand((0.0, 3.0), (2.0, 2.0), (6.0, 3.0))
    one.joined("a", left_h=5.0)
    one.site.run()
    # two hours, four at half speed, and one
    assert one.heard == [(0.0, "a", BEGUN), (pytest.approx(7.0), "a", DONE)]


def test_several_are_told_in_their_turn() -> None:
    one = stand((0.0, 9.0))
    first, second = one.joined("b", 2, left_h=3.0), one.joined("a", 1, left_h=1.0)
    one.after(3.5, lambda: one.tier.change(first, State.ON, 2.0 * HOUR))
    one.after(4.0, lambda: one.tier.change(second, State.ON, 2.0 * HOUR))
    one.site.run()
    told = [(hours, name) for hours, name, what in one.heard if what is DONE]
    assert told == [(1.0, "a"), (3.0, "b"), (5.5, "b"), (6.0, "a")]


def test_a_change_keeps_what_is_not_named() -> None:
    one = stand((0.0, 9.0))
    job = one.joined("a", left_h=3.0)
    one.after(1.0, lambda: one.tier.change(job, State.STARTING))
    one.after(2.0, lambda: one.tier.change(job, State.ON, power_mw=(0.5, 4.0)))
    one.site.run()
    assert (4.0, "a", DONE) in one.heard
    assert job.energy_mwh == pytest.approx(1.25 * (3.0 + 1.0 + 8 * 4.5))


def test_a_change_of_power_reaches_the_bus() -> None:
    one = stand((0.0, 9.0))
    job = one.joined("a")
    one.after(4.0, lambda: one.tier.change(job, State.ON, power_mw=(0.5, 4.0)))
    one.site.run()
    assert one.served_mwh() == pytest.approx(1.25 * (4 * 3.0 + 6 * 4.5))


# crashes


def told(one: Stand, *whats: str) -> list[tuple[float, str]]:
    return [(hours, name) for hours, name, what in one.heard if what in whats]


def test_whole_jobs_crash_the_last_in_order_first() -> None:
    one = stand((0.0, 20.0), (2.0, 2.5), behaviour=CRASHES)
    jobs = {name: one.joined(name, number) for number, name in enumerate("cab")}
    one.site.run()
    assert told(one, CRASHED) == [(2.0, "b")]
    assert [jobs[name].state for name in "cab"] == [State.ON, State.ON, State.DOWN]
    # 2 MW for the others, and 0.5 MW of its idle power
    assert jobs["b"].energy_mwh == pytest.approx(1.25 * (2 * 3.0 + 8 * 0.5))
    assert jobs["b"].unserved_mwh == pytest.approx(1.25 * 8 * 0.5)
    assert jobs["a"].unserved_mwh == 0.0
    assert one.unserved_mwh() == pytest.approx(1.25 * 8 * 0.5)


def test_priority_goes_before_the_order_of_submission() -> None:
    one = stand((0.0, 20.0), (2.0, 1.0), behaviour=CRASHES)
    one.joined("first", 1)
    one.joined("second", 2, priority=1.0)
    one.site.run()
    assert told(one, CRASHED) == [(2.0, "first")]


def test_a_job_that_is_too_large_crashes_and_a_smaller_one_after_it_does_not() -> None:
    one = stand((0.0, 20.0), (2.0, 1.2), behaviour=CRASHES)
    one.joined("large", 1, scale=2.0)
    small = one.joined("small", 2)
    one.site.run()
    assert told(one, CRASHED) == [(2.0, "large")]
    assert small.unserved_mwh == 0.0


def test_jobs_are_told_that_power_is_back_in_their_order_and_nobody_crashes_for_it() -> None:
    one = stand((0.0, 20.0), (2.0, 0.5), (4.0, 1.0), (6.0, 2.9), (8.0, 3.0), behaviour=CRASHES)
    jobs = {name: one.joined(name, number) for number, name in enumerate("abc")}
    for name, hour in (("a", 4.0), ("b", 6.0), ("c", 8.0)):
        one.after(hour + 1e-9, lambda name=name: one.tier.change(jobs[name], State.RESTARTING))
    one.site.run()
    assert told(one, CRASHED) == [(2.0, "a"), (2.0, "b"), (2.0, "c")]
    assert [*dict.fromkeys(told(one, RESTORED))] == [(4.0, "a"), (6.0, "b"), (8.0, "c")]


def test_a_job_of_higher_rank_that_is_down_does_not_make_another_crash() -> None:
    one = stand((0.0, 20.0), (2.0, 1.5), (4.0, 2.5), behaviour=CRASHES)
    one.joined("large", 1, scale=2.0)
    one.joined("small", 2)
    one.site.run()
    # 2 MW would do for the large one, but the small one has 1 MW of them
    assert (told(one, CRASHED), told(one, RESTORED)) == ([(2.0, "large")], [])


def test_jobs_that_are_down_have_idle_power_and_the_rest_goes_to_others() -> None:
    one = stand((0.0, 20.0), (2.0, 2.0), behaviour=CRASHES)
    firm = one.joined("a", scale=4.0)
    firm.idle_mw = 0.5
    other = one.site.terminal("other").bid(30.0)
    other.state(5.0)
    one.site.run()
    assert firm.state is State.DOWN
    assert firm.energy_mwh == pytest.approx(1.25 * (2 * 12.0 + 8 * 0.5))
    assert firm.unserved_mwh == pytest.approx(1.25 * 8 * 3.5)
    assert firm.idle_mwh == pytest.approx(8 * 0.5)
    assert one.served_mwh() == pytest.approx(firm.energy_mwh)
    assert one.unserved_mwh() == pytest.approx(firm.unserved_mwh)
    assert one.site.ledger.total_mwh("served_mw", owner="other") == pytest.approx(2 * 5.0 + 8 * 1.25 * 1.5)


def test_power_short_from_the_first_instant_is_shared_in_the_same_way() -> None:
    one = stand((0.0, 3.0), behaviour=CRASHES)
    firm = one.joined("a", scale=4.0)
    firm.idle_mw = 0.5
    one.site.run()
    assert firm.energy_mwh == pytest.approx(1.25 * 10 * 0.5)
    assert one.served_mwh() == pytest.approx(firm.energy_mwh)


def test_without_a_lack_of_firm_power_nobody_crashes_however_little_flexible_power_there_is() -> None:
    one = stand((0.0, 20.0), (2.0, 2.0), behaviour=CRASHES)
    jobs = [one.joined("a", 1), one.joined("b", 2)]
    one.site.run()
    assert told(one, CRASHED) == []
    assert [job.run_s for job in jobs] == pytest.approx([2.0 * HOUR] * 2)


# a floor


def test_jobs_with_a_floor_slow_down_to_it_and_then_pause_the_last_first() -> None:
    # 2 MW firm; flexible 4 MW, of which 1.6 MW are the floor of both, 0.8 MW that of one
    one = stand((0.0, 20.0), (2.0, 2.0 + 2.6), (4.0, 2.0 + 1.5), (6.0, 2.0 + 0.7), behaviour=Floored())
    first, second = one.joined("first", 1), one.joined("second", 2)
    one.site.run()
    # 1 MW above the floor of both is 0.25 of 4 MW; 0.7 MW above that of one are 0.35 of 2 MW
    full, slow, alone = 0.7 + 0.5 * 0.6, 0.7 + 0.5 * 0.25, 0.7 + 0.5 * 0.35
    assert first.run_s == pytest.approx(2 * HOUR * (full + slow + alone))
    assert second.run_s == pytest.approx(2 * HOUR * (full + slow))
    assert first.state is second.state is State.PAUSED
    assert second.energy_mwh == pytest.approx(1.25 * (2 * 3.0 + 2 * (1.0 + 1.3) + 6 * 1.0))
    assert one.served_mwh() == pytest.approx(first.energy_mwh + second.energy_mwh)


def test_a_paused_job_goes_on_when_its_floor_is_back() -> None:
    one = stand((0.0, 20.0), (2.0, 2.0 + 0.7), (4.0, 2.0 + 0.8), (6.0, 2.0 + 1.6), behaviour=Floored())
    first, second = one.joined("first", 1), one.joined("second", 2)
    one.site.run()
    assert first.run_s == pytest.approx(HOUR * (2 * 1.0 + 6 * 0.7))
    assert second.run_s == pytest.approx(HOUR * (2 * 1.0 + 4 * 0.7))
    assert (first.held_s, second.held_s) == pytest.approx((8 * HOUR, 8 * HOUR))
    assert first.idle_mwh == pytest.approx(2 * 1.0 + 6 * 0.3 * 1.0)


def test_power_below_the_floor_of_a_job_goes_to_others_from_the_first_instant() -> None:
    one = stand((0.0, 1.0 + 0.5), behaviour=Floored())
    job = one.joined("a")
    other = one.site.terminal("other").bid(30.0)
    other.state(5.0)
    one.site.run()
    assert job.energy_mwh == pytest.approx(1.25 * 10 * 1.0)
    assert one.served_mwh() == pytest.approx(job.energy_mwh)
    assert one.site.ledger.total_mwh("served_mw", owner="other") == pytest.approx(1.25 * 10 * 0.5)


def test_a_smaller_job_works_with_what_is_not_enough_for_a_larger_one() -> None:
    one = stand((0.0, 20.0), (2.0, 3.0 + 1.0), behaviour=Floored())
    large, small = one.joined("large", 1, scale=2.0), one.joined("small", 2)
    one.site.run()
    # 1 MW: the floor of the large one is 1.6 MW, that of the small one 0.8 MW
    assert (large.state, small.state) == (State.PAUSED, State.ON)
    assert small.run_s == pytest.approx(HOUR * (2 + 8 * (0.7 + 0.5 * 0.1)))


# accounts


def test_deferred_and_idle_energy_are_entered_at_the_bus() -> None:
    one = stand((0.0, 2.0))
    one.joined("a")
    name, closed = one.tier.feed.terminal.name, one.site.run()
    posted = {each.account.name: each.total for each in closed.postings if each.owner == name}
    # half of 2 MW flexible, and half of 1 MW idle, for 10 h
    assert (posted["deferred_mwh"], posted["idle_held_mwh"]) == pytest.approx((12.5, 6.25))


def test_a_loss_of_work_is_deferred_in_the_month_in_which_it_is_lost() -> None:
    one = stand((0.0, 9.0), hours=40.0 * 24)
    job = one.joined("a")
    for hours in (4.0, 35.0 * 24, 36.0 * 24):
        one.after(hours, lambda: one.tier.lose(job, 0.5 * HOUR))
    one.after(1.0, lambda: one.tier.change(job, State.ON, power_mw=(1.0, 0.7)))  # a phase of less power
    one.site.run()
    # in its mean flexible power
    assert one.tier.time.deferred_mwh == pytest.approx([0.5 * 2.0, 2 * 0.5 * 2.0, 0.0])
    assert job.deferred_s == 1.5 * HOUR


def test_a_member_is_brought_up_to_now_on_request() -> None:
    one = stand((0.0, 9.0))
    job, seen = one.joined("a"), []
    one.after(4.0, lambda: (one.tier.update(job), seen.append(job.run_s)))
    one.site.run()
    assert seen == [4.0 * HOUR]


def test_a_job_that_has_its_whole_firm_power_keeps_it_whoever_else_is_short() -> None:
    # 12 MW for 10 MW of two jobs and 10 MW of another load: 6 MW each. One job has its 5 MW, the other 0.1 MW
    one = stand((0.0, 100.0), (2.0, 12.0), behaviour=CRASHES)
    jobs = [one.joined(name, number, scale=5.0) for number, name in enumerate("ab")]
    for job in jobs:
        job.idle_mw, job.flexible_mw = 0.1, 0.0
    other = one.site.terminal("other").bid(5000.0)
    other.state(12.5)
    one.site.run()
    assert [job.state for job in jobs] == [State.ON, State.DOWN]
    assert [job.energy_mwh for job in jobs] == pytest.approx([1.25 * 50.0, 1.25 * (10.0 + 8 * 0.1)])
    assert one.served_mwh() == pytest.approx(sum(job.energy_mwh for job in jobs))
    assert one.site.ledger.total_mwh("served_mw", owner="other") == pytest.approx(1.25 * (20.0 + 8 * 6.9))
