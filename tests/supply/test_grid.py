"""The grid connection: tariffs, limits, orders, interruptions and carbon, by arithmetic."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import expm1, sqrt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import serve, steps

from sim import Campus, Result, SpecError, simulate
from sim.campus import Battery, GridConnection, MeasuredLoad, MeasuredSource, PeakShaving
from sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

NEW_YORK = ZoneInfo("America/New_York")
HOUR = SECONDS_PER_HOUR


def run(
    grid: dict[str, Any], load: Any = 10.0, *, days: float = 1.0, source: Any = None, **campus: Any
) -> Result:
    supply: dict[str, Any] = {"grid": GridConnection(**{"import_limit_mw": 100.0, **grid})}
    if source is not None:
        supply["plant"] = source if isinstance(source, MeasuredSource) else MeasuredSource(power_mw=source)
    return serve(load, supply, days=days, **campus)


def test_the_hour_that_spring_skips_is_not_charged() -> None:
    tariff = {"base": 50.0, "windows": [{"value": 1000.0, "from_hour": 2, "to_hour": 3}]}
    start = datetime(2025, 3, 9, tzinfo=NEW_YORK)
    summary = run(
        {"import_price_usd_per_mwh": tariff}, days=2, start=start, timezone="America/New_York"
    ).summary
    # 48 h from midnight: the 9th has no two o'clock, the 10th has one
    assert summary.cost_lines_usd["energy charge"] == pytest.approx(10 * (47 * 50 + 1 * 1000), rel=1e-12)


def test_the_hour_that_autumn_repeats_is_charged_twice() -> None:
    tariff = {"base": 50.0, "windows": [{"value": 1000.0, "from_hour": 1, "to_hour": 2}]}
    start = datetime(2025, 11, 2, tzinfo=NEW_YORK)
    summary = run({"import_price_usd_per_mwh": tariff}, start=start, timezone="America/New_York").summary
    assert summary.cost_lines_usd["energy charge"] == pytest.approx(10 * (22 * 50 + 2 * 1000), rel=1e-12)


def test_weekday_windows_follow_the_local_calendar() -> None:
    tariff = {"base": 50.0, "windows": [{"value": 150.0, "weekdays": [0], "from_hour": 16, "to_hour": 21}]}
    start = datetime(2025, 6, 1, tzinfo=NEW_YORK)  # a Sunday
    summary = run(
        {"import_price_usd_per_mwh": tariff}, days=7, start=start, timezone="America/New_York"
    ).summary
    assert summary.cost_usd == pytest.approx(10 * ((7 * 24 - 5) * 50 + 5 * 150), rel=1e-12)


def test_export_is_a_negative_line_of_the_bill_and_ends_at_its_limit() -> None:
    grid = {"export_limit_mw": 10.0, "export_price_usd_per_mwh": 30.0}
    summary = run(grid, 5.0, source=20.0).summary
    assert summary.export_mwh == pytest.approx(10 * 24)  # 20 - 5 = 15 MW over, 10 MW allowed
    assert summary.cost_lines_usd["export revenue"] == pytest.approx(-10 * 24 * 30)
    assert summary.cost_usd == pytest.approx(-7200.0)
    assert summary.curtailed_by_reason_mwh == pytest.approx({"export limit": 5 * 24})


def test_power_is_not_exported_at_a_negative_price() -> None:
    grid = {"export_limit_mw": 10.0, "export_price_usd_per_mwh": steps((0, 30.0), (12, -5.0))}
    summary = run(grid, 5.0, source=9.0).summary
    assert summary.export_mwh == pytest.approx(4 * 12)
    assert summary.curtailed_by_reason_mwh == pytest.approx({"economic": 4 * 12})


def test_an_export_price_above_the_import_price_sends_no_power_in_a_circle() -> None:
    grid = {"export_limit_mw": 100.0, "import_price_usd_per_mwh": 40.0, "export_price_usd_per_mwh": 60.0}
    alone = run(grid, 5.0).summary
    assert (alone.import_mwh, alone.export_mwh) == (pytest.approx(5 * 24), 0.0)
    with_plant = run(grid, 5.0, source=20.0).summary
    assert (with_plant.import_mwh, with_plant.export_mwh) == (0.0, pytest.approx(15 * 24))
    assert with_plant.cost_usd == pytest.approx(-15 * 24 * 60)  # paid at the export price all the same


def test_the_demand_charge_is_on_the_highest_quarter_hour_of_each_local_month() -> None:
    start = datetime(2025, 1, 31, tzinfo=NEW_YORK)
    five_min = 5 / 60
    load = steps((0, 5.0), (1, 20.0), (1.25, 6.0), (30, 30.0), (30 + five_min, 6.0))
    grid = {"demand_charge_usd_per_mw_month": 1000.0}
    summary = run(grid, load, days=2, start=start, timezone="America/New_York").summary
    # January: 20 MW for a quarter-hour; February: (30 x 5 + 6 x 10) / 15 = 14 MW
    assert summary.cost_lines_usd["demand charge"] == pytest.approx((20 + 14) * 1000)


def test_demand_is_metered_by_the_quarters_of_the_clock_wherever_in_one_the_run_begins() -> None:
    start = datetime(2025, 2, 1, 8, 52, tzinfo=NEW_YORK)
    load = steps((0, 6.0), (8 / 60, 20.0), (23 / 60, 6.0))  # from 9:00 to 9:15
    grid = {"demand_charge_usd_per_mw_month": 1000.0}
    summary = run(grid, load, start=start, timezone="America/New_York").summary
    assert summary.peak_demand_15min_mw == pytest.approx(20.0)
    assert summary.cost_lines_usd["demand charge"] == pytest.approx(20 * 1000)


def test_the_demand_charge_is_on_imports_and_not_on_the_load() -> None:
    summary = run({"demand_charge_usd_per_mw_month": 1000.0}, 20.0, source=15.0).summary
    assert summary.cost_lines_usd["demand charge"] == pytest.approx((20 - 15) * 1000)


def test_each_connection_has_the_demand_charge_of_its_own_imports() -> None:
    charge = {"demand_charge_usd_per_mw_month": 1000.0}
    supply = {
        "first": GridConnection(import_limit_mw=8.0, import_price_usd_per_mwh=40.0, **charge),
        "second": GridConnection(import_limit_mw=8.0, import_price_usd_per_mwh=50.0),
        "third": GridConnection(import_limit_mw=8.0, import_price_usd_per_mwh=60.0, **charge),
    }
    campus = Campus(name="test", supply=supply, demand={"load": MeasuredLoad(power_mw=19.0)})
    assert simulate(campus, days=1).summary.cost_lines_usd["demand charge"] == pytest.approx((8 + 3) * 1000)


def test_exports_are_paid_at_the_price_of_their_hour_also_while_the_bid_stays_at_the_import_price() -> None:
    grid = {
        "export_limit_mw": 100.0,
        "import_price_usd_per_mwh": 40.0,
        "export_price_usd_per_mwh": steps((0, 60.0), (12, 80.0)),
    }
    summary = run(grid, 5.0, source=20.0).summary
    assert summary.cost_lines_usd["export revenue"] == pytest.approx(-15 * 12 * (60 + 80))


def test_power_cheaper_than_imports_with_their_carbon_is_exported() -> None:
    grid = {
        "export_limit_mw": 10.0,
        "import_price_usd_per_mwh": 50.0,
        "export_price_usd_per_mwh": 80.0,
        "carbon_kgco2_per_mwh": 500.0,
    }
    plant = MeasuredSource(power_mw=30.0, dispatch_usd_per_mwh=70.0)
    assert run(grid, 5.0, source=plant).summary.export_mwh == 0.0  # dearer than imports at 50
    # with carbon at 100 USD/t imports cost 100 USD/MWh
    assert run(grid, 5.0, source=plant, carbon_usd_per_t=100.0).summary.export_mwh == pytest.approx(240.0)


def test_a_month_begins_by_the_local_clock() -> None:
    load = steps((0, 20.0), (5, 1.0))  # until midnight in New York, five hours after that of UTC
    start = datetime(2025, 2, 1, tzinfo=ZoneInfo("UTC"))
    grid = {"demand_charge_usd_per_mw_month": 1000.0}
    local = run(grid, load, start=start, timezone="America/New_York").summary
    utc = run(grid, load, start=start).summary
    assert local.cost_lines_usd["demand charge"] == pytest.approx((20 + 1) * 1000)
    assert utc.cost_lines_usd["demand charge"] == pytest.approx(20 * 1000)


def test_the_same_month_of_two_years_has_a_demand_charge_each() -> None:
    summary = run({"demand_charge_usd_per_mw_month": 1000.0}, days=365 + 31).summary
    assert summary.cost_lines_usd["demand charge"] == pytest.approx(13 * 10 * 1000)


def test_limits_may_change_while_the_run_goes_on() -> None:
    imports = run({"import_limit_mw": steps((0, 10.0), (12, 4.0))}, 8.0).summary
    assert imports.unserved_by_reason_mwh == pytest.approx({"import limit": (8 - 4) * 12})  # 6 below
    grid = {"export_limit_mw": steps((0, 10.0), (12, 3.0))}
    exports = run(grid, 0.0, source=10.0).summary
    assert exports.export_mwh == pytest.approx(10 * 12 + 3 * 12)
    assert exports.curtailed_mwh == pytest.approx(7 * 12)


def test_a_curtailment_order_is_obeyed_and_named_as_the_reason() -> None:
    order = {"start_h": 6.0, "duration_h": 3.0, "limit_mw": 2.0}
    result = run({"import_limit_mw": 10.0, "orders": [order]}, 8.0)
    assert result.summary.unserved_by_reason_mwh == pytest.approx({"grid curtailment order": (8 - 2) * 3})
    told = result.events[result.events["event"] == "curtailment order"].iloc[0]
    assert (told["owner"], told["detail"], told["mw"]) == ("grid", "limit 2 MW", 2.0)
    assert told["time"].hour == 6


def test_of_orders_that_overlap_the_lowest_limit_counts() -> None:
    orders = [
        {"start_h": 6.0, "duration_h": 4.0, "limit_mw": 5.0},
        {"start_h": 8.0, "duration_h": 4.0, "limit_mw": 2.0},
    ]
    summary = run({"import_limit_mw": 10.0, "orders": orders}, 8.0).summary
    assert summary.unserved_mwh == pytest.approx(2 * (8 - 5) + 4 * (8 - 2))


def test_a_later_order_does_not_lift_an_earlier_one() -> None:
    orders = [
        {"start_h": 6.0, "duration_h": 6.0, "limit_mw": 2.0},
        {"start_h": 8.0, "duration_h": 8.0, "limit_mw": 5.0},
    ]
    summary = run({"import_limit_mw": 10.0, "orders": orders}, 8.0).summary
    assert summary.unserved_mwh == pytest.approx(6 * (8 - 2) + 4 * (8 - 5))


def test_an_interruption_leaves_demand_unserved_and_export_impossible() -> None:
    grid = {"export_limit_mw": 50.0, "interruptions_per_year": 100.0, "interruption_mean_h": 4.0}
    load, plant = steps((0, 8.0), (180 * 24, 0.0)), steps((0, 0.0), (180 * 24, 8.0))
    result = run(grid, load, days=365, source=plant)
    shortages = result.events[result.events["event"] == "shortage"]
    curtailments = result.events[result.events["event"] == "curtailment"]
    assert len(shortages) > 20
    assert set(shortages["detail"]) == {"grid outage"}
    assert result.summary.unserved_mwh == pytest.approx(8 * shortages["duration_h"].sum())
    assert result.summary.unserved_by_reason_mwh == pytest.approx(
        {"grid outage": result.summary.unserved_mwh}
    )
    assert len(curtailments) > 20
    assert result.summary.curtailed_by_reason_mwh == pytest.approx(
        {"no export": 8 * curtailments["duration_h"].sum()}
    )


def test_an_order_during_an_interruption_explains_its_own_part_only() -> None:
    grid = {
        "import_limit_mw": 10.0,
        "orders": [{"start_h": 0.0, "duration_h": 365 * 24.0, "limit_mw": 4.0}],
        "interruptions_per_year": 50.0,
    }
    result = run(grid, 10.0, days=365)
    down_h = result.flows["dt_h"][result.flows["load.served_mw"] == 0.0].sum()
    assert down_h > 0
    # up: 6 MW short by order; down: 6 MW by order and 4 MW by outage
    assert result.summary.unserved_by_reason_mwh == pytest.approx(
        {"grid curtailment order": 6 * 365 * 24, "grid outage": 4 * down_h}
    )


def test_a_reason_changes_though_the_usable_limit_does_not() -> None:
    order = {"start_h": 0.0, "duration_h": 12.0, "limit_mw": 3.0}
    grid = {"import_limit_mw": steps((0, 10.0), (6, 5.0)), "orders": [order]}
    # 7 MW short for 12 h and 5 MW after; the lower limit takes 5 MW of them from 6 h on
    assert run(grid, 10.0).summary.unserved_by_reason_mwh == pytest.approx(
        {"import limit": 5.0 * 18, "grid curtailment order": 7.0 * 6 + 2.0 * 6}
    )


@pytest.mark.parametrize(
    ("limit", "orders", "said"),
    [
        (5.0, [(6.0, 6.0, 8.0)], "grid at import limit 24.0 h"),
        (5.0, [(0.0, 12.0, 3.0), (3.0, 3.0, 4.0)], "grid at import limit 24.0 h"),
        (steps((0, 10.0), (6, 5.0)), [(0.0, 12.0, 3.0)], "grid at import limit 24.0 h"),
        (steps((0, 10.0), (12, 5.0)), [(0.0, 24.0, 0.0)], "grid without import 24.0 h"),
    ],
)
def test_hours_at_a_limit_count_orders_that_change_nothing(limit: Any, orders: list[Any], said: str) -> None:
    made = [{"start_h": begin, "duration_h": hours, "limit_mw": mw} for begin, hours, mw in orders]
    report = run({"import_limit_mw": limit, "orders": made}, 10.0).report()
    assert f"Limits reached: {said}" in report


def test_an_interruption_is_noted_with_the_limit_of_then_and_leaves_firm_capacity() -> None:
    limit = steps((0, 10.0), (180 * 24, 20.0))
    grid = {"import_limit_mw": limit, "interruptions_per_year": 50.0, "interruption_mean_h": 4.0}
    result = run(grid, 5.0, days=365)
    noted = [event for event in result.books.events if event["event"] == "interruption"]
    assert {event["mw"] for event in noted} == {10.0, 20.0}
    assert all(event["mw"] == (10.0 if event["t_s"] < 180 * SECONDS_PER_DAY else 20.0) for event in noted)
    assert result.summary.reserve_margin == pytest.approx(10 / 5 - 1)  # what nothing has failed would give


def test_an_order_at_the_end_of_the_run_is_none_of_it() -> None:
    order = {"start_h": 24.0, "duration_h": 1.0, "limit_mw": 1.0}
    assert run({"orders": [order]}, 5.0).books.events == ()


def test_interruptions_come_as_often_and_last_as_long_as_said() -> None:
    years, rate, mean_h = 60.0, 30.0, 20.0
    result = run(
        {"interruptions_per_year": rate, "interruption_mean_h": mean_h},
        1.0,
        days=years * 365,
        record_s=365 * SECONDS_PER_DAY,
    )
    durations = result.events[result.events["event"] == "shortage"]["duration_h"]
    # renewal process: variance of the count is rate x years x (squared variation of a cycle)
    down_var = mean_h**2 * expm1(1.0)  # lognormal with sigma 1
    cycle_h = 8760 / rate
    variation = ((cycle_h - mean_h) ** 2 + down_var) / cycle_h**2
    assert abs(len(durations) - rate * years) < 3 * sqrt(rate * years * variation)
    assert abs(durations.mean() - mean_h) < 3 * sqrt(down_var / len(durations))


def test_carbon_is_that_of_the_grid_at_each_hour() -> None:
    summary = run({"carbon_kgco2_per_mwh": steps((0, 400.0), (18, 100.0))}).summary
    assert summary.carbon_t == pytest.approx((10 * 18 * 400 + 10 * 6 * 100) / 1000)
    assert "carbon cost" not in summary.cost_lines_usd  # carbon has no price unless the campus gives it one


def test_a_price_of_carbon_changes_who_runs_and_is_a_line_of_its_own() -> None:
    grid = {"import_price_usd_per_mwh": 60.0, "carbon_kgco2_per_mwh": 500.0}
    clean = MeasuredSource(power_mw=10.0, dispatch_usd_per_mwh=70.0)
    assert run(grid, source=clean).summary.import_mwh == pytest.approx(240)
    cheap = run(grid, source=clean, carbon_usd_per_t=10.0).summary  # 60 + 0.5 x 10 = 65, below 70
    assert cheap.import_mwh == pytest.approx(240)
    assert cheap.cost_lines_usd["carbon cost"] == pytest.approx(240 * 0.5 * 10)
    dear = run(grid, source=clean, carbon_usd_per_t=50.0).summary  # 60 + 0.5 x 50 = 85, above 70
    assert (dear.import_mwh, dear.carbon_t) == (0.0, 0.0)


def test_the_clean_share_of_imports_may_vary() -> None:
    summary = run({"clean_pu": steps((0, 0.2), (12, 0.6))}).summary
    assert summary.cfe_score == pytest.approx((0.2 + 0.6) / 2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"import_limit_mw": -1.0},
            "grid: import_limit_mw = -1.0 MW; allowed: a finite number at least 0 and at most 1e+06 MW",
        ),
        (
            {"demand_charge_usd_per_mw_month": -1.0},
            (
                "grid: demand_charge_usd_per_mw_month = -1.0 USD/MW-month; "
                "allowed: a finite number at least 0 and at most 1e+09 USD/MW-month"
            ),
        ),
        ({"clean_pu": 1.2}, "grid: clean_pu = 1.2 pu; allowed: a finite number at least 0 and at most 1 pu"),
        (
            {"interruptions_per_year": 1000.0, "interruption_mean_h": 10.0},
            (
                "grid: interruptions_per_year = 1000.0 1/a; allowed: below 876 1/a; more interruptions of "
                "10 h fill the year"
            ),
        ),
        ({"import_prise": 3.0}, "grid: import_prise is unknown; nearest: import_price_usd_per_mwh"),
    ],
)
def test_wrong_connections_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        GridConnection(**{"import_limit_mw": 1.0, **wrong})
    assert str(refused.value).startswith(message)


def test_import_above_a_target_has_the_shadow_price_of_its_demand_charge() -> None:
    """Up to what has been reached import costs its price; above the target the demand charge is added."""
    battery = Battery(power_mw=0.0, energy_mwh=0.0, strategy=PeakShaving(target_mw=6.0, hours_at_peak=24.0))
    grid = GridConnection(import_limit_mw=100.0, demand_charge_usd_per_mw_month=12_000.0)
    load = steps((0, 4.0), (1, 8.0), (1.25, 8.0), (2, 3.0))
    result = serve(load, {"battery": battery, "grid": grid})
    price = result.flows["site.price_usd_per_mwh"]
    # 4 MW are new in the first quarter, and reached after it; 8 MW are above the target for a quarter
    assert price.iloc[0] == pytest.approx(60.05)
    assert price[result.flows.index[0] + timedelta(minutes=15)] == pytest.approx(60.0)
    assert price[result.flows.index[0] + timedelta(hours=1)] == pytest.approx(60.0 + 12_000.0 / 24.0)
    assert price[result.flows.index[0] + timedelta(minutes=75)] == pytest.approx(60.0)


def test_a_target_changes_no_bill_where_the_store_can_do_nothing() -> None:
    battery = Battery(power_mw=0.0, energy_mwh=0.0, strategy=PeakShaving())
    grid = GridConnection(
        import_limit_mw=9.0,
        demand_charge_usd_per_mw_month=12_000.0,
        interruptions_per_year=300.0,
        orders=({"start_h": 30.0, "duration_h": 5.0, "limit_mw": 2.0},),
    )
    load = steps((0, 4.0), (7.3, 12.0), (30.2, 5.0))
    with_it, without = (
        serve(load, {"grid": grid, **more}, days=5.0).summary for more in ({"battery": battery}, {})
    )
    assert with_it.cost_usd == pytest.approx(without.cost_usd, rel=1e-12)
    assert with_it.unserved_by_reason_mwh == pytest.approx(without.unserved_by_reason_mwh, rel=1e-12)
