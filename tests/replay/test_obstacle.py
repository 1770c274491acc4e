"""Why a run cannot be replayed, word for word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim import Campus
from sim.bus.account import Account, Grain, Linear
from sim.bus.block import Part
from sim.bus.flows import Flow
from sim.bus.stretch import IS_COMPILED
from sim.bus.terminal import Terminal
from sim.replay.obstacle import obstacle
from sim.simulation import prepare
from sim.site import Site

pytestmark = pytest.mark.skipif(not IS_COMPILED, reason="a replay needs compiled code")

GRID = {"kind": "grid", "import_limit_mw": 50.0}
BATTERY = {"kind": "battery", "power_mw": 5.0, "energy_mwh": 20.0}
HALL = {"hall": {"servers": 10}}


def why(**campus: Any) -> str:
    """Why a campus cannot be replayed."""
    demand = campus.pop("demand", {"load": {"kind": "measured_load", "power_mw": 10.0}})
    return obstacle(prepare(Campus(name="c", demand=demand, **campus), days=30.0))


def test_series_and_stores_are_no_obstacle() -> None:
    assert why(supply={"grid": GRID, "battery": BATTERY}) == ""
    assert why(supply={"grid": GRID, "battery": {**BATTERY, "strategy": {"kind": "day_ahead"}}}) == ""
    units = {"kind": "generators", "unit_mw": 5.0, "cost_usd_per_mwh": 50.0, "mttf_h": 100.0, "mttr_h": 9.0}
    assert why(supply={"units": units}) == ""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"kind": "small_modular_reactor"}, "one decides while the clock runs"),
        ({"kind": "gas_turbines", "units": 2, "unit_mw": 10.0}, "one decides while the clock runs"),
        (
            {"kind": "fusion", "capacity_mw": 50.0, "start_day": 10.0, "availability_pu": 1.0},
            "one plays a series into a function of its own, not into state or reprice of a block",
        ),
        ({**GRID, "retired": 10.0}, "one enters service, retires or has planned outages"),
        (
            {**BATTERY, "strategy": {"kind": "rolling_optimiser"}},
            "one decides while the clock runs",
        ),
    ],
)
def test_a_source_that_decides_is_named(source: dict[str, Any], said: str) -> None:
    assert why(supply={"grid": GRID, "one": source}) == said


def test_a_store_that_shaves_peaks_is_named() -> None:
    grid = {**GRID, "demand_charge_usd_per_mw_month": 9000.0}
    battery = {**BATTERY, "strategy": {"kind": "peak_shaving"}}
    assert why(supply={"grid": grid, "battery": battery}) == "grid decides while the clock runs"


def test_jobs_are_named() -> None:
    job = {"kind": "training_job", "pool": "hall", "gpus": 8, "work_gpu_h": 100.0}
    assert why(servers=HALL, supply={"grid": GRID}, demand={"job": job}) == "job decides while the clock runs"


def prepared() -> Site:
    """A site to which participants of one's own may be connected."""
    return prepare(Campus(name="c", supply={"grid": GRID}), days=1.0)


def test_an_account_that_is_not_linear_is_named() -> None:
    site = prepared()
    terminal = site.terminal("mine")
    offer = terminal.offer(1.0)
    account = Account("squares_mw2_h", "MW2h", "Squares")
    terminal.meter(account, lambda rows: np.square(rows.accepted_mw(offer)))
    assert obstacle(site) == "squares_mw2_h of mine is no Linear rate of power"


def test_an_account_by_hour_and_a_count_are_named() -> None:
    for grain, of in ((Grain.HOUR, Terminal.meter), (Grain.RUN, Terminal.count)):
        site = prepared()
        terminal = site.terminal("mine")
        rate = Linear((([terminal.offer(1.0)], 2.0),))
        of(terminal, Account("steam_t", "t", "Steam", grain=grain), rate)
        assert obstacle(site) == "steam_t of mine is no Linear rate of power"


def test_what_reacts_is_named() -> None:
    site = prepared()
    site.bus.listen(lambda _now_s: None, owner="mine")
    assert obstacle(site) == "mine decides while the clock runs"
    site = prepared()
    site.terminal("mine").watch(lambda _mw: None)
    assert obstacle(site) == "a participant decides while the clock runs"
    site = prepared()
    bid = site.terminal("mine").bid(5.0)
    site.bus.add_fit(bid, lambda _mw, _used_mw: [])
    assert obstacle(site) == "mine decides while the clock runs"
    site = prepared()
    site.on_close(lambda: None)
    assert obstacle(site) == "a participant computes amounts at the end"
    site = prepared()
    gauge = site.terminal("mine").gauge(None)
    site.terminal("load").bid(5.0).parts = (Part("mine", Flow.COOLING, gauge),)
    assert obstacle(site) == "the overhead of load depends on its load"


def test_a_histogram_and_a_mover_of_one_s_own_are_named() -> None:
    site = prepared()
    terminal = site.terminal("mine")
    rate = Linear((([terminal.offer(1.0)], 2.0),))
    terminal.meter(Account("hours_h", "h", "Hours", bins=(0.0, 1.0, 2.0)), rate)
    assert obstacle(site) == "hours_h of mine is no Linear rate of power"

    class Odd:
        def advance(self, _now_s: float) -> None: ...

        settled = advance

    site = prepared()
    site.bus.add_mover(Odd(), "mine")
    assert obstacle(site) == "mine decides while the clock runs"


def test_hours_that_begin_within_a_quarter_are_named() -> None:
    old = Campus(
        name="c", start="1930-01-14T10:00:00+00:20", timezone="Europe/Amsterdam", supply={"grid": GRID}
    )
    said = "the hours of its clock do not begin with a quarter of an hour"
    assert obstacle(prepare(old, days=1.0)) == said


def test_a_clock_of_several_sites_is_not_replayed() -> None:
    site = prepared()
    Site(site.calendar, site.horizon_s, clock=site.env)
    assert obstacle(site) == "it runs without compiled code, or shares its clock"


def test_the_reference_in_python_is_not_replayed() -> None:
    site = prepared()
    site.bus.is_compiled = False
    assert obstacle(site) == "it runs without compiled code, or shares its clock"
