"""When gas turbines start and stop: without another's help, without haste, and never for ever."""

from __future__ import annotations

from typing import Any

import pytest

from sim import Campus, Result, simulate

GAS = {"kind": "gas_turbines", "mttf_h": 1e9}
FULL = 43.84  # USD/MWh: 9.71 x 4 of fuel and 5, at full load; 57.5 at the minimum level of 40 %


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
    result = run(gas, 240.0, 5.0, wind=wind)
    # a start costs 46 USD: 46 / (5,000 - 43.84) h of a shortage of 1 MW, 2 h of 0.4 MW at 57.5 for nothing
    assert decisions(result) == [(pytest.approx(46 / (5000 - FULL)), "start"), (pytest.approx(4.0), "stop")]
    assert result.flows["gas.units_running"].iloc[-1] == 0.0
    reasons = result.summary.unserved_by_reason_mwh
    # and a ramp of 6 seconds
    assert reasons == {
        "start-up": pytest.approx(240 * 46 / (5000 - FULL)),
        "ramp limit": pytest.approx(240 * (0.1 / 60) / 2),
    }


def test_a_firm_load_below_the_minimum_level_is_served_and_the_rest_is_dumped() -> None:
    result = run({"units": 1, "unit_mw": 50.0, "ramp_pu_per_min": 1.0}, 5.0, 10.0)
    # 5 MW unserved against 20 MW, 40 % of 50 MW, at 57.5 USD/MWh; a start costs 50 x 46 USD
    start_h = 50 * 46 / (5 * 5000 - 20 * 57.5) + 0.25
    assert decisions(result) == [(pytest.approx(start_h), "start")]
    # 5 MW served after a ramp of 6 seconds; 15 MW dumped after 18 more, from 5 to 20 MW
    assert result.summary.unserved_by_reason_mwh == {
        "start-up": pytest.approx(5.0 * start_h),
        "ramp limit": pytest.approx(5.0 * (0.1 / 60) / 2),
    }
    dumped_mwh = 15.0 * (10 - start_h - 0.1 / 60) - 15 * (0.3 / 60) / 2
    assert result.summary.curtailed_by_reason_mwh == {"minimum stable level": pytest.approx(dumped_mwh)}


def test_a_little_dear_power_is_not_worth_a_start() -> None:
    dear = {"kind": "measured_source", "power_mw": 50.0, "dispatch_usd_per_mwh": 90.0}
    assert decisions(run({"units": 1}, 2.0, 10.0, diesel=dear)) == []
    # 22 MW at 57.5 USD/MWh cost more than 2 MW at 90; 40 MW do not, on the line of heat from 6.63 MMBtu/h per
    # MW of rating at 60 % to 8.1504 at 80 %
    benefit = 40 * 90 - 55 * (6.63 + (40 / 55 - 0.6) / 0.2 * 1.5204) * 4 - 40 * 5
    assert decisions(run({"units": 1}, 40.0, 10.0, diesel=dear)) == [
        (pytest.approx(2530 / benefit + 0.25), "start")
    ]


def test_a_unit_looks_again_at_the_end_of_its_shortest_run_and_of_its_shortest_stop() -> None:
    """Nothing else changes at those instants."""
    cheap = {
        "kind": "measured_source",
        "power_mw": {"times_s": [0.0, 3600.0, 5 * 3600.0], "values": [0.0, 90.0, 0.0]},
    }
    gas = {"units": 1, "unit_mw": 50.0, "start_min": 30.0, "min_up_h": 3.0, "min_down_h": 4.0}
    result = run(gas, 40.0, 12.0, wind=cheap)
    # ordered when 40 MW short have paid for a start of 50 x 46 USD: 80 % of 50 MW at 10.188 x 4 + 5 USD/MWh
    start_h = 2300 / (40 * (5000 - 45.752)) + 0.5
    # its 20 MW at 57.5 are worth nothing from 1 h on, 2,300 USD at 3 h; it may stop 3 h after its start.
    # The wind is gone at 5 h, but it may be ordered 4 h after its stop, and takes half an hour.
    assert decisions(result) == [
        (pytest.approx(start_h), "start"),
        (pytest.approx(start_h + 3.0), "stop"),
        (pytest.approx(start_h + 3.0 + 4.0 + 0.5), "start"),
    ]


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


def one_and_two_fleets(load_mw: float, **others: Any) -> tuple[Result, Result]:
    """A fleet of two units, and two fleets of a unit each."""
    one = run({"units": 2}, load_mw, 24.0, **others)
    supply = {name: GAS | {"units": 1} for name in ("gas", "other")}
    return one, simulate(one.campus.with_values({"supply": {**supply, **others}}), days=1.0)


def test_two_fleets_of_a_unit_each_do_as_one_of_two_units() -> None:
    """What one fleet has ordered, another need not order too."""
    cheap_later = {"times_s": [0.0, 6 * 3600.0], "values": [100.0, 20.0]}
    grid = {"kind": "grid", "import_limit_mw": 1000.0, "import_price_usd_per_mwh": cheap_later}
    for load_mw, others in ((50.0, {}), (55.0, {"grid": grid})):
        one, two = one_and_two_fleets(load_mw, **others)
        assert sum(starts(two).values()) == starts(one)["gas"] == 1
        assert two.summary.cost_usd == pytest.approx(one.summary.cost_usd)


def test_a_fleet_keeps_the_sum_of_the_time_before_another_was_ordered() -> None:
    one, two = one_and_two_fleets(100.0)
    first_h = 2530 / (55 * (5000 - FULL)) + 0.25
    # in one fleet the second unit adds up what it has beside the first: 45 MW more are served, by both at
    # 50 MW, on the line of heat from 8.1504 at 80 % to 9.71 at 100 %
    at_50 = 55 * (8.1504 + (50 / 55 - 0.8) / 0.2 * 1.5596) * 4 + 50 * 5
    second_h = 2530 / (45 * 5000 - (2 * at_50 - 55 * FULL)) + 0.25
    assert [hour for hour, _ in decisions(one)] == pytest.approx([first_h, second_h])
    # of two fleets each adds up what it has alone, until the first is ordered
    begin = two.flows.index[0]
    moments = two.events[two.events["event"] == "start"]["time"]
    assert [(time - begin).total_seconds() / 3600 for time in moments] == pytest.approx([first_h, first_h])


def test_of_two_fleets_the_cheaper_one_starts_whatever_their_names() -> None:
    dear = GAS | {"units": 1, "gas_usd_per_mmbtu": 9.0}
    result = run({"units": 1}, 40.0, 10.0, a=dear)
    assert starts(result) == {"gas": 1}
    assert starts(run({"units": 1}, 40.0, 10.0, z=dear)) == {"gas": 1}


def test_of_two_fleets_that_are_due_at_one_instant_the_cheaper_one_is_ordered() -> None:
    """Without a cost of a start both are due at once."""
    free = {"units": 1, "start_usd_per_mw": 0.0, "start_mmbtu_per_mw": 0.0}
    dear = GAS | free | {"gas_usd_per_mmbtu": 9.0}
    assert starts(run(free, 40.0, 10.0, a=dear)) == {"gas": 1}
    assert starts(run(free, 40.0, 10.0, z=dear)) == {"gas": 1}


def test_a_unit_that_trips_takes_its_share_of_the_output() -> None:
    # 60 MW of two units; the one that fails takes 30 with it, and the other ramps up from 30 MW
    gas = {"units": 2, "mttf_h": 60.0, "mttr_h": 1e6}
    result = run(gas, 60.0, 200.0)
    moment = result.events[result.events["event"] == "forced outage"]["time"].iloc[0]
    assert result.flows["gas.units_running"].loc[:moment].iloc[-2] == 2.0
    assert result.flows["gas.delivered_mw"].loc[moment] == pytest.approx(30.0, abs=0.5 * 0.02 * 55.0)


def test_more_than_a_hundred_fleets_may_stop_at_one_instant() -> None:
    small = GAS | {"units": 1, "unit_mw": 1.0, "min_up_h": 1.0, "start_min": 0.0, "ramp_pu_per_min": 10.0}
    fleets = {f"gas{number:03d}": small for number in range(110)}
    wind = {"kind": "measured_source", "power_mw": {"times_s": [0.0, 7200.0], "values": [0.0, 300.0]}}
    result = run(small, 111 * 0.98, 5.0, wind=wind, **fleets)
    stopped = result.events[result.events["event"] == "stop"]
    assert len(stopped) > 100
    # 0.4 MW at 57.5 for nothing are 23 USD/h; a start costs 46 USD
    assert set((stopped["time"] - result.flows.index[0]).dt.total_seconds()) == {7200.0 + 7200.0}


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


def test_of_fleets_that_are_ready_together_only_those_still_needed_go_on() -> None:
    """Both are ordered for 110 MW; when they are ready 55 MW are wanted."""
    load = {"times_s": [0.0, 360.0], "values": [110.0, 55.0]}
    assert starts(run({"units": 1}, load, 4.0, other=GAS | {"units": 1})) == {"gas": 1}


def test_a_fleet_that_is_at_full_power_has_nothing_on_its_way() -> None:
    load = {"times_s": [0.0, 10800.0], "values": [55.0, 110.0]}
    result = run({"units": 1}, load, 5.0, other=GAS | {"units": 1})
    moments = result.events[result.events["owner"] == "other"]["time"]
    hours = [(time - result.flows.index[0]).total_seconds() / 3600 for time in moments]
    # its sum of the first need, 2,530 USD, has worn off by 1,265 USD/h
    assert hours == pytest.approx([3.0 + 2530 / (55 * (5000 - FULL)) + 0.25])


def priced(usd_per_mwh: float, out_h: float | None = None, for_h: float = 1.0) -> dict[str, Any]:
    """A grid connection at a constant price, with an outage of some hours if that has a beginning."""
    limit: Any = 500.0
    if out_h is not None:
        limit = {"times_s": [0.0, 3600 * out_h, 3600 * (out_h + for_h)], "values": [500.0, 0.0, 500.0]}
    return {"kind": "grid", "import_limit_mw": limit, "import_price_usd_per_mwh": usd_per_mwh}


MONTH_H = 720.0
NO_FAILURES: dict[str, Any] = {}  # gas as shipped, two units of 55 MW; GAS never fails


def test_an_outage_of_an_hour_changes_the_cost_of_a_month_by_no_more_than_two_starts_a_unit() -> None:
    """It was 4,752,000 USD without the outage and 3,479,094 USD with it."""
    without = run(NO_FAILURES, 110.0, MONTH_H, grid=priced(60.0)).summary
    # ordered after 2,530 / (55 x 16.16) = 2.847 h; then 110 MW at 43.84 USD/MWh. The ramp of 14.9 minutes
    # leaves half of that energy to the grid.
    ordered_h, ramp_h = 2530 / (55 * (60 - FULL)), 1 / 0.067 / 60
    bought_mwh = 110 * (ordered_h + 0.25 + ramp_h / 2)
    made_h = MONTH_H - ordered_h - 0.25 - ramp_h
    known_usd = bought_mwh * 60 + 2 * 2530 + 110 * made_h * FULL
    # its fuel on the ramp is between that of 55 x ramp_h MWh at 36.19 and at 57.5 USD/MWh
    assert 55 * ramp_h * 36.19 < without.cost_usd - known_usd < 55 * ramp_h * 57.5
    for hour in (0.1, 1.0, 2.0, 5.0, 100.0, 718.9):
        with_outage = run(NO_FAILURES, 110.0, MONTH_H, grid=priced(60.0, hour)).summary
        assert with_outage.cost_usd == pytest.approx(without.cost_usd, abs=2 * 2 * 2530)
        assert with_outage.cost_usd < 3_490_000.0
        assert (with_outage.unserved_mwh > 0.0) == (hour < 3.0)


def test_units_that_an_outage_started_stop_when_they_have_lost_the_cost_of_a_start() -> None:
    """With the grid at 40 they never stopped: 2,200,029 USD for 1,725,600 USD."""
    result = run(NO_FAILURES, 60.0, MONTH_H, grid=priced(40.0, 10.0))
    # One unit of 55 MW loses 55 x 3.84 = 211.2 USD/h against the grid at 40. The other one makes each run at
    # 30 MW, on the line of heat from 288.75 MMBtu/h at 22 MW to 364.65 at 33 MW:
    at_30 = (288.75 + 8 / 11 * 75.9) * 4 + 30 * 5
    one_usd_per_h = 55 * (FULL - 40)
    two_usd_per_h = 2 * at_30 - 60 * 40 - one_usd_per_h
    outage, stops = decisions(result)[:2], decisions(result)[-2:]
    assert [event for _, event in outage] == ["start", "start"]
    assert stops == [
        (pytest.approx(11 + 2530 / two_usd_per_h), "stop"),  # 5.7 h after the outage
        (pytest.approx(11 + 2530 / one_usd_per_h), "stop"),  # 12.0 h
    ]
    # 719 h at 40 USD/MWh cost 1,725,600 USD: 4 starts beside it, two paid and two lost, and the fuel of the
    # outage, at most both at full load
    assert 1_725_600 < result.summary.cost_usd < 1_725_600 + 4 * 2530 + 110 * FULL


@pytest.mark.parametrize("seconds", [1.0, 30.0])
def test_no_unit_starts_for_seconds_of_power(seconds: float) -> None:
    # 55 MW short for a second have cost 76 USD, for 30 s 2,271 USD; a start costs 2,530 USD
    out = {"times_s": [0.0, 3600.0, 3600.0 + seconds], "values": [100.0, 0.0, 100.0]}
    grid = {"kind": "grid", "import_limit_mw": out, "import_price_usd_per_mwh": 40.0}
    result = run({"units": 4}, 55.0, 6.0, grid=grid)
    assert starts(result) == {}
    assert result.summary.unserved_mwh == pytest.approx(55 * seconds / 3600)


def test_no_unit_starts_for_seconds_that_a_battery_bridges() -> None:
    out = {"times_s": [0.0, 3600.0, 3900.0], "values": [100.0, 0.0, 100.0]}
    grid = {"kind": "grid", "import_limit_mw": out, "import_price_usd_per_mwh": 40.0}
    battery = {"kind": "battery", "power_mw": 60.0, "energy_mwh": 120.0, "initial_soc_pu": 1.0}
    battery |= {"charge_below_usd_per_mwh": 30.0, "discharge_above_usd_per_mwh": 80.0}
    result = run({"units": 4}, 55.0, 6.0, grid=grid, battery=battery)
    # five minutes of 55 MW at the battery's 80 USD/MWh are worth 166 USD more than gas
    assert starts(result) == {}
    assert result.summary.unserved_mwh == 0.0
    # an outage that goes on is worth a start after 2,530 / (55 x 36.16) h, when the battery has power left
    long = run({"units": 4}, 55.0, 6.0, grid=priced(40.0, 1.0, for_h=2.0), battery=battery)
    assert decisions(long)[0] == (pytest.approx(1.0 + 2530 / (55 * (80 - FULL)) + 0.25), "start")
    assert long.summary.unserved_mwh == 0.0
