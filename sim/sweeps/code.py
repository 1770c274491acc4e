"""The code of a user's own kinds: the modules that travel to workers, and the sources that decide results."""

from __future__ import annotations

import ast
import inspect
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from types import ModuleType


def modules_of(kinds: Iterable[type]) -> list[ModuleType]:
    """The modules of a user's own kinds: whole packages, and single files with those beside them."""
    names = {kind.__module__.partition(".")[0] for kind in kinds}
    if not names:
        return []
    folders = {_folder(sys.modules.get(name)) for name in names} - {"", *_installed()}
    return [
        module
        for name, module in list(sys.modules.items())
        if name != "__main__"
        and getattr(module, "__name__", "") == name  # not another name of it
        and (name in names or _folder(module) in folders)
    ]


@cache
def _installed() -> frozenset[str]:
    """The folders of installed modules, which are not a user's own."""
    return frozenset(sysconfig.get_paths().values())


def _folder(module: ModuleType | None) -> str:
    """The folder of a module that is a single file; nothing for a package."""
    file = "" if hasattr(module, "__path__") else getattr(module, "__file__", None) or ""
    return file.rpartition(os.sep)[0]


def sources_of(kinds: Iterable[type]) -> list[str]:
    """The sources of kinds: of their modules, and of the user's own modules that these import, in order."""
    kinds = set(kinds)
    own = {module.__name__: module for module in modules_of(kinds)}
    waiting = [kind.__module__ for kind in kinds if kind.__module__ in own]
    found: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _source(own[name])
            waiting += [other for other in _imported(found[name]) if other in own]
    loose = [_source(kind) for kind in kinds if kind.__module__ not in own]
    return sorted({*found.values(), *loose})


def _imported(source: str) -> Iterator[str]:
    """Names of the modules that a source imports, packages on the way and possible submodules included."""
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


@lru_cache
def _source(code: type | ModuleType) -> str:
    """The source of a module, or of a class with what stands around it."""
    for one in (sys.modules.get(code.__module__) if isinstance(code, type) else None, code):
        try:
            return inspect.getsource(one) if one is not None else inspect.getsource(code)
        except (OSError, TypeError):
            continue
    return code.__qualname__ if isinstance(code, type) else ""
