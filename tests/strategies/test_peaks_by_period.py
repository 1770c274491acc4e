"""Peak shaving under demand charges by period: a peak at night lets no store charge in the evening."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from sim import Campus, Result, simulate
from sim.campus import Battery, Demand, GridConnection, MeasuredLoad, PeakShaving, Ratchet, Rates
from sim.timeseries.profile import Points
from sim.timeseries.time_of_use import LocalHours

HOURS = np.arange(24 * 59)


def run(load_mw: np.ndarray, *demand: Demand, stores: bool) -> Result:
    battery = {"battery": Battery(power_mw=4.0, energy_mwh=16.0, strategy=PeakShaving())}
    tariff = Rates(import_price_usd_per_mwh=50.0, demand=demand)
    load = MeasuredLoad(power_mw=Points(times_s=(HOURS * 3600.0).tolist(), values=load_mw.tolist()))
    campus = Campus(
        name="x",
        start=datetime(2025, 6, 1, tzinfo=UTC),
        supply={"grid": GridConnection(import_limit_mw=99.0, tariff=tariff), **(battery if stores else {})},
        demand={"load": load},
    )
    return simulate(campus, days=59.0)


EVENING = Demand(name="evening", usd_per_mw_month=9000.0, windows=(LocalHours(from_hour=16, to_hour=21),))
ALWAYS = Demand(usd_per_mw_month=5000.0, contracted_mw=30.0, least_pu=0.9)


def test_no_line_of_any_demand_charge_is_raised() -> None:
    # 20 MW at night, 8 to 12 MW in the evening; 27 MW are billed at any time in any case
    evening = (HOURS % 24 >= 16) & (HOURS % 24 < 21)
    load_mw = np.where(evening, 8.0 + 4.0 * ((HOURS // 24) % 3) / 2.0, 20.0)
    with_it, without = (run(load_mw, EVENING, ALWAYS, stores=stores).bill for stores in (True, False))
    for name in ("evening", "demand charge"):
        ours, bare = (bill[bill["line"] == name]["usd"].to_numpy() for bill in (with_it, without))
        assert (ours <= bare * (1.0 + 1e-9)).all()
    # June teaches that it cannot keep the evening below 12 MW on every day; July's target is 90 % of that
    quantity = with_it[with_it["line"] == "evening"]["quantity"].tolist()
    assert quantity == pytest.approx([12.0, 10.8])


@pytest.mark.parametrize("ratchet", [None, Ratchet(share_pu=0.8)])
def test_a_ratchet_lets_it_charge_up_to_what_is_billed_anyway(ratchet: Ratchet | None) -> None:
    july = HOURS >= 24 * 30
    load_mw = np.where(july, 10.0, 20.0)
    demand = Demand(usd_per_mw_month=5000.0, ratchet=ratchet)
    with_it, without = (run(load_mw, demand, stores=stores).bill for stores in (True, False))
    ours, bare = (bill[bill["line"] == "demand charge"]["usd"].to_numpy() for bill in (with_it, without))
    assert (ours <= bare * (1.0 + 1e-9)).all()
    assert bare[1] == (5000.0 * 16.0 if ratchet else 5000.0 * 10.0)
