"""The report of a comparison: the metrics that differ between runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import isclose, isnan

from sim.report.document import Document, Paragraph, Table
from sim.report.numbers import cell, duration
from sim.report.phrases import short

_LONGEST = 18
_ROUNDING = 1e-9
"""Difference, relative and absolute, that is only rounding."""


def document(
    runs: Sequence[str],
    metrics: Mapping[str, Sequence[float]],
    *,
    days: float,
    seeds: Collection[int],
    versions: Collection[str],
) -> Document:
    """A table with a row for each metric that differs: its values, and the differences from the first run.

    Args:
        runs: Names of the runs; the first is the baseline.
        metrics: By name, a value for each run; NaN where a run has none.
        days: Length of the runs [d].
        seeds: Their seeds.
        versions: The versions of dcgrid that made them.
    """
    first, *others = (short(name, _LONGEST) for name in runs)
    heads = ("metric", first, *(head for name in others for head in (name, "difference")))
    rows = tuple(_row(metric, values) for metric, values in metrics.items() if _differ(values))
    shown = Table(heads, rows, words=1) if rows else Paragraph("No metric differs.")
    return Document("", (shown, *(Paragraph(note) for note in _notes(days, seeds, versions))))


def _differ(values: Sequence[float]) -> bool:
    first, *others = values
    return any(isnan(value) != isnan(first) or not _equal(value, first) for value in others)


def _equal(one: float, other: float) -> bool:
    """Whether two values are equal but for rounding, or both missing."""
    return isclose(one, other, rel_tol=_ROUNDING, abs_tol=_ROUNDING) or (isnan(one) and isnan(other))


def _row(metric: str, values: Sequence[float]) -> tuple[str, ...]:
    first, *others = values
    compared = (message for value in others for message in (cell(value), cell(value - first, signed=True)))
    return (metric, cell(first), *compared)


def _notes(days: float, seeds: Collection[int], versions: Collection[str]) -> list[str]:
    alike = len(set(seeds)) == 1
    seed = f"seed {next(iter(seeds))}" if alike else "different seeds, so part of each difference is random"
    notes = [f"Runs of {duration(days)}, {seed}."]
    if len(set(versions)) > 1:
        notes.append(f"Simulated with different versions of dcgrid: {', '.join(sorted(set(versions)))}.")
    return notes
