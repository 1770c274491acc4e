"""The schema: the allowed content of a campus file, for editors and readers, generated from the code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime
from pydantic.fields import FieldInfo
from pydantic.json_schema import models_json_schema

from sim.campus import Campus, RunPlan, Target
from sim.compute.servers import ServerPool
from sim.demand.facility import Facility
from sim.economics.economics import Economics
from sim.errors import SpecError
from sim.files.offers import import_offered
from sim.spec import Kind, Spec, unknown_kind
from sim.timeseries.profile import Varying
from sim.units import allowed, marks, unit_of

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: dict[Any, str] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "file",
    AwareDatetime: "time with its offset from UTC",
    datetime: "date or time",
    date: "date",
    dict: "table by name",
    tuple: "list",
}


@dataclass(frozen=True)
class FieldRow:
    """A field as a row of a reference table.

    Attributes:
        name: Name.
        type: Type in words.
        unit: Unit; empty if it has none.
        default: Default as written in a file, or `required`.
        allowed: Range in words; empty if there is none.
        meaning: Description, with the source of the default.
    """

    name: str
    type: str
    unit: str
    default: str
    allowed: str
    meaning: str


def json_schema() -> dict[str, Any]:
    """The JSON schema of a campus, with all registered kinds."""
    families = Kind.__subclasses__()
    members = [member for family in families for member in family.members.values()]
    specs: list[type[Spec]] = [Campus, *families, *members]
    places, whole = models_json_schema([(spec, "validation") for spec in specs])
    definitions: dict[str, Any] = whole["$defs"]

    def place(spec: type[Spec]) -> str:
        return str(places[spec, "validation"]["$ref"])

    for member in members:
        entry = definitions[place(member).rpartition("/")[2]]
        entry["required"] = ["kind", *(name for name in entry.get("required", []) if name != "kind")]
    for family in families:
        definitions[place(family).rpartition("/")[2]] = {
            "description": _flat(family.__doc__),
            "discriminator": {"propertyName": "kind"},
            "oneOf": [{"$ref": place(member)} for member in family.members.values()],
        }
    return {"$schema": _DRAFT, "title": "dcgrid campus", "$ref": place(Campus), "$defs": definitions}


def families() -> dict[str, type[Kind]]:
    """The families of kinds by name, such as `tariff`."""
    return {family.__name__.removesuffix("Model").lower(): family for family in Kind.__subclasses__()}


def sections() -> dict[str, type[Spec]]:
    """All specs with fields: first those named in a campus file, then the parts of these."""
    kinds = {
        name: member for family in Kind.__subclasses__() for name, member in sorted(family.members.items())
    }
    tables: dict[str, type[Spec]] = {
        "campus": Campus,
        "run": RunPlan,
        "target": Target,
        "facility": Facility,
        "economics": Economics,
        "servers": ServerPool,
    }
    named: dict[str, type[Spec]] = {**tables, **kinds}
    parts = [part for spec in named.values() for part in _parts(spec)]
    inner = {part.__name__: part for part in parts if part not in named.values()}
    return {**named, **dict(sorted(inner.items()))}


def _parts(spec: type[Spec]) -> list[type[Spec]]:
    """The specs nested in a spec, at any depth, without kinds, which are listed by name."""
    found: list[type[Spec]] = []
    waiting: list[Any] = [field.annotation for field in spec.model_fields.values()]
    while waiting:
        here = waiting.pop()
        waiting += get_args(here)
        is_part = isinstance(here, type) and issubclass(here, Spec) and not issubclass(here, Kind)
        if is_part and here not in found:
            waiting += [field.annotation for field in here.model_fields.values()]
            found.append(here)
    return found


def section(name: str) -> type[Spec]:
    """The spec of a section; an installed package may offer the kind.

    Raises:
        SpecError: If no section has that name.
    """
    if name not in sections():
        import_offered(name, owner="schema")
    known = sections()
    if name not in known:
        raise SpecError("schema", [unknown_kind(name, [*families(), *known])])
    return known[name]


def field_rows(spec: type[Spec]) -> list[FieldRow]:
    """The fields of a spec, in their order."""
    return [_row(name, field) for name, field in spec.model_fields.items()]


def _row(name: str, field: FieldInfo) -> FieldRow:
    limits = [mark for mark in marks(field) if isinstance(mark, Varying)]
    form = "number or profile" if limits else _type_said(field.annotation)
    message = _flat(field.description)
    return FieldRow(name, form, unit_of(field), _default(field), allowed(field), message)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ({}, ()):
        return "none"
    if isinstance(value, Spec):
        return value.title()
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _type_said(annotation: Any) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type_said(parts[0])
    if origin in {Union, UnionType}:
        return " or ".join(_type_said(part) for part in parts if part is not NoneType)
    if origin is Literal:
        return " or ".join(repr(part) for part in parts)
    if origin in _TYPES:
        inner = _type_said([part for part in parts if part is not Ellipsis][-1])
        return f"{_TYPES[origin]} of {inner}"
    if annotation in _TYPES:
        return _TYPES[annotation]
    return str(getattr(annotation, "__name__", annotation))


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())
