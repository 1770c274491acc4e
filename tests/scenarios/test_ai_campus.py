"""The flagship scenario: its year, its parameters, and the same campus as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim import Campus, Result, Scenario, simulate
from sim.units import unit_of

SCRIPT = Path(__file__).parents[2] / "scenarios" / "ai_campus.py"
SOURCES = {
    "reactor_modules": "smr",
    "fusion_mw": "fusion",
    "solar_mw": "solar",
    "battery_mw": "battery",
    "battery_mwh": "battery",
    "gas_mw": "gas",
}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return Scenario.open(SCRIPT)


@pytest.fixture(scope="module")
def year(scenario: Scenario) -> Result:
    return simulate(scenario.build())


def test_every_parameter_is_documented_with_its_unit(scenario: Scenario) -> None:
    fields = scenario.parameters.model_fields
    assert [name for name, field in fields.items() if not field.description] == []
    assert [name for name, field in fields.items() if not unit_of(field)] == [
        "reactor_modules",
        "exact_requests",
    ]


def test_it_is_a_campus_of_150_mw_of_servers(year: Result) -> None:
    summary = year.summary
    assert 150 < summary.energy_mwh / 8760 < 165
    halls_mw = 180.0 / 1.2  # both halls full, without the overhead for which they are sized
    it_mw = year.flows[year.columns("it_mw")].sum(axis=1)
    spares_mw = 146 * 2.49e-3  # 1 % of 14,599 servers, idle
    assert 0.95 * halls_mw < it_mw.max() < halls_mw + spares_mw
    assert summary.requests_dropped < 1e-6 * summary.requests_wanted


def test_its_overhead_follows_the_weather(year: Result) -> None:
    pue = year.monthly["pue"]
    assert pue["2025-01"] == pytest.approx(1.09, abs=0.01)  # 0.05 for cooling, 0.04 for losses of conversion
    assert str(pue.idxmax()) == "2025-07"
    assert pue.max() == pytest.approx(1.25, abs=0.01)
    assert 1.1 < (year.summary.pue or 0.0) < 1.2  # below that for which its halls are sized


def test_its_servers_fail_as_often_as_assumed(year: Result) -> None:
    hours = {part: year.summary.accounts[f"server_h.{part}"] for part in ("idle", "active", "failed")}
    failures = hours["failed"] / 24.0  # each takes 24 h to repair
    in_service_h = hours["idle"] + hours["active"]
    assert in_service_h / failures == pytest.approx(50_000.0, rel=0.06)  # some 2,500 failures
    assert year.jobs["attempts"].sum() > 0.8 * failures  # most servers are at work when they fail


def test_pretraining_keeps_most_of_its_time(year: Result) -> None:
    jobs = year.jobs.set_index("name")
    # Daly's formula for a failure in 4.6 h, a checkpoint of 10 s and a restart of 180 s: 0.955
    assert jobs.loc["pretrain_a", "goodput_pu"] == pytest.approx(0.955, abs=0.01)


def test_its_books_close(year: Result) -> None:
    assert abs(year.summary.balance_residual_mwh) < 1e-6


def test_its_requests_peak_in_the_evening_and_the_power_of_its_servers_hardly(year: Result) -> None:
    requests, power = year.requests.set_index("time"), year.hourly["assistant.it_mw"]
    asked, drawn = (found.groupby(found.index.hour).mean() for found in (requests["wanted_per_s"], power))
    assert (asked.idxmax(), drawn.idxmax()) == (20, 20)
    assert asked.max() > 2.4 * asked.min()  # 1.00 and 0.40 of the shape
    assert drawn.max() < 1.02 * drawn.min()  # some two hundred requests on each server at night
    assert requests["utilisation_pu"].max() < 0.23  # of the slots; of the tokens it is 0.78


def test_its_year_has_a_refuelling_trips_orders_and_the_first_fusion_power(year: Result) -> None:
    events = year.events
    reactor = events[events["owner"] == "smr"]
    assert list(reactor.loc[reactor["event"] == "refuelling", "detail"]) == ["module 1", "module 2"]
    assert (reactor["event"] == "forced outage").any()
    assert len(events[events["event"] == "curtailment order"]) == 2
    first = events.loc[events["event"] == "first power", "time"].iloc[0]
    assert (first.month, first.day) == (7, 1)
    assert year.hourly["fusion.delivered_mw"].loc["2025-12"].max() > 20.0  # half of 50 MW after half a year


def test_it_curtails_defers_and_sheds_nothing_firm(year: Result) -> None:
    summary = year.summary
    available = sum(summary.supplied_mwh.values()) + summary.curtailed_mwh
    assert 0.02 < summary.curtailed_mwh / available < 0.15
    assert summary.deferred_mwh > 1000
    assert summary.deferred_saved_mwh > summary.deferred_mwh  # most jobs that slow down need less energy
    assert summary.unserved_mwh == 0.0


def test_every_source_does_its_part(year: Result) -> None:
    summary = year.summary
    assert all(summary.supplied_mwh[name] > 0 for name in ("grid", "smr", "fusion", "solar", "gas"))
    assert summary.discharged_mwh["battery"] > 1000
    assert summary.export_mwh > 0
    assert {"energy charge", "demand charge", "PPA cost", "fuel", "start-up"} <= summary.cost_lines_usd.keys()
    assert 0.9 < (summary.cfe_score or 0.0) < 1.0


def test_the_battery_never_charges_while_power_is_drawn_from_the_grid(year: Result) -> None:
    flows = year.flows
    assert not ((flows["battery.charge_mw"] > 1e-9) & (flows["grid.import_mw"] > 1e-9)).any()


def test_jobs_wait_in_line_and_the_last_ones_outlast_the_year(year: Result) -> None:
    jobs = year.jobs.set_index("name")
    assert (jobs["start"] > jobs["submit"]).sum() >= 2
    assert set(jobs.index[jobs["end"].isna()]) == {"pretrain_c"}
    assert jobs.loc["pretrain_b", "end"] < jobs.loc["pretrain_c", "start"]


@pytest.mark.parametrize(("parameter", "source"), SOURCES.items())
def test_a_source_of_zero_is_left_out(scenario: Scenario, parameter: str, source: str) -> None:
    campus = scenario.build(**{parameter: 0})
    assert set(campus.supply) == {"grid", *SOURCES.values()} - {source}
    assert simulate(campus, days=2).summary.energy_mwh > 0


def test_a_campus_without_loads_or_own_sources_runs(scenario: Scenario) -> None:
    campus = scenario.build(**dict.fromkeys([*SOURCES, "training_mw", "inference_mw"], 0))
    assert (list(campus.supply), campus.demand, campus.servers) == (["grid"], {}, {})
    assert simulate(campus, days=1).summary.energy_mwh == 0.0


def test_gas_comes_in_whole_units(scenario: Scenario) -> None:
    units = [scenario.build(gas_mw=mw).supply["gas"].model_dump()["units"] for mw in (1, 55, 56, 110)]
    assert units == [1, 1, 2, 2]


def test_the_campus_written_to_a_file_gives_the_same_bytes(scenario: Scenario, tmp_path: Path) -> None:
    campus = scenario.build()
    first = simulate(campus, days=30).save(tmp_path / "script")
    for ending in (".toml", ".yaml", ".json"):
        campus.dump(tmp_path / f"campus{ending}")
        again = Campus.load(tmp_path / f"campus{ending}")
        assert again.content_hash() == campus.content_hash()
        second = simulate(again, days=30).save(tmp_path / ending)
        for name in ("flows.parquet", "events.parquet", "jobs.parquet"):
            assert (first / name).read_bytes() == (second / name).read_bytes(), (ending, name)


def test_each_request_of_the_assistant_by_itself_takes_the_energy_of_its_rates(scenario: Scenario) -> None:
    exact, fluid = (
        simulate(scenario.build(exact_requests=one, inference_mw=0.1), days=0.25) for one in (True, False)
    )
    assert exact.requests["resolution"].unique().tolist() == ["exact"]
    assert fluid.requests["resolution"].unique().tolist() == ["fluid"]
    # answers take some 15 minutes, and the run begins without any: the last hour has settled
    energy = [run.requests["energy_mwh"].iloc[-1] for run in (exact, fluid)]
    assert energy[0] == pytest.approx(energy[1], rel=2e-3)
    number = [run.requests["in_service"].iloc[-1] for run in (exact, fluid)]
    assert number[0] == pytest.approx(number[1], rel=0.05)
