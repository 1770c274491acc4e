"""The report of a sweep: a table of means with their intervals, and the failures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.report.document import Document, Item, Items, Paragraph, Part, Table
from sim.report.numbers import cell, duration, number
from sim.report.phrases import counted, derived_said, replay_said, short
from sim.report.service_note import TOTAL, bill_only, is_cost, unequal_service

if TYPE_CHECKING:
    import pandas as pd

_USUAL = (
    "peak_load_mw",
    "unserved_mwh",
    "curtailed_mwh",
    "deferred_mwh",
    "cost_usd",
    TOTAL,
    "carbon_t",
    "cfe_score",
)
_SAME_WEATHER = "The weather does not vary by seed: the intervals do not cover rare years of weather."
_LONGEST = 28
_MOST_ERRORS = 5
_ROUNDING = 1e-12
_COMPARABLE = 2


def document(
    means: pd.DataFrame,
    axes: Sequence[str],
    names: Sequence[str],
    failures: pd.DataFrame,
    *,
    accounts: Sequence[str] = (),
    missing: int,
    days: float,
    selected: str = "",
    same_weather: bool = False,
    replayed: int = 0,
    runs: int = 0,
    derived: Sequence[str] = (),
) -> Document:
    """A table with a row for each point, then the runs that failed or are missing.

    Args:
        means: A row for each point: the axes, `seeds`, and for each metric its mean and `<metric>.ci95`.
        axes: Names of what is varied.
        names: Names of the metrics to show; the usual ones and `accounts` if empty.
        failures: A row for each run that failed, with its `error`.
        accounts: Names of the accounts that user-defined participants contribute.
        missing: How many runs have neither finished nor failed.
        days: Length of each run [d].
        selected: Which points are shown, in words; empty if all are.
        same_weather: Whether the weather of a point is the same for all seeds.
        replayed: How many runs were replayed.
        runs: How many runs have finished or failed.
        derived: Names of the batteries whose derived prices may differ between points.
    """
    names = [name for name in names or shown_metrics(means, accounts) if name in means]
    heads = tuple(short(name, _LONGEST) for name in (*axes, *names))
    rows = tuple(
        (
            *(point_said(row[axis]) for axis in axes),
            *(mean_said(row[name], row[f"{name}.ci95"]) for name in names),
        )
        for row in means.to_dict("records")
    )
    nothing = Paragraph("No point is left." if selected else "No run has finished.")
    shown = Table(heads, rows, keys=len(axes)) if rows else nothing
    found = [selected, *notes(means, names, missing=missing, days=days, same_weather=same_weather)]
    found.append(derived_said(derived))
    if replayed:
        found.append(replay_said(replayed, runs))
    return Document("", (shown, *(Paragraph(note) for note in found if note), *_failed(failures)))


def shown_metrics(means: pd.DataFrame, accounts: Sequence[str] = ()) -> list[str]:
    """The metrics that are shown if none are named: the usual ones, and accounts of one's own kinds."""
    usual = [name for name in _USUAL if name != TOTAL or (name in means and means[name].notna().any())]
    return [name for name in (*usual, *accounts) if name in means]


def notes(
    means: pd.DataFrame, names: Sequence[str], *, missing: int, days: float, same_weather: bool
) -> list[str]:
    """What a reader of the table must know.

    Args:
        means: A row for each point.
        names: The metrics that are shown.
        missing: How many runs have neither finished nor failed.
        days: Length of each run [d].
        same_weather: Whether the weather of a point is the same for all seeds.
    """
    found = [*_notes(means, missing, days, same_weather=same_weather), *_costs(means, names)]
    return [note for note in found if note]


def _notes(means: pd.DataFrame, missing: int, days: float, *, same_weather: bool) -> list[str]:
    counts = sorted({int(count) for count in means["seeds"]})
    means_over = ""
    if counts and counts[-1] > 1:
        seeds = " to ".join(str(count) for count in dict.fromkeys((counts[0], counts[-1])))
        means_over = f": means over {seeds} seeds ± half the width of the 95 % confidence interval"
    notes = [f"Runs of {duration(days)}{means_over}."] if counts else []
    if means_over and same_weather:
        notes.append(_SAME_WEATHER)
    if missing:
        notes.append(f"{counted(missing, 'run')} not yet finished.")
    return notes


def _costs(means: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """What a reader who compares the costs of the points must know."""
    if len(means) < _COMPARABLE or not any(map(is_cost, names)):
        return []
    values = {str(name): means[name].to_list() for name in means.columns}
    return [unequal_service(values), bill_only(names, values)]


def _failed(failures: pd.DataFrame) -> list[Part]:
    """How often runs failed with each error, the most frequent first."""
    if not len(failures):
        return []
    errors = failures["error"].value_counts()
    items = [Item(counted(count, "run"), str(error)) for error, count in errors.head(_MOST_ERRORS).items()]
    if len(errors) > _MOST_ERRORS:
        items.append(Item(counted(int(errors.iloc[_MOST_ERRORS:].sum()), "run"), "other errors"))
    return [Paragraph(f"{counted(len(failures), 'run')} failed:"), Items(tuple(items))]


def mean_said(value: float, half: float) -> str:
    """A mean with half the width of its interval, where it has one."""
    if not (np.isfinite(value) and np.isfinite(half)):
        return cell(value)
    return f"{number(value)} ± {number(half if half > _ROUNDING * abs(value) else 0.0)}"


def point_said(value: Any) -> str:
    """A value of an axis."""
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
