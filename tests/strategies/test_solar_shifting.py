"""Solar shifting: surplus of noon is given back before power is imported."""

from __future__ import annotations

from typing import Any

import pytest
from builders import serve, steps, told

from sim import Result
from sim.campus import Battery, GridConnection, MeasuredSource, SolarShifting

EFF = 0.948
TIGHT = 1e-7  # a store counts as full or empty within 1e-9 of its capacity
SUN = steps((0, 0.0), (8, 20.0), (16, 0.0))


def run(strategy: SolarShifting | None = None, price: Any = 60.0, **values: Any) -> Result:
    """A battery of 5 MW and 20 MWh, empty, beside 20 MW of sun for 8 h and a load of 10 MW."""
    grid = {"import_limit_mw": 50.0, "import_price_usd_per_mwh": price} | values.pop("grid", {})
    rated = {"power_mw": 5.0, "energy_mwh": 20.0, "initial_soc_pu": 0.2, **values}
    supply = {
        "battery": Battery(**rated, strategy=strategy or SolarShifting()),
        "grid": GridConnection(**grid),
        "sun": MeasuredSource(power_mw=SUN),
    }
    return serve(10.0, supply)


def test_surplus_fills_it_and_the_evening_empties_it() -> None:
    result = run()
    assert result.summary.charged_mwh["battery"] == pytest.approx(16 / EFF, rel=TIGHT)
    assert result.summary.discharged_mwh["battery"] == pytest.approx(16 * EFF, rel=TIGHT)
    # 16 h without sun at 10 MW, less what it gives
    assert result.summary.cost_usd == pytest.approx((160 - 16 * EFF) * 60, rel=TIGHT)
    assert result.summary.curtailed_mwh == pytest.approx(80 - 16 / EFF, rel=TIGHT)
    (described,) = [one for one in result.books.participants if one.name == "battery"]
    assert described.caveat == "charges from surplus, and discharges before grid imports"


def test_it_discharges_at_the_first_import_and_does_not_wait_for_a_dearer_one() -> None:
    result = run(initial_soc_pu=1.0, price=steps((0, 30.0), (16, 300.0)))
    # 16 x 0.948 MWh at 5 MW from midnight on, then the surplus of noon, then the evening
    assert result.flows["battery.discharge_mw"].iloc[0] == pytest.approx(5.0)
    assert result.summary.discharged_mwh["battery"] == pytest.approx(2 * 16 * EFF, rel=TIGHT)


def test_it_does_not_charge_from_the_grid_however_cheap_the_night() -> None:
    result = run(price=steps((0, 2.0), (8, 300.0)))
    night = result.flows.between_time("00:00", "07:59")
    assert not night["battery.charge_mw"].any()


def test_surplus_up_to_another_price_counts_when_it_is_said() -> None:
    result = run(SolarShifting(surplus_usd_per_mwh=5.0), price=steps((0, 2.0), (8, 300.0)))
    assert result.flows["battery.charge_mw"].iloc[0] == pytest.approx(5.0)


def test_below_the_price_of_surplus_it_does_not_discharge_into_itself() -> None:
    """At a negative price it charges, and a discharge is still offered above the price of surplus."""
    result = run(price=-20.0, initial_soc_pu=1.0)
    assert result.summary.discharged_mwh["battery"] == 0.0


def test_surplus_goes_into_the_store_before_it_is_exported() -> None:
    exported = run(grid={"export_limit_mw": 50.0})
    # the export price is 0: the store bids 1 USD/MWh
    assert exported.summary.charged_mwh["battery"] == pytest.approx(16 / EFF, rel=TIGHT)
    assert exported.summary.export_mwh == pytest.approx(80 - 16 / EFF, rel=TIGHT)
    dear = run(grid={"export_limit_mw": 50.0, "export_price_usd_per_mwh": 20.0})
    assert dear.summary.charged_mwh["battery"] == 0.0  # surplus is worth 20 USD/MWh


def test_a_price_of_surplus_that_reaches_the_reserve_is_refused() -> None:
    assert told(lambda: run(SolarShifting(surplus_usd_per_mwh=4000.0))) == (
        "supply.battery.strategy: surplus_usd_per_mwh = 4000.0 USD/MWh; "
        "allowed: below reserve_above_usd_per_mwh = 4000 USD/MWh"
    )
    assert told(lambda: run(SolarShifting(connection="sun"))) == (
        "supply.battery.strategy: connection = 'sun' is not a grid connection; known: grid"
    )
