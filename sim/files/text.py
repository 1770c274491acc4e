"""Checks of a text file. Messages are worded to follow the name of the file."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

_PACKED = ".gz"


def check_file(path: Path) -> None:
    """Refuse a path that is not an existing file.

    Raises:
        ValueError: If the path is a folder or does not exist.
    """
    if path.is_dir():
        raise ValueError("is a folder; a file is needed")
    if not path.is_file():
        raise ValueError("does not exist")


def check_text(path: Path, *, encoding: str = "utf-8") -> None:
    """Refuse a file that is not text; a `.gz` file is decompressed first.

    Args:
        path: The file.
        encoding: Character encoding of the file.

    Raises:
        ValueError: If the file is truncated or is not text; the message gives the first wrong row.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == _PACKED else path.read_bytes()
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise ValueError("is truncated or not a gzip file") from None
    if b"\0" in data:
        raise ValueError(f"is not text: row {_row(data, data.index(0))} contains a zero byte")
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"is not {encoding.upper()} text: row {_row(data, error.start)} contains the byte"
        raise ValueError(f"{message} 0x{data[error.start]:02x}") from None


def _row(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1
