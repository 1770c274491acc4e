"""The reactor campus: a fleet against one unit, and what a trip under an agreement comes to by hand."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from agreements import lines

from sim import simulate
from sim.campus.scenario import Scenario
from sim.files.script import load_script

FILE = Path(__file__).parents[2] / "scenarios" / "reactor_campus.py"
LOAD_MW = 101_581 * 6850e-6 * 1.2
"""As many servers as 835 MW can power: 834.996 MW."""
JUNE_H = 30 * 24
JUNE = "2029-06"
"""The month of the first trip."""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script(FILE)


def test_more_and_smaller_units_are_firmer_for_the_same_energy(script: ModuleType) -> None:
    large, fleet = script.run(1), script.run(11)
    assert script.firm_mw(large, 0.99) == 0.0
    assert script.firm_mw(fleet, 0.99) > 600.0
    assert fleet.summary.energy_mwh == pytest.approx(large.summary.energy_mwh, rel=0.02)


def test_the_spare_units_suffice_and_one_less_would_not(script: ModuleType) -> None:
    spare = round(script.spare_mw(11) * 11 / script.UNIT_MW)
    assert script.served(script.run(11, spare)) >= script.SERVED
    assert script.served(script.run(11, spare - 1)) < script.SERVED


def test_a_trip_takes_the_share_of_one_unit(script: ModuleType) -> None:
    assert script.first_trip(script.run(1))["lost_mw"] == pytest.approx(835.0)
    assert script.first_trip(script.run(11))["lost_mw"] == pytest.approx(835.0 / 11)


def test_while_the_unit_is_down_the_campus_gets_and_pays_nothing(script: ModuleType) -> None:
    trip = script.first_trip(script.run(1))
    assert trip["hours"] == pytest.approx(219.557, abs=1e-3)  # 2029-06-16 10:41:31 to 2029-06-25 14:14:57
    assert trip["unserved_mwh"] == pytest.approx(LOAD_MW * trip["hours"])
    assert trip["paid_usd"] == trip["grid_usd"] == trip["damages_usd"] == 0.0


def test_the_month_of_the_trip_is_paid_for_the_hours_in_service(script: ModuleType) -> None:
    result = script.run(1)
    hours = script.first_trip(result)["hours"]
    bill = result.bill[result.bill["month"] == JUNE]
    (mwh,) = bill["quantity"]
    # after the repair power rises by 5 %/min: 20 min at half of 835 MW on average
    assert mwh == pytest.approx(LOAD_MW * (JUNE_H - hours) - 835 * 20 / 60 / 2, abs=0.1)
    assert bill["usd"].tolist() == pytest.approx([110 * mwh])
    assert lines(result, "reactors") == {}  # fuel is the seller's


def test_a_grid_connection_as_large_as_the_unit_gives_all_of_it_at_once(script: ModuleType) -> None:
    result = script.run(1, grid_mw=835.0)
    trip = script.first_trip(result)
    assert trip["import_mw"] == pytest.approx(LOAD_MW)
    assert trip["grid_usd"] == pytest.approx(60 * LOAD_MW * trip["hours"])
    assert trip["paid_usd"] == trip["unserved_mwh"] == result.summary.unserved_mwh == 0.0


def test_a_guarantee_is_for_what_is_missing_to_a_share_of_the_month(script: ModuleType) -> None:
    guaranteed = script.run(1, grid_mw=835.0, guaranteed_pu=0.9)
    trip = script.first_trip(guaranteed)
    # 648 h of 720 h are guaranteed: 219.6 h less 72 h are missing, at 835 MW and 50 USD/MWh
    assert trip["damages_usd"] == pytest.approx(50 * 835 * (trip["hours"] - 0.1 * JUNE_H))
    assert trip["paid_usd"] == 0.0


def test_the_agreement_ends_after_twenty_years() -> None:
    # 2028-01-01 to 2047-12-31 are 7,305 d
    result = simulate(Scenario.open(FILE).build(modules=1), days=7_400.0)
    assert str(result.bill["month"].max()) == "2047-12"
    assert result.flows.loc["2048":, "reactors.delivered_mw"].max() == pytest.approx(LOAD_MW)


def test_its_price_is_paid_for_all_that_is_delivered() -> None:
    summary = simulate(Scenario.open(FILE).build(modules=1, ppa_usd_per_mwh=80.0), days=60.0).summary
    # no outage in the first 60 days
    assert summary.cost_usd == pytest.approx(80 * LOAD_MW * 60 * 24)
