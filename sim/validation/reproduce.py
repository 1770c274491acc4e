"""The reproduction: published cases run again, each reference value compared with the simulated one.

A scenario script takes part by a table `CASES`: for each published case that it can run, a function
without arguments that runs it and returns the simulated numbers by name of the reference. If the script
has `report()` and `picture()`, they make its section of the page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from time import perf_counter
from types import ModuleType
from typing import Any

from sim.errors import Problem, SpecError, nearest
from sim.files.script import load_script
from sim.files.whole import whole_file
from sim.report.document import Document, Markdown, Paragraph, Picture, Table
from sim.report.markdown import to_markdown
from sim.report.numbers import difference
from sim.validation.published import (
    ANSWER,
    FAILS,
    HOLDS,
    MISSED,
    REPRODUCED,
    ReferenceMissingError,
    Row,
    cases,
    compare,
    number,
)

SKIPPED = "skipped"
PAGE = "reproduce.md"

_WIDTHS = (4, 36, 9, 9, 8, 8, 13, 5)
_TITLES = ("case", "metric", "published", "simulated", "differs", "within", "verdict", "s")
_LEFT = (0, 1, 6)
_NUMBERS = ("published", "simulated", "differs", "within", "s")
WIDE = sum(_WIDTHS) + len(_WIDTHS) - 1
"""Columns of the table; on a narrower terminal, the numbers stand below their metric."""
_INDENT = _WIDTHS[0] + 1
_FINE = 1e-4
"""Tolerance below which differences are shown by their power of ten."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a case.

    Attributes:
        case: The case.
        rows: Its metrics, published and simulated; none if it was skipped.
        skipped: Why it was skipped; empty if it was not.
        seconds: How long it took.
        script: The script that ran it.
    """

    case: str
    rows: list[Row]
    skipped: str
    seconds: float
    script: ModuleType

    @property
    def missed(self) -> bool:
        """Whether a reference value that must be reproduced was missed."""
        return any(row.verdict == MISSED for row in self.rows)


def find(folder: Path) -> dict[str, ModuleType]:
    """The scripts of a folder by the cases they can run, in the order of the cases.

    Raises:
        SpecError: If there is no such folder, no case in it, a case that two scripts run, or a case that is
            not published.
    """
    if not folder.is_dir():
        message = f"= {str(folder)!r} is not a folder; allowed: a folder of scenario scripts"
        raise SpecError("reproduce", [Problem(("scenarios",), message)])
    found: dict[str, ModuleType] = {}
    for path in sorted(folder.glob("*.py")):
        script = load_script(path)
        for case in getattr(script, "CASES", {}):
            if case not in cases():
                raise _refused(
                    path.name, f"runs {case}, which is not a published case{nearest(case, cases())}"
                )
            if case in found:
                raise _refused(
                    path.name, f"runs {case}, which {Path(str(found[case].__file__)).name} runs too"
                )
            found[case] = script
    if not found:
        raise SpecError(
            "reproduce", [Problem(("scenarios",), f"= {str(folder)!r} contains no published case")]
        )
    return dict(sorted(found.items(), key=lambda item: _order(item[0])))


def choose(found: dict[str, ModuleType], names: Iterable[str]) -> dict[str, ModuleType]:
    """The cases asked for, or all.

    Raises:
        SpecError: For a case that does not exist.
    """
    wanted = [name.upper() for name in names]
    if strange := [name for name in wanted if name not in found]:
        message = f"= {strange[0]!r} does not exist{nearest(strange[0], found)}"
        raise SpecError("reproduce", [Problem(("CASE",), message)])
    return {case: script for case, script in found.items() if not wanted or case in wanted}


def run(chosen: dict[str, ModuleType]) -> Iterator[Outcome]:
    """Run cases one after the other."""
    for case, script in chosen.items():
        began = perf_counter()
        try:
            rows, skipped = compare(case, script.CASES[case]()), ""
        except ReferenceMissingError as missing:
            rows, skipped = [], str(missing)
        yield Outcome(case, rows, skipped, perf_counter() - began, script)


def head(width: int = WIDE) -> str:
    """The head of the table, for a terminal of this width in columns."""
    titles = [_line(_TITLES)] if width >= WIDE else [_line(_TITLES[:2]), _below(_TITLES[2:], width)]
    return "\n".join([*titles, "-" * max(map(len, titles))])


def lines(outcome: Outcome, width: int = WIDE) -> str:
    """A case as lines of the table, for a terminal of this width in columns."""
    if outcome.skipped:
        about = cases()[outcome.case].about
        why = wrap(f"{SKIPPED}: {outcome.skipped}", min(width - _INDENT, sum(_WIDTHS[1:])))
        text = [*_title(outcome.case, about, min(width, WIDE)), *(" " * _INDENT + part for part in why)]
        return "\n".join(text)
    message = [
        _row_lines(row, outcome.seconds if row is outcome.rows[0] else None, width) for row in outcome.rows
    ]
    return "\n".join(line for part in message for line in part)


def summary(outcomes: Iterable[Outcome]) -> str:
    """How many reference values were reproduced, in a line or two."""
    outcomes = list(outcomes)
    count = Counter(row.verdict for outcome in outcomes for row in outcome.rows)
    skipped = sum(1 for outcome in outcomes if outcome.skipped)
    parts = [f"{_count(count[REPRODUCED], 'reference value')} reproduced, {count[MISSED]} missed"]
    if count[HOLDS] or count[FAILS]:
        parts.append(f"claims: {count[HOLDS]} hold, {count[FAILS]} do not")
    if count[ANSWER]:
        parts.append(f"{_count(count[ANSWER], 'answer')} without a reference value")
    if skipped:
        parts.append(f"{_count(skipped, 'case')} skipped")
    return "; ".join(parts)


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def as_json(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """A row for each metric; the tolerance is in its unit."""
    rows: list[dict[str, Any]] = []
    for outcome in outcomes:
        if outcome.skipped:
            gone = {"published": None, "simulated": None, "unit": "", "tolerance": None, "verdict": SKIPPED}
            rows.append({"case": outcome.case, "metric": outcome.skipped, **gone})
        rows += [
            {
                "case": row.case,
                "metric": row.reference.about,
                "published": row.published,
                "simulated": row.simulated,
                "unit": row.reference.unit,
                "tolerance": row.tolerance,
                "verdict": row.verdict,
            }
            for row in outcome.rows
        ]
    return rows


def write_page(outcomes: Iterable[Outcome], folder: Path) -> Path:
    """Write a page in Markdown with the report and the picture of each script that ran.

    Args:
        outcomes: The outcomes of the cases.
        folder: Where to write; made if it does not exist.
    """
    outcomes = list(outcomes)
    folder.mkdir(parents=True, exist_ok=True)
    scripts = {outcome.script.__file__: outcome.script for outcome in outcomes if not outcome.skipped}
    sections = [part for script in scripts.values() for part in _section(script, folder)]
    parts = (Paragraph(f"{summary(outcomes)}."), _table(outcomes), *sections)
    page = folder / PAGE
    with whole_file(page) as draft:
        draft.write_text(
            to_markdown(Document("Published reference values, simulated", parts)), encoding="utf-8"
        )
    return page


def _section(script: ModuleType, folder: Path) -> Iterator[Markdown | Paragraph | Picture]:
    """The section of a script; a sentence in its place if the script needs what is not available."""
    try:
        yield from list(_told(script, folder))
    except ReferenceMissingError as missing:
        yield Paragraph(f"No report of {Path(str(script.__file__)).name}: {missing}.")


def _told(script: ModuleType, folder: Path) -> Iterator[Markdown | Picture]:
    """The report of a script, one level of headings down, and its picture, which is drawn into the folder."""
    name = Path(str(script.__file__)).stem
    if hasattr(script, "report"):
        yield Markdown(re.sub(r"^#", "##", script.report().strip(), flags=re.MULTILINE))
    if hasattr(script, "picture"):
        with whole_file(folder / f"{name}.png") as draft:
            script.picture().savefig(draft, dpi=120)
        yield Picture(f"{name}.png", name.replace("_", " "))


def _table(outcomes: Iterable[Outcome]) -> Table:
    """A row for each metric, and one for each case that was skipped."""
    rows: list[tuple[str, ...]] = []
    for outcome in outcomes:
        if outcome.skipped:
            about = f"{cases()[outcome.case].about}: {outcome.skipped}"
            rows.append((outcome.case, about, "", SKIPPED, *("" for _ in _NUMBERS)))
        rows += [
            (
                row.case,
                row.reference.about,
                row.reference.unit,
                row.verdict,
                *_numbers(row, None if at else outcome.seconds),
            )
            for at, row in enumerate(outcome.rows)
        ]
    return Table(("case", "metric", "unit", "verdict", *_NUMBERS), tuple(rows), words=4, keys=2)


def _numbers(row: Row, seconds: float | None) -> tuple[str, ...]:
    """Published and simulated number, difference, tolerance, and the seconds of the case if given."""
    took = "" if seconds is None else f"{seconds:.1f}"
    return (number(row.published), number(row.simulated), *_distance(row), took)


def _row_lines(row: Row, seconds: float | None, width: int) -> list[str]:
    text = f"{row.reference.about} [{row.reference.unit}]"
    *numbers, took = _numbers(row, seconds)
    cells = (*numbers, row.verdict, took)
    if width < WIDE:
        return [*_title(row.case, text, width), _below(cells, width)]
    first, *rest = wrap(text, _WIDTHS[1])
    return [_line((row.case, first, *cells)), *(_line(("", more)) for more in rest)]


def _title(case: str, text: str, width: int) -> list[str]:
    """A case and its text, across all columns."""
    first, *rest = wrap(text, width - _INDENT)
    return [f"{case:<{_INDENT}}{first}", *(" " * _INDENT + more for more in rest)]


def _below(cells: Iterable[str], width: int) -> str:
    """The numbers of a metric, on the line below it; farther left if the terminal is narrow."""
    line = _line(("", "", *cells))[sum(_WIDTHS[:2]) + 2 :]
    room = width - (WIDE - sum(_WIDTHS[:2]) - 2)
    return " " * max(0, min(_INDENT, room)) + line


def _distance(row: Row) -> tuple[str, str]:
    """The difference of the simulated number and the allowed difference, in the same unit."""
    if row.published is None or row.difference is None:
        return "", ""
    away_by = row.difference if row.verdict == MISSED else difference(row.simulated, row.published)
    if row.reference.tolerance is not None:
        away = 100.0 * away_by / row.published
        fine = row.reference.tolerance < _FINE
        message = "0" if not away else f"{away:+.0e}" if fine else f"{away:+z.2f}"
        return f"{message} %", f"{100.0 * row.reference.tolerance:g} %"
    return f"{away_by:+.3g}" if away_by else "0", f"{row.reference.tolerance_abs:g}"


def _line(cells: Iterable[str]) -> str:
    pairs = enumerate(zip(cells, _WIDTHS, strict=False))
    return " ".join(
        cell.ljust(width) if at in _LEFT else cell.rjust(width) for at, (cell, width) in pairs
    ).rstrip()


def _order(case: str) -> tuple[str, int]:
    """Letters first, then the number: A2 before A10."""
    letters = case.rstrip("0123456789")
    return letters, int(case[len(letters) :] or 0)


def _refused(script: str, message: str) -> SpecError:
    return SpecError("reproduce", [Problem((script,), message)])
