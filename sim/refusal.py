"""The refusal: the problems of an input in our own words, from what the validator found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from numbers import Real
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sim.errors import Problem, SpecError, nearest, shortened
from sim.units import allowed, marks, unit_of

_TIME = "a time with its offset from UTC, such as 2025-01-01T00:00:00-05:00"
_MOST_PROBLEMS = 100
"""Problems of one input that are listed."""
_WORDS: dict[Any, str] = {
    bool: "true or false",
    str: "text",
    Path: "the path of a file",
    AwareDatetime: _TIME,
    dict: "a table by name",
    tuple: "a list",
    list: "a list",
}


def problems_of(error: ValidationError, owner: type[BaseModel]) -> list[Problem]:
    """The problems that the validator found in an input.

    Args:
        error: What it found.
        owner: What was to be made of the input.
    """
    found: list[Problem] = []
    lines = error.errors(include_url=False)
    faulty = {line["loc"][: len(line["loc"]) - 1] for line in lines}
    for line in lines:
        if line["type"] == "too_short" and line["loc"] in faulty | {loc[:-1] for loc in faulty}:
            continue  # a list with a faulty element counts as too short
        if len(found) >= _MOST_PROBLEMS:
            return [*found[:_MOST_PROBLEMS], Problem((), "further problems are not listed")]
        if line["loc"][-1:] == ("[key]",):
            found.append(_not_text(line["input"], line["loc"][:-2]))
            continue
        path = path_of(line["loc"])
        cause = line.get("ctx", {}).get("error")
        if isinstance(cause, SpecError):
            found += [Problem(path + inner.path, inner.message) for inner in cause.problems]
        else:
            found.append(Problem(path, _said(line, owner)))
    return found


@contextmanager
def refusing(owner: type[BaseModel], title: str, values: dict[str, Any]) -> Iterator[None]:
    """Say in our words what the validator finds in the values of an object while it is made.

    Args:
        owner: Class of the object.
        title: Its name in messages.
        values: Its values.

    Raises:
        SpecError: If it finds something.
    """
    try:
        yield
    except ValidationError as error:
        raise SpecError(title, problems_of(error, owner)) from None
    except TypeError:  # a table inside has a key that cannot be the name of a field
        problems = [*_unnamed(values)]
        if not problems:
            raise
        raise SpecError(title, problems) from None


def path_of(places: Sequence[str | int]) -> tuple[str, ...]:
    """The path to a field as names; elements of a list are written as `windows[0]`."""
    path: list[str] = []
    for place in places:
        if isinstance(place, int) and path:
            path[-1] += f"[{place}]"
        else:
            path.append(str(place))
    return tuple(path)


def _unnamed(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Problem]:
    """The keys in plain data that are not text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                yield _not_text(key, path)
            yield from _unnamed(inner, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _unnamed(inner, (*path, place))


def _not_text(key: Any, path: tuple[str | int, ...]) -> Problem:
    return Problem(path_of(path), f"has the key {shortened(key)}, which is not text")


def with_unit(value: Any, unit: str) -> str:
    """A value as refused, with its unit if it is a number: `= 95 pu`, but `= 'abc'`."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    return f"= {shortened(value)} {unit if is_number else ''}".rstrip()


def _said(line: Any, owner: type[BaseModel]) -> str:
    name = str(line["loc"][-1]) if line["loc"] else ""
    if line["type"] == "extra_forbidden":
        return f"is unknown{nearest(name, owner.model_fields)}"
    field = _field_at(owner, line["loc"])
    unit = unit_of(field)
    if line["type"] == "missing":
        return f"is missing{f' [{unit}]' if unit else ''}"
    shown = with_unit(line["input"], unit)
    cause = line.get("ctx", {}).get("error")
    if field is None or (isinstance(cause, ValueError) and AwareDatetime not in _kinds(field)):
        return f"{shown}; {cause or 'not allowed here'}"
    return f"{shown}; allowed: {_expected(field)}"


def _field_at(owner: type[BaseModel], places: Sequence[str | int]) -> FieldInfo | None:
    """The field at a path, or the element of a field as if it were one; None if the path leads nowhere."""
    here: FieldInfo | None = None
    inside: Any = owner
    for place in places:
        if isinstance(inside, type) and issubclass(inside, BaseModel):
            here = inside.model_fields.get(str(place))
        else:
            inner = get_args(inside)
            at = place if isinstance(place, int) and Ellipsis not in inner and place < len(inner) else -1
            bare = inner if at >= 0 else [part for part in inner if part is not Ellipsis]
            here = FieldInfo.from_annotation(bare[at]) if bare else None
        if here is None:
            return None
        inside = next(iter(_kinds(here)), None)
    return here


def _kinds(field: FieldInfo) -> list[Any]:
    """The types that a field allows, without their annotations; that of a list or table with its elements."""
    annotation = field.annotation
    parts = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)
    bare = [get_args(part)[0] if get_origin(part) is Annotated else part for part in parts]
    return [part for part in bare if part is not NoneType]


def _expected(field: FieldInfo) -> str:
    """What a field allows, in words."""
    return " or ".join(_word(kind, field) for kind in _kinds(field))


def _word(kind: Any, field: FieldInfo) -> str:
    origin = get_origin(kind) or kind
    if origin is Literal:
        return " or ".join(repr(part) for part in get_args(kind))
    if origin in {int, float}:
        limits, unit = allowed(field), unit_of(field)
        number = "a whole number" if origin is int else "a finite number"
        return f"{number} {limits} {unit}".rstrip() if limits else f"{number}{f' in {unit}' if unit else ''}"
    if isinstance(origin, type) and issubclass(origin, BaseModel):
        return "a table with its kind" if "kind" in origin.model_fields else "a table of fields"
    return f"{_WORDS.get(origin, getattr(origin, '__name__', str(origin)))}{_length(origin, field)}"


def _length(origin: Any, field: FieldInfo) -> str:
    """How long a text or a list may be, in words; empty if it may be of any length."""
    parts = ("character", "characters") if origin is str else ("entry", "entries")
    words = {"min_length": "at least", "max_length": "at most"}
    found = [
        f"{words[name]} {length:,} {parts[length != 1]}"
        for mark in marks(field)
        for name in words
        if (length := getattr(mark, name, None)) is not None
    ]
    return f" of {' and '.join(found)}" if found else ""
