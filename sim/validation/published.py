"""The published reference value: what the simulator is compared with, as data.

The references stand in `published.toml` beside this module, each once, with unit, tolerance, source and
whether the primary source was checked. Scenarios take their inputs from there, and compare what a run gives
with what is published.
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
"""What a run gives; a pair also holds the reference that was computed together with the run."""


class ReferenceMissingError(RuntimeError):
    """A reference of a case is not available: a file of data, or another program."""


class Reference(Spec):
    """A published number, or a question to which no answer is published."""

    about: str
    """What it is, in words."""
    unit: str
    """Its unit."""
    source: str
    """Where it is published."""
    value: float | None = None
    """The number; none if the reference is computed together with the run, or nothing is published."""
    tolerance: float | None = Field(default=None, gt=0)
    """Largest allowed difference of a run, relative to the number."""
    tolerance_abs: float | None = Field(default=None, gt=0)
    """The same in the unit of the number."""
    kind: Literal["published", "claim", "computed", "answer"] = "published"
    """Whether it must be reproduced, may not hold, is computed with the run, or is the answer of the run."""
    confirmed: bool = False
    """Whether the primary source was checked; otherwise it is quoted second hand."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.value is None) != (self.kind in {"computed", "answer"}):
            raise self.refuse("value", f"a number if published or claimed, none for kind = {self.kind!r}")
        given = [self.tolerance, self.tolerance_abs].count(None)
        if given != (2 if self.kind == "answer" else 1):
            raise self.refuse("tolerance", "this or tolerance_abs, except for an answer")
        return self


class Case(Spec):
    """A published case: what its source states, and the reference values of a run."""

    about: str
    """What it is about, in words."""
    data: str = ""
    """The file of reference data it needs, under the folder of `DCGRID_DATA`; none if empty."""
    inputs: dict[str, Any] = Field(default_factory=dict)
    """What the source states and a scenario takes, with units in the names."""
    references: dict[str, Reference]
    """The reference values by name."""


@dataclass(frozen=True)
class Row:
    """A reference value and the simulated one.

    Attributes:
        case: The case.
        reference: The reference, as published.
        published: The number that the run is compared with, or None.
        simulated: What the run gave.
    """

    case: str
    reference: Reference
    published: float | None
    simulated: float

    @property
    def tolerance(self) -> float | None:
        """Largest allowed difference [unit of the reference]."""
        if self.published is None:
            return None
        if self.reference.tolerance is None:
            return self.reference.tolerance_abs
        return self.reference.tolerance * abs(self.published)

    @property
    def difference(self) -> float | None:
        """The simulated number minus the published one [unit of the reference]."""
        return None if self.published is None else self.simulated - self.published

    @property
    def verdict(self) -> str:
        """Whether the reference was reproduced, in a word."""
        if self.difference is None or self.tolerance is None:
            return ANSWER
        within = abs(self.difference) <= self.tolerance
        if self.reference.kind == "claim":
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
        part: A part of the inputs, such as a model; all inputs if empty.
    """
    stated = cases()[case].inputs
    return dict(stated[part]) if part else dict(stated)


def stated(case: str, name: str) -> float:
    """A published number, for use in a text.

    Raises:
        ValueError: If nothing is published.
    """
    value = cases()[case].references[name].value
    if value is None:
        raise ValueError(f"{case}: nothing is published for {name}")
    return value


def compare(case: str, values: Mapping[str, Value]) -> list[Row]:
    """Compare what a run gave with what is published.

    Args:
        case: The case.
        values: Simulated numbers by name of the reference, for all of the case; with the reference if it is
            computed.

    Raises:
        KeyError: If a reference of the case has no value, or a value no reference.
    """
    references = cases()[case].references
    if strange := sorted(set(references) ^ set(values)):
        raise KeyError(
            f"{case}: {strange[0]} is not in both the table and the run{nearest(strange[0], references)}"
        )
    return [_row(case, reference, values[name]) for name, reference in references.items()]


def agreement(rows: Iterable[Row]) -> str:
    """In words, whether the reference values that must be reproduced were."""
    judged = [row for row in rows if row.verdict in {REPRODUCED, MISSED}]
    missed = [row.reference.about for row in judged if row.verdict == MISSED]
    if missed:
        return f"no, {len(missed)} of {len(judged)} reference values missed: {', '.join(missed)}"
    return f"yes, {len(judged)} of {len(judged)} reference values within their tolerance"


def reference_table(rows: Iterable[Row]) -> str:
    """Published and simulated numbers as a Markdown table."""
    heads = ("case", "metric", "source", "verdict", "unit", "published", "simulated", "tolerance")
    cells = tuple(
        (
            row.case,
            row.reference.about,
            source_text(row.reference),
            row.verdict,
            row.reference.unit,
            number(row.published),
            number(row.simulated),
            tolerance_text(row),
        )
        for row in rows
    )
    return to_markdown(Document("", (Table(heads, cells, words=5, keys=2),)))


def number(value: float | None) -> str:
    """A number with four to six significant digits, or a dash."""
    if value is None:
        return "-"
    size = abs(value)
    places = 0 if size >= 1e4 else 1 if size >= 1e2 else 2 if size >= 10.0 else 4 if size < 1.0 else 3  # noqa: PLR2004 - four to six digits
    return f"{value:,.{places}f}"


def tolerance_text(row: Row) -> str:
    """The tolerance as the table shows it."""
    reference = row.reference
    if reference.tolerance is not None:
        return f"{100.0 * reference.tolerance:g} %"
    if reference.tolerance_abs is None:
        return "-"
    return f"{reference.tolerance_abs:g} {'points' if reference.unit == '%' else reference.unit}"


def source_text(reference: Reference) -> str:
    """The source, marked if it is quoted second hand."""
    confirmed = reference.confirmed or reference.kind == "answer"
    return reference.source if confirmed else f"{reference.source} (second hand)"


def data_file(name: str) -> Path:
    """A file of reference data, in the folder that the variable `DCGRID_DATA` names.

    Raises:
        ReferenceMissingError: If it does not exist.
    """
    folder = os.environ.get("DCGRID_DATA")
    if not folder:
        raise ReferenceMissingError(f"{name} is needed; set DCGRID_DATA to the folder that holds it")
    path = Path(folder) / name
    if not path.is_file():
        raise ReferenceMissingError(f"{path} does not exist")
    return path


def _row(case: str, reference: Reference, value: Value) -> Row:
    if isinstance(value, tuple):
        return Row(case, reference, value[1], value[0])
    return Row(case, reference, reference.value, value)
