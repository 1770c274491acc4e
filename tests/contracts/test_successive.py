"""Successive tariffs: each bills its own months, and ratchets remember."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sim import Campus, Result, simulate
from sim.campus import Demand, Fixed, GridConnection, MeasuredLoad, Ratchet, Rates, SuccessiveTariffs


def run(*tariffs: dict[str, Any], days: float = 90.0, load_mw: Any = 10.0) -> Result:
    tariff = SuccessiveTariffs(tariffs=tariffs)  # type: ignore[arg-type] # plain data are read
    return simulate(
        Campus(
            name="x",
            start=datetime(2025, 11, 1, tzinfo=UTC),
            supply={"grid": GridConnection(import_limit_mw=99.0, tariff=tariff)},
            demand={"load": MeasuredLoad(power_mw=load_mw)},
        ),
        days=days,
    )


def rates(usd: float, **values: Any) -> Rates:
    return Rates(import_price_usd_per_mwh=usd, **values)


def test_each_tariff_bills_its_own_months() -> None:
    old = rates(40.0, fixed=(Fixed(name="meter", usd=100.0),))
    new = rates(50.0, demand=(Demand(usd_per_mw_month=1000.0),))
    result = run({"begins": "2025-01-01", "tariff": old}, {"begins": "2026-01-01", "tariff": new})
    bill = result.bill.groupby(["month", "line"])["usd"].sum()
    assert bill["2025-11", "energy charge"] == pytest.approx(720 * 10 * 40.0)
    assert bill["2025-12", "energy charge"] == pytest.approx(744 * 10 * 40.0)
    assert bill["2026-01", "energy charge"] == pytest.approx(29 * 24 * 10 * 50.0)
    assert bill["2025-11", "meter"] == 100.0
    assert ("2026-01", "meter") not in bill.index
    assert bill["2026-01", "demand charge"] == pytest.approx(10_000.0)
    assert ("2025-12", "demand charge") not in bill.index
    assert result.summary.cost_usd == pytest.approx(bill.sum())


def test_the_dispatch_price_changes_with_the_tariff() -> None:
    result = run(
        {"begins": "2025-11-01", "tariff": rates(40.0)},
        {"begins": "2025-12-01", "tariff": rates(90.0)},
        days=40.0,
    )
    price = result.flows["site.price_usd_per_mwh"]
    assert price.tolist() == [40.0, 90.0]
    assert price.index[1].day == 1


def test_a_ratchet_remembers_the_peaks_under_the_tariff_before() -> None:
    charge = Demand(usd_per_mw_month=1000.0, ratchet=Ratchet(share_pu=0.5))
    steps = {"times_s": [0.0, 61 * 86400.0], "values": [40.0, 10.0]}
    result = run(
        {"begins": "2025-01-01", "tariff": rates(40.0)},
        {"begins": "2026-01-01", "tariff": rates(40.0, demand=(charge,))},
        load_mw=steps,
    )
    demand = result.bill[result.bill["line"] == "demand charge"]
    assert demand["quantity"].tolist() == [20.0]
    assert demand["measured"].tolist() == [10.0]


@pytest.mark.parametrize(
    ("tariffs", "message"),
    [
        (
            [{"begins": "2025-01-02", "tariff": rates(1.0)}],
            (
                "tariffs[0]: begins = 2025-01-02; allowed: the first day of a month, such as 2026-01-01, "
                "because bills are by month"
            ),
        ),
        (
            [{"begins": "2025-02-01", "tariff": rates(1.0)}, {"begins": "2025-02-01", "tariff": rates(2.0)}],
            "allowed: each later than the one before",
        ),
        (
            [{"begins": "2025-12-01", "tariff": rates(1.0)}],
            "supply.grid.tariff.tariffs.0: begins = 2025-12-01; allowed: not after the start of the run",
        ),
    ],
)
def test_dates_that_cannot_be_are_refused(tariffs: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is compared
        run(*tariffs, days=2.0)
    assert str(refused.value).endswith(message)
