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


def test_surplus_is_storage_full_up_to_what_a_full_store_withholds_and_the_rest_is_the_export_limit() -> None:
    here = site()
    source(here, 9.0)
    here.terminal("grid").bid(5.0, Flow.EXPORT, None, "export limit").state(2.0)
    store(here, level_mwh=10.0)  # it could have charged at 5 MW
    assert _why(here) == (pytest.approx({"storage full": 5.0, "export limit": 2.0}, abs=1e-7), {})


def test_surplus_beside_a_full_store_is_storage_full_and_beside_a_small_one_no_export() -> None:
    full, small = site(), site()
    for here in (full, small):
        source(here, 9.0)
    store(full, level_mwh=10.0)
    store(small, level_mwh=0.0, charge_mw=2.0)
    assert _why(full) == ({"storage full": 5.0, "no export": 4.0}, {})
    assert _why(small) == ({"no export": 7.0}, {})


def test_surplus_somebody_would_have_taken_for_less_is_economic() -> None:
    here = site()
    source(here, 9.0, price=30.0)
    here.terminal("grid").bid(5.0, Flow.EXPORT, None).state(2.0)
    load(here, 4.0)
    # 2 MW would have gone at 5 USD/MWh; nobody would have taken the other 3 MW
    assert _why(here) == ({"economic": 2.0, "no export": 3.0}, {})


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


def test_power_out_of_reach_is_curtailed_for_its_reason_only_where_it_was_wanted() -> None:
    here = site(2.0)
    bid = load(here, 4.0)
    terminal = here.terminal("unit")
    near, far = terminal.offer(10.0), terminal.offer(inf, reason="ramp limit")
    far.cost = 10.0
    near.state(4.0)
    far.state(3.0)
    here.terminal("grid").offer(60.0, Flow.IMPORT, Flow.HEADROOM).state(10.0)
    at(here, HOUR, lambda: bid.state(6.0))
    # first hour: the load is served, nobody wants the 3 MW far; then 2 MW are imported that they could give
    assert _why(here)[0] == {"no export": 4.0, "ramp limit": 2.0}


def test_power_out_of_reach_is_wanted_where_what_it_would_displace_costs_more_then() -> None:
    here = site(2.0)
    load(here, 6.0)
    far = here.terminal("unit").offer(inf, reason="ramp limit")
    far.cost = 10.0
    far.state(3.0)
    grid = here.terminal("grid").offer(60.0, Flow.IMPORT, Flow.HEADROOM)
    grid.state(10.0)
    at(here, HOUR, lambda: grid.reprice(5.0))
    # at 60 USD/MWh the import is dearer than the 3 MW; at 5 it runs instead
    assert _why(here)[0] == {"ramp limit": 3.0, "economic": 3.0}


def test_power_out_of_reach_is_not_wanted_where_what_runs_instead_costs_just_as_much() -> None:
    here = site()
    load(here, 6.0)
    far = here.terminal("unit").offer(inf, reason="ramp limit")
    far.cost = 10.0
    far.state(3.0)
    here.terminal("grid").offer(10.0, Flow.IMPORT, Flow.HEADROOM).state(10.0)
    # 6 MW are imported at the 10 USD/MWh that the 3 MW out of reach cost: nothing dearer is displaced
    assert _why(here)[0] == {"economic": 3.0}


def test_a_low_bid_explains_no_more_than_its_own_size() -> None:
    here = site()
    source(here, 110.0)
    load(here, 10.0)
    here.terminal("grid").bid(5.0, Flow.EXPORT, None, "export limit").state(30.0)
    here.terminal("battery").bid(-40.0, Flow.CHARGE, None).state(1e-6)  # 1 W, at a price nobody pays
    # 110 - 10 - 30 MW are left over; the battery could have taken 1 W of it
    assert _why(here)[0] == pytest.approx({"economic": 1e-6, "export limit": 70.0 - 1e-6})


def test_export_that_would_cost_money_is_economic_up_to_its_limit() -> None:
    here = site()
    source(here, 100.0)
    load(here, 10.0)
    here.terminal("grid").bid(-20.0, Flow.EXPORT, None, "export limit").state(30.0)
    # of 90 MW left over the connection would take 30 at -20 USD/MWh
    assert _why(here)[0] == {"economic": 30.0, "export limit": 60.0}


def test_a_small_full_battery_explains_what_it_could_have_taken() -> None:
    here = site()
    source(here, 90.0)
    store(here, level_mwh=0.001, max_mwh=0.001, charge_mw=0.001)
    # 1 kW for an hour
    assert _why(here)[0] == pytest.approx({"storage full": 0.001, "no export": 89.999})


def test_a_full_store_that_would_not_charge_at_the_price_explains_nothing() -> None:
    here = site()
    source(here, 9.0, price=50.0)  # the store charges below 40
    store(here, level_mwh=10.0)
    assert _why(here)[0] == {"no export": 9.0}


def test_a_full_store_that_would_charge_at_just_the_price_explains_what_it_withholds() -> None:
    here = site()
    source(here, 9.0, price=40.0)
    store(here, level_mwh=10.0)  # a bid of 40 USD/MWh is served at 40
    assert _why(here)[0] == {"storage full": 5.0, "no export": 4.0}


def test_a_full_store_explains_what_it_would_have_charged_at_the_price_it_bids_at_that_time() -> None:
    here = site(3.0)
    source(here, 9.0, price=50.0)
    battery = store(here, level_mwh=10.0)
    for hour, price in ((1.0, 60.0), (2.0, 40.0)):
        at(here, hour * HOUR, lambda price=price: battery.charge.reprice(price))
    # its 5 MW were withheld from power at 50 USD/MWh in the second hour alone, in which it bid 60, not 40
    assert _why(here)[0] == {"storage full": 5.0, "no export": 2 * 9.0 + 4.0}


def test_a_load_that_is_worth_less_than_power_costs_is_unserved_for_its_price() -> None:
    here = site()
    load(here, 90.0)
    source(here, 200.0, price=5001.0)
    # 90 MW of headroom at 5,001 for a load worth 5,000 USD/MWh
    assert _why(here)[1] == {"price": 90.0}


def test_a_cheap_load_beside_an_outage_is_unserved_for_its_price() -> None:
    here = site()
    load(here, 10.0, worth=30.0)
    source(here, 20.0, price=60.0)
    here.terminal("reactor").declare_outage("refuelling", 77.0)
    assert _why(here)[1] == {"price": 10.0}


def test_what_price_does_not_explain_is_missing_capacity() -> None:
    here = site()
    load(here, 10.0, worth=30.0)
    source(here, 4.0, price=60.0)
    here.terminal("reactor").declare_outage("refuelling", 5.0)
    # 4 MW are on offer above the worth; of the 6 MW left 5 are being refuelled
    assert _why(here)[1] == {"price": 4.0, "refuelling": 5.0, "capacity": 1.0}


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
    here.terminal("job").bid(100.0, Flow.SERVED, Flow.HELD_BACK).state(3.0)
    assert _why(here) == ({}, {})
    assert here.ledger.total_mwh(Flow.HELD_BACK) == 3.0


def test_idle_dispatchable_power_is_nobodys_curtailment() -> None:
    here = site()
    here.terminal("grid").offer(60.0, Flow.IMPORT, Flow.HEADROOM).state(50.0)
    assert _why(here) == ({}, {})
    assert here.ledger.total_mwh(Flow.HEADROOM) == 50.0
