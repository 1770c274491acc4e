"""The exceptions a caller may want to catch."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

_SHOWN = 80
"""Length to which a value is shortened in messages."""
_LONGEST_NAME = 500
"""Length to which a name or a path is shortened in messages."""


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
        super().__init__(owner, problems)  # SimPy and pickle make it again from these

    def __str__(self) -> str:
        return "\n".join(self._line(problem) for problem in self.problems)

    def within(self, owner: str, *path: str) -> SpecError:
        """The same problems, as those of a part of another object.

        Args:
            owner: Name of the other object.
            *path: Names from there down to the part.
        """
        return SpecError(owner, [Problem((*path, *one.path), one.message) for one in self.problems])

    def _line(self, problem: Problem) -> str:
        path = [cut(name, _LONGEST_NAME) or repr(name) for name in problem.path]
        *owners, field = path or [""]
        owner = ".".join(owners) or self.owner
        return f"{owner}: {field} {problem.message}".replace("  ", " ")


class EnergyBalanceError(RuntimeError):
    """The energy balance does not close. This is a defect of a participant's code, not of the input."""


class OscillationError(RuntimeError):
    """Participants react to each other endlessly at one instant, so that the clock cannot advance."""


_MOST_LISTED = 40
"""Words beyond which a list of all known ones helps nobody."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a message: the known words nearest to a word, or all known words if none is near."""
    words = sorted(filter(None, known))
    close = difflib.get_close_matches(word[:_SHOWN], words, n=3, cutoff=0.5)
    offered = close or (words if len(words) <= _MOST_LISTED else [])
    return f"; {'nearest' if close else 'known'}: {', '.join(map(cut, offered))}" if offered else ""


def shortened(value: Any) -> str:
    """A value as shown in messages, shortened to 80 characters.

    Only as much of the value is read as is shown. Its size, its depth and whether it contains itself do not
    matter.
    """
    if isinstance(value, date):
        return value.isoformat()
    text = ""
    for piece in _pieces(value):
        text += piece
        if len(text) > _SHOWN:
            break
    return cut(text)


def cut(text: str, most: int = _SHOWN) -> str:
    """A text, cut to a number of characters."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _pieces(value: Any) -> Iterator[str]:
    """The representation of a value in pieces, none of which is long."""
    if type(value) is dict:
        yield "{"
        for place, (key, inner) in enumerate(value.items()):
            yield ", " if place else ""
            yield from _pieces(key)
            yield ": "
            yield from _pieces(inner)
        yield "}"
    elif type(value) in {list, tuple}:
        opening, closing = "[]" if isinstance(value, list) else "()"
        yield opening
        for place, inner in enumerate(value):
            yield ", " if place else ""
            yield from _pieces(inner)
        yield f",{closing}" if closing == ")" and len(value) == 1 else closing
    elif isinstance(value, str | bytes):
        yield repr(value[:_SHOWN])
    elif type(value) is int and value.bit_length() > _LONG_BITS:
        yield f"a whole number of {value.bit_length()} bits"
    else:
        yield repr(value)


_LONG_BITS = 10_000
"""Bits beyond which a whole number is not written out, which takes long and is refused by Python."""
