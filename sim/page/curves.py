"""The curves of the dispatch chart: sums of flows, each with its colour and its part in the picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sim.books.closed import Flow
from sim.plots.palette import CURTAILED, CYCLE, DEFERRED, SERVED, SLOTS, UNSERVED, VALUE, bands
from sim.plots.panels import slots
from sim.runs.run import Run
from sim.timeseries.series import Array

_SUPPLY = (Flow.DELIVERED, Flow.IMPORT, Flow.DISCHARGE)
_WANTED = (Flow.SERVED, Flow.UNSERVED, Flow.HELD_BACK)
_STORED = "stored_mwh"
_PRICE = "site.price_usd_per_mwh"
_MW, _MWH, _USD_PER_MWH = "MW", "MWh", "USD/MWh"


class Part(StrEnum):
    """How a curve is drawn."""

    SUPPLY = "supply"
    """Stacked above zero."""
    UNSERVED = "unserved"
    """Stacked on the supply."""
    CURTAILED = "curtailed"
    """Stacked on both, hatched."""
    BELOW = "below"
    """Stacked below zero."""
    WANTED = "wanted"
    """A dotted line over the stack."""
    SERVED = "served"
    """A line over the stack."""
    HELD = "held"
    """Not drawn; the difference of two lines."""
    PRICE = "price"
    """A line in a chart of its own."""
    LEVEL = "level"
    """A line in a chart of its own."""


_STACKS = {1.0: (Part.SUPPLY, Part.UNSERVED, Part.CURTAILED), -1.0: (Part.BELOW,)}
"""Curves that are stacked, by the direction."""


@dataclass(frozen=True)
class Curve:
    """A curve of the chart.

    Attributes:
        key: Its name among the columns of the page.
        label: What a reader calls it.
        unit: Its unit.
        colour: Its colour.
        part: How it is drawn.
        columns: The flows that it is the sum of.
        less: The flows that are taken off.
    """

    key: str
    label: str
    unit: str
    colour: str
    part: Part
    columns: tuple[str, ...]
    less: tuple[str, ...] = ()


def curves(run: Run, sources: Mapping[str, str] | None = None) -> tuple[Curve, ...]:
    """The curves of a run, without flows that are never there; demand wanted and served are always there.

    Args:
        run: The run.
        sources: Slot of each source of all runs that are shown together, by name, for a source to have one
            colour in all of them. Default: those of the run.
    """
    found = [
        (label, unit, colour, part, tuple(columns))
        for label, unit, colour, part, columns in (*_supply(run, sources or slots(run)), *_others(run))
        if part in {Part.WANTED, Part.SERVED} or _is_there(run, columns)
    ]
    return tuple(Curve(f"c{at}", *one) for at, one in enumerate(found))


def values(run: Run, flows: Array, wanted: Sequence[Curve]) -> Array:
    """The curves of some rows or intervals, one array row each.

    Args:
        run: The run.
        flows: Its flows, one array row each, in the order of its books.
        wanted: The curves.
    """
    places = {column.name: at for at, column in enumerate(run.books.columns)}
    found = np.empty((len(wanted), flows.shape[1]))
    for at, curve in enumerate(wanted):
        found[at] = flows[[places[name] for name in curve.columns]].sum(axis=0)
        if curve.less:
            found[at] -= flows[[places[name] for name in curve.less]].sum(axis=0)
    return found


def stacks(wanted: Sequence[Curve]) -> list[tuple[float, list[str]]]:
    """The curves that are stacked, from zero outwards, with the direction."""
    found = [(sign, [one.key for one in wanted if one.part in parts]) for sign, parts in _STACKS.items()]
    return [(sign, keys) for sign, keys in found if keys]


_Stated = tuple[str, str, str, Part, list[str]]


def _supply(run: Run, sources: Mapping[str, str]) -> Iterator[_Stated]:
    """The bands of the sources, from the bottom up."""
    here = slots(run)
    for band, colour in bands(sources):
        names = tuple(name for name in band if name in here)
        if names:
            columns = [column for name in names for column in run.columns_of(name, *_SUPPLY)]
            yield _label(run, names), _MW, colour, Part.SUPPLY, columns


def _others(run: Run) -> Iterator[_Stated]:
    yield "unserved", _MW, UNSERVED, Part.UNSERVED, run.columns(Flow.UNSERVED)
    yield "curtailed", _MW, CURTAILED, Part.CURTAILED, run.columns(Flow.CURTAILED)
    yield "charge", _MW, SLOTS["store"], Part.BELOW, run.columns(Flow.CHARGE)
    yield "export", _MW, SLOTS["grid"], Part.BELOW, run.columns(Flow.EXPORT)
    yield "demand wanted", _MW, DEFERRED, Part.WANTED, run.columns(*_WANTED)
    yield "load served", _MW, SERVED, Part.SERVED, run.columns(Flow.SERVED)
    yield "held back", _MW, DEFERRED, Part.HELD, run.columns(Flow.HELD_BACK)
    yield "price", _USD_PER_MWH, VALUE, Part.PRICE, [_PRICE]
    stores = run.columns(_STORED)
    if len(stores) > len(CYCLE):
        yield f"level of {len(stores)} stores", _MWH, SLOTS["store"], Part.LEVEL, stores
        return
    for at, column in enumerate(stores):
        owner = column.rpartition(".")[0]
        colour = SLOTS["store"] if len(stores) == 1 else CYCLE[at]
        yield f"{owner} level", _MWH, colour, Part.LEVEL, [column]


def _label(run: Run, names: tuple[str, ...]) -> str:
    """A source by its name; several in one band by their kind."""
    return names[0] if len(names) == 1 else f"{run.participant(names[0]).label}: {len(names)} sources"


def _is_there(run: Run, columns: Sequence[str]) -> bool:
    """Whether a flow is ever other than zero; prices below and above zero may have a mean of zero."""
    places = [at for at, column in enumerate(run.books.columns) if column.name in set(columns)]
    return bool(run.books.flows[places].any())
