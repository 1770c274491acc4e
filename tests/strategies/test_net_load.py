"""The net load: what a connection would import, or what would be left over, without a store."""

from __future__ import annotations

import pytest
from sites import site

from sim.bus.flows import Flow
from sim.strategies.net_load import NetLoad

HOUR_S = 3600.0


def measured(load_mw: list[float], sun_mw: list[float], store_mw: list[float]) -> NetLoad:
    """An hour for each load: sun first, then a store that charges (negative) or discharges, then the grid."""
    here = site(len(load_mw))
    grid, store, sun, load = (here.terminal(name) for name in ("grid", "store", "sun", "load"))
    bought = grid.offer(50.0, Flow.IMPORT, Flow.HEADROOM)
    sold = grid.bid(5.0, Flow.EXPORT, None)
    out = store.offer(10.0, Flow.DISCHARGE, None)
    taken = store.bid(60.0, Flow.CHARGE, None)
    shining, wanted = sun.offer(0.0), load.bid(5000.0)
    net = NetLoad(here.bus, "grid", "store")
    bought.state(100.0)
    sold.state(2.0)

    def turn(hour: int) -> None:
        net.end_hour()
        wanted.state(load_mw[hour])
        shining.state(sun_mw[hour])
        out.state(max(store_mw[hour], 0.0))
        taken.state(max(-store_mw[hour], 0.0))

    for hour in range(len(load_mw)):
        here.env.call_at(hour * HOUR_S, lambda now_s: turn(round(now_s / HOUR_S)))
    here.env.call_at(len(load_mw) * HOUR_S - 1e-3, lambda _: net.end_hour())
    here.advance()
    return net


def test_it_is_load_less_sun_whatever_the_store_does() -> None:
    for store_mw in (0.0, 3.0, -4.0):
        net = measured([10.0, 10.0, 10.0], [0.0, 4.0, 9.0], [store_mw] * 3)
        # without the store 10, 6 and 1 MW would be imported
        assert net.hours_mw == pytest.approx([10, 6, 1])


def test_surplus_is_below_zero_whether_it_is_exported_curtailed_or_stored() -> None:
    # 15 MW of surplus: 2 MW exported, up to 4 MW stored, the rest curtailed
    for store_mw in (0.0, -4.0):
        assert measured([5.0], [20.0], [store_mw]).hours_mw == pytest.approx([-15])


def test_a_day_is_expected_as_the_highest_of_the_last_days() -> None:
    days = [[float(day * 20 + hour) for hour in range(24)] for day in (2, 3, 1)]
    net = measured([*days[0], *days[1], *days[2]], [0.0] * 72, [0.0] * 72)
    assert net.is_known
    assert net.expected_mw(26, 1, 7.0) == pytest.approx([*days[2], *days[2][:2]])
    assert net.expected_mw(24, 2, 7.0) == pytest.approx(days[1])
    assert net.expected_mw(24, 9, 7.0) == pytest.approx(days[1])


def test_before_a_day_it_is_like_the_last_hour_and_before_that_unknown() -> None:
    assert measured([10.0, 12.0], [0.0] * 2, [0.0] * 2).expected_mw(2, 7, 3.0) == pytest.approx([12, 12])
    fresh = NetLoad(site(1.0).bus, "grid", "store")
    assert not fresh.is_known
    assert fresh.expected_mw(2, 7, 3.0) == pytest.approx([3, 3])
