"""Gas turbines: when they start and stop, what they burn, and what their absence explains."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest
from builders import NEVER_H, elapsed_h, serve, steps

from sim import Campus, Result, simulate
from sim.campus import Battery, GasTurbines, GridConnection, MeasuredSource, TrainingJob

AT_ONCE = {"start_min": 0.0, "ramp_pu_per_min": 1e6}
START_USD = 55 * (32 + 3.5 * 4)  # 2,530 USD
FULL = 9.71 * 4 + 5  # 43.84 USD/MWh: fuel and variable cost at full load
LEAST = 13.125 * 4 + 5  # 57.5 USD/MWh at the minimum level of 22 MW
LOST = 5000.0  # value of lost load


def run(
    load: Any, *, price: Any = None, limit_mw: Any = 1e4, days: float = 1.0, more: Any = None, **gas: Any
) -> Result:
    campus = {"carbon_usd_per_t": gas.pop("carbon_usd_per_t", 0.0)}
    values = {"units": 1, "mttf_h": NEVER_H, **gas}
    supply: dict[str, Any] = {"gas": GasTurbines(**values), **(more or {})}
    if price is not None:
        supply["grid"] = GridConnection(
            import_limit_mw=limit_mw, import_price_usd_per_mwh=price, carbon_kgco2_per_mwh=0.0
        )
    return serve(load, supply, days=days, **campus)


def hours_of(result: Result, event: str) -> list[float]:
    times = result.events[result.events["event"] == event]["time"]
    return [elapsed_h(result, time) for time in times]


@pytest.mark.parametrize(
    ("load_mw", "heat_rate"),
    [
        (22.0, 13.125),
        (33.0, 11.050),
        (44.0, 10.188),
        (55.0, 9.710),
        (38.5, (0.6 * 11.050 + 0.8 * 10.188) / 2 / 0.7),
    ],
)
def test_fuel_and_carbon_follow_the_heat_rate_at_part_load(load_mw: float, heat_rate: float) -> None:
    summary = run(load_mw, start_usd_per_mw=0.0, start_mmbtu_per_mw=0.0, **AT_ONCE).summary
    energy = load_mw * 24
    assert summary.supplied_mwh["gas"] == pytest.approx(energy)
    # 697, 587, 541 and 516 kgCO2/MWh at 40, 60, 80 and 100 %
    assert summary.carbon_t * 1000 / energy == pytest.approx(53.1 * heat_rate)
    assert summary.cost_lines_usd["fuel"] == pytest.approx(energy * heat_rate * 4.0)
    assert summary.cost_lines_usd["variable O&M"] == pytest.approx(energy * 5.0)


def test_running_units_share_the_load_equally() -> None:
    summary = run(66.0, units=2, start_usd_per_mw=0.0, start_mmbtu_per_mw=0.0, **AT_ONCE).summary
    assert summary.carbon_t * 1000 / (66 * 24) == pytest.approx(53.1 * 11.050)  # two units at 60 %


def running_usd_per_h(mw: float) -> float:
    """Fuel and variable cost of one unit of 55 MW, along the line through the points of its heat rate."""
    heat = np.interp(mw, [22, 33, 44, 55], [22 * 13.125, 33 * 11.050, 44 * 10.188, 55 * 9.710])
    return float(heat) * 4 + mw * 5


def start_h(benefit_usd_per_h: float) -> float:
    """Hours from the beginning of a need to the first power: the sum reaches a start, which takes 15 min."""
    return START_USD / benefit_usd_per_h + 0.25


def test_it_is_ordered_when_its_benefit_has_reached_the_cost_of_a_start() -> None:
    assert hours_of(run(55.0, price=FULL - 0.1), "start") == []
    # 55 MW at 10 USD/MWh above its own: 2,530 / 550 = 4.6 h, and 0.25 h to start
    assert hours_of(run(55.0, price=FULL + 10), "start") == pytest.approx([4.85])
    assert hours_of(run(55.0, price=-20.0), "start") == []


def test_a_price_of_carbon_makes_its_power_and_its_start_dearer() -> None:
    mmbtu_usd = 4 + 53.1 * 0.1  # 100 USD/t
    full, start_usd = 9.71 * mmbtu_usd + 5, 55 * (32 + 3.5 * mmbtu_usd)
    assert hours_of(run(55.0, price=full - 0.1, carbon_usd_per_t=100.0), "start") == []
    found = hours_of(run(55.0, price=full + 10, carbon_usd_per_t=100.0), "start")
    assert found == pytest.approx([start_usd / 550 + 0.25])


def test_a_start_has_its_cost_its_fuel_and_its_carbon() -> None:
    result = run(55.0, price=100.0, carbon_usd_per_t=20.0)
    lines = result.summary.cost_lines_usd
    assert lines["start-up"] == pytest.approx(55 * 32 + 55 * 3.5 * 4)
    # fuel of the run and of the start: the carbon of both has its price
    kgco2 = 53.1 * (lines["fuel"] / 4.0 + 55 * 3.5)
    assert result.summary.carbon_t == pytest.approx(kgco2 / 1000)
    assert lines["carbon cost"] == pytest.approx(kgco2 * 0.020)


def test_a_shortage_starts_it_and_the_delay_is_booked_as_start_up() -> None:
    result = run(40.0, ramp_pu_per_min=1e6)
    at_h = start_h(40 * LOST - running_usd_per_h(40))
    assert hours_of(result, "start") == pytest.approx([at_h])
    reasons = result.summary.unserved_by_reason_mwh
    assert reasons["start-up"] == pytest.approx(40 * at_h)
    assert sum(reasons.values()) == pytest.approx(40 * at_h, abs=1e-4)


def test_after_its_start_it_ramps_by_the_rating_of_what_runs() -> None:
    result = run(55.0, units=4, ramp_pu_per_min=0.1, minimum_pu=0.0)
    # one of four units starts: 5.5 MW a minute, a triangle of 55 MW and 10 minutes
    assert result.summary.unserved_by_reason_mwh == pytest.approx(
        {"start-up": 55 * start_h(55 * (LOST - FULL)), "ramp limit": 55 * (10 / 60) / 2}
    )


def test_a_small_shortage_starts_a_unit_too() -> None:
    result = run(10.0, ramp_pu_per_min=1e6)  # below the minimum level of 22 MW
    at_h = start_h(10 * LOST - 22 * LEAST)
    assert hours_of(result, "start") == pytest.approx([at_h])
    assert result.summary.unserved_mwh == pytest.approx(10 * at_h, abs=1e-4)
    assert result.summary.curtailed_by_reason_mwh == {
        "minimum stable level": pytest.approx(12 * (24 - at_h), abs=1e-4)
    }


def test_a_little_dear_power_does_not_pay_for_its_fuel() -> None:
    # 10 MW at 100 USD/MWh is 1,000 USD/h; 22 MW cost 22 x (13.125 x 4 + 5) = 1,265 USD/h
    assert hours_of(run(10.0, price=100.0), "start") == []


def test_each_unit_adds_up_the_benefit_it_has_beside_those_before_it() -> None:
    # two units make 110 of 120 MW and a third one would pay for 10 MW only, at the cost of running below
    # full load: 1,000 USD/h against 3 x running cost at 40 MW - 2 x at 55 MW = 5,614 - 4,822 USD/h
    third = 10 * 100 - (3 * running_usd_per_h(40) - 2 * running_usd_per_h(55))
    two = start_h(55 * (100 - FULL))
    found = hours_of(run(120.0, price=100.0, units=4), "start")
    assert found == pytest.approx([two, two, start_h(third)])
    # of 160 MW the third makes 50; the fourth would make nothing more
    third = 50 * 100 - (3 * running_usd_per_h(160 / 3) - 2 * running_usd_per_h(55))
    assert hours_of(run(160.0, price=100.0, units=4), "start") == pytest.approx([two, two, start_h(third)])


def test_a_job_that_gives_up_power_is_worth_a_start() -> None:
    campus = Campus(
        name="test",
        servers={"hall": {"servers": 8000}},
        supply={
            "gas": GasTurbines(units=1, mttf_h=NEVER_H),
            "grid": GridConnection(import_limit_mw=30.0, import_price_usd_per_mwh=20.0),
        },
        demand={"job": TrainingJob(pool="hall", gpus=64000, work_gpu_h=1e9, worth_usd_per_mwh=150.0)},
    )
    result = simulate(campus, days=1)
    held_mw = result.flows["hall jobs at 150 USD/MWh.held_back_mw"].iloc[0]
    benefit = held_mw * 150 - running_usd_per_h(held_mw)
    assert hours_of(result, "start") == pytest.approx([start_h(benefit)])


def test_a_battery_that_gives_its_reserve_is_worth_a_start() -> None:
    battery = Battery(
        power_mw=60.0, energy_mwh=240.0, initial_soc_pu=1.0, reserve_pu=0.8, reserve_above_usd_per_mwh=4000.0
    )
    result = run(50.0, more={"battery": battery})
    # its power above the reserve is for sale at the battery's own price, below that of the reserve
    at_h = start_h(50 * 4000 - running_usd_per_h(50))
    assert hours_of(result, "start") == pytest.approx([at_h])
    assert result.summary.unserved_mwh == 0.0
    # the reserve bridges the start, and the ramp of 3.685 MW a minute
    ramp_mwh = 50**2 / (55 * 0.067 * 60) / 2
    assert result.summary.discharged_mwh["battery"] == pytest.approx(50 * at_h + ramp_mwh, abs=0.01)


def test_a_start_is_called_off_when_the_need_is_over() -> None:
    # ordered after 2,530 / (55 x 56.16) = 0.82 h; ready a quarter of an hour later
    result = run(55.0, price=steps((0, 100.0), (0.9, 20.0)))
    assert hours_of(result, "start") == []
    assert result.summary.carbon_t == 0.0
    assert "start-up" not in result.summary.cost_lines_usd


DEAR_START_H = START_USD / (55 * (100 - FULL)) + 0.25  # 1.0691 h: 55 MW at 100 USD/MWh
CHEAP_STOP_H = START_USD / (22 * (LEAST - 20))  # 3.0667 h: 22 MW beside power at 20 USD/MWh


def test_it_stops_when_its_loss_has_reached_the_cost_of_a_start() -> None:
    result = run(55.0, price=steps((0, 100.0), (2.0, 20.0)))
    assert hours_of(result, "start") == pytest.approx([DEAR_START_H])
    # nothing else happens at that instant
    assert hours_of(result, "stop") == pytest.approx([2.0 + CHEAP_STOP_H])
    assert result.flows["gas.delivered_mw"].iloc[-1] == 0.0
    assert result.summary.unserved_mwh == 0.0


def test_a_gain_wears_off_the_loss_before_it() -> None:
    # an hour of loss at 20, 825 USD, and then of gain at 60: 55 x 16.16 = 889 USD/h, more than it
    price = steps((0, 100.0), (2.0, 20.0), (3.0, 60.0), (4.0, 20.0))
    assert hours_of(run(55.0, price=price), "stop") == pytest.approx([4.0 + CHEAP_STOP_H])
    # half an hour of gain leaves 825 - 444 USD of the loss
    price = steps((0, 100.0), (2.0, 20.0), (3.0, 60.0), (3.5, 20.0))
    left_h = 1.0 - 0.5 * 55 * (60 - FULL) / (22 * (LEAST - 20))
    assert hours_of(run(55.0, price=price), "stop") == pytest.approx([3.5 + CHEAP_STOP_H - left_h])


def test_a_loss_beyond_the_cost_of_a_start_is_not_remembered() -> None:
    # bound for 10 h it loses 825 USD/h from 2 h on, of which 2,530 USD count; the gain of 889 USD/h from 8 h
    # on has worn that off at 10.9 h
    price = steps((0, 100.0), (2.0, 20.0), (8.0, 60.0), (11.0, 20.0))
    result = run(55.0, price=price, min_up_h=10.0)
    assert hours_of(result, "stop") == pytest.approx([11.0 + CHEAP_STOP_H])


def test_it_runs_for_its_shortest_run_and_stops_by_itself() -> None:
    result = run(55.0, price=steps((0, 100.0), (2.0, 20.0)), min_up_h=6.0)
    assert hours_of(result, "stop") == pytest.approx([DEAR_START_H + 6.0])


def test_it_stays_off_for_its_shortest_stop_and_starts_by_itself() -> None:
    result = run(55.0, price=steps((0, 100.0), (2.0, 20.0), (5.5, 100.0)))
    # its benefit reaches the cost of a start at 5.5 + 0.82 h, when it may not be ordered yet
    stop_h = 2.0 + CHEAP_STOP_H
    assert hours_of(result, "start") == pytest.approx([DEAR_START_H, stop_h + 2.2 + 0.25])


def test_a_unit_that_may_not_start_yet_explains_a_shortage() -> None:
    result = run(55.0, price=steps((0, 100.0), (2.0, 20.0)), limit_mw=steps((0, 100.0), (5.5, 0.0)))
    start = 2.0 + CHEAP_STOP_H + 2.2 + 0.25
    assert hours_of(result, "start")[1] == pytest.approx(start)
    # 55 MW may not start yet and 100 MW of imports are gone: each explains its share
    short_mwh = 55 * (start - 5.5)
    reasons = result.summary.unserved_by_reason_mwh
    assert reasons["start-up"] == pytest.approx(short_mwh * 55 / 155)


def test_it_does_not_stop_where_the_others_would_be_short() -> None:
    # the grid gives 50 of 60 MW, and is cheaper than the unit, which stays at its minimum level
    result = run(60.0, price=20.0, limit_mw=50.0, ramp_pu_per_min=1e6)
    at_h = start_h(10 * LOST + 12 * 20 - 22 * LEAST)
    assert (hours_of(result, "start"), hours_of(result, "stop")) == (pytest.approx([at_h]), [])
    assert result.summary.unserved_mwh == pytest.approx(10 * at_h, abs=1e-4)
    assert result.flows["gas.delivered_mw"].iloc[-1] == 22.0


def test_a_unit_others_of_the_fleet_can_stand_in_for_stops() -> None:
    # 160 MW at first; then 60 MW, of which the grid gives 50: one unit at its minimum is enough, and the
    # other one makes 22 MW that cost 20
    result = run(steps((0, 160.0), (6, 60.0)), price=20.0, limit_mw=50.0, units=3, ramp_pu_per_min=1e6)
    assert len(hours_of(result, "start")) == 2
    assert hours_of(result, "stop") == pytest.approx([6.0 + CHEAP_STOP_H])
    assert result.flows["gas.units_running"].iloc[-1] == 1.0


def test_a_large_fleet_stops_at_one_instant() -> None:
    result = run(8000.0, price=steps((0, 100.0), (6.0, 10.0)), units=145)
    assert len(hours_of(result, "start")) == 145
    # each makes 22 MW at 57.5 that cost 10
    assert hours_of(result, "stop") == pytest.approx([6.0 + START_USD / (22 * (LEAST - 10))] * 145)
    assert result.events[result.events["event"] == "stop"]["time"].nunique() == 1


def test_power_nobody_takes_while_it_may_not_stop_is_dumped() -> None:
    plant = MeasuredSource(power_mw=steps((0, 0.0), (1, 55.0)), dispatch_usd_per_mwh=-50.0)
    result = run(55.0, more={"plant": plant}, ramp_pu_per_min=1e6, min_up_h=4.0)
    # worth nothing from 1:00 on, it has lost 2,530 USD at 3:00; it may stop 4 h after its start
    stop_h = start_h(55 * (LOST - FULL)) + 4.0
    assert hours_of(result, "stop") == pytest.approx([stop_h])
    curtailed = result.summary.curtailed_by_reason_mwh
    assert curtailed["minimum stable level"] == pytest.approx(22 * (stop_h - 1), abs=1e-4)
    assert sum(curtailed.values()) == pytest.approx(22 * (stop_h - 1), abs=1e-4)


def test_unused_capacity_is_headroom_and_not_curtailment() -> None:
    result = run(40.0, **AT_ONCE)
    assert result.summary.curtailed_mwh == 0.0
    assert result.flows["gas.headroom_mw"].iloc[-1] == pytest.approx(15.0)


def test_units_fail_as_often_as_said_and_each_alone() -> None:
    days, units = 40 * 365.0, 3
    result = run(165.0, units=units, days=days, mttf_h=969.0, mttr_h=31.0)
    hours = days * 24
    share = result.summary.unserved_by_reason_mwh["forced outage"] / (165.0 * hours)
    error = sqrt(2 * 969.0**2 * 31.0**2 / 1000.0**3 / hours / units)
    assert share == pytest.approx(0.031, abs=3 * error)
    outages = result.events[result.events["event"] == "forced outage"]
    assert set(outages["detail"]) == {"unit 1", "unit 2", "unit 3"}


def test_a_failed_unit_is_replaced_by_one_that_stands_by() -> None:
    hours = 40 * 8760.0
    result = run(55.0, units=2, days=hours / 24, mttf_h=500.0, mttr_h=50.0)
    reasons = result.summary.unserved_by_reason_mwh
    # short only while both are under repair, (50 / 550)^2 of the time, for 25 h at a time, and for a start
    both_h = (50 / 550) ** 2 * hours
    assert reasons["forced outage"] / 55 == pytest.approx(both_h, abs=3 * 25 * sqrt(2 * both_h / 25))
    assert 0 < reasons["start-up"] < 0.25 * 55 * len(hours_of(result, "start"))


def test_a_fleet_of_nothing_gives_nothing() -> None:
    summary = run(10.0, units=0).summary
    assert summary.supplied_mwh == {"gas": 0.0}
    assert summary.unserved_by_reason_mwh == pytest.approx({"capacity": 240.0})
    assert summary.cost_usd == 0.0


def test_below_two_fifths_of_its_load_the_fuel_goes_on_along_the_line() -> None:
    summary = run(
        11.0, minimum_pu=0.2, start_usd_per_mw=0.0, start_mmbtu_per_mw=0.0, **AT_ONCE
    ).summary  # 20 % of 55 MW
    at_40, at_60 = 0.4 * 13.125, 0.6 * 11.050
    heat = 55 * (at_40 - (at_60 - at_40))  # as far below 40 % as 60 % is above
    assert summary.cost_lines_usd["fuel"] == pytest.approx(24 * heat * 4.0)


def test_of_units_that_start_together_only_those_still_needed_go_on() -> None:
    # two are ordered for 110 MW; when they are there a quarter of an hour later, 55 MW are wanted
    result = run(steps((0, 110.0), (0.1, 55.0)), units=2)
    assert hours_of(result, "start") == pytest.approx([start_h(55 * (LOST - FULL))])
    assert result.flows["gas.units_running"].max() == 1.0


def test_a_unit_that_fails_while_it_starts_does_not_run() -> None:
    result = run(55.0, start_min=6000.0, mttf_h=1.0, mttr_h=NEVER_H, days=10)
    assert hours_of(result, "start") == []
    assert result.summary.supplied_mwh == {"gas": 0.0}


@pytest.mark.parametrize(("price", "load_mw"), [(36.18, 30.0), (36.20, 55.0)])
def test_it_offers_power_at_the_cost_of_one_more_mwh_at_full_load(price: float, load_mw: float) -> None:
    # between 80 and 100 % the heat rises by (9.71 - 0.8 x 10.188) / 0.2 = 7.798 MMBtu/MWh: 36.19 USD/MWh
    result = run(80.0, price=price, limit_mw=50.0, ramp_pu_per_min=1e6, min_down_h=0.0)
    assert result.flows["gas.delivered_mw"].iloc[-1] == pytest.approx(load_mw)


def test_the_failures_and_repairs_of_units_that_stand_by_are_events_too() -> None:
    gas = GasTurbines(units=2, mttf_h=50.0, mttr_h=10.0)
    supply = {"gas": gas, "grid": GridConnection(import_limit_mw=100.0, import_price_usd_per_mwh=1.0)}
    events = serve(10.0, supply, days=60).events
    counts = events["event"].value_counts()
    assert "start" not in counts  # the grid is cheaper: no unit ever runs
    # 60 days / (50 + 10) h for each of two units, within three standard deviations
    assert counts["forced outage"] == pytest.approx(48, abs=3 * sqrt(48))
    assert abs(counts["forced outage"] - counts["repaired"]) <= 2
