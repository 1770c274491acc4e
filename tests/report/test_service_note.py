"""What a reader who compares costs is told: whether all serve the same, and what the bill leaves out."""

from __future__ import annotations

from math import nan

import pandas as pd

from sim.report.comparison import document as comparison
from sim.report.document import Paragraph
from sim.report.service_note import bill_only, is_cost, unequal_service
from sim.report.sweep import document

UNEQUAL = "Costs are not for equal service: unserved 0 to 120 MWh."


def notes(**metrics: list[float]) -> list[str]:
    """The notes below the table of two points with some metrics."""
    columns = {f"{name}.ci95": [nan, nan] for name in metrics} | metrics
    means = pd.DataFrame({"modules": [1, 2], "seeds": [1, 1], **columns})
    failures = pd.DataFrame({"error": []})
    parts = document(means, ["modules"], list(metrics), failures, missing=0, days=1.0).parts
    return [part.text for part in parts if isinstance(part, Paragraph)]


def test_money_is_told_by_its_unit() -> None:
    assert is_cost("cost_usd")
    assert is_cost("cost_lines_usd.fuel")
    assert is_cost("total_cost_usd_per_mwh")
    assert not is_cost("unserved_mwh")


def test_costs_of_points_that_do_not_serve_the_same_are_said_to_be_so() -> None:
    assert UNEQUAL in notes(cost_usd_per_mwh=[80.0, 70.0], unserved_mwh=[0.0, 120.0])
    assert UNEQUAL not in notes(cost_usd_per_mwh=[80.0, 70.0], unserved_mwh=[120.0, 120.0 + 1e-8])
    assert UNEQUAL not in notes(carbon_t=[80.0, 70.0], unserved_mwh=[0.0, 120.0])  # no cost is shown


def test_deferred_work_that_is_outstanding_and_dropped_requests_are_service_too() -> None:
    found = unequal_service({"deferred_outstanding_mwh": [1.0, 3.0], "requests_dropped": [0.0, 5.0, nan]})
    assert found == (
        "Costs are not for equal service: outstanding 1.00 to 3.00 MWh, requests dropped 0 to 5.00."
    )


def test_a_bill_without_capital_is_said_to_be_one() -> None:
    assert any(
        "counts no capital or fixed cost (none is given)" in note for note in notes(cost_usd=[1.0, 2.0])
    )
    assert bill_only(["cost_usd"], {"fixed_cost_usd": [0.0, 7.0]}).count("(fixed_cost_usd is beside it)") == 1
    assert bill_only(["cost_usd", "fixed_cost_usd"], {"fixed_cost_usd": [0.0, 7.0]}) == ""
    assert bill_only(["cost_usd", "fixed_cost_usd"], {"fixed_cost_usd": [0.0, 0.0]}) != ""
    assert bill_only(["carbon_t"], {}) == ""


def test_a_comparison_of_costs_says_that_its_runs_do_not_serve_the_same() -> None:
    metrics = {"cost_usd": [10.0, 12.0], "unserved_mwh": [0.0, 120.0]}
    parts = comparison(["a", "b"], metrics, days=1.0, seeds={0}, versions={"1"}).parts
    assert Paragraph(UNEQUAL) in parts
    parts = comparison(
        ["a", "b"], {**metrics, "cost_usd": [10.0, 10.0]}, days=1.0, seeds={0}, versions={"1"}
    ).parts
    assert Paragraph(UNEQUAL) not in parts  # the costs do not differ
