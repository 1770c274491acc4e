"""The bus: one settlement an instant, bounded rounds, and books that close or fail loudly."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Literal

import pytest
from simpy import Event
from sites import HOUR, at, journal, load, site, source, steps, store

from sim import Campus, EnergyBalanceError, OscillationError, simulate
from sim.bus.block import Block
from sim.bus.clock import Clock
from sim.bus.flows import Flow
from sim.site import Site, Source


def test_all_that_changes_at_one_instant_is_settled_once_and_last() -> None:
    here = site()
    bid, offer = load(here, 1.0), source(here, 1.0)
    settled: list[tuple[float, float]] = []
    here.bus.terminals["load"].watch(lambda mw: settled.append((here.env.now, mw)))

    def late() -> Generator[Event, None, None]:
        """Change after many other events of the instant, of whatever priority."""
        yield here.env.wait_until(600.0)
        for _ in range(5):
            yield here.env.timeout(0.0)
        offer.state(7.0)

    here.process(late())
    at(here, 600.0, lambda: bid.state(7.0))
    here.run()
    assert settled == [(0.0, 1.0), (600.0, 7.0)]  # never the 1 MW of a half-changed instant
    assert here.bus.settlements == 2


def test_a_site_where_nothing_changes_settles_once() -> None:
    here = site(24.0)
    load(here, 1.0)
    books = here.run()
    assert here.bus.settlements == 1
    assert books.balance.served_mwh == 0.0
    assert books.total_mwh(Flow.UNSERVED) == 24.0


def test_a_reaction_at_the_same_instant_is_settled_and_leaves_one_row() -> None:
    here = site()
    bid = load(here, 4.0)
    offer = source(here, 1.0)
    here.bus.terminals["load"].watch(lambda mw: offer.state(min(4.0, 2.0 * mw)))
    books = here.run()
    rows = journal(books)
    assert bid.accepted_mw == 4.0  # 1, then 2, then 4 MW, all at 0 s
    assert rows["t_s"].tolist() == [0.0]
    assert rows["source.delivered_mw"].tolist() == [4.0]


class _Fickle(Source):
    """A source that takes back what it was asked for: never content."""

    kind: Literal["test_fickle"] = "test_fickle"

    def start(self, site: Site, name: str) -> None:
        terminal = site.terminal(name)
        offer = terminal.offer(0.0)
        offer.state(1.0)
        terminal.watch(lambda mw: offer.state(1.0 if mw == 0.0 else 0.0))


def test_an_endless_reaction_ends_in_an_error_that_names_who_asked() -> None:
    campus = Campus(
        name="c",
        supply={"moody": _Fickle()},
        demand={"load": {"kind": "measured_load", "power_mw": 5.0}},
    )
    with pytest.raises(OscillationError, match=r"moody: still changing after 102 settlements at 0(\.0)? s"):
        simulate(campus, days=1.0)


def test_a_bid_above_ones_own_offer_is_refused() -> None:
    here = site()
    terminal = here.terminal("trader")
    terminal.offer(20.0).state(1.0)
    terminal.bid(30.0, Flow.CHARGE, None).state(1.0)
    with pytest.raises(
        ValueError, match=r"trader: bids 30.0 USD/MWh, which is above its own offer of 20.0 USD/MWh"
    ):
        here.run()


def test_a_bid_above_ones_own_empty_offer_is_fine() -> None:
    here = site()
    source(here, 5.0)
    terminal = here.terminal("trader")
    terminal.offer(20.0)
    bid = terminal.bid(30.0)
    bid.state(1.0)
    here.run()
    assert bid.accepted_mw == 1.0


@pytest.mark.parametrize("other_mw", [0.0, 3.0, 100.0])
def test_at_one_price_a_participant_does_not_trade_with_itself(other_mw: float) -> None:
    here = site()
    terminal = here.terminal("grid")
    sell, buy = terminal.offer(50.0, Flow.IMPORT, Flow.HEADROOM), terminal.bid(50.0, Flow.EXPORT, None)
    sell.state(10.0)
    buy.state(6.0)
    source(here, other_mw, 50.0)
    load(here, 4.0)
    here.run()
    assert sell.accepted_mw * buy.accepted_mw == 0.0
    balance = sell.accepted_mw + here.bus.terminals["source"].power_mw - 4.0 - buy.accepted_mw
    assert balance == pytest.approx(0.0, abs=1e-12)


class _Cheat:
    """A mover that changes what was stated, behind the terminal's back, to something that is no power."""

    def __init__(self, here: Site, mw: float) -> None:
        self._bus, self._mw = here.bus, mw
        self._offer = here.terminal("cheat").offer(10.0)
        here.bus.add_mover(self)

    def advance(self, now_s: float) -> None:
        if now_s:
            self._bus.offered[self._offer.at] = self._mw

    def settled(self, now_s: float) -> None:
        """Nothing to take."""


def test_a_participant_that_states_what_is_no_number_fails_the_balance_with_the_flows() -> None:
    here = site()
    load(here, 4.0)
    source(here, 3.0, 20.0)
    _Cheat(here, float("nan"))
    at(here, 600.0, lambda: here.bus.ask("test"))
    with pytest.raises(
        EnergyBalanceError, match=r"at 600.0 s the bus received .* MW and delivered .* MW; power: .*load 3 MW"
    ):
        here.run()


def test_power_below_nothing_is_found_by_the_audit_of_the_rows() -> None:
    here = site()
    load(here, 4.0)
    source(here, 100.0, 20.0)  # gives 6 MW: with the -2 MW the sum is right, the parts are not
    _Cheat(here, -2.0)
    at(here, 600.0, lambda: here.bus.ask("test"))
    with pytest.raises(EnergyBalanceError, match=r"at 600.0 s a block exceeded its stated size"):
        here.run()


class _Leak(Source):
    """A user's store whose books lie: it forgets half of what it holds, again and again."""

    kind: Literal["test_leak"] = "test_leak"

    def start(self, site: Site, name: str) -> None:
        leaky = store(site, name)

        def forget(_now_s: float) -> None:
            leaky.level_mwh /= 2.0

        site.bus.listen(forget)


def test_energy_that_vanishes_in_a_users_store_ends_the_run_with_an_error() -> None:
    campus = Campus(
        name="c",
        supply={"leak": _Leak(), "wind": {"kind": "measured_source", "power_mw": 2.0}},
    )
    with pytest.raises(EnergyBalanceError, match=r"over the run .* MWh are unaccounted for"):
        simulate(campus, days=0.05)


def test_a_name_is_connected_once_and_before_the_clock_starts() -> None:
    here = site()
    here.terminal("grid")
    with pytest.raises(ValueError, match="grid: this name is already used by another participant"):
        here.terminal("grid")
    at(here, 60.0, lambda: here.terminal("late"))
    with pytest.raises(ValueError, match="late: a terminal must be connected before the clock starts"):
        here.run()


def test_a_terminal_may_be_connected_by_a_process_at_the_first_instant() -> None:
    here = site()
    load(here, 2.0)
    at(here, 0.0, lambda: source(here, 2.0))
    books = here.run()
    assert books.balance.served_mwh == 2.0


def test_an_empty_site_runs() -> None:
    here = site(2.0)
    books = here.run()
    assert books.balance.supplied_mwh == books.balance.served_mwh == 0.0
    assert here.bus.price_usd_per_mwh == 0.0


def test_supply_without_demand_and_demand_without_supply_both_run() -> None:
    sunny, dark = site(), site()
    source(sunny, 3.0)
    load(dark, 3.0)
    sunny_books = sunny.run()
    dark_books = dark.run()
    assert sunny_books.total_mwh(Flow.CURTAILED) == 3.0
    assert dark_books.total_mwh(Flow.UNSERVED) == 3.0
    assert dark.bus.price_usd_per_mwh == 5000.0


def test_a_site_does_not_settle_at_its_horizon_though_the_clock_goes_on_for_another() -> None:
    clock = Clock()
    short, long = site(1.0, clock=clock), site(2.0, clock=clock)
    for here in (short, long):
        bid = load(here, 2.0)
        source(here, 5.0)
        at(here, HOUR, lambda bid=bid: bid.state(4.0))
        here.begin()
    clock.advance_to(2.0 * HOUR)
    assert (short.bus.settlements, long.bus.settlements) == (1, 2)
    assert short.bus.terminals["load"].power_mw == 2.0  # what is wanted from its end on is not given
    assert long.close().total_mwh(Flow.SERVED) == 2.0 + 4.0


def test_what_fails_in_a_participant_reaches_the_caller_as_it_is() -> None:
    here = site()
    load(here, 2.0)

    def break_down() -> None:
        raise KeyError("my own mistake")

    at(here, 600.0, break_down)
    with pytest.raises(KeyError, match="my own mistake"):
        here.run()
    assert here.env.now == 600.0


def test_a_call_at_or_after_the_horizon_never_comes_and_one_in_the_past_comes_now() -> None:
    here = site()
    called: list[Any] = []
    here.env.call_at(HOUR, called.append)
    at(here, 600.0, lambda: here.env.call_at(60.0, called.append))
    here.run()
    assert called == [600.0]


def test_a_bid_that_receives_more_since_another_refuses_some_may_refuse_too() -> None:
    # 6 MW for three bids of 4 MW: 2 MW each. The second can use 1 MW only and keeps it; of the 2.5 MW then
    # left for each of the others, the first can use 2.25 MW, so the third receives 2.75 MW
    to = site()
    source(to, 6.0)
    first, second, third = (load(to, 4.0, name=name) for name in "abc")
    for bid, most_mw in ((first, 2.25), (second, 1.0)):

        def fit(
            mw: list[float], used_mw: list[float], bid: Block = bid, most_mw: float = most_mw
        ) -> list[tuple[int, float]]:
            at = len(to.bus.offered) + bid.at
            return [(at, most_mw)] if mw[at] - used_mw[at] > most_mw else []

        to.bus.add_fit(bid, fit)
    to.run()
    assert [bid.accepted_mw for bid in (first, second, third)] == pytest.approx([2.25, 1.0, 2.75])
    assert to.ledger.total_mwh("unserved_mw") == pytest.approx(12.0 - 6.0)


def test_a_bid_that_is_served_in_full_since_another_refuses_all_is_asked_again() -> None:
    # 6 MW for two bids of 4 MW: 3 MW each, until the second refuses less than all of its 4 MW
    to = site()
    source(to, 6.0)
    first, second = (load(to, 4.0, name=name) for name in "ab")
    offered_mw: list[float] = []

    def ask(mw: list[float], used_mw: list[float]) -> list[tuple[int, float]]:
        at = len(to.bus.offered) + first.at
        offered_mw.append(mw[at] - used_mw[at])
        return []

    def refuse(_mw: list[float], used_mw: list[float]) -> list[tuple[int, float]]:
        at = len(to.bus.offered) + second.at
        return [(at, 0.0)] if used_mw[at] else []

    to.bus.add_fit(first, ask)
    to.bus.add_fit(second, refuse)
    to.run()
    assert offered_mw == [3.0, 4.0]
    assert (first.accepted_mw, second.accepted_mw) == (4.0, 0.0)


def test_series_are_played_each_at_its_times_and_together_where_they_meet() -> None:
    here = site()
    played: list[tuple[float, str, float]] = []
    here.play(
        steps([0.0, 1.0, 3.0], [1.0, 10.0, 30.0]), lambda value: played.append((here.env.now, "a", value))
    )
    here.play(
        steps([0.0, 3.0, 4.0], [2.0, 5.0, 6.0]), lambda value: played.append((here.env.now, "b", value))
    )
    here.play(steps([0.0], [3.0]), lambda value: played.append((here.env.now, "none", value)))
    here.run()
    assert played == [
        (0.0, "a", 1.0),
        (0.0, "b", 2.0),
        (0.0, "none", 3.0),
        (1.0, "a", 10.0),
        (3.0, "a", 30.0),
        (3.0, "b", 5.0),
        (4.0, "b", 6.0),
    ]
    assert {type(value) for _, _, value in played} == {float}


def test_at_one_instant_series_come_first_then_events_then_the_settlement() -> None:
    here = site()
    bid, offer = load(here, 1.0), source(here, 9.0)
    order: list[tuple[str, float]] = []
    at(here, 60.0, lambda: bid.state(3.0))  # it is known before the series
    here.play(steps([0.0, 60.0], [1.0, 2.0]), lambda mw: order.append(("series", mw)))
    at(here, 60.0, lambda: order.append(("event", offer.mw)))
    here.play(steps([0.0, 60.0], [4.0, 5.0]), offer.state)
    here.play(steps([0.0, 60.0], [1.0, 2.0]), bid.state)
    here.bus.listen(lambda _: order.append(("settled", bid.accepted_mw)))
    here.run()
    assert order == [("series", 1.0), ("settled", 1.0), ("series", 2.0), ("event", 5.0), ("settled", 3.0)]


def test_the_order_within_an_instant_holds_where_the_clock_has_stopped_before_it() -> None:
    here = site()
    bid = load(here, 1.0)
    source(here, 9.0)
    order: list[str] = []
    at(here, 60.0, lambda: order.append("event"))
    here.play(steps([0.0, 60.0], [1.0, 2.0]), lambda _: order.append("series"))
    here.play(steps([0.0, 60.0], [1.0, 2.0]), bid.state)
    here.bus.listen(lambda _: order.append("settled"))
    here.begin()
    for until_s in (60.0, 60.0, 90.0):
        here.env.advance_to(until_s)
    assert order == ["series", "settled", "series", "event", "settled"]
