"""The description: what a participant says of itself when it connects, for whoever reads the results."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Description:
    """What a participant is, in words and figures that hold for the whole run.

    Attributes:
        label: What a reader calls its kind, such as `reactor`; that of the kind itself if empty.
        size: Its size in words, such as `2 x 77 MW`.
        caveat: What a reader must know before trusting its results; nothing if empty.
        colour: The slot of the palette it is drawn in: `nuclear`, `fusion`, `measured`, `sun`, `grid`,
            `fuel`, `store`, or `a` to `h`; one of the latter by its label if empty.
        capacity_mw: Nameplate, for the capacity factor; 0 if it has none.
    """

    label: str = ""
    size: str = ""
    caveat: str = ""
    colour: str = ""
    capacity_mw: float = 0.0
