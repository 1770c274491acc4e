"""The asset: its capital, its fixed cost, and the annuity of a capital."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.campus import Asset
from sim.economics.asset import annuity_pu


def test_an_annuity_is_the_published_factor() -> None:
    # capital recovery factor of 7 % over 20 years: 0.07 / (1 - 1.07**-20)
    assert annuity_pu(0.07, 20.0) == pytest.approx(0.0943929257, rel=1e-9)
    assert annuity_pu(0.0, 20.0) == 0.05


@given(st.floats(1e-9, 0.5), st.integers(1, 60))
def test_the_payments_are_worth_the_capital(rate: float, years: int) -> None:
    payment = annuity_pu(rate, years)
    worth = sum(payment / (1.0 + rate) ** year for year in range(1, years + 1))
    assert worth == pytest.approx(1.0, rel=1e-6)


def test_capital_and_fixed_cost_add_up_by_size() -> None:
    asset = Asset(
        capital_usd=1e6,
        capital_usd_per_mw=1000.0,
        capital_usd_per_mwh=200.0,
        life_years=10.0,
        fixed_pu_per_year=0.1,
        fixed_usd_per_mw_year=5.0,
        fixed_usd_per_mwh_year=2.0,
    )
    assert asset.capital(10.0, 40.0) == 1e6 + 10_000.0 + 8_000.0
    assert asset.fixed_usd_per_year(10.0, 40.0) == pytest.approx(0.1 * 1_018_000.0 + 50.0 + 80.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"life_years": 10.0},
            "Asset: capital_usd = 0.0 USD; allowed: above 0 USD; or another capital above 0",
        ),
        (
            {"capital_usd": 1.0, "life_years": 0.5},
            "Asset: life_years = 0.5 a; allowed: a finite number at least 1 and at most 100 a",
        ),
        (
            {"capital_usd": inf, "life_years": 5.0},
            "Asset: capital_usd = inf USD; allowed: a finite number at least 0 and at most 1e+12 USD",
        ),
    ],
)
def test_an_asset_without_capital_or_life_is_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is compared as a whole
        Asset(**values)
    assert str(refused.value) == message
