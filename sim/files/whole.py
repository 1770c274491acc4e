"""Atomic writing: a draft in the same folder is renamed to the target when it is complete."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

_MARK = ".draft"
_KEPT = 40
"""Maximum number of characters of the name used in the name of its draft."""


@contextmanager
def whole_file(path: Path | str) -> Iterator[Path]:
    """Write a file atomically: yields a draft, which replaces the file at the end.

    If writing fails, the file is unchanged and the draft is removed. The draft has the same extension as the
    file, for writers that choose the format by extension. Links are followed. An existing path that is not a
    file, such as a device, is written directly.

    Args:
        path: The file; its folder must exist.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        yield path
        return
    path = path.resolve()
    draft = _draft(path)
    try:
        yield draft
        if path.exists():
            shutil.copymode(path, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def whole_folder(folder: Path | str) -> Iterator[Path]:
    """Write a folder atomically: yields an empty draft, which replaces the folder and its content at the end.

    If writing fails, the folder is unchanged and the draft is removed.

    Args:
        folder: The folder; missing parent folders are created.
    """
    folder = Path(folder).resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(folder)
    draft.mkdir()
    try:
        yield draft
        _swap(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def drafts(folder: Path) -> Iterator[Path]:
    """Drafts of files in a folder, including those of processes killed while writing."""
    return folder.glob(f".*{_MARK}*")


def _draft(place: Path) -> Path:
    return place.with_name(f".{place.stem[:_KEPT]}-{token_hex(4)}{_MARK}{place.suffix}")


def _swap(draft: Path, folder: Path) -> None:
    """Replace a folder by a complete draft; if that fails, the folder is unchanged."""
    if not folder.exists():
        draft.replace(folder)
        return
    old = folder.with_name(f"{draft.name}-old")
    folder.replace(old)
    try:
        draft.replace(folder)
    except OSError:
        old.replace(folder)
        raise
    shutil.rmtree(old)
