"""The golden values, and what it means to be equal to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

VALUES = Path(__file__).parent / "golden_values.json"


def golden() -> dict[str, Any]:
    return dict(json.loads(VALUES.read_text(encoding="utf-8")))


def leaves(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(values, dict):
        for key, inner in values.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    else:
        yield path, values


def assert_golden(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Every value that was written down is there and equal to 1e-12 of it, or of what the residual is of."""
    turnover = max([1.0, *(abs(value) for _, value in leaves(wanted) if isinstance(value, float))])
    there = dict(leaves(found))
    for path, value in leaves(wanted):
        assert path in there, path
        if path == "settlements":  # two instants that meet to rounding are one or two, by the last digit
            assert there[path] == pytest.approx(value, rel=1e-4), path
        elif value is None or isinstance(value, int):
            assert there[path] == value, path
        else:
            slack = 1e-9 * turnover if path.endswith("residual_mwh") else 1e-12
            assert there[path] == pytest.approx(value, rel=1e-12, abs=slack), path
