"""The mover: an object whose offers and bids change by themselves, and what the bus asks of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable


class Mover(Protocol):
    """An object whose offers and bids depend on time and on earlier settlements."""

    def advance(self, now_s: float) -> None:
        """Update offers and bids to the current time."""

    def settled(self, now_s: float) -> None:
        """Process the result of a settlement."""


@runtime_checkable
class Pausing(Protocol):
    """A mover that stands still while its participant takes no part."""

    def pause(self, now_s: float) -> None:
        """Update to the current time and stand still from now on."""

    def resume(self, now_s: float) -> None:
        """Go on from now on. A participant that has not taken part before begins as if the run began."""


Fit = Callable[[Sequence[float], Sequence[float]], list[tuple[int, float]]]
"""Tells, of the sizes of all blocks and their used parts, which bids can use less than their size, and how
much: pairs of a block's number and of power [MW]. An empty list means that all can use what they receive."""


class Keeper(Mover, Protocol):
    """A mover that stores energy."""

    name: str
    level_mwh: float
    initial_mwh: float

    def loss_mwh(self, charge_mwh: float, discharge_mwh: float) -> float:
        """Energy lost, computed from the energy charged and discharged."""
