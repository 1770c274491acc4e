"""The palette: one fixed colour for each slot, distinguishable by colour-blind readers too.

A participant says in which slot it is drawn; runs, comparisons and sweeps use the same colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from zlib import crc32

SERVED = "#000000"
UNSERVED = "#D55E00"
DEFERRED = "#666666"
CURTAILED = "#666666"
EMPTY = "#EBEBEB"
SPILT: Mapping[str, Any] = MappingProxyType(
    {"facecolor": EMPTY, "edgecolor": CURTAILED, "hatch": "////", "linewidth": 0.0}
)
"""How curtailed power and energy are drawn: hatched."""
FIRM: Mapping[str, Any] = MappingProxyType({"color": "#A50026", "linestyle": "-.", "linewidth": 1.3})
"""How firm capacity is drawn."""
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

MOST_SHADES = 4
"""Shades of one colour that can be told apart."""
_DARKEST, _LIGHTEST = -0.45, 0.6
"""Share of black in the darkest shade, negative, and of white in the lightest."""
_OWN = tuple(slot for slot in SLOTS if len(slot) == 1)


def slot_of(colour: str, label: str) -> str:
    """The slot that a participant chose, or else one of `a` to `h` by what it is called."""
    return colour if colour in SLOTS else _OWN[crc32(label.encode()) % len(_OWN)]


Band = tuple[tuple[str, ...], str]
"""A band of a stack: the sources in it, and its colour."""


def bands(slots: Mapping[str, str]) -> list[Band]:
    """The bands of a stack from its bottom to its top, in the order of the slots.

    Sources that share a slot have shades of its colour; too many to tell apart are one band.

    Args:
        slots: Slot of each source, by name.
    """
    found: list[Band] = []
    for slot, colour in SLOTS.items():
        names = sorted(name for name, other in slots.items() if other == slot)
        if len(names) > MOST_SHADES:
            found.append((tuple(names), colour))
        else:
            shaded = shades(colour, len(names))
            found += [((name,), shade) for name, shade in zip(names, shaded, strict=True)]
    return found


def shades(colour: str, count: int) -> list[str]:
    """So many shades of a colour, from darker to lighter; one is the colour itself."""
    if count <= 1:
        return [colour] * count
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    step = (_LIGHTEST - _DARKEST) / (count - 1)
    return [_mixed(parts, _DARKEST + place * step) for place in range(count)]


def _mixed(parts: list[int], share: float) -> str:
    """A colour with a share of white, or of black if that is negative."""
    towards = 255 if share > 0.0 else 0
    return "#" + "".join(f"{round(part + abs(share) * (towards - part)):02X}" for part in parts)
