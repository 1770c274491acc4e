"""The sources of a campus as a reader knows them: what kind, how large."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sim.bus.flows import Flow
from sim.report.numbers import number
from sim.results.result import Result
from sim.site import Source
from sim.weather.sky import caveat
from sim.weather.weather import Weather

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "small_modular_reactor": "reactor",
        "fusion_agreement": "fusion PPA",
        "grid": "grid",
        "gas_turbines": "gas turbines",
        "solar": "solar",
        "measured_source": "measured",
        "battery": "battery",
    }
)
"""Kinds of sources and what a reader calls them, in the order in which they are stacked."""

_OUTPUTS = (Flow.DELIVERED, Flow.IMPORT)
_AVAILABLE = (*_OUTPUTS, Flow.CURTAILED, Flow.HEADROOM)


def kind_of(result: Result, name: str) -> str:
    """Kind of a source."""
    return result.campus.supply[name].kind


def word_of(kind: str) -> str:
    """What a reader calls a kind of source; a user's own kind is called what it is called."""
    return KINDS.get(kind, kind.replace("_", " "))


def generators(result: Result) -> list[str]:
    """Sources that deliver or import, in the order of the campus."""
    return [name for name in result.campus.supply if columns_of(result, name, *_OUTPUTS)]


def stores(result: Result) -> list[str]:
    """Sources that are charged and discharged, in the order of the campus."""
    return [name for name in result.campus.supply if columns_of(result, name, Flow.DISCHARGE)]


def columns_of(result: Result, owner: str, *labels: str) -> list[str]:
    """Names of an owner's flows with one of these labels."""
    return [name for name in result.columns(*labels) if name.rpartition(".")[0] == owner]


def capacity(result: Result, name: str) -> str:
    """Size of a source, as its contract or data sheet says it."""
    source = result.campus.supply[name]
    said = _SIZES.get(source.kind)
    return said(source) if said else _largest(result, name)


def skies(result: Result) -> dict[str, str]:
    """Where the weather of each source is from, and how far its sun is from the clock of the site."""
    campus = result.campus
    under = {
        name: source.weather or campus.weather
        for name, source in campus.supply.items()
        if hasattr(source, "weather")
    }
    return {
        name: caveat(weather, campus.calendar)
        for name, weather in under.items()
        if isinstance(weather, Weather)
    }


def firm_mw(result: Result) -> float:
    """Capacity that does not depend on weather: reactors, gas turbines and grid connections [MW]."""
    total = 0.0
    for name in generators(result):
        source = result.campus.supply[name]
        if source.kind in _FIRM:
            total += _FIRM[source.kind](source)
        elif source.kind == "grid":
            total += _most_available_mw(result, name)
    return total


def _largest(result: Result, name: str) -> str:
    """The most that was ever available, for a source whose size is a profile or not known here."""
    source = result.campus.supply[name]
    limit = getattr(source, "import_limit_mw", None)
    if isinstance(limit, float):
        return f"{limit:,.6g} MW"
    rated_mw = result.summary.capacity_mw.get(name)
    if rated_mw:
        return f"up to {number(rated_mw)} MW"
    return f"up to {number(_most_available_mw(result, name))} MW"


def _most_available_mw(result: Result, name: str) -> float:
    return float(result.flows[columns_of(result, name, *_AVAILABLE)].sum(axis=1).max())


def _units(field: str) -> Callable[[Source], tuple[int, float]]:
    def read(source: Any) -> tuple[int, float]:
        return getattr(source, field + "s"), getattr(source, field + "_mw")

    return read


def _fleet(field: str) -> Callable[[Source], str]:
    def say(source: Source) -> str:
        count, size_mw = _units(field)(source)
        return f"{count} x {size_mw:,.6g} MW"

    return say


def _rating(field: str) -> Callable[[Source], float]:
    def rate(source: Source) -> float:
        count, size_mw = _units(field)(source)
        return count * size_mw

    return rate


def _plant(source: Any) -> str:
    return f"{source.capacity_mw:,.6g} MW"


def _store(source: Any) -> str:
    return f"{source.power_mw:,.6g} MW / {source.energy_mwh:,.6g} MWh"


_SIZES: Mapping[str, Callable[[Source], str]] = MappingProxyType(
    {
        "small_modular_reactor": _fleet("module"),
        "gas_turbines": _fleet("unit"),
        "fusion_agreement": _plant,
        "solar": _plant,
        "battery": _store,
    }
)
_FIRM: Mapping[str, Callable[[Source], float]] = MappingProxyType(
    {"small_modular_reactor": _rating("module"), "gas_turbines": _rating("unit")}
)
