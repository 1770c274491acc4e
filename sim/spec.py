"""The frozen base of all model data, validated on construction."""

from __future__ import annotations

import difflib
import hashlib
import inspect
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, get_args, get_origin

import numpy as np
from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from sim.errors import Problem, SpecError, cut, nearest, shortened
from sim.files.formats import LARGEST_FILE_BYTES, format_of, parsed, said_once
from sim.files.offers import import_offered
from sim.files.relative import is_leading, led, led_from
from sim.files.text import read_text
from sim.files.whole import whole_file
from sim.refusal import refusing, with_unit
from sim.units import unit_of

_OWN = "for a kind of your own, add --import MODULE or, in Python, import its module first"
_LONGEST_KIND = 80
"""Letters of a kind that is not known that are compared with those that are."""
_MOST_AKIN = 3
_FEW = 1000
"""Numbers of a list that count by their text in a hash."""
_UNVERIFIED = re.compile("unverified|assumed|speculative")


class Spec(BaseModel):
    """Frozen plain data that describes a part of the model.

    Field names include the unit. The docstring of a field gives the source of its default. Unknown keys are
    refused with the nearest known ones; NaN and infinity are refused.

    Raises:
        SpecError: If the data are invalid; the message gives owner, field, value, unit and allowed range.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        validate_default=True,
        ser_json_inf_nan="constants",
    )

    def __init__(self, **values: Any) -> None:
        with refusing(type(self), type(self).title(), values):
            super().__init__(**_with_led_paths(type(self), values))

    @classmethod
    def title(cls) -> str:
        """The name used in messages for an object without a name."""
        return cls.__name__

    def refuse(self, field: str, why: str) -> SpecError:
        """The error for a field that contradicts another field; `why` states the allowed values."""
        shown = with_unit(getattr(self, field), unit_of(type(self).model_fields[field]))
        return SpecError(self.title(), [Problem((field,), f"{shown}; allowed: {why}")])

    def remarks(self) -> tuple[str, ...]:
        """What a reader should know of values that are allowed but doubtful. Default: nothing."""
        return ()

    def to_dict(self) -> dict[str, Any]:
        """The spec as nested dictionaries of JSON values, without empty fields."""
        return self.model_dump(mode="json", exclude_none=True, serialize_as_any=True)

    def with_values(self, values: dict[str, Any]) -> Self:
        """A copy with some values replaced.

        Args:
            values: New values by dotted path, such as `supply.smr.modules`, or in a list `windows.0.value`.

        Raises:
            SpecError: If a path does not exist or a value is out of range.
        """
        data: Any = self
        for path, value in values.items():
            plain = value.item() if isinstance(value, np.generic) else value
            data = _replaced(self.title(), data, (), tuple(path.split(".")), plain)
        return type(self)(**data) if values else self

    def unverified(self) -> int:
        """Number of values left at a default whose docstring says unverified, assumed or speculative."""
        return sum(getattr(self, name) == default for name, default in _unverified_defaults(type(self)))

    @classmethod
    def unverified_fields(cls) -> dict[str, FieldInfo]:
        """Fields whose docstring says unverified, assumed or speculative."""
        return {name: f for name, f in cls.model_fields.items() if _UNVERIFIED.search(f.description or "")}

    def content_hash(self) -> str:
        """SHA-256 of the content. A referenced file is included by its bytes, not by its path."""
        return hash_of(self.model_dump(exclude_none=True, serialize_as_any=True))

    def contents(self) -> dict[str, Any]:
        """Its fields by name, as they are; a copy is made from them."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def dump(self, path: Path | str) -> None:
        """Write the spec to a `.toml`, `.yaml` or `.json` file; relative paths become absolute."""
        path = Path(path)
        form = format_of(path, owner=self.title())
        with led_from(Path.cwd()):
            whole = type(self)(**self.to_dict())
        with whole_file(path) as draft:
            draft.write_text(form.dump(whole.to_dict()), encoding="utf-8")

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read the spec from a `.toml`, `.yaml` or `.json` file.

        Relative paths in the file are relative to its folder, not to the working directory. The spec
        contains them as absolute paths.

        Raises:
            SpecError: If the file does not exist, is too large, cannot be parsed or has invalid content.
        """
        path = Path(path)
        format_of(path, owner=cls.title())
        try:
            text = read_text(path, LARGEST_FILE_BYTES)
            data = parsed(path, text)
            _check_table(data, cls)
        except SpecError:
            raise
        except ValueError as error:
            raise SpecError(cls.title(), [Problem(("file",), f"= {str(path)!r} {error}")]) from None
        cls.check_file(path, data)
        try:
            with led_from(path.parent.resolve()):
                return cls(**data)
        except SpecError as error:
            raise SpecError(error.owner, said_once(path, text, error.problems)) from error.__cause__

    @classmethod
    def check_file(cls, path: Path, data: dict[str, Any]) -> None:
        """Refuse a file that is known to contain something else, before its fields are read.

        Args:
            path: The file.
            data: Its content.

        Raises:
            SpecError: If it contains something else; the message says what.
        """


class Kind(Spec):
    """A spec of which there are several kinds, distinguished by the field `kind`.

    A direct subclass of `Kind` is a family. A class below it with a literal default for `kind` is a member;
    it can be built from plain data once its module is imported. A class that is defined again, for example by
    running a notebook cell twice, replaces the earlier definition. A subclass of a member without a kind of
    its own can serve as a base class but cannot be built.

    Raises:
        SpecError: If another class of the family already has this kind, or if the default of `kind` is not a
            value that its annotation allows.
    """

    kind: str
    members: ClassVar[dict[str, type[Kind]]]

    def given(self) -> dict[str, Any]:
        """Its fields that differ from their defaults, and its kind."""
        fields = {
            name: field.get_default(call_default_factory=True)
            for name, field in type(self).model_fields.items()
        }
        return {
            name: value for name, value in self.contents().items() if value != fields[name] or name == "kind"
        }

    def __init__(self, **values: Any) -> None:
        kind = type(self)
        owner = kind.members.get(kind.title(), kind)
        if owner is not kind and issubclass(kind, owner):
            raise _taken(kind, owner)
        super().__init__(**values)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Register the class in its family."""
        super().__pydantic_init_subclass__(**kwargs)
        if Kind in cls.__bases__:
            cls.members = {}
        field = cls.model_fields["kind"]
        default = field.default
        if isinstance(default, str):
            if get_origin(field.annotation) is Literal and default not in get_args(field.annotation):
                raise _contradicting(cls, field)
            former = cls.members.get(default)
            if former is None or _is_again(cls, former):
                cls.members[default] = cls
            elif "kind" in inspect.get_annotations(cls) or not issubclass(cls, former):
                raise _taken(cls, former)

    @classmethod
    def title(cls) -> str:
        """The kind, as written in files."""
        default = cls.model_fields["kind"].default
        return default if isinstance(default, str) else cls.__name__

    @classmethod
    def build(cls, value: Any) -> Any:
        """Build a member of the family from plain data; other values are returned unchanged.

        If the kind is unknown and an installed package offers it, its class is imported.
        """
        if not isinstance(value, dict):
            return value
        name = value.get("kind")
        if isinstance(name, str) and name not in cls.members:
            import_offered(name, owner=cls.__name__)
        if not isinstance(name, str) or name not in cls.members:
            raise SpecError(cls.__name__, [unknown_kind(name, cls.members)])
        return cls.members[name](**value)


@cache
def _unverified_defaults(kind: type[Spec]) -> tuple[tuple[str, Any], ...]:
    """Fields with an unverified default, and that."""
    return tuple((name, field.default) for name, field in kind.unverified_fields().items())


def _check_table(data: Any, owner: type[Spec]) -> None:
    """Refuse the content of a file that is not a table, or an empty one where a field is needed."""
    if not isinstance(data, dict):
        raise ValueError("does not contain a table of fields")  # noqa: TRY004 - bad input, like any other
    if not data and any(field.is_required() for field in owner.model_fields.values()):
        raise ValueError("is empty")


def unknown_kind(name: Any, known: Iterable[str]) -> Problem:
    """The problem of a kind that is missing, not text or unknown."""
    every = f"; known: {', '.join(map(cut, sorted(known)))}"
    if not isinstance(name, str):
        message = "is missing" if name is None else f"= {shortened(name)} is not text"
        return Problem(("kind",), f"{message}{every}")
    close = _akin(name, known)
    offered = f"; nearest: {', '.join(close)}" if close else ""
    return Problem(("kind",), f"= {shortened(name)} is unknown{offered}{every}; {_OWN}")


def _akin(name: str, known: Iterable[str]) -> list[str]:
    """Known kinds that have the initials of a name, a word of it, or much the same letters; at most three."""
    word, kinds = name[:_LONGEST_KIND].lower(), sorted(known)
    words = set(word.split("_"))
    alike = [kind for kind in kinds if "".join(part[:1] for part in kind.split("_")) == word]
    alike += [kind for kind in kinds if words & set(kind.split("_"))]
    alike += difflib.get_close_matches(word, kinds, n=_MOST_AKIN, cutoff=0.6)
    return list(dict.fromkeys(alike))[:_MOST_AKIN]


def _contradicting(kind: type[Kind], field: FieldInfo) -> SpecError:
    values = " or ".join(map(repr, get_args(field.annotation)))
    message = f"= {field.default!r}; allowed by its annotation: {values}"
    return SpecError(kind.__name__, [Problem(("kind",), message)])


def _taken(kind: type[Kind], owner: type[Kind]) -> SpecError:
    message = f"= {kind.title()!r} is already the kind of {owner.__module__}.{owner.__qualname__}"
    return SpecError(kind.__name__, [Problem(("kind",), message)])


def _is_again(new: type[Kind], former: type[Kind]) -> bool:
    """Whether a class redefines another one: same name in the same module, or identical source in a copy."""
    if new.__qualname__ != former.__qualname__:
        return False
    if new.__module__ == former.__module__:
        return True
    try:
        return inspect.getsource(new) == inspect.getsource(former)
    except (OSError, TypeError):
        return False


def _types(field: FieldInfo) -> set[Any]:
    """The types that a field allows, including those inside an optional type."""
    parts = get_args(field.annotation)
    return {field.annotation, *parts, *(inner[0] for inner in map(get_args, parts) if inner)}


def _replaced(owner: str, here: Any, before: tuple[str, ...], path: tuple[str, ...], value: Any) -> Any:
    """A copy of the data with the value at a path replaced; specs along the path become dictionaries."""
    if not path:
        return value
    if here is None and path == ("kind",):
        return {"kind": value}  # a part where there was none, with the defaults of its kind
    name, *rest = path
    inner: dict[Any, Any] = {**here} if isinstance(here, Mapping) else {}
    if isinstance(here, Kind) and name == "kind":
        inner = here.given()  # another kind has its own defaults
    elif isinstance(here, list | tuple | Spec):
        inner = here.contents() if isinstance(here, Spec) else {str(at): part for at, part in enumerate(here)}
    if name not in inner:
        offered = nearest(".".join((*before, name)), [".".join((*before, str(key))) for key in inner])
        raise SpecError(owner, [Problem((), f"{'.'.join((*before, *path))} does not exist{offered}")])
    inner = {**inner, name: _replaced(owner, inner[name], (*before, name), tuple(rest), value)}
    return list(inner.values()) if isinstance(here, list | tuple) else inner


def _with_led_paths(owner: type[Spec], values: dict[str, Any]) -> dict[str, Any]:
    """The values; relative paths are resolved against the folder of the file being loaded, if any."""
    if not is_leading():
        return values
    paths = {name for name, field in owner.model_fields.items() if Path in _types(field)}
    return {name: _led(value) if name in paths else value for name, value in values.items()}


def _led(value: Any) -> Any:
    """A path, or a list of them, resolved against the folder of the file being loaded."""
    if isinstance(value, list | tuple):
        return [_led(one) for one in value]
    return led(value) if isinstance(value, str) else value


def hash_of(contents: dict[str, Any]) -> str:
    """SHA-256 of the content of a spec, as nested dictionaries of Python values."""
    plain = json.dumps(_brief(contents), sort_keys=True, default=_hashed)
    return hashlib.sha256(plain.encode()).hexdigest()


def _brief(value: Any) -> Any:
    """A value as it is, but for long lists of numbers, which count by their bytes: as text they take long."""
    if isinstance(value, dict):
        return {name: _brief(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple) and len(value) > _FEW and {*map(type, value)} == {float}:
        numbers = np.array(value, dtype="<f8").tobytes()
        return f"numbers: {hashlib.sha256(numbers).hexdigest()}"
    return value


def _hashed(value: Any) -> str:
    """The representation in the hash of a value that JSON cannot encode."""
    if isinstance(value, Path):
        return hashlib.sha256(value.read_bytes()).hexdigest() if value.is_file() else f"missing: {value}"
    return value.isoformat() if isinstance(value, datetime) else str(value)
