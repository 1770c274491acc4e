"""The description: how a participant describes itself in results, given when it connects."""

from __future__ import annotations

from dataclasses import dataclass

from sim.errors import nearest, shortened

COLOURS = ("nuclear", "fusion", "measured", "sun", "grid", "fuel", "store", *"abcdefgh")
"""The slots of the palette."""


@dataclass(frozen=True)
class Description:
    """Description of a participant, constant over the run.

    Attributes:
        label: Name of its kind in reports, such as `reactor`. Default: the kind itself.
        size: Size as text, such as `2 x 77 MW`.
        caveat: Assumption or limitation that a reader of the results must know; empty if there is none.
        colour: Colour in figures, as a slot of the palette: `nuclear`, `fusion`, `measured`, `sun`, `grid`,
            `fuel`, `store`, or `a` to `h`. Default: one of `a` to `h`, chosen by label.
        capacity_mw: Nameplate capacity, for the capacity factor; 0 if it has none.

    Raises:
        ValueError: If the colour is not a slot.
    """

    label: str = ""
    size: str = ""
    caveat: str = ""
    colour: str = ""
    capacity_mw: float = 0.0

    def __post_init__(self) -> None:
        if self.colour and self.colour not in COLOURS:
            near = nearest(self.colour, COLOURS)
            raise ValueError(f"description: colour = {shortened(self.colour)} is not a slot{near}")
