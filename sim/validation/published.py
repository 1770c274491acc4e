"""The published figure: what the simulator is held against, as data.

The figures stand in `published.toml` beside this module, each once, with unit, tolerance, source and
whether the primary source says it. Scenarios take their inputs from there, and set what a run gives
beside what is published.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from sim.errors import nearest
from sim.report.document import Document, Table
from sim.report.markdown import to_markdown
from sim.spec import Spec

REPRODUCED = "reproduced"
MISSED = "MISSED"
HOLDS = "holds"
FAILS = "does not hold"
ANSWER = "answer"

Value = float | tuple[float, float]
"""What a run gives, or what it gives and the reference that was computed beside it."""


class ReferenceMissingError(RuntimeError):
    """Something a case is held against is not there: a file of data, or another program."""


class Reference(Spec):
    """A published number, or a question that nothing published answers."""

    about: str
    """What it is, in words."""
    unit: str
    """Its unit."""
    source: str
    """Where it stands."""
    value: float | None = None
    """The number; none where the reference is computed beside the run, or nothing is published."""
    tolerance: float | None = Field(default=None, gt=0)
    """How far a run may be away, relative to the number."""
    tolerance_abs: float | None = Field(default=None, gt=0)
    """The same in the figure's own unit."""
    kind: Literal["figure", "claim", "reference", "answer"] = "figure"
    """Whether it must be reproduced, may turn out not to hold, is computed, or is the run's own."""
    confirmed: bool = False
    """Whether the primary source says it; otherwise it is quoted at second hand."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.value is None) != (self.kind in {"reference", "answer"}):
            raise self.refuse("value", f"a number for a figure or a claim, none for kind = {self.kind!r}")
        given = [self.tolerance, self.tolerance_abs].count(None)
        if given != (2 if self.kind == "answer" else 1):
            raise self.refuse("tolerance", "this or tolerance_abs, except for an answer")
        return self


class Case(Spec):
    """A published case: what its source states, and the figures a run must give."""

    about: str
    """What it is about."""
    data: str = ""
    """The file of reference data it needs, under the folder of `DCGRID_DATA`; none if empty."""
    inputs: dict[str, Any] = Field(default_factory=dict)
    """What the source states and a scenario takes, with units in the names."""
    figures: dict[str, Reference]
    """The figures by name."""


@dataclass(frozen=True)
class Row:
    """A published figure beside the simulated one.

    Attributes:
        case: The case.
        figure: The figure, as published.
        published: The number it is held against, or None.
        simulated: What the run gave.
    """

    case: str
    figure: Reference
    published: float | None
    simulated: float

    @property
    def tolerance(self) -> float | None:
        """How far the simulated number may be away [figure's unit]."""
        if self.published is None:
            return None
        if self.figure.tolerance is None:
            return self.figure.tolerance_abs
        return self.figure.tolerance * abs(self.published)

    @property
    def difference(self) -> float | None:
        """The simulated number less the published one [figure's unit]."""
        return None if self.published is None else self.simulated - self.published

    @property
    def verdict(self) -> str:
        """Whether the figure was reproduced, in a word."""
        if self.difference is None or self.tolerance is None:
            return ANSWER
        within = abs(self.difference) <= self.tolerance
        if self.figure.kind == "claim":
            return HOLDS if within else FAILS
        return REPRODUCED if within else MISSED


@cache
def cases() -> dict[str, Case]:
    """All published cases by name."""
    text = files("sim.validation").joinpath("published.toml").read_text(encoding="utf-8")
    return {name: Case(**entry) for name, entry in tomllib.loads(text).items()}


def inputs(case: str, part: str = "") -> dict[str, Any]:
    """What the source of a case states.

    Args:
        case: The case.
        part: One of the things it speaks of, such as a model; all that is not divided if empty.
    """
    stated = cases()[case].inputs
    return dict(stated[part]) if part else dict(stated)


def stated(case: str, figure: str) -> float:
    """A published number, for a text that speaks of it.

    Raises:
        ValueError: If nothing is published.
    """
    value = cases()[case].figures[figure].value
    if value is None:
        raise ValueError(f"{case}: nothing is published for {figure}")
    return value


def compare(case: str, values: Mapping[str, Value]) -> list[Row]:
    """Set what a run gave beside what is published.

    Args:
        case: The case.
        values: Simulated numbers by figure, all of the case's; with the reference where it is computed.

    Raises:
        KeyError: If figures of the case are missing from the values, or the other way round.
    """
    figures = cases()[case].figures
    if strange := sorted(set(figures) ^ set(values)):
        raise KeyError(
            f"{case}: {strange[0]} is not in both the table and the run{nearest(strange[0], figures)}"
        )
    return [_row(case, figure, values[name]) for name, figure in figures.items()]


def reference_table(rows: Iterable[Row]) -> str:
    """Published and simulated numbers as a Markdown table."""
    heads = ("case", "figure", "source", "verdict", "unit", "published", "simulated", "tolerance")
    cells = tuple(
        (
            row.case,
            row.figure.about,
            source_text(row.figure),
            row.verdict,
            row.figure.unit,
            number(row.published),
            number(row.simulated),
            tolerance_text(row),
        )
        for row in rows
    )
    return to_markdown(Document("", (Table(heads, cells, words=5, keys=2),)))


def number(value: float | None) -> str:
    """A number with as many digits as a reader wants, or a dash."""
    if value is None:
        return "-"
    size = abs(value)
    places = 0 if size >= 1e4 else 1 if size >= 1e2 else 2 if size >= 10.0 else 4 if size < 1.0 else 3  # noqa: PLR2004 - four to six digits
    return f"{value:,.{places}f}"


def tolerance_text(row: Row) -> str:
    """The tolerance as the table of figures has it."""
    figure = row.figure
    if figure.tolerance is not None:
        return f"{100.0 * figure.tolerance:g} %"
    if figure.tolerance_abs is None:
        return "-"
    return f"{figure.tolerance_abs:g} {'points' if figure.unit == '%' else figure.unit}"


def source_text(figure: Reference) -> str:
    """The source, with a word where it is second hand."""
    return figure.source if figure.confirmed or figure.kind == "answer" else f"{figure.source} (second hand)"


def data_file(name: str) -> Path:
    """A file of reference data, in the folder that the variable `DCGRID_DATA` names.

    Raises:
        ReferenceMissingError: If it is not there.
    """
    folder = os.environ.get("DCGRID_DATA")
    if not folder:
        raise ReferenceMissingError(f"DCGRID_DATA names no folder with {name}")
    path = Path(folder) / name
    if not path.is_file():
        raise ReferenceMissingError(f"{path} does not exist")
    return path


def _row(case: str, figure: Reference, value: Value) -> Row:
    if isinstance(value, tuple):
        return Row(case, figure, value[1], value[0])
    return Row(case, figure, figure.value, value)
