"""Laws of regret: the bound is one, and its own dispatch conserves energy."""

from __future__ import annotations

from math import fsum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from regret.small_grids import campuses, profile
from tariff_records import hours, record, write

from sim import Campus, Result, simulate
from sim.campus import (
    Battery,
    Generators,
    GridConnection,
    MeasuredLoad,
    MeasuredSource,
    PhysicalAgreement,
    SleevedAgreement,
    SmallModularReactor,
    VirtualAgreement,
)
from sim.campus import GasTurbines as Gas
from sim.regret.found import Regret

GIVEN = ("import_mw", "delivered_mw", "discharge_mw", "unserved_mw")
TAKEN = (".export_mw", ".charge_mw")


def holds(result: Result) -> Regret:
    """The regret of a run, whose gap is not below zero."""
    found = result.regret()
    size = fsum(abs(one.simulated) for one in found.costs)
    assert found.gap_usd >= -1e-6 * max(1.0, size)
    apart = [one.simulated for one in found.costs if one.what in {"unserved energy", "work not done"}]
    assert abs(found.simulated_usd - fsum([result.summary.cost_usd, *apart])) <= 1e-9 * max(1.0, size)
    return found


@given(campuses())
@settings(max_examples=80, deadline=None)
def test_no_dispatch_costs_less_than_the_bound(campus: Campus) -> None:
    holds(simulate(campus, days=2.0))


@given(campuses())
@settings(max_examples=25, deadline=None)
def test_the_dispatch_of_the_bound_conserves_energy(campus: Campus) -> None:
    """What is given is what is taken and the demand; the store gives what it took, less its losses."""
    result = simulate(campus, days=2.0)
    flows = {name: mwh for name, (_, mwh) in result.regret().by_flow().items()}
    total = fsum(mwh for name, mwh in flows.items() if name.endswith(GIVEN))
    used = fsum(mwh for name, mwh in flows.items() if name.endswith(TAKEN))
    wanted = result.books.total_mwh("served_mw", "unserved_mw")
    assert abs(total - used - wanted) <= 1e-5 * max(1.0, total)
    battery, level = campus.supply["battery"], result.books.hours.stores[0].level_mwh
    assert isinstance(battery, Battery)
    kept = battery.charge_efficiency_pu * flows.get("battery.charge_mw", 0.0)
    lost = kept - flows.get("battery.discharge_mw", 0.0) / battery.discharge_efficiency_pu
    lost -= float(level[-1] - level[0])
    assert -1e-5 <= lost <= 48.0 * battery.standing_loss_mw + 1e-5


@given(campuses(), st.data())
@settings(max_examples=30, deadline=None)
def test_the_bound_holds_for_records_of_the_rate_database(campus: Campus, data: st.DataObject) -> None:
    """Energy by tiers that rise or fall, by month or day; demand by period and tier, by month or day."""
    rate = st.floats(0.01, 0.2)
    unit, demand_unit = data.draw(st.sampled_from([("kWh", "kW"), ("kWh daily", "kW daily")]))
    energy = [
        [{"rate": data.draw(rate), "max": 30_000.0, "unit": unit}, {"rate": data.draw(rate), "unit": unit}]
        for _ in range(2)
    ]
    demand = [
        [{"rate": data.draw(st.floats(0.0, 9.0)), "max": 1000.0, "unit": demand_unit}, {"rate": 3.0}]
        for _ in range(2)
    ]
    day = hours((8, 0), (20, 1), (24, 0))
    fields = {
        "energyratestructure": energy,
        "energyweekdayschedule": [day] * 12,
        "energyweekendschedule": [day] * 12,
        "demandratestructure": demand,
        "demandweekdayschedule": [day] * 12,
        "demandweekendschedule": [day] * 12,
    }
    with TemporaryDirectory() as folder:
        tariff = {"kind": "urdb", "file": str(write(Path(folder) / "rates.json", record(**fields)))}
        grid = GridConnection(import_limit_mw=5.0, tariff=tariff)
        holds(simulate(Campus(**{**dict(campus), "supply": {**campus.supply, "grid": grid}}), days=2.0))


PHYSICAL: list[dict[str, Any]] = [
    {"volume": "as_produced"},
    {"volume": "baseload", "contracted_mw": 1.0},
    {"contracted_mw": 2.0, "take_or_pay_pu": 0.9},
    {"curtailment_cap_pu": 0.1},
    {"contracted_mw": 3.0, "guaranteed_pu": 0.9, "damages_usd_per_mwh": 20.0},
]


@st.composite
def plants(draw: st.DrawFn) -> Campus:
    """A campus with units that start, ramp and fail, and agreements on its sources."""
    price = draw(profile(-20.0, 200.0))
    physical = PhysicalAgreement(source="sun", price_usd_per_mwh=30.0, **draw(st.sampled_from(PHYSICAL)))
    virtual = VirtualAgreement(source="smr", price_usd_per_mwh=50.0, index_usd_per_mwh=price)
    elsewhere = VirtualAgreement(contracted_mw=1.0, price_usd_per_mwh=50.0, index_usd_per_mwh=price)
    wind = SleevedAgreement(
        connection="grid",
        power_mw=draw(profile(0.0, 3.0)),
        price_usd_per_mwh=40.0,
        fee_usd_per_mwh=4.0,
        surplus_usd_per_mwh=draw(profile(0.0, 60.0)),
    )
    water = SleevedAgreement(connection="grid", contracted_mw=0.5, price_usd_per_mwh=60.0)
    sleeved = {"wind": wind, "brook": water}
    return Campus(
        name="plants",
        carbon_usd_per_t=draw(st.sampled_from([0.0, 80.0])),
        supply={
            "gas": Gas(units=3, unit_mw=1.0, mttf_h=30.0, mttr_h=4.0, ramp_pu_per_min=0.02),
            "smr": SmallModularReactor(module_mw=1.0, mttf_h=40.0, mttr_h=5.0, first_refuelling_d=1.0),
            "sets": Generators(units=2, unit_mw=0.5, cost_usd_per_mwh=90.0, mttf_h=20.0, mttr_h=5.0),
            "sun": MeasuredSource(power_mw=draw(profile(0.0, 4.0))),
            "grid": GridConnection(
                import_limit_mw=draw(st.sampled_from([0.0, 2.0])),
                export_limit_mw=1.0,
                import_price_usd_per_mwh=price,
                export_price_usd_per_mwh=draw(profile(0.0, 100.0)),
                demand_charge_usd_per_mw_month=3000.0,
            ),
            "battery": Battery(power_mw=1.0, energy_mwh=2.0),
        },
        demand={"load": MeasuredLoad(power_mw=draw(profile(0.0, 6.0)))},
        agreements={"sun sold": physical, "hedge": virtual, "elsewhere": elsewhere, **sleeved},
    )


@given(plants(), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_the_bound_holds_for_units_that_start_and_ramp_and_for_agreements(campus: Campus, seed: int) -> None:
    holds(simulate(campus, days=2.0, seed=seed))
