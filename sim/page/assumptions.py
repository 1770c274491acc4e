"""The assumptions of a run: what its participants want known, and defaults that nobody has verified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.campus.schema import FieldRow, field_rows, sections
from sim.report.document import Item, Items, Paragraph, Part, Table
from sim.report.phrases import counted
from sim.runs.run import Run
from sim.spec import Spec

_FAMILIES = ("servers", "supply", "demand", "agreements")
_FACILITY, _COOLING = "facility", "cooling"
_HEADS = ("participant", "field", "value", "meaning and source")
_UNKNOWN = "the others are of kinds, or of a version, that this installation does not have"


def assumptions(run: Run) -> tuple[Part, ...]:
    """The assumptions as parts of a document."""
    notes = [Item("Run", remark) for remark in run.books.remarks]
    notes += [Item(one.name, one.caveat) for one in run.books.participants if one.caveat]
    rows = [row for name, data, spec in _specs(run.model) for row in _rows(name, data, spec)]
    count = sum(one.unverified for one in run.books.participants)
    parts: list[Part] = [Items(tuple(notes))] if notes else []
    parts.append(Paragraph(f"{counted(count, 'default')} unverified or assumed."))
    if rows:
        parts.append(Table(_HEADS, tuple(rows), words=len(_HEADS)))
    if len(rows) != count:
        parts.append(Paragraph(f"{len(rows)} of them are listed: {_UNKNOWN}."))
    return tuple(parts)


def _specs(model: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], type[Spec]]]:
    """Each participant with its values and the spec of its kind, as far as the kind is known."""
    known = sections()
    if _FACILITY in model:
        facility = model[_FACILITY]
        yield _FACILITY, facility, known[_FACILITY]
        if _COOLING in facility:
            yield f"{_FACILITY}.{_COOLING}", facility[_COOLING], known[facility[_COOLING]["kind"]]
    for family in _FAMILIES:
        for name, data in (model.get(family) or {}).items():
            kind = data.get("kind", family)
            if kind in known:
                yield name, data, known[kind]


def _rows(name: str, data: dict[str, Any], spec: type[Spec]) -> Iterator[tuple[str, ...]]:
    """The defaults of a participant that are unverified and that the campus leaves as they are."""
    told = {row.name: row for row in field_rows(spec)}
    for field, info in spec.unverified_fields().items():
        if data.get(field) == info.default:
            yield name, field, _value(told[field]), told[field].meaning


def _value(row: FieldRow) -> str:
    return f"{row.default} {row.unit}".rstrip()
