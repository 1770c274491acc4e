"""The formats of plain data in files, chosen by the extension of the file's name.

Messages are worded to follow the name of the file.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import Problem, SpecError, shortened
from sim.files.limits import MOST_NODES, check_depth, check_nodes, too_deep
from sim.files.plain_yaml import Place, load_yaml, merged_places

LARGEST_FILE_BYTES = 16 * 2**20
"""Largest file of plain data that is read."""

_TOML_PLACE = re.compile(r"(.*) \(at (line \d+, column \d+|end of document)\)", re.DOTALL)


class Format(NamedTuple):
    """How to read and write nested dictionaries as text."""

    load: Callable[[str], Any]
    dump: Callable[[dict[str, Any]], str]


def format_of(path: Path, *, owner: str = "Campus", field: str = "file") -> Format:
    """The format of a file.

    Args:
        path: The file.
        owner: Owner named in error messages.
        field: Field named in error messages.

    Raises:
        SpecError: If the file has another extension.
    """
    if path.suffix not in _FORMATS:
        message = f"= {str(path)!r} has an unknown extension; allowed: {', '.join(_FORMATS)}"
        raise SpecError(owner, [Problem((field,), message)])
    return _FORMATS[path.suffix]


def parsed(path: Path, text: str) -> Any:
    """The plain data in a text, in the format of the file; a text with nothing in it is an empty table.

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
        raise too_deep() from None
    except ValueError as error:
        if "integer string conversion" in str(error):
            digits = sys.get_int_max_str_digits()
            raise ValueError(f"contains a whole number of more than {digits:,} digits") from None
        raise
    check_depth(data)
    check_nodes(data, MOST_NODES)
    return {} if data is None else data


def said_once(path: Path, text: str, problems: list[Problem]) -> list[Problem]:
    """The problems without those of values that YAML merged or repeated from where they are written.

    Args:
        path: The file.
        text: Its content.
        problems: Its problems.
    """
    places = merged_places(text) if format_of(path).load is load_yaml else {}
    known = {(problem.path, problem.message) for problem in problems}
    return [one for one in problems if (_origin(one.path, places), one.message) not in known]


def _origin(path: Place, places: dict[Place, Place]) -> Place | None:
    """Where a value was written that stands again at a path; None if it was written there."""
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return (*places[path[:length]], *path[length:])
    return None


def _load_toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_PLACE.fullmatch(str(error))
        what, place = (found[1], found[2]) if found else (str(error), "")
        raise ValueError(f"is not valid TOML: {place}{': ' if place else ''}{_lowered(what)}") from None


def _load_json(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"is not valid JSON: {place}: {_lowered(error.msg)}") from None


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table of pairs; refuses repeated keys. The JSON parser gives no line numbers."""
    table: dict[str, Any] = {}
    for key, value in pairs:
        if key in table:
            raise ValueError(f"repeats the key {shortened(key)} in one table")
        table[key] = value
    return table


def _dump_yaml(data: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(data, sort_keys=False)


def _dump_toml(data: dict[str, Any]) -> str:
    import tomli_w

    return tomli_w.dumps(data)


_FORMATS = {
    ".toml": Format(_load_toml, _dump_toml),
    ".yaml": Format(load_yaml, _dump_yaml),
    ".yml": Format(load_yaml, _dump_yaml),
    ".json": Format(_load_json, lambda data: json.dumps(data, indent=2) + "\n"),
}
