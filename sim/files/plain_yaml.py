"""YAML as plain data: tables by text, lists and values, without repeated keys, tags or bombs of aliases.

Messages are worded to follow the name of the file, in one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import cut, shortened
from sim.files.limits import MOST_YAML_NODES, check_count, check_nodes

if TYPE_CHECKING:
    import yaml

_LARGEST = 4 * 2**20
"""Largest YAML text that is read [characters]; its parser takes a microsecond for each."""
_STANDARD = "tag:yaml.org,2002:"
_MERGE = f"{_STANDARD}merge"
_NAMES = (f"{_STANDARD}str", _MERGE)
"""Allowed tags of a key in a YAML table: text, or `<<`, which merges another table."""
_REST = ("but ", "second ")
"""Beginnings of what the parser says of a problem whose first half is its context."""

Place = tuple[str, ...]
"""The path to a value, with elements of a list written as `windows[0]`."""


def load_yaml(text: str) -> Any:
    """The plain data in a text.

    Raises:
        ValueError: If the text is not YAML, is too large or contains more than plain data.
    """
    _, data = _read(text)
    return data


def merged_places(text: str) -> dict[Place, Place]:
    """Where a value stands again that was written once, and where it was written first.

    Args:
        text: A text that `load_yaml` accepts.
    """
    root, _ = _read(text)
    first: dict[int, Place] = {}
    again: dict[Place, Place] = {}
    waiting: list[tuple[Place, Any]] = [((), root)]
    for place, node in waiting:  # it grows on the way
        if id(node) in first:
            again[place] = first[id(node)]
            continue
        first[id(node)] = place
        waiting += _parts(place, node)
    return again


def _parts(place: Place, node: Any) -> list[tuple[Place, Any]]:
    """The nodes in a node, with their places."""
    if node.id == "mapping":
        own = {str(key.value): value for key, value in node.value}  # what is merged stands first
        return [((*place, name), value) for name, value in own.items()]
    if node.id == "sequence" and place:
        return [((*place[:-1], f"{place[-1]}[{at}]"), part) for at, part in enumerate(node.value)]
    return []


def _read(text: str) -> tuple[Any, Any]:
    """The nodes of a text, in which tables are merged, and its data."""
    import yaml

    if len(text) > _LARGEST:
        raise ValueError(f"has more than {_LARGEST:,} characters, which YAML may not; use JSON or TOML")
    try:
        loader = _loader()(text)
        root = loader.get_single_node()
        data = None if root is None else loader.construct_document(root)
    except yaml.YAMLError as error:
        raise ValueError(f"is not valid YAML: {_said(error, text)}") from None
    check_nodes(data, MOST_YAML_NODES)
    return root, data


def _said(error: yaml.YAMLError, text: str) -> str:
    """What the parser found, in one line."""
    place = getattr(error, "position", None)
    if place is not None:  # a character that YAML does not allow
        line = text.count("\n", 0, place) + 1
        return f"line {line}: the character {text[place]!r} is not allowed"
    problem = str(getattr(error, "problem", None) or str(error).partition("\n")[0])
    if problem.startswith(_REST):
        problem = f"{getattr(error, 'context', '')} {problem}".replace(
            "; first occurrence second", "; second"
        )
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem


def _loader() -> Any:
    """The class that reads plain data only."""
    import yaml

    class Loader(yaml.SafeLoader):
        """A safe loader that refuses repeated keys, keys that are not text, tags, and bombs of aliases."""

        nodes = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            """Count the nodes as they are read, each alias as one."""
            self.nodes += 1
            check_count(self.nodes)
            return super().compose_node(parent, index)

        def compose_mapping_node(self, anchor: Any) -> Any:
            """Check the keys of a table before other tables are merged into it."""
            node = super().compose_mapping_node(anchor)
            _check_lines([(key.tag, key.value, key.start_mark.line + 1) for key, _ in node.value])
            return node

        def flatten_mapping(self, node: Any) -> None:
            """Count what is merged into a table before it is merged; merged tables may grow exponentially."""
            tables = [value for key, value in node.value if key.tag == _MERGE]
            parts = [part for one in tables for part in (one.value if one.id == "sequence" else [one])]
            size = 0
            for part in parts:
                if part.id == "mapping":
                    self.flatten_mapping(part)
                    size += len(part.value)
                    check_count(size)
            super().flatten_mapping(node)

        def construct_object(self, node: Any, deep: bool = False) -> Any:
            """Refuse a value that is not of its type, such as the 45th of a month."""
            if node.id != "scalar" or node.tag not in self.yaml_constructors:
                return super().construct_object(node, deep)
            try:
                return super().construct_object(node, deep)
            except (AttributeError, LookupError, ValueError) as error:
                if "integer string conversion" in str(error):
                    raise
                kind, line = node.tag.removeprefix(_STANDARD), node.start_mark.line + 1
                message = (
                    f"has the value {shortened(node.value)} in line {line}, which is not of the type {kind}"
                )
                raise ValueError(message) from None

    Loader.add_constructor(None, _refuse_tag)
    return Loader


def _refuse_tag(_: Any, node: Any) -> None:
    tag = f"!!{node.tag.removeprefix(_STANDARD)}" if node.tag.startswith(_STANDARD) else node.tag
    line = node.start_mark.line + 1
    raise ValueError(f"has the tag {cut(tag)} in line {line}; allowed: plain data without tags")


def _check_lines(keys: list[tuple[str, Any, int]]) -> None:
    """Refuse keys of a YAML table, given as (tag, key, line), that are not text or are repeated."""
    lines: dict[str, int] = {}
    for tag, key, line in keys:
        if tag not in _NAMES:
            raise ValueError(f"has the key {_plain(key)} in line {line}, which is not text; put it in quotes")
        if key in lines:
            raise ValueError(f"repeats the key {shortened(key)} in lines {lines[key]} and {line}")
        lines[key] = line


def _plain(key: Any) -> str:
    """A key as written; a table or list as a key has parts, which are not shown."""
    return cut(key) if isinstance(key, str) else "that is a table or a list"
