"""The ramp: a unit offers what it can reach, an outage overrides, what nobody takes is dumped and booked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import HOUR, amount, at, journal, load, ramp, site, source, steps
from slopes import breaks_law

from sim.bus.flows import Flow
from sim.contracts.bill import bill_line


def test_at_the_start_every_level_is_in_reach() -> None:
    here = site()
    load(here, 73.0)
    unit = ramp(here)
    unit.limit(available_mw=100.0, minimum_mw=20.0)
    here.run()
    assert here.bus.terminals["load"].power_mw == 73.0
    assert here.bus.settlements == 1


def test_more_is_reached_step_by_step_at_the_ramp_rate_and_then_it_rests() -> None:
    here = site(2.0)
    bid = load(here, 50.0)
    ramp(here).limit(available_mw=100.0, minimum_mw=0.0)  # 1 MW a minute; a step of 2 % is two minutes
    at(here, HOUR, lambda: bid.state(60.0))
    books = here.run()
    rows = journal(books)
    late = rows["t_s"] >= HOUR
    # at rest it follows a quarter of a step at once; from then on it changes where the line is half a step on
    assert rows["load.served_mw"][late].tolist() == pytest.approx([50.5, 52.0, 54.0, 56.0, 58.0, 60.0])
    # the first step takes 1/2 + 1/4 / (2 (1 - 1/4)) = 2/3 of two minutes, for what was given at once
    assert rows["t_s"][late].tolist() == pytest.approx([HOUR] + [HOUR + x for x in (80, 180, 300, 420, 540)])
    # 10 MW in ten minutes: the triangle of the straight line
    assert books.unserved_mwh["ramp limit"] == pytest.approx(10.0 * 600 / 2 / HOUR)
    assert here.bus.settlements == 1 + 6


def test_less_is_reached_step_by_step_and_the_rest_is_dumped_as_a_ramp_limit() -> None:
    here = site(2.0)
    bid = load(here, 50.0)
    ramp(here).limit(available_mw=50.0, minimum_mw=10.0)
    at(here, HOUR, lambda: bid.state(44.0))
    books = here.run()
    rows = journal(books)
    late = rows["t_s"] >= HOUR
    assert rows["unit.delivered_mw"][late] == pytest.approx(44.0)
    assert books.curtailed_mwh["ramp limit"] == pytest.approx(6.0 * 360 / 2 / HOUR)  # the triangle again
    # what it could make and need not is nobody's loss but the site's: it may not export
    assert sum(books.curtailed_mwh.values()) == pytest.approx(books.total_mwh(Flow.CURTAILED))


def test_a_unit_that_turns_round_steps_back_from_the_level_it_has_come_to() -> None:
    here = site(2.0)
    bid = load(here, 50.0)
    unit = ramp(here)
    unit.limit(available_mw=100.0, minimum_mw=0.0)
    at(here, HOUR, lambda: bid.state(60.0))
    at(here, HOUR + 200.0, lambda: bid.state(50.0))
    levels_mw: dict[float, float] = {}
    here.bus.listen(lambda now_s: levels_mw.update({now_s: unit.level_mw}))
    here.run()
    late = [(t_s - HOUR, mw) for t_s, mw in levels_mw.items() if t_s > HOUR]
    # it steps up at 51 and 53 MW; after 200 s at 1 MW a minute it is at 53 1/3; it steps down at 53 and 51 MW
    assert [t_s for t_s, _ in late] == pytest.approx([80.0, 180.0, 200.0, 220.0, 340.0])
    assert [mw for _, mw in late] == pytest.approx([52.0, 54.0, 54.0, 52.0, 50.0])


@pytest.mark.parametrize(
    ("rests_mw", "band_mw"),
    [
        (60.7, (60.2, 61.2)),  # it comes to 60.7 MW between two steps: a quarter of a step to either side
        (59.5, (59.5, 60.0)),  # its next step would go to 60 MW, beyond: from where it rests to there
    ],
)
@pytest.mark.parametrize(("then_mw", "end"), [(40.0, 0), (80.0, 1)])
def test_a_unit_that_has_arrived_follows_a_change_within_its_band_at_once(
    rests_mw: float, band_mw: tuple[float, float], then_mw: float, end: int
) -> None:
    here = site(3.0)
    bid = load(here, 50.0)
    unit = ramp(here)  # its steps are 2 MW
    unit.limit(available_mw=100.0, minimum_mw=0.0)
    at(here, HOUR, lambda: bid.state(rests_mw))
    at(here, 2.0 * HOUR, lambda: bid.state(then_mw))
    levels_mw: dict[float, float] = {}
    here.bus.listen(lambda now_s: levels_mw.update({now_s: unit.level_mw}))
    here.run()
    before_s = max(t_s for t_s in levels_mw if t_s < 2.0 * HOUR)
    assert levels_mw[before_s] == pytest.approx(rests_mw)
    assert levels_mw[2.0 * HOUR] == pytest.approx(band_mw[end])


def imported_mwh(other_w: float = 0.0, every_s: float = 10.0, **unit: float) -> tuple[float, float]:
    """Imports while a reactor of 100 MW goes from 40 to 50 MW, and the demand charge on them at 8 USD/kW.

    A second load of some watts flips on and off beside it.
    """
    here = site(1.0)
    bid = load(here, 40.0)
    blinking = load(here, 0.0, name="lamp")
    made = ramp(here, **{"pu_per_min": 0.05} | unit)
    made.limit(available_mw=100.0, minimum_mw=0.0)
    source(here, 1000.0, 60.0, "grid")
    at(here, 900.0, lambda: bid.state(50.0))
    for turn, t_s in enumerate(np.arange(899.0, HOUR if other_w else 0.0, every_s)):
        at(here, float(t_s), lambda mw=(turn % 2 == 0) * other_w / 1e6: blinking.state(mw))
    books = here.run()
    rows = journal(books)
    edges = np.append(rows["t_s"], HOUR)
    inside = (edges[:-1] >= 900.0) & (edges[:-1] < 1800.0)
    drawn = rows["grid.delivered_mw"] * np.diff(edges) / HOUR
    return books.total_mwh(Flow.DELIVERED, owner="grid"), float(drawn[inside].sum()) / 0.25 * 8000.0


@pytest.mark.parametrize(("other_w", "every_s"), [(0.0, 10.0), (1.0, 10.0), (1.0, 1.0), (1.0, 3599.0)])
def test_a_ramp_does_not_depend_on_who_else_settles(other_w: float, every_s: float) -> None:
    # 10 MW at 5 MW a minute take two minutes: 10 x 2 / 2 / 60 = 0.16667 MWh, 0.66667 MW over a quarter-hour
    mwh, usd = imported_mwh(other_w, every_s)
    assert mwh == pytest.approx(1 / 6, abs=1e-6)
    assert usd == pytest.approx(16000 / 3, abs=0.1)


@pytest.mark.parametrize("pu_per_min", [0.05, 1.0, 10.0, 1000.0])
def test_a_fast_ramp_is_a_ramp_too(pu_per_min: float) -> None:
    mwh, _ = imported_mwh(pu_per_min=pu_per_min)
    assert mwh == pytest.approx(10.0 * 10.0 / (100.0 * pu_per_min) / 2.0 / 60.0, rel=1e-9)


@pytest.mark.parametrize(("wobble_mw", "off"), [(4.0, 0.0), (5.0, 0.04), (4.7, 0.05)])
def test_a_wobble_costs_the_energy_of_its_lines(wobble_mw: float, off: float) -> None:
    here = site(24.0)
    bid = load(here, 40.0)
    ramp(here, pu_per_min=0.05).limit(available_mw=100.0, minimum_mw=0.0)
    source(here, 1000.0, 60.0, "grid")
    times_s = np.arange(1.0, 24 * HOUR - 61.0, 61.0)  # each movement has ended before the next, and the run
    for turn, t_s in enumerate(times_s):
        at(here, float(t_s), lambda mw=40.0 + (turn % 2 == 0) * wobble_mw: bid.state(mw))
    books = here.run()
    rises = (len(times_s) + 1) // 2
    line_mwh = rises * wobble_mw * (wobble_mw / 5.0) / 2.0 / 60.0
    # whole steps equal the line; a movement is off by at most 2 MW x 24 s / 8, 4 % of one of 5 MW
    got_mwh = books.total_mwh(Flow.DELIVERED, owner="grid")
    assert abs(got_mwh - line_mwh) <= rises * 2.0 * 24.0 / 8.0 / HOUR + 1e-9
    assert got_mwh == pytest.approx(line_mwh, rel=off + 1e-9)


def test_below_its_minimum_a_unit_dumps_and_says_why() -> None:
    here = site(1.0)
    load(here, 5.0)
    unit = ramp(here)
    unit.limit(available_mw=20.0, minimum_mw=20.0)
    books = here.run()
    assert dict(books.curtailed_mwh) == {"minimum stable level": pytest.approx(15.0)}
    assert unit.level_mw == 20.0  # it makes, and burns fuel for, its minimum


def test_a_unit_that_comes_into_service_starts_from_zero_below_its_minimum() -> None:
    here = site(2.0)
    load(here, 100.0)
    unit = ramp(here)
    levels: list[tuple[float, float]] = []
    here.bus.terminals["unit"].watch(lambda mw: levels.append((here.env.now, mw)))
    at(here, 600.0, lambda: unit.limit(available_mw=40.0, minimum_mw=30.0))
    here.run()
    # 2 MW a step of two minutes, through its minimum of 30 MW, to 40 MW
    assert [t_s for t_s, _ in levels[:3]] == pytest.approx([600.0, 680.0, 780.0])
    assert [mw for _, mw in levels[:3]] == pytest.approx([0.5, 2.0, 4.0])
    assert levels[-1] == pytest.approx((600.0 + 19.5 * 120.0, 40.0))


def test_an_outage_overrides_ramp_and_minimum_level() -> None:
    here = site(2.0)
    load(here, 80.0)
    unit = ramp(here)
    unit.limit(available_mw=100.0, minimum_mw=60.0)
    at(here, HOUR, lambda: unit.limit(available_mw=50.0, minimum_mw=30.0))
    at(here, 1.5 * HOUR, lambda: unit.limit(available_mw=0.0, minimum_mw=30.0))
    books = here.run()
    rows = journal(books)
    assert rows["unit.delivered_mw"].tolist() == [80.0, 50.0, 0.0]
    assert rows["t_s"].tolist() == [0.0, HOUR, 1.5 * HOUR]


def test_a_partial_outage_that_ends_at_the_same_instant_changes_nothing() -> None:
    here = site(2.0)
    load(here, 80.0)
    unit = ramp(here)
    unit.limit(available_mw=100.0, minimum_mw=0.0)

    def blink() -> None:
        unit.limit(available_mw=10.0, minimum_mw=0.0)
        here.bus.terminals["unit"].watch(lambda _: unit.limit(available_mw=100.0, minimum_mw=0.0))

    at(here, HOUR, blink)
    books = here.run()
    assert books.total_mwh(Flow.UNSERVED) == 0.0


def test_a_minimum_raised_in_the_run_is_reached_at_the_ramp_rate() -> None:
    here = site(3.0)
    load(here, 10.0)
    unit = ramp(here)
    unit.limit(available_mw=100.0, minimum_mw=0.0)
    at(here, HOUR, lambda: unit.limit(available_mw=100.0, minimum_mw=30.0))
    books = here.run()
    assert unit.level_mw == 30.0
    # from 10 MW to 30 MW in 20 minutes along the line, then 20 MW for the rest of the two hours
    dumped = 20.0 * 20.0 / 60.0 / 2.0 + 20.0 * (2.0 - 20.0 / 60.0)
    booked = books.curtailed_mwh["minimum stable level"]
    assert booked == pytest.approx(dumped)


def test_power_out_of_reach_is_never_sold_at_any_price() -> None:
    here = site(1.0)
    bid = load(here, 10.0, worth=1e12)
    unit = ramp(here)
    unit.limit(available_mw=100.0, minimum_mw=0.0)
    at(here, 600.0, lambda: bid.state(100.0))
    books = here.run()
    rows = journal(books)
    assert rows["load.served_mw"][1] == pytest.approx(10.5)
    assert np.isfinite(rows["site.price_usd_per_mwh"]).all()


@pytest.mark.parametrize("every_s", [60.0, 300.0, 3600.0])
def test_the_ramp_is_per_minute_whatever_the_step_of_the_others(every_s: float) -> None:
    here = site(3.0)
    bid = load(here, 10.0)
    unit = ramp(here)
    unit.limit(available_mw=100.0, minimum_mw=0.0)
    at(here, HOUR, lambda: bid.state(70.0))
    for t_s in np.arange(every_s, 3 * HOUR, every_s):
        at(here, float(t_s), lambda: here.bus.ask("somebody"))
    books = here.run()
    # 60 MW at 1 MW a minute: an hour, in which 30 MWh are missing
    assert books.total_mwh(Flow.UNSERVED) == pytest.approx(30.0)


def test_a_fleet_without_capacity_is_no_trouble() -> None:
    here = site()
    load(here, 1.0)
    unit = ramp(here, rated_mw=0.0)
    unit.limit(available_mw=0.0, minimum_mw=0.0)
    here.run()
    assert unit.level_mw == 0.0


DEMAND = st.lists(
    st.tuples(st.floats(1.0, 4 * HOUR), st.floats(0.0, 120.0)), max_size=10, unique_by=lambda c: c[0]
)
SERVICE = st.lists(
    st.tuples(st.floats(1.0, 4 * HOUR), st.sampled_from([0.0, 50.0, 100.0])),
    max_size=4,
    unique_by=lambda c: c[0],
)


@settings(max_examples=150)
@given(DEMAND, SERVICE, st.sampled_from([0.0, 0.2, 1.0]), st.sampled_from([0.002, 0.05, 3.0]))
def test_the_level_obeys_the_law_of_the_ramp_and_settles_down(
    demand: list[tuple[float, float]],
    service: list[tuple[float, float]],
    minimum_pu: float,
    pu_per_min: float,
) -> None:
    here = site(6.0)
    wanted = [(0.0, 40.0), *sorted(demand)]
    bid = load(here, 0.0)
    here.play(steps([t for t, _ in wanted], [mw for _, mw in wanted]), bid.state)
    unit = ramp(here, pu_per_min=pu_per_min)
    running = [(0.0, 100.0), *sorted(service)]
    here.play(
        steps([t for t, _ in running], [mw for _, mw in running]),
        lambda mw: unit.limit(available_mw=mw, minimum_mw=minimum_pu * mw),
    )
    seen: dict[float, tuple[float, float]] = {}

    def see(now_s: float) -> None:
        seen[now_s] = (unit.level_mw, unit.available_mw)

    here.bus.listen(see)
    here.run()
    times = np.array([*seen, 6 * HOUR])
    level, available = np.array(list(seen.values())).T
    assert (level <= available + 1e-9).all()
    outages_s = {t_s for t_s, _ in running}
    assert breaks_law(times, level, 100.0 * pu_per_min / 60.0, 2.0, outages_s) is None
    most = (len(wanted) + len(running)) * (2.0 / 0.02 + 4.0)  # up and down again in steps of a fiftieth
    assert here.bus.settlements <= most


def test_fuel_is_metered_on_what_is_made_not_on_what_is_delivered() -> None:
    here = site(1.0)
    load(here, 5.0)
    unit = ramp(here)
    unit.limit(available_mw=20.0, minimum_mw=20.0)
    here.bus.terminals["unit"].meter(bill_line("fuel"), lambda rows: unit.level_of(rows) * 10.0)
    books = here.run()
    assert amount(books, "fuel", "unit") == pytest.approx(200.0)  # 20 MW for 1 h


def test_cheaper_power_pushes_a_unit_down_to_its_minimum_and_no_further() -> None:
    here = site(4.0)
    load(here, 60.0)
    wind = source(here, 0.0, name="wind")
    unit = ramp(here)
    unit.limit(available_mw=100.0, minimum_mw=25.0)
    at(here, HOUR, lambda: wind.state(60.0))
    here.run()
    assert unit.level_mw == 25.0
    assert wind.accepted_mw == pytest.approx(35.0)


def test_a_cheap_unit_that_comes_back_displaces_a_dear_one() -> None:
    # equal steps: what the cheap one takes at once is just what the dear one gives up at once
    here = site(3.0)
    load(here, 120.0)
    cheap = ramp(here, "cheap", pu_per_min=0.05, price_usd_per_mwh=10.0)
    dear = ramp(here, "dear", pu_per_min=0.05)
    cheap.limit(available_mw=50.0, minimum_mw=0.0, rated_mw=50.0)
    dear.limit(available_mw=100.0, minimum_mw=20.0)
    at(here, HOUR, lambda: cheap.limit(available_mw=100.0, minimum_mw=0.0, rated_mw=100.0))
    here.run()
    assert (cheap.level_mw, dear.level_mw) == (pytest.approx(100.0), pytest.approx(20.0))


def test_a_dear_unit_that_falls_slowly_lets_a_cheap_one_wait_and_not_turn_to_and_fro() -> None:
    here = site(2.0)
    bid = load(here, 230.0)
    cheap = ramp(here, "cheap", pu_per_min=0.05, price_usd_per_mwh=10.0)
    dear = ramp(here, "dear", rated_mw=200.0)  # 2 MW a minute
    cheap.limit(available_mw=100.0, minimum_mw=0.0)
    dear.limit(available_mw=200.0, minimum_mw=40.0)
    at(here, HOUR, lambda: bid.state(160.0))
    books = here.run()
    assert (cheap.level_mw, dear.level_mw) == (pytest.approx(100.0), pytest.approx(60.0))
    # the dear one falls by 70 MW at 2 MW a minute: a triangle of 35 minutes is dumped, by both
    assert books.curtailed_mwh["ramp limit"] == pytest.approx(70.0 * 35 / 60 / 2, rel=0.03)


def test_the_room_of_a_unit_is_from_the_ends_of_its_band_to_its_highest_and_lowest_power() -> None:
    here = site()
    load(here, 50.0)
    unit = ramp(here)
    unit.limit(available_mw=90.0, minimum_mw=20.0)
    at(here, 600.0, lambda: here.bus.ask("somebody"))
    here.run()
    # it rests at 50 MW with half a MW to either side
    assert (unit.room_mw(1.0), unit.room_mw(-1.0)) == pytest.approx((90.0 - 50.5, 49.5 - 20.0))


def test_units_of_equal_cost_at_full_power_fall_together() -> None:
    here = site(2.0)
    bid = load(here, 200.0)
    units = [ramp(here, name) for name in ("one", "other")]
    for unit in units:
        unit.limit(available_mw=100.0, minimum_mw=0.0)
    at(here, HOUR, lambda: bid.state(160.0))
    books = here.run()
    assert [unit.level_mw for unit in units] == pytest.approx([80.0, 80.0])
    # 40 MW at twice 1 MW a minute: a triangle of 20 minutes
    assert books.curtailed_mwh["ramp limit"] == pytest.approx(40.0 * 20.0 / 60.0 / 2.0)


def test_a_unit_at_its_minimum_takes_no_share_of_a_fall_from_one_of_equal_cost() -> None:
    here = site(2.0)
    bid = load(here, 150.0)
    bound, free = ramp(here, "bound"), ramp(here, "free")
    bound.limit(available_mw=50.0, minimum_mw=50.0)
    free.limit(available_mw=100.0, minimum_mw=0.0)
    at(here, HOUR, lambda: bid.state(120.0))
    books = here.run()
    assert (bound.level_mw, free.level_mw) == pytest.approx((50.0, 70.0))
    # 30 MW at 1 MW a minute: a triangle of half an hour
    assert books.curtailed_mwh["ramp limit"] == pytest.approx(30.0 * 0.5 / 2.0)


UNIT = st.tuples(
    st.sampled_from([50.0, 100.0, 154.0]),  # rated power
    st.sampled_from([0.005, 0.03, 0.5, 2.0]),  # ramp
    st.sampled_from([0.0, 0.4, 1.0]),  # minimum level
    st.sampled_from([10.0, 20.0, 30.0]),  # cost
)


@settings(max_examples=100)
@given(st.lists(UNIT, min_size=2, max_size=3), DEMAND, st.booleans())
def test_several_units_obey_the_law_and_end_in_the_order_of_their_cost(
    units: list[tuple[float, float, float, float]], demand: list[tuple[float, float]], has_grid: bool
) -> None:
    here = site(12.0)
    if has_grid:
        source(here, 1000.0, 60.0, "grid")
    bid = load(here, 40.0)
    scale = sum(rated for rated, *_ in units) / 100.0
    wanted = [(0.0, 40.0), *sorted(demand)]
    here.play(steps([t for t, _ in wanted], [mw * scale for _, mw in wanted]), bid.state)
    made = []
    for number, (rated, pu_per_min, minimum_pu, cost) in enumerate(units):
        unit = ramp(here, f"{number}", rated_mw=rated, pu_per_min=pu_per_min, price_usd_per_mwh=cost)
        unit.limit(available_mw=rated, minimum_mw=minimum_pu * rated)
        made.append(unit)
    seen: dict[float, list[float]] = {}
    here.bus.listen(lambda now_s: seen.update({now_s: [unit.level_mw for unit in made]}))
    here.run()
    times = np.array([*seen, 12 * HOUR])
    for unit_levels, (rated, pu_per_min, *_) in zip(np.array([*seen.values()]).T, units, strict=True):
        assert breaks_law(times, unit_levels, rated * pu_per_min / 60.0, 0.02 * rated, [0.0]) is None
    # in the end, hours after the last change, cheaper units make all they can before a dearer one does
    left = wanted[-1][1] * scale - sum(rated * minimum for rated, _, minimum, _ in units)
    for cost in sorted({cost for *_, cost in units}):
        level = sum(unit.level_mw for unit, spec in zip(made, units, strict=True) if spec[3] == cost)
        room = sum(rated * (1.0 - minimum) for rated, _, minimum, one in units if one == cost)
        least = sum(rated * minimum for rated, _, minimum, one in units if one == cost)
        step = 0.02 * sum(rated for rated, *_ in units)
        assert level == pytest.approx(least + min(max(left, 0.0), room), abs=step)
        left -= room
