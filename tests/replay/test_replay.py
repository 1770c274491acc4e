"""A replay gives what a run gives."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest
from campuses import SEEDS, replayable_campuses
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import Campus, simulate
from sim.bus.stretch import IS_COMPILED
from sim.replay.books import ReplayBooks
from sim.replay.obstacle import obstacle
from sim.replay.replay import replay
from sim.runs.metrics import summarise
from sim.simulation import prepare
from sim.site import Site

compiled = pytest.mark.skipif(not IS_COMPILED, reason="a replay needs compiled code")


def replayed(campus: Campus, days: float, seed: int = 0) -> dict[str, float | None]:
    """The metrics of a replay."""
    site = prepare(campus, days=days, seed=seed)
    assert obstacle(site) == ""
    return summarise(replay(site), loop_s=0.0, wall_s=0.0).metrics()


STARTS = st.sampled_from(
    [
        {},
        {"start": "2025-03-30T00:07:30+01:00", "timezone": "Europe/Berlin"},  # the clock changes
        {"start": "2025-06-30T23:22:10+05:30", "timezone": "Asia/Kolkata"},
        {"start": "2025-10-05T00:59:59+10:30", "timezone": "Australia/Lord_Howe"},
    ]
)


@compiled
@given(replayable_campuses(), STARTS, st.sampled_from([0.0005, 0.004, 2 / 24, 0.5, 2.03, 33.0]), SEEDS)
@settings(max_examples=90, deadline=None)
def test_every_metric_of_a_replay_is_that_of_the_run(
    campus: Campus, begins: dict[str, str], days: float, seed: int
) -> None:
    campus = campus.with_values(dict(begins))
    run = simulate(campus, days=days, seed=seed).summary.metrics()
    found = replayed(campus, days, seed)
    assert list(found) == list(run)
    scale_mwh = sum(abs(run[name] or 0.0) for name in ("energy_mwh", "import_mwh", "export_mwh"))
    for name, value in run.items():
        if value is None or found[name] is None:
            assert found[name] is value, name
        elif name != "balance_residual_mwh":
            assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-9 + 1e-13 * scale_mwh), name


def campus(**load: object) -> Campus:
    """A site with sun, a battery and a connection."""
    return Campus(
        name="c",
        supply={
            "sun": {"kind": "measured_source", "power_mw": {"times_s": [0.0, 5400.0], "values": [9.0, 0.0]}},
            "battery": {
                "kind": "battery",
                "power_mw": 4.0,
                "energy_mwh": 2.0,
                "initial_soc_pu": 0.2,
                "charge_efficiency_pu": 1.0,
                "discharge_efficiency_pu": 1.0,
                "charge_below_usd_per_mwh": 10.0,
                "discharge_above_usd_per_mwh": 20.0,
            },
            "grid": {
                "kind": "grid",
                "import_limit_mw": 3.0,
                "import_price_usd_per_mwh": 50.0,
                "demand_charge_usd_per_mw_month": 1000.0,
                "carbon_kgco2_per_mwh": {"times_s": [0.0, 7200.0], "values": [100.0, 300.0]},
            },
        },
        demand={"load": {"kind": "measured_load", "power_mw": 5.0} | load},
    )


@compiled
def test_an_interval_that_a_run_covers_in_part_has_no_power_outside_the_run() -> None:
    begins = {"start": "2025-01-06T00:10:00-05:00"}  # 5 minutes of a quarter, 50 minutes of an hour
    found = replayed(campus(power_mw=3.0).with_values(dict(begins)), 20.0 / 1440.0)  # until 0:30
    assert found["peak_demand_mw"] == 3.0
    assert found["peak_demand_15min_mw"] == 3.0  # from 0:15 on
    assert found["peak_demand_1h_mw"] == pytest.approx(1.0)  # 20 minutes of it
    short = replayed(campus(power_mw=3.0).with_values(dict(begins)), 5.0 / 1440.0)
    assert short["peak_demand_15min_mw"] == pytest.approx(1.0)
    assert short["peak_demand_1h_mw"] == pytest.approx(0.25)


@compiled
@pytest.mark.parametrize(
    ("times_min", "highest_mw"),
    [
        ((0, 15, 90), 4.0),  # 45 minutes of the first hour, 30 of the second
        ((0, 45, 195), 5.0),  # the hours from 1:00 to 3:00, besides 15 minutes before and after
        ((0, 10, 70), (10.0 * 1.0 + 50.0 * 5.0) / 60.0),
    ],
)
def test_a_row_of_many_quarters_counts_in_each_hour(times_min: tuple[int, ...], highest_mw: float) -> None:
    load = {"times_s": [60.0 * one for one in times_min], "values": [1.0, 5.0, 1.0]}
    found = replayed(campus(power_mw=load), 4.0 / 24.0)
    assert found["peak_demand_1h_mw"] == pytest.approx(highest_mw, rel=1e-12)
    assert found["peak_demand_15min_mw"] == 5.0


@compiled
def test_three_hours_by_hand() -> None:
    """Sun of 9 MW for 1.5 h: the battery takes 4 MW and is full after 0.4 h, with 1.6 MWh.

    After sunset it gives 4 MW for 0.4 h beside 1 MW of import; from 1.9 h on 2 MW are missing.
    """
    found = replayed(campus(), 3.0 / 24.0)
    assert found["charged_mwh.battery"] == pytest.approx(1.6)
    assert found["curtailed_by_reason_mwh.storage full"] == pytest.approx(4.0 * 1.1)
    assert found["discharged_mwh.battery"] == pytest.approx(1.6)
    assert found["import_mwh"] == pytest.approx(0.4 * 1.0 + 1.1 * 3.0)
    assert found["unserved_by_reason_mwh.capacity"] == found["unserved_mwh"] == pytest.approx(2.0 * 1.1)
    assert (found["shortages"], found["unserved_h"]) == (1.0, pytest.approx(1.1))
    assert found["carbon_t"] == pytest.approx(0.1 * (0.4 * 1.0 + 0.1 * 3.0) + 0.3 * 3.0)
    assert found["cost_lines_usd.energy charge"] == pytest.approx(50.0 * 3.7)
    assert found["cost_lines_usd.demand charge"] == pytest.approx(3000.0)
    assert found["peak_import_1h_mw"] == pytest.approx(3.0)
    assert found["settlements"] == 4.0  # the carbon of the grid changes without one


@compiled
def test_a_replay_has_no_rows_and_a_run_of_the_same_site_cannot_follow() -> None:
    site = prepare(campus(), days=1.0)
    books = replay(site)
    assert (len(books.t_s), books.flows.shape[1]) == (0, 0)
    assert books.balance.residual_mwh == pytest.approx(0.0, abs=1e-9)
    assert [one.name for one in books.participants] == ["battery", "facility", "grid", "load", "sun"]


@compiled
def test_more_rows_than_there_is_room_for_are_all_given_reasons() -> None:
    """A load that is short every other minute of a week: 5,040 rows are kept in batches."""
    minutes = 7 * 24 * 60
    short = campus(
        power_mw={"times_s": [60.0 * at for at in range(minutes)], "values": [2.0, 8.0] * (minutes // 2)}
    )
    run = simulate(short, days=7.0).summary.metrics()
    found = replayed(short, 7.0)
    for name in ("unserved_mwh", "unserved_h", "shortages", "step_mw", "change_1min_mw", "cost_usd"):
        assert found[name] == pytest.approx(run[name], rel=1e-9), name
    assert found["shortages"] > 4000.0


@compiled
@pytest.mark.parametrize("rows", [2047, 2048, 2049, 4096, 4097])
def test_a_last_row_that_finds_no_room_is_kept_in_the_next_batch(rows: int) -> None:
    """Each minute is short, so each row is kept, and so is that at whose end the run ends."""
    load = {"times_s": [60.0 * at for at in range(rows)], "values": [4.0 + at % 2 for at in range(rows)]}
    grid = {"kind": "grid", "import_limit_mw": {"times_s": [0.0, 30.0], "values": [3.0, 2.5]}}
    one = Campus(
        name="c", supply={"grid": grid}, demand={"load": {"kind": "measured_load", "power_mw": load}}
    )
    books = ReplayBooks(prepare(one, days=rows / 1440.0))
    kernel, kept, is_done = books.kernel, 0, False
    while not is_done:
        is_done = kernel.run()
        assert kernel.kept_rows <= len(kernel.kept)
        assert kernel.steps <= len(kernel.steps_s)
        kept += kernel.kept_rows
        kernel.make_room()
    assert kept == rows + 1


@compiled
def test_a_store_of_its_own_that_trades_with_itself_is_refused_as_in_a_run() -> None:
    def refused(of: Callable[[Site], object]) -> str:
        site = prepare(campus(), days=1.0)
        terminal = site.terminal("odd")
        terminal.offer(10.0).state(1.0)
        terminal.bid(20.0).state(1.0)
        with pytest.raises(ValueError, match="odd") as caught:
            of(site)
        return str(caught.value)

    assert refused(replay) == refused(Site.run)
    assert refused(replay) == "odd: bids 20.0 USD/MWh, which is above its own offer of 10.0 USD/MWh"


SUCCESSIVE = {
    "kind": "successive",
    "tariffs": [
        {
            "begins": "2025-01-01",
            "tariff": {
                "kind": "rates",
                "import_price_usd_per_mwh": {"times_s": [0.0, 85500.0], "values": [50.0, 60.0]},
                "demand": [{"usd_per_mw_month": 1000.0}],
            },
        }
    ],
}


@compiled
def test_a_tariff_after_another_is_billed_by_its_demand() -> None:
    load = {"times_s": [0.0, 5000.0, 9000.0, 20000.0], "values": [1.0, 30.0, 10.0, 50.0]}
    one = Campus(
        name="c",
        supply={"grid": {"kind": "grid", "import_limit_mw": 100.0, "tariff": SUCCESSIVE}},
        demand={"load": {"kind": "measured_load", "power_mw": load}},
    )
    assert replayed(one, 2.0)["cost_lines_usd.demand charge"] == pytest.approx(50_000.0)


@compiled
@pytest.mark.parametrize("limit_mw", [1e4, 1e6])
def test_energy_does_not_suffer_from_a_limit_that_is_never_reached(limit_mw: float) -> None:
    """Accepted power is added up, not the difference of two large sums."""
    times_s = [900.0 * at for at in range(28 * 96)]
    sun = {"times_s": times_s, "values": [0.05 if at % 700 == 3 else 0.01 for at in range(len(times_s))]}
    load = {
        "times_s": times_s,
        "values": [0.01 * (2.0 + (at * 7919 % 97) / 37.0) for at in range(len(times_s))],
    }
    one = Campus(
        name="c",
        supply={
            "grid": {
                "kind": "grid",
                "import_limit_mw": 100.0,
                "export_limit_mw": limit_mw,
                "export_price_usd_per_mwh": 30.0,
            },
            "sun": {"kind": "measured_source", "power_mw": sun},
        },
        demand={"load": {"kind": "measured_load", "power_mw": load}},
    )
    run = simulate(one, days=28.0).summary.metrics()
    found = replayed(one, 28.0)
    assert found["export_mwh"] == pytest.approx(run["export_mwh"], rel=1e-9)
    assert found["balance_residual_mwh"] == pytest.approx(run["balance_residual_mwh"], abs=1e-9)


@compiled
def test_replays_of_one_process_do_not_take_over_from_each_other() -> None:
    """Campuses that differ in one thing each, in turn, with arrays that are freed in between."""
    profiles = [[2.0, 8.0, 4.0], [2.0, 8.0, 6.0], [3.0, 8.0, 4.0], [2.0, 9.0, 4.0]]
    loads = [{"times_s": [0.0, 3600.0, 7200.0], "values": values} for values in profiles]
    loads.append({"times_s": [0.0, 3600.0, 9000.0], "values": profiles[0]})
    wanted = [simulate(campus(power_mw=load), days=0.25).summary.metrics() for load in loads]
    for turn in range(60):
        at = turn * 7 % len(loads)
        found = replayed(campus(power_mw=loads[at]), 0.25)
        for name in ("energy_mwh", "peak_demand_mw", "step_mw", "unserved_mwh", "reserve_margin", "cost_usd"):
            assert found[name] == pytest.approx(wanted[at][name], rel=1e-9), (turn, name)
        gc.collect()


@compiled
def test_the_first_instant_with_demand_is_the_tightest_where_nothing_is_firm() -> None:
    supply = {"sun": {"kind": "measured_source", "power_mw": 20.0}}
    load = {"times_s": [0.0, 3600.0, 7200.0], "values": [0.0, 5.0, 9.0]}
    one = Campus(name="c", supply=supply, demand={"load": {"kind": "measured_load", "power_mw": load}})
    assert (
        replayed(one, 0.5)["reserve_margin_at_h"]
        == simulate(one, days=0.5).summary.reserve_margin_at_h
        == 1.0
    )


@compiled
def test_a_peak_that_differs_by_rounding_is_reached_the_first_time() -> None:
    load = {"times_s": [0.0, 3600.0], "values": [8.0, 8.0 * (1.0 + 5e-10)]}
    found = replayed(campus(power_mw=load), 0.25)
    assert found["peak_demand_at_h"] == 0.0


@compiled
def test_weather_that_is_the_same_for_all_seeds_is_said() -> None:
    one = Campus(name="c", supply={"sun": {"kind": "solar", "capacity_mw": 5.0}})
    for each in (one, campus()):
        wanted = prepare(each, days=1.0).run().same_weather
        assert replay(prepare(each, days=1.0)).same_weather == wanted
    assert replay(prepare(one, days=1.0)).same_weather
