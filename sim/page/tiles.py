"""The tiles: the metrics that a reader looks for first, each with its unit and where it is defined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sim.report.html import Html, element
from sim.report.numbers import number, percentage, whole
from sim.report.phrases import MINUTE, counted
from sim.runs.run import Run
from sim.units import SECONDS_PER_HOUR

_NONE = "-"


@dataclass(frozen=True)
class Tile:
    """A metric of the summary.

    Attributes:
        label: What it is called.
        value: The metric as text.
        unit: Its unit; empty if it has none.
        note: What a reader must know beside it; may be empty.
        metric: Its name in the summary, by which the glossary defines it.
        at_s: When it was reached; None if it is not reached at an instant.
        at: The same as local time.
    """

    label: str
    value: str
    unit: str
    note: str
    metric: str
    at_s: float | None = None
    at: str = ""


def tiles(run: Run) -> list[Tile]:
    """The tiles of a run, in order."""
    one = run.summary
    each = f"{number(one.cost_usd / one.energy_mwh)} USD/MWh served" if one.energy_mwh else ""
    annual = "" if one.annual_matching is None else f"annual matching {one.annual_matching:.3f}"
    return [
        _peak(run, "Peak demand", "peak_demand"),
        _peak(run, "Peak load", "peak_load"),
        _peak(run, "Peak import", "peak_import"),
        Tile("Energy served", number(one.energy_mwh), "MWh", "", "energy_mwh"),
        Tile("Curtailed", number(one.curtailed_mwh), "MWh", "", "curtailed_mwh"),
        _unserved(run),
        Tile("Deferred", number(one.deferred_mwh), "MWh", _outstanding(run), "deferred_mwh"),
        Tile("Cost", whole(one.cost_usd), "USD", each, "cost_usd"),
        Tile("Carbon", number(one.carbon_t), "t CO2", "location-based", "carbon_t"),
        Tile("CFE score", _share(one.cfe_score), "", annual, "cfe_score"),
        _margin(run),
    ]


def tiles_element(found: Iterable[Tile]) -> Html:
    """The tiles, each with a link to its definition in the page."""
    return element("ul", *map(_tile, found), class_="tiles")


def _tile(one: Tile) -> Html:
    value = element("span", one.value, class_="value")
    unit = element("span", one.unit, class_="unit")
    note = element("span", *_moment(one), one.note, class_="note")
    label = element("a", one.label, href=f"#{one.metric}", title="Definition")
    return element("li", label, element("span", value, " ", unit), note)


def _moment(one: Tile) -> Iterator[Html | str]:
    """When it was reached, as a button that moves the dispatch chart there."""
    if one.at_s is not None:
        yield element("button", one.at, data_at=f"{one.at_s:.12g}", title="Show in the chart")
        yield " "


def _peak(run: Run, label: str, name: str) -> Tile:
    metrics = vars(run.summary)
    peak_mw = metrics[f"{name}_mw"]
    if not peak_mw:
        return Tile(label, number(peak_mw), "MW", "", f"{name}_mw")
    note, at_s = (
        f"15 min {number(metrics[f'{name}_15min_mw'])} MW",
        metrics[f"{name}_at_h"] * SECONDS_PER_HOUR,
    )
    return Tile(label, number(peak_mw), "MW", note, f"{name}_mw", at_s, _local(run, at_s))


def _unserved(run: Run) -> Tile:
    """Unserved energy, with the first shortage."""
    one = run.summary
    note = f"{counted(one.shortages, 'shortage')}, {number(one.unserved_h)} h" if one.shortages else ""
    tile = Tile("Unserved", number(one.unserved_mwh), "MWh", note, "unserved_mwh")
    first_s = next((float(each["t_s"]) for each in run.books.events if each["event"] == "shortage"), None)
    return tile if first_s is None else replace(tile, at_s=first_s, at=f"first {_local(run, first_s)}")


def _outstanding(run: Run) -> str:
    left_mwh = run.summary.deferred_outstanding_mwh
    return f"{number(left_mwh)} MWh outstanding at the end" if run.summary.deferred_mwh else ""


def _share(share: float | None) -> str:
    return _NONE if share is None else f"{share:.3f}"


def _margin(run: Run) -> Tile:
    tightest = run.books.adequacy.tightest("all")
    if tightest is None:
        return Tile("Reserve margin", _NONE, "", "no demand", "reserve_margin")
    text, _, unit = percentage(tightest.margin).partition(" ")
    at = _local(run, tightest.at_s)
    return Tile("Reserve margin", text, unit, "", "reserve_margin", tightest.at_s, at)


def _local(run: Run, at_s: float) -> str:
    return f"{run.calendar.at(at_s):{MINUTE}}"
