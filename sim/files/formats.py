"""The formats of plain data in files, chosen by the extension of the file's name."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import Problem, SpecError

_NAMES = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge")
"""Allowed tags of a key in a YAML table: text, or `<<`, which merges another table."""


class Format(NamedTuple):
    """How to read and write nested dictionaries as text."""

    load: Callable[[str], Any]
    dump: Callable[[dict[str, Any]], str]


def format_of(path: Path) -> Format:
    """The format of a file.

    Raises:
        SpecError: If the file has another extension.
    """
    if path.suffix not in _FORMATS:
        message = f"has an unknown extension; allowed: {', '.join(_FORMATS)}"
        raise SpecError("file", [Problem((str(path),), message)])
    return _FORMATS[path.suffix]


def _load_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table of pairs; refuses repeated keys. The JSON parser gives no line numbers."""
    table: dict[str, Any] = {}
    for key, value in pairs:
        if key in table:
            raise ValueError(f"the key {key!r} is repeated in one table")
        table[key] = value
    return table


def _load_yaml(text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """A safe loader that refuses repeated keys and keys that are not text."""

        def compose_mapping_node(self, anchor: Any) -> Any:
            """Check the keys of a table before other tables are merged into it."""
            node = super().compose_mapping_node(anchor)
            _check_lines([(key.tag, key.value, key.start_mark.line + 1) for key, _ in node.value])
            return node

    try:
        return yaml.load(text, Loader)  # noqa: S506 - Loader is a safe loader
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _check_lines(keys: list[tuple[str, Any, int]]) -> None:
    """Refuse keys of a YAML table, given as (tag, key, line), that are not text or are repeated."""
    lines: dict[str, int] = {}
    for tag, key, line in keys:
        if tag not in _NAMES:
            raise ValueError(f"the key {key} in line {line} is not text; put it in quotes")
        if key in lines:
            raise ValueError(f"the key {key!r} is repeated in lines {lines[key]} and {line}")
        lines[key] = line


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
    ".json": Format(_load_json, lambda data: json.dumps(data, indent=2) + "\n"),
}
