"""Why power was curtailed or unserved, with the arithmetic by hand."""

from __future__ import annotations

from math import inf

import pytest
from sites import HOUR, at, load, site, source, store

from sim.bus.flows import Flow
from sim.site import Site


def _why(here: Site) -> tuple[dict[str, float], dict[str, float]]:
    """Curtailed and unserved energy by reason after an hour's run, without rounding."""
    books = here.run()
    curtailed, unserved = (
        {reason: mwh for reason, mwh in found.items() if mwh > 1e-9}
        for found in (books.curtailed_mwh, books.unserved_mwh)
    )
    return curtailed, unserved


def test_surplus_of_a_site_that_may_not_export_is_no_export() -> None:
    here = site()
    source(here, 9.0)
    load(here, 4.0)
    assert _why(here) == ({"no export": 5.0}, {})


def test_surplus_beyond_the_export_limit_is_the_export_limit_though_a_store_is_full() -> None:
    here = site()
    source(here, 9.0)
    here.terminal("grid").bid(5.0, Flow.EXPORT, None, "export limit").state(2.0)
    store(here, level_mwh=10.0)
    assert _why(here) == ({"export limit": 7.0}, {})


def test_surplus_beside_a_full_store_is_storage_full_and_beside_a_small_one_no_export() -> None:
    full, small = site(), site()
    for here in (full, small):
        source(here, 9.0)
    store(full, level_mwh=10.0)
    store(small, level_mwh=0.0, charge_mw=2.0)
    assert _why(full) == ({"storage full": 9.0}, {})
    assert _why(small) == ({"no export": 7.0}, {})


def test_surplus_somebody_would_have_taken_for_less_is_economic() -> None:
    here = site()
    source(here, 9.0, price=30.0)
    here.terminal("grid").bid(5.0, Flow.EXPORT, None).state(2.0)
    load(here, 4.0)
    assert _why(here) == ({"economic": 5.0}, {})


def test_what_cheaper_imports_displace_is_economic_and_only_the_rest_is_surplus() -> None:
    here = site()
    source(here, 9.0)
    source(here, 2.0, price=10.0, name="other")
    here.terminal("grid").offer(-20.0, Flow.IMPORT, Flow.HEADROOM).state(3.0)
    load(here, 4.0)
    # 3 MW are imported, 1 MW of the 9 is taken; of the 8 + 2 MW left over the imports displace 3
    assert _why(here) == ({"economic": 3.0, "no export": 7.0}, {})


def test_imports_that_only_fill_a_gap_displace_nobody() -> None:
    here = site(2.0)
    bid = load(here, 12.0)
    source(here, 9.0)
    here.terminal("grid").offer(60.0, Flow.IMPORT, Flow.HEADROOM).state(10.0)
    at(here, HOUR, lambda: bid.state(4.0))
    # 3 MW are imported while all is taken; then 5 MW are left over without imports
    assert _why(here) == ({"no export": 5.0}, {})


def test_a_reason_that_depends_on_another_block_holds_where_that_one_is_used_up() -> None:
    here = site(2.0)
    bid = load(here, 4.0)
    terminal = here.terminal("unit")
    near, far = terminal.offer(10.0), terminal.offer(20.0, reason="contract cap")
    far.only_after = near
    near.state(4.0)
    far.state(3.0)
    at(here, HOUR, lambda: bid.state(1.0))
    curtailed, _ = _why(here)
    # first hour: 4 MW near all used, so the 3 MW far are for the cap; then 3 MW near and 3 MW far idle
    assert curtailed == {"contract cap": 3.0, "no export": 6.0}


def test_what_is_missing_explains_a_shortage_in_proportion_and_the_rest_is_capacity() -> None:
    here = site()
    load(here, 20.0)
    terminal = here.terminal("grid")
    terminal.declare_outage("grid outage", 6.0)
    terminal.declare_outage("forced outage", 2.0)
    assert _why(here)[1] == pytest.approx({"grid outage": 6.0, "forced outage": 2.0, "capacity": 12.0})


def test_more_missing_than_short_is_shared_in_proportion() -> None:
    here = site()
    load(here, 4.0)
    terminal = here.terminal("grid")
    terminal.declare_outage("grid outage", 6.0)
    terminal.declare_outage("forced outage", 2.0)
    assert _why(here)[1] == pytest.approx({"grid outage": 3.0, "forced outage": 1.0})


def test_capacity_lost_before_the_clock_starts_counts_and_regained_no_more() -> None:
    here = site(2.0)
    load(here, 4.0)
    terminal = here.terminal("grid")
    terminal.declare_outage("refuelling", 4.0)
    at(here, HOUR, lambda: terminal.declare_outage("refuelling", 0.0))
    assert _why(here)[1] == pytest.approx({"refuelling": 4.0, "capacity": 4.0})


def test_what_two_units_cannot_reach_is_added_up() -> None:
    here = site()
    load(here, 9.0)
    for name, mw in {"large": 4.0, "small": 2.0}.items():
        here.terminal(name).offer(inf, reason="ramp limit").state(mw)
    assert _why(here)[1] == pytest.approx({"ramp limit": 6.0, "capacity": 3.0})


def test_a_loss_that_explains_all_leaves_no_trace_of_rounding_as_capacity() -> None:
    here = site()
    for number, mw in enumerate((0.1, 0.2, 0.3)):
        load(here, mw, name=f"load{number}")
    here.terminal("grid").declare_outage("grid outage", 0.6)
    books = here.run()
    (event,) = books.events
    assert event["detail"] == "grid outage"


def test_deferred_demand_is_not_unserved() -> None:
    here = site()
    here.terminal("job").bid(100.0, Flow.SERVED, Flow.DEFERRED).state(3.0)
    assert _why(here) == ({}, {})
    assert here.ledger.total_mwh(Flow.DEFERRED) == 3.0


def test_idle_dispatchable_power_is_nobodys_curtailment() -> None:
    here = site()
    here.terminal("grid").offer(60.0, Flow.IMPORT, Flow.HEADROOM).state(50.0)
    assert _why(here) == ({}, {})
    assert here.ledger.total_mwh(Flow.HEADROOM) == 50.0
