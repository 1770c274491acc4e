"""The bill by month: its lines stacked, income below zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.page.chart import chart, chart_element, key
from sim.plots.palette import CYCLE, POINT
from sim.report.document import Document, Paragraph, Table
from sim.report.html import Html, joined, to_html
from sim.report.numbers import whole
from sim.runs.bill import largest_lines
from sim.runs.run import Run
from sim.timeseries.series import Array

_PX = 300
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
    table = Table(("month, USD", *lines, "total"), tuple(rows), words=1)
    return joined(
        chart_element("bill", _chart(lines, colours, months), "Bill by month and line"),
        key(entries),
        to_html(Document("", (table,))),
    )


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
