"""The battery: a charging limit of its own, and wear counted in both directions."""

from __future__ import annotations

from typing import Any

import pytest

from sim import Campus, Result, SpecError, simulate
from sim.supply.battery import Battery
from sim.supply.grid import GridConnection
from sim.supply.measured import MeasuredSource


def a_surplus_then_a_shortage(**battery: Any) -> Result:
    """A source of 10 MW for two hours, then a load of 10 MW for two hours from a battery and the grid."""
    sun = MeasuredSource(power_mw={"times_s": (0.0, 7200.0), "values": (10.0, 0.0)})
    values = {
        "power_mw": 4.0,
        "energy_mwh": 100.0,
        "charge_efficiency_pu": 0.5,
        "discharge_efficiency_pu": 1.0,
        "min_soc_pu": 0.0,
        "initial_soc_pu": 0.5,
        **battery,
    }
    campus = Campus(
        name="yard",
        supply={"sun": sun, "store": Battery(**values), "grid": GridConnection(import_limit_mw=20.0)},
        demand={
            "load": {"kind": "measured_load", "power_mw": {"times_s": (0.0, 7200.0), "values": (0.0, 10.0)}}
        },
    )
    return simulate(campus.with_values({"supply.grid.import_price_usd_per_mwh": 100.0}), days=4 / 24)


def test_it_charges_and_discharges_within_one_limit_unless_told_otherwise() -> None:
    summary = a_surplus_then_a_shortage().summary
    assert summary.charged_mwh["store"] == pytest.approx(2 * 4.0)
    assert summary.discharged_mwh["store"] == pytest.approx(2 * 4.0)


def test_a_charging_limit_of_its_own_holds_for_charging_only() -> None:
    summary = a_surplus_then_a_shortage(charge_power_mw=7.0).summary
    assert summary.charged_mwh["store"] == pytest.approx(2 * 7.0)
    assert summary.discharged_mwh["store"] == pytest.approx(2 * 4.0)


@pytest.mark.parametrize(
    ("energy_mwh", "firm_mw"),
    [
        (8.0, 0.75 * 8.0 * 0.5 / 4.0),  # from full to a quarter, half of it lost, spread over 4 h: 0.75 MW
        (100.0, 4.0),  # 37.5 MWh would last longer than that at its power
    ],
)
def test_a_battery_is_firm_for_what_it_can_discharge_for_four_hours(
    energy_mwh: float, firm_mw: float
) -> None:
    result = a_surplus_then_a_shortage(
        energy_mwh=energy_mwh, min_soc_pu=0.25, charge_efficiency_pu=1.0, discharge_efficiency_pu=0.5
    )
    (battery,) = [one for one in result.books.participants if one.name == "store"]
    assert battery.firm_mw.values.tolist() == pytest.approx([firm_mw])


def test_a_battery_that_may_not_charge_only_gives() -> None:
    summary = a_surplus_then_a_shortage(charge_power_mw=0.0).summary
    assert summary.charged_mwh["store"] == 0.0
    assert summary.discharged_mwh["store"] == pytest.approx(2 * 4.0)


def test_wear_is_billed_in_each_direction_at_its_own_price() -> None:
    result = a_surplus_then_a_shortage(charge_power_mw=7.0, wear_usd_per_mwh=3.0, charge_wear_usd_per_mwh=2.0)
    assert result.summary.cost_lines_usd["wear"] == pytest.approx(3.0 * 8.0 + 2.0 * 14.0)


def test_wear_of_charging_alone_is_billed_too() -> None:
    result = a_surplus_then_a_shortage(charge_wear_usd_per_mwh=2.0)
    assert result.summary.cost_lines_usd["wear"] == pytest.approx(2.0 * 8.0)


def test_wear_of_charging_counts_the_refill_of_a_reserve() -> None:
    # all of the battery is reserve: half full, it is refilled at 4 MW for 4 h, from the sun and then the grid
    result = a_surplus_then_a_shortage(reserve_pu=1.0, charge_wear_usd_per_mwh=2.0)
    assert result.summary.charged_mwh["store"] == pytest.approx(4 * 4.0)
    assert result.summary.cost_lines_usd["wear"] == pytest.approx(2.0 * 16.0)


def test_a_reserve_cheaper_than_the_rest_is_refused() -> None:
    with pytest.raises(SpecError) as refused:
        Battery(
            power_mw=1.0, energy_mwh=1.0, discharge_above_usd_per_mwh=80.0, reserve_above_usd_per_mwh=79.0
        )
    assert str(refused.value) == (
        "battery: discharge_above_usd_per_mwh = 80.0 USD/MWh; allowed: at most reserve_above_usd_per_mwh = "
        "79 USD/MWh"
    )
