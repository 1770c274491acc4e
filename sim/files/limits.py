"""The limits of plain data: how deep and how large it may be.

Messages are worded to follow the name of the file.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

MOST_YAML_NODES = 100_000
"""Most values and keys in a YAML file once its aliases are expanded."""
MOST_NODES = 10 * MOST_YAML_NODES
"""Most values and keys in a file of another format."""
_DEEPEST = 100
"""Most levels of tables and lists within each other."""


def too_deep() -> ValueError:
    """The error for data that are nested too deeply."""
    return ValueError(f"is nested too deeply; allowed: at most {_DEEPEST} levels")


def check_depth(data: Any) -> None:
    """Refuse data nested too deeply, level by level; shared parts of a level are looked at once.

    Raises:
        ValueError: If there are more than 100 levels.
    """
    level = [data]
    for _ in range(_DEEPEST + 1):
        inner = {id(part): part for whole in level for part in _inside(whole) if _inside(part)}
        level = list(inner.values())
        if not level:
            return
    raise too_deep()


def check_nodes(data: Any, most: int) -> None:
    """Refuse data that contain too many values and keys; a shared part counts wherever it stands.

    Raises:
        ValueError: If there are more than `most`.
    """
    waiting, count = [data], 1
    while waiting:
        here = waiting.pop()
        inside = _inside(here)
        count += len(inside) * (2 if isinstance(here, dict) else 1)
        check_count(count, most)
        waiting += inside


def check_count(count: int, most: int = MOST_YAML_NODES) -> None:
    """Refuse a count of values and keys.

    Raises:
        ValueError: If it is more than `most`.
    """
    if count > most:
        raise ValueError(f"expands to more than {most:,} values and keys")


def _inside(value: Any) -> Collection[Any]:
    """The values inside a table or a list; none inside anything else."""
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
