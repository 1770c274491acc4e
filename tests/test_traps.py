"""The traps other simulators fell into, each as a test."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from sim import Campus, Result, simulate
from sim.plant.store import Store
from sim.site import Site

HOUR = 3600.0


def campus(supply: dict[str, Any], demand: dict[str, Any] | None = None, **more: Any) -> Campus:
    """A campus of these participants."""
    return Campus(name="trap", supply=supply, demand=demand or {}, **more)


def load(mw: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "measured_load", "power_mw": mw, **more}


def wind(mw: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "measured_source", "power_mw": mw, **more}


def points(*pairs: tuple[float, float]) -> dict[str, Any]:
    times, values = zip(*pairs, strict=True)
    return {"times_s": times, "values": values}


# 1 - LEAF sampled a pulsed load between its pulses and read 0 J
@pytest.mark.parametrize("record_s", [None, 60.0, 100.0, 900.0, HOUR, 86400.0])
def test_a_pulsed_load_is_integrated_exactly_whatever_the_recording_interval(record_s: float | None) -> None:
    # 1 kW for one second in every ten, for ten minutes: 60 pulses of 1,000 J are 60,000 J
    pulses = [
        (10.0 * k + phase, mw) for k in range(60) for phase, mw in ((0.0, 0.0), (5.0, 0.001), (6.0, 0.0))
    ]
    run = simulate(
        campus({"grid": {"kind": "grid", "import_limit_mw": 1.0}}, {"pulsed": load(points(*pulses))}),
        days=600.0 / 86400.0,
        record_s=record_s,
    )
    joules_per_mwh = 3.6e9
    assert run.summary.energy_mwh * joules_per_mwh == pytest.approx(60_000.0, rel=1e-9)
    recorded = run.flows["pulsed.served_mw"] @ run.flows["dt_h"]
    assert recorded * joules_per_mwh == pytest.approx(60_000.0, rel=1e-9)
    assert run.summary.peak_load_mw == 0.001


# 2 - Vessim raised an error on unmet demand and on unabsorbed surplus
def test_shortage_and_surplus_are_results_and_never_abort_a_run() -> None:
    short = simulate(campus({}, {"load": load(7.0)}), days=1.0).summary
    spilt = simulate(campus({"wind": wind(7.0)}), days=1.0).summary
    both = simulate(
        campus({"wind": wind(points((0.0, 9.0), (HOUR, 0.0)))}, {"load": load(5.0)}), days=0.5
    ).summary
    assert short.unserved_by_reason_mwh == {"capacity": 168.0}
    assert spilt.curtailed_by_reason_mwh == {"no export": 168.0}
    assert (both.curtailed_mwh, both.unserved_mwh) == (pytest.approx(4.0), pytest.approx(55.0))


# 3 - Vessim moved a battery from 10 % to 50 % when its minimum state of charge was raised
def test_raising_a_minimum_state_of_charge_in_the_run_moves_no_energy() -> None:
    site = Site(Campus(name="trap").calendar, 4 * HOUR)
    store = Store(
        site.bus,
        site.terminal("battery"),
        level_mwh=1.0,
        charge_eff_pu=0.9,
        discharge_eff_pu=0.9,
        standing_mw=0.0,
        charge_below_usd_per_mwh=40.0,
        discharge_above_usd_per_mwh=80.0,
        reserve_above_usd_per_mwh=4000.0,
    )
    limits = {"charge_mw": 5.0, "discharge_mw": 5.0, "reserve_mwh": 0.0, "max_mwh": 10.0}
    store.limit(min_mwh=0.0, **limits)
    load_bid = site.terminal("load").bid(5000.0)
    load_bid.state(0.2)

    def raise_minimum() -> Any:
        yield site.env.wait_until(HOUR)
        store.limit(min_mwh=5.0, **limits)

    site.process(raise_minimum())
    site.run()
    # the first hour takes 0.2 / 0.9 MWh; then it is below its minimum: it gives and gains nothing
    assert store.level_mwh == pytest.approx(1.0 - 0.2 / 0.9)
    assert load_bid.accepted_mw == 0.0


# 4 - CarbonExplorer's store starts full for free and drops surplus unbooked when full
def test_a_store_pays_back_what_it_started_with_in_the_books_and_surplus_is_booked_when_it_is_full() -> None:
    battery = {
        "kind": "battery",
        "power_mw": 5.0,
        "energy_mwh": 10.0,
        "initial_soc_pu": 1.0,
        "min_soc_pu": 0.0,
    }
    drained = simulate(campus({"battery": battery}, {"load": load(4.0)}), days=0.5).summary
    assert drained.stored_mwh == pytest.approx(-10.0)  # the energy it began with is owed
    assert drained.energy_mwh == pytest.approx(10.0 * 0.948)
    full = simulate(campus({"battery": battery, "wind": wind(3.0)}), days=0.5).summary
    assert full.curtailed_by_reason_mwh == {"storage full": pytest.approx(36.0)}
    assert full.stored_mwh == 0.0


# 5 - OpenDC declared a limit on a source's power and did not enforce it
def test_declared_limits_are_enforced() -> None:
    supply = {
        "grid": {"kind": "grid", "import_limit_mw": points((0.0, 6.0), (HOUR, 2.0)), "export_limit_mw": 1.5},
        "wind": wind(points((0.0, 0.0), (2 * HOUR, 50.0))),
        "battery": {
            "kind": "battery",
            "power_mw": 3.0,
            "energy_mwh": 1000.0,
            "charge_below_usd_per_mwh": 10.0,
        },
    }
    run = simulate(campus(supply, {"load": load(20.0)}), days=0.25)
    most = run.flows.drop(columns="dt_h").max()
    assert most["grid.import_mw"] == 6.0
    assert run.flows["grid.import_mw"].iloc[1] == 2.0
    assert most["grid.export_mw"] == 1.5
    assert most["battery.charge_mw"] == most["battery.discharge_mw"] == 3.0


# 6 - PyPSA's program is infeasible where an outage meets a minimum level and a ramp limit
def test_an_outage_with_a_minimum_level_and_a_ramp_limit_is_feasible() -> None:
    reactor = {
        "kind": "small_modular_reactor",
        "modules": 1,
        "module_mw": 100.0,
        "minimum_pu": 0.9,
        "ramp_pu_per_min": 0.0005,
        "mttf_h": 4.0,
        "mttr_h": 2.0,
        "refuelling_d": 0.0,
    }
    run = simulate(campus({"reactor": reactor}, {"load": load(95.0)}), days=20.0, seed=1)
    outages = (run.events["event"] == "forced outage").sum()
    made = run.flows["reactor.delivered_mw"]
    assert outages > 10
    assert made.max() == 95.0
    assert made.min() == 0.0
    assert set(run.summary.unserved_by_reason_mwh) == {"forced outage", "ramp limit"}


# 7 - PyPSA counts every unused megawatt of a dispatchable unit as curtailed
def test_unused_dispatchable_power_is_headroom_and_not_curtailment() -> None:
    supply = {
        "grid": {"kind": "grid", "import_limit_mw": 50.0},
        "gas": {"kind": "gas_turbines", "minimum_pu": 0.0},
    }
    run = simulate(campus(supply, {"load": load(10.0)}), days=1.0)
    assert run.summary.curtailed_mwh == 0.0
    assert (run.flows["grid.headroom_mw"] @ run.flows["dt_h"]) == pytest.approx(40.0 * 24)


# 8 - PyPSA, calliope, oemof and GenX let a store charge and discharge at once to burn energy
@pytest.mark.parametrize("price", [-300.0, -0.01, 0.0, 39.0])
def test_negative_prices_never_make_a_store_burn_energy(price: float) -> None:
    battery = {
        "kind": "battery", "power_mw": 5.0, "energy_mwh": 20.0,
        "charge_efficiency_pu": 0.6, "discharge_efficiency_pu": 0.6,
        "charge_below_usd_per_mwh": 40.0, "discharge_above_usd_per_mwh": 80.0,
    }  # fmt: skip
    supply = {
        "grid": {
            "kind": "grid",
            "import_limit_mw": 50.0,
            "export_limit_mw": 50.0,
            "import_price_usd_per_mwh": price,
            "export_price_usd_per_mwh": price + 100.0,
        },
        "battery": battery,
    }
    run = simulate(campus(supply, {"load": load(3.0)}), days=3.0)
    flows = run.flows
    assert not (flows["battery.charge_mw"] * flows["battery.discharge_mw"]).any()
    assert not (flows["grid.import_mw"] * flows["grid.export_mw"]).any()
    # it fills once, from 10 to 20 MWh at 0.6, and rests: 10 / 0.6 MWh drawn and no more
    assert run.summary.charged_mwh["battery"] == pytest.approx(10.0 / 0.6)
    assert run.summary.discharged_mwh["battery"] == 0.0


# 9 - PyPSA's ramps and minimum times are per step: a finer grid makes another unit
@pytest.mark.parametrize("step_s", [60.0, 300.0, 900.0, HOUR])
def test_ramps_are_per_minute_and_minimum_times_in_hours_whatever_the_step_of_the_others(
    step_s: float,
) -> None:
    steps = np.arange(0.0, 86400.0, step_s)
    flicker = points(*zip(steps.tolist(), (1.0 + 0.001 * (np.arange(len(steps)) % 2)).tolist(), strict=True))
    demand = {
        "flicker": load(flicker),
        "step": load(points((0.0, 30.0), (7 * HOUR, 90.0), (9.5 * HOUR, 30.0))),
    }
    reactor = {
        "kind": "small_modular_reactor", "modules": 1, "module_mw": 100.0, "ramp_pu_per_min": 0.01,
        "refuelling_d": 0.0, "mttf_h": 1e9,
    }  # fmt: skip
    run = simulate(campus({"reactor": reactor}, demand), days=1.0)
    # 60 MW at 1 MW a minute are missing for an hour, 30 MWh, whatever flickers beside it
    assert run.summary.unserved_mwh == pytest.approx(30.0, abs=0.05)
    gas = {
        "kind": "gas_turbines", "units": 1, "unit_mw": 100.0, "ramp_pu_per_min": 10.0, "start_min": 15.0,
        "min_up_h": 5.0, "mttf_h": 1e9,
    }  # fmt: skip
    grid = {"kind": "grid", "import_limit_mw": 50.0, "import_price_usd_per_mwh": 20.0}
    fleet = simulate(campus({"gas": gas, "grid": grid}, demand), days=1.0)
    moments = fleet.events[fleet.events["owner"] == "gas"]
    hours = [(time - fleet.flows.index[0]).total_seconds() / HOUR for time in moments["time"]]
    assert list(moments["event"]) == ["start", "stop"]
    # a start costs 100 x (32 + 3.5 x 4) USD; 41 MW short are ordered when they have cost as much, and take a
    # quarter of an hour; 5 h at least, though its 40 MW at 57.5 for 31 MW at 20 have lost that at 12.24 h
    running_usd_per_h = 100 * (5.25 + 0.05 * (6.63 - 5.25)) * 4 + 41 * 5
    start_h = 7 + 4600 / (41 * 5000 - running_usd_per_h) + 0.25
    assert hours == pytest.approx([start_h, start_h + 5], abs=1e-5)  # the flicker of 1 kW


# 10 - a constant mass of carbon per MWh is wrong by a third at minimum load
def test_gas_emits_a_third_more_per_megawatt_hour_at_minimum_load() -> None:
    def kg_per_mwh(mw: float) -> float:
        gas = {
            "kind": "gas_turbines", "units": 1, "unit_mw": 55.0, "start_min": 0.0, "min_up_h": 240.0,
            "start_mmbtu_per_mw": 0.0, "mttf_h": 1e9,
        }  # fmt: skip
        summary = simulate(campus({"gas": gas}, {"load": load(mw)}), days=10.0).summary
        return summary.carbon_t * 1000.0 / summary.energy_mwh

    full, least = kg_per_mwh(55.0), kg_per_mwh(22.0)
    assert full == pytest.approx(9.710 * 53.1, rel=1e-2)  # the first minutes ramp up
    assert least / full == pytest.approx(13.125 / 9.710, rel=1e-2)  # 35 % more


# 12 - a minute-level year of Vessim holds 2 GB
def test_a_recorded_run_is_columns_of_numbers_and_little_else() -> None:
    minutes = 20 * 1440
    mw = 5.0 + np.random.default_rng(0).random(minutes)
    demand = {"load": load(points(*zip((np.arange(minutes) * 60.0).tolist(), mw.tolist(), strict=True)))}
    minutely = campus({"grid": {"kind": "grid", "import_limit_mw": 50.0}}, demand)
    simulate(minutely, days=0.1)  # whatever is imported or cached once

    def held(record_s: float | None) -> tuple[Result, int, int]:
        tracemalloc.start()
        run = simulate(minutely, days=20.0, record_s=record_s)
        size, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return run, size, peak

    whole, size, peak = held(None)
    columns = whole.flows.shape[1]
    numbers = 8 * minutes * columns
    assert len(whole.flows) == minutes
    assert size < 1.5 * numbers  # what is recorded, and a demand book of 15-minute means
    assert peak < 4.0 * numbers + 2**22
    _, hourly_size, _ = held(HOUR)
    assert hourly_size < 0.3 * numbers  # a year of any length holds what is asked for
