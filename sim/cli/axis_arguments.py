"""The axes of a sweep as text on the command line, such as `--over solar_mw=0:200:5`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from sim.errors import nearest
from sim.sweeps.axes import Point, Ranges, grid, latin_hypercube, refusal, sobol
from sim.sweeps.base import ModelSource
from sim.sweeps.task import METRICS

_SAMPLES = {"sobol": sobol, "lhs": latin_hypercube}
_LIST = "name=a,b,c or name=first:last:count"
_RANGE = "name=lowest:highest"
_STEPS = 3


def points_said(
    over: Sequence[str], sample: str | None, is_whole: Callable[[str], bool]
) -> list[Point] | dict[str, list[Any]]:
    """The axes or the sampled points that a command line asks for.

    Args:
        over: Texts such as `modules=0:4:5`, `solar_mw=0,100,200` or, for a sample, `solar_mw=0:200`.
        sample: A text such as `sobol:64` or `lhs:64`, or None for a grid.
        is_whole: Whether a name takes whole numbers only.

    Raises:
        SpecError: For a text that cannot be read.
    """
    message = dict(map(_named, over))
    if not message:
        raise refusal("--over", f"is missing; allowed: {_LIST}")
    if len(message) < len(over):
        raise refusal("--over", f"names the same axis twice: {', '.join(over)}")
    if sample is None:
        axes = {name: _values(name, text) for name, text in message.items()}
        grid(axes)
        return axes
    kind, _, count = sample.partition(":")
    if kind not in _SAMPLES:
        raise refusal("--sample", f"= {sample!r}; allowed: sobol:count or lhs:count{nearest(kind, _SAMPLES)}")
    if not count.isdecimal():
        raise refusal(
            "--sample", f"= {sample!r}; allowed: {kind}:count with a whole number, such as {kind}:64"
        )
    ranges: Ranges = {name: _range(name, text, whole=is_whole(name)) for name, text in message.items()}
    return _SAMPLES[kind](ranges, n=int(count))


def ranges_said(vary: Sequence[str], is_whole: Callable[[str], bool]) -> Ranges:
    """The ranges of a search that a command line asks for.

    Args:
        vary: Texts such as `solar_mw=0:200`.
        is_whole: Whether a name takes whole numbers only.

    Raises:
        SpecError: For a text that cannot be read.
    """
    message = dict(_named(text, _RANGE) for text in vary)
    if not message:
        raise refusal("--over", f"is missing; allowed: {_RANGE}")
    if len(message) < len(vary):
        raise refusal("--over", f"names the same size twice: {', '.join(vary)}")
    return {
        name: _range(name, text, whole=is_whole(name), allowed=f": {_RANGE}")
        for name, text in message.items()
    }


def check_metrics(
    names: Sequence[str], source: ModelSource, axes: Collection[str] = (), *, option: str = "--figure"
) -> None:
    """Refuse a metric that no run has, before any is made.

    Which accounts the kinds of a user contribute is known only when one has run; with such kinds any name
    is accepted here, and refused with the table if it does not exist.

    Args:
        names: The metrics asked for.
        source: What the campuses are made from.
        axes: Names of what is varied, which a table can be sorted by as well.
        option: The option that names them.

    Raises:
        SpecError: Naming the nearest metrics.
    """
    for name in names:
        if name in axes or name.partition(".")[0] in METRICS or source.has_own_kinds:
            continue
        raise refusal(option, f"{name} does not exist{nearest(name, [*METRICS, *axes])}")


def axes_of(points: list[Point] | dict[str, list[Any]]) -> list[str]:
    """Names of what is varied."""
    return list(points if isinstance(points, dict) else points[0])


def _named(text: str, allowed: str = _LIST) -> tuple[str, str]:
    name, found, values = text.partition("=")
    if not (found and name.strip()):
        raise refusal("--over", f"= {text!r}; allowed: {allowed}")
    return name.strip(), values.strip()


def _values(name: str, text: str) -> list[Any]:
    if not text:
        raise refusal("--over", f"{name} has no values; allowed: {_LIST}")
    parts = text.split(":")
    if len(parts) == _STEPS and all(isinstance(_value(part), int | float) for part in parts):
        return _steps(name, text, parts)
    values = [_value(part.strip()) for part in text.split(",")]
    if "" in values:
        raise refusal("--over", f"{name} = {text!r} has an empty value; allowed: {_LIST}")
    return values


def _steps(name: str, text: str, parts: Sequence[str]) -> list[Any]:
    """Evenly spaced values; between whole numbers those that are whole stay so."""
    first, last, count = map(_value, parts)
    if not isinstance(count, int) or count < 1:
        raise refusal(
            "--over", f"{name} = {text!r} has a count of {parts[2]}; allowed: a whole number at least 1"
        )
    spaced = [float(value) for value in np.linspace(first, last, count)]
    if isinstance(first, int) and isinstance(last, int):
        return [int(value) if value.is_integer() else value for value in spaced]
    return spaced


def _range(
    name: str, text: str, *, whole: bool, allowed: str = f" for a sample: {_RANGE}"
) -> tuple[float, float] | range:
    bounds = [_value(part) for part in text.split(":")]
    if len(bounds) != 2 or not all(isinstance(bound, int | float) for bound in bounds):  # noqa: PLR2004 - two bounds
        raise refusal("--over", f"{name} = {text!r}; allowed{allowed}")
    low, high = bounds
    if whole and isinstance(low, int) and isinstance(high, int):
        return range(low, high + 1)
    return low, high


def _value(text: str) -> Any:
    """A number, true or false, or else the text itself."""
    if text in {"true", "false"}:
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
