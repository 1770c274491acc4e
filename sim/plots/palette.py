"""The palette: one fixed colour for each kind of source, told apart by colour-blind readers too."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from zlib import crc32

SERVED = "#000000"
UNSERVED = "#D55E00"
DEFERRED = "#666666"
CURTAILED = "#666666"
EMPTY = "#EBEBEB"
POWER_MAP = "YlOrBr"  # light to dark, safe for colour-blind readers (ColorBrewer)

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "small_modular_reactor": "#0072B2",
        "fusion_agreement": "#CC79A7",
        "measured_source": "#56B4E9",
        "solar": "#F0E442",
        "grid": "#999999",
        "gas_turbines": "#E69F00",
        "battery": "#009E73",
    }
)
"""Colours of kinds of sources, in the order in which they are stacked (Okabe and Ito 2008, with grey)."""

_OTHERS = ("#332288", "#882255", "#999933")  # from the muted scheme of Paul Tol, for a user's own kinds


def colour_of(kind: str) -> str:
    """Colour of a kind of source, the same in every figure."""
    return SOURCES.get(kind) or _OTHERS[crc32(kind.encode()) % len(_OTHERS)]


def stacked(kinds: set[str]) -> list[str]:
    """Kinds of sources from the bottom of a stack to its top; a user's own stand in the middle."""
    known = list(SOURCES)
    middle = known.index("grid") - 0.5
    return sorted(kinds, key=lambda kind: (known.index(kind) if kind in known else middle, kind))
