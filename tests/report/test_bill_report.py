"""The bill in a report: each line of each counterparty adds up to the bill."""

from __future__ import annotations

from typing import Any

from sim import Campus, Result, simulate
from sim.campus import Demand, GridConnection, MeasuredLoad, Rates, VirtualAgreement
from sim.report.bill import bill
from sim.report.document import Paragraph, Table


def run(days: float = 59.0, load_mw: Any = 10.0, *, least_pu: float = 0.0, **parts: Any) -> Result:
    """January and February on a tariff of City Light, with a contracted capacity of 20 MW."""
    tariff = Rates(
        counterparty="City Light",
        import_price_usd_per_mwh=50.0,
        demand=(Demand(usd_per_mw_month=1000.0, contracted_mw=20.0, least_pu=least_pu),),
    )
    grid = GridConnection(import_limit_mw=50.0, tariff=tariff)
    demand = {"load": MeasuredLoad(power_mw=load_mw)}
    return simulate(Campus(name="x", supply={"grid": grid}, demand=demand, **parts), days=days)


def test_the_lines_of_each_counterparty_are_shown_with_quantity_and_rate() -> None:
    swap = VirtualAgreement(contracted_mw=2.0, price_usd_per_mwh=50.0, index_usd_per_mwh=40.0)
    light, other, note = bill(run(agreements={"swap": swap}))
    heads = ("quantity", "unit", "rate", "USD")
    assert light == Table(
        ("City Light", *heads),
        (
            ("energy charge", "14,160", "MWh", "50.00", "708,000"),
            ("demand charge", "20.0", "MW-months", "1,000.00", "20,000"),
            ("total", "", "", "", "728,000"),
        ),
        words=1,
    )
    assert isinstance(other, Table)
    assert other.heads == ("swap", *heads)
    # 2 MW for 59 days at 50 USD/MWh, less the same at 40
    assert [row[-1] for row in other.rows] == ["141,600", "-113,280", "28,320"]
    assert note == Paragraph("The sheet named bill, and result.bill, have the lines by month.")


def test_what_is_billed_beyond_the_measured_demand_is_told() -> None:
    # 0.85 x 20 = 17 MW in each of two months, for 10 MW
    *_, note = bill(run(least_pu=0.85))
    assert isinstance(note, Paragraph)
    assert note.text.startswith(
        "Billed beyond what was measured, by a ratchet or a minimum: demand charge: 34.0 for 20.0 MW-months "
        "measured. The sheet"
    )


def test_small_lines_and_counterparties_are_added_up() -> None:
    swaps = {
        f"swap {number:02}": VirtualAgreement(
            contracted_mw=1.0 + number, price_usd_per_mwh=50.0, index_usd_per_mwh=40.0
        )
        for number in range(8)
    }
    *tables, others, _ = bill(run(days=1.0, agreements=swaps))
    assert [one.heads[0] for one in tables if isinstance(one, Table)] == [
        *("City Light", "swap 07", "swap 06", "swap 05", "swap 04", "swap 03"),
    ]
    # 3, 2 and 1 MW for a day at 10 USD/MWh
    assert others == Paragraph("Other counterparties: swap 02 720 USD, swap 01 480 USD, swap 00 240 USD.")


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


def test_income_is_ranked_by_its_size() -> None:
    swaps = {
        f"swap {mw}": VirtualAgreement(
            contracted_mw=float(mw), price_usd_per_mwh=40.0, index_usd_per_mwh=50.0
        )
        for mw in (1, 2)
    }
    light, larger, smaller, _ = bill(run(days=1.0, agreements=swaps))
    tables = [one for one in (light, larger, smaller) if isinstance(one, Table)]
    assert [one.heads[0] for one in tables] == ["City Light", "swap 2", "swap 1"]
    # 2 MW for a day: 48 MWh cost 1,920 USD and bring 2,400 USD
    assert [row[-1] for row in tables[1].rows] == ["-2,400", "1,920", "-480"]


def test_lines_beyond_the_twelfth_share_a_row() -> None:
    # 14 charges of 1,000 to 14,000 USD for each of 10 MW, of which the smallest are 10,000, 20,000 and 30,000
    # USD, 1,050,000 in all, and 7,440 MWh at 50 USD
    tariff = Rates(
        counterparty="City Light",
        import_price_usd_per_mwh=50.0,
        demand=tuple(Demand(name=f"charge {at}", usd_per_mw_month=1000.0 * at) for at in range(1, 15)),
    )
    grid = GridConnection(import_limit_mw=50.0, tariff=tariff)
    campus = Campus(name="x", supply={"grid": grid}, demand={"load": MeasuredLoad(power_mw=10.0)})
    table, _ = bill(simulate(campus, days=31.0))
    assert isinstance(table, Table)
    assert len(table.rows) == 12 + 2
    assert table.rows[-2:] == (("3 others", "", "", "", "60,000"), ("total", "", "", "", "1,422,000"))
