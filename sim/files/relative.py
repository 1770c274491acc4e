"""Relative paths: resolved against the folder of the file being loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_FOLDER: ContextVar[Path | None] = ContextVar("folder of the file that is being loaded", default=None)


@contextmanager
def led_from(folder: Path) -> Iterator[None]:
    """Resolve relative paths against a folder while specs are built from plain data."""
    before = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(before)


def is_leading() -> bool:
    """Whether a file is being loaded."""
    return _FOLDER.get() is not None


def led(path: str) -> str:
    """A path resolved against the folder of the file being loaded, if any."""
    folder = _FOLDER.get()
    return path if folder is None else str(folder / path)
