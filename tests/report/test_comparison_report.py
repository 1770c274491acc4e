"""The report of a comparison: metrics that differ, what they are in each run, and by how much."""

from __future__ import annotations

from math import nan

from sim.report.comparison import document
from sim.report.document import Paragraph, Table

RUNS = ("a run with a long name", "b", "c")


def test_a_figure_that_differs_has_its_values_and_the_differences_from_the_first() -> None:
    metrics = {"cost_usd": [10.0, 12.0, 9.0], "peak_mw": [1.0, 1.0, 1.0]}
    table, note = document(RUNS, metrics, days=1.0, seeds={3}, versions={"1"}).parts
    assert table == Table(
        ("metric", "a run with a long…", "b", "difference", "c", "difference"),
        (("cost_usd", "10.0", "12.0", "+2.00", "9.00", "-1.00"),),
        words=1,
    )
    assert note == Paragraph("Runs of 1 day, seed 3.")


def test_what_is_only_rounding_is_no_difference() -> None:
    metrics = {"cost_usd": [1e6, 1e6 + 1e-4, 2e6], "curtailed_mwh": [0.0, 5.7e-14, 3.0]}
    table, *_ = document(RUNS, metrics, days=1.0, seeds={0}, versions={"1"}).parts
    assert isinstance(table, Table)
    assert table.rows == (
        ("cost_usd", "1,000,000", "1,000,000", "0", "2,000,000", "+1,000,000"),  # 1e-4 of 1e6 is 1e-10
        ("curtailed_mwh", "0", "0", "0", "3.00", "+3.00"),
    )


def test_a_figure_that_no_run_has_does_not_differ() -> None:
    shown, *_ = document(RUNS, {"cfe_score": [nan] * 3}, days=1.0, seeds={0}, versions={"1"}).parts
    assert shown == Paragraph("No metric differs.")
    table, *_ = document(RUNS, {"pue": [nan, 1.2, 1.2]}, days=1.0, seeds={0}, versions={"1"}).parts
    assert isinstance(table, Table)
    assert table.rows == (("pue", "-", "1.20", "-", "1.20", "-"),)


def test_different_seeds_and_versions_are_told() -> None:
    _, *notes = document(RUNS, {"a": [1.0, 2.0, 3.0]}, days=2.5, seeds={0, 1}, versions={"2", "1"}).parts
    assert notes == [
        Paragraph("Runs of 60 hours, different seeds, so part of each difference is random."),
        Paragraph("Simulated with different versions of dcgrid: 1, 2."),
    ]
