"""A tariff by its prices and charges: each field through a run, and each refusal word for word."""

from __future__ import annotations

from typing import Any

import pytest
from builders import steps, told
from meters import bill, billed, quantities

from sim import Campus, Result, simulate
from sim.campus import (
    CoincidentPeak,
    Demand,
    Fixed,
    GridConnection,
    MeasuredLoad,
    MeasuredSource,
    Ratchet,
    Rates,
)

EVENING = {"from_hour": 16, "to_hour": 21}
WORKDAY_EVENING = {**EVENING, "weekdays": [0, 1, 2, 3, 4]}


def rates(**fields: Any) -> Rates:
    """Energy for nothing, and what is given."""
    return Rates(**{"import_price_usd_per_mwh": 0.0, **fields})


def demanded(load_mw: Any, *, days: float = 1.0, start: str | None = None, **fields: Any) -> dict[str, Any]:
    """Amounts of one demand charge, by month and line."""
    moment = {} if start is None else {"start": start}
    return bill(billed(rates(demand=[Demand(**fields)]), load_mw, days=days, **moment))


def test_energy_is_charged_at_the_import_price() -> None:
    result = billed(Rates(import_price_usd_per_mwh=50.0))
    assert bill(result) == {"2025-01": {"energy charge": pytest.approx(24 * 10.0 * 50.0)}}


def test_a_price_by_time_of_use_has_a_line_for_each_level() -> None:
    price = {"base": 40.0, "windows": [{"value": 120.0, **EVENING}]}
    result = billed(Rates(import_price_usd_per_mwh=price))
    assert bill(result)["2025-01"] == pytest.approx(
        {"energy charge: at 40 USD/MWh": 19 * 10 * 40.0, "energy charge: at 120 USD/MWh": 5 * 10 * 120.0}
    )


def test_public_holidays_have_the_prices_of_sunday() -> None:
    window = {"value": 120.0, **WORKDAY_EVENING}
    price = {"base": 40.0, "windows": [window], "holidays": "US"}
    # 1 January is a Wednesday, and a holiday; 2 January is not
    result = billed(Rates(import_price_usd_per_mwh=price), days=2)
    assert quantities(result)["2025-01"] == pytest.approx(
        {"energy charge: at 40 USD/MWh": (24 + 19) * 10.0, "energy charge: at 120 USD/MWh": 5 * 10.0}
    )


def with_wind(tariff: Rates) -> Result:
    """For 12 hours 10 MW are drawn; then 6 MW of a wind of 16 MW are fed."""
    grid = GridConnection(import_limit_mw=100.0, export_limit_mw=100.0, tariff=tariff)
    wind = MeasuredSource(power_mw=steps((0.0, 0.0), (12.0, 16.0)))
    campus = Campus(
        name="test",
        start="2025-01-01T00:00:00-05:00",
        timezone="America/New_York",
        supply={"grid": grid, "wind": wind},
        demand={"load": MeasuredLoad(power_mw=10.0)},
    )
    return simulate(campus, days=1)


def test_exports_are_paid_at_the_export_price() -> None:
    result = with_wind(Rates(import_price_usd_per_mwh=50.0, export_price_usd_per_mwh=20.0))
    assert bill(result)["2025-01"] == pytest.approx(
        {"energy charge": 12 * 10 * 50.0, "export revenue": -12 * 6 * 20.0}
    )


def test_without_an_export_price_exports_are_billed_as_nothing() -> None:
    result = with_wind(Rates(import_price_usd_per_mwh=50.0))
    found = bill(result)["2025-01"]
    assert found == pytest.approx({"energy charge": 12 * 10 * 50.0, "export revenue": 0.0})
    assert result.summary.cost_usd == pytest.approx(12 * 10 * 50.0)


def test_demand_is_charged_on_the_highest_quarter_of_each_month() -> None:
    # 40 MW for 10 minutes: (40 x 10 + 10 x 5) / 15 = 30 MW; in February 10 MW
    load = {"times_s": [0.0, 3600.0, 4200.0], "values": [10.0, 40.0, 10.0]}
    found = demanded(load, days=2, start="2025-01-31T00:00:00-05:00", usd_per_mw_month=1000.0)
    assert found == {
        "2025-01": {"energy charge": 0.0, "demand charge": pytest.approx(30_000.0)},
        "2025-02": {"energy charge": 0.0, "demand charge": pytest.approx(10_000.0)},
    }


@pytest.mark.parametrize(("interval_min", "peak_mw"), [(15, 30.0), (30, 20.0), (60, 15.0)])
def test_the_demand_interval_is_a_quarter_half_or_whole_hour(interval_min: int, peak_mw: float) -> None:
    # 30 MW for a quarter of an hour from 1:00, and 10 MW before and after
    load = {"times_s": [0.0, 3600.0, 4500.0], "values": [10.0, 30.0, 10.0]}
    found = demanded(load, usd_per_mw_month=1000.0, interval_min=interval_min)
    assert found["2025-01"]["demand charge"] == pytest.approx(1000.0 * peak_mw)


def test_a_charge_in_tiers_has_a_line_for_each() -> None:
    tiers = [{"up_to_mw": 4.0, "usd_per_mw_month": 100.0}, {"usd_per_mw_month": 300.0}]
    assert demanded(10.0, name="facility charge", tiers=tiers)["2025-01"] == pytest.approx(
        {"energy charge": 0.0, "facility charge: tier 1": 400.0, "facility charge: tier 2": 6 * 300.0}
    )


def test_only_the_demand_of_its_windows_is_charged() -> None:
    load = steps((0.0, 50.0), (14.0, 20.0), (20.0, 30.0), (21.0, 60.0))
    found = demanded(load, usd_per_mw_month=1000.0, windows=[EVENING])
    assert found["2025-01"]["demand charge: period 1"] == pytest.approx(30_000.0)


def test_several_windows_are_one_period_and_their_months_are_obeyed() -> None:
    windows = [{"from_hour": 6, "to_hour": 7}, {**EVENING, "months": [2]}]
    load = steps((0.0, 10.0), (6.0, 20.0), (7.0, 50.0))
    found = demanded(load, days=2, start="2025-01-31T00:00:00-05:00", usd_per_mw_month=1.0, windows=windows)
    # January: 6:00 to 7:00 only; February: 50 MW at any time
    assert found["2025-01"]["demand charge: period 1"] == pytest.approx(20.0)
    assert found["2025-02"]["demand charge: period 1"] == pytest.approx(50.0)


def test_public_holidays_are_sundays_for_the_windows_of_demand() -> None:
    load = steps((0.0, 10.0), (16.0, 50.0), (21.0, 10.0), (40.0, 20.0))
    for holidays, peak_mw in ((None, 50.0), ("US", 20.0)):
        found = demanded(load, days=2, usd_per_mw_month=1.0, windows=[WORKDAY_EVENING], holidays=holidays)
        assert found["2025-01"]["demand charge: period 1"] == pytest.approx(peak_mw)


def test_the_minimum_take_is_a_share_of_the_contracted_capacity() -> None:
    result = billed(
        rates(demand=[Demand(usd_per_mw_month=1000.0, contracted_mw=40.0, least_pu=0.85)]), days=1
    )
    (row,) = result.bill.query("line == 'demand charge'").to_dict("records")
    assert (row["quantity"], row["measured"], row["usd"]) == pytest.approx((34.0, 10.0, 34_000.0))


def test_a_contracted_capacity_without_a_share_is_not_billed() -> None:
    assert demanded(10.0, usd_per_mw_month=1.0, contracted_mw=40.0)["2025-01"][
        "demand charge"
    ] == pytest.approx(10.0)


def test_a_ratchet_bills_a_share_of_the_months_before() -> None:
    ratchet = Ratchet(share_pu=0.5, peaks_before_mw={"2024-12": 30.0})
    load = steps((0.0, 40.0), (1.0, 5.0))
    found = demanded(
        load, days=2, start="2025-01-31T00:00:00-05:00", usd_per_mw_month=1000.0, ratchet=ratchet
    )
    # January: 40 MW, above 0.5 x 30; February: 0.5 x 40, above the 5 MW that were measured
    assert found["2025-01"]["demand charge"] == pytest.approx(40_000.0)
    assert found["2025-02"]["demand charge"] == pytest.approx(20_000.0)


def test_a_ratchet_of_windows_is_of_the_demand_in_them() -> None:
    load = steps((0.0, 40.0), (14.0, 12.0), (21.0, 40.0), (24.0, 2.0))
    found = demanded(
        load,
        days=2,
        start="2025-01-31T00:00:00-05:00",
        usd_per_mw_month=1.0,
        windows=[EVENING],
        ratchet=Ratchet(share_pu=0.5),
    )
    assert found["2025-02"]["demand charge: period 1"] == pytest.approx(6.0)


def test_a_coincident_peak_is_charged_at_its_hours_once() -> None:
    load = steps((0.0, 50.0), (17.0, 20.0), (18.0, 60.0), (30.0, 25.0))
    hours = ["2025-01-01T17:00", 1.5]  # 20 MW, and 25 MW at noon of the next day
    result = billed(rates(coincident=[CoincidentPeak(usd_per_mw=1000.0, hours=hours)]), load, days=2)
    assert bill(result)["2025-01"]["demand charge: coincident peak"] == pytest.approx(25_000.0)


def test_fixed_lines_are_charged_by_day_month_and_year() -> None:
    fixed = [
        Fixed(name="meter", usd=10.0, every="day"),
        Fixed(name="facility", usd=310.0),
        Fixed(name="permit", usd=36_500.0, every="year"),
    ]
    assert bill(billed(rates(fixed=fixed), days=3))["2025-01"] == pytest.approx(
        {"energy charge": 0.0, "meter": 30.0, "facility": 30.0, "permit": 300.0}
    )


def test_what_is_missing_to_the_least_amount_of_a_month_is_a_line() -> None:
    # January: 1 h x 10 MW x 50 USD/MWh; February: 23 h; the least amounts are 744/744 and so on by hours
    result = billed(
        Rates(import_price_usd_per_mwh=50.0, least_usd_per_month=744_000.0),
        start="2025-01-31T23:00:00-05:00",
    )
    found = bill(result)
    assert found["2025-01"]["minimum charge: up to the least amount of a bill"] == pytest.approx(
        1000.0 - 500.0
    )
    least_usd = 744_000.0 * 23 / 672
    assert sum(found["2025-02"].values()) == pytest.approx(least_usd)


def test_a_bill_above_the_least_amount_has_no_such_line() -> None:
    result = billed(Rates(import_price_usd_per_mwh=50.0, least_usd_per_month=31.0))
    assert bill(result) == {"2025-01": {"energy charge": pytest.approx(12_000.0)}}


def test_the_counterparty_is_named_or_else_the_connection() -> None:
    assert set(
        billed(rates(counterparty="City Power", fixed=[Fixed(name="a", usd=1.0)])).bill["counterparty"]
    ) == {"City Power"}
    assert set(billed(rates()).bill["counterparty"]) == {"grid"}


def test_several_demand_charges_are_billed_side_by_side() -> None:
    demand = [Demand(name="facility charge", usd_per_mw_month=5.0), Demand(usd_per_mw_month=7.0)]
    found = bill(billed(rates(demand=demand)))["2025-01"]
    assert found == pytest.approx({"energy charge": 0.0, "facility charge": 50.0, "demand charge": 70.0})


BOTH = "allowed: a rate or tiers, and not both"
INCREASING = "allowed: increasing up_to_mw; the last tier has none"
AMOUNT = "allowed: a finite number at least 0 and at most 1e+09 USD/MW-month"
ONE = {"usd_per_mw_month": 1.0}
FIVE = {"usd_per_mw_month": 1.0, "up_to_mw": 5.0}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, f"usd_per_mw_month = None; {BOTH}"),
        ({**ONE, "tiers": [ONE]}, f"usd_per_mw_month = 1.0 USD/MW-month; {BOTH}"),
        (
            {"tiers": [FIVE]},
            f"tiers = (DemandTier(up_to_mw=5.0, usd_per_mw_month=1.0),); {INCREASING}",
        ),
        (
            {"tiers": [FIVE, FIVE, ONE]},
            "tiers = (DemandTier(up_to_mw=5.0, usd_per_mw_month=1.0), DemandTier(up_to_mw=5.0, usd...; "
            + INCREASING,
        ),
        (
            {"tiers": [{**ONE, "up_to_mw": 0.0}, ONE]},
            "tiers = (DemandTier(up_to_mw=0.0, usd_per_mw_month=1.0), DemandTier(up_to_mw=None, us...; "
            + INCREASING,
        ),
        (
            {**ONE, "least_pu": 0.5},
            "contracted_mw = 0.0 MW; allowed: above 0 MW, because least_pu is a share of it",
        ),
        ({**ONE, "interval_min": 20}, "interval_min = 20; allowed: 15 or 30 or 60"),
        (
            {**ONE, "name": ""},
            "name = ''; allowed: text of at least 1 character and at most 80 characters",
        ),
        (
            {**ONE, "holidays": "USA"},
            "holidays = 'USA'; allowed: the code of a country, such as US or US-CA; nearest: US, UA, SA",
        ),
        (
            {"usd_per_mw_month": -1.0},
            f"usd_per_mw_month = -1.0 USD/MW-month; {AMOUNT}",
        ),
        ({**ONE, "contract_mw": 1.0}, "contract_mw is unknown; nearest: contracted_mw, interval_min"),
    ],
)
def test_a_demand_charge_that_makes_no_sense_is_refused(fields: dict[str, Any], message: str) -> None:
    assert told(lambda: Demand(**fields)) == f"Demand: {message}"


def test_a_fixed_line_of_another_period_or_a_negative_amount_is_refused() -> None:
    assert told(lambda: Fixed(name="x", usd=1.0, every="week")) == (
        "Fixed: every = 'week'; allowed: 'day' or 'month' or 'year'"
    )
    assert told(lambda: Fixed(name="x", usd=-1.0)) == (
        "Fixed: usd = -1.0 USD; allowed: a finite number at least 0 and at most 1e+12 USD"
    )


def test_a_coincident_peak_without_hours_is_refused() -> None:
    assert told(lambda: CoincidentPeak(usd_per_mw=1.0, hours=[])) == (
        "CoincidentPeak: hours = []; allowed: a list of at least 1 entry and at most 1,000 entries"
    )


def test_a_coincident_hour_that_the_local_clock_skips_is_refused() -> None:
    peak = CoincidentPeak(usd_per_mw=1.0, hours=["2025-03-09T02:30"])
    assert told(lambda: billed(rates(coincident=[peak]))) == (
        "supply.grid.tariff: hours = 2025-03-09T02:30:00 does not exist in America/New_York; add a UTC offset"
    )


def test_a_tariff_without_an_import_price_or_with_a_negative_least_amount_is_refused() -> None:
    assert told(Rates) == "rates: import_price_usd_per_mwh is missing [USD/MWh]"
    assert told(lambda: rates(least_usd_per_month=-1.0)) == (
        "rates: least_usd_per_month = -1.0 USD; allowed: a finite number at least 0 and at most 1e+12 USD"
    )


@pytest.mark.parametrize(
    ("field", "default"),
    [
        ("import_price_usd_per_mwh", "60"),
        ("export_price_usd_per_mwh", "0"),
        ("demand_charge_usd_per_mw_month", "0"),
    ],
)
def test_a_connection_with_a_tariff_has_no_prices_of_its_own(field: str, default: str) -> None:
    unit = "USD/MW-month" if field.endswith("month") else "USD/MWh"
    assert told(lambda: GridConnection(import_limit_mw=1.0, tariff=rates(), **{field: 50.0})) == (
        f"grid: {field} = 50.0 {unit}; allowed: its default, {default}, because tariff has the prices"
    )


def test_a_tariff_of_an_unknown_kind_or_without_one_is_refused() -> None:
    def connected(tariff: Any) -> GridConnection:
        return GridConnection(import_limit_mw=1.0, tariff=tariff)

    assert told(lambda: connected({"kind": "flat"})).startswith(
        "tariff: kind = 'flat' is unknown; known: rates, successive, urdb; for a kind of your own, "
    )
    assert told(lambda: connected({"import_price_usd_per_mwh": 5.0})) == (
        "tariff: kind is missing; known: rates, successive, urdb"
    )
    assert told(lambda: connected(5)) == "grid: tariff = 5; allowed: a table with its kind"


def test_a_tariff_of_plain_prices_bills_like_the_prices_of_the_connection() -> None:
    demand = [Demand(usd_per_mw_month=9000.0)]
    load = steps((0.0, 10.0), (5.0, 30.0))
    own = billed(None, load, days=3, import_price_usd_per_mwh=45.0, demand_charge_usd_per_mw_month=9000.0)
    same = billed(Rates(import_price_usd_per_mwh=45.0, demand=demand), load, days=3)
    assert own.bill.equals(same.bill)
    assert own.summary.cost_usd == same.summary.cost_usd
