"""The exceptions a caller may want to catch."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Problem:
    """One problem of an input.

    Attributes:
        path: Names from the outermost object down to the field.
        message: Description of the problem, worded to follow the name of the field.
    """

    path: tuple[str, ...]
    message: str


class SpecError(ValueError):
    """An invalid input; raised before the clock starts.

    Attributes:
        owner: Name of the outermost object, used if a path is only a field.
        problems: All problems of the input, in the order of the fields.
    """

    def __init__(self, owner: str, problems: list[Problem]) -> None:
        self.owner = owner
        self.problems = problems
        super().__init__("\n".join(self._line(problem) for problem in problems))

    def _line(self, problem: Problem) -> str:
        *owners, field = problem.path or ("",)
        owner = ".".join(owners) or self.owner
        return f"{owner}: {field} {problem.message}".replace("  ", " ")

    def __reduce__(self) -> tuple[Any, ...]:
        return SpecError, (self.owner, self.problems)


class EnergyBalanceError(RuntimeError):
    """The energy balance does not close. This is a defect of a participant's code, not of the input."""


class OscillationError(RuntimeError):
    """Participants react to each other endlessly at one instant, so that the clock cannot advance."""


_MOST_LISTED = 40
"""Words beyond which a list of all known ones helps nobody."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a message: the known words nearest to a word, or all known words if none is near."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=3, cutoff=0.5)
    offered = close or (words if len(words) <= _MOST_LISTED else [])
    return f"; {'nearest' if close else 'known'}: {', '.join(offered)}" if offered else ""
