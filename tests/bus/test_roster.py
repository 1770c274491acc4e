"""The roster: blocks, processes, accounts, movers and missing capacity follow a participant's service."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from simpy import Event
from sites import HOUR, amount, load, ramp, site, source, steps, store

from sim.bus.account import Account
from sim.bus.flows import Flow
from sim.site import Site
from sim.timeseries.service import Service, Span

RENT = Account("rent_usd", "USD", "Rent")
TURNS = Account("turns", "turns", "Turns")
LEVELS = Account("level_hours_h", "h", "Hours by power", bins=(0.0, 1.0, 9.0))


def enrolled(hours: float, name: str, *spans: Span, word: str = "") -> Site:
    """A site whose next participant is in service for some spans, given in hours."""
    here = site(hours)
    units = tuple(
        Span(
            span.begin_s * HOUR,
            span.end_s * HOUR,
            tuple((begin_s * HOUR, end_s * HOUR) for begin_s, end_s in span.outages_s),
        )
        for span in spans
    )
    here.enrol(name, "supply", "mine", service=Service(units, word, here.horizon_s))
    return here


def test_an_offer_counts_while_its_owner_is_in_service_and_under_no_planned_outage() -> None:
    here = enrolled(10.0, "source", Span(2.0, 8.0, ((4.0, 5.0),)))
    source(here, 3.0)
    here.enrol("load", "demand", "mine")
    load(here, 4.0)
    books = here.run()
    assert books.total_mwh(Flow.DELIVERED) == pytest.approx(3.0 * (2 + 3))
    assert books.total_mwh(Flow.UNSERVED) == pytest.approx(4.0 * (2 + 1 + 2) + 1.0 * 5)
    # 1 MW of the shortage while the source is out is not the source's
    assert books.unserved_mwh["planned outage"] == pytest.approx(3.0)
    assert books.unserved_mwh["capacity"] == pytest.approx(25.0 - 3.0)


def test_what_is_stated_out_of_service_holds_when_it_enters() -> None:
    here = enrolled(4.0, "source", Span(2.0))
    offer = source(here, 1.0)
    here.play(steps([0.0, HOUR, 3 * HOUR], [1.0, 5.0, 2.0]), offer.state)
    here.enrol("load", "demand", "mine")
    load(here, 9.0)
    assert here.run().total_mwh(Flow.DELIVERED) == pytest.approx(5.0 + 2.0)


def test_a_process_begins_with_the_service_and_is_given_up_after_it() -> None:
    here = enrolled(10.0, "source", Span(2.0, 5.5))
    seen: list[float] = []

    def live() -> Generator[Event, None, None]:
        while True:
            seen.append(here.env.now / HOUR)
            yield here.wait_h(1.0)

    here.process(live())
    here.run()
    assert seen == [2.0, 3.0, 4.0, 5.0]


def test_a_process_started_once_all_are_connected_belongs_to_its_participant_too() -> None:
    here = enrolled(10.0, "source", Span(2.0))
    seen: list[float] = []

    def live() -> Generator[Event, None, None]:
        seen.append(here.env.now / HOUR)
        yield here.wait_h(1.0)

    here.on_connected(lambda: here.process(live()))
    here.enrol("load", "demand", "mine")
    here.run()
    assert seen == [2.0]


def test_a_process_that_ends_or_catches_a_failure_does_so_in_service_too() -> None:
    here = enrolled(10.0, "source", Span(2.0, 8.0))
    seen: list[Any] = []

    def live() -> Generator[Event, float, None]:
        failing = here.env.event()
        failing.fail(RuntimeError("lost"))
        try:
            yield failing
        except RuntimeError as error:
            seen.append(str(error))
        seen.append((yield here.env.timeout(HOUR, value=7.0)))

    here.process(live())
    here.run()
    assert seen == ["lost", 7.0]


def test_a_process_of_a_participant_that_never_is_in_service_never_begins() -> None:
    here = enrolled(4.0, "source", Span(9.0))
    seen: list[float] = []

    def live() -> Generator[Event, None, None]:
        seen.append(here.env.now)
        yield here.wait_h(1.0)

    here.process(live())
    here.run()
    assert seen == []


def test_a_process_of_a_unit_follows_that_unit() -> None:
    here = enrolled(10.0, "fleet", Span(), Span(3.0, 4.5), word="unit")
    seen: list[tuple[int, float]] = []

    def live(unit: int) -> Generator[Event, None, None]:
        while True:
            seen.append((unit, here.env.now / HOUR))
            yield here.wait_h(4.0)

    for unit in (0, 1):
        here.process(live(unit), unit=unit)
    here.run()
    assert sorted(seen) == [(0, 0.0), (0, 4.0), (0, 8.0), (1, 3.0)]


def test_accounts_count_in_service_only_also_counters_and_histograms() -> None:
    here = enrolled(10.0, "source", Span(2.0, 8.0, ((4.0, 5.0),)))
    terminal = here.terminal("source")
    offer = terminal.offer(0.0)
    offer.state(3.0)
    terminal.meter(RENT, lambda rows: rows.t_s * 0.0 + 10.0)
    terminal.count(TURNS, lambda rows: rows.t_s * 0.0 + 1.0)
    terminal.meter(LEVELS, lambda rows: rows.accepted_mw(offer))
    here.enrol("load", "demand", "mine")
    load(here, 9.0)
    books = here.run()
    assert amount(books, "rent_usd", "source") == pytest.approx(10.0 * 6)  # under the planned outage too
    assert (
        amount(books, "turns", "source") == 3.0
    )  # before, during and after the outage, not the two rows out of service
    (levels,) = books.posted("level_hours_h")
    assert levels.amounts.tolist() == pytest.approx([1.0, 5.0])


def test_missing_capacity_of_a_participant_out_of_service_is_not_missing() -> None:
    here = enrolled(6.0, "source", Span(2.0, 4.0))
    terminal = here.terminal("source")
    terminal.offer(0.0)
    terminal.declare_outage("drought", 5.0)
    here.enrol("load", "demand", "mine")
    load(here, 5.0)
    unserved = here.run().unserved_mwh
    assert {why: mwh for why, mwh in unserved.items() if mwh} == pytest.approx(
        {"capacity": 5.0 * 4, "drought": 5.0 * 2}
    )


def test_a_participant_out_of_service_notes_nothing() -> None:
    here = enrolled(6.0, "source", Span(2.0, 4.0))
    here.terminal("source pump")  # a second terminal of the same participant
    for hour in (1.0, 3.0, 5.0):
        here.env.call_at(hour * HOUR, lambda _: here.note("source pump", "turned"))
    events = [(event["event"], event["t_s"] / HOUR) for event in here.run().events]
    assert events == [("in service", 2.0), ("turned", 3.0), ("retired", 4.0)]


def test_a_unit_begins_at_any_level_when_it_enters_service_and_from_zero_after_a_planned_outage() -> None:
    here = enrolled(10.0, "unit", Span(2.0, 9.0, ((4.0, 5.0),)))
    unit = ramp(here)  # 1 MW a minute
    unit.limit(available_mw=30.0, minimum_mw=0.0)
    here.enrol("load", "demand", "mine")
    load(here, 30.0)
    books = here.run()
    # half an hour from 0 to 30 MW: 7.5 MWh are missing after the outage
    assert books.total_mwh(Flow.DELIVERED) == pytest.approx(30.0 * (2 + 4) - 7.5)
    assert books.unserved_mwh["planned outage"] == pytest.approx(30.0)
    assert books.unserved_mwh["ramp limit"] == pytest.approx(7.5)


def test_a_ramp_out_of_service_does_not_share_a_change_with_its_peers() -> None:
    here = enrolled(10.0, "away", Span(20.0))
    away = ramp(here, "away")
    away.limit(available_mw=30.0, minimum_mw=0.0)
    here.enrol("unit", "supply", "mine")
    ramp(here).limit(available_mw=30.0, minimum_mw=0.0)
    here.enrol("load", "demand", "mine")
    wanted = load(here, 0.0)
    here.play(steps([0.0, HOUR], [0.0, 30.0]), wanted.state)
    assert here.run().total_mwh(Flow.DELIVERED) == pytest.approx(30.0 * 9 - 7.5)


def test_a_store_under_a_planned_outage_keeps_its_level_and_goes_on() -> None:
    here = enrolled(4.0, "battery", Span(outages_s=((0.5, 3.0),)))
    battery = store(here, level_mwh=5.0, standing_mw=0.2)
    here.enrol("load", "demand", "mine")
    load(here, 4.0, worth=90.0)
    books = here.run()
    # 5 MWh at 4 + 0.2 MW would last 1.19 h: half an hour, then the rest after the outage
    assert battery.level_mwh == pytest.approx(0.0, abs=1e-8)
    assert books.balance.loss_mwh == pytest.approx(0.2 * 5.0 / 4.2)
    assert books.total_mwh(Flow.DISCHARGE) == pytest.approx(4.0 * 5.0 / 4.2)
    assert books.unserved_mwh["planned outage"] == pytest.approx(4.0 * 2.5)
