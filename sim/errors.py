"""The exceptions a caller may want to catch."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input.

    Attributes:
        path: Names that lead from the outermost object to the field.
        message: What is wrong, in words, starting after the field's name.
    """

    path: tuple[str, ...]
    message: str


class SpecError(ValueError):
    """An input that cannot be simulated; raised before any clock starts.

    Attributes:
        owner: Name of the outermost object, used where a path has a field only.
        problems: Everything that is wrong with it, in the order of the fields.
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
    """The energy books do not close: a defect of the model, never of the input."""


class OscillationError(RuntimeError):
    """Participants keep reacting to each other without letting the clock advance."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A clause that offers the nearest known words."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=3, cutoff=0.5)
    offered = close or words
    return f"; {'nearest' if close else 'known'}: {', '.join(offered)}" if offered else ""
