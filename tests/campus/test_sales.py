"""Sales: each megawatt-hour of a source is sold once."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest
from builders import told

from sim import Campus
from sim.campus import MeasuredSource


def sold(**agreements: dict[str, Any]) -> Campus:
    """A campus whose agreements sell the energy of a plant."""
    made = {
        name: {"kind": "physical", "source": "plant", "price_usd_per_mwh": 40.0, **values}
        for name, values in agreements.items()
    }
    return Campus(name="test", supply={"plant": MeasuredSource(power_mw=10.0)}, agreements=made)


def test_a_source_that_does_not_exist_is_refused_with_the_nearest() -> None:
    assert told(lambda: sold(a={"source": "plnat"})) == (
        "agreements.a: source = 'plnat' is not a source; nearest: plant"
    )


def test_the_same_energy_sold_twice_is_refused() -> None:
    assert told(lambda: sold(a={"share_pu": 0.7}, b={"share_pu": 0.5})) == (
        "agreements.b: share_pu = 0.5 pu; allowed: at most 0.3 pu, "
        "because a sells 0.7 pu of supply.plant then"
    )


def test_shares_of_one_in_all_are_sold() -> None:
    assert len(sold(a={"share_pu": 0.7}, b={"share_pu": 0.2}, c={"share_pu": 0.1}).agreements) == 3


def test_a_third_that_is_too_much_is_refused() -> None:
    shares = {"a": {"share_pu": 0.4}, "b": {"share_pu": 0.4}, "c": {"share_pu": 0.4}}
    assert told(lambda: sold(**shares)) == (
        "agreements.c: share_pu = 0.4 pu; allowed: at most 0.2 pu, "
        "because a and b sell 0.8 pu of supply.plant then"
    )


def test_a_virtual_agreement_sells_the_energy_of_its_source_too() -> None:
    virtual = {"kind": "virtual", "index_usd_per_mwh": 30.0}
    assert told(lambda: sold(a={}, b=virtual)).startswith("agreements.b: share_pu = 1 pu; allowed: at most 0")


@pytest.mark.parametrize("begins", ["2024-01-01", None])
def test_one_that_ends_before_the_other_begins_leaves_it_everything(begins: str | None) -> None:
    """Without a beginning it begins with the run, on 1 January 2025, and ends a year later."""
    first = {"begins": begins, "term_years": 1}
    assert sold(a=first, b={"begins": "2026-01-01"}).agreements
    assert told(lambda: sold(a={**first, "term_years": 3}, b={"begins": "2026-01-01"})).startswith(
        "agreements.b: share_pu = 1 pu; allowed: at most 0 pu, because a sells"
    )


def test_an_uncertain_date_counts_from_the_earliest_to_the_latest() -> None:
    dates = {"earliest": "2025-06-01", "likely": "2025-07-01", "latest": "2025-09-01"}
    later = {"begins": "2026-08-01"}
    assert told(lambda: sold(a={"begins": dates, "term_years": 1}, b=later)).startswith("agreements.b")
    assert sold(a={"begins": dates, "term_years": 1}, b={"begins": "2026-09-01"}).agreements


def test_many_small_shares_are_checked_at_once() -> None:
    """Forty agreements have a million million combinations."""
    began_s = perf_counter()
    shares = {f"a{number:02}": {"share_pu": 0.025, "begins": float(number)} for number in range(40)}
    assert len(sold(**shares).agreements) == 40
    assert told(lambda: sold(**shares, b={"share_pu": 0.5})).startswith("agreements.b: share_pu = 0.5 pu")
    assert perf_counter() - began_s < 5.0
