"""Writing whole or not at all: a draft beside the place, which is renamed when it is finished."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

_MARK = ".draft"
_KEPT = 40
"""Letters of a name that its draft keeps, so that a long name does not grow too long."""


@contextmanager
def whole_file(path: Path | str) -> Iterator[Path]:
    """A draft to write a file in; it takes the file's place at the end.

    If the writing fails, the file stays as it was and no draft is left. A draft ends as the file does, for
    writers that tell the format by the ending. A link is followed; what is neither a file nor new, such as
    a device, is written directly.

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
    """An empty draft to fill; it takes the folder's place at the end, with nothing of its former content.

    If the filling fails, the folder stays as it was and no draft is left.

    Args:
        folder: The folder; folders above it are made.
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
    """Drafts of files in a folder, of whoever is writing there or was killed while writing."""
    return folder.glob(f".*{_MARK}*")


def _draft(place: Path) -> Path:
    return place.with_name(f".{place.stem[:_KEPT]}-{token_hex(4)}{_MARK}{place.suffix}")


def _swap(draft: Path, folder: Path) -> None:
    """Put a finished draft in the place of a folder; if that fails, the folder stays as it was."""
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
