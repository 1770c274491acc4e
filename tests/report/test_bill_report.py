"""The bill in a report: each line of each counterparty adds up to the bill."""

from __future__ import annotations

from sim import Campus, simulate
from sim.campus import Demand, GridConnection, MeasuredLoad, Rates
from sim.report.bill import bill
from sim.report.document import Table


def test_the_lines_of_each_counterparty_are_shown_with_quantity_and_rate() -> None:
    tariff = Rates(
        counterparty="City Light",
        import_price_usd_per_mwh=50.0,
        demand=(Demand(usd_per_mw_month=1000.0),),
    )
    result = simulate(
        Campus(
            name="x",
            supply={"grid": GridConnection(import_limit_mw=50.0, tariff=tariff)},
            demand={"load": MeasuredLoad(power_mw=10.0)},
        ),
        days=59.0,
    )
    table, _ = bill(result)
    assert isinstance(table, Table)
    assert table.rows == (
        ("City Light", "energy charge", "", "14,160", "MWh", "50.00", "708,000"),
        ("City Light", "demand charge", "", "20.0", "MW", "1,000.00", "20,000"),
    )


def test_one_price_of_one_connection_needs_no_table() -> None:
    result = simulate(
        Campus(
            name="x",
            supply={"grid": GridConnection(import_limit_mw=50.0)},
            demand={"load": MeasuredLoad(power_mw=10.0)},
        ),
        days=1.0,
    )
    assert bill(result) == []
