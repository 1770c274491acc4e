"""The metrics of several runs beside each other: those of the tiles, with differences and definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sim.page.amounts import Amount, amount_table
from sim.page.compared import Compared, lengths_said
from sim.page.tiles import Tile, tiles
from sim.report.html import Html, element, joined
from sim.report.numbers import number, whole
from sim.report.service_note import unequal_service
from sim.units import PERCENT

_INSTANTS = ("_mw", "_score", "_margin")
"""Ends of the names of metrics that do not grow with the length of a run."""


def metric_table(runs: Sequence[Compared]) -> Html:
    """The table, and what a reader must know of its differences."""
    columns = zip(*(tiles(one.run) for one in runs), strict=True)
    rows = [_amount(runs, found) for found in columns]
    notes = (element("p", note) for note in _notes(runs))
    return joined(*notes, amount_table("metric", runs, rows))


def service_note(runs: Sequence[Compared]) -> str:
    """A sentence, if runs of one length differ in what they leave unserved; empty if they do not."""
    if lengths_said(runs):
        return ""
    names = ("unserved_mwh", "deferred_outstanding_mwh", "requests_dropped")
    return unequal_service({name: [getattr(one.run.summary, name) for one in runs] for name in names})


def _notes(runs: Sequence[Compared]) -> Iterator[str]:
    yield "Differences are to the first run. A name leads to its definition."
    if lengths_said(runs):
        yield f"The runs differ in length ({lengths_said(runs)}): what grows with it has no difference."
    if len({one.run.seed for one in runs}) > 1:
        yield "The runs have different seeds, so part of each difference is random."
    if service_note(runs):
        yield service_note(runs)


def _amount(runs: Sequence[Compared], found: Sequence[Tile]) -> Amount:
    metric, unit = found[0].metric, next((tile.unit for tile in found if tile.unit), "")
    label = element("a", found[0].label, href=f"#{metric}", title="Definition")
    is_share = unit == "%"
    return Amount(
        label,
        tuple(getattr(one.run.summary, metric) for one in runs),
        tuple(tile.value for tile in found),
        unit,
        _gap(metric, is_share=is_share),
        is_total=not metric.endswith(_INSTANTS),
        is_share=is_share,
    )


def _gap(metric: str, *, is_share: bool) -> Callable[[float], str]:
    """How the size of a difference is written."""
    if is_share:
        return lambda share: number(PERCENT * share)
    if metric.endswith("_score"):
        return "{:.3f}".format
    return whole if metric.endswith("_usd") else number
