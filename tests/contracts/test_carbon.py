"""The carbon of a source, and what it costs at the site's price."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sites import HOUR, amount, load, site, steps

from sim.bus.account import Linear
from sim.bus.flows import Flow
from sim.bus.stretch import IS_COMPILED
from sim.contracts.carbon import emit, meter_carbon
from sim.replay.replay import replay
from sim.site import Site

compiled = pytest.mark.skipif(not IS_COMPILED, reason="a replay needs compiled code")


def test_carbon_that_varies_and_its_cost_follow_the_series_between_settlements() -> None:
    here = Site(site().calendar, 2 * HOUR, carbon_usd_per_kg=0.05)
    load(here, 3.0)
    terminal = here.terminal("grid")
    offer = terminal.offer(60.0, Flow.IMPORT, Flow.HEADROOM)
    offer.state(10.0)
    intensity = steps([0.0, 1000.0, 5000.0], [400.0, 100.0, 700.0])
    meter_carbon(
        here, terminal, lambda rows: rows.accepted_mw(offer) * intensity.values_at(rows.t_s), intensity
    )
    emit(here, terminal, 8.0)
    books = here.run()
    assert books.settlements == 1  # nothing else changes
    kgco2 = 3.0 * intensity.integral(0.0, 2 * HOUR) / HOUR + 8.0
    assert amount(books, "carbon_kgco2", "grid") == pytest.approx(kgco2)
    assert amount(books, "carbon cost", "grid") == pytest.approx(0.05 * kgco2)


@pytest.mark.parametrize("run", [Site.run, pytest.param(replay, marks=compiled)])
def test_carbon_as_a_linear_rate_is_that_of_its_terms(run: Callable[[Site], Any]) -> None:
    """Two offers give 2 and 1 MW at 300 and 500 kg/MWh, twofold in the second hour, scaled by 0.1."""
    here = Site(site().calendar, 2 * HOUR, carbon_usd_per_kg=0.05)
    load(here, 3.0)
    terminal = here.terminal("plant")
    offers = [terminal.offer(10.0), terminal.offer(20.0)]
    for offer in offers:
        offer.state(2.0)
    twofold = steps([0.0, HOUR], [1.0, 2.0])
    terms = (([offers[0]], 300.0), ([offers[1]], 500.0))
    meter_carbon(here, terminal, Linear(terms, twofold, scale=0.1), twofold)
    books = run(here)
    kgco2 = 0.1 * (2.0 * 300.0 + 1.0 * 500.0) * (1.0 + 2.0)
    assert amount(books, "carbon_kgco2", "plant") == pytest.approx(kgco2)
    assert amount(books, "carbon cost", "plant") == pytest.approx(0.05 * kgco2)


def test_carbon_without_a_price_has_no_line_on_the_bill() -> None:
    here = site()
    terminal = here.terminal("gas")
    emit(here, terminal, 8.0)
    assert [one.account.name for one in here.run().postings] == ["carbon_kgco2"]
