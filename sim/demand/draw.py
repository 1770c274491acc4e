"""The draw: power for cooling or conversion as a straight line over IT power.

Compiled if a C compiler is at hand, like `bus.stretch`.
"""

from __future__ import annotations


class Draw:
    """A power that is partly proportional to IT power. It is not changed once it is made.

    Attributes:
        per_it: Power per unit of IT power.
        fixed_mw: Power without IT load [MW].
    """

    def __init__(self, per_it: float = 0.0, fixed_mw: float = 0.0) -> None:
        self.per_it = per_it
        self.fixed_mw = fixed_mw

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Draw):
            return NotImplemented
        return self.per_it == other.per_it and self.fixed_mw == other.fixed_mw

    __hash__ = None  # type: ignore[assignment] # nothing keeps draws in sets

    def at(self, it_mw: float) -> float:
        """The power at an IT power [MW]."""
        return self.per_it * it_mw + self.fixed_mw

    def __add__(self, other: Draw) -> Draw:
        return Draw(self.per_it + other.per_it, self.fixed_mw + other.fixed_mw)

    def times(self, factor: float) -> Draw:
        """The same multiplied by a factor."""
        return Draw(self.per_it * factor, self.fixed_mw * factor)
