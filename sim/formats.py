"""The formats of plain data in files, told by the ending of a file's name."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import Problem, SpecError, nearest


class Format(NamedTuple):
    """How to read and write nested dictionaries as text."""

    load: Callable[[str], Any]
    dump: Callable[[dict[str, Any]], str]


def format_of(path: Path) -> Format:
    """The format of a file.

    Raises:
        SpecError: If the ending of its name is none of them.
    """
    if path.suffix not in _FORMATS:
        raise SpecError(
            "file", [Problem((str(path),), f"has no known ending{nearest(path.suffix, _FORMATS)}")]
        )
    return _FORMATS[path.suffix]


def _load_yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _dump_yaml(data: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(data, sort_keys=False)


def _dump_toml(data: dict[str, Any]) -> str:
    import tomli_w

    return tomli_w.dumps(data)


_FORMATS = {
    ".toml": Format(tomllib.loads, _dump_toml),
    ".yaml": Format(_load_yaml, _dump_yaml),
    ".yml": Format(_load_yaml, _dump_yaml),
    ".json": Format(json.loads, lambda data: json.dumps(data, indent=2) + "\n"),
}
