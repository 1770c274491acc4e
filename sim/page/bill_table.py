"""The bills of several runs beside each other, by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.page.amounts import amount_table, parts
from sim.page.compared import Compared
from sim.page.metric_table import service_note
from sim.report.html import Html, element, joined
from sim.report.numbers import whole

_ABOUT = (
    "Revenue is negative. A line that a run does not have is 0. Fixed cost and capital are not in the bill."
)


def bill_table(runs: Sequence[Compared]) -> Html:
    """A row for each line, the largest first, and their sum."""
    lines = parts([one.run.summary.cost_lines_usd for one in runs], "USD", whole)
    lines.sort(key=lambda row: (-max(abs(usd or 0.0) for usd in row.values), row.label))
    (total,) = parts([{"total": one.run.summary.cost_usd} for one in runs], "USD", whole)
    bold = replace(total, label=element("b", total.label))
    notes = (element("p", note) for note in (_ABOUT, service_note(runs)) if note)
    return joined(*notes, amount_table("line", runs, [*lines, bold]))
