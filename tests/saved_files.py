"""The files of saved results, as tests compare them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TIMES = {"loop_s", "wall_s"}
"""What `summary.json` says of how long the run took; no two runs take equally long."""


def files(folder: Path) -> dict[str, Any]:
    """The bytes of each file, and `summary.json` as a table without the times of the run."""
    found: dict[str, Any] = {entry.name: entry.read_bytes() for entry in folder.iterdir()}
    summary = json.loads(found["summary.json"])
    assert summary.keys() >= TIMES
    found["summary.json"] = json.dumps({key: part for key, part in summary.items() if key not in TIMES})
    return found
