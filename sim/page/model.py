"""The model in a page: the campus as TOML, and what is needed to repeat its run."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from sim.campus.run_plan import RunPlan, record_said
from sim.files.formats import format_of
from sim.report.document import Document, Item, Items, Paragraph, Part
from sim.report.html import Html, element, joined, to_html
from sim.report.numbers import duration
from sim.runs.run import Run
from sim.spec import hash_of

MOST_VALUES = 1000
"""Longest list that a page shows whole; it is a series of recorded values."""
_KEPT = 3
_TOML = Path("campus.toml")


def model(run: Run) -> Html:
    """Seed, version and hash, and the campus as a file that `dcgrid run` takes."""
    plan = RunPlan(days=run.days, seed=run.seed, record=record_said(run.record_s)).to_dict()
    shown, shortened = shortened_model({**run.model, "run": plan})
    parts: list[Part] = [
        Items(
            (
                Item("Length", duration(run.days)),
                Item("Seed", str(run.seed)),
                Item("Version", f"dcgrid {run.version}"),
                Item("Timezone", run.timezone),
                Item("Hash of the model", hash_of(_folded(run.model))),
            )
        )
    ]
    if shortened:
        told = "; ".join(f"{path} has {count:,} values" for path, count in shortened.items())
        parts.append(
            Paragraph(
                f"Lists of more than {MOST_VALUES:,} values are cut to their first {_KEPT}: {told}. "
                "The saved folder has them all (dcgrid export)."
            )
        )
    text = element("pre", format_of(_TOML).dump(shown), tabindex="0")
    return joined(to_html(Document("", tuple(parts))), element("details", element("summary", "TOML"), text))


def shortened_model(model: dict[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
    """A campus with its long lists cut, and the length of each that was, by its path."""
    shortened: dict[str, int] = {}
    return _shortened(model, (), shortened), shortened


def _folded(value: Any) -> Any:
    """Plain data with each long list of numbers replaced by a hash of it, for the whole to be hashed fast."""
    if isinstance(value, dict):
        return {name: _folded(inner) for name, inner in value.items()}
    if isinstance(value, list) and len(value) > MOST_VALUES and isinstance(value[0], float):
        return sha256(np.asarray(value, dtype=np.float64).tobytes()).hexdigest()
    return value


def _shortened(value: Any, path: tuple[str, ...], found: dict[str, int]) -> Any:
    """Plain data with long lists cut; their lengths are noted by path."""
    if isinstance(value, dict):
        return {name: _shortened(inner, (*path, name), found) for name, inner in value.items()}
    if isinstance(value, list):
        if len(value) > MOST_VALUES:
            found[".".join(path)] = len(value)
            return value[:_KEPT]
        return [_shortened(inner, (*path, str(at)), found) for at, inner in enumerate(value)]
    return value
