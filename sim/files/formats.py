"""The formats of plain data in files, chosen by the extension of the file's name."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import Problem, SpecError, cut, shortened

LARGEST_FILE_BYTES = 16 * 2**20
"""Largest file of plain data that is read."""
_LARGEST_YAML = 4 * 2**20
"""Largest YAML text that is read [characters]; its parser takes a microsecond for each."""
_MOST_YAML_NODES = 100_000
"""Most values and keys in a YAML file once its aliases are expanded."""
_MOST_NODES = 10 * _MOST_YAML_NODES
"""Most values and keys in a file of another format."""
_DEEPEST = 100
"""Most levels of tables and lists within each other."""
_MERGE = "tag:yaml.org,2002:merge"
_NAMES = ("tag:yaml.org,2002:str", _MERGE)
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


def parsed(path: Path, text: str) -> Any:
    """The plain data in a text, in the format of the file.

    Args:
        path: The file.
        text: Its content.

    Raises:
        SpecError: If the file has another extension.
        ValueError: If the text cannot be parsed, is nested too deeply or is too large once expanded.
    """
    form = format_of(path)
    try:
        data = form.load(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        if "integer string conversion" in str(error):
            digits = sys.get_int_max_str_digits()
            raise ValueError(f"contains a whole number of more than {digits:,} digits") from None
        raise
    _check_depth(data)
    _check_nodes(data, _MOST_NODES)
    return data


def _too_deep() -> ValueError:
    return ValueError(f"is nested too deeply; allowed: at most {_DEEPEST} levels")


def _check_depth(data: Any) -> None:
    """Refuse data nested too deeply, level by level; shared parts of a level are looked at once."""
    level = [data]
    for _ in range(_DEEPEST + 1):
        inner = {id(part): part for whole in level for part in _inside(whole) if _inside(part)}
        level = list(inner.values())
        if not level:
            return
    raise _too_deep()


def _inside(value: Any) -> Collection[Any]:
    """The values inside a table or a list; none inside anything else."""
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _load_json(text: str) -> Any:
    if not text.strip():
        raise ValueError("is empty")
    return json.loads(text, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table of pairs; refuses repeated keys. The JSON parser gives no line numbers."""
    table: dict[str, Any] = {}
    for key, value in pairs:
        if key in table:
            raise ValueError(f"the key {shortened(key)} is repeated in one table")
        table[key] = value
    return table


def _load_yaml(text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """A safe loader that refuses repeated keys, keys that are not text, and bombs of aliases."""

        nodes = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            """Count the nodes as they are read, each alias as one."""
            self.nodes += 1
            _check_count(self.nodes)
            return super().compose_node(parent, index)

        def compose_mapping_node(self, anchor: Any) -> Any:
            """Check the keys of a table before other tables are merged into it."""
            node = super().compose_mapping_node(anchor)
            _check_lines([(key.tag, key.value, key.start_mark.line + 1) for key, _ in node.value])
            return node

        def flatten_mapping(self, node: Any) -> None:
            """Count what is merged into a table before it is merged; merged tables may grow exponentially."""
            tables = [value for key, value in node.value if key.tag == _MERGE]
            parts = [part for one in tables for part in (one.value if _is_list(one) else [one])]
            size = 0
            for part in parts:
                if isinstance(part, yaml.MappingNode):
                    self.flatten_mapping(part)
                    size += len(part.value)
                    _check_count(size)
            super().flatten_mapping(node)

    def _is_list(node: Any) -> bool:
        return isinstance(node, yaml.SequenceNode)

    if not text.strip():
        raise ValueError("is empty")
    if len(text) > _LARGEST_YAML:
        raise ValueError(f"has more than {_LARGEST_YAML:,} characters, which YAML may not; use JSON or TOML")
    try:
        data = yaml.load(text, Loader)  # noqa: S506 - Loader is a safe loader
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    _check_nodes(data, _MOST_YAML_NODES)
    return data


def _check_nodes(data: Any, most: int) -> None:
    """Refuse data that contain too many values and keys; a shared part counts wherever it stands."""
    waiting, count = [data], 1
    while waiting:
        here = waiting.pop()
        inside = _inside(here)
        count += len(inside) * (2 if isinstance(here, dict) else 1)
        _check_count(count, most)
        waiting += inside


def _check_count(count: int, most: int = _MOST_YAML_NODES) -> None:
    if count > most:
        raise ValueError(f"expands to more than {most:,} values and keys")


def _check_lines(keys: list[tuple[str, Any, int]]) -> None:
    """Refuse keys of a YAML table, given as (tag, key, line), that are not text or are repeated."""
    lines: dict[str, int] = {}
    for tag, key, line in keys:
        if tag not in _NAMES:
            raise ValueError(f"the key {_plain(key)} in line {line} is not text; put it in quotes")
        if key in lines:
            raise ValueError(f"the key {shortened(key)} is repeated in lines {lines[key]} and {line}")
        lines[key] = line


def _plain(key: Any) -> str:
    """A key as written; a table or list as a key has parts, which are not shown."""
    return cut(key) if isinstance(key, str) else "that is a table or a list"


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
