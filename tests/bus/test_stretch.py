"""The stretch does what the plain settlement does, to the last bit; on random campuses and random ladders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import fsum, inf, nextafter
from typing import Any

import numpy as np
import pytest
from campuses import DAYS, SEEDS, campuses
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import HOUR, at, journal, site, steps, store

from sim import Campus, EnergyBalanceError, OscillationError, Result, simulate
from sim.books.closed import Closed
from sim.bus.band import Band
from sim.bus.bus import Bus
from sim.site import Site


@pytest.fixture
def settlement() -> None:
    """Each test here chooses by itself."""


@contextmanager
def in_stretches(chosen: bool) -> Iterator[None]:
    """Run in stretches, compiled or not, or by the plain settlement."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Bus, "is_compiled", chosen)
        yield


def outcome(result: Result) -> dict[str, Any]:
    """All that a run tells, but the time it took."""
    books = result.books
    return {
        "summary": {k: v for k, v in result.summary.to_dict().items() if k not in ("loop_s", "wall_s")},
        "flows": (list(result.flows.columns), result.flows.index.tolist(), result.flows.to_numpy().tobytes()),
        "events": result.events.to_csv(),
        "jobs": result.jobs.to_csv(),
        "curtailed": dict(books.curtailed_mwh),
        "unserved": dict(books.unserved_mwh),
        "accounts": [(p.account, p.owner, p.amounts.tobytes()) for p in books.postings],
    }


@settings(max_examples=100)
@given(campuses(), DAYS, SEEDS)
def test_a_campus_runs_the_same_in_stretches_and_by_the_plain_settlement(
    campus: Campus, days: float, seed: int
) -> None:
    found = []
    for chosen in (False, True):
        with in_stretches(chosen):
            found.append(outcome(simulate(campus, days=days, seed=seed)))
    assert found[0] == found[1]


PRICES = st.sampled_from([-10.0, 0.0, 20.0, 20.0, nextafter(20.0, 30.0), 50.0])
SIZES = st.one_of(st.sampled_from([0.0, 0.1, 1.0, 1.0, 3.0]), st.floats(0.0, 1e6, width=64))
BLOCKS = st.lists(st.tuples(PRICES, st.lists(SIZES, min_size=1, max_size=6)), max_size=8)


def bits(rows: dict[str, np.ndarray]) -> list[tuple[str, bytes]]:
    return [(name, values.tobytes()) for name, values in rows.items()]


def cleared(offers: Any, bids: Any) -> tuple[Any, ...]:
    """Sizes, used parts and price after a day of random series, one change an hour."""
    here = site(6.0)
    for side, blocks in (("offer", offers), ("bid", bids)):
        for number, (price, sizes) in enumerate(blocks):
            terminal = here.terminal(f"{side} {number}")
            block = terminal.offer(price) if side == "offer" else terminal.bid(price)
            here.play(steps(HOUR * np.arange(len(sizes)), sizes), block.state)
    books = here.run()
    rows = journal(books)
    return (
        bits(rows),
        list(here.bus.used_mw),
        here.bus.price_usd_per_mwh,
        here.bus.settlements,
    )


@settings(max_examples=300)
@given(BLOCKS, BLOCKS)
def test_a_ladder_is_filled_and_its_sums_are_rounded_as_by_the_plain_settlement(
    offers: Any, bids: Any
) -> None:
    found = []
    for chosen in (False, True):
        with in_stretches(chosen):
            found.append(cleared(offers, bids))
    assert found[0] == found[1]


BOUNDS = st.sampled_from([(-inf, inf), (inf, -inf), (-inf, 0.0), (0.0, 20.0), (20.0, inf), (20.0, 20.0)])
PARTS = st.tuples(BOUNDS, st.integers(0, 8), st.integers(0, 8))


def heard(offers: Any, bids: Any, parts: Any) -> tuple[list[list[float]], list[list[float]]]:
    """When listeners with bands are told, and when what they wait for is so; one change an hour."""
    here = site(6.0)
    blocks = []
    for side, stated in (("offer", offers), ("bid", bids)):
        for number, (price, sizes) in enumerate(stated):
            terminal = here.terminal(f"{side} {number}")
            blocks.append(terminal.offer(price) if side == "offer" else terminal.bid(price))
            here.play(steps(HOUR * np.arange(len(sizes)), sizes), blocks[-1].state)
    told: list[list[float]] = [[] for _ in parts]
    due: list[list[float]] = [[] for _ in parts]
    seen: list[Any] = [None for _ in parts]

    def look(now_s: float) -> None:
        for number, ((low, high), first, last) in enumerate(parts):
            powers = [(block.mw, block.accepted_mw) for block in blocks[first:last]]
            if seen[number] != powers or not low <= here.bus.price_usd_per_mwh <= high:
                due[number].append(now_s)
            seen[number] = powers

    for number, (bounds, first, last) in enumerate(parts):
        band = Band(here.bus, blocks[first:last])
        band.bound(*bounds)
        here.bus.listen(told[number].append, band=band)
    here.bus.listen(look)
    here.run()
    return told, due


@given(BLOCKS, BLOCKS, st.lists(PARTS, max_size=4))
def test_listeners_are_told_when_a_price_leaves_its_bounds_or_a_power_changes_and_at_no_other_settlement(
    offers: Any, bids: Any, parts: Any
) -> None:
    for chosen in (False, True):
        with in_stretches(chosen):
            told, due = heard(offers, bids, parts)
        assert told == due


@given(st.lists(st.floats(0.0, 1e18, width=64), min_size=1, max_size=40))
def test_the_need_is_the_exact_sum_of_the_bids_rounded_once(sizes: list[float]) -> None:
    with in_stretches(True):
        here = site()
        for number, mw in enumerate(sizes):
            here.terminal(f"load {number}").bid(10.0).state(mw)
        offer = here.terminal("source").offer(0.0)
        offer.state(1e30)
        here.run()
    assert offer.accepted_mw == fsum(sizes)


def test_it_does_not_begin_before_all_events_of_the_first_instant() -> None:
    with in_stretches(True):
        here = site()

        def late() -> Iterator[Any]:
            yield here.env.timeout(0.0)
            here.terminal("late").bid(10.0).state(1.0)

        here.process(late())
        books = here.run()
    assert journal(books)["late.unserved_mw"].tolist() == [1.0]


def test_who_is_called_sees_the_clock_at_its_instant() -> None:
    with in_stretches(True):
        here, seen = site(), []
        bid = here.terminal("load").bid(10.0)
        here.play(steps([0.0, 10.0, 20.0], [1.0, 2.0, 3.0]), bid.state)
        here.play(steps([0.0, 15.0], [1.0, 2.0]), lambda _: seen.append(("series", here.env.now)))
        here.bus.listen(lambda now_s: seen.append((now_s, here.env.now)))
        here.bus.terminals["load"].watch(lambda mw: seen.append((mw, here.env.now)))
        source = here.terminal("source").offer(0.0)
        source.state(9.0)
        here.run()
    assert seen == [
        ("series", 0.0),
        (0.0, 0.0),
        (1.0, 0.0),
        (10.0, 10.0),
        (2.0, 10.0),
        ("series", 15.0),
        (20.0, 20.0),
        (3.0, 20.0),
    ]
    assert here.env.now == HOUR


def refused(run: Any) -> str:
    """The message of an error of the kernel, the same in both."""
    messages = []
    for chosen in (False, True):
        with (
            in_stretches(chosen),
            pytest.raises((EnergyBalanceError, OscillationError, ValueError)) as caught,
        ):
            run()
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    return messages[0]


def test_errors_are_those_of_the_plain_settlement() -> None:
    def restless() -> None:
        here = site()
        bid = here.terminal("load").bid(10.0)
        here.bus.listen(lambda _: bid.state(3.0 - bid.mw))
        here.run()

    def mutual() -> None:
        here = site()

        class Mover:
            def advance(self, _now_s: float) -> None:
                bid.state(3.0 - bid.mw)

            def settled(self, _now_s: float) -> None:
                pass

        bid = here.terminal("load").bid(10.0)
        here.bus.add_mover(Mover())
        here.run()

    def no_number() -> None:
        here = site()
        here.terminal("load").bid(10.0).state(1.0)
        offer = here.terminal("source").offer(0.0)
        here.bus.offered[offer.at] = float("nan")
        here.run()

    def negative() -> None:
        here = site()
        offer = here.terminal("source").offer(0.0)
        here.play(steps([0.0, 60.0], [1.0, -1.0]), offer.state)
        here.run()

    def trades_with_itself() -> None:
        here = site()
        here.terminal("load", None).bid(10.0).state(1.0)
        both = here.terminal("both")
        both.offer(20.0).state(1.0)
        both.bid(30.0).state(1.0)
        here.run()

    assert refused(restless).startswith("load: still changing after 101 settlements at 0.0 s")
    assert refused(mutual) == "load: still changing after 100 rounds at 0.0 s"
    assert refused(no_number).startswith("at 0.0 s the bus received nan MW and delivered 0.0 MW")
    assert refused(negative) == "source: block = -1.0 MW; allowed: a finite number at least 0 MW"
    assert refused(trades_with_itself) == (
        "both: bids 30.0 USD/MWh, which is above its own offer of 20.0 USD/MWh"
    )


def test_an_error_leaves_the_clock_at_its_instant() -> None:
    for chosen in (False, True):
        with in_stretches(chosen):
            here = site()
            offer = here.terminal("source").offer(0.0)
            here.play(steps([0.0, 60.0, 90.0], [1.0, 2.0, -1.0]), offer.state)
            with pytest.raises(ValueError, match=r"block = -1\.0 MW"):
                here.run()
            assert here.env.now == 90.0


def stored(here: Site) -> Closed:
    """A store that is charged and discharged by what is left of a load, and is out of service in between."""
    battery = store(here, level_mwh=2.0, charge_eff_pu=0.9, discharge_eff_pu=0.8, standing_mw=0.1)
    load = here.terminal("load").bid(5000.0)
    source = here.terminal("source").offer(0.0)
    random = np.random.default_rng(5)
    here.play(steps(600.0 * np.arange(200), 9.0 * random.random(200)), load.state)
    here.play(steps(700.0 * np.arange(170), 12.0 * random.random(170)), source.state)
    terminal = here.bus.terminals[battery.name]
    at(here, 7 * HOUR, lambda: here.bus.set_aside(terminal, True))
    at(here, 9 * HOUR, lambda: here.bus.set_aside(terminal, False))
    at(
        here,
        12 * HOUR,
        lambda: battery.limit(charge_mw=1.0, discharge_mw=2.0, min_mwh=1.0, reserve_mwh=3.0, max_mwh=8.0),
    )
    return here.run()


def test_a_store_that_is_set_aside_and_limited_has_the_same_levels() -> None:
    rows = []
    for chosen in (False, True):
        with in_stretches(chosen):
            rows.append(journal(stored(site(30.0))))
    assert len(rows[0]["t_s"]) > 300
    assert bits(rows[0]) == bits(rows[1])


def test_nothing_can_be_added_from_the_first_settlement_on() -> None:
    def late() -> None:
        here = site()
        terminal = here.terminal("load")
        terminal.bid(10.0).state(1.0)

        class Late:
            """A mover that adds a bid while it is asked for the first time."""

            def advance(self, _now_s: float) -> None:
                terminal.bid(20.0)

            def settled(self, _now_s: float) -> None:
                pass

        here.bus.add_mover(Late())
        here.run()

    assert refused(late) == "load: a bid must be added before the clock starts"


def test_a_store_that_is_asked_before_the_start_does_nothing() -> None:
    for chosen in (False, True):
        with in_stretches(chosen):
            here = site()
            battery = store(here, level_mwh=2.0)
            battery.advance(60.0)
            assert battery.level_mwh == 2.0
            assert battery.charge.mw == 0.0


def switched_off() -> tuple[Any, ...]:
    """A load that a mover takes off at 600 s, from within a settlement; what it had, and when it was told."""
    here = site()
    here.terminal("load").bid(100.0).state(1.0)
    here.terminal("source").offer(0.0).state(5.0)
    told: list[float] = []
    here.bus.listen(told.append, owner="load")

    class Switch:
        """Takes the load off."""

        def advance(self, now_s: float) -> None:
            if now_s == 600.0:
                here.bus.set_aside(here.bus.terminals["load"], is_aside=True)

        def settled(self, now_s: float) -> None:
            pass

    here.bus.add_mover(Switch())
    at(here, 600.0, lambda: here.bus.ask("switch"))
    rows = journal(here.run())
    return rows["t_s"].tolist(), rows["load.served_mw"].tolist(), told


def test_a_mover_that_sets_another_participant_aside_does_so_at_once() -> None:
    for chosen in (False, True):
        with in_stretches(chosen):
            assert switched_off() == ([0.0, 600.0], [1.0, 0.0], [0.0])
