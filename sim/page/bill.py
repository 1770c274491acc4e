"""The bill by month: its lines stacked, income below zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.page.chart import chart, chart_element, key
from sim.plots.palette import CYCLE, POINT
from sim.report.document import Document, Paragraph, Part, Table
from sim.report.html import Html, joined, to_html
from sim.report.numbers import column, number, whole
from sim.report.phrases import counted
from sim.runs.bill import bill, largest_lines
from sim.runs.run import Run
from sim.timeseries.series import Array

_PX = 300
_MOST_PARTS = 40
_LEAST_USD = 0.5
_MOST_LINES = len(CYCLE) - 1
_WIDTH = 0.8


def monthly_bill(run: Run) -> Html:
    """A chart and a table of the bill; the largest lines by name, the others together."""
    lines = largest_lines(run.monthly, _MOST_LINES)
    months = [str(month) for month in run.monthly.index]
    if not lines:
        return to_html(Document("", (Paragraph("The run has no bill."),)))
    colours = dict(zip(lines, (*CYCLE[:_MOST_LINES], POINT), strict=False))
    entries = [(name, colour, "") for name, colour in colours.items()]
    total = sum(lines.values(), np.zeros(len(months)))
    rows = [
        (month, *(whole(float(usd[at])) for usd in lines.values()), whole(float(total[at])))
        for at, month in enumerate(months)
    ]
    sums = [float(usd.sum()) for usd in lines.values()]
    rows.append(("total", *map(whole, sums), whole(sum(sums))))
    table = Table(("month, USD", *lines, "total"), tuple(rows), words=1)
    return joined(
        chart_element("bill", _chart(lines, colours, months), "Bill by month and line"),
        key(entries),
        to_html(Document("", (table,))),
        to_html(Document("", tuple(_parts(run)))),
    )


def _parts(run: Run) -> Iterator[Part]:
    """Where each line comes from: participant, quantity and mean rate, the largest amount first."""
    found: dict[tuple[str, ...], tuple[float, float]] = {}
    for row in bill(run.books).to_dict("records"):
        part = row["owner"], row["line"], row["detail"], row["unit"]
        quantity, usd = found.get(part, (0.0, 0.0))
        found[part] = quantity + (row["quantity"] if row["unit"] else 0.0), usd + row["usd"]
    ranked = sorted(found.items(), key=lambda item: -abs(item[1][1]))
    shown = [one for one in ranked if abs(one[1][1]) >= _LEAST_USD][:_MOST_PARTS]
    rows = tuple(
        (owner, line, detail, *_rate(quantity, unit, usd), whole(usd))
        for (owner, line, detail, unit), (quantity, usd) in shown
    )
    yield Paragraph(
        "Where the lines come from, the largest first; MW of several months are added up, and a rate is the "
        "amount over the quantity."
    )
    heads = ("participant", "line", "detail", "quantity", "unit", "USD per unit", "USD")
    yield Table(heads, rows, words=3)
    rest = ranked[len(shown) :]
    if rest:
        yield Paragraph(
            f"{counted(len(rest), 'smaller one')}: {whole(sum(usd for _, (_, usd) in rest))} USD."
        )


def _rate(quantity: float, unit: str, usd: float) -> tuple[str, str, str]:
    """Quantity, unit and mean rate; nothing for an amount without a quantity."""
    return (number(quantity), unit, column([usd / quantity], 2)[0]) if unit and quantity else ("", "", "")


def _chart(lines: dict[str, Array], colours: dict[str, str], months: list[str]) -> Any:
    from bokeh.models import NoOverlap, NumeralTickFormatter

    made = chart(_PX, y_axis_label="USD")
    tops = {True: np.zeros(len(months)), False: np.zeros(len(months))}
    for name, usd in lines.items():
        for is_cost, part in ((True, np.maximum(usd, 0.0)), (False, np.minimum(usd, 0.0))):
            if part.any():
                top = tops[is_cost] + part
                made.vbar(
                    x=np.arange(len(months)),
                    bottom=tops[is_cost],
                    top=top,
                    width=_WIDTH,
                    fill_color=colours[name],
                    line_color=None,
                )
                tops[is_cost] = top
    made.yaxis.formatter = NumeralTickFormatter(format="0,0")
    made.xaxis.ticker = list(range(len(months)))
    made.xaxis.major_label_overrides = dict(enumerate(months))
    made.xaxis.major_label_policy = NoOverlap(min_distance=8)
    return made
