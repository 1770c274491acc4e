"""The campuses of points as TOML files, by what they have in common: each is given back exactly.

A file is a row of tables. A table that the first campus has too is named by its number there; of one that has
changed, the lines between the first and the last that differ are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.campus.run_plan import RunPlan
from sim.files.formats import format_of
from sim.page.model import shortened_model

MOST_SIGNS = 2**20
"""Longest TOML of a campus that is in a page whole; of a longer one, long lists are cut."""
_TOML = Path("campus.toml")
_TABLE = re.compile(r"^(?=\[)", re.MULTILINE)
_FAMILIES = ("servers", "supply", "demand", "agreements")

Piece = int | str | list[Any]
"""A table of a file: its number among those of the first, its text, or what of the first has changed: number,
lines that are the same at its beginning and at its end, and the lines between them."""


class PointFiles:
    """The campuses of points as files that `dcgrid run` takes; parts that campuses share are written once.

    Attributes:
        is_whole: Whether no list has been cut.
    """

    def __init__(self, first: dict[str, Any], *, days: float, seed: int) -> None:
        """Begin with the campus of the first point.

        Args:
            first: The campus as plain data.
            days: Length of the runs [d].
            seed: Their seed.
        """
        self._plan = RunPlan(days=days, seed=seed).to_dict()
        self._known: dict[int, list[str]] = {}
        self.is_whole = True
        self.is_whole = sum(map(len, self.tables(first))) <= MOST_SIGNS

    def tables(self, model: dict[str, Any]) -> list[str]:
        """The tables of the file of a campus, which together are the file; the campus must live as long."""
        if not self.is_whole:
            model, _ = shortened_model(model)
            return [table for _, part in self._parts(model) for table in _tables(part)]
        found: list[str] = []
        for part, data in self._parts(model):
            if id(part) not in self._known:
                self._known[id(part)] = _tables(data)
            found += self._known[id(part)]
        return found

    def _parts(self, model: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
        """The parts of a file, each as it is in the model and with the names that lead to it."""
        yield model, {name: value for name, value in model.items() if not isinstance(value, dict)}
        for name, value in model.items():
            if name in _FAMILIES and value:
                yield from ((part, {name: {each: part}}) for each, part in value.items())
            elif isinstance(value, dict):
                yield value, {name: value}
        yield self._plan, {"run": self._plan}


def pieces_of(files: Sequence[Sequence[str]]) -> tuple[list[str], list[list[Piece]]]:
    """The tables of the first file, and each file as pieces.

    Args:
        files: The tables of each file; there is one file at least.
    """
    tables = list(files[0])
    heads = {table.partition("\n")[0]: at for at, table in enumerate(tables)}
    known = {table: at for at, table in enumerate(tables)}
    return tables, [[_piece(table, tables, heads, known) for table in file] for file in files]


def _tables(data: dict[str, Any]) -> list[str]:
    """Data as tables of TOML, each with its head."""
    text = format_of(_TOML).dump(data).rstrip("\n") + "\n\n"
    return [table for table in _TABLE.split(text) if table]


def _piece(table: str, tables: Sequence[str], heads: Mapping[str, int], known: Mapping[str, int]) -> Piece:
    if table in known:
        return known[table]
    at = heads.get(table.partition("\n")[0])
    if at is None:
        return table
    before, after = tables[at].split("\n"), table.split("\n")
    most = min(len(before), len(after))
    first = next((n for n in range(most) if before[n] != after[n]), most)
    last = next((n for n in range(most - first) if before[-1 - n] != after[-1 - n]), most - first)
    return [at, first, last, after[first : len(after) - last]]
