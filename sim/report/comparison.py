"""The report of a comparison: the metrics that differ between runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import isnan

from sim.report.document import Document, Paragraph, Table
from sim.report.numbers import cell, difference, duration
from sim.report.phrases import short
from sim.report.service_note import is_cost, unequal_service

_LONGEST = 18


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
    notes = [*_notes(days, seeds, versions), *_costs(metrics)]
    return Document("", (shown, *map(Paragraph, notes)))


def _differ(values: Sequence[float]) -> bool:
    first, *others = values
    return any(isnan(value) != isnan(first) or not _equal(value, first) for value in others)


def _equal(one: float, other: float) -> bool:
    """Whether two values are equal but for rounding, or both missing."""
    return difference(one, other) == 0.0 or (isnan(one) and isnan(other))


def _row(metric: str, values: Sequence[float]) -> tuple[str, ...]:
    first, *others = values
    differences = [cell(difference(value, first), signed=True) for value in others]
    compared = (text for pair in zip(map(_shown, others), differences, strict=True) for text in pair)
    return (metric, _shown(first), *compared)


def _shown(value: float) -> str:
    """A value, zero if it is only rounding."""
    return cell(difference(value, 0.0))


def _costs(metrics: Mapping[str, Sequence[float]]) -> list[str]:
    """What a reader who compares the costs of the runs must know."""
    if not any(is_cost(name) and _differ(values) for name, values in metrics.items()):
        return []
    return [note for note in (unequal_service(metrics),) if note]


def _notes(days: float, seeds: Collection[int], versions: Collection[str]) -> list[str]:
    alike = len(set(seeds)) == 1
    seed = f"seed {next(iter(seeds))}" if alike else "different seeds, so part of each difference is random"
    notes = [f"Runs of {duration(days)}, {seed}."]
    if len(set(versions)) > 1:
        notes.append(f"Simulated with different versions of dcgrid: {', '.join(sorted(set(versions)))}.")
    return notes
