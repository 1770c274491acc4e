"""The campus in phases: the same in TOML and in Python, and what its report answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim import Campus, Result, Scenario, simulate

FOLDER = Path(__file__).parents[2] / "scenarios"
HALL_MW = 2_500 * 24_000 / 1e6 * 1.2
"""A full hall with its overhead: 60 MW of servers take 72 MW."""
SERVICE = {
    "assistant": "2027-02-01",
    "hall_1": "2027-03-01",
    "hall_1 jobs at 400 USD/MWh": "2027-03-01",
    "hall_1 jobs at 60 USD/MWh": "2027-03-01",
    "hall_2": "2027-09-01",
    "hall_2 jobs at 400 USD/MWh": "2027-09-01",
    "solar": "2027-10-01",
    "battery": "2027-10-01",
    "smr": "2028-02-01",
    "hall_3": "2028-04-01",
    "hall_3 jobs at 400 USD/MWh": "2028-04-01",
}
SOURCES = {"reactor_modules": "smr", "gas_units": "gas", "solar_mw": "solar", "battery_mw": "battery"}


@pytest.fixture(scope="module")
def campus() -> Campus:
    return Campus.load(FOLDER / "phased_campus.toml")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return Scenario.open(FOLDER / "phased_campus.py")


@pytest.fixture(scope="module")
def result(campus: Campus) -> Result:
    return simulate(campus)


@pytest.fixture(scope="module")
def report(result: Result) -> str:
    return " ".join(result.report().split())


def test_the_file_and_the_script_are_the_same_campus(campus: Campus, scenario: Scenario) -> None:
    built = scenario.build()
    assert built.content_hash() == campus.content_hash()
    assert built.days == campus.days == scenario.days == 365 + 366 + 365


def test_it_gives_the_same_flows_again(campus: Campus, scenario: Scenario) -> None:
    first, second = (simulate(each, days=300).flows for each in (campus, scenario.build()))
    assert first.equals(second)


@pytest.mark.parametrize(("name", "date"), SERVICE.items())
def test_nothing_is_drawn_given_or_held_back_before_its_phase(result: Result, name: str, date: str) -> None:
    flows = result.flows
    columns = [one for one in flows.columns if one.startswith(f"{name}.") and not one.endswith("stored_mwh")]
    begun = flows.index >= date
    assert columns
    assert not flows.loc[~begun, columns].to_numpy().any()
    assert flows.loc[begun, columns].to_numpy().any()


def test_the_connection_gives_no_more_than_its_step(result: Result) -> None:
    import_mw = result.flows["grid.import_mw"]
    assert import_mw[:"2027-09-30"].max() == pytest.approx(100.0)
    assert import_mw["2027-10-01":"2028-06-30"].max() == pytest.approx(200.0)
    assert 200.0 < import_mw["2028-07-01":].max() <= 300.0


def test_its_peak_is_three_full_halls_the_service_and_the_offices(result: Result) -> None:
    # a weekday at 20 h; each of 6,000 servers gives these tokens with N requests at once, in steps of
    # 20.4 ms + 0.0365 ms x N, and draws 2.69 + 3.61 N / (N + 4) kW
    tokens_per_s = 17_000 * 100 / (1_713 / 24) * 7 / 6.8 * 4_800 / 6_000
    at_once = 0.0204 * tokens_per_s / (1.0 - 3.65e-5 * tokens_per_s)
    service_mw = 6_000 * (2.69 + 3.61 * at_once / (at_once + 4.0)) / 1e3 * 1.2
    assert result.summary.peak_demand_mw == pytest.approx(3 * HALL_MW + service_mw + 8.0, rel=1e-4)


def test_it_is_tightest_when_the_second_hall_comes_before_the_second_step(
    result: Result, report: str
) -> None:
    summary = result.summary
    assert summary.firm_at_tightest_mw == pytest.approx(100 + 2 * 55)
    assert summary.reserve_margin == pytest.approx(210 / (summary.demand_at_tightest_mw or 0.0) - 1)
    assert "Firm capacity: tightest 2027-09-01 20:00 EDT: 210 MW for 197 MW wanted, margin +6.4 %" in report


def test_without_the_grid_the_inspection_of_a_turbine_leaves_one_turbine(report: str) -> None:
    n1 = report.partition("N-1: ")[2].partition(" - ")[0]
    # on an evening of the ten days
    assert re.match(
        r"tightest 2027-04-(0\d|1[0-5]) 20:00 EDT: 55.0 MW without grid 100 MW for 125 MW wanted", n1
    )
    assert n1.endswith("for 71.3 MW wanted, margin -22.8 %")  # 55 / 71.3 - 1


def test_it_is_powered_if_training_waits(result: Result, report: str) -> None:
    assert (
        "Powered: yes, if loads wait; all firm demand was served; hall_1 jobs at 60 USD/MWh, "
        "hall_1 jobs at 400 USD/MWh, hall_2 jobs at 400 USD/MWh waited" in report
    )
    assert "loads assistant, offices, research, training_1, training_2, training_3 " in report
    assert result.summary.unserved_mwh == 0.0
    jobs = result.jobs.set_index("name")
    took_d = (jobs["end"] - jobs["start"]).dt.total_seconds() / 86_400
    assert took_d["training_1"] == pytest.approx(1_000.2, abs=0.1)  # of 1,000 days at full speed
    assert took_d["training_2"] == pytest.approx(800.15, abs=0.1)  # of 800
    assert took_d["training_3"] == pytest.approx(600.0, abs=1e-6)  # of 600
    assert jobs.loc["research", "state"] == "running"  # it waits whenever power costs more than 60 USD/MWh


def test_jobs_wait_for_their_halls(result: Result) -> None:
    jobs = result.jobs.set_index("name")
    assert jobs.loc["training_2", "line_h"] == (31 + 28 + 31 + 30 + 31 + 30 + 31 + 31) * 24 - 1  # summer time
    assert jobs.loc["training_3", "start"].isoformat() == "2028-04-01T00:00:00-04:00"


def test_planned_and_random_outages_happen(result: Result) -> None:
    events = result.events.groupby(["owner", "event"]).size()
    assert events["gas", "planned outage"] == 3  # each spring
    assert events["smr", "in service"] == 4
    assert (
        min(events["gas", "forced outage"], events["smr", "forced outage"], events["grid", "interruption"])
        > 0
    )


@pytest.mark.parametrize(("parameter", "source"), SOURCES.items())
def test_a_source_of_zero_is_left_out(scenario: Scenario, parameter: str, source: str) -> None:
    campus = scenario.build(**{parameter: 0})
    assert set(campus.supply) == {"grid", *SOURCES.values()} - {source}
    assert simulate(campus, days=2).summary.energy_mwh > 0
