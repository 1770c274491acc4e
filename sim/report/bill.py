"""The bill in the report of a run: each line of each counterparty, with quantity, rate and amount."""

from __future__ import annotations

from typing import Any

from sim.report.document import Paragraph, Table
from sim.report.numbers import column, number, whole
from sim.report.phrases import short
from sim.runs.run import Run

_ROWS = 24
_NAME = 18
_DETAIL = 30
_SAID = (
    "Lines of the run, in USD; a rate is a mean where months differ, and demand is the sum of its months. "
    "The sheet named bill, and result.bill, have them by month."
)


def bill(run: Run) -> list[Table | Paragraph]:
    """A table of the lines of contracts; nothing if they are simple prices of one connection."""
    rows = run.books.bill
    if not any(row["detail"] or row["counterparty"] != row["owner"] for row in rows):
        return []
    ranked = sorted(_groups(rows).items(), key=lambda item: -abs(item[1][1]))
    shown = [(key, quantity, usd) for key, (quantity, usd) in ranked if whole(usd) != "0"]
    rest = sum(usd for _, _, usd in shown[_ROWS:])
    heads = ("counterparty", "line", "detail", "quantity", "unit", "rate", "USD")
    lines = [
        (
            short(who, _NAME),
            short(line, _NAME),
            short(detail, _DETAIL),
            number(quantity) if unit else "",
            unit,
            column([usd / quantity], 2)[0] if unit and quantity else "",
            whole(usd),
        )
        for (who, line, detail, unit), quantity, usd in shown[:_ROWS]
    ]
    if len(shown) > _ROWS:
        lines.append((f"{len(shown) - _ROWS} others", "", "", "", "", "", whole(rest)))
    return [Table(heads, tuple(lines), words=3), Paragraph(_SAID)] if lines else []


def _groups(rows: tuple[dict[str, Any], ...]) -> dict[tuple[str, str, str, str], tuple[float, float]]:
    """Quantity and amount by counterparty, line, detail and unit."""
    found: dict[tuple[str, str, str, str], tuple[float, float]] = {}
    for row in rows:
        key = row["counterparty"] or row["owner"], row["line"], row["detail"], row["unit"]
        quantity, usd = found.get(key, (0.0, 0.0))
        found[key] = quantity + (row["quantity"] or 0.0 if row["unit"] else 0.0), usd + row["usd"]
    return found
