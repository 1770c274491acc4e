"""The outage reserve: full until load would be unserved."""

from __future__ import annotations

from typing import Any

import pytest
from builders import serve, steps, told

from sim import Result
from sim.campus import Battery, GridConnection, OutageReserve

EFF = 0.948


def run(*, limit: Any = 50.0, price: Any = 60.0, strategy: Any = None, **values: Any) -> Result:
    """A battery of 5 MW and 20 MWh beside a load of 10 MW."""
    supply = {
        "battery": Battery(
            **{"power_mw": 5.0, "energy_mwh": 20.0, **values}, strategy=strategy or OutageReserve()
        ),
        "grid": GridConnection(import_limit_mw=limit, import_price_usd_per_mwh=price),
    }
    return serve(10.0, supply, days=2.0)


def test_it_is_filled_slowly_and_kept_full() -> None:
    result = run()
    # 16 MWh of room in 24 h; half of the capacity is missing
    assert result.flows["battery.charge_mw"].max() == pytest.approx(16 / EFF / 24)
    assert result.summary.charged_mwh["battery"] == pytest.approx(10 / EFF, rel=1e-6)
    assert result.summary.discharged_mwh["battery"] == 0.0
    (described,) = [one for one in result.books.participants if one.name == "battery"]
    assert described.caveat == "is kept full for outages, and recharges over 24 h"


def test_a_dear_hour_is_no_reason_to_discharge() -> None:
    result = run(price=steps((0, 60.0), (30, 3900.0), (31, 60.0)), initial_soc_pu=1.0)
    assert result.summary.discharged_mwh["battery"] == 0.0


def test_it_serves_load_in_an_outage_and_recharges() -> None:
    result = run(limit=steps((0, 50.0), (10, 7.0), (13, 50.0)), initial_soc_pu=1.0)
    assert result.summary.discharged_mwh["battery"] == pytest.approx(3 * 3.0)
    assert result.summary.unserved_mwh == pytest.approx(0.0)
    assert result.summary.charged_mwh["battery"] == pytest.approx(9 / EFF / EFF, rel=1e-6)
    assert result.flows["grid.import_mw"].max() == pytest.approx(10 + 16 / EFF / 24)


def test_it_charges_at_a_price_of_its_own() -> None:
    price = {"base": 60.0, "windows": [{"value": 30.0, "from_hour": 0, "to_hour": 6}]}
    result = run(price=price, strategy=OutageReserve(recharge_h=4.0, charge_below_usd_per_mwh=40.0))
    assert result.summary.charged_mwh["battery"] == pytest.approx(10 / EFF, rel=1e-6)
    assert (result.flows["battery.charge_mw"].between_time("11:00", "23:00") == 0.0).all()


def test_a_price_at_that_of_the_reserve_and_no_time_are_refused() -> None:
    assert told(lambda: run(strategy=OutageReserve(charge_below_usd_per_mwh=4000.0))) == (
        "supply.battery.strategy: charge_below_usd_per_mwh = 4000.0 USD/MWh; allowed: below "
        "reserve_above_usd_per_mwh = 4000 USD/MWh"
    )
    assert told(lambda: OutageReserve(recharge_h=0.5)) == (
        "outage_reserve: recharge_h = 0.5 h; allowed: a finite number at least 1 and at most 8760 h"
    )
