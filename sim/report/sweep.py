"""The report of a sweep: a table of means with their intervals, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.report.markdown import short, table
from sim.report.numbers import duration, number

if TYPE_CHECKING:
    import pandas as pd

_USUAL = (
    "peak_load_mw",
    "unserved_mwh",
    "curtailed_mwh",
    "deferred_mwh",
    "cost_usd",
    "carbon_t",
    "cfe_score",
)
_LONGEST = 28
_MOST_ERRORS = 5
_ROUNDING = 1e-12


def report(
    means: pd.DataFrame,
    axes: Sequence[str],
    names: Sequence[str],
    failures: pd.DataFrame,
    *,
    missing: int,
    days: float,
) -> str:
    """A line for each point, then what failed and what is missing."""
    names = [name for name in names or _USUAL if name in means]
    heads = [short(name, _LONGEST) for name in (*axes, *names)]
    rows = [
        [*(_cell(row[axis]) for axis in axes), *(_mean(row[name], row[f"{name}.ci95"]) for name in names)]
        for row in means.to_dict("records")
    ]
    lines = table(heads, rows, left=0) if rows else ["No run has finished."]
    return "\n".join([*lines, "", *_notes(means, failures, missing, days)]).rstrip()


def _notes(means: pd.DataFrame, failures: pd.DataFrame, missing: int, days: float) -> list[str]:
    counts = sorted({int(count) for count in means["seeds"]})
    notes = [f"Runs of {duration(days)}."] if counts else []
    if counts and counts[-1] > 1:
        shown = " to ".join(str(count) for count in dict.fromkeys((counts[0], counts[-1])))
        notes = [
            f"Runs of {duration(days)}: means of {shown} seeds, with half the width of their 95 % interval."
        ]
    if missing:
        notes.append(f"{missing} runs are still to be made.")
    if len(failures):
        notes.append(f"{len(failures)} runs failed:")
        errors = failures["error"].value_counts()
        notes += [f"- {count} x {error}" for error, count in errors.head(_MOST_ERRORS).items()]
        if len(errors) > _MOST_ERRORS:
            notes.append(f"- and {len(errors) - _MOST_ERRORS} other errors")
    return notes


def _mean(value: float, half: float) -> str:
    if not np.isfinite(value):
        return "-"
    if not np.isfinite(half):
        return number(value)
    return f"{number(value)} ± {number(half if half > _ROUNDING * abs(value) else 0.0)}"


def _cell(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
