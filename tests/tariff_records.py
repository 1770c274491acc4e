"""Records of the Utility Rate Database, made up for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def hours(*ranges: tuple[int, int]) -> list[int]:
    """A period for each hour of the day: (hour at which it ends, period)."""
    found: list[int] = []
    for until, period in ranges:
        found += [period] * (until - len(found))
    return found


def record(**fields: Any) -> dict[str, Any]:
    """A record with one rate of 80 USD/MWh, and what else is given."""
    return {
        "label": "a1",
        "utility": "Valley Power",
        "name": "Large",
        "sector": "Industrial",
        "energyratestructure": [[{"rate": 0.08, "unit": "kWh"}]],
        **fields,
    }


def write(path: Path, *records: dict[str, Any]) -> Path:
    """Write a record, or several as the interface of the database answers."""
    path.write_text(json.dumps(records[0] if len(records) == 1 else {"items": records}))
    return path
