"""Commitment: what a fleet knows of others, what a failure cancels, and what the rule may cost at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from builders import NEVER_H, serve, steps
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import HOUR, at, journal, load, ramp, site, source

from sim import Result
from sim.bus.band import Band
from sim.campus import GasTurbines, GridConnection
from sim.plant.commitment import Fleet
from sim.plant.commitments import Commitment, Commitments
from sim.plant.residual import Residual
from sim.plant.traits import Traits
from sim.profiling.counting_clock import CountingClock
from sim.site import Site


def traits(usd_per_mwh: float = 40.0, **changed: Any) -> Traits:
    """Units of 10 MW with 100 USD/h of no-load cost; a start costs 1,000 USD and takes half an hour."""
    values: dict[str, Any] = {
        "unit_mw": 10.0,
        "minimum_pu": 0.5,
        "start_min": 30.0,
        "min_up_h": 0.0,
        "min_down_h": 0.0,
        "marginal_usd_per_mwh": usd_per_mwh,
        "start_usd": 1000.0,
        "running": [(0.0, 100.0), (10.0, 100.0 + usd_per_mwh * 10.0)],
    }
    return Traits(**values | changed)


def fleet(
    to: Site,
    name: str = "fleet",
    units: int = 1,
    usd_per_mwh: float = 40.0,
    pu_per_min: float = 1e6,
    **changed: float,
) -> Fleet:
    """A fleet of such units, which follow at once unless told otherwise."""
    unit = ramp(to, name, rated_mw=10.0 * units, pu_per_min=pu_per_min, price_usd_per_mwh=usd_per_mwh)
    terminal = to.bus.terminals[name]
    acts: dict[str, Any] = {"changed": lambda _: None, "started": lambda: None}
    return Fleet(to, terminal, unit, units=units, traits=traits(usd_per_mwh, **changed), **acts)


def started_h(here: Site) -> list[tuple[str, float]]:
    """Who started, and after how many hours."""
    return [(one["owner"], one["t_s"] / HOUR) for one in here.run().events if one["event"] == "start"]


def test_the_fleets_of_a_site_know_what_the_others_have_on_its_way() -> None:
    here, elsewhere = site(), site()
    every = here.common(Commitments)
    one = Commitment(22.0, 45.0, lambda: 10.0, Band(here.bus), ordered_mw=55.0)
    other = Commitment(10.0, 60.0, lambda: 1.0, Band(here.bus), ordered_mw=2.0)
    every.add(one)
    every.add(other)
    assert (every.ready_mw(one), every.coming_mw(one)) == (1.0, 3.0)
    assert (every.ready_mw(other), every.coming_mw(other)) == (10.0, 65.0)
    assert elsewhere.common(Commitments).coming_mw(one) == 0.0
    # units of 55 MW could replace five of the seven units that run at 10 MW; nobody replaces a cheaper fleet
    other.running = one.running = 7
    assert every.stoppable(one, 55.0, 45.0) == [(60.0, 50.0)]
    assert every.stoppable(one, 9.0, 45.0) == every.stoppable(other, 55.0, 60.0) == []


def two_fleets(price_before: float, hours: float) -> Result:
    """58.9 MW beside a grid at 48.895 USD/MWh from 3:00 on, and two fleets whose units start at once."""
    at_once = {"start_min": 0.0, "min_up_h": 0.0, "min_down_h": 0.0, "ramp_pu_per_min": 10.0, "mttf_h": 1e12}
    unit = {"unit_mw": 50.0, "minimum_pu": 0.8, "start_mmbtu_per_mw": 0.0, **at_once}
    price = steps((0, price_before), (3, 48.895))
    supply = {
        "dear": GasTurbines(units=2, start_usd_per_mw=32.0, gas_usd_per_mmbtu=4.5, **unit),
        "cheap": GasTurbines(units=1, start_usd_per_mw=5.0, gas_usd_per_mmbtu=4.0, **unit),
        "grid": GridConnection(import_limit_mw=200.0, import_price_usd_per_mwh=price),
    }
    return serve(58.9, supply, days=hours / 24.0)


def test_the_minimum_level_of_a_dear_fleet_does_not_keep_a_cheaper_one_out() -> None:
    # a history of dear power starts the dear fleet; one of free power starts none
    after = {before: two_fleets(before, 203.0) for before in (0.0, 500.0)}
    for result in after.values():
        at_end = result.flows.iloc[-1]
        assert (at_end["cheap.units_running"], at_end["dear.units_running"]) == (1.0, 0.0)
    costs = {
        before: result.summary.cost_usd - two_fleets(before, 3.0).summary.cost_usd
        for before, result in after.items()
    }
    # at most two starts of each of three units: 2 x (2 x 1,600 + 250) USD, in 200 h as in 24
    assert abs(costs[500.0] - costs[0.0]) < 2 * (2 * 1600.0 + 250.0)


def test_the_benefit_of_a_unit_is_what_it_has_beside_the_units_before_it() -> None:
    here = site()
    load(here, 15.0, 150.0)
    plant = source(here, 0.0, 40.0)
    here.advance()
    all_of_it = Residual(here.bus, plant.at, 1, 0.0)
    # the first makes 10 MW: 1,500 - 500 USD/h; both make 15 MW: 2,250 - 800, which is 450 more; three have to
    # make 15 MW at least, and cost 100 USD/h more
    assert [traits().benefit_usd_per_h(all_of_it, unit) for unit in (1, 2, 3)] == [1000.0, 450.0, -100.0]
    # four make 20 MW at least: 5 for nothing at 40 USD/MWh, and 100 USD/h
    assert traits().benefit_usd_per_h(all_of_it, 4) == -300.0


def test_a_unit_is_ordered_when_its_benefit_has_come_to_the_cost_of_a_start() -> None:
    here = site(10.0)
    load(here, 10.0, 150.0)  # 1,500 - 500 USD/h
    fleet(here)
    assert started_h(here) == [("fleet", pytest.approx(1.5))]


def test_a_failure_cancels_an_order_also_if_the_repair_is_faster_than_the_start() -> None:
    here = site(10.0)
    load(here, 10.0, 150.0)
    gas = fleet(here)
    at(here, 1.1 * HOUR, lambda: gas.fail(0))
    at(here, 1.2 * HOUR, lambda: gas.repair(0))
    # ordered at 1 h, and again an hour after the repair
    assert started_h(here) == [("fleet", pytest.approx(1.2 + 1.0 + 0.5))]


def test_a_unit_that_fails_takes_its_share_of_the_running_units_with_it_and_the_others_rise() -> None:
    here = site(12.0)
    load(here, 15.0, 150.0)
    gas = fleet(here, units=4, pu_per_min=0.01)  # two of four run, at 7.5 MW each; a third would not pay
    at(here, 10.0 * HOUR, lambda: gas.fail(0))
    rows = journal(here.run())
    after = rows["t_s"] >= 10.0 * HOUR
    # the other gives its 7.5 MW and a quarter of a step of 0.2 MW at once, and 10 MW once it has risen by 2.5
    # at 0.1 MW a minute
    assert rows["fleet.delivered_mw"][after][0] == pytest.approx(7.5 + 0.05)
    assert rows["t_s"][after][-1] == pytest.approx(10.0 * HOUR + 25.0 * 60.0)
    assert rows["fleet.delivered_mw"][-1] == pytest.approx(10.0)


def test_a_unit_adds_up_nothing_while_it_is_under_repair() -> None:
    here = site(10.0)
    load(here, 10.0, 150.0)
    gas = fleet(here)
    at(here, 0.5 * HOUR, lambda: gas.fail(0))
    at(here, 5.0 * HOUR, lambda: gas.repair(0))
    assert started_h(here) == [("fleet", pytest.approx(5.0 + 1.0 + 0.5))]


def test_a_unit_that_fails_while_it_starts_is_no_longer_counted_on_by_others() -> None:
    here = site(10.0)
    load(here, 10.0, 150.0)
    cheap = fleet(here, "cheap")
    fleet(here, "dear", usd_per_mwh=41.0)
    at(here, 1.1 * HOUR, lambda: cheap.fail(0))
    # `dear` adds up 1,500 - 510 USD/h; while `cheap` is on its way, from 1.0 to 1.1 h, it would lose 5 MW at
    # 41 and 100 USD/h
    missing_usd = 1000 - 990 * 1.0 + 305 * 0.1
    assert started_h(here) == [("dear", pytest.approx(1.1 + missing_usd / 990 + 0.5))]


def test_the_unit_that_stands_by_begins_at_nothing_when_another_fails() -> None:
    here = site(10.0)
    load(here, 10.0, 150.0)
    gas = fleet(here, units=2)
    at(here, 4.0 * HOUR, lambda: gas.fail(0))
    assert started_h(here) == [("fleet", pytest.approx(1.5)), ("fleet", pytest.approx(4.0 + 1.5))]


def test_the_sum_of_a_unit_wears_off_also_where_those_before_it_begin_at_nothing() -> None:
    here = site(10.0)
    wanted = load(here, 24.0, 150.0)
    gas = fleet(here, units=4)

    def fail() -> None:
        wanted.state(10.0)
        gas.fail(0)

    at(here, 2.0 * HOUR, fail)
    at(here, 5.0 * HOUR, lambda: wanted.state(24.0))
    # Two units bring 1,000 USD/h each. A third would make 4 MW: 600 - 260 USD/h, 680 USD in 2 h. Beside 10 MW
    # of load it would lose 300 USD/h, so that it begins at nothing 3 h later; so does the one that failed.
    assert started_h(here) == [
        ("fleet", pytest.approx(1.5)),
        ("fleet", pytest.approx(1.5)),
        ("fleet", pytest.approx(5.0 + 1.0 + 0.5)),
        ("fleet", pytest.approx(5.0 + 1000 / 340 + 0.5)),
    ]


def decided(clock: CountingClock) -> int:
    """How often fleets have decided."""
    entries = clock.watch.entries.values()
    return sum(one.calls for one in entries if one.what == "listener" and one.function.endswith("_decide"))


def test_a_fleet_that_is_off_decides_nothing_while_power_is_cheap() -> None:
    clock = CountingClock()
    here = site(10.0, clock=clock)
    wanted = load(here, 10.0)
    grid = source(here, 20.0, 45.0, "grid")  # full load of a unit costs 500 USD/h for 10 MW
    fleet(here)
    for hour in range(1, 9):
        at(here, hour * HOUR, lambda hour=hour: wanted.state(10.0 + hour))
    at(here, 9.0 * HOUR, lambda: grid.reprice(55.0))
    here.run()
    # at the start; when power costs more than 50 USD/MWh; and after it has stated that a unit waits
    assert decided(clock) == 3
    assert here.bus.settlements == 1 + 8 + 2


def test_a_fleet_that_runs_decides_nothing_at_the_price_of_its_full_load() -> None:
    found = []
    for change_mw in (0.0, 0.1):
        clock = CountingClock()
        here = site(20.0, clock=clock)
        wanted = load(here, 20.0, 150.0)
        fleet(here)
        grid = source(here, 30.0, 150.0, "grid")
        at(here, 10.0 * HOUR, lambda grid=grid: grid.reprice(50.0))
        for hour in range(11, 19):
            at(here, hour * HOUR, lambda mw=20.0 + hour * change_mw, bid=wanted: bid.state(mw))
        here.run()
        found.append((here.bus.settlements, decided(clock)))
    (before, most), (after, same) = found
    assert after == before + 8
    assert most == same


def test_a_fleet_that_decides_nothing_at_this_price_looks_again_when_a_dearer_one_starts() -> None:
    here = site(20.0)
    load(here, 10.0, 150.0)
    grid = source(here, 0.0, 45.0, "grid")
    cheap = fleet(here, "cheap", start_usd=100.0, start_min=0.0)
    fleet(here, "dear", usd_per_mwh=60.0, min_up_h=100.0)
    at(here, 0.0, lambda: cheap.fail(0))
    at(here, 1.75 * HOUR, lambda: grid.state(20.0))
    at(here, 3.0 * HOUR, lambda: cheap.repair(0))
    # `dear` brings 1,500 - 700 USD/h, so it is ordered at 1.25 h. It is ready at the instant at which power
    # from the grid sets the price, below the 50 USD/MWh of `cheap`, and runs at its minimum of 5 MW. `cheap`
    # would replace these, at 70 USD/MWh: 350 - 300 USD/h. The 5 MW of the grid are what `dear` could rise by.
    assert started_h(here) == [("dear", 1.75), ("cheap", pytest.approx(3.0 + 100 / 50))]


@dataclass(frozen=True)
class Case:
    """A fleet beside a grid connection and a firm load, all constant."""

    units: int
    unit_mw: float
    minimum_pu: float
    ramp_pu_per_min: float
    start_min: float
    min_up_h: float
    min_down_h: float
    load_mw: float
    price: float
    limit_mw: float

    @property
    def start_usd(self) -> float:
        return self.unit_mw * (32 + 3.5 * 4)

    def running_usd_per_h(self, unit_mw: float) -> float:
        """By the four points of the heat rate at 4 USD/MMBtu; below the first, along the line."""
        load_pu, heat = [-0.6, 0.4, 0.6, 0.8, 1.0], [5.25 - 5 * 1.38, 5.25, 6.63, 8.1504, 9.71]
        return self.unit_mw * float(np.interp(unit_mw / self.unit_mw, load_pu, heat)) * 4 + unit_mw * 5

    def usd_per_h(self, running: int) -> float:
        """Cost of the site with so many units, from the order of merit; lost load at 5,000 USD/MWh."""
        marginal = (9.71 - 8.1504) / 0.2 * 4 + 5
        wanted_mw = self.load_mw if self.price > marginal else max(0.0, self.load_mw - self.limit_mw)
        least_mw, most_mw = running * self.minimum_pu * self.unit_mw, running * self.unit_mw
        made_mw = min(max(wanted_mw, least_mw), most_mw)
        left_mw = max(0.0, self.load_mw - made_mw)
        bought_mw = min(left_mw, self.limit_mw)
        own = running * self.running_usd_per_h(made_mw / running) if running else 0.0
        return own + bought_mw * self.price + (left_mw - bought_mw) * 5000

    @property
    def least_usd_per_h(self) -> float:
        """With the best constant number of units."""
        return min(self.usd_per_h(running) for running in range(self.units + 1))

    @property
    def ramps_usd(self) -> float:
        """What ramps may change: each start, stop or end of a disturbance moves at most the whole fleet."""
        usd_per_mwh = 100 + (5000 if self.limit_mw < self.load_mw else self.price)
        mwh = self.units * self.unit_mw / self.ramp_pu_per_min / 60 / 2
        return (2 * self.units + 1) * mwh * usd_per_mwh

    @property
    def excess_usd(self) -> float:
        """What not knowing the future may cost at most.

        A unit with a benefit b > 0 is ordered when it has missed the cost S of a start, or when it may be
        ordered, and misses b while it starts, which costs S again. A unit with a loss of b stops when it has
        lost S, or when it may stop.
        """
        total = 0.0
        for unit in range(1, self.units + 1):
            benefit = self.usd_per_h(unit - 1) - self.usd_per_h(unit)
            if benefit > 0.0:
                missed = max(self.start_usd, benefit * self.min_down_h)
                total += missed + benefit * self.start_min / 60 + self.start_usd
            else:
                total += max(self.start_usd, -benefit * self.min_up_h)
        return total + self.ramps_usd


DISTURBED_H = 3.0
DISTURBANCES: dict[str, dict[str, float]] = {
    "nothing": {},
    "outage": {"limit_mw": 0.0},
    "dear": {"price": 400.0},
    "cheap": {"price": 0.0},
    "much load": {"load_mw": 400.0},
    "no load": {"load_mw": 0.0},
}


def disturbed(case: Case, change: dict[str, float], hours: float) -> Result:
    """A run of a case whose first hours differ."""

    def then(name: str) -> Any:
        always = getattr(case, name)
        return steps((0.0, change[name]), (DISTURBED_H, always)) if name in change else always

    gas = GasTurbines(
        units=case.units,
        unit_mw=case.unit_mw,
        minimum_pu=case.minimum_pu,
        ramp_pu_per_min=case.ramp_pu_per_min,
        start_min=case.start_min,
        min_up_h=case.min_up_h,
        min_down_h=case.min_down_h,
        mttf_h=NEVER_H,
    )
    grid = GridConnection(import_limit_mw=then("limit_mw"), import_price_usd_per_mwh=then("price"))
    return serve(then("load_mw"), {"gas": gas, "grid": grid}, days=hours / 24)


def total_usd(result: Result) -> float:
    """The bill and the lost load."""
    return result.summary.cost_usd + 5000 * result.summary.unserved_mwh


def decisions(result: Result) -> int:
    return int(result.events["event"].isin(["start", "stop"]).sum())


CASES = st.builds(
    Case,
    units=st.integers(1, 4),
    unit_mw=st.floats(5.0, 60.0),
    minimum_pu=st.floats(0.0, 1.0),
    ramp_pu_per_min=st.sampled_from([1.0, 5.0]),
    start_min=st.sampled_from([0.0, 15.0, 60.0]),
    min_up_h=st.sampled_from([0.0, 2.2, 6.0]),
    min_down_h=st.sampled_from([0.0, 2.2]),
    load_mw=st.floats(0.0, 200.0),
    price=st.floats(0.0, 150.0),
    limit_mw=st.one_of(st.just(1000.0), st.floats(0.0, 200.0)),
)


@settings(max_examples=40)
@given(case=CASES, names=st.lists(st.sampled_from(sorted(DISTURBANCES)), min_size=2, max_size=2, unique=True))
def test_at_constant_conditions_every_history_ends_within_two_starts_a_unit_of_the_best_number_of_units(
    case: Case, names: list[str]
) -> None:
    """Each run is held against the best constant number of units, and so the runs against each other.

    What comes after a disturbance is a run less the same run that ends with it: nobody foresees anything.
    """
    hours = 40.0
    least_usd = case.least_usd_per_h * (hours - DISTURBED_H)
    after_usd = []
    for name in names:
        whole = disturbed(case, DISTURBANCES[name], hours)
        first = disturbed(case, DISTURBANCES[name], DISTURBED_H)
        after_usd.append(total_usd(whole) - total_usd(first))
        slack = 1e-6 * (1.0 + least_usd)
        assert least_usd - case.ramps_usd - slack <= after_usd[-1] <= least_usd + case.excess_usd + slack
        # each unit starts or stops once at most, and each time the fleet ramps, by 50 steps or fewer
        assert decisions(whole) - decisions(first) <= case.units
        assert whole.summary.settlements <= 60 * (decisions(whole) + 4)
    assert abs(after_usd[0] - after_usd[1]) <= case.excess_usd + case.ramps_usd + slack


FLEETS = st.lists(
    st.builds(
        GasTurbines,
        units=st.integers(1, 3),
        unit_mw=st.floats(5.0, 60.0),
        minimum_pu=st.sampled_from([0.0, 0.4, 1.0]),
        ramp_pu_per_min=st.sampled_from([0.05, 1.0]),
        start_min=st.sampled_from([0.0, 15.0]),
        min_up_h=st.sampled_from([0.0, 2.2]),
        min_down_h=st.sampled_from([0.0, 2.2]),
        start_usd_per_mw=st.sampled_from([0.0, 32.0]),
        start_mmbtu_per_mw=st.sampled_from([0.0, 3.5]),
        gas_usd_per_mmbtu=st.sampled_from([3.0, 4.0, 9.0]),
        mttf_h=st.just(NEVER_H),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=40)
@given(
    fleets=FLEETS,
    load_mw=st.floats(0.0, 200.0),
    price=st.floats(0.0, 150.0),
    limit_mw=st.floats(0.0, 250.0),
    name=st.sampled_from(sorted(DISTURBANCES)),
)
def test_fleets_come_to_rest_at_constant_conditions(
    fleets: list[GasTurbines], load_mw: float, price: float, limit_mw: float, name: str
) -> None:
    always = {"load_mw": load_mw, "price": price, "limit_mw": limit_mw}
    change = DISTURBANCES[name]
    profile = {key: steps((0.0, change.get(key, mw)), (DISTURBED_H, mw)) for key, mw in always.items()}
    grid = GridConnection(import_limit_mw=profile["limit_mw"], import_price_usd_per_mwh=profile["price"])
    supply = {f"gas{at}": gas for at, gas in enumerate(fleets)} | {"grid": grid}
    result = serve(profile["load_mw"], supply, days=10.0)
    units = sum(gas.units for gas in fleets)
    # in and after the disturbance each unit starts and stops once at most; ramps take few steps each
    assert decisions(result) <= 4 * units
    assert result.summary.settlements <= 60 * (decisions(result) + 4)
