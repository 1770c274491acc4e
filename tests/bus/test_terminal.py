"""The terminal: its power, who waits for it, and what is refused."""

from __future__ import annotations

from collections.abc import Generator
from math import inf

import pytest
from simpy import Event
from sites import HOUR, at, load, site, source, steps

from sim.bus.account import Account
from sim.bus.flows import Flow


@pytest.mark.parametrize("late", ["offer", "bid", "gauge", "meter"])
def test_nothing_can_be_added_to_a_terminal_once_the_clock_has_started(late: str) -> None:
    here = site()
    terminal = here.terminal("wind")
    add = {
        "offer": lambda: terminal.offer(0.0),
        "bid": lambda: terminal.bid(10.0),
        "gauge": lambda: terminal.gauge("level"),
        "meter": lambda: terminal.meter(Account("fee_usd", "USD", "Fee"), lambda rows: rows.t_s),
    }[late]
    message = {"meter": "account"}.get(late, late)
    at(here, 60.0, add)
    with pytest.raises(ValueError, match=rf"wind: an? {message} must be added before the clock starts"):
        here.run()


def test_a_terminals_power_is_the_sum_of_its_blocks() -> None:
    here = site()
    load(here, 8.0)
    terminal = here.terminal("plant")
    terminal.offer(0.0).state(3.0)
    terminal.offer(10.0).state(9.0)
    here.run()
    assert terminal.power_mw == 8.0  # 3 MW of the first and 5 MW of the second


def test_a_watch_is_told_only_when_power_has_changed() -> None:
    here = site()
    bid = load(here, 8.0)
    source(here, 100.0)
    told: list[tuple[float, float]] = []
    here.bus.terminals["load"].watch(lambda mw: told.append((here.env.now, mw)))
    for t_s, mw in ((60.0, 9.0), (120.0, 9.0), (180.0, 4.0)):
        at(here, t_s, lambda mw=mw: bid.state(mw))
        at(here, t_s, lambda: here.bus.ask("test"))
    here.run()
    assert told == [(0.0, 8.0), (60.0, 9.0), (180.0, 4.0)]


def test_a_watch_is_told_when_power_moves_from_one_block_to_another() -> None:
    here = site()
    terminal = here.terminal("load")
    dear, cheap = terminal.bid(500.0), terminal.bid(100.0)
    dear.state(4.0)
    cheap.state(6.0)
    source(here, 8.0)
    told: list[tuple[float, float, float]] = []
    terminal.watch(lambda mw: told.append((here.env.now, mw, dear.accepted_mw)))
    at(here, 60.0, lambda: dear.state(5.0))  # 8 MW before and after, but 5 and 3 rather than 4 and 4
    here.run()
    assert told == [(0.0, 8.0, 4.0), (60.0, 8.0, 5.0)]


def test_a_change_awaited_in_the_middle_of_a_run_is_a_change_and_not_the_present_power() -> None:
    here = site()
    bid = load(here, 8.0)
    source(here, 100.0)
    woken: list[tuple[float, float]] = []

    def wait() -> Generator[Event, float, None]:
        yield here.env.wait_until(60.0)
        for _ in range(2):
            mw = yield here.bus.terminals["load"].changed()
            woken.append((here.env.now, mw))

    here.process(wait())
    at(here, 90.0, lambda: here.bus.ask("test"))  # a settlement that changes nothing wakes nobody
    at(here, 120.0, lambda: bid.state(3.0))
    at(here, 180.0, lambda: bid.state(5.0))
    here.run()
    assert woken == [(120.0, 3.0), (180.0, 5.0)]


def test_a_loss_divides_the_books_at_its_own_instant() -> None:
    """What is missing for a reason changes at 600 s though no offer does."""
    here = site()
    load(here, 6.0)
    terminal = here.terminal("grid")
    terminal.offer(50.0, Flow.IMPORT, Flow.HEADROOM)
    terminal.declare_outage("grid outage", 6.0)

    def other() -> None:
        terminal.declare_outage("grid outage", 0.0)
        terminal.declare_outage("grid curtailment order", 6.0)

    at(here, 600.0, other)
    books = here.run()
    assert books.unserved_mwh["grid outage"] == pytest.approx(6.0 * 600 / 3600)
    assert books.unserved_mwh["grid curtailment order"] == pytest.approx(6.0 * 3000 / 3600)


def test_a_series_cannot_be_played_once_the_clock_has_started() -> None:
    here = site()
    at(here, 60.0, lambda: here.play(steps([0.0, 30.0], [1.0, 2.0]), lambda _: None))
    with pytest.raises(ValueError, match="before the clock starts"):
        here.run()
    assert here.env.now < HOUR


def test_of_two_deadlines_for_one_change_the_earlier_counts() -> None:
    here = site()
    load(here, 8.0)
    source(here, 100.0)
    woken: list[float] = []

    def wait(by_s: float) -> Generator[Event, float, None]:
        yield here.env.wait_until(60.0)
        yield here.bus.terminals["load"].changed(by_s)
        woken.append(here.env.now)

    here.process(wait(600.0))
    here.process(wait(1200.0))
    here.run()
    assert woken == [600.0, 600.0]  # one event for both


def test_the_deadline_of_a_wait_that_is_over_does_not_end_the_next_one() -> None:
    here = site()
    bid = load(here, 8.0)
    source(here, 100.0)
    woken: list[tuple[float, float]] = []

    def wait() -> Generator[Event, float, None]:
        yield here.env.wait_until(60.0)
        for by_s in (600.0, inf):
            mw = yield here.bus.terminals["load"].changed(by_s)
            woken.append((here.env.now, mw))

    here.process(wait())
    at(here, 300.0, lambda: bid.state(3.0))  # before the deadline of 600 s
    at(here, 900.0, lambda: bid.state(5.0))
    here.run()
    assert woken == [(300.0, 3.0), (900.0, 5.0)]


def test_a_limit_is_a_bound_from_when_it_is_stated_on() -> None:
    here = site()
    load(here, 1.0)
    terminal = here.terminal("grid")
    most_mw = terminal.limit("at import limit", Flow.IMPORT, none="without import")
    terminal.limit("at export limit", Flow.EXPORT)
    most_mw.state(8.0)
    at(here, 600.0, lambda: most_mw.state(0.0))
    (grid,) = [one for one in here.run().participants if one.name == "grid"]
    imports, exports = grid.bounds
    assert (imports.label, imports.flow, imports.none) == ("at import limit", Flow.IMPORT, "without import")
    assert (imports.mw.times_s.tolist(), imports.mw.values.tolist()) == ([0.0, 600.0], [8.0, 0.0])
    assert (exports.label, exports.none, exports.mw.values.tolist()) == ("at export limit", "", [0.0])


def test_a_limit_that_is_not_finite_names_its_owner_and_its_label() -> None:
    limit = site().terminal("grid").limit("at import limit", Flow.IMPORT)
    message = r"^grid: at import limit = inf; allowed: a finite number at least 0$"
    with pytest.raises(ValueError, match=message):
        limit.state(float("inf"))


def test_the_bounds_of_a_store_are_kept_from_when_they_are_stated_on() -> None:
    here = site()
    load(here, 1.0)
    terminal = here.terminal("tank")
    assert (terminal.lowest_mwh, terminal.highest_mwh) == (None, None)
    terminal.store_bounds(2.0, 10.0)
    at(here, 600.0, lambda: terminal.store_bounds(2.0, 7.0))
    participants = {one.name: one for one in here.run().participants}
    tank, other = participants["tank"], participants["load"]
    assert tank.lowest_mwh is not None
    assert tank.highest_mwh is not None
    assert tank.lowest_mwh.values.tolist() == [2.0]  # it has not changed
    assert (tank.highest_mwh.times_s.tolist(), tank.highest_mwh.values.tolist()) == (
        [0.0, 600.0],
        [10.0, 7.0],
    )
    assert (other.lowest_mwh, other.highest_mwh) == (None, None)  # no store


def test_bounds_first_stated_in_the_middle_of_a_run_hold_from_then_on() -> None:
    here = site()
    load(here, 1.0)
    terminal = here.terminal("tank")
    at(here, 600.0, lambda: terminal.store_bounds(2.0, 7.0))
    (tank,) = [one for one in here.run().participants if one.name == "tank"]
    assert tank.highest_mwh is not None
    assert tank.highest_mwh.value_at(599.0) == 0.0
    assert tank.highest_mwh.value_at(600.0) == 7.0


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), float("-inf")])
def test_an_entry_that_is_not_finite_is_refused_by_name(amount: float) -> None:
    terminal = site().terminal("plant")
    with pytest.raises(ValueError, match=rf"^plant: fee_usd = {amount} USD; allowed: a finite number$"):
        terminal.enter(Account("fee_usd", "USD", "Fee"), amount)


def test_a_histogram_cannot_be_counted() -> None:
    terminal = site().terminal("plant")
    hours = Account("load_hours_h", "h", "Hours", bins=(0.0, 1.0))
    with pytest.raises(ValueError, match=r"^plant: load_hours_h is a histogram; use meter\(\)$"):
        terminal.count(hours, lambda rows: rows.t_s)


def test_nothing_can_be_counted_once_the_clock_has_started() -> None:
    here = site()
    terminal = here.terminal("plant")
    at(here, 60.0, lambda: terminal.count(Account("starts", "starts", "Starts"), lambda rows: rows.t_s))
    with pytest.raises(ValueError, match=r"^plant: an account must be added before the clock starts$"):
        here.run()


def test_an_outage_that_is_restated_takes_the_place_of_the_one_before() -> None:
    here = site()
    load(here, 9.0)
    terminal = here.terminal("plant")
    terminal.declare_outage("forced outage", 4.0)
    terminal.declare_outage("forced outage", 6.0)  # not 10 MW
    terminal.declare_outage("refuelling", 1.0)
    at(here, 1800.0, lambda: terminal.declare_outage("forced outage", 0.0))
    books = here.run()
    assert books.unserved_mwh == pytest.approx(
        {"forced outage": 6.0 / 2, "refuelling": 1.0, "capacity": 2.0 / 2 + 8.0 / 2}
    )


def test_the_outages_of_several_participants_add_up() -> None:
    here = site()
    load(here, 9.0)
    for name, mw in (("a", 2.0), ("b", 3.0)):
        here.terminal(name).declare_outage("forced outage", mw)
    assert here.run().unserved_mwh == pytest.approx({"forced outage": 5.0, "capacity": 4.0})


@pytest.mark.parametrize("mw", [-1.0, float("nan"), float("inf")])
def test_an_outage_that_is_no_power_is_refused_by_name(mw: float) -> None:
    terminal = site().terminal("plant")
    message = rf"^plant: forced outage = {mw} MW; allowed: a finite number at least 0 MW$"
    with pytest.raises(ValueError, match=message):
        terminal.declare_outage("forced outage", mw)
