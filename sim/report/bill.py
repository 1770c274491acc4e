"""The bill in the report of a run: each line of each counterparty, with quantity, rate and amount."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sim.report.document import Paragraph, Table
from sim.report.numbers import column, number, whole
from sim.report.phrases import listed, short
from sim.runs.run import Run

_MOST_SENDERS = 6
_MOST_LINES = 12
_NAME = 40
_HEADS = ("quantity", "unit", "rate", "USD")
_MEGAWATT = "MW"
_BY_MONTH = "MW-months"
"""Demand of several months, added up."""
_MONTHS = "The sheet named bill, and result.bill, have the lines by month."


@dataclass
class _Line:
    """A line of one counterparty over the run."""

    usd: float = 0.0
    quantity: float = 0.0
    measured: float = 0.0
    unit: str = ""

    def add(self, row: dict[str, Any]) -> None:
        """Add the line of a month."""
        self.usd += row["usd"]
        self.unit = row["unit"]
        if self.unit:
            self.quantity += row["quantity"] or 0.0
            self.measured += row["measured"] or 0.0

    @property
    def said_unit(self) -> str:
        """The unit of the quantity, which is a sum of months."""
        return _BY_MONTH if self.unit == _MEGAWATT else self.unit

    @property
    def is_more(self) -> bool:
        """Whether more is billed than was measured."""
        return whole(self.usd) != "0" and number(self.measured) not in {number(self.quantity), number(0.0)}


def bill(run: Run) -> list[Table | Paragraph]:
    """A table of the lines of each counterparty; nothing if they are simple prices of one connection."""
    rows = run.books.bill
    if not any(row["detail"] or row["counterparty"] != row["owner"] for row in rows):
        return []
    found: dict[str, dict[str, _Line]] = defaultdict(lambda: defaultdict(_Line))
    for row in rows:
        name = f"{row['line']}, {row['detail']}" if row["detail"] else row["line"]
        found[row["counterparty"] or row["owner"]][name].add(row)
    totals = {who: sum(line.usd for line in lines.values()) for who, lines in found.items()}
    ranked = sorted((who for who in found if whole(totals[who]) != "0"), key=lambda who: -abs(totals[who]))
    tables = [_table(who, found[who], totals[who]) for who in ranked[:_MOST_SENDERS]]
    others = [f"{short(who, _NAME)} {whole(totals[who])} USD" for who in ranked[_MOST_SENDERS:]]
    notes = [f"Other counterparties: {listed(others)}."] if others else []
    notes += [f"{_more(found)} {_MONTHS}".strip()] if tables else []
    return [*tables, *map(Paragraph, notes)]


def _table(who: str, lines: dict[str, _Line], total: float) -> Table:
    """The lines of a counterparty, the largest first; those that do not fit share a row."""
    ranked = sorted(lines.items(), key=lambda item: -abs(item[1].usd))
    shown = [(name, line) for name, line in ranked if whole(line.usd) != "0"]
    rows = [(short(name, _NAME), *_cells(line)) for name, line in shown[:_MOST_LINES]]
    rest = [line.usd for _, line in shown[_MOST_LINES:]]
    if rest:
        rows.append((f"{len(rest)} others", "", "", "", whole(sum(rest))))
    if len(shown) > 1:
        rows.append(("total", "", "", "", whole(total)))
    return Table((short(who, _NAME), *_HEADS), tuple(rows), words=1)


def _cells(line: _Line) -> tuple[str, ...]:
    """Quantity, unit, mean rate and amount of a line."""
    if not (line.unit and line.quantity):
        return "", "", "", whole(line.usd)
    return number(line.quantity), line.said_unit, column([line.usd / line.quantity], 2)[0], whole(line.usd)


def _more(found: dict[str, dict[str, _Line]]) -> str:
    """What is billed beyond what was measured."""
    beyond = [
        f"{name}: {number(line.quantity)} for {number(line.measured)} {line.said_unit} measured"
        for lines in found.values()
        for name, line in lines.items()
        if line.is_more
    ]
    if not beyond:
        return ""
    return f"Billed beyond what was measured, by a ratchet or a minimum: {listed(beyond, most=4)}."
