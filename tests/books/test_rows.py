"""Rows and their layout: every flow is a linear combination of what a settlement wrote down."""

from __future__ import annotations

import numpy as np
from sites import load, site, source

from sim.books.rows import Layout, Rows
from sim.bus.block import Part
from sim.bus.flows import Flow


def _layout() -> tuple[Layout, dict[str, int]]:
    here = site()
    hall = here.terminal("hall")
    firm, flexible = hall.bid(5000.0), hall.bid(150.0, Flow.SERVED, Flow.HELD_BACK)
    firm.parts = flexible.parts = (Part("hall", Flow.IT, 0.8),)
    grid = here.terminal("grid")
    drawn = grid.offer(60.0, Flow.IMPORT, Flow.HEADROOM)
    wind = here.terminal("wind").offer(0.0)
    gauge = grid.gauge("level")
    grid.gauge(None)
    layout = Layout(list(here.bus.terminals.values()), [drawn, wind], [firm, flexible], 2)
    places = {
        "firm": layout.stated_at(firm),
        "flexible": layout.stated_at(flexible),
        "drawn": layout.stated_at(drawn),
        "wind": layout.stated_at(wind),
        "gauge": layout.gauge_at(gauge),
    }
    return layout, places


def test_a_row_becomes_flows_by_hand() -> None:
    layout, _ = _layout()
    # time, price; sizes of import, wind, firm, flexible; what each gave; two gauges
    row = [600.0, 60.0, 20.0, 5.0, 10.0, 6.0, 8.0, 5.0, 0.0, 3.0, 7.5, 1.0]
    assert len(row) == layout.width
    numbers = np.array([row]).T
    names = [column.name for column in layout.columns]
    flows = dict(zip(names, layout.flows(numbers)[:, 0], strict=True))
    assert flows == {
        "site.price_usd_per_mwh": 60.0,
        "hall.served_mw": 13.0,  # 10 firm and 6 - 3 flexible
        "hall.it_mw": 13.0 * 0.8,
        "hall.unserved_mw": 0.0,
        "hall.held_back_mw": 3.0,
        "grid.import_mw": 8.0,
        "grid.headroom_mw": 12.0,
        "grid.level": 7.5,
        "wind.delivered_mw": 5.0,
        "wind.curtailed_mw": 0.0,
    }


def test_a_part_with_a_gauge_follows_the_share_of_each_row_over_all_bids_that_have_it() -> None:
    here = site()
    share = here.terminal("plant").gauge(None)
    bids = [load(here, 1.0, name="a"), load(here, 1.0, name="b")]
    for bid in bids:
        bid.parts = (Part("plant", Flow.COOLING, share),)
    layout = Layout(list(here.bus.terminals.values()), [], bids, 1)
    # time, price; sizes of a and b; what each gave up; the gauge
    rows = np.array([[0.0, 60.0, 4.0, 6.0, 0.0, 1.0, 0.25], [600.0, 60.0, 4.0, 0.0, 2.0, 0.0, 0.5]]).T
    cooling = layout.flows(rows)[layout.at("plant", "cooling_mw")]
    assert cooling.tolist() == [0.25 * (4.0 + 5.0), 0.5 * 2.0]


def test_every_block_and_gauge_has_a_place_of_its_own() -> None:
    layout, places = _layout()
    assert len(set(places.values())) == len(places)
    assert layout.having(Flow.DELIVERED, Flow.IMPORT) == [
        layout.at("grid", "import_mw"),
        layout.at("wind", "delivered_mw"),
    ]


def test_what_is_accepted_and_what_is_left_add_up_to_what_was_stated() -> None:
    here = site()
    offer, bid = source(here, 5.0), load(here, 3.0)
    layout = Layout(list(here.bus.terminals.values()), [offer], [bid], 0)
    values = np.array([[0.0, 1.0, 5.0, 3.0, 2.0, 1.0], [9.0, 1.0, 5.0, 3.0, 3.0, 0.0]])
    rows = Rows(layout, values.T, np.append(values[:, 0], np.inf))
    for block in (offer, bid):
        assert (rows.accepted_mw(block) + rows.rest_mw(block) == rows.stated_mw(block)).all()
    assert rows.accepted_mw(bid).tolist() == [2.0, 3.0]
    assert rows.accepted_mw(offer).tolist() == [2.0, 3.0]
