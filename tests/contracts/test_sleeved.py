"""The sleeved agreement: credit, surplus and fee of a month by hand."""

from __future__ import annotations

from typing import Any

import pytest
from agreements import lines, month, quantities
from builders import steps, told

from sim import Campus, simulate
from sim.campus import SleevedAgreement
from sim.contracts.agreement import Agreement

H = 31 * 24.0  # hours of January


def sleeve(**values: Any) -> SleevedAgreement:
    return SleevedAgreement(**{"connection": "grid", "price_usd_per_mwh": 40.0, **values})


def bill(imported_mw: Any = 10.0, **values: Any) -> dict[str, float]:
    """The bill of a month in which the site imports so much at 60 USD/MWh."""
    return lines(month({"ppa": sleeve(**values)}, plant_mw=0.0, load_mw=imported_mw))


def test_output_takes_the_place_of_energy_under_the_tariff() -> None:
    assert bill(contracted_mw=6.0) == pytest.approx(
        {"output": 6 * H * 40, "credit of the energy charge": -6 * H * 60}
    )


def test_what_is_not_imported_is_sold_as_surplus() -> None:
    found = bill(imported_mw=4.0, contracted_mw=10.0, surplus_usd_per_mwh=25.0)
    assert found == pytest.approx(
        {
            "output": 10 * H * 40,
            "credit of the energy charge": -4 * H * 60,
            "surplus sold": -6 * H * 25,
        }
    )


def test_the_fee_is_paid_for_all_output() -> None:
    found = bill(imported_mw=4.0, contracted_mw=10.0, fee_usd_per_mwh=7.0)
    assert found["sleeving fee"] == pytest.approx(10 * H * 7)
    assert found["surplus sold"] == 0.0


def test_imports_of_another_hour_do_not_count() -> None:
    # by day 8 MW of sun and no import, by night 10 MW of import and no sun
    sun = {"base": 0.0, "windows": [{"value": 8.0, "from_hour": 6, "to_hour": 18}]}
    night = {"base": 10.0, "windows": [{"value": 0.0, "from_hour": 6, "to_hour": 18}]}
    found = bill(imported_mw=night, power_mw=sun, surplus_usd_per_mwh=20.0)
    assert found["surplus sold"] == pytest.approx(-8 * H / 2 * 20)
    assert found.get("credit of the energy charge", 0.0) == 0.0


def test_the_credit_has_the_energy_charge_of_its_hour_and_demand_charges_stay() -> None:
    price = {"base": 50.0, "windows": [{"value": 90.0, "from_hour": 12, "to_hour": 24}]}
    grid = {"import_price_usd_per_mwh": price, "demand_charge_usd_per_mw_month": 1000.0}
    result = month({"ppa": sleeve(contracted_mw=6.0)}, plant_mw=0.0, grid=grid)
    found = lines(result)
    assert found["credit of the energy charge, at 50 USD/MWh"] == pytest.approx(-6 * H / 2 * 50)
    assert found["credit of the energy charge, at 90 USD/MWh"] == pytest.approx(-6 * H / 2 * 90)
    assert result.summary.cost_lines_usd["demand charge"] == pytest.approx(10 * 1000.0)
    assert result.summary.cost_lines_usd["energy charge"] == pytest.approx(10 * H / 2 * (50 + 90))


def test_two_agreements_share_the_imports_in_the_order_of_their_names() -> None:
    agreements = {
        "b": sleeve(contracted_mw=7.0, surplus_usd_per_mwh=10.0),
        "a": sleeve(contracted_mw=6.0, price_usd_per_mwh=30.0, surplus_usd_per_mwh=10.0),
    }
    result = month(agreements, plant_mw=0.0, load_mw=10.0)
    assert lines(result, "a") == pytest.approx(
        {"output": 6 * H * 30, "credit of the energy charge": -6 * H * 60}
    )
    assert lines(result, "b") == pytest.approx(
        {"output": 7 * H * 40, "credit of the energy charge": -4 * H * 60, "surplus sold": -3 * H * 10}
    )


def test_one_that_has_ended_leaves_its_imports_to_the_next() -> None:
    agreements = {
        "a": sleeve(contracted_mw=6.0, begins="2024-01-11", term_years=1),
        "b": sleeve(contracted_mw=10.0),
    }
    result = month(agreements, plant_mw=0.0, load_mw=10.0)
    assert quantities(result, "a")["output"] == pytest.approx(6 * 10 * 24)
    # 4 MW for ten days, and 10 MW for 21
    credited = quantities(result, "b")["credit of the energy charge"]
    assert credited == pytest.approx((4 * 10 + 10 * 21) * 24)


def test_the_rise_of_the_contracted_power_is_its_output() -> None:
    # over 10 days to 8 MW: 40 MW-days, then 21 days of 8
    assert bill(contracted_mw=8.0, ramp_in_d=10.0)["output"] == pytest.approx((40 + 21 * 8) * 24 * 40.0)


def test_imports_above_a_target_of_peak_shaving_are_credited_too() -> None:
    """A target divides the import of its connection into several offers; all of them are metered."""
    battery = {"kind": "battery", "power_mw": 5.0, "energy_mwh": 20.0, "initial_soc_pu": 0.2}
    battery["strategy"] = {"kind": "peak_shaving", "target_mw": 2.0}
    campus = month({"ppa": sleeve(contracted_mw=6.0)}, plant_mw=0.0, days=1.0).campus
    plain = campus.to_dict()
    plain["supply"]["battery"] = battery
    result = simulate(Campus(**plain), days=1.0)
    assert quantities(result)["credit of the energy charge"] == pytest.approx(6 * 24)


def test_wrong_agreements_are_refused() -> None:
    assert told(sleeve) == ("sleeved: contracted_mw = 0.0 MW; allowed: above 0 MW without power_mw")
    assert told(lambda: Agreement.build({"kind": "sleeved", "price_usd_per_mwh": 1.0})) == (
        "sleeved: connection is missing"
    )


def test_a_participant_that_is_not_a_connection_is_refused() -> None:
    assert told(lambda: month({"ppa": sleeve(connection="plant", contracted_mw=1.0)}, days=1.0)) == (
        "agreements.ppa: connection = 'plant' imports nothing; allowed: a grid connection"
    )
    assert told(lambda: month({"ppa": sleeve(connection="gird", contracted_mw=1.0)}, days=1.0)) == (
        "agreements.ppa: connection = 'gird' is not a source; nearest: grid"
    )


def test_output_counts_by_quarter_of_an_hour() -> None:
    # 12 MW of import in every second quarter of the first hour: none of the others is credited
    load = steps((0, 12.0), (0.25, 0.0), (0.5, 12.0), (0.75, 0.0))
    result = month({"ppa": sleeve(contracted_mw=6.0)}, plant_mw=0.0, load_mw=load, days=1 / 24)
    assert quantities(result)["credit of the energy charge"] == pytest.approx(6 * 0.5)
