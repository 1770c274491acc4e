"""Tables of plain text that fit the terminal."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path
from typing import Any

from sim.campus import Campus, RunPlan
from sim.campus.campus import FAMILIES
from sim.campus.schema import FieldRow, field_rows
from sim.errors import shortened
from sim.spec import Kind, Spec
from sim.timeseries.profile import CsvColumn
from sim.units import unit_of

_NARROWEST = 60
_WIDEST = 120
_GAP = "  "
_LEFT = 12
_MOST_ENTRIES = 6
"""Longest list that is shown whole."""
_SELDOM = ("agreements",)
"""Families that are told only if there is a member."""


def terminal_width() -> int:
    """Columns of the terminal, within what is readable."""
    return min(_WIDEST, max(_NARROWEST, shutil.get_terminal_size().columns))


def field_table(name: str, spec: type[Spec], width: int) -> str:
    """The fields of a spec: for each its type, default and range, and its meaning.

    Args:
        name: Name of the section in a campus file.
        spec: The spec.
        width: Columns to fill.
    """
    rows = field_rows(spec)
    head = [f"[{name}]", *_wrapped(_summary(spec), "", width), ""]
    return "\n".join([*head, *(line for row in rows for line in _field_lines(row, width))])


def kind_table(name: str, family: type[Kind], width: int) -> str:
    """The kinds of a family: for each what it is.

    Args:
        name: Name of the family.
        family: The family.
        width: Columns to fill.
    """
    lines = [f"[{name}]", *_wrapped(_summary(family), "", width), ""]
    for kind, member in sorted(family.members.items()):
        lines += [kind, *_wrapped(_summary(member), "    ", width)]
    return "\n".join([*lines, "", "dcgrid schema KIND prints the fields of a kind."])


def _summary(spec: type[Spec]) -> str:
    """What a spec is: the first paragraph of its docstring."""
    return (spec.__doc__ or "").partition("\n\n")[0]


def _field_lines(row: FieldRow, width: int) -> list[str]:
    default = "required" if row.default == "required" else f"default {row.default}"
    message = [row.type, default, row.allowed and f"allowed: {row.allowed}"]
    facts = ", ".join(part for part in message if part)
    unit = f" [{row.unit}]" if row.unit else ""
    return [
        f"{row.name}{unit}",
        *_wrapped(facts, "    ", width),
        *_wrapped(row.meaning, "    ", width),
        "",
    ]


def holdings(campus: Campus, width: int) -> str:
    """What a campus holds, by family, in a few lines.

    Args:
        campus: The campus.
        width: Columns to fill.
    """
    lines = [*_entry("campus", campus.name, width), f"{'sha256':<{_LEFT}}{campus.content_hash()}"]
    if campus.run != RunPlan():
        lines += _entry("run", "; ".join(_given(campus.run)), width)
    for family in FAMILIES:
        names = ", ".join(getattr(campus, family))
        if names or family not in _SELDOM:
            lines += _entry(family, names or "nothing", width)
    if campus.economics is not None:
        lines += _entry("economics", "; ".join(_given(campus.economics)) or "defaults", width)
    for name, source in campus.supply.items():
        for remark in source.remarks():
            lines += _entry("note", f"{name}: {remark}", width)
    return "\n".join(lines)


def _entry(name: str, text: str, width: int) -> list[str]:
    """A line that begins with a name, and its further lines below the text."""
    return textwrap.wrap(text, width, initial_indent=f"{name:<{_LEFT}}", subsequent_indent=" " * _LEFT)


def campus_table(campus: Campus, width: int) -> str:
    """A campus before the run: each participant with its size and the values given."""
    start = campus.calendar.at(0.0).isoformat()
    lines = [f"{campus.name}: starts {start}, local time {campus.timezone}", ""]
    rows: list[tuple[str, str, Spec]] = [
        ("weather", campus.weather.kind, campus.weather),
        ("facility", "", campus.facility),
    ]
    if campus.run != RunPlan():
        rows.insert(0, ("run", "", campus.run))
    for family in FAMILIES:
        parts: dict[str, Any] = getattr(campus, family)
        rows += [(f"{family}.{name}", getattr(part, "kind", ""), part) for name, part in parts.items()]
    if campus.economics is not None:
        rows.append(("economics", "", campus.economics))
        rows += [(f"economics.assets.{name}", "", asset) for name, asset in campus.economics.assets.items()]
    for name, kind, part in rows:
        lines.append(f"{name}{_GAP}{kind}".rstrip())
        lines += _wrapped("; ".join(_given(part)) or "defaults", "    ", width)
        for remark in part.remarks():
            lines += _wrapped(f"note: {remark}", "    ", width)
    return "\n".join(lines)


def _given(part: Spec) -> list[str]:
    """The size of a part and the values that differ from its defaults, in the words of a campus file."""
    message: list[str] = []
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        unit = unit_of(field)
        changed = field.is_required() or value != field.get_default(call_default_factory=True)
        if name != "kind" and (changed or (_is_size(value, unit) and value)):
            message.append(f"{name} = {_shown(value, unit)}")
    return message


def _is_size(value: Any, unit: str) -> bool:
    return unit in {"MW", "MWh"} or (isinstance(value, int) and not isinstance(value, bool))


def _shown(value: Any, unit: str) -> str:
    """A value with its unit: a profile by its range or file, a spec by its kind and the values given."""
    if isinstance(value, CsvColumn):
        factor = "" if value.scale == 1.0 else f" times {value.scale:g}"
        return f"column {value.column} of {value.csv.name}{factor}{f' [{unit}]' if unit else ''}"
    levels = value.levels() if hasattr(value, "levels") else ()
    if levels:
        ends = dict.fromkeys(f"{end:g}" for end in (min(levels), max(levels)))
        return f"{' to '.join(ends)} {unit}".rstrip()
    if isinstance(value, Spec):
        message = ", ".join(_given(value))
        return f"{type(value).title()}{f' ({message})' if message else ''}"
    if isinstance(value, tuple | dict):
        return _several(value, unit)
    if isinstance(value, Path):
        return value.name
    return f"{f'{value:.10g}' if isinstance(value, float) else shortened(value)} {unit}".rstrip()


def _several(values: tuple[Any, ...] | dict[str, Any], unit: str) -> str:
    """Several values: a table by its names, a list whole or by its length."""
    if isinstance(values, dict):
        return ", ".join(values)
    if len(values) > _MOST_ENTRIES:
        return f"{len(values)} entries"
    return f"[{'; '.join(_shown(one, unit) for one in values)}]"


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), width, initial_indent=indent, subsequent_indent=indent)
