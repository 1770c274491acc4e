"""The bill of a run: rows by month, participant and line, which add up to its cost, saved or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import NEVER_H, steps
from meters import billed

from sim import Campus, Result, simulate
from sim.campus import (
    Battery,
    Demand,
    Fixed,
    GasTurbines,
    GridConnection,
    MeasuredLoad,
    MeasuredSource,
    Ratchet,
    Rates,
)
from sim.runs.bill import COLUMNS, WORDS, bill, contract_rows

TARIFF = Rates(
    counterparty="City Power",
    import_price_usd_per_mwh={"base": 40.0, "windows": [{"value": 120.0, "from_hour": 16, "to_hour": 21}]},
    demand=[
        Demand(usd_per_mw_month=1000.0, ratchet=Ratchet(share_pu=0.8)),
        Demand(
            name="facility charge",
            tiers=[{"up_to_mw": 4.0, "usd_per_mw_month": 10.0}, {"usd_per_mw_month": 5.0}],
        ),
    ],
    fixed=[Fixed(name="meter", usd=7.0, every="day")],
    least_usd_per_month=1e6,
)


def gas(**fields: Any) -> GasTurbines:
    """A turbine of 10 MW that runs at any load and does not fail."""
    traits = {"units": 1, "unit_mw": 10.0, "minimum_pu": 0.0, "start_min": 0.0, "mttf_h": NEVER_H}
    return GasTurbines(**{**traits, **fields})


def campus(**supply: Any) -> Campus:
    """From 31 January in New York: a load of 20 MW for a day and of 10 MW after that."""
    return Campus(
        name="test",
        start="2025-01-31T00:00:00-05:00",
        timezone="America/New_York",
        carbon_usd_per_t=10.0,
        supply=supply,
        demand={"load": MeasuredLoad(power_mw=steps((0.0, 20.0), (24.0, 10.0)))},
    )


@pytest.fixture(scope="module")
def result() -> Result:
    """A connection with a tariff, an agreement, a turbine and a battery."""
    supply = {
        "grid": GridConnection(import_limit_mw=8.0, carbon_kgco2_per_mwh=400.0, tariff=TARIFF),
        "wind": MeasuredSource(power_mw=3.0, cost_usd_per_mwh=70.0),
        "gas": gas(),
        "battery": Battery(power_mw=2.0, energy_mwh=8.0, wear_usd_per_mwh=5.0),
    }
    return simulate(campus(**supply), days=2, seed=3)


def rows(of: Result, **named: str) -> pd.DataFrame:
    """The rows of a bill with these words."""
    frame = of.bill
    for column, word in named.items():
        frame = frame[frame[column] == word]
    return frame


def test_it_has_a_row_for_each_month_participant_and_line_in_their_order(result: Result) -> None:
    frame = result.bill
    assert list(frame.columns) == ["month", *COLUMNS[1:]]
    order = list(zip(frame["month"].astype(str), frame["owner"], frame["line"], strict=True))
    assert order == sorted(order)
    assert {month for month, *_ in order} == {"2025-01", "2025-02"}
    assert {(owner, line) for _, owner, line in order if owner != "wind"} == {
        ("battery", "wear"),
        ("gas", "carbon cost"),
        ("gas", "fuel"),
        ("gas", "start-up"),
        ("gas", "variable O&M"),
        *(("grid", line) for line in ("carbon cost", "demand charge", "energy charge", "facility charge")),
        *(("grid", line) for line in ("meter", "minimum charge")),
    }


def test_an_agreement_has_the_price_of_its_energy_as_rate(result: Result) -> None:
    # 3 MW for a day of each month at 70 USD/MWh, but for what was not taken
    found = rows(result, owner="wind")
    assert found["usd_per_unit"].tolist() == [70.0, 70.0]
    assert found["quantity"].to_numpy() == pytest.approx(result.monthly["supplied_mwh.wind"].to_numpy())


def test_its_rows_add_up_to_the_cost_of_the_run_its_months_and_its_lines(result: Result) -> None:
    frame = result.bill
    assert frame["usd"].sum() == pytest.approx(result.summary.cost_usd, rel=1e-12)
    by_month = frame.groupby(frame["month"].astype(str))["usd"].sum()
    assert by_month.to_numpy() == pytest.approx(result.monthly["cost_usd"].to_numpy(), rel=1e-12)
    by_line = frame.groupby("line")["usd"].sum().to_dict()
    lines = {line: usd for line, usd in result.summary.cost_lines_usd.items() if usd}
    assert by_line == pytest.approx(lines, rel=1e-12)


def test_each_amount_is_the_quantity_times_the_rate(result: Result) -> None:
    frame = result.bill
    with_rate = frame[frame["unit"] != ""]
    assert with_rate["usd"].to_numpy() == pytest.approx(
        (with_rate["quantity"] * with_rate["usd_per_unit"]).to_numpy(), rel=1e-12
    )
    assert set(with_rate["unit"]) == {"MWh", "MW", "day"}
    rest = frame[frame["unit"] == ""]
    assert set(rest["line"]) == {"minimum charge"}
    assert rest[["quantity", "usd_per_unit", "measured"]].isna().all().all()


def test_energy_of_a_tariff_has_its_prices_as_rates(result: Result) -> None:
    assert set(rows(result, line="energy charge")["usd_per_unit"]) == {40.0, 120.0}
    energy = rows(result, line="energy charge")["quantity"].sum()
    assert energy == pytest.approx(result.summary.supplied_mwh["grid"])


def test_the_demand_that_was_measured_stands_beside_the_demand_that_is_billed() -> None:
    # 20 MW in January; 10 MW in February, of which the ratchet makes 0.8 x 20 MW
    tariff = Rates(
        import_price_usd_per_mwh=1.0, demand=[Demand(usd_per_mw_month=1.0, ratchet=Ratchet(share_pu=0.8))]
    )
    load = steps((0.0, 20.0), (24.0, 10.0))
    found = rows(billed(tariff, load, days=2, start="2025-01-31T00:00:00-05:00"), line="demand charge")
    assert found["quantity"].tolist() == pytest.approx([20.0, 16.0])
    assert found["measured"].tolist() == pytest.approx([20.0, 10.0])
    assert found["usd"].tolist() == pytest.approx([20.0, 16.0])


def test_the_counterparty_is_that_of_the_contract_and_nobody_for_fuel(result: Result) -> None:
    assert set(rows(result, owner="grid", line="energy charge")["counterparty"]) == {"City Power"}
    assert set(rows(result, owner="gas")["counterparty"]) == {""}


def test_a_line_without_a_contract_has_the_energy_of_its_participant_as_quantity() -> None:
    found = simulate(campus(gas=gas(units=2)), days=2)
    delivered = found.monthly["supplied_mwh.gas"].to_numpy()
    fuel = rows(found, line="fuel")
    assert fuel["quantity"].to_numpy() == pytest.approx(delivered)
    assert fuel["measured"].to_numpy() == pytest.approx(delivered)
    # 20 MW in January and 10 MW in February, but for the minutes in which it comes up
    assert delivered == pytest.approx([480.0, 240.0], rel=0.01)
    assert set(fuel["unit"]) == {"MWh"}
    assert set(fuel["detail"]) == {"mean over energy"}
    assert fuel["usd_per_unit"].to_numpy() == pytest.approx((fuel["usd"] / fuel["quantity"]).to_numpy())


def test_carbon_of_a_connection_has_its_imports_as_quantity() -> None:
    grid = GridConnection(import_limit_mw=100.0, carbon_kgco2_per_mwh=400.0)
    found = rows(simulate(campus(grid=grid), days=2), line="carbon cost")
    # 0.4 t/MWh at 10 USD/t
    assert found["quantity"].tolist() == pytest.approx([480.0, 240.0])
    assert found["usd_per_unit"].tolist() == pytest.approx([4.0, 4.0])


def test_wear_of_a_battery_has_what_it_gave_as_quantity() -> None:
    # full at first: 8 MWh are given while the load of 20 MW exceeds the limit of 18 MW
    grid = GridConnection(import_limit_mw=18.0, carbon_kgco2_per_mwh=0.0)
    battery = Battery(
        power_mw=2.0,
        energy_mwh=8.0,
        min_soc_pu=0.0,
        initial_soc_pu=1.0,
        discharge_efficiency_pu=1.0,
        wear_usd_per_mwh=5.0,
    )
    found = rows(simulate(campus(grid=grid, battery=battery), days=1), line="wear")
    assert found["quantity"].tolist() == pytest.approx([8.0])
    assert found["usd"].tolist() == pytest.approx([40.0])


def test_a_month_in_which_nothing_was_charged_has_no_row() -> None:
    grid = GridConnection(import_limit_mw=100.0, import_price_usd_per_mwh=50.0, carbon_kgco2_per_mwh=0.0)
    made = campus(grid=grid).model_copy(
        update={"demand": {"load": MeasuredLoad(power_mw=steps((0.0, 20.0), (24.0, 0.0)))}}
    )
    found = simulate(made, days=2).bill
    assert [str(month) for month in found["month"]] == ["2025-01"]


def test_a_run_without_costs_has_a_bill_without_rows() -> None:
    found = simulate(campus(), days=1).bill
    assert (len(found), list(found.columns)) == (0, ["month", *COLUMNS[1:]])


def test_words_are_words_and_numbers_are_numbers(result: Result) -> None:
    frame = bill(result.books)
    assert list(frame.columns) == list(COLUMNS)
    for name in COLUMNS:
        assert pd.api.types.is_float_dtype(frame[name]) == (name not in WORDS), name
    assert set(frame["begin_s"]) == {0.0, 86400.0}


def test_the_rows_of_contracts_alone_are_those_of_the_books(result: Result) -> None:
    frame = contract_rows(result.books)
    assert len(frame) == len(result.books.bill)
    assert set(frame["owner"]) == {"grid", "wind"}
    assert "carbon cost" not in set(frame["line"])


def test_saved_and_loaded_books_give_the_same_bill(result: Result, tmp_path: Path) -> None:
    loaded = Result.load(result.save(tmp_path / "run"))
    pd.testing.assert_frame_equal(loaded.bill, result.bill)
    again = Result.load(loaded.save(tmp_path / "again"))
    pd.testing.assert_frame_equal(again.bill, result.bill)
    pd.testing.assert_frame_equal(contract_rows(loaded.books), contract_rows(result.books))


def test_a_bill_without_rows_is_saved_and_loaded(tmp_path: Path) -> None:
    empty = simulate(campus(), days=1)
    loaded = Result.load(empty.save(tmp_path / "run"))
    pd.testing.assert_frame_equal(loaded.bill, empty.bill)


def test_two_connections_have_bills_of_their_own() -> None:
    other = GridConnection(import_limit_mw=100.0, tariff=Rates(import_price_usd_per_mwh=90.0))
    grid = GridConnection(
        import_limit_mw=8.0, carbon_kgco2_per_mwh=373.0, tariff=Rates(import_price_usd_per_mwh=50.0)
    )
    found = rows(simulate(campus(grid=grid, other=other), days=1), line="energy charge")
    assert found["owner"].tolist() == ["grid", "other"]
    assert found["usd"].to_numpy() == pytest.approx(np.array([8 * 24 * 50.0, 12 * 24 * 90.0]))
