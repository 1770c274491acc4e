"""What differs between the models of several runs: the path of each field and its value in each run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sim.campus.run_plan import record_said
from sim.errors import shortened
from sim.page.compared import Compared, named
from sim.report.html import Html, element, joined
from sim.runs.run import Run

MOST_FIELDS = 500
"""Longest table."""
_LONG = 12
"""Values of a list that is shown by its length."""
_NONE = "-"


def model_differences(runs: Sequence[Compared]) -> Html:
    """A row for each field that is not the same in all runs, with its value in each."""
    fields = [dict(_fields(_model(one.run), "")) for one in runs]
    paths = dict.fromkeys(path for one in fields for path in one)
    first, *others = fields
    differing = [path for path in paths if any(one.get(path) != first.get(path) for one in others)]
    if not differing:
        return element("p", "The models are the same, and so are length, seed and version of the runs.")
    told = f"{len(differing):,} fields differ. A run that does not have a field has a dash."
    if len(differing) > MOST_FIELDS:
        told += f" Here are the first {MOST_FIELDS:,}."
    heads = element("tr", element("th", "field"), *(element("th", named(one)) for one in runs))
    rows = (
        element(
            "tr",
            element("th", element("code", path), scope="row"),
            *(element("td", _shown(one, path)) for one in fields),
        )
        for path in differing[:MOST_FIELDS]
    )
    table = element("table", element("thead", heads), element("tbody", *rows))
    return joined(element("p", told), element("div", table, class_="wide differing", tabindex="0"))


def _model(run: Run) -> dict[str, Any]:
    """The campus of a run, how it was run, and by which version."""
    plan = {"days": run.days, "seed": run.seed, "record": record_said(run.record_s)}
    return {"run": plan, "version": run.version, **run.model}


def _fields(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The values in plain data by dotted path; a list of plain values is one."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        inner = enumerate(value)
    if not inner:
        yield path, value
    for name, one in inner:
        yield from _fields(one, f"{path}.{name}" if path else str(name))


def _shown(fields: dict[str, Any], path: str) -> str:
    if path not in fields:
        return _NONE
    value = fields[path]
    if isinstance(value, list) and len(value) > _LONG:
        return f"{len(value):,} values from {shortened(value[0])} to {shortened(value[-1])}"
    return value if isinstance(value, str) else json.dumps(value)
