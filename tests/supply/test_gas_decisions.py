"""When gas turbines start and stop: without another's help, without haste, and never for ever."""

from __future__ import annotations

from typing import Any

import pytest

from sim import Campus, Result, simulate

GAS = {"kind": "gas_turbines", "mttf_h": 1e9}


def run(gas: dict[str, Any], load_mw: Any, hours: float, **supply: Any) -> Result:
    demand = {"load": {"kind": "measured_load", "power_mw": load_mw}}
    return simulate(Campus(name="c", supply={"gas": GAS | gas, **supply}, demand=demand), days=hours / 24.0)


def decisions(result: Result) -> list[tuple[float, str]]:
    """Hours and events of the fleet, each once."""
    begin = result.flows.index[0]
    mine = result.events[result.events["owner"] == "gas"]
    hours = [(time - begin).total_seconds() / 3600 for time in mine["time"]]
    return list(dict.fromkeys(zip(hours, mine["event"], strict=True)))


def test_a_fleet_of_hundreds_of_units_stops_within_one_instant() -> None:
    gas = {"units": 250, "unit_mw": 1.0, "min_up_h": 1.0, "start_min": 0.0, "ramp_pu_per_min": 10.0}
    wind = {"kind": "measured_source", "power_mw": {"times_s": [0.0, 7200.0], "values": [0.0, 300.0]}}
    result = run(gas, 240.0, 4.0, wind=wind)
    assert decisions(result) == [(0.0, "start"), (2.0, "stop")]
    assert result.flows["gas.units_running"].iloc[-1] == 0.0
    assert result.summary.unserved_mwh == pytest.approx(0.0, abs=1e-9)


def test_a_firm_load_below_the_minimum_level_is_served_and_the_rest_is_dumped() -> None:
    result = run({"units": 1, "unit_mw": 50.0, "ramp_pu_per_min": 1.0}, 5.0, 10.0)
    # on after 15 minutes, at 40 % of 50 MW: 5 MW served, 15 MW dumped
    assert result.summary.unserved_by_reason_mwh == {"start-up": pytest.approx(5.0 * 0.25)}
    assert result.summary.curtailed_by_reason_mwh == {"minimum stable level": pytest.approx(15.0 * 9.75)}
    assert decisions(result) == [(0.25, "start")]


def test_a_little_dear_power_is_not_worth_a_start() -> None:
    dear = {"kind": "measured_source", "power_mw": 50.0, "dispatch_usd_per_mwh": 90.0}
    assert decisions(run({"units": 1}, 2.0, 10.0, diesel=dear)) == []
    # 22 MW at about 65 USD/MWh, the least, cost more than 2 MW at 90; 40 MW at 90 cost more than that
    assert decisions(run({"units": 1}, 40.0, 10.0, diesel=dear)) == [(0.25, "start")]


def test_a_unit_looks_again_at_the_end_of_its_shortest_run_and_of_its_shortest_stop() -> None:
    """Nothing else changes at those instants."""
    cheap = {
        "kind": "measured_source",
        "power_mw": {"times_s": [0.0, 3600.0, 5 * 3600.0], "values": [0.0, 90.0, 0.0]},
    }
    gas = {"units": 1, "unit_mw": 50.0, "start_min": 30.0, "min_up_h": 3.0, "min_down_h": 4.0}
    result = run(gas, 40.0, 12.0, wind=cheap)
    # on at 0.5 h, may stop at 3.5 h though cheap power came at 1 h; gone at 5 h, but it may start at 7.5 h
    assert decisions(result) == [(0.5, "start"), (3.5, "stop"), (8.0, "start")]


def test_two_fleets_do_not_both_leave_for_the_same_cheap_power() -> None:
    gas = {
        "units": 1,
        "unit_mw": 10.0,
        "minimum_pu": 1.0,
        "start_min": 0.0,
        "min_up_h": 0.0,
        "min_down_h": 0.0,
    }
    wind = {"kind": "measured_source", "power_mw": {"times_s": [0.0, 3600.0], "values": [0.0, 12.0]}}
    result = run(gas, 20.0, 3.0, wind=wind, more=GAS | gas)
    assert result.summary.unserved_mwh <= 20.0 * 10.0 / 60.0  # but for the ramp of the first minutes
    assert result.flows["gas.units_running"].iloc[-1] + result.flows["more.units_running"].iloc[-1] == 1.0


def starts(result: Result) -> dict[str, int]:
    events = result.events[result.events["event"] == "start"]
    return {str(owner): int(count) for owner, count in events["owner"].value_counts().sort_index().items()}


def test_two_fleets_of_a_unit_each_do_as_one_of_two_units() -> None:
    """What one fleet has ordered, another need not order too."""
    cheap_later = {"times_s": [0.0, 6 * 3600.0], "values": [100.0, 20.0]}
    grid = {"kind": "grid", "import_limit_mw": 1000.0, "import_price_usd_per_mwh": cheap_later}
    for load_mw, others in ((50.0, {}), (55.0, {"grid": grid}), (100.0, {})):
        one = run({"units": 2}, load_mw, 24.0, **others)
        supply = {name: GAS | {"units": 1} for name in ("gas", "other")}
        two = simulate(one.campus.with_values({"supply": {**supply, **others}}), days=1.0)
        assert sum(starts(two).values()) == starts(one)["gas"] == (2 if load_mw > 55.0 else 1)
        assert two.summary.cost_usd == pytest.approx(one.summary.cost_usd)


def test_of_two_fleets_the_cheaper_one_starts_whatever_their_names() -> None:
    dear = GAS | {"units": 1, "gas_usd_per_mmbtu": 9.0}
    result = run({"units": 1}, 40.0, 10.0, a=dear)
    assert starts(result) == {"gas": 1}
    assert starts(run({"units": 1}, 40.0, 10.0, z=dear)) == {"gas": 1}


def test_more_than_a_hundred_fleets_may_stop_at_one_instant() -> None:
    small = GAS | {"units": 1, "unit_mw": 1.0, "min_up_h": 1.0, "start_min": 0.0, "ramp_pu_per_min": 10.0}
    fleets = {f"gas{number:03d}": small for number in range(110)}
    wind = {"kind": "measured_source", "power_mw": {"times_s": [0.0, 7200.0], "values": [0.0, 300.0]}}
    result = run(small, 111 * 0.98, 4.0, wind=wind, **fleets)
    stopped = result.events[result.events["event"] == "stop"]
    assert len(stopped) > 100
    assert set((stopped["time"] - result.flows.index[0]).dt.total_seconds()) == {7200.0}


def test_a_start_is_called_off_where_another_fleet_is_on_its_way_up() -> None:
    """Both fleets are ordered for 110 MW; after 20 minutes 55 MW are wanted, which the first one will give.

    When the second fleet is ready after 30 minutes the first one runs but has ramped to a part of its 55 MW
    only: what it cannot reach yet counts as if it were there.
    """
    slow = {"units": 1, "unit_mw": 55.0, "minimum_pu": 0.0, "ramp_pu_per_min": 0.01, "start_min": 15.0}
    late = {"units": 1, "unit_mw": 55.0, "minimum_pu": 0.0, "start_min": 30.0, "variable_usd_per_mwh": 6.0}
    load = {"times_s": [0.0, 1200.0], "values": [110.0, 55.0]}
    result = run(late, load, 4.0, first=GAS | slow)
    assert decisions(result) == []
    assert (result.events["owner"] == "first").sum() == 1
    assert result.flows["first.delivered_mw"].max() == pytest.approx(55.0)
