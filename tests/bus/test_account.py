"""The account: which definitions are refused."""

from __future__ import annotations

from math import inf, nan

import pytest

from sim.bus.account import Account, Adds, Grain


@pytest.fixture
def settlement() -> None:
    """No bus is here: each test runs once."""


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "heat sold"}, {"name": "2nd_mwh"}, {"unit": ""}, {"title": ""}]
)
def test_an_account_needs_a_plain_name_a_unit_and_a_title(wrong: dict[str, str]) -> None:
    fields = {"name": "heat_mwh", "unit": "MWh", "title": "Heat", **wrong}
    with pytest.raises(
        ValueError, match="must have an identifier as its name, a unit and a title"
    ) as refused:
        Account(**fields)
    assert str(refused.value).startswith(f"account {fields['name']!r}: ")


@pytest.mark.parametrize(
    ("bins", "grain"),
    [
        ((1.0,), Grain.RUN),
        ((0.0, 0.0), Grain.RUN),
        ((0.0, 2.0, 1.0), Grain.RUN),
        ((0.0, nan), Grain.RUN),
        ((nan, 1.0, 2.0), Grain.RUN),
        ((0.0, 1.0), Grain.HOUR),
    ],
)
def test_bins_increase_and_are_kept_over_the_run(bins: tuple[float, ...], grain: Grain) -> None:
    with pytest.raises(
        ValueError, match="bins must be at least 2 increasing numbers, and grain must be run"
    ) as refused:
        Account("load_hours_h", "h", "Hours", bins=bins, grain=grain)
    assert str(refused.value).startswith("account 'load_hours_h': ")


def test_the_outer_bins_may_be_open() -> None:
    assert Account("load_hours_h", "h", "Hours", bins=(-inf, 0.0, inf)).bins == (-inf, 0.0, inf)


def test_an_account_adds_up_over_participants_and_is_kept_over_the_run_by_default() -> None:
    account = Account("heat_mwh", "MWh", "Heat")
    assert (account.adds, account.grain, account.part, account.bins) == (Adds.SUM, Grain.RUN, "", ())
    assert account == Account("heat_mwh", "MWh", "Heat")
    assert account != Account("heat_mwh", "MWh", "Heat", part="steam")
