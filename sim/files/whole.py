"""Atomic writing: a draft in the same folder is renamed to the target when it is complete.

The draft of a folder is locked by its writer. The system frees the lock when the writer ends, however it
ends, so the next writer knows the drafts that killed runs have left and removes them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from glob import escape
from pathlib import Path
from secrets import token_hex

from sim.files.exchange import exchange

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # a module, or none

_MARK = ".draft"
_OLD = "-old"
_KEPT = 40
"""Maximum number of characters of the name used in the name of its draft."""
_TOKEN_BYTES = 4


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
def whole_folder(
    folder: Path | str,
    *,
    check: Callable[[Path], None] = lambda _: None,
    exchange: Callable[[Path, Path], bool] = exchange,
) -> Iterator[Path]:
    """Write a folder atomically: yields an empty draft, which replaces the folder and its content at the end.

    If writing fails, the folder is unchanged and the draft is removed. Leftovers of writers that were killed
    are removed first. If several processes write one folder, each that `check` allows replaces it as a whole.

    Args:
        folder: The folder; missing parent folders are created.
        check: Called with an existing folder before anything is written and again just before it is replaced;
            what it raises keeps the folder unchanged.
        exchange: Exchanges two folders in one step, or returns False where it cannot. Then two renames are
            used; if a writer is killed between them, the next writer restores the folder.
    """
    folder = Path(folder).resolve()
    if folder.exists():
        check(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        with _locked(folder.parent) as locked:
            _recover(folder, locked=locked)
            draft = _draft(folder)
            draft.mkdir()
            held.callback(shutil.rmtree, draft, ignore_errors=True)
            held.enter_context(_locked(draft))
        yield draft
        with _locked(folder.parent):
            if folder.exists():
                check(folder)
            _swap(draft, folder, exchange)


def drafts(folder: Path) -> Iterator[Path]:
    """Drafts of files in a folder, including those of processes killed while writing."""
    return folder.glob(f".*{_MARK}*")


@contextmanager
def _locked(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of a folder; yields whether it is held, as some systems and file systems have none."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        yield False
        return
    try:
        yield _lock(number, wait=wait)
    finally:
        os.close(number)


def _lock(number: int, *, wait: bool) -> bool:
    if fcntl is None:
        return False
    try:
        fcntl.flock(number, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _recover(folder: Path, *, locked: bool) -> None:
    """Restore a folder whose writer was killed between two renames, and remove what killed writers left."""
    pattern = f".{escape(_short(folder.stem))}-{'[0-9a-f]' * 2 * _TOKEN_BYTES}{_MARK}{escape(folder.suffix)}"
    for old in folder.parent.glob(pattern + _OLD):
        if not folder.exists():
            old.replace(folder)
        elif locked:
            shutil.rmtree(old, ignore_errors=True)
    for draft in folder.parent.glob(pattern):
        with _locked(draft, wait=False) as is_dead:
            if is_dead:
                shutil.rmtree(draft, ignore_errors=True)


def _draft(place: Path) -> Path:
    return place.with_name(f".{_short(place.stem)}-{token_hex(_TOKEN_BYTES)}{_MARK}{place.suffix}")


def _short(stem: str) -> str:
    """The name of a file or folder, if it is not too long, or else its beginning and a hash of it."""
    mark = hashlib.sha256(os.fsencode(stem)).hexdigest()[: 2 * _TOKEN_BYTES]
    return stem if len(stem) <= _KEPT else f"{stem[: _KEPT - len(mark)]}{mark}"


def _swap(draft: Path, folder: Path, exchange: Callable[[Path, Path], bool]) -> None:
    """Replace a folder by a complete draft; if that fails, the folder is unchanged."""
    if not folder.exists():
        draft.replace(folder)
    elif not exchange(draft, folder):
        _rename_twice(draft, folder)


def _rename_twice(draft: Path, folder: Path) -> None:
    """Replace a folder in two steps; an exception between them restores it, and `_recover` after a kill."""
    old = draft.with_name(draft.name + _OLD)
    try:
        folder.replace(old)
        draft.replace(folder)
    except BaseException:
        if not folder.exists():
            old.replace(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
