"""The page of a sweep: one HTML file that opens in a browser without a network.

Its charts are drawn by a script of ours, as SVG: they are of points to select and to filter, not over time.
"""

from __future__ import annotations

from pathlib import Path

from sim.page.glossary import glossary
from sim.page.point_charts import heat_map, parallel, pareto
from sim.page.point_table import point_table, selected_point
from sim.page.shell import check_page, code, shell, write
from sim.page.swept import Swept
from sim.report.document import Document, Paragraph, Part, Table
from sim.report.html import Html, element, to_html
from sim.report.numbers import duration
from sim.report.phrases import counted, derived_said, listed, replay_said
from sim.report.sweep import notes, point_said

MOST_FAILURES = 200
"""Longest list of failures."""
_FEW_VALUES = 12
_SEEDS_LISTED = 8
_TOTAL, _CAPITAL = "total_cost_usd_per_mwh", "capital_cost_usd"


def write_sweep(sweep: Swept, path: Path) -> Path:
    """Write the page of a sweep, completely or not at all.

    Args:
        sweep: The sweep.
        path: The file, which ends in `.html`; its folder must exist.

    Raises:
        SpecError: If the file is not that of a page, or a package is not installed.
    """
    check_page(path)
    return write(sweep_page(sweep), path)


def sweep_page(sweep: Swept) -> str:
    """The page of a sweep."""
    sections = {"varied": ("What was varied", to_html(Document("", _varied(sweep))))}
    if len(sweep.means):
        sections["points"] = ("Points", point_table(sweep))
        if sweep.varying:
            sections["parallel"] = ("Parallel coordinates", parallel(sweep))
            sections["heat"] = ("Heat map", heat_map(sweep))
            sections["pareto"] = ("Pareto front", pareto(sweep))
        sections["point"] = ("Selected point", selected_point(sweep))
    sections["failures"] = ("Failures", to_html(Document("", _failures(sweep))))
    sections["glossary"] = ("Glossary", glossary())
    return shell(
        f"Sweep of {sweep.name}",
        begin=element("p", _summary(sweep)),
        after=Html(),
        sections=sections,
        codes=(code("points"), code("point_charts")) if len(sweep.means) else (),
    )


def _summary(sweep: Swept) -> str:
    """How much was run, and how much of it failed."""
    if not sweep.seeds:
        return f"{counted(sweep.points, 'point')}, of which none has been run."
    each = sweep.runs // sweep.points
    seeds = f" ({listed(map(str, sweep.seeds), _SEEDS_LISTED)})" if each == len(sweep.seeds) else ""
    runs = f"{counted(sweep.points, 'point')}, each with {counted(each, 'seed')}{seeds}"
    states = [f"{len(sweep.failures):,} failed"] if len(sweep.failures) else ["none failed"]
    if sweep.missing:
        states.append(f"{sweep.missing:,} not yet finished")
    said = f"{runs}: {counted(sweep.runs, 'run')} of {duration(sweep.days)}, of which {' and '.join(states)}."
    return f"{said} {replay_said(sweep.replayed, sweep.runs - sweep.missing)}" if sweep.replayed else said


def _varied(sweep: Swept) -> tuple[Part, ...]:
    """The axes with their values, what capital is counted, and what a reader must know."""
    rows = tuple((axis, _values_said(sweep, axis)) for axis in sweep.axes) if len(sweep.means) else ()
    table = Table(("axis", "values"), rows, words=2) if rows else Paragraph("No run has finished.")
    told = notes(
        sweep.means, sweep.shown, missing=sweep.missing, days=sweep.days, same_weather=sweep.same_weather
    )
    told += [note for note in [derived_said(sweep.derived)] if note]
    return (table, *map(Paragraph, (_capital(sweep), *told)))


def _values_said(sweep: Swept, axis: str) -> str:
    found = list(dict.fromkeys(sweep.means[axis].tolist()))
    if sweep.is_number(axis):
        found.sort()
    if len(found) <= _FEW_VALUES or not sweep.is_number(axis):
        return listed(map(point_said, found), _FEW_VALUES)
    return f"{len(found):,} values from {point_said(found[0])} to {point_said(found[-1])}"


def _capital(sweep: Swept) -> str:
    """What capital is counted, and where."""
    if _TOTAL not in sweep.means or not sweep.means[_TOTAL].notna().any():
        return "Capital is not counted: the campus has no economics."
    model = next((one for one in sweep.models if one is not None), {})
    assets = (model.get("economics") or {}).get("assets") or {}
    whose = f" of {listed(sorted(assets))}" if assets else ""
    return (
        f"Capital{whose} is counted as an annuity, in {_TOTAL} and {_CAPITAL}; the bill (cost_usd) has none."
    )


def _failures(sweep: Swept) -> tuple[Part, ...]:
    """Each run that failed, with its point, seed and error."""
    if not len(sweep.failures):
        return (Paragraph("No run failed."),)
    rows = tuple(
        (str(row["point"]), *(point_said(row[axis]) for axis in sweep.axes), str(row["seed"]), row["error"])
        for row in sweep.failures.head(MOST_FAILURES).to_dict("records")
    )
    heads = ("point", *sweep.axes, "seed", "error")
    few = f" Here are the first {MOST_FAILURES}." if len(sweep.failures) > MOST_FAILURES else ""
    return (
        Paragraph(f"{counted(len(sweep.failures), 'run')} failed.{few}"),
        Table(heads, rows, words=len(heads)),
    )
