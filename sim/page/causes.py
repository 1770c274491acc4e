"""The causes: curtailed and unserved energy by reason, source and load, as bars."""

from __future__ import annotations

from collections.abc import Mapping

from sim.plots.palette import CURTAILED, UNSERVED
from sim.report.document import Document, Paragraph
from sim.report.html import Html, element, joined, to_html
from sim.report.numbers import number, percent
from sim.report.phrases import WATT_HOUR
from sim.runs.run import Run
from sim.units import PERCENT


def causes(run: Run) -> Html:
    """Bars for each reason, source and load that has any."""
    one = run.summary
    found = [
        _bars(title, mwh, colour)
        for title, mwh, colour in (
            ("Unserved by reason", one.unserved_by_reason_mwh, UNSERVED),
            ("Unserved by load", one.unserved_by_load_mwh, UNSERVED),
            ("Curtailed by reason", one.curtailed_by_reason_mwh, CURTAILED),
            ("Curtailed by source", one.curtailed_by_source_mwh, CURTAILED),
        )
        if any(round(amount, WATT_HOUR) for amount in mwh.values())
    ]
    return (
        joined(*found) if found else to_html(Document("", (Paragraph("Nothing was curtailed or unserved."),)))
    )


def _bars(title: str, mwh: Mapping[str, float], colour: str) -> Html:
    """A table with a bar in each row, the largest amount first."""
    total = sum(mwh.values())
    ranked = sorted(mwh.items(), key=lambda item: (-item[1], item[0]))
    rows = [
        element(
            "tr",
            element("th", name),
            element("td", number(amount), class_="number"),
            element("td", percent(amount, total), class_="number"),
            element("td", _bar(amount / total, colour), class_="bars"),
        )
        for name, amount in ranked
        if round(amount, WATT_HOUR)
    ]
    head = element("caption", f"{title}, MWh")
    return element("div", element("table", head, element("tbody", *rows), class_="causes"), class_="wide")


def _bar(share: float, colour: str) -> Html:
    return element("span", "", class_="bar", style=f"width: {PERCENT * share:.2f}%; --colour: {colour}")
