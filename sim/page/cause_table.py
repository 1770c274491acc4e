"""The causes in several runs beside each other: curtailed and unserved energy by reason, source and load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.page.amounts import Amount, amount_table, parts
from sim.page.compared import Compared
from sim.plots.palette import CURTAILED, UNSERVED
from sim.report.html import Html, element, joined
from sim.report.numbers import number
from sim.report.phrases import WATT_HOUR

_TABLES = (
    ("Unserved by reason", "unserved_by_reason_mwh", UNSERVED),
    ("Unserved by load", "unserved_by_load_mwh", UNSERVED),
    ("Curtailed by reason", "curtailed_by_reason_mwh", CURTAILED),
    ("Curtailed by source", "curtailed_by_source_mwh", CURTAILED),
)


def cause_table(runs: Sequence[Compared]) -> Html:
    """A table for each sort of cause that a run has; bars are as long as the amount over the largest."""
    found = []
    for title, name, colour in _TABLES:
        rows = parts([getattr(one.run.summary, name) for one in runs], "MWh", number)
        rows = [row for row in rows if any(round(mwh or 0.0, WATT_HOUR) for mwh in row.values)]
        if rows:
            found.append(amount_table(title, runs, _with_bars(rows), colour))
    return joined(*found) if found else element("p", "Nothing was curtailed or unserved in any run.")


def _with_bars(rows: Sequence[Amount]) -> list[Amount]:
    """The rows, that with the largest amount first, with their bars."""
    largest = max(mwh or 0.0 for row in rows for mwh in row.values)
    ranked = sorted(rows, key=lambda row: (-max(mwh or 0.0 for mwh in row.values), row.label))
    return [replace(row, shares=tuple((mwh or 0.0) / largest for mwh in row.values)) for row in ranked]
