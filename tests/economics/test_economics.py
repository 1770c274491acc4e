"""The economics of a campus: what a run costs with capital, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from sim import Campus, Result, simulate, sweep
from sim.campus import Asset, Battery, Economics, GridConnection, MeasuredLoad, PhysicalAgreement, SolarPlant
from sim.economics.asset import annuity_pu
from sim.runs.value import value

ECONOMICS = Economics(
    discount_rate_per_year=0.08,
    horizon_years=25,
    usual_costs=True,
    unserved_usd_per_mwh=5000.0,
    assets={"sun": Asset(capital_usd_per_mw=1.2e6, life_years=30.0, fixed_usd_per_mw_year=1000.0)},
)


def campus(**values: Any) -> Campus:
    return Campus(
        **{
            "name": "x",
            "supply": {
                "grid": GridConnection(import_limit_mw=9.0, import_price_usd_per_mwh=60.0),
                "sun": SolarPlant(capacity_mw=8.0),
                "bat": Battery(power_mw=2.0, energy_mwh=8.0),
            },
            "demand": {"load": MeasuredLoad(power_mw=10.0)},
            "agreements": {"ppa": PhysicalAgreement(source="sun", price_usd_per_mwh=20.0)},
            "economics": ECONOMICS,
            **values,
        }
    )


@pytest.fixture(scope="module")
def year() -> Result:
    return simulate(campus(), days=365.0)


def test_the_total_cost_is_bill_fixed_cost_and_annuity(year: Result) -> None:
    summary = year.summary
    # the battery by REopt: 222,115 USD + 968 USD/kW + 253 USD/kWh, 10 years, 2.5 % a year
    battery = 222_115.0 + 968_000.0 * 2.0 + 253_000.0 * 8.0
    annuity = annuity_pu(0.08, 10.0) * battery + annuity_pu(0.08, 30.0) * 1.2e6 * 8.0
    assert summary.capital_cost_usd == pytest.approx(annuity, rel=1e-12)
    assert summary.fixed_cost_usd == pytest.approx(0.025 * battery + 8000.0, rel=1e-12)
    total = summary.cost_usd + summary.fixed_cost_usd + summary.capital_cost_usd
    assert summary.total_cost_usd_per_mwh == pytest.approx(total / summary.energy_mwh, rel=1e-12)


def test_the_levelised_cost_of_a_source_has_its_agreement_in_it(year: Result) -> None:
    found = value(year.books, year.model)
    assert found is not None
    sun = {one.name: one for one in found.equipment}["sun"]
    mwh = year.summary.supplied_mwh["sun"]
    expected = (annuity_pu(0.08, 30.0) * 9.6e6 + 8000.0 + 20.0 * mwh) / mwh
    assert sun.lcoe_usd_per_mwh == pytest.approx(expected, rel=1e-9)
    assert found.not_counted == ("grid",)
    assert found.unserved_usd == pytest.approx(5000.0 * year.summary.unserved_mwh)


def test_the_net_present_value_is_the_sum_of_its_years(year: Result) -> None:
    summary, found = year.summary, value(year.books, year.model)
    assert found is not None
    yearly = summary.cost_usd + summary.fixed_cost_usd + summary.capital_cost_usd
    assert found.npv_usd == pytest.approx(-sum(yearly / 1.08**at for at in range(1, 26)), rel=1e-9)


def test_a_part_of_a_year_bears_its_share_of_the_annuity(year: Result) -> None:
    month = simulate(campus(), days=36.5).summary
    assert month.capital_cost_usd == pytest.approx(year.summary.capital_cost_usd / 10.0, rel=1e-12)


def test_without_economics_capital_is_not_counted_and_the_report_says_so() -> None:
    result = simulate(campus(economics=None), days=1.0)
    assert result.summary.capital_cost_usd == 0.0
    assert result.summary.total_cost_usd_per_mwh is None
    assert "Not included: capital, fixed costs" in result.report()


def test_capital_has_no_effect_on_dispatch() -> None:
    with_capital, without = simulate(campus(), days=3.0), simulate(campus(economics=None), days=3.0)
    assert (with_capital.books.flows == without.books.flows).all()


def test_equipment_without_size_costs_nothing_and_may_be_an_end_of_a_sweep() -> None:
    asset = Asset(capital_usd=1e5, capital_usd_per_mw=1e6, capital_usd_per_mwh=3e5, life_years=15.0)
    economics = Economics(assets={"bat": asset, "sun": ECONOMICS.assets["sun"]})
    base = campus(economics=economics)
    for power_mw, energy_mwh, capital_usd in ((0.0, 0.0, 0.0), (2.0, 0.0, 2.1e6), (2.0, 4.0, 3.3e6)):
        sizes = {"supply.bat.power_mw": power_mw, "supply.bat.energy_mwh": energy_mwh}
        summary = simulate(base.with_values({**sizes, "supply.sun.capacity_mw": 0.0}), days=365.0).summary
        annuity_usd = annuity_pu(economics.discount_rate_per_year, 15.0) * capital_usd
        assert summary.capital_cost_usd == pytest.approx(annuity_usd, rel=1e-12)
        assert summary.total_cost_usd_per_mwh is not None
    found = sweep(base, over={"supply.bat.energy_mwh": [0.0, 4.0]}, days=1.0, jobs=1)
    assert found.failures.empty


def test_a_sweep_shows_the_total_cost_beside_the_bill() -> None:
    found = sweep(campus(), over={"supply.bat.energy_mwh": [4.0, 8.0]}, days=2.0, jobs=1)
    assert "total_cost_usd_per_mwh" in str(found)
    assert "counts no capital" not in str(found)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"economics": {"discount_rate_per_year": 8.0}},
            (
                "economics: discount_rate_per_year = 8.0 1/a; "
                "allowed: a finite number at least 0 and at most 0.5 1/a"
            ),
        ),
        (
            {"economics": {"assets": {"sum": {"capital_usd": 1.0, "life_years": 5.0}}}},
            "economics.assets: sum is not a source or a server pool; nearest: sun",
        ),
        (
            {"economics": {"assets": {"grid": {"capital_usd_per_mw": 5.0, "life_years": 5.0}}}},
            "economics.assets.grid: capital_usd_per_mw = 5; allowed: 0, because grid has no such size",
        ),
    ],
)
def test_what_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is compared as a whole
        campus(**values)
    assert str(refused.value) == message
