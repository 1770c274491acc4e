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
    assert [name for name, field in fields.items() if not unit_of(field)] == ["reactor_modules"]


def test_it_is_a_campus_of_about_150_mw(year: Result) -> None:
    summary = year.summary
    assert 140 < summary.energy_mwh / 8760 < 160
    assert summary.peak_load_mw < 180.1  # both halls full: 120 + 60 MW
    assert summary.pue == pytest.approx(1.2)
    assert summary.requests_dropped < 1e-6 * summary.requests_wanted


def test_its_books_close(year: Result) -> None:
    assert abs(year.summary.balance_residual_mwh) < 1e-6


def test_its_load_peaks_in_the_evening(year: Result) -> None:
    served = year.hourly[year.columns("served_mw")].sum(axis=1)
    by_hour = served.groupby(served.index.hour).mean()
    assert by_hour.idxmax() in {18, 19, 20, 21}
    assert by_hour.idxmin() in {3, 4, 5}
    assert by_hour.max() > 1.1 * by_hour.min()


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
    assert summary.unserved_mwh == 0.0


def test_every_source_does_its_part(year: Result) -> None:
    summary = year.summary
    assert all(summary.supplied_mwh[name] > 0 for name in ("grid", "smr", "fusion", "solar", "gas"))
    assert summary.discharged_mwh["battery"] > 1000
    assert summary.export_mwh > 0
    assert {"energy charge", "demand charge", "PPA", "fuel", "start-up"} <= summary.cost_lines_usd.keys()
    assert 0.9 < (summary.cfe_score or 0.0) < 1.0


def test_the_battery_never_charges_while_power_is_drawn_from_the_grid(year: Result) -> None:
    flows = year.flows
    assert not ((flows["battery.charge_mw"] > 1e-9) & (flows["grid.import_mw"] > 1e-9)).any()


def test_jobs_wait_in_line_and_the_last_one_outlasts_the_year(year: Result) -> None:
    jobs = year.jobs.set_index("name")
    assert (jobs["start"] > jobs["submit"]).sum() >= 2
    assert jobs["end"].isna().sum() == 2  # the last pretraining, and the stream of requests
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


@pytest.mark.parametrize("ending", [".toml", ".yaml", ".json"])
def test_the_campus_written_to_a_file_gives_the_same_bytes(
    scenario: Scenario, tmp_path: Path, ending: str
) -> None:
    campus = scenario.build()
    campus.dump(tmp_path / f"campus{ending}")
    again = Campus.load(tmp_path / f"campus{ending}")
    assert again.content_hash() == campus.content_hash()
    first, second = (
        simulate(each, days=90).save(tmp_path / name) for each, name in ((campus, "a"), (again, "b"))
    )
    for name in ("flows.parquet", "events.parquet", "jobs.parquet"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
