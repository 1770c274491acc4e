"""The feed: IT power in, power at the bus out, and what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf, nextafter

import pytest

from sim.bus.block import Block
from sim.demand.facility import Facility
from sim.demand.hall import Hall
from sim.site import Site
from sim.timeseries.calendar import Calendar


def hall() -> Hall:
    site = Site(Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC"), 3600.0)
    return Hall(site, Facility(pue=1.25, firm_worth_usd_per_mwh=3000.0))


def supply(stand: Hall, mw: float) -> Block:
    offer = stand.site.terminal("plant").offer(10.0)
    offer.state(mw)
    return offer


def test_what_it_asks_for_reaches_the_bus_with_the_overhead() -> None:
    stand = hall()
    offer = supply(stand, 100.0)
    feed = stand.feed("load", 100.0)
    feed.want(4.0, 2.0)
    stand.site.run()
    assert offer.accepted_mw == pytest.approx(6.0 * 1.25)
    assert (feed.firm_pu, feed.flexible_pu) == (1.0, 1.0)
    assert stand.site.ledger.total_mwh("it_mw") == pytest.approx(6.0)


def test_flexible_power_is_given_up_before_firm_power() -> None:
    stand = hall()
    supply(stand, 5.0)
    feed = stand.feed("load", 100.0)
    feed.want(3.0, 2.0)  # 3.75 and 2.5 MW at the bus
    stand.site.run()
    assert (feed.firm_pu, feed.flexible_pu) == (1.0, pytest.approx(1.25 / 2.5))
    ledger = stand.site.ledger
    assert (ledger.total_mwh("held_back_mw"), ledger.total_mwh("unserved_mw")) == (pytest.approx(1.25), 0.0)


def test_two_feeds_of_one_worth_share_in_proportion() -> None:
    stand = hall()
    supply(stand, 5.0)
    large, small = stand.feed("large"), stand.feed("small")
    large.want(6.0)
    small.want(2.0)
    stand.site.run()
    assert large.firm_pu == small.firm_pu == pytest.approx(5.0 / 10.0)


def test_one_who_asks_for_nothing_gets_a_share_of_nothing() -> None:
    stand = hall()
    feed = stand.feed("load")
    stand.site.run()
    assert (feed.firm_pu, feed.flexible_pu) == (0.0, 0.0)


def test_flexible_power_is_never_worth_more_than_firm_power() -> None:
    flexible = hall().feed("load", 1e6).flexible
    assert flexible[0].price == nextafter(3000.0, -inf)  # firm power comes first


def test_it_tells_when_what_it_gets_changes() -> None:
    stand = hall()
    offer = supply(stand, 100.0)
    feed = stand.feed("load")
    told: list[tuple[float, float]] = []

    def listen() -> object:
        while True:
            power_mw = yield feed.changed()
            told.append((stand.site.env.now, power_mw))

    feed.want(4.0)
    stand.site.process(listen())  # type: ignore[arg-type] # a generator of events
    stand.site.env.call_at(600.0, lambda _: offer.state(2.0))
    stand.site.env.call_at(1200.0, lambda _: offer.state(3.0))
    stand.site.run()
    assert told == [(0.0, 5.0), (600.0, 2.0), (1200.0, 3.0)]


def test_flexible_power_that_is_not_asked_for_again_is_asked_for_no_longer() -> None:
    stand = hall()
    offer = supply(stand, 100.0)
    feed = stand.feed("load", 100.0, 50.0)
    feed.want(0.0, 2.0, 4.0)
    stand.site.env.call_at(900.0, lambda _: feed.want(1.0, 2.0))
    stand.site.env.call_at(1800.0, lambda _: feed.want(1.0))
    stand.site.run()
    assert offer.accepted_mw == pytest.approx(1.0 * 1.25)
    # 6 MW and 3 MW for a quarter of an hour each, 1 MW for the other half
    assert stand.site.ledger.total_mwh("it_mw") == pytest.approx(6.0 / 4 + 3.0 / 4 + 1.0 / 2)
    assert feed.flexible_pu == 0.0


def test_flexible_power_without_a_worth_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^load: flexible power has no price; pass it to Hall.feed$"):
        hall().feed("load").want(1.0, 2.0)
