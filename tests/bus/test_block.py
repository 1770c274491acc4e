"""The block and the gauge: what is stated, what was accepted, and what is refused."""

from __future__ import annotations

from math import inf, nan

import pytest
from sites import at, journal, load, site, source


@pytest.mark.parametrize("mw", [-1e-12, nan, inf])
def test_a_size_that_is_no_power_is_refused_and_names_the_owner(mw: float) -> None:
    offer = source(site(), 5.0, name="wind")
    with pytest.raises(ValueError, match=r"wind: block = .* MW; allowed: a finite number at least 0 MW"):
        offer.state(mw)
    assert offer.mw == 5.0


@pytest.mark.parametrize("price", [nan, inf, -inf])
def test_a_price_that_is_no_number_is_refused(price: float) -> None:
    here = site()
    offer = source(here, 5.0, name="wind")
    with pytest.raises(ValueError, match="wind: price"):
        offer.reprice(price)
    with pytest.raises(ValueError, match="tram: price"):
        here.terminal("tram").bid(price)


def test_only_an_offer_may_stand_at_infinity_and_only_from_the_start() -> None:
    here = site()
    here.terminal("unit").offer(inf)
    with pytest.raises(ValueError, match="price = -inf"):
        here.terminal("other").offer(-inf)


def test_a_block_knows_what_was_accepted_of_it_though_it_has_been_restated_since() -> None:
    here = site()
    bid, offer = load(here, 8.0), source(here, 5.0)
    seen: list[tuple[float, float]] = []

    def restate() -> None:
        bid.state(2.0)
        offer.state(9.0)
        seen.append((bid.accepted_mw, offer.accepted_mw))

    assert bid.accepted_mw == 0.0  # nothing is accepted before the first settlement
    at(here, 60.0, restate)
    at(here, 120.0, lambda: seen.append((bid.accepted_mw, offer.accepted_mw)))
    here.run()
    assert seen == [(5.0, 5.0), (2.0, 2.0)]


def test_a_gauge_shows_what_holds_from_the_next_settlement_on() -> None:
    here = site()
    gauge = here.terminal("plant").gauge("units_running")
    here.terminal("quiet").gauge(None).show(7.0)
    load(here, 1.0)
    gauge.show(2.0)

    def change() -> None:
        gauge.show(3.0)
        here.bus.ask("plant")

    at(here, 600.0, change)
    books = here.run()
    rows = journal(books)
    assert rows["plant.units_running"].tolist() == [2.0, 3.0]
    assert rows["t_s"].tolist() == [0.0, 600.0]
    assert not [name for name in rows if name.startswith("quiet")]
    assert gauge.value == 3.0
