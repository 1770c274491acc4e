"""The values of points as tables and JSON have them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def column(values: Sequence[Any]) -> list[Any]:
    """Values as a column of a table: numbers or text as they are, anything else or a mixture as JSON text."""
    kinds = {type(value) for value in values}
    if kinds <= {bool, int, float} or kinds == {str}:
        return list(values)
    return [value if isinstance(value, str) else json.dumps(plain(value), sort_keys=True) for value in values]


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
