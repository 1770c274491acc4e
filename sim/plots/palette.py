"""The palette: one fixed colour for each slot, distinguishable by colour-blind readers too.

A participant says in which slot it is drawn; runs, comparisons and sweeps use the same colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any
from zlib import crc32

SERVED = "#000000"
UNSERVED = "#D55E00"
DEFERRED = "#666666"
CURTAILED = "#666666"
EMPTY = "#EBEBEB"
SPILT: Mapping[str, Any] = MappingProxyType(
    {"facecolor": f"{CURTAILED}22", "edgecolor": CURTAILED, "hatch": "////", "linewidth": 0.0}
)
"""How curtailed power and energy are drawn: hatched."""
VALUE = "#56B4E9"
"""A metric that is drawn alone."""
POINT = "#888888"
INTERVAL = "#BBBBBB"
"""A point of a cloud, and its confidence interval."""
POWER_MAP = "YlOrBr"  # light to dark, safe for colour-blind readers (ColorBrewer)

CYCLE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
"""Colours for what has no slot, such as the lines of a sweep (Okabe and Ito 2008)."""

SLOTS: Mapping[str, str] = MappingProxyType(
    {
        "nuclear": "#0072B2",
        "fusion": "#CC79A7",
        "measured": "#56B4E9",
        "sun": "#F0E442",
        "a": "#332288",
        "b": "#882255",
        "c": "#999933",
        "d": "#44AA99",
        "e": "#AA4499",
        "f": "#117733",
        "g": "#CC6677",
        "h": "#88CCEE",
        "grid": "#999999",
        "fuel": "#E69F00",
        "store": "#009E73",
    }
)
"""Colours by slot, in the order in which they are stacked (Okabe and Ito 2008 with grey; `a` to `h`, for
sources of one's own, from the muted scheme of Paul Tol)."""

_OWN = tuple(slot for slot in SLOTS if len(slot) == 1)


def slot_of(colour: str, label: str) -> str:
    """The slot that a participant chose, or else one of `a` to `h` by what it is called."""
    return colour if colour in SLOTS else _OWN[crc32(label.encode()) % len(_OWN)]


def stacked(kinds: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Kinds of sources, each a slot and a label, from the bottom of a stack to its top."""
    order = list(SLOTS)
    return sorted(kinds, key=lambda kind: (order.index(kind[0]), kind[1]))
