"""The report of a regret: its sentences, also where the rest is nothing but tolerance."""

from __future__ import annotations

import pytest

from sim.regret.found import Amount, Regret


def regret(bound_usd: float, supply_gap_usd: float | None = None, simulated_usd: float = 4000.0) -> Regret:
    """A regret of one line; without flexible jobs the part of supply is all of it."""
    gap_usd = simulated_usd - bound_usd
    return Regret(
        name="campus",
        simulated_usd=simulated_usd,
        bound_usd=bound_usd,
        supply_gap_usd=gap_usd if supply_gap_usd is None else supply_gap_usd,
        intervals=1,
        costs=(Amount("2025-05", "grid", "energy charge", simulated_usd, bound_usd),),
        energies=(),
    )


def said(found: Regret) -> str:
    """Its report without line breaks."""
    return " ".join(str(found).split())


def test_it_says_what_could_have_been_saved_by_supply_and_by_jobs() -> None:
    # 4,000 - 3,200 = 800, which is a quarter of the bound; 800 - 300 = 500
    text = said(regret(3200.0, 300.0))
    assert (
        "At most 800 USD (25.0 % of the bound) could have been saved: the run cost 4,000 USD, and no "
        "dispatch costs less than 3,200 USD." in text
    )
    assert (
        "sources and stores could have saved at most 300 USD. The other 500 USD need jobs that work at other "
        "times, or slower." in text
    )


@pytest.mark.parametrize("rest_usd", [1e-4, -1e-4])
def test_a_rest_that_the_tolerance_explains_is_no_saving_of_jobs(rest_usd: float) -> None:
    # 1e-7 of 4,000 USD are 4e-4 USD
    text = said(regret(3200.0, 800.0 - rest_usd))
    assert "sources and stores could have saved at most 800 USD. Jobs that work at other times" in text
    assert "slower, could have saved no more." in text
    assert "The other" not in text


@pytest.mark.parametrize("rest_usd", [1e-3, 0.4])
def test_a_small_rest_is_shown_as_less_than_a_dollar(rest_usd: float) -> None:
    assert "The other <1 USD need jobs" in said(regret(3200.0, 800.0 - rest_usd))


@pytest.mark.parametrize("rest_usd", [3e-4, 0.0, -3e-4])
def test_a_gap_that_the_tolerance_explains_is_none(rest_usd: float) -> None:
    text = said(regret(4000.0 - rest_usd))
    assert "Nothing could have been saved: no dispatch costs less than 4,000 USD." in text
    assert "| energy charge | 4,000 | 4,000 | 0 |" in text
    assert "With the power of all jobs" not in text


def test_a_gap_above_the_tolerance_is_told() -> None:
    assert "At most <1 USD (0.0 % of the bound) could have been saved" in said(regret(4000.0 - 5e-4))


def test_an_income_has_a_bound_too() -> None:
    # it earned 4,000 USD and could have earned 5,000 USD, a fifth more of the size of the bound
    text = said(regret(-5000.0, simulated_usd=-4000.0))
    assert "At most 1,000 USD (20.0 % of the bound) could have been saved: the run cost -4,000 USD" in text
