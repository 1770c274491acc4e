"""The months of a run: the few numbers of each that a planner needs."""

from __future__ import annotations

from math import isnan

from sim.report.document import Heading, Paragraph, Table
from sim.report.numbers import column, places
from sim.report.phrases import short
from sim.runs.run import Run

_LEAST = 2
_MOST = 36
"""Months beyond which the table is longer than a screen."""
_COLUMNS = {
    "peak MW": "peak_demand_mw",
    "margin": "reserve_margin",
    "N-1": "reserve_margin_n1",
    "served": "energy_mwh",
    "curtailed": "curtailed_mwh",
    "unserved": "unserved_mwh",
    "deferred": "deferred_mwh",
    "cost USD": "cost_usd",
}
_MEANING = (
    "Highest demand wanted at any instant, in MW; least reserve margin, and the same without the largest "
    "unit (N-1); energy in MWh; cost of the bill. Months are local."
)
_FAMILIES = {
    "supplied_mwh": ("Energy delivered or imported by source, in MWh.", 5, 12),
    "cost_lines_usd": ("Lines of the bill, in USD; revenue is negative.", 4, 14),
}
"""What is divided by month: the text below its table, most columns, and longest name."""
_PARTIAL = "The run covers a month at its beginning or end in part."


def months(run: Run) -> list[Heading | Table | Paragraph]:
    """A section with a row for each local month, where the run covers at least two."""
    count = len(run.books.power.month_edges_s) - 1
    if count < _LEAST:
        return []
    heading = Heading("By month")
    if count > _MOST:
        return [heading, Paragraph(f"The run has {count} months; dcgrid show --csv writes all of them.")]
    monthly = run.monthly
    cells = [_cells(monthly[name].to_list(), name) for name in _COLUMNS.values()]
    rows = tuple(zip(map(str, monthly.index), *cells, strict=True))
    meaning = f"{_MEANING} {_PARTIAL}" if _is_partial(run) else _MEANING
    found: list[Heading | Table | Paragraph] = [
        heading,
        Table(("month", *_COLUMNS), rows, words=1),
        Paragraph(meaning),
    ]
    for family in _FAMILIES:
        found += _divided(run, family)
    return found


def _divided(run: Run, family: str) -> list[Table | Paragraph]:
    """A table of the largest members of a family by month, and the sum of the others."""
    title, members, longest = _FAMILIES[family]
    monthly = run.monthly
    columns = [name for name in monthly.columns if name.startswith(f"{family}.")]
    ranked = sorted(columns, key=lambda name: (-monthly[name].abs().sum(), name))
    ranked = [name for name in ranked if monthly[name].abs().sum() > 0.0]
    if not ranked:
        return []
    heads = [short(name.partition(".")[2], longest) for name in ranked[:members]]
    values = [monthly[name].to_list() for name in ranked[:members]]
    if len(ranked) > members:
        heads.append("rest")
        values.append(monthly[ranked[members:]].sum(axis=1).to_list())
    rows = tuple(zip(map(str, monthly.index), *(column(one, 0) for one in values), strict=True))
    return [Table(("month", *heads), rows, words=1), Paragraph(title)]


def _cells(values: list[float], name: str) -> list[str]:
    if name.startswith("reserve_margin"):
        return ["-" if isnan(value) else f"{100.0 * value:+.0f} %" for value in values]
    return column(values, 0 if name.endswith("_usd") else places(values))


def _is_partial(run: Run) -> bool:
    """Whether the run begins or ends within a month."""
    ends = (run.calendar.at(t_s) for t_s in (0.0, run.books.horizon_s))
    return any((end.day, end.hour, end.minute, end.second) != (1, 0, 0, 0) for end in ends)
