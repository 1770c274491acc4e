"""The flat mover: a mover that a compiled settlement calls without Python.

Compiled if a C compiler is at hand, like `stretch`.
"""

from __future__ import annotations

from sim.bus.numbers import Numbers


class FlatMover:
    """A mover whose state is numbers of its own, and which reads and writes the numbers of its bus.

    It asks for a settlement at a time of its own by writing that into its place among the turns.
    """

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def advance(self, now_s: float) -> None:
        """Update offers and bids to the current time."""
        raise NotImplementedError

    def settled(self, now_s: float) -> None:
        """Process the result of a settlement."""
        raise NotImplementedError
